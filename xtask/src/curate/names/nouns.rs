//! Noun phrases: what the segments of a path call a resource.

use super::words::{many_of, one_of, phrase, singular};

/// A resource as the path builds it up, one segment at a time.
#[derive(Debug, Clone, Default)]
pub(super) struct Noun {
    /// Words of the ancestors, already in the singular.
    ancestors: Vec<String>,
    /// Words of the resource itself, in the number that the path gives.
    own: Vec<String>,
}

impl Noun {
    /// The noun for a phrase written with spaces.
    pub(super) fn new(text: &str) -> Self {
        Self {
            ancestors: Vec::new(),
            own: phrase(text),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.own.is_empty()
    }

    /// The last word in the number that the path gives.
    pub(super) fn last(&self) -> Option<&str> {
        self.own.last().map(String::as_str)
    }

    /// Goes down to a child. A child that names its parent stands alone (`price-lists/{id}/price-list-items` is a
    /// price list item); one that repeats the parent's end joins it there; `adjacent` segments that end alike
    /// (`account settings`, `feature settings`) say the common word once.
    pub(super) fn push(&mut self, child: Vec<String>, adjacent: bool) {
        let parent = one_of(&self.own);
        let child_singular: Vec<String> = child.iter().map(|word| singular(word)).collect();
        let parent_singular: Vec<String> = parent.iter().map(|word| singular(word)).collect();
        let names_parent = !parent.is_empty()
            && child_singular
                .windows(parent.len())
                .any(|window| window == parent_singular);
        if !names_parent {
            let overlap = (1..parent.len())
                .rev()
                .find(|&n| {
                    child_singular.len() > n
                        && parent_singular[parent.len() - n..] == child_singular[..n]
                })
                .unwrap_or(usize::from(
                    adjacent && parent.len() > 1 && parent_singular.last() == child_singular.last(),
                ));
            self.ancestors
                .extend_from_slice(&parent[..parent.len() - overlap]);
        }
        self.own = child;
    }

    /// The phrase with its last word as the path writes it.
    pub(super) fn as_published(&self) -> Vec<String> {
        [self.ancestors.as_slice(), &self.own].concat()
    }

    /// The phrase for one.
    pub(super) fn one(&self) -> Vec<String> {
        [self.ancestors.clone(), one_of(&self.own)].concat()
    }

    /// The phrase for many.
    pub(super) fn many(&self) -> Vec<String> {
        [self.ancestors.clone(), many_of(&self.own)].concat()
    }
}
