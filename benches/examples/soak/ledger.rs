//! What was claimed: of everything that the tasks make, whether it must, may or must not be there, and with which content.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Mutex,
};

use crate::tally::unpoisoned;

/// What a thing is. It is found by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// An account. Its content is the number in its description.
    Account,
    /// A document of the account with this id, which need not exist. Its content is the [`mark`] of its bytes.
    Document,
    /// A mail, by its subject. It has no content.
    Mail,
    /// A cart. Its content is the number of its lines.
    Cart,
    /// An order. It has no content.
    Order,
}

/// What stands for the content of a thing without one.
pub(crate) const NOTHING: u64 = 0;

/// What a call says of what it was to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    Done,
    NotDone,
    Unsure,
}

/// The things of one round.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<BTreeMap<(Kind, String), Thing>>);

#[derive(Debug)]
struct Thing {
    made: Claim,
    deleted: Claim,
    /// The contents that it may have.
    contents: BTreeSet<u64>,
}

impl Ledger {
    /// Something is about to be made. Until the call has ended it may be there or not; so it stays where the call is dropped.
    pub(crate) fn making(&self, kind: Kind, name: &str, content: u64) {
        let thing = Thing {
            made: Claim::Unsure,
            deleted: Claim::NotDone,
            contents: BTreeSet::from([content]),
        };
        unpoisoned(&self.0).insert((kind, name.to_owned()), thing);
    }

    /// What the call says that was to make it.
    pub(crate) fn made(&self, kind: Kind, name: &str, claim: Claim) {
        self.change(kind, name, |thing| thing.made = claim);
    }

    /// Its content is about to be changed.
    pub(crate) fn changing(&self, kind: Kind, name: &str, content: u64) {
        self.change(kind, name, |thing| {
            thing.contents.insert(content);
        });
    }

    /// What the call says that was to change it.
    pub(crate) fn changed(&self, kind: Kind, name: &str, content: u64, claim: Claim) {
        self.change(kind, name, |thing| match claim {
            Claim::Done => thing.contents = BTreeSet::from([content]),
            Claim::NotDone => {
                thing.contents.remove(&content);
            }
            Claim::Unsure => {}
        });
    }

    /// It is about to be deleted.
    pub(crate) fn deleting(&self, kind: Kind, name: &str) {
        self.deleted(kind, name, Claim::Unsure);
    }

    /// What the call says that was to delete it.
    pub(crate) fn deleted(&self, kind: Kind, name: &str, claim: Claim) {
        self.change(kind, name, |thing| thing.deleted = claim);
    }

    /// The names of the things of a kind.
    pub(crate) fn names(&self, kind: Kind) -> Vec<String> {
        let things = unpoisoned(&self.0);
        let of_kind = things.keys().filter(|(one, _)| *one == kind);
        of_kind.map(|(_, name)| name.clone()).collect()
    }

    /// Holds the claims against what is there, tells what does not agree, and begins anew. The number is that of the things.
    pub(crate) fn settle(&self, mut there: There) -> (usize, Vec<String>) {
        let things = std::mem::take(&mut *unpoisoned(&self.0));
        let mut faults = Vec::new();
        for ((kind, name), thing) in &things {
            let found = there.0.remove(&(*kind, name.clone())).unwrap_or_default();
            if let Err(fault) = thing.judge(&found) {
                faults.push(format!("{kind:?} {name}: {fault}"));
            }
        }
        let unknown = there.0.keys();
        faults.extend(unknown.map(|(kind, name)| {
            format!("{kind:?} {name}: is there after the audit of its round, or nobody made it")
        }));
        (things.len(), faults)
    }

    fn change(&self, kind: Kind, name: &str, change: impl FnOnce(&mut Thing)) {
        if let Some(thing) = unpoisoned(&self.0).get_mut(&(kind, name.to_owned())) {
            change(thing);
        }
    }
}

impl Thing {
    fn judge(&self, found: &[u64]) -> Result<(), String> {
        let least = usize::from((self.made, self.deleted) == (Claim::Done, Claim::NotDone));
        let most = usize::from(self.made != Claim::NotDone && self.deleted != Claim::Done);
        if found.len() < least || found.len() > most {
            return Err(format!("is there {} times, and {self}", found.len()));
        }
        match found
            .iter()
            .find(|content| !self.contents.contains(content))
        {
            Some(content) => Err(format!("has the content {content}, and {self}")),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            made,
            deleted,
            contents,
        } = self;
        write!(
            f,
            "claimed is: made {made:?}, deleted {deleted:?}, content one of {contents:?}"
        )
    }
}

/// What the sandbox has: the content of each thing with a name.
#[derive(Debug, Default)]
pub(crate) struct There(BTreeMap<(Kind, String), Vec<u64>>);

impl There {
    pub(crate) fn add(&mut self, kind: Kind, name: impl Into<String>, content: u64) {
        let found = self.0.entry((kind, name.into())).or_default();
        found.push(content);
    }
}

/// The bytes of a file of this name: as long as asked for, and others for another name.
pub(crate) fn bytes(name: &str, length: usize) -> Vec<u8> {
    let mut state = mark(name.as_bytes()) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        // Xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// What tells contents apart: FNV-1a.
pub(crate) fn mark(bytes: &[u8]) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325;
    bytes.iter().fold(start, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
