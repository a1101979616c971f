use conga::{ApiConnectionType, CallOptions, Error, SortDirection, conga_auth::ExposeSecret};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{answering, client, envelope, sent};

use ApiConnectionType::{ApiToApi, UiToApi};

const PATH: &str = "/api/user-management/v1/api-connections";

/// A connection as the list and the changes tell it: lists are lists.
fn row() -> Value {
    json!({
        "APIType": "UI to API",
        "ClientId": "c1",
        "ClientName": "Portal",
        "Description": "for partners",
        "ExternalIdentifier": "org 1",
        "CorsOrigins": ["https://portal.example"],
        "BackChannelLogoutURI": "https://portal.example/back",
        "FrontChannelLogoutURI": "https://portal.example/front",
        "RedirectURI": ["https://portal.example/cb?a=1,2", "http://127.0.0.1/cb"],
        "ClientSecret": "hunter2",
        "IsActive": true,
        "AllowedScopes": ["sign", "api.cart"],
    })
}

/// The same connection as it is told alone: lists are texts, and there is more of it.
fn record() -> Value {
    let mut record = row();
    record["CorsOrigins"] = json!("https://portal.example");
    record["RedirectURI"] = json!("https://portal.example/cb?a=1,2, http://127.0.0.1/cb");
    record["AllowedScopes"] = json!("sign,api.cart");
    record["ClientSecret"] = json!(null);
    record["ETag"] = json!("e1");
    record
}

/// A server that tells the connection when asked, and answers a change to it with `data`.
async fn telling(data: Value) -> MockServer {
    let server = MockServer::start().await;
    for (method, data) in [("GET", record()), ("PUT", data)] {
        Mock::given(matchers::method(method))
            .respond_with(ResponseTemplate::new(200).set_body_json(envelope(data)))
            .mount(&server)
            .await;
    }
    server
}

#[tokio::test]
async fn create_sends_what_is_set_and_gives_the_secret_once() {
    let (server, client) = answering(200, envelope(row())).await;
    let connections = client.api_connections();
    let issued = connections.create_api_to_api("org 1").await.unwrap();
    assert_eq!(issued.client_id, "c1");
    assert_eq!(issued.client_secret.expose_secret(), "hunter2");
    assert!(!format!("{issued:?}").contains("hunter2"));
    connections
        .create_ui_to_api("org/2")
        .client_name("Portal")
        .description("for partners")
        .redirect_uris(["https://portal.example/cb"])
        .cors_origins(["https://portal.example"])
        .back_channel_logout_uri("https://portal.example/back")
        .front_channel_logout_uri("https://portal.example/front")
        .allowed_scopes(["sign"])
        .with_header("x-a", "1")
        .await
        .unwrap();
    assert_eq!(
        sent(&server).await,
        [
            format!("POST {PATH}/org%201?apiConnectionType=APItoAPI {{}}"),
            format!(
                "POST {PATH}/org%2F2?apiConnectionType=UItoAPI {{\"AllowedScopes\":[\"sign\"],\
                 \"BackChannelLogoutURI\":\"https://portal.example/back\",\"ClientName\":\"Portal\",\
                 \"CorsOrigins\":[\"https://portal.example\"],\"Description\":\"for partners\",\
                 \"FrontChannelLogoutURI\":\"https://portal.example/front\",\"RedirectURI\":[\"https://portal.example/cb\"]}}"
            ),
        ]
    );
    assert_eq!(
        server.received_requests().await.unwrap()[1].headers["x-a"],
        "1"
    );
}

