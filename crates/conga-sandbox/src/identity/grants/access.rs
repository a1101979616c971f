//! Which access tokens are revoked. A token is known by its id, and only as long as it would be good.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::GrantId;

/// Seconds between two rounds that forget what is over.
const SWEEP: i64 = 60;

/// Access tokens by grant, and the revoked ones.
#[derive(Debug, Default)]
pub(super) struct AccessTokens {
    /// Id and expiry, in seconds of the epoch.
    by_grant: HashMap<GrantId, Vec<(String, i64)>>,
    revoked: HashMap<String, i64>,
    swept: i64,
}

impl AccessTokens {
    /// Adds a token of a grant.
    pub(super) fn add(&mut self, grant: &str, token_id: &str, expires: i64, now: DateTime<Utc>) {
        self.sweep(now);
        let tokens = self.by_grant.entry(grant.to_owned()).or_default();
        tokens.push((token_id.to_owned(), expires));
    }

    /// Revokes one token.
    pub(super) fn revoke(&mut self, token_id: String, expires: i64, now: DateTime<Utc>) {
        self.sweep(now);
        self.revoked.insert(token_id, expires);
    }

    /// Revokes all tokens of a grant.
    pub(super) fn revoke_grant(&mut self, grant: &str) {
        self.revoked
            .extend(self.by_grant.remove(grant).unwrap_or_default());
    }

    /// Whether a token is revoked.
    pub(super) fn is_revoked(&self, token_id: &str) -> bool {
        self.revoked.contains_key(token_id)
    }

    fn sweep(&mut self, now: DateTime<Utc>) {
        let now = now.timestamp();
        if now < self.swept + SWEEP {
            return;
        }
        self.swept = now;
        self.by_grant.retain(|_, tokens| {
            tokens.retain(|(_, expires)| *expires > now);
            !tokens.is_empty()
        });
        self.revoked.retain(|_, expires| *expires > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revoked_grant_takes_its_tokens_along() {
        let mut tokens = AccessTokens::default();
        let now = DateTime::UNIX_EPOCH;
        tokens.add("grant", "a", 3600, now);
        tokens.add("grant", "b", 3600, now);
        tokens.add("other", "c", 3600, now);
        tokens.revoke_grant("grant");
        tokens.revoke("d".to_owned(), 3600, now);
        let revoked = ["a", "b", "c", "d"].map(|id| tokens.is_revoked(id));
        assert_eq!(revoked, [true, true, false, true]);
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let mut tokens = AccessTokens::default();
        let start = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let over = start.timestamp() + SWEEP;
        tokens.add("grant", "a", over, start);
        tokens.revoke("b".to_owned(), over, start);
        let later = DateTime::from_timestamp(over, 0).unwrap();
        tokens.revoke("c".to_owned(), over + 1, later);
        assert!(tokens.by_grant.is_empty());
        assert_eq!(tokens.revoked.len(), 1);
    }
}
