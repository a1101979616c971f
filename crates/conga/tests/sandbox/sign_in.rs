//! Every sign-in that the environment can name.

use std::{path::Path, time::Duration};

use conga::{
    ApiConnectionType, Client, ClientBuilder, Record,
    conga_auth::{ExposeSecret, FileStore, OAuthClient, Provider, UserCredential},
};
use conga_sandbox::Sandbox;

use super::{
    administrator,
    browser::{Arrival, Browser},
    call,
};

/// A client by an environment of these variables and the sandbox's two addresses.
fn by_environment(sandbox: &Sandbox, variables: &[(&str, &str)]) -> Client {
    let token_uri = sandbox.token_url();
    let addresses = [
        ("CONGA_TOKEN_URI", token_uri.as_str()),
        ("CONGA_BASE_URI", sandbox.base_url()),
    ];
    by_these(&[&addresses, variables].concat())
}

/// A client by these variables alone.
fn by_these(variables: &[(&str, &str)]) -> Client {
    let value = |name| variables.iter().find(|(known, _)| *known == name);
    ClientBuilder::from_lookup(|name| Ok(value(name).map(|(_, value)| (*value).to_owned())))
        .and_then(ClientBuilder::build)
        .unwrap()
}

/// Signs the sandbox's user in by a browser, and keeps the sign-in in a file.
async fn signed_in(sandbox: &Sandbox, file: &Path) -> UserCredential {
    let provider = Provider::discovered(sandbox.issuer(), sandbox.base_url()).unwrap();
    let oauth = OAuthClient::builder(provider, &sandbox.accounts().ui.client_id)
        .store(FileStore::new(file))
        .build()
        .unwrap();
    let sign_in = oauth
        .authorization_code()
        .redirect_uri("http://127.0.0.1:9/callback")
        .pasted()
        .begin()
        .await
        .unwrap();
    let browser = Browser::new();
    let user = &sandbox.accounts().user;
    let page = browser.open(sign_in.url().as_str()).await.page("Sign in");
    let account = [
        ("user_name", user.user_name.as_str()),
        ("password", user.password.as_str()),
    ];
    let page = browser.submit(&page, &account).await.page("Allow access?");
    let Arrival::Elsewhere(answer) = browser.submit(&page, &[("decision", "allow")]).await else {
        panic!("the sandbox asks for more");
    };
    sign_in.finish_with(answer.as_str()).await.unwrap()
}

#[tokio::test]
async fn an_integration_user_and_an_api_connection() {
    let sandbox = Sandbox::start().await.unwrap();
    let (integration, api) = (&sandbox.accounts().integration, &sandbox.accounts().api);
    let client = by_environment(
        &sandbox,
        &[
            ("CONGA_CLIENT_ID", &integration.client_id),
            ("CONGA_CLIENT_SECRET", &integration.client_secret),
            ("CONGA_SCOPES", "api.cart sign"),
        ],
    );
    call(&client).await.unwrap();
    let client = by_environment(
        &sandbox,
        &[
            ("CONGA_CLIENT_ID", &api.client_id),
            ("CONGA_CLIENT_SECRET", &api.client_secret),
            ("CONGA_USER_ID", &api.user_id),
        ],
    );
    call(&client).await.unwrap();
}

#[tokio::test]
async fn a_user_who_signed_in_before() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sign-in.json");
    let user = signed_in(&sandbox, &file).await;
    let token = user.token().await.unwrap();

    // A second program goes on with the file, and a third with the access token alone.
    let ui = &sandbox.accounts().ui.client_id;
    let path = file.to_str().unwrap();
    let stored = by_environment(
        &sandbox,
        &[("CONGA_CLIENT_ID", ui), ("CONGA_SIGN_IN_FILE", path)],
    );
    call(&stored).await.unwrap();
    let access_token = token.secret().expose_secret();
    call(&by_environment(
        &sandbox,
        &[("CONGA_ACCESS_TOKEN", access_token)],
    ))
    .await
    .unwrap();

    // The refresh token is used up by the first who has it, so it comes last.
    let refresh_token = token.refresh_token().unwrap().expose_secret();
    let refreshed = by_environment(
        &sandbox,
        &[
            ("CONGA_CLIENT_ID", ui),
            ("CONGA_REFRESH_TOKEN", refresh_token),
        ],
    );
    call(&refreshed).await.unwrap();

    let nobody = folder.path().join("nobody.json");
    let nobody = by_environment(
        &sandbox,
        &[
            ("CONGA_CLIENT_ID", ui),
            ("CONGA_SIGN_IN_FILE", nobody.to_str().unwrap()),
        ],
    );
    let error = call(&nobody).await.unwrap_err();
    assert!(
        error.to_string().contains("have the user sign in"),
        "{error}"
    );
}

