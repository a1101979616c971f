//! A server that behaves like Conga, on loopback, to build and test against.
//!
//! It serves every operation of the curated specifications, which are embedded at build time. Requests
//! are checked against the specification and against the token that they carry; answers come from real
//! state where a service has behaviour here, and are built from the schema elsewhere. The header
//! `x-conga-sandbox` says which: `behaviour` or `schema`.
//!
//! ```
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! use conga_sandbox::Sandbox;
//!
//! let sandbox = Sandbox::start().await?;
//! println!("platform at {}, tokens at {}", sandbox.base_url(), sandbox.token_url());
//! println!("sign in as {}", sandbox.accounts().integration.client_id);
//! sandbox.shutdown().await;
//! # Ok::<(), conga_sandbox::StartError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A test gives calls [faults](Sandbox::faults), moves the [clock](Sandbox::clock), and looks at what arrived
//! ([`Sandbox::requests`]) and at the mail that was sent ([`Sandbox::mail`]).
//!
//! How it is built: `server` receives a request and asks `specification` for its operation, `access` for
//! the caller, `specification` again whether the request keeps to the schema, then a service with
//! behaviour (`services`) or the schema for the answer. `identity`, `storefront` and `salesforce` are the
//! three ways to sign in; `directory` knows who can.

mod access;
mod accounts;
mod clock;
mod composer;
mod database;
mod directory;
mod failure;
mod faults;
mod files;
mod identity;
mod ledger;
mod mail;
mod recorder;
mod records;
mod request;
mod salesforce;
mod sandbox;
mod secret;
mod server;
mod services;
mod specification;
mod storefront;

pub use accounts::{
    Accounts, ApiAccount, IntegrationAccount, SalesforceAccount, StorefrontAccount, UiAccount,
    UserAccount,
};
pub use clock::Clock;
pub use faults::{Fault, FaultError, FaultRule, Faults, Moment};
pub use ledger::ledger;
pub use mail::{DeliveryState, Mail, MailAddress, MailAttachment, MailDelivery};
pub use recorder::Received;
pub use sandbox::{Builder, Sandbox, Seed, StartError};

/// The README, whose Rust is compiled here.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
