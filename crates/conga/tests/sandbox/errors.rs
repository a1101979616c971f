//! What a person reads when a sign-in fails.

use std::time::Duration;

use conga::{
    ApiConnectionType, Client, ClientBuilder, Error, RetryPolicy,
    conga_auth::{ClientCredentials, Endpoints, FileStore, OAuthClient, Provider, StaticToken},
};
use conga_sandbox::Sandbox;

use super::{administrator, call, settings};

/// The error's text, and those below it, with the sandbox's address taken out.
fn told(sandbox: &Sandbox, what: &str, error: &Error) -> String {
    let mut text = format!("{what}\n    {error}\n");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text += &format!("    because: {error}\n");
        cause = error.source();
    }
    text.replace(sandbox.base_url(), "http://sandbox")
}

#[tokio::test]
async fn a_failed_sign_in_says_what_to_do_next() {
    let sandbox = Sandbox::start().await.unwrap();
    let accounts = sandbox.accounts();
    let (integration, api) = (&accounts.integration, &accounts.api);
    let client = |builder: ClientBuilder| builder.retry(RetryPolicy::never()).build().unwrap();
    let mut texts = String::new();

    let wrong_secret = settings(&sandbox).client_credentials(&integration.client_id, "hunter2");
    let unknown = settings(&sandbox).client_credentials("hunter", "hunter2");
    let scope = settings(&sandbox)
        .client_credentials(&integration.client_id, integration.client_secret.as_str())
        .scopes(["no-such-scope"]);
    let no_user = settings(&sandbox).client_credentials(&api.client_id, api.client_secret.as_str());
    let wrong_user = settings(&sandbox)
        .client_credentials(&api.client_id, api.client_secret.as_str())
        .user_id("00000000-0000-4000-8000-00000000dead");
    let old_token = settings(&sandbox).credential(StaticToken::new("hunter2"));
    let not_the_endpoint = Client::builder()
        .endpoints(
            format!("{}/elsewhere", sandbox.base_url()),
            sandbox.base_url(),
        )
        .client_credentials(&integration.client_id, integration.client_secret.as_str());
    let elsewhere = Client::builder()
        .endpoints(sandbox.token_url(), "https://rls.congacloud.eu")
        .credential(
            ClientCredentials::builder(
                Endpoints::parse(&sandbox.token_url(), sandbox.base_url()).unwrap(),
                "id",
                "hunter2",
            )
            .build()
            .unwrap(),
        );
    for (what, builder) in [
        ("a wrong secret", wrong_secret),
        ("an unknown client", unknown),
        ("a scope that it does not have", scope),
        ("an API-to-API connection without its user", no_user),
        ("an API-to-API connection with an unknown user", wrong_user),
        ("a token that is none", old_token),
        (
            "an address that is not the token endpoint",
            not_the_endpoint,
        ),
        ("a credential of another tenant", elsewhere),
    ] {
        let error = call(&client(builder)).await.unwrap_err();
        texts += &told(&sandbox, what, &error);
    }

    let connections = administrator(&sandbox).api_connections();
    let issued = connections.create_api_to_api("org-1").await.unwrap();
    connections
        .deactivate("org-1", ApiConnectionType::ApiToApi)
        .await
        .unwrap();
    let deactivated = settings(&sandbox).client_credentials(issued.client_id, issued.client_secret);
    let error = call(&client(deactivated)).await.unwrap_err();
    texts += &told(&sandbox, "a deactivated connection", &error);

    let folder = tempfile::tempdir().unwrap();
    let oauth = OAuthClient::builder(
        Provider::discovered(sandbox.issuer(), sandbox.base_url()).unwrap(),
        &accounts.ui.client_id,
    )
    .store(FileStore::new(folder.path().join("sign-in.json")))
    .build()
    .unwrap();
    let nobody = settings(&sandbox).credential(oauth.user());
    let error = call(&client(nobody)).await.unwrap_err();
    texts += &told(&sandbox, "a user who never signed in", &error);
    let used_up = settings(&sandbox).credential(oauth.user_with_refresh_token("hunter2"));
    let error = call(&client(used_up)).await.unwrap_err();
    texts += &told(&sandbox, "a refresh token that is used up", &error);

    let shopper = Client::builder()
        .storefront(sandbox.storefront_url(), &accounts.storefront.storefront)
        .shopper(&accounts.storefront.username, "hunter2")
        .build()
        .unwrap();
    let error = shopper.storefront().unwrap().sign_in().await.unwrap_err();
    texts += &told(&sandbox, "a shopper's wrong password", &error);

    assert!(!texts.contains("hunter2"), "{texts}");
    insta::assert_snapshot!(texts);
}

#[tokio::test]
async fn a_server_that_is_away_is_worth_another_try() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = settings(&sandbox)
        .client_credentials("id", "hunter2")
        .retry(RetryPolicy::never())
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    let address = sandbox.base_url().to_owned();
    sandbox.shutdown().await;
    let error = call(&client).await.unwrap_err();
    assert!(
        error.is_retryable() && !error.may_have_been_processed(),
        "{error:?}"
    );
    insta::assert_snapshot!(error.to_string().replace(&address, "http://sandbox"));
}
