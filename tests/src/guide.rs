//! The guide of `docs/`, whose samples run here, each against a sandbox of its own.

use conga::Client;
use conga_sandbox::Sandbox;

/// A sandbox with the demo company, and a client that is signed in to it as the integration user.
pub async fn tenant() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.expect("a sandbox starts");
    let account = &sandbox.accounts().integration;
    let client = Client::builder()
        .endpoints(sandbox.token_url(), sandbox.base_url())
        .client_credentials(&account.client_id, account.client_secret.as_str())
        .build()
        .expect("a client of the sandbox");
    (sandbox, client)
}

/// Three levels.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/introduction.md")]
pub struct Introduction;

/// Signing in.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/signing-in.md")]
pub struct SigningIn;

/// Records.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/records.md")]
pub struct Records;

/// Documents, Composer and e-mail.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/documents.md")]
pub struct Documents;

/// Contracts, quotes and carts.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/commerce.md")]
pub struct Commerce;

/// Errors and retries.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/errors.md")]
pub struct Errors;

/// Testing against the sandbox.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/sandbox.md")]
pub struct Testing;

/// Going to production.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/production.md")]
pub struct Production;
