//! The closed vocabulary of verbs, and which path segments are verbs.

use super::words::phrase;

/// Every verb an id may begin with (after `bulk_`) and what it promises. An id that begins with anything else is
/// refused, whether a rule or an overlay made it: a new verb is a decision, not an accident.
#[rustfmt::skip] // One verb a line, to be read down.
const VERBS: &[&str] = &[
    // Reading.
    "list",             // a collection, or all of a kind
    "get",              // one thing; with `bulk_`, several by id
    "query",            // many, by what the body says
    "search",           // many, by words that a person typed
    "suggest",          // what a person may mean
    "count",            // how many
    "check",            // a yes or no, or the state of a service
    "compare",          // several things side by side
    "preview",          // what would come of it
    "estimate",         // amounts that would come of it
    "calculate",        // amounts that follow from what is stored
    "download",         // a file
    "export",           // many things as a file
    // Writing.
    "create",           // a new thing, or new things
    "update",           // fields of what exists (PATCH, and PUT that stands alone)
    "replace",          // the whole of what exists (PUT beside another update)
    "upsert",           // creates or updates
    "delete",           // what is stored
    "add",              // puts what exists, or part of a thing, into another
    "remove",           // takes it out again
    "set",              // a value, flag or role that always exists
    "change",           // a thing in a business sense: an asset, an order, a password
    "reset",            // back to what was given
    "rename",           // a name
    "reorder",          // an order
    "assign",           // gives what exists an owner, or someone a role
    "apply",            // puts an existing rule, layout or price on a thing
    "link",             // two things that exist
    "unlink",           // undoes a link
    "clone",            // a copy beside the original
    "import",           // things from a file
    "upload",           // a file, or things in one
    "store",            // a file that is already final
    "register",         // oneself or another service
    "regenerate",       // a secret or document anew
    "resync",           // copies that differ
    "sync",             // a copy with its original
    "migrate",          // to a newer form
    "fix",              // data that an older version left wrong
    "index",            // for search
    "record",           // figures of use
    "log",              // what happened in a client
    // Lifecycle.
    "activate",         // puts into force (some take the flag, and deactivate by it)
    "deactivate",       // out of force, restorable
    "reactivate",       // into force again
    "enable",           // switches on
    "disable",          // switches off
    "start",            // a job or a review
    "run",              // a rule now
    "execute",          // code, a job or an action now
    "process",          // a document or request by the service's own steps
    "initiate",         // billing
    "complete",         // a step or an upload
    "abort",            // an upload
    "cancel",           // before its end
    "end",              // before its time, keeping what was done
    "expire",           // past its time
    "terminate",        // a contract, asset or schedule for good
    "void",             // a signing transaction
    "suspend",          // for a while
    "resume",           // after a suspension
    "restore",          // what was removed or changed
    "renew",            // for another term
    "amend",            // the terms in force
    "swap",             // one product for another
    "increment",        // a quantity
    "abandon",          // a cart
    "finalize",         // no more changes
    "confirm",          // an order or a signing
    "promote",          // to the next stage
    "deploy",           // to an environment
    "roll_back",        // a deployment
    "deprecate",        // no longer for new use
    "publish",          // for others to see
    // Approval and collaboration.
    "submit",           // for a decision or for processing
    "resubmit",         // after a change
    "approve",          // says yes
    "reject",           // says no
    "accept",           // takes an offer, a preview or a change
    "revert",           // undoes a change
    "recall",           // takes a submission back
    "reassign",         // to someone else
    "escalate",         // to someone higher
    "request",          // asks someone for something
    "invite",           // someone to join
    "share",            // a record with someone
    "unshare",          // undoes a share
    "lock",             // against others' changes
    "unlock",           // for others' changes
    "acquire",          // a lock
    "release",          // a lock
    "check_in",         // a document after editing
    "check_out",        // a cart into an order
    "merge",            // brings together what was apart
    "compare_and_merge",// two documents into one
    "join",             // documents end to end
    "split",            // one thing into several
    "sign",             // documents
    "send",             // a message or a package
    "resend",           // a message again
    // Computing.
    "generate",         // a document, coupons or periods
    "convert",          // into another format, unit or object
    "render",           // a template with data
    "price",            // the lines of a cart
    "reprice",          // the lines of a cart again
    "rate",             // usage
    "unrate",           // undoes a rating
    "validate",         // tells what is wrong
    "verify",           // tells whether it is true
    "resolve",          // finds what serves a request
    "derive",           // a schema from data
    "extract",          // facts from a document
    "identify",         // risks in a document
    "translate",        // texts
    "mark",             // content as a clause or field
    "protect",          // a document against changes
    "unprotect",        // undoes a protection
    "encrypt",          // a text
    "ignore",           // a rule's advice
    "orchestrate",      // several steps as one
];

