//! Who can review: users of the platform and contacts, found by name or e-mail address.

use axum::http::StatusCode;
use rusqlite::Transaction;
use serde_json::{Value, json};

use super::calls::{check_token, kind};
use super::cycle::Kind;
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::{Selection, Start};
use crate::records::store::{Record, text};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::params;

/// At most this many are found of each kind.
const MOST: usize = 50;

/// One who can review.
#[derive(Debug)]
pub(in crate::services) struct Person {
    pub(in crate::services) id: String,
    pub(in crate::services) name: String,
    pub(in crate::services) email: String,
}

/// `GET /{reviewtype}/reviewers/query`.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    let kind = kind(call)?;
    check_token(call, kind)?;
    let wanted = params::text(call, "searchText").unwrap_or_default();
    let users = users(world, wanted);
    let contacts = world.store.read(|tx| contacts(tx, wanted))?;
    if users.is_empty() && contacts.is_empty() {
        return Err(Failure::not_found(format!(
            "no user and no contact has '{wanted}' in the name or the e-mail address"
        )));
    }
    let users = rows(&users);
    let directory = match kind {
        Kind::Office365 => users.clone(),
        Kind::Normal => json!([]),
    };
    let found = json!({
        "Users": users,
        "Contacts": rows(&contacts),
        "DirectoryUsers": directory,
    });
    Ok(Answer::json(StatusCode::OK, found))
}

/// `GET /office365/active-directory-users`.
pub(super) fn directory(world: &World, call: &Call) -> Result<Answer, Failure> {
    check_token(call, Kind::Office365)?;
    let wanted = params::text(call, "searchText").unwrap_or_default();
    let found = json!({"DirectoryUsers": rows(&users(world, wanted))});
    Ok(Answer::json(StatusCode::OK, found))
}

/// The active users with this text in their name or e-mail address.
pub(in crate::services) fn users(world: &World, wanted: &str) -> Vec<Person> {
    let found = world.directory.active_users(wanted).into_iter();
    let people = found.map(|user| Person {
        name: user.name(),
        email: user.text("Email").to_owned(),
        id: user.id,
    });
    people.take(MOST).collect()
}

/// The contacts with this text in their name or e-mail address.
pub(in crate::services) fn contacts(
    tx: &Transaction<'_>,
    wanted: &str,
) -> Result<Vec<Person>, Failure> {
    let Some(object) = Object::standard("Contact") else {
        return Ok(Vec::new());
    };
    let quoted = wanted.replace('\\', "\\\\").replace('\'', "''");
    let criteria = match wanted {
        "" => String::new(),
        _ => format!("Name CONTAINS '{quoted}' OR Email CONTAINS '{quoted}'"),
    };
    let page = Selection::new(&object, &criteria)?.page(tx, &Start::default(), MOST as u64)?;
    let field = |record: &Record, name| text(record, name).unwrap_or_default().to_owned();
    let people = page.records.into_iter().map(|contact| Person {
        id: field(&contact.record, "Id"),
        name: field(&contact.record, "Name"),
        email: field(&contact.record, "Email"),
    });
    Ok(people.collect())
}

fn rows(people: &[Person]) -> Value {
    let rows = people.iter().map(
        |person| json!({"Id": person.id, "Name": person.name, "Email": person.email, "Role": null}),
    );
    rows.collect()
}
