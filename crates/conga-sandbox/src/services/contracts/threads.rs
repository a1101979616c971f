//! Conversations about a contract: threads, each with its messages. They are read here; nothing in the reference starts
//! one.

use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::Value;

use super::collection::{Collection, id};
use super::documents;
use super::query::Query;
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::Direction;
use crate::records::store::{self, Record};
use crate::records::value::fold;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{params, success};

const THREAD: &str = "ConversationThread";

/// The fields of the published `ConversationThreadResponse`.
const SHOWN: [&str; 8] = [
    "Id",
    "Name",
    "ObjectType",
    "ObjectId",
    "CreatedBy",
    "CreatedDate",
    "ModifiedBy",
    "ModifiedDate",
];

/// The published `ConversationThreadSearchRequest`, whose fields the reference also spells in Pascal case.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Search {
    #[serde(alias = "SearchText")]
    search_text: Option<String>,
    #[serde(alias = "ObjectType")]
    object_type: Option<String>,
    #[serde(alias = "ObjectId")]
    object_id: Option<String>,
    search_in_attachments: bool,
    sort_by: Option<String>,
    sort_direction: Option<String>,
    limit: Option<i64>,
    skip: Option<i64>,
}

/// `POST conversation-threads/query`.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let found = world.store.read(|tx| query.run(tx, &threads()))?;
    Ok(success(found.envelope(shown)))
}

/// `POST conversation-threads/search`: the threads of a record that have the text in their name, a message, or the name
/// of somebody who takes part.
pub(super) fn search(world: &World, call: &Call) -> Result<Answer, Failure> {
    let search: Search = params::read(call)?;
    let given = |value: &Option<String>| value.clone().filter(|value| !value.trim().is_empty());
    let (Some(text), Some(object), Some(owner)) = (
        given(&search.search_text),
        given(&search.object_type),
        given(&search.object_id),
    ) else {
        return Err(Failure::invalid(
            "searchText, objectType and objectId are required: what to find, and the record whose threads are searched",
        ));
    };
    let wanted = fold(text.trim());
    let field = given(&search.sort_by).unwrap_or_else(|| "ModifiedDate".to_owned());
    let direction = match given(&search.sort_direction) {
        Some(word) => Direction::read(&word)?,
        None => Direction::Descending,
    };
    let rows = world.store.read(|tx| {
        let threads = threads();
        let of_record = threads
            .select("")?
            .having("ObjectType", &[&object])?
            .having("ObjectId", &[&owner])?
            .sorted(&field, direction)?
            .all(tx)?;
        let mut rows = Vec::new();
        for thread in of_record.into_iter().map(|stored| stored.record) {
            let texts = texts(tx, &thread, search.search_in_attachments)?;
            if texts.iter().any(|text| fold(text).contains(&wanted)) {
                rows.push(thread);
            }
        }
        Ok::<_, Failure>(rows)
    })?;
    let page = Query::paged(search.limit, search.skip).page(rows)?;
    Ok(success(page.envelope(shown)))
}

/// All threads.
pub(super) fn threads() -> Collection {
    Collection::of(Object::internal(THREAD))
}

/// The messages of a thread.
pub(super) fn messages(thread: &str) -> Collection {
    Collection::of(Object::internal("ConversationMessage")).owned(THREAD, thread)
}

/// What a search looks at in a thread.
fn texts(
    tx: &Transaction<'_>,
    thread: &Record,
    with_attachments: bool,
) -> Result<Vec<String>, Failure> {
    let mut texts: Vec<String> = store::text(thread, "Name")
        .map(str::to_owned)
        .into_iter()
        .collect();
    let people = thread.get("Participants").and_then(Value::as_array);
    let people = people.into_iter().flatten();
    texts.extend(people.filter_map(|one| one.get("Name")?.as_str().map(str::to_owned)));
    for message in messages(id(thread)).all(tx)? {
        texts.extend(store::text(&message.record, "Text").map(str::to_owned));
    }
    if with_attachments {
        for document in documents::of(tx, THREAD, id(thread))? {
            texts.extend(store::text(&document, "Name").map(str::to_owned));
        }
    }
    Ok(texts)
}

fn shown(thread: Record) -> Value {
    let fields = SHOWN.map(|name| {
        let value = thread.get(name).cloned().unwrap_or_default();
        (name.to_owned(), value)
    });
    Value::Object(Record::from_iter(fields))
}
