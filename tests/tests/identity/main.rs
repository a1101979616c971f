//! Signing in, with what others wrote at one end: a real browser at the sandbox's pages, OAuth clients at the sandbox, and our
//! client at another identity provider; and the cipher of the storefronts beside others. `interop/setup.sh` installs them.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may fail, and says what it found"
)]

mod accessibility;
mod browser;
mod chromium;
mod cipher;
mod clients;
mod program;
mod provider;
