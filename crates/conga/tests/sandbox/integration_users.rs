use conga::{Client, IssuedClient, integration_users::Role};
use conga_sandbox::Sandbox;

use super::{administrator, call, refusal, settings};

fn program(sandbox: &Sandbox, issued: &IssuedClient) -> Client {
    settings(sandbox)
        .client_credentials(&issued.client_id, issued.client_secret.clone())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_new_integration_user_signs_in_by_its_newest_secret() {
    let sandbox = Sandbox::start().await.unwrap();
    let users = administrator(&sandbox).integration_users();
    let id = users
        .create(
            "Nightly",
            "Sync",
            "nightly@example.com",
            Role::named("Integration"),
        )
        .timezone("UTC")
        .await
        .unwrap();
    let known = users.client_id(&id).await.unwrap();
    let first = users.generate_secret(&id).await.unwrap();
    assert_eq!(known, Some(first.client_id.clone()));
    call(&program(&sandbox, &first)).await.unwrap();

    let second = users.generate_secret(&id).await.unwrap();
    call(&program(&sandbox, &second)).await.unwrap();
    let error = call(&program(&sandbox, &first)).await.unwrap_err();
    assert_eq!(refusal(&error), Some("invalid_client"), "{error}");
}

#[tokio::test]
async fn what_the_server_misses_or_does_not_know_is_told() {
    let sandbox = Sandbox::start().await.unwrap();
    let users = administrator(&sandbox).integration_users();
    let error = users
        .create("Nightly", "Sync", "", Role::named("Integration"))
        .await
        .unwrap_err();
    assert!(
        error.messages()[0].contains("Email"),
        "{:?}",
        error.messages()
    );
    let error = users.client_id("nobody").await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let person = &sandbox.accounts().user.user_id;
    let error = users.generate_secret(person).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 400, "people have no client");
}
