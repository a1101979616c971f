//! The facade end to end: against the sandbox, over real HTTP.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, which Clippy does not take for tests"
)]

mod api_connections;
#[allow(dead_code, reason = "its own tests use more of it")]
#[path = "../../../conga-sandbox/tests/common/browser.rs"]
mod browser;
mod commerce;
mod composer;
mod contract_documents;
mod contracts;
mod directory;
mod documents;
mod email;
mod errors;
mod faults;
mod files;
mod integration_users;
mod records;
mod sign_in;

use conga::{Client, ClientBuilder, Error};
use conga_sandbox::Sandbox;

/// A client's settings for a sandbox, without a sign-in.
fn settings(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder().endpoints(sandbox.token_url(), sandbox.base_url())
}

/// A client of the sandbox's integration user.
fn administrator(sandbox: &Sandbox) -> Client {
    let account = &sandbox.accounts().integration;
    settings(sandbox)
        .client_credentials(&account.client_id, account.client_secret.as_str())
        .build()
        .unwrap()
}

/// A call that needs a sign-in and nothing else.
async fn call(client: &Client) -> Result<(), Error> {
    client
        .records("Account")
        .list()
        .page_size(1)
        .page(1)
        .await
        .map(drop)
}

/// The OAuth error of a refused sign-in.
fn refusal(error: &Error) -> Option<&str> {
    error.auth()?.oauth_error()
}
