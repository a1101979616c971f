//! Users sign in at the sandbox's pages, with scripts switched off, and the program that asked for it holds a working token.

use conga_api::Transport;
use conga_auth::{AuthError, Credential, OAuthClient, Provider};
use conga_sandbox::Sandbox;
use thirtyfour::Key;

use crate::chromium::{Chromium, Scripts};

/// A program's OAuth client at the sandbox: a public one, which has no secret to keep.
fn client(sandbox: &Sandbox) -> OAuthClient {
    let provider = Provider::discovered(sandbox.issuer(), sandbox.base_url()).unwrap();
    OAuthClient::builder(provider, &sandbox.accounts().ui.client_id)
        .scopes(["openid", "profile", "api.data", "offline_access"])
        .build()
        .unwrap()
}

/// Reads accounts with the credential.
async fn reads_accounts(sandbox: &Sandbox, credential: impl Credential) {
    let transport = Transport::builder(sandbox.base_url().parse().unwrap())
        .credential(credential)
        .build()
        .unwrap();
    let call = conga_api::data::Client::new(transport).list_accounts();
    let accounts = call.send().await.unwrap();
    assert!(accounts.data.iter().flatten().count() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_signs_in_by_the_keyboard_alone() {
    let Some(chromium) = Chromium::start(Scripts::Off).await else {
        return;
    };
    let sandbox = Sandbox::start().await.unwrap();
    let user = &sandbox.accounts().user;
    let client = client(&sandbox);
    let sign_in = client.authorization_code().begin().await.unwrap();
    let browser = async {
        chromium.open(sign_in.url().as_str()).await;
        chromium.arrives_at("Sign in").await;
        chromium.has_focus("#user_name").await;
        let wrong = user.user_name.clone() + Key::Tab + "wrong" + Key::Enter;
        chromium.keys(wrong).await;
        chromium
            .is_told("The user name or the password is wrong.")
            .await;
        // The name is still there, and the focus where it is needed.
        chromium.keys(user.password.clone() + Key::Enter).await;
        chromium.arrives_at("Allow access?").await;
        chromium.keys(Key::Tab + Key::Enter).await;
        chromium.arrives_at("You are signed in").await;
    };
    let (signed_in, ()) = tokio::join!(sign_in.finish(), browser);
    let signed_in = signed_in.unwrap();
    let claims = signed_in.user_info().await.unwrap();
    assert_eq!(claims.subject(), Some(user.user_id.as_str()));
    reads_accounts(&sandbox, signed_in).await;

    // Signed in and agreed: the second time there is nothing to ask.
    let sign_in = client.authorization_code().begin().await.unwrap();
    let (again, ()) = tokio::join!(sign_in.finish(), chromium.open(sign_in.url().as_str()));
    reads_accounts(&sandbox, again.unwrap()).await;
    chromium.arrives_at("You are signed in").await;
    chromium.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_declines() {
    let Some(chromium) = Chromium::start(Scripts::Off).await else {
        return;
    };
    let sandbox = Sandbox::start().await.unwrap();
    let sign_in = client(&sandbox).authorization_code().begin().await.unwrap();
    let browser = async {
        chromium.open(sign_in.url().as_str()).await;
        chromium.sign_in(&sandbox).await;
        chromium.press("Deny").await;
        chromium.arrives_at("The sign-in was declined").await;
    };
    let (signed_in, ()) = tokio::join!(sign_in.finish(), browser);
    let error = signed_in.unwrap_err();
    assert!(matches!(error, AuthError::SignInDenied { .. }), "{error}");
    chromium.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_connected_and_another_is_refused() {
    let Some(chromium) = Chromium::start(Scripts::Off).await else {
        return;
    };
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let device = client.device_code().await.unwrap();
    chromium.open(device.verification_uri().as_str()).await;
    chromium.arrives_at("Connect a device").await;
    chromium.fill_in("Code", "BCDF").await;
    chromium.press("Continue").await;
    chromium.is_told("A code has eight letters.").await;
    chromium
        .fill_in("Code", &device.user_code().to_lowercase())
        .await;
    chromium.press("Continue").await;
    chromium.sign_in(&sandbox).await;
    chromium.press("Allow").await;
    chromium.arrives_at("Device connected").await;
    reads_accounts(&sandbox, device.finish().await.unwrap()).await;

    let device = client.device_code().await.unwrap();
    let link = device.verification_uri_complete().unwrap();
    chromium.open(link.as_str()).await;
    chromium.press("Continue").await;
    chromium.press("Deny").await;
    chromium.arrives_at("Device refused").await;
    let error = device.finish().await.unwrap_err();
    assert!(matches!(error, AuthError::SignInDenied { .. }), "{error}");
    chromium.quit().await;
}