#[tokio::test]
async fn a_connection_reads_the_same_alone_and_in_a_list() {
    let server = telling(row()).await;
    let alone = client(&server)
        .api_connections()
        .get("org 1", UiToApi)
        .await
        .unwrap();
    let (_server, listing) = answering(200, envelope(json!([row()]))).await;
    let page = listing.api_connections().list().page(1).await.unwrap();
    let listed = &page.records[0];
    for connection in [&alone, listed] {
        assert_eq!(connection.connection_type(), Some(UiToApi));
        assert_eq!(connection.external_identifier.as_deref(), Some("org 1"));
        assert_eq!(connection.client_id.as_deref(), Some("c1"));
        assert_eq!(connection.client_name.as_deref(), Some("Portal"));
        assert_eq!(connection.description.as_deref(), Some("for partners"));
        assert_eq!(connection.is_active, Some(true));
        assert_eq!(
            connection.redirect_uris,
            ["https://portal.example/cb?a=1,2", "http://127.0.0.1/cb"]
        );
        assert_eq!(connection.cors_origins, ["https://portal.example"]);
        assert_eq!(
            connection.back_channel_logout_uri.as_deref(),
            Some("https://portal.example/back")
        );
        assert_eq!(
            connection.front_channel_logout_uri.as_deref(),
            Some("https://portal.example/front")
        );
        assert_eq!(connection.allowed_scopes, ["sign", "api.cart"]);
        assert!(!format!("{connection:?}").contains("hunter2"));
    }
    assert!(alone.client_secret.is_none() && listed.client_secret.is_some());
    assert_eq!(alone.other["ETag"], "e1");
    assert!(listed.other.is_empty(), "{:?}", listed.other);
}

#[tokio::test]
async fn what_is_null_empty_or_unknown_is_none() {
    let nothings = json!({
        "APIType": "Machine to Moon", "ClientId": null, "CorsOrigins": null, "RedirectURI": "", "AllowedScopes": " ",
        "ClientSecret": "", "IsActive": null,
    });
    let (_server, client) = answering(200, envelope(nothings)).await;
    let connection = client.api_connections().get("x", ApiToApi).await.unwrap();
    assert_eq!(connection.connection_type(), None);
    assert!(connection.client_id.is_none() && connection.client_secret.is_none());
    assert!(connection.is_active.is_none() && connection.allowed_scopes.is_empty());
    assert!(connection.cors_origins.is_empty() && connection.redirect_uris.is_empty());
}

#[tokio::test]
async fn edit_sends_the_settings_that_it_does_not_change_along() {
    let server = telling(row()).await;
    let edited = client(&server)
        .api_connections()
        .edit("org 1", UiToApi)
        .description("for all")
        .allowed_scopes([""; 0])
        .await
        .unwrap();
    assert_eq!(edited.client_secret.unwrap().expose_secret(), "hunter2");
    let sent = sent(&server).await;
    assert_eq!(
        sent[0],
        format!("GET {PATH}/org%201?apiConnectionType=UItoAPI")
    );
    let (head, body) = sent[1]
        .split_once(' ')
        .and_then(|(_, rest)| rest.split_once(' '))
        .unwrap();
    assert_eq!(head, format!("{PATH}/org%201?apiConnectionType=UItoAPI"));
    assert_eq!(
        serde_json::from_str::<Value>(body).unwrap(),
        json!({
            "ClientName": "Portal",
            "Description": "for all",
            "RedirectURI": ["https://portal.example/cb?a=1,2", "http://127.0.0.1/cb"],
            "CorsOrigins": ["https://portal.example"],
            "BackChannelLogoutURI": "https://portal.example/back",
            "FrontChannelLogoutURI": "https://portal.example/front",
            "AllowedScopes": [],
        })
    );
}

#[tokio::test]
async fn a_new_secret_is_the_outcome_of_saving_without_a_change() {
    let server = telling(row()).await;
    let issued = client(&server)
        .api_connections()
        .regenerate_secret("org 1", UiToApi)
        .await
        .unwrap();
    assert_eq!(issued.client_secret.expose_secret(), "hunter2");
    let sent = sent(&server).await;
    assert_eq!(sent.len(), 2);
    assert!(
        sent[1].starts_with("PUT ") && sent[1].contains("for partners"),
        "{}",
        sent[1]
    );
}

