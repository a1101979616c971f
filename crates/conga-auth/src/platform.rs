//! What a native program and one in WebAssembly (`wasm32-unknown-unknown`) do in different ways: telling the time, waiting,
//! leaving a task to itself, and exchanging a request for its answer. Everything else is one code for both.
//!
//! For the crates that stand on this one; it is no part of what they promise.

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod web;

#[cfg(not(target_family = "wasm"))]
pub use self::native::*;
#[cfg(target_family = "wasm")]
pub use self::web::*;
