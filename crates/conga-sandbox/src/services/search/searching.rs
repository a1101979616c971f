//! The searches: of one object, of several, of all.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::settings::{self, Setting};
use super::{documents, index, named, object};
use crate::failure::Failure;
use crate::records::definitions::DataType;
use crate::records::objects::Object;
use crate::records::selection::{Direction, Selection, Start, limit, skip};
use crate::records::store;
use crate::records::text::Words;
use crate::records::value::FieldPath;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::query::Query;
use crate::services::reply::{Reply, params};

/// What the published `SearchAPIQuery` has beside a query.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Manner {
    search_type: Option<String>,
    additional_type_ahead_filter_criteria: Option<String>,
}

/// The kinds of searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By criteria.
    Advanced,
    /// By words.
    Fulltext,
    /// By the beginnings of words.
    Typeahead,
}

/// A search as it is asked for.
pub(super) struct Search {
    pub(super) query: Query,
    pub(super) kind: Kind,
    /// What the records fit beside the words.
    filter: String,
}

/// The published `MultipleObjectDocumentSearchRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Several {
    document_search_text: Option<String>,
    is_inverse_relation: Option<bool>,
    multiple_object_search_queries: Option<Vec<Part>>,
}

/// The published `MultipleObjectSearchQuery`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Part {
    query: Option<Query>,
    is_primary_object: Option<bool>,
    reference_alias_name: Option<String>,
}

/// The published `GlobalSearchRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Global {
    search_term: Option<String>,
    phrase_search: Option<bool>,
    object_list: Option<Vec<GlobalObject>>,
    skip: Option<i64>,
    limit: Option<i64>,
    exclude_object_list: Option<Vec<String>>,
}

/// The published `GlobalSearchQueryObject`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct GlobalObject {
    object_name: Option<String>,
    select: Option<Vec<String>>,
    filter_criteria: Option<String>,
    skip: Option<i64>,
    limit: Option<i64>,
    sort: Option<SortInfo>,
}

/// The published `SortInfo`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SortInfo {
    field_name: Option<String>,
    direction: Option<String>,
}

/// A search goes through at most this many objects.
const MAX_OBJECTS: usize = 100;

impl Search {
    /// Reads the published `SearchAPIQuery`.
    pub(super) fn read(call: &Call) -> Result<Self, Failure> {
        let body = call.json().unwrap_or(&Value::Null);
        let query = Query::read(body)?;
        let manner = Manner::deserialize(body)
            .map_err(|error| Failure::invalid(format!("not a search: {error}")))?;
        let kind = match manner.search_type.as_deref().unwrap_or_default() {
            "" => Kind::Advanced,
            word if word.eq_ignore_ascii_case("Advanced") => Kind::Advanced,
            word if word.eq_ignore_ascii_case("Fulltext") => Kind::Fulltext,
            word if word.eq_ignore_ascii_case("Typeahead") => Kind::Typeahead,
            word => {
                return Err(Failure::invalid(format!(
                    "SearchType is Advanced, Fulltext or Typeahead, not '{word}'"
                )));
            }
        };
        let filter = manner.additional_type_ahead_filter_criteria;
        let filter = match kind {
            Kind::Advanced => query.criteria.clone(),
            Kind::Fulltext => None,
            Kind::Typeahead => filter,
        };
        Ok(Self {
            query,
            kind,
            filter: filter.unwrap_or_default(),
        })
    }

    /// The words to search for; none for a search by criteria.
    pub(super) fn words(&self) -> Result<Option<Words>, Failure> {
        let text = self.query.criteria.as_deref().unwrap_or_default();
        match self.kind {
            Kind::Advanced => Ok(None),
            Kind::Fulltext => Words::all(text).map(Some),
            Kind::Typeahead => Words::beginnings(text).map(Some),
        }
    }

    /// What the records fit beside the words.
    pub(super) fn filter<'a>(&self, object: &'a Object) -> Result<Selection<'a>, Failure> {
        Selection::new(object, &self.filter)
    }
}

/// `POST .../objects/{objectName}/query`.
pub(super) fn one(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = named(world, call)?;
    let mut search = Search::read(call)?;
    search.query.check_object(object.name())?;
    let setting = setting(world, object.name())?;
    let mut selection = search.filter(&object)?;
    if let Some(words) = search.words()? {
        index::catch_up(world)?;
        let fields = match search.kind {
            Kind::Typeahead => Some(type_ahead_fields(&object, &setting)?),
            _ => setting.searched(&object)?,
        };
        selection = selection.mentioning(within(words, fields));
    }
    select_by(&mut search.query, &setting);
    let selection = search.query.arrange(&object, selection)?;
    answer(world, call, &search.query, &selection)
}