#[tokio::test]
async fn a_secret_that_does_not_come_is_an_error_that_shows_none() {
    for data in [
        json!({"ClientId": "c1", "ClientSecret": null}),
        json!({"ClientId": "c1", "ClientSecret": ""}),
        json!({"ClientId": "", "ClientSecret": "hunter2"}),
        json!({"ClientId": 1, "ClientSecret": "hunter2"}),
        json!("hunter2"),
        json!(null),
    ] {
        let server = telling(data).await;
        let connections = client(&server).api_connections();
        let error = connections
            .regenerate_secret("org 1", UiToApi)
            .await
            .unwrap_err();
        assert!(
            matches!(error, Error::Call(_)) && error.may_have_been_processed(),
            "{error}"
        );
        assert!(
            !format!("{error} {error:?}").contains("hunter2"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn activate_and_deactivate_set_the_status() {
    // The answer may be the new state as well as "done": the reference does not say which.
    for data in [json!(true), json!(false), json!(null)] {
        let (server, client) = answering(200, envelope(data)).await;
        let connections = client.api_connections();
        connections.activate("org 1", ApiToApi).await.unwrap();
        connections.deactivate("org 1", UiToApi).await.unwrap();
        assert_eq!(
            sent(&server).await,
            [
                format!(
                    "PUT {PATH}/org%201/status?apiConnectionType=APItoAPI {{\"IsActive\":true}}"
                ),
                format!(
                    "PUT {PATH}/org%201/status?apiConnectionType=UItoAPI {{\"IsActive\":false}}"
                ),
            ]
        );
    }
}

#[tokio::test]
async fn the_list_goes_page_by_page_and_never_in_a_circle() {
    let server = MockServer::start().await;
    let page = |client_id: &str, more: Option<bool>| {
        let mut page = envelope(json!([{"ClientId": client_id}]));
        page["HasMoreRecords"] = json!(more);
        ResponseTemplate::new(200).set_body_json(page)
    };
    for (number, page) in [
        ("1", page("c1", Some(true))),
        ("2", page("c2", Some(false))),
    ] {
        Mock::given(matchers::query_param("pageNumber", number))
            .respond_with(page)
            .mount(&server)
            .await;
    }
    let listed = client(&server)
        .api_connections()
        .list()
        .page_size(1)
        .sort("APIType", SortDirection::Ascending)
        .stream()
        .try_collect()
        .await
        .unwrap();
    let ids: Vec<_> = listed
        .iter()
        .map(|connection| connection.client_id.as_deref().unwrap())
        .collect();
    assert_eq!(ids, ["c1", "c2"]);
    assert_eq!(
        sent(&server).await[1],
        format!("GET {PATH}?pageSize=1&sortField=APIType&sortDirection=ASC&pageNumber=2")
    );

    let (server, stuck) = answering(200, envelope(json!([{"ClientId": "c1"}]))).await;
    let list = stuck
        .api_connections()
        .list()
        .sort("APIType", SortDirection::Descending);
    let error = list.stream().try_collect().await.unwrap_err();
    assert!(
        error.to_string().contains("list of API connections"),
        "{error}"
    );
    assert!(sent(&server).await.len() < 5);
}

#[tokio::test]
async fn a_connection_that_is_not_there_is_not_found() {
    let (server, client) = answering(
        404,
        json!({"Success": false, "Errors": [{"Message": "none"}]}),
    )
    .await;
    let connections = client.api_connections();
    let error = connections
        .edit("x", ApiToApi)
        .description("y")
        .await
        .unwrap_err();
    assert!(error.is_not_found());
    let error = connections
        .regenerate_secret("x", ApiToApi)
        .await
        .unwrap_err();
    assert!(error.is_not_found());
    assert!(
        sent(&server)
            .await
            .iter()
            .all(|line| line.starts_with("GET "))
    );
    assert!(connections.get("", ApiToApi).await.is_err());
}
