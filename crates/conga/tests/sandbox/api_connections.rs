use conga::{ApiConnectionType, Client, IssuedClient, SortDirection};
use conga_sandbox::Sandbox;

use super::{administrator, call, refusal, settings};

use ApiConnectionType::{ApiToApi, UiToApi};

/// A program that signs in by what was issued.
fn program(sandbox: &Sandbox, issued: &IssuedClient) -> Client {
    settings(sandbox)
        .client_credentials(&issued.client_id, issued.client_secret.clone())
        .user_id(&sandbox.accounts().api.user_id)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_new_connection_signs_in_at_once_and_a_deactivated_one_does_not() {
    let sandbox = Sandbox::start().await.unwrap();
    let connections = administrator(&sandbox).api_connections();
    let issued = connections
        .create_api_to_api("org-1")
        .client_name("Nightly sync")
        .await
        .unwrap();
    let running = program(&sandbox, &issued);
    call(&running).await.unwrap();

    connections.deactivate("org-1", ApiToApi).await.unwrap();
    let error = call(&program(&sandbox, &issued)).await.unwrap_err();
    assert_eq!(refusal(&error), Some("invalid_client"), "{error}");
    let error = call(&running).await.unwrap_err();
    assert!(
        error.auth().is_some() || error.status().is_some_and(|status| status == 401),
        "{error}"
    );

    connections.activate("org-1", ApiToApi).await.unwrap();
    call(&program(&sandbox, &issued)).await.unwrap();
    call(&running).await.unwrap();
}

#[tokio::test]
async fn a_new_secret_ends_the_old_one() {
    let sandbox = Sandbox::start().await.unwrap();
    let connections = administrator(&sandbox).api_connections();
    let old = connections
        .create_api_to_api("org-1")
        .description("nightly")
        .allowed_scopes(["api.cart"])
        .await
        .unwrap();
    let new = connections
        .regenerate_secret("org-1", ApiToApi)
        .await
        .unwrap();
    assert_eq!(new.client_id, old.client_id);
    let error = call(&program(&sandbox, &old)).await.unwrap_err();
    assert_eq!(refusal(&error), Some("invalid_client"), "{error}");
    call(&program(&sandbox, &new)).await.unwrap();

    let kept = connections.get("org-1", ApiToApi).await.unwrap();
    assert_eq!(kept.description.as_deref(), Some("nightly"));
    assert_eq!(kept.allowed_scopes, ["api.cart"]);
    assert!(kept.client_secret.is_none());
}

#[tokio::test]
async fn every_setting_can_be_edited_and_read_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let connections = administrator(&sandbox).api_connections();
    connections
        .create_ui_to_api("org-1")
        .client_name("Portal")
        .redirect_uris(["https://portal.example/cb"])
        .await
        .unwrap();
    let edited = connections
        .edit("org-1", UiToApi)
        .description("for partners")
        .redirect_uris(["https://portal.example/cb?a=1,2", "com.example.app:/cb"])
        .cors_origins(["https://portal.example", "http://localhost:3000"])
        .back_channel_logout_uri("https://portal.example/back")
        .front_channel_logout_uri("https://portal.example/front")
        .allowed_scopes(["api.cart", "sign"])
        .await
        .unwrap();
    assert!(
        edited.client_secret.is_some(),
        "the sandbox makes a new secret with every change"
    );

    let alone = connections.get("org-1", UiToApi).await.unwrap();
    let listed = connections
        .list()
        .sort("ClientName", SortDirection::Ascending)
        .page_size(1)
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(listed.len(), 3, "the sandbox's own two, and this one");
    let listed = listed
        .iter()
        .find(|connection| connection.client_name.as_deref() == Some("Portal"))
        .unwrap();
    for read in [&edited, &alone, listed] {
        assert_eq!(read.connection_type(), Some(UiToApi));
        assert_eq!(read.external_identifier.as_deref(), Some("org-1"));
        assert_eq!(read.description.as_deref(), Some("for partners"));
        assert_eq!(
            read.redirect_uris,
            ["https://portal.example/cb?a=1,2", "com.example.app:/cb"]
        );
        assert_eq!(
            read.cors_origins,
            ["https://portal.example", "http://localhost:3000"]
        );
        assert_eq!(
            read.back_channel_logout_uri.as_deref(),
            Some("https://portal.example/back")
        );
        assert_eq!(
            read.front_channel_logout_uri.as_deref(),
            Some("https://portal.example/front")
        );
        assert_eq!(read.allowed_scopes, ["api.cart", "sign"]);
        assert_eq!(read.is_active, Some(true));
    }

    let edited = connections
        .edit("org-1", UiToApi)
        .cors_origins([""; 0])
        .await
        .unwrap();
    assert!(edited.cors_origins.is_empty());
    assert_eq!(edited.redirect_uris.len(), 2);
    let error = connections.get("org-1", ApiToApi).await.unwrap_err();
    assert!(
        error.is_not_found(),
        "the other type of the same integration: {error}"
    );
}

#[tokio::test]
async fn a_setting_that_cannot_be_is_told_by_the_server() {
    let sandbox = Sandbox::start().await.unwrap();
    let connections = administrator(&sandbox).api_connections();
    let error = connections
        .create_ui_to_api("org-1")
        .redirect_uris(["portal.example/cb"])
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 400);
    assert!(
        error.messages()[0].contains("RedirectURI"),
        "{:?}",
        error.messages()
    );
}