/// `POST .../objects/multiple/query`.
pub(in crate::services) fn several(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request = Several::deserialize(params::row(call)?)
        .map_err(|error| Failure::invalid(format!("not a search of several objects: {error}")))?;
    let mut parts = request.multiple_object_search_queries.unwrap_or_default();
    if parts.is_empty() || parts.len() > MAX_OBJECTS {
        return Err(Failure::invalid(format!(
            "MultipleObjectSearchQueries has 1 to {MAX_OBJECTS} queries"
        )));
    }
    let primary = parts
        .iter()
        .position(|part| part.is_primary_object == Some(true));
    let primary = match primary {
        Some(at) => parts.remove(at),
        None if parts.len() == 1 => parts.remove(0),
        None => {
            return Err(Failure::invalid(
                "one query has IsPrimaryObject true: that of the object whose records are wanted",
            ));
        }
    };
    let query = primary.query.unwrap_or_default();
    let object = object_of(world, &query)?;
    let mut selection = query.selection(&object)?;
    for part in parts {
        let alias = part.reference_alias_name.unwrap_or_default();
        if alias.is_empty() {
            return Err(Failure::invalid(
                "ReferenceAliasName is required: the field that leads from one object to the other",
            ));
        }
        let other_query = part.query.unwrap_or_default();
        let other = object_of(world, &other_query)?;
        let others = other_query.selection(&other)?;
        selection = if request.is_inverse_relation == Some(true) {
            selection.related("Id", &others, &alias)?
        } else {
            selection.related(&alias, &others, "Id")?
        };
    }
    let text = request.document_search_text.unwrap_or_default();
    if text.trim().is_empty() {
        return answer(world, call, &query, &selection);
    }
    index::catch_up(world)?;
    let words = Words::all(&text)?;
    let selection = selection.fitting(documents::owners(&words));
    let with_total = params::flag(call, "IncludeTotalCount")?;
    let (page, total) = query.page(&world.store, &selection, None, with_total)?;
    let more = page.next.is_some();
    let ids: Vec<&str> = page
        .records
        .iter()
        .filter_map(|stored| store::text(&stored.record, "Id"))
        .collect();
    let hits = world.store.read(|tx| documents::hits(tx, &words, &ids))?;
    let records = page.records.into_iter().map(|stored| {
        let id = store::text(&stored.record, "Id").unwrap_or_default();
        let (documents, occurrences) = hits.get(id).copied().unwrap_or_default();
        let mut shown = query.show(stored.record);
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("DocumentCount".to_owned(), documents.into());
            shown.insert("NoOfOccurrances".to_owned(), occurrences.into());
        }
        shown
    });
    let reply = Reply::new(StatusCode::OK, records.collect()).paged(more, None);
    Ok(counted(reply, total).into_answer())
}

/// `POST .../global/query`.
pub(super) fn global(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request = Global::deserialize(params::row(call)?)
        .map_err(|error| Failure::invalid(format!("not a global search: {error}")))?;
    let term = request.search_term.as_deref().unwrap_or_default();
    let words = if request.phrase_search == Some(true) {
        Words::phrase(term)?
    } else {
        Words::all(term)?
    };
    let mut objects = request.object_list.clone().unwrap_or_default();
    if objects.is_empty() {
        let names = world.store.read(Setting::global)?;
        objects = names.into_iter().map(GlobalObject::of).collect();
    }
    let excluded = request.exclude_object_list.as_deref().unwrap_or_default();
    objects.retain(|object| !excluded.contains(&object.name().to_owned()));
    if objects.len() > MAX_OBJECTS {
        return Err(Failure::invalid(format!(
            "a search goes through at most {MAX_OBJECTS} objects"
        )));
    }
    index::catch_up(world)?;
    let mut results = Map::new();
    let mut all = 0;
    for asked in &objects {
        let (count, found) = search_globally(world, asked, &words, &request)?;
        all += count;
        let found = json!({"RecordCount": count, "Results": found});
        results.insert(asked.name().to_owned(), found);
    }
    let reply = Reply::new(StatusCode::OK, Value::Object(results)).counted(all);
    Ok(reply.into_answer())
}

