#![doc = include_str!("../README.md")]

mod answer;
pub mod api_connections;
#[cfg(feature = "blocking")]
mod blocking;
mod builder;
mod client;
pub mod commerce;
pub mod composer;
pub mod contracts;
mod criteria;
pub mod documents;
pub mod email;
mod env;
mod error;
pub mod files;
pub mod integration_users;
mod issued;
pub mod objects;
mod pages;
pub mod poller;
mod raw;
pub mod records;
mod request;
pub mod search;
pub mod storefront;
mod transfer;
pub mod users;

pub use api_connections::{ApiConnection, ApiConnectionType, ApiConnections};
#[cfg(feature = "blocking")]
pub use blocking::{Blocking, Iter};
pub use builder::ClientBuilder;
pub use client::Client;
pub use commerce::{Carts, Orders, PriceLists, Quotes};
pub use composer::{Composer, ContractDocuments};
#[cfg(feature = "redis")]
pub use conga_api::RedisBudget;
pub use conga_api::{
    self, ApiResponse, ByteStream, Call, CallOptions, Form, HttpOptions, Limiter, Options, Part,
    Rate, Response, RetryBudget, RetryPolicy, Timestamp,
    operations::{self, Host},
};
pub use conga_auth::{self, Credential, Region};
pub use contracts::Contracts;
pub use criteria::Criteria;
pub use documents::Documents;
pub use email::Email;
pub use error::{CartProblem, ConfigError, Error, JobProblem};
pub use files::Files;
pub use integration_users::IntegrationUsers;
pub use issued::IssuedClient;
pub use objects::Objects;
pub use pages::{Page, Pages, Position, RecordStream};
pub use poller::{Job, Poller};
pub use raw::Raw;
pub use records::{By, Field, Record, Records, SortDirection};
pub use request::{Future, Request};
pub use search::Search;
pub use storefront::{Storefront, StorefrontQuery};
pub use transfer::{Content, Download, Progress, UploadState};
pub use users::Users;

/// Makes the method of a [`Middleware`](conga_api::Middleware) one that a trait can have.
pub use async_trait::async_trait;
/// The HTTP client that [`ClientBuilder::http_client`] takes.
pub use reqwest;
/// The address that [`ClientBuilder::host`] takes.
pub use url::Url;
