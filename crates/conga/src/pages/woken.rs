//! Whether a request that nobody waits for can go on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Wake,
};

/// Set when a future that is polled by the way can go on, so that it is not polled with every record.
#[derive(Default)]
pub(super) struct Woken(AtomicBool);

impl Woken {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it was set since it was taken last.
    pub(super) fn take(&self) -> bool {
        // Asked with every record, and seldom true.
        self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Acquire)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.set();
    }
}
