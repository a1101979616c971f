#![doc = include_str!("../README.md")]

mod api_key;
mod cache;
pub mod cipher;
mod claims;
mod client_credentials;
mod client_secret;
mod clock;
mod credential;
mod discovery;
mod endpoints;
mod error;
mod oauth;
mod oauth_client;
pub mod platform;
mod redaction;
#[cfg(feature = "redis")]
mod redis_server;
mod refresh;
mod refusal;
mod salesforce;
mod static_token;
mod store;
mod storefront;
mod token;
mod transport;

pub use api_key::ApiKey;
pub use cache::{TokenCache, TokenSource};
pub use claims::Claims;
pub use client_credentials::{ClientCredentials, ClientCredentialsBuilder};
pub use client_secret::{ClientSecret, SecretSource};
pub use clock::{Clock, SystemClock};
pub use credential::{Anonymous, Credential, RequestContext};
pub use discovery::Metadata;
pub use endpoints::{Endpoints, Region};
pub use error::{AuthError, PageUrl};
pub use oauth::ClientAuthentication;
#[cfg(not(target_family = "wasm"))]
pub use oauth_client::{AuthorizationCode, SignIn};
pub use oauth_client::{
    DeviceSignIn, Introspection, OAuthClient, OAuthClientBuilder, Provider, UserCredential,
};
pub use redaction::Excerpt;
#[cfg(feature = "redis")]
pub use redis_server::RedisServer;
pub use refusal::Refusal;
#[cfg(feature = "jwt-bearer")]
pub use salesforce::PrivateKey;
pub use salesforce::{SalesforceLogin, SalesforceOAuth, SalesforceOAuthBuilder};
pub use secrecy::{ExposeSecret, SecretString};
pub use static_token::StaticToken;
pub use store::{FileStore, MemoryStore, Saved, StoreLock, Stored, TokenStore};
#[cfg(feature = "keyring")]
pub use store::{KeyringStore, Place};
#[cfg(feature = "redis")]
pub use store::{RedisStore, RedisStoreBuilder};
pub use storefront::{CredentialFields, Storefront, StorefrontBuilder, TokenPath};
pub use token::Token;
pub use transport::{ensure_secure, retry_after};
