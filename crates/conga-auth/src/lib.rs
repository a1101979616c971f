#![doc = include_str!("../README.md")]

mod cache;
pub mod cipher;
mod client_credentials;
mod clock;
mod credential;
mod endpoints;
mod error;
mod oauth;
mod redaction;
mod static_token;
mod storefront;
mod token;
mod transport;

pub use cache::{TokenCache, TokenSource};
pub use client_credentials::{ClientCredentials, ClientCredentialsBuilder};
pub use clock::{Clock, SystemClock};
pub use credential::{Anonymous, Credential, RequestContext};
pub use endpoints::{Endpoints, Region};
pub use error::{AuthError, LoginUrl, Refusal};
pub use oauth::ClientAuthentication;
pub use redaction::Excerpt;
pub use secrecy::{ExposeSecret, SecretString};
pub use static_token::StaticToken;
pub use storefront::{CredentialFields, Storefront, StorefrontBuilder, TokenPath};
pub use token::Token;
pub use transport::ensure_secure;
