//! The Search service: records of any object by criteria, by words, by what somebody is typing.
//!
//! | room | what lives there |
//! |---|---|
//! | [`searching`] | the searches: of one object, of several, of all |
//! | [`documents`] | the texts of documents |
//! | [`settings`] | which fields of an object are searched |
//! | [`index`] | how far the index of words is behind the records, and bringing it up |
//!
//! # Assumed
//!
//! Published are the operations and their fields, that there are the kinds Advanced, Fulltext and Typeahead, that objects are
//! excluded even where they are listed, and that sort fields are indexed or sortable. All else is assumed:
//!
//! *Kinds.* Without `SearchType` a search is Advanced: `Criteria` is in the criteria language, as for the Data service. For Fulltext
//! and Typeahead it is the text to search for. Fulltext finds records with all words, a `*` behind a word making it a beginning;
//! Typeahead finds words that begin with what is typed, in the setting's `TypeAheadFields` or else in the `Name`, among the
//! records that fit `AdditionalTypeAheadFilterCriteria`. Upper and lower case are alike, accents are not. Unless sorted, the best
//! come first: those with the word in their name.
//!
//! *What is searched.* All texts of a record and of its lookups but ids and what the platform writes, or the setting's
//! fields. Records of every service are found, by the object's name. `SelectFields` are what is answered unless the query
//! says. Priorities are kept and change nothing. `IsRefreshFromDB` changes nothing: every search sees all that is stored.
//!
//! *Global search* goes through the objects it lists, or those whose setting has `GlobalSearchFields`, and the standard ones that
//! have no setting of their own.
//!
//! *Several objects.* One query is for the primary object, whose records are answered; of each other object there must be a record that
//! fits its query and that the primary record names in the field `ReferenceAliasName`, or that names the primary record in
//! that field, with `IsInverseRelation`. Document text is searched in the documents of the primary record.
//!
//! *Documents.* Texts are read from text, Word and Excel files, of latest versions. All others, PDFs among them, are found by
//! their metadata only.
//!
//! *The index* follows the records at a distance and is brought up by each search, by `resyncdata`, and by nothing else; the sync
//! status tells the truth about it. A sync is shown as in progress for a moment.
//!
//! *Settings.* The standard objects have one from the start, with all fields. The list of all settings gives the first, since its
//! schema has room for one; the list of objects is a text with commas. Changes answer `true` as a text.

mod documents;
mod index;
mod searching;
mod settings;

#[cfg(test)]
mod tests;

use crate::failure::Failure;
use crate::records::objects::Object;
use crate::request::{Answer, Call};
use crate::services::{Behaviour, Service, World};

pub(super) use searching::several;

pub(super) const SERVICE: Service = Service {
    id: "search",
    behaviours: &[
        behaviour(&["query_objects"], searching::one),
        behaviour(&["query_multiple_objects"], searching::several),
        behaviour(&["search_objects"], searching::global),
        behaviour(&["list_global_search_data_types"], searching::data_types),
        behaviour(&["query_documents"], documents::query),
        behaviour(&["index_document"], documents::index_one),
        behaviour(&["list_settings"], settings::first),
        behaviour(&["list_searchable_objects"], settings::objects),
        behaviour(&["create_setting"], settings::create),
        behaviour(&["get_setting"], settings::get),
        behaviour(&["update_setting"], settings::update),
        behaviour(&["delete_setting"], settings::delete),
        behaviour(&["list_object_indexed_fields"], settings::fields),
        behaviour(&["migrate_rbac"], settings::migrate),
        behaviour(&["list_data_sync_statuses"], index::all),
        behaviour(&["get_object_data_sync_status"], index::of_object),
        behaviour(&["get_data_sync_status"], index::of_job),
        behaviour(&["resync_data"], index::sync_all),
        behaviour(&["resync_object_data"], index::sync_object),
    ],
};

/// The table that the texts of documents lie in.
pub(super) const SCHEMA: &str = documents::TABLE;

const fn behaviour(
    operations: &'static [&'static str],
    carry_out: fn(&World, &Call) -> Result<Answer, Failure>,
) -> Behaviour {
    let what = "what is searched and how, settings, sync: see services/search/mod.rs";
    Behaviour::assumed(operations, what, carry_out)
}

/// The object of this name, whichever service keeps it.
fn object(world: &World, name: &str) -> Result<Object, Failure> {
    let found = world.store.read(|tx| Object::named(tx, name))?;
    found.ok_or_else(|| {
        Failure::not_found(format!(
            "no object is named '{name}'; names keep their case"
        ))
    })
}

/// The object that the path names.
fn named(world: &World, call: &Call) -> Result<Object, Failure> {
    object(world, call.path_param("objectName").unwrap_or_default())
}
