//! The retries that calls have in common.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// How many retries the calls of a transport and of its clones may make together.
///
/// A server that fails under its load must not be asked four times as often by everybody. Each retry takes from the budget; each call
/// that succeeds pays back a fifth of one. Where nothing is left, an error is given at once, and says so.
///
/// Default: 100 retries. Clones share one budget.
#[derive(Clone)]
pub struct RetryBudget(Option<Arc<Purse>>);

/// Counts in fifths of a retry.
struct Purse {
    left: AtomicU32,
    full: u32,
}

/// Successes that pay for a retry.
const COST: u32 = 5;

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new(100)
    }
}

impl RetryBudget {
    /// So many retries before the first one has to be earned.
    pub fn new(retries: u32) -> Self {
        let full = retries.saturating_mul(COST);
        Self(Some(Arc::new(Purse {
            left: AtomicU32::new(full),
            full,
        })))
    }

    /// As many as the calls' policies allow.
    pub fn unlimited() -> Self {
        Self(None)
    }

    /// Takes one retry; false where there is none.
    pub(crate) fn spend(&self) -> bool {
        let Some(purse) = &self.0 else { return true };
        let take = |left: u32| left.checked_sub(COST);
        purse
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
    }

    /// Pays back for a success.
    pub(crate) fn earn(&self) {
        let Some(purse) = &self.0 else { return };
        let give = |left: u32| (left < purse.full).then_some(left + 1);
        // An error says that it is full.
        let _ = purse
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, give);
    }
}

impl fmt::Debug for RetryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(purse) => {
                let left = purse.left.load(Ordering::Relaxed) / COST;
                write!(f, "RetryBudget({left} of {} left)", purse.full / COST)
            }
            None => f.write_str("RetryBudget(unlimited)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_spent_and_earned_by_all_clones() {
        let budget = RetryBudget::new(2);
        let clone = budget.clone();
        assert!(budget.spend() && clone.spend() && !budget.spend());
        for _ in 0..4 {
            clone.earn();
            assert!(!budget.spend());
        }
        clone.earn();
        assert!(budget.spend() && !clone.spend());
    }

    #[test]
    fn it_never_holds_more_than_at_first() {
        let budget = RetryBudget::new(1);
        (0..100).for_each(|_| budget.earn());
        assert!(budget.spend() && !budget.spend());
        assert!((0..1_000).all(|_| RetryBudget::unlimited().spend()));
        assert_eq!(format!("{budget:?}"), "RetryBudget(0 of 1 left)");
    }
}