/// `GET .../global-search-data-types`.
pub(super) fn data_types(_: &World, _: &Call) -> Result<Answer, Failure> {
    let types = [
        DataType::String,
        DataType::LongString,
        DataType::Picklist,
        DataType::MultiPicklist,
        DataType::AutoNumber,
        DataType::Lookup,
        DataType::Owner,
        DataType::Reference,
    ];
    Ok(Reply::new(StatusCode::OK, json!(types)).into_answer())
}

/// How many records of an object there are, and those of the page.
fn search_globally(
    world: &World,
    asked: &GlobalObject,
    words: &Words,
    request: &Global,
) -> Result<(i64, Value), Failure> {
    let object = object(world, asked.name())?;
    let setting = setting(world, object.name())?;
    let fields = match setting.global_search_fields.as_slice() {
        [] => setting.searched(&object)?,
        fields => Some(settings::paths(&object, settings::names(fields))?),
    };
    let filter = asked.filter_criteria.as_deref().unwrap_or_default();
    let mut selection = Selection::new(&object, filter)?.mentioning(within(words.clone(), fields));
    if let Some(sort) = &asked.sort
        && let Some(field) = sort.field_name.as_deref().filter(|field| !field.is_empty())
    {
        let direction = match &sort.direction {
            Some(word) => Direction::read(word)?,
            None => Direction::Ascending,
        };
        selection = selection.sorted(field, direction)?;
    }
    let mut query = Query {
        select: asked.select.clone(),
        ..Query::default()
    };
    select_by(&mut query, &setting);
    let selection = query.arrange(&object, selection)?;
    // A limit of 0 is what a client sends that leaves it out.
    let mut given = [asked.limit, request.limit].into_iter().flatten();
    let limit = limit("Limit", given.find(|limit| *limit != 0))?;
    let start = Start {
        after: None,
        skip: skip(asked.skip.or(request.skip))?,
    };
    world.store.read(|tx| {
        let page = selection.page(tx, &start, limit)?;
        Ok((selection.count(tx)?, query.show_all(page)))
    })
}

impl GlobalObject {
    fn of(name: String) -> Self {
        Self {
            object_name: Some(name),
            ..Self::default()
        }
    }

    fn name(&self) -> &str {
        self.object_name.as_deref().unwrap_or_default()
    }
}

/// Answers with the page that the query asks for.
pub(super) fn answer(
    world: &World,
    call: &Call,
    query: &Query,
    selection: &Selection<'_>,
) -> Result<Answer, Failure> {
    let with_total = params::flag(call, "IncludeTotalCount")?;
    let (page, total) = query.page(&world.store, selection, None, with_total)?;
    let more = page.next.is_some();
    let reply = Reply::new(StatusCode::OK, query.show_all(page)).paged(more, None);
    Ok(counted(reply, total).into_answer())
}

fn counted(reply: Reply, total: Option<i64>) -> Reply {
    match total {
        Some(total) => reply.counted(total),
        None => reply,
    }
}

fn object_of(world: &World, query: &Query) -> Result<Object, Failure> {
    match query.object_name.as_deref().unwrap_or_default() {
        "" => Err(Failure::invalid("Query.ObjectName is required")),
        name => object(world, name),
    }
}

fn setting(world: &World, object: &str) -> Result<Setting, Failure> {
    let found = world.store.read(|tx| Setting::of(tx, object))?;
    Ok(found.unwrap_or_else(|| Setting::open(object)))
}

/// A query that selects nothing gets what the setting selects.
fn select_by(query: &mut Query, setting: &Setting) {
    let is_free = query.select.as_ref().is_none_or(Vec::is_empty)
        && query.group_by.as_ref().is_none_or(Vec::is_empty);
    if is_free && !setting.select_fields.is_empty() {
        let names = settings::names(&setting.select_fields);
        query.select = Some(names.map(str::to_owned).collect());
    }
}

fn type_ahead_fields(object: &Object, setting: &Setting) -> Result<Vec<FieldPath>, Failure> {
    match setting.type_ahead_fields.as_slice() {
        [] => settings::paths(object, ["Name"]),
        fields => settings::paths(object, settings::names(fields)),
    }
}

fn within(words: Words, fields: Option<Vec<FieldPath>>) -> Words {
    match fields {
        Some(fields) => words.within(fields),
        None => words,
    }
}
