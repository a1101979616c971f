#![doc = include_str!("../README.md")]

mod api;
mod budget;
mod call;
mod decode;
mod disposition;
mod envelope;
mod error;
mod form;
#[expect(missing_docs, reason = "the reference gives types and fields no description")]
#[allow(clippy::all, deprecated)]
#[rustfmt::skip]
mod generated;
#[cfg(not(target_family = "wasm"))]
mod http_options;
mod limiter;
mod middleware;
#[allow(
    dead_code,
    unused_macros,
    unused_imports,
    reason = "for generated services, whose features may all be off"
)]
mod open_enum;
mod operation;
mod options;
mod place;
pub mod platform;
mod response;
mod retry;
mod stream;
mod time;
mod transport;

#[allow(
    unused_imports,
    reason = "for generated services, whose features may all be off"
)]
pub(crate) use open_enum::open_enum;

pub use api::Api;
pub use budget::RetryBudget;
pub use call::{Call, CallOptions};
pub use envelope::{ApiResponse, Message};
pub use error::{Error, ErrorBody, ErrorKind};
pub use form::{Form, Part};
pub use generated::*;
#[cfg(not(target_family = "wasm"))]
pub use http_options::HttpOptions;
pub use limiter::{Limiter, LocalBudget, Rate, RateBudget};
#[cfg(feature = "redis")]
pub use limiter::{RedisBudget, RedisBudgetBuilder};
pub use middleware::{Attempt, Middleware, Next};
pub use options::Options;
#[cfg(target_family = "wasm")]
pub use platform::HttpOptions;
pub use response::{Pending, Response};
pub use retry::RetryPolicy;
pub use stream::ByteStream;
pub use time::{Date, Timestamp};
pub use transport::{Transport, TransportBuilder};

/// How requests name their maker.
const USER_AGENT: &str = concat!("conga-rust/", env!("CARGO_PKG_VERSION"));
