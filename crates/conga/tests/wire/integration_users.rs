use conga::{
    CallOptions,
    conga_auth::ExposeSecret,
    integration_users::{CreateIntegrationUser, IntegrationUsers, Role},
};
use serde_json::{Value, json};

use super::{answering, envelope, sent};

const PATH: &str = "/api/user-management/v1/users";

fn create(users: &IntegrationUsers) -> CreateIntegrationUser {
    users.create(
        "Nightly",
        "Sync",
        "nightly@example.com",
        Role::named("Sync"),
    )
}

#[tokio::test]
async fn create_sends_what_is_set_and_gives_the_id() {
    let (server, client) = answering(201, envelope(json!("u1"))).await;
    let users = client.integration_users();
    assert_eq!(create(&users).await.unwrap(), "u1");
    let custom = json!({"Team_c": "Ops"}).as_object().unwrap().clone();
    users
        .create("N", "S", "n@example.com", Role::with_id("r1"))
        .user_name("nightly")
        .external_id("e1")
        .federation_id("f1")
        .organization_external_id("o1")
        .timezone("UTC")
        .locale("en-US")
        .currency("USD")
        .language("en-IN")
        .alias("ns")
        .address("1 High Street")
        .phone_number("+44 20 7946 0000")
        .custom_properties(custom)
        .with_header("x-a", "1")
        .await
        .unwrap();
    let bodies: Vec<Value> = sent(&server)
        .await
        .iter()
        .map(|line| {
            let body = line.strip_prefix(&format!("POST {PATH} ")).unwrap();
            serde_json::from_str(body).unwrap()
        })
        .collect();
    assert_eq!(
        bodies,
        [
            json!({
                "FirstName": "Nightly", "LastName": "Sync", "Email": "nightly@example.com", "UserType": "Integration",
                "Role": {"Name": "Sync"},
            }),
            json!({
                "FirstName": "N", "LastName": "S", "Email": "n@example.com", "UserType": "Integration",
                "Role": {"Id": "r1"}, "UserName": "nightly", "ExternalId": "e1", "FederationId": "f1",
                "OrganizationExternalId": "o1", "Timezone": "UTC", "Locale": "en-US", "Currency": "USD",
                "Language": "en-IN", "Alias": "ns", "Address": "1 High Street", "PhoneNumber": "+44 20 7946 0000",
                "CustomProperties": {"Team_c": "Ops"},
            }),
        ]
    );
}

#[tokio::test]
async fn a_creation_that_may_have_happened_is_not_sent_again() {
    let (server, client) = answering(502, json!({})).await;
    let request = create(&client.integration_users()).with_retry(conga::RetryPolicy::default());
    assert!(request.await.unwrap_err().may_have_been_processed());
    assert_eq!(sent(&server).await.len(), 1);
}

#[tokio::test]
async fn the_client_id_may_be_told_or_not() {
    for (data, expected) in [
        (json!({"ClientId": "c1"}), Some("c1")),
        (json!({"ClientId": null}), None),
        (json!({"ClientId": ""}), None),
        (json!({}), None),
    ] {
        let (server, client) = answering(200, envelope(data)).await;
        let id = client.integration_users().client_id("u/1").await.unwrap();
        assert_eq!(id.as_deref(), expected);
        assert_eq!(sent(&server).await, [format!("GET {PATH}/u%2F1/secret")]);
    }
}

#[tokio::test]
async fn a_secret_comes_with_its_client_id() {
    let data = json!({"ClientId": "c1", "ClientSecret": "hunter2"});
    let (server, client) = answering(200, envelope(data)).await;
    let issued = client
        .integration_users()
        .generate_secret("u1")
        .await
        .unwrap();
    assert_eq!(issued.client_id, "c1");
    assert_eq!(issued.client_secret.expose_secret(), "hunter2");
    assert_eq!(sent(&server).await, [format!("PATCH {PATH}/u1/secret")]);

    let (_server, client) = answering(200, envelope(json!({"ClientSecret": "hunter2"}))).await;
    let error = client
        .integration_users()
        .generate_secret("u1")
        .await
        .unwrap_err();
    assert!(error.to_string().contains("no client id"), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"));
}
