//! What a native program and one in WebAssembly (`wasm32-unknown-unknown`) do in different ways: what
//! [`conga_auth::platform`] has, and files.
//!
//! For the crates that stand on this one; it is no part of what they promise.

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod web;

pub use conga_auth::platform::*;

#[cfg(not(target_family = "wasm"))]
pub use native::*;
#[cfg(target_family = "wasm")]
pub use web::*;
