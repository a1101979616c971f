//! Reading a path: which thing it names, one or many of it, and which action on it.

use std::collections::HashSet;

use super::nouns::Noun;
use super::path::{Route, Segment, shape, version};
use super::places::place;
use super::verbs::{action, reads_many};
use super::words::{is_plural, split};

/// Adjectives that single out one member of a collection: `GET /carts/active`.
const SINGLING: &[&str] = &["active", "default", "latest", "original"];

/// Adjectives that choose some members: `GET /clauses/revertible`.
const CHOOSING: &[&str] = &["final", "revertible"];

/// Last segments that tell how an operation works, not on what.
const MANNERS: &[(&str, &str)] = &[("large", "large"), ("parallel", "in_parallel")];

/// What a path says.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) noun: Noun,
    /// True where the path names one member of a collection.
    pub(super) is_item: bool,
    /// True where the noun is a collection: the service also reaches its members one by one.
    pub(super) is_collection: bool,
    /// True for `/bulk` and `/bulk-...`.
    pub(super) is_bulk: bool,
    /// The verb that the path itself gives.
    pub(super) verb: Option<&'static str>,
    /// True where that verb brought its own object (`clone-lines`), whose number is as written.
    pub(super) brings_object: bool,
    /// Words before the noun.
    pub(super) which: Vec<String>,
    /// Words after the noun.
    pub(super) how: Vec<String>,
}

/// The places of a service that parameters follow: its collections, whatever number their names have.
pub(super) fn collections<'a>(routes: impl IntoIterator<Item = &'a Route<'a>>) -> HashSet<String> {
    routes
        .into_iter()
        .flat_map(|route| {
            (1..route.segments.len())
                .filter(|&at| {
                    route.segments[at] == Segment::Parameter
                        && route.segments[at - 1] != Segment::Parameter
                })
                .map(|at| shape(&route.segments[..at]))
        })
        .collect()
}

/// Reads one path of a service.
pub(super) fn read(service: &str, route: &Route<'_>, collections: &HashSet<String>) -> Reading {
    let mut reading = Reading::default();
    let mut segments = route.segments.as_slice();
    while let [rest @ .., Segment::Literal(last)] = segments
        && !rest.is_empty()
        && let Some(manner) = manner(last)
    {
        reading.how.insert(0, manner);
        segments = rest;
    }

    let mut from = 0;
    let mut here = String::new();
    let mut placed_many = false;
    // True while the segment before is a literal.
    let mut adjacent = false;
    if let Some((length, phrase)) = place(service, route.api, segments) {
        reading.noun = Noun::new(phrase);
        from = length;
        here = shape(&segments[..length]);
        adjacent = segments[length - 1] != Segment::Parameter;
        placed_many = !adjacent && reading.noun.last().is_some_and(is_plural);
        reading.is_item = !adjacent && !placed_many;
    }

    let end = segments
        .iter()
        .rposition(|segment| *segment != Segment::Parameter)
        .unwrap_or(0);
    for at in from..segments.len() {
        let Segment::Literal(text) = segments[at] else {
            // After a verb the parameter is what it acts on, unless the verb reads many.
            reading.is_item = reading
                .verb
                .map_or(!reading.noun.is_empty(), |verb| !reads_many(verb));
            adjacent = false;
            continue;
        };
        let mut words = split(text);
        if words.first().is_some_and(|word| word == "bulk")
            && (words.len() == 1 || action(&words[1..]).is_some())
        {
            words.remove(0);
            reading.is_bulk = true;
            reading.is_item = false;
        }
        if let Some(by) = words.iter().position(|word| word == "by") {
            reading.how = words.split_off(by);
            // An id singles out one; anything else selects some.
            reading.is_item = reading.how.last().is_some_and(|word| word == "id");
            if words.is_empty() {
                break;
            }
        }
        if words.is_empty() {
            continue;
        }
        // `/query/rates` opens with its verb; all others close with it.
        let opens = at == 0 && at != end && words == ["query"];
        if (at == end || opens)
            && let Some(found) = action(&words)
            && (opens || !reading.noun.is_empty() || !found.object.is_empty())
        {
            reading.verb = Some(found.verb);
            reading.which.extend(found.which);
            reading.how.splice(0..0, found.how);
            if !found.object.is_empty() {
                reading.noun.push(found.object, true);
                reading.brings_object = true;
            }
            continue;
        }
        if let [word] = words.as_slice()
            && at == end
            && !reading.noun.is_empty()
            && (SINGLING.contains(&word.as_str()) || CHOOSING.contains(&word.as_str()))
        {
            reading.is_item = SINGLING.contains(&word.as_str());
            reading.which = words;
            continue;
        }
        reading.noun.push(words, adjacent);
        reading.is_item = false;
        placed_many = false;
        adjacent = true;
        here = shape(&segments[..=at]);
    }
    reading.is_collection = placed_many || collections.contains(&here);
    reading
}

/// The closing word of a segment that tells how, or which version of an operation it is.
fn manner(segment: &str) -> Option<String> {
    if let Some((_, words)) = MANNERS.iter().find(|(text, _)| *text == segment) {
        return Some((*words).to_owned());
    }
    let number = version(segment).or_else(|| segment.parse().ok())?;
    Some(format!("v{number}"))
}