#[tokio::test]
async fn a_secret_in_a_file_is_replaced_while_the_program_runs() {
    let sandbox = Sandbox::start().await.unwrap();
    let connections = administrator(&sandbox).api_connections();
    let issued = connections.create_api_to_api("org-1").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, issued.client_secret.expose_secret()).unwrap();
    let running = by_environment(
        &sandbox,
        &[
            ("CONGA_CLIENT_ID", &issued.client_id),
            ("CONGA_CLIENT_SECRET_FILE", file.to_str().unwrap()),
            ("CONGA_USER_ID", &sandbox.accounts().api.user_id),
        ],
    );
    call(&running).await.unwrap();

    let renewed = connections
        .regenerate_secret("org-1", ApiConnectionType::ApiToApi)
        .await
        .unwrap();
    std::fs::write(&file, renewed.client_secret.expose_secret()).unwrap();
    // The token of the old secret ends; the program asks for another one by the new secret.
    sandbox.clock().advance(Duration::from_secs(2 * 3_600));
    call(&running).await.unwrap();
}

#[tokio::test]
async fn the_hosts_beside_the_gateway() {
    let sandbox = Sandbox::start().await.unwrap();
    let accounts = sandbox.accounts();
    let (integration, app) = (&accounts.integration, &accounts.salesforce);
    let base = sandbox.base_url();
    let common = [
        ("CONGA_CLIENT_ID", integration.client_id.as_str()),
        ("CONGA_CLIENT_SECRET", &integration.client_secret),
        ("CONGA_X_AUTHOR_URL", base),
        ("CONGA_TURBOENGINES_URL", base),
        ("CONGA_DISCOVERY_AI_URL", base),
        ("CONGA_DISCOVERY_AI_KEY", &accounts.api_key),
        ("CONGA_SALESFORCE_URL", base),
        ("CONGA_SALESFORCE_CLIENT_ID", &app.client_id),
        ("CONGA_STOREFRONT", &accounts.storefront.storefront),
    ];
    let secret = ("CONGA_SALESFORCE_CLIENT_SECRET", app.client_secret.as_str());
    let refresh_token = ("CONGA_SALESFORCE_REFRESH_TOKEN", app.refresh_token.as_str());
    for grant in [&[secret][..], &[refresh_token, secret]] {
        let client = by_environment(&sandbox, &[&common[..], grant].concat());
        call(&client).await.unwrap();
        let api = client.api();
        api.x_author().get_admin_settings().send().await.unwrap();
        api.salesforce_turboengines()
            .validate_data_sync()
            .send()
            .await
            .unwrap();
        api.salesforce_discovery_ai()
            .list_insight_maps("tenant")
            .send()
            .await
            .unwrap();
        api.salesforce_cpq_v5()
            .get_active_storefront()
            .send()
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_guest_and_a_shopper() {
    let sandbox = Sandbox::start().await.unwrap();
    let account = &sandbox.accounts().storefront;
    let url = sandbox.storefront_url();
    let guest = [
        ("CONGA_STOREFRONT_URL", url.as_str()),
        ("CONGA_STOREFRONT", &account.storefront),
    ];
    let shopper = [
        ("CONGA_STOREFRONT_USER", account.username.as_str()),
        ("CONGA_STOREFRONT_PASSWORD", &account.password),
    ];
    let mut users = Vec::new();
    for variables in [guest.to_vec(), [guest, shopper].concat()] {
        let storefront = by_these(&variables).storefront().unwrap();
        users.push(
            storefront
                .sign_in()
                .await
                .unwrap()
                .user_id()
                .map(str::to_owned),
        );
        storefront.active_cart::<Record>().await.unwrap();
    }
    assert_eq!(users[1].as_deref(), Some(account.user_id.as_str()));
    assert_ne!(users[0], users[1]);
}
