//! Access tokens whose signature was found good. Checking a signature is the dearest part of a small call, and a client sends the
//! same token with each.
//!
//! A token is known by its digest. The keys that sign stay good as long as their tokens live, so what was good once is good
//! until the token's time is over.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};

use super::token::Claims;

/// When there are more, all are forgotten; they are checked again.
const MOST: usize = 1_000;

/// The claims of tokens by the tokens' digests.
#[derive(Debug, Default)]
pub(super) struct Verified(Mutex<HashMap<Vec<u8>, Claims>>);

impl Verified {
    /// The claims of a token that was added.
    pub(super) fn claims(&self, token: &str) -> Option<Claims> {
        self.lock().get(&key(token)).cloned()
    }

    /// Adds a token whose signature, issuer and audience are good.
    pub(super) fn add(&self, token: &str, claims: &Claims) {
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key(token), claims.clone());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Claims>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}
