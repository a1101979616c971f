//! Pass `names`: every operation gets an id that reads well aloud.
//!
//! An id becomes a method of the client, a row of the operation table and a word of the command line, so it is
//! part of the public interface: changing one breaks callers. Published ids are not used; most services have none, and the
//! others follow no common grammar. Ids depend only on method, path, whether the body is an array, and the
//! tables of this module, so that new prose or tags never rename anything.
//!
//! # Grammar
//!
//! `[bulk_]<verb>_[<adjective>_]<noun>[_<qualifier>]`, snake case, unique in its service.
//!
//! - The verb is one of a closed vocabulary ([`verbs`]). It comes from the path where a segment is a verb
//!   (`/contracts/{id}/activate`: `activate_contract`), else from the method: GET is `list` for a collection and
//!   `get` for one thing, POST is `create`, PATCH and PUT are `update`, DELETE is `delete`. [`deeds`] holds the
//!   places where the method does not say what is done (a POST that only reads is `query` or `get`).
//! - The noun is the path, parents in the singular: `/attribute-matrices/{id}/entries` is `attribute_matrix_entries`.
//!   A child that names its parent stands alone (`/price-lists/{id}/price-list-items`: `price_list_items`). [`places`]
//!   holds the paths that do not say what they hold.
//! - Number tells one from many: `/price-lists/{id}` is `get_price_list`, and a collection that takes an array is
//!   `create_price_lists`, `update_price_lists`, `delete_price_lists`. `bulk_` is kept for paths that say `bulk`.
//! - A qualifier tells how (`_offline`, `_with_review`), by which key (`_by_external_id`), or which version (`_v2`, only
//!   where an earlier version of the same operation exists too).
//!
//! Where no rule or table can know better, an overlay gives the whole id. It is held to the same vocabulary.

mod deeds;
mod nouns;
mod path;
mod places;
mod reading;
mod verbs;
mod words;

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use deeds::{Number, deed};
use path::Route;
use reading::{Reading, collections, read};

/// What an operation's id is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    /// Service id, as in the register.
    pub(crate) service: &'a str,
    /// HTTP method, in any case.
    pub(crate) method: &'a str,
    /// Path with its base path (`/api/cart/v1/carts/{cartId}`). A path without a version segment is taken to have
    /// no base.
    pub(crate) path: &'a str,
    /// True where the request body is a JSON array: the operation works on many.
    pub(crate) takes_array_body: bool,
    /// The id that an overlay gives, if one does. It is checked, never changed.
    pub(crate) given: Option<&'a str>,
}

/// Why operations could not be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NameFault {
    /// Several operations come to the same id.
    Clash {
        /// The id.
        id: String,
        /// The operations, as `METHOD path`.
        operations: Vec<String>,
    },
    /// An id that the grammar does not allow.
    Ungrammatical {
        /// The id.
        id: String,
        /// The operation, as `METHOD path`.
        operation: String,
    },
}

impl NameFault {
    /// The operations, as `METHOD path`.
    pub(crate) fn operations(&self) -> String {
        match self {
            Self::Clash { operations, .. } => operations.join(", "),
            Self::Ungrammatical { operation, .. } => operation.clone(),
        }
    }

    /// What to do about it.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Self::Clash { .. } => {
                "give all but one another id by overlay, as `x-conga-name` of the operation"
            }
            Self::Ungrammatical { .. } => {
                "give an id by overlay, as `x-conga-name` of the operation, or add the verb to the vocabulary"
            }
        }
    }
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clash { id, .. } => write!(f, "the id of each would be `{id}`"),
            Self::Ungrammatical { id, .. } => write!(
                f,
                "the id `{id}` is not a known verb and a noun in snake case"
            ),
        }
    }
}

