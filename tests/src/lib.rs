//! What tests that cross crates share: samples made from the specification, the published documents to hold requests against, and
//! one call of every operation.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here fails a test"
)]
#![allow(missing_debug_implementations)]

pub mod contract;
#[allow(clippy::all, deprecated, reason = "deprecated operations are called as well")]
#[rustfmt::skip]
mod generated;
pub mod guide;
pub mod published;
pub mod sample;
pub mod specification;

pub use generated::run as call_every_operation;

/// The front page of the workspace, whose Rust is compiled here.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct FrontPage;