/// Segments that are a verb when they stand at the end of a path.
#[rustfmt::skip] // A list of words.
const ALONE: &[&str] = &[
    "abandon", "accept", "activate", "amend", "approve", "cancel", "change", "check", "clone",
    "compare", "complete", "confirm", "convert", "count", "create", "deactivate", "delete",
    "deploy", "deprecate", "disable", "download", "enable", "end", "escalate", "estimate",
    "execute", "expire", "export", "finalize", "generate", "ignore", "import", "increment",
    "initiate", "invite", "join", "link", "list", "lock", "mark", "merge", "migrate", "preview",
    "price", "process", "promote", "protect", "publish", "query", "rate", "reactivate", "reassign",
    "recall", "regenerate", "reject", "rename", "render", "renew", "reorder", "reprice", "resend",
    "resolve", "restore", "resubmit", "resume", "run", "search", "send", "share", "split", "start",
    "submit", "suspend", "swap", "terminate", "unlock", "unprotect", "unrate", "unshare", "update",
    "upload", "upsert", "validate", "verify", "void",
];

/// Segments that are a verb but read otherwise: the segment's words, the verb, and words that close the id.
const READ_AS: &[(&str, &str, &str)] = &[
    ("advance query", "query", "advanced"),
    ("check in", "check_in", ""),
    ("checkout", "check_out", ""),
    ("compare and merge", "compare_and_merge", ""),
    ("exists", "check", "exists"),
    ("fetch", "get", ""),
    ("retrieve", "get", ""),
    ("rollback", "roll_back", ""),
    ("type ahead", "suggest", ""),
];

/// First words of segments that bring their own object: `clone-lines`, `send-welcome-email`. Left out are words
/// that are nouns as often (`price-lists`, `process-steps`).
#[rustfmt::skip] // A list of words.
const LEADING: &[&str] = &[
    "accept", "acquire", "add", "apply", "assign", "change", "clone", "create", "delete",
    "generate", "import", "join", "mark", "preview", "query", "regenerate", "register", "release",
    "reorder", "reset", "resync", "retrieve", "revert", "send", "store", "submit", "update",
    "upsert",
];

/// Verbs that work on one thing where the body is no array, even though their path names the collection:
/// `POST /documents/upload` uploads a document.
const ONE_AT_A_TIME: &[&str] = &[
    "check_in",
    "create",
    "deploy",
    "promote",
    "regenerate",
    "rename",
    "render",
    "resolve",
    "store",
    "submit",
    "upload",
    "upsert",
];

/// Verbs that read many, whatever the path names.
const READS_MANY: &[&str] = &["count", "query", "search", "suggest"];

/// Words after a verb that tell how, not what; they close the id.
const ADVERBIAL: &[&str] = &[
    "advanced",
    "async",
    "exists",
    "for",
    "multipart",
    "offline",
    "sync",
    "to",
    "with",
];

/// Words after a verb that tell which; they stand before the noun.
const ADJECTIVAL: &[&str] = &["executed"];

