use conga::{Blocking, Client, Error, conga_auth::StaticToken};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use wiremock::MockServer;

use super::{answering, envelope};

/// A server that runs by itself, and a client of it.
fn served(body: Value) -> (Runtime, MockServer, Client) {
    let runtime = Runtime::new().unwrap();
    let (server, client) = runtime.block_on(answering(200, body));
    (runtime, server, client)
}

#[test]
fn calls_of_all_levels_run_without_async_code() {
    let (_runtime, _server, client) = served(envelope(json!({"Id": "1", "Name": "Acme"})));
    let blocking = Blocking::new().unwrap();
    let account = blocking.run(client.records("Account").get("1")).unwrap();
    assert_eq!(account["Name"], "Acme");
    let call = client.raw().get("/api/data/v1/Account/1");
    let raw = blocking.clone().run(call.send::<Value>()).unwrap();
    assert_eq!(raw["Data"]["Id"], "1");
    let both = blocking.run(async {
        let accounts = client.records("Account");
        Ok::<_, Error>((accounts.get("1").await?, accounts.get("2").await?))
    });
    assert!(both.is_ok());
}

#[test]
fn a_stream_becomes_an_iterator() {
    let page =
        json!({"Success": true, "Data": [{"Id": "1"}, {"Id": "2"}], "HasMoreRecords": false});
    let (_runtime, _server, client) = served(page);
    let blocking = Blocking::new().unwrap();
    let accounts = client.records("Account");
    let ids: Result<Vec<_>, Error> = blocking
        .iter(accounts.list().stream())
        .map(|account| account.map(|account| account["Id"].clone()))
        .collect();
    assert_eq!(ids.unwrap(), ["1", "2"]);
    let call = client.raw().get("/file").stream();
    let file = blocking.run(call).unwrap().into_inner();
    let bytes: Result<Vec<_>, Error> = blocking.iter(file).collect();
    assert!(bytes.unwrap().concat().starts_with(b"{"));
}

#[test]
fn an_error_is_the_same_as_in_async_code() {
    let blocking = Blocking::new().unwrap();
    let client = Client::builder()
        .base_uri("http://127.0.0.1:9")
        .credential(StaticToken::new("token"))
        .retry(conga::RetryPolicy::never())
        .build()
        .unwrap();
    let accounts = client.records("Account");
    let error = blocking.run(accounts.get("1")).unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    let mut records = blocking.iter(accounts.list().stream());
    assert!(records.next().unwrap().unwrap_err().is_retryable());
    assert!(records.next().is_none());
}

#[tokio::test]
async fn inside_of_async_code_it_says_what_to_do_and_can_be_dropped() {
    let blocking = Blocking::new().unwrap();
    let error = blocking.run(async { Ok::<_, Error>(()) }).unwrap_err();
    assert!(error.to_string().contains("await the call"), "{error}");
    let mut items = blocking.iter(futures_util::stream::iter([Ok::<_, Error>(1)]));
    assert!(items.next().unwrap().is_err());
    assert!(items.next().is_none());
    drop((items, blocking));
}