/// Gives every operation of one service its id, in the order given.
///
/// # Errors
///
/// Every fault, in the order of the ids: ids clash or break the grammar.
pub(crate) fn name_operations(operations: &[Named<'_>]) -> Result<Vec<String>, Vec<NameFault>> {
    let routes: Vec<Route<'_>> = operations
        .iter()
        .map(|operation| Route::parse(operation.path))
        .collect();
    let collections = collections(&routes);
    let mut ids: Vec<String> = operations
        .iter()
        .zip(&routes)
        .map(|(operation, route)| {
            operation
                .given
                .map_or_else(|| propose(operation, route, &collections), str::to_owned)
        })
        .collect();
    tell_versions_apart(operations, &routes, &mut ids);

    let faults = faults(operations, &ids);
    if faults.is_empty() {
        Ok(ids)
    } else {
        Err(faults)
    }
}

/// The id that the rules and tables give.
fn propose(operation: &Named<'_>, route: &Route<'_>, collections: &HashSet<String>) -> String {
    let reading = read(operation.service, route, collections);
    let (verb, noun) = match (
        deed(
            operation.service,
            route.api,
            operation.method,
            &route.segments,
        ),
        reading.verb,
    ) {
        (Some((verb, Number::One)), _) => (verb, reading.noun.one()),
        (Some((verb, Number::Many)), _) => (verb, reading.noun.many()),
        (None, Some(verb)) => (verb, acted_on(operation, &reading, verb)),
        (None, None) => {
            let verb = verb_of_method(operation, &reading);
            (verb, worked_on(operation, &reading, verb))
        }
    };
    let bulk = reading.is_bulk.then(|| "bulk".to_owned());
    let words: Vec<String> = bulk
        .into_iter()
        .chain([verb.to_owned()])
        .chain(reading.which)
        .chain(noun)
        .chain(reading.how)
        .collect();
    words.join("_")
}

/// What a verb of the path acts on.
fn acted_on(operation: &Named<'_>, reading: &Reading, verb: &str) -> Vec<String> {
    if reading.brings_object {
        reading.noun.as_published()
    } else if reading.is_bulk || (reading.is_item && verbs::reads_many(verb)) {
        reading.noun.many()
    } else if reading.is_item || (verbs::is_one_at_a_time(verb) && !operation.takes_array_body) {
        reading.noun.one()
    } else if reading.is_collection {
        reading.noun.many()
    } else {
        reading.noun.as_published()
    }
}

/// Plural words that hold one thing: read with `get` unless the service also reads one of them.
const SETS: &[&str] = &[
    "details",
    "limits",
    "logs",
    "options",
    "preferences",
    "properties",
    "results",
    "settings",
    "stats",
    "totals",
];

fn verb_of_method(operation: &Named<'_>, reading: &Reading) -> &'static str {
    let last = reading.noun.last().unwrap_or_default();
    match operation.method.to_ascii_uppercase().as_str() {
        "GET" if reading.is_item || reading.is_bulk => "get",
        "GET" if reading.is_collection || (words::is_plural(last) && !SETS.contains(&last)) => {
            "list"
        }
        "GET" => "get",
        _ if reading.which == ["default"] => "set",
        "POST" => "create",
        "PUT" | "PATCH" => "update",
        _ => "delete",
    }
}

/// What a method works on.
fn worked_on(operation: &Named<'_>, reading: &Reading, verb: &str) -> Vec<String> {
    let writes_one = match verb {
        "create" => !operation.takes_array_body,
        "update" => !operation.takes_array_body && reading.is_collection,
        _ => false,
    };
    if reading.is_bulk {
        reading.noun.many()
    } else if reading.is_item || writes_one {
        reading.noun.one()
    } else if reading.is_collection || verb == "list" {
        reading.noun.many()
    } else {
        reading.noun.as_published()
    }
}

/// Adds `_v2` and so on to the later versions of operations whose first version has the same id.
fn tell_versions_apart(operations: &[Named<'_>], routes: &[Route<'_>], ids: &mut [String]) {
    let mut first: BTreeMap<String, u32> = BTreeMap::new();
    for (id, route) in ids.iter().zip(routes) {
        let version = first.entry(id.clone()).or_insert(route.version);
        *version = route.version.min(*version);
    }
    for ((id, route), operation) in ids.iter_mut().zip(routes).zip(operations) {
        if operation.given.is_none()
            && first
                .get(id)
                .is_some_and(|version| route.version > *version)
        {
            *id = format!("{id}_v{}", route.version);
        }
    }
}

fn faults(operations: &[Named<'_>], ids: &[String]) -> Vec<NameFault> {
    let mut holders: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (id, operation) in ids.iter().zip(operations) {
        let shown = format!(
            "{} {}",
            operation.method.to_ascii_uppercase(),
            operation.path
        );
        holders.entry(id).or_default().push(shown);
    }
    let mut faults = Vec::new();
    for (id, operations) in holders {
        if !is_grammatical(id) {
            faults.extend(operations.iter().map(|operation| NameFault::Ungrammatical {
                id: id.to_owned(),
                operation: operation.clone(),
            }));
        }
        if operations.len() > 1 {
            faults.push(NameFault::Clash {
                id: id.to_owned(),
                operations,
            });
        }
    }
    faults
}

/// True for an id in ASCII snake case that opens with a known verb. Since a noun follows, it is never a Rust keyword.
fn is_grammatical(id: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    id.split('_').all(is_word) && verbs::opens(id)
}

#[cfg(test)]
mod tests;