/// What a segment says when it is a verb.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Action {
    /// In identifier form: `activate`, `roll_back`.
    pub(super) verb: &'static str,
    /// Words before the noun.
    pub(super) which: Vec<String>,
    /// A noun that the segment brings itself.
    pub(super) object: Vec<String>,
    /// Words that close the id.
    pub(super) how: Vec<String>,
}

/// The action that a segment's words name, or none where they name a thing.
pub(super) fn action(words: &[String]) -> Option<Action> {
    let text = words.join(" ");
    if let Some((verb, how)) = read_as(&text) {
        return Some(Action {
            verb,
            how: phrase(how),
            ..Action::default()
        });
    }
    if let Some(verb) = ALONE.iter().find(|verb| **verb == text) {
        return Some(Action {
            verb,
            ..Action::default()
        });
    }
    let (first, rest) = words.split_first().filter(|(_, rest)| !rest.is_empty())?;
    let leading = LEADING.iter().find(|word| *word == first)?;
    let verb = read_as(leading).map_or(*leading, |(verb, _)| verb);
    let chooses = |word: &&String| ADJECTIVAL.contains(&word.as_str());
    let (which, rest) = rest.split_at(rest.iter().take_while(chooses).count());
    let tells_how = |word: &String| ADVERBIAL.contains(&word.as_str());
    let (object, how) = rest.split_at(rest.iter().position(tells_how).unwrap_or(rest.len()));
    Some(Action {
        verb,
        which: which.to_vec(),
        object: object.to_vec(),
        how: how.to_vec(),
    })
}

fn read_as(text: &str) -> Option<(&'static str, &'static str)> {
    READ_AS
        .iter()
        .find(|(segment, ..)| *segment == text)
        .map(|(_, verb, how)| (*verb, *how))
}

/// True for verbs that work on one thing unless the body is an array, even where the path names the collection.
pub(super) fn is_one_at_a_time(verb: &str) -> bool {
    ONE_AT_A_TIME.contains(&verb)
}

/// True for verbs that read many of a thing even where the path ends in one.
pub(super) fn reads_many(verb: &str) -> bool {
    READS_MANY.contains(&verb)
}

/// True for an id that begins with a verb of the vocabulary, after an optional `bulk_`, and goes on.
pub(super) fn opens(id: &str) -> bool {
    let id = id.strip_prefix("bulk_").unwrap_or(id);
    VERBS.iter().any(|verb| {
        id.strip_prefix(verb)
            .is_some_and(|rest| rest.starts_with('_'))
    })
}

#[cfg(test)]
mod tests {
    use super::{super::deeds::verbs_of_deeds, *};

    #[test]
    fn every_verb_of_the_tables_is_in_the_vocabulary() {
        let read_as = READ_AS.iter().map(|(_, verb, _)| *verb);
        let leading = LEADING.iter().map(|word| read_as_verb(word));
        for verb in ALONE
            .iter()
            .copied()
            .chain(read_as)
            .chain(leading)
            .chain(verbs_of_deeds())
        {
            assert!(VERBS.contains(&verb), "{verb}");
        }
    }

    fn read_as_verb(word: &'static str) -> &'static str {
        read_as(word).map_or(word, |(verb, _)| verb)
    }

    #[test]
    fn a_segment_brings_its_own_object_and_manner() {
        let of = |text: &str| action(&phrase(text));
        assert_eq!(
            of("activate"),
            Some(Action {
                verb: "activate",
                ..Action::default()
            })
        );
        assert_eq!(
            of("rollback"),
            Some(Action {
                verb: "roll_back",
                ..Action::default()
            })
        );
        assert_eq!(
            of("submit for merge"),
            Some(Action {
                verb: "submit",
                how: phrase("for merge"),
                ..Action::default()
            })
        );
        assert_eq!(
            of("store executed multipart"),
            Some(Action {
                verb: "store",
                which: phrase("executed"),
                how: phrase("multipart"),
                ..Action::default()
            })
        );
        assert_eq!(of("price list items"), None);
    }
}
