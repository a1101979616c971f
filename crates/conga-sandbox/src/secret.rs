//! Secrets: making, keeping and comparing them.

use std::fmt;

use aws_lc_rs::{constant_time, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A fresh text that cannot be guessed: 244 random bits, 43 characters that a URL and a cookie may hold.
pub(crate) fn token() -> String {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    bytes[16..].copy_from_slice(Uuid::new_v4().as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Compares secrets in a time that does not tell where they differ.
pub(crate) fn same_secret(left: &str, right: &str) -> bool {
    constant_time::verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}

/// SHA-256 in base64url without padding, as PKCE and `at_hash` use it.
pub(crate) fn sha256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, text.as_bytes()))
}

/// What is kept of a secret: enough to recognise it, too little to show it again.
///
/// Secrets made here are random, so a plain SHA-256 protects them; the well-known ones guard nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretHash(String);

impl SecretHash {
    /// The hash of a secret.
    pub(crate) fn of(secret: &str) -> Self {
        Self(sha256(secret))
    }

    /// Whether this is the hash of `secret`.
    pub(crate) fn matches(&self, secret: &str) -> bool {
        same_secret(&self.0, &sha256(secret))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_long_enough() {
        assert_ne!(token(), token());
        assert_eq!(token().len(), 43);
    }

    #[test]
    fn a_hash_recognises_its_secret_only_and_shows_nothing() {
        let hash = SecretHash::of("sandbox-secret");
        assert!(hash.matches("sandbox-secret"));
        assert!(!hash.matches("sandbox-secre"));
        assert_eq!(format!("{hash:?}"), "SecretHash(..)");
    }

    #[test]
    fn the_hash_is_that_of_rfc_7636_appendix_b() {
        assert_eq!(
            sha256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
