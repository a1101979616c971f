//! Search settings: which fields of an object are searched.

use axum::http::StatusCode;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::failure::Failure;
use crate::records::definitions::standard;
use crate::records::objects::Object;
use crate::records::selection::{Direction, Selection};
use crate::records::store::{self, By, Record, Removal, Stored};
use crate::records::value::FieldPath;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{Reply, params};

/// The published `SearchSettingRequest`, as it is kept.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Setting {
    pub(super) object_name: String,
    pub(super) enable_all_search_fields: bool,
    pub(super) search_fields: Vec<SearchField>,
    pub(super) global_search_fields: Vec<Named>,
    pub(super) type_ahead_fields: Vec<Named>,
    pub(super) select_fields: Vec<Named>,
    pub(super) ignore_fields: Vec<Named>,
    priority_fields: Vec<Priority>,
}

/// The published `TableField` and `GlobalSearchField`.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Named {
    pub(super) field_name: String,
}

/// The published `SearchField`: a field, and who asked for it.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct SearchField {
    pub(super) field_name: String,
    source: Source,
}

/// The published `FieldSource`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Source {
    None,
    #[default]
    User,
    #[serde(rename = "RBACWorker")]
    RbacWorker,
}

/// The published `PriorityField`.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Priority {
    field_name: String,
    priority: i32,
}

/// The fields by which the platform limits what a user finds.
const ACCESS_FIELDS: [&str; 3] = ["CreatedBy", "Owner", "RecordType"];

impl Setting {
    /// The setting of an object; of a standard object without one, that all its fields are searched.
    pub(super) fn of(tx: &Transaction<'_>, object: &str) -> Result<Option<Self>, Failure> {
        match find(tx, object)? {
            Some(stored) => read(stored.record).map(Some),
            None => Ok(standard::NAMES
                .contains(&object)
                .then(|| Self::open(object))),
        }
    }

    /// That all fields of an object are searched.
    pub(super) fn open(object: &str) -> Self {
        Self {
            object_name: object.to_owned(),
            enable_all_search_fields: true,
            ..Self::default()
        }
    }

    /// The fields that a search for words goes through; `None` for all.
    pub(super) fn searched(&self, object: &Object) -> Result<Option<Vec<FieldPath>>, Failure> {
        let is_ignored = |name: &str| {
            let mut ignored = self.ignore_fields.iter();
            ignored.any(|field| field.field_name == name)
        };
        let all = || {
            let definition = object.definition()?;
            let fields = definition.field_metadata.iter();
            Some(fields.map(|field| field.field_name.as_str()).collect())
        };
        let names: Option<Vec<&str>> = if !self.enable_all_search_fields {
            let fields = self.search_fields.iter();
            Some(fields.map(|field| field.field_name.as_str()).collect())
        } else if self.ignore_fields.is_empty() {
            None
        } else {
            all()
        };
        let names = names.map(|names| names.into_iter().filter(|name| !is_ignored(name)));
        names.map(|names| paths(object, names)).transpose()
    }

    /// The objects that a global search goes through unless it lists some.
    pub(super) fn global(tx: &Transaction<'_>) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        for name in standard::NAMES {
            if find(tx, name)?.is_none() {
                names.push(name.to_owned());
            }
        }
        for stored in all(tx)? {
            let setting = read(stored.record)?;
            if !setting.global_search_fields.is_empty() {
                names.push(setting.object_name);
            }
        }
        Ok(names)
    }
}

/// The names of a list.
pub(super) fn names(fields: &[Named]) -> impl Iterator<Item = &str> {
    fields.iter().map(|field| field.field_name.as_str())
}

/// The paths of an object's fields.
///
/// # Errors
///
/// A 400 that names a field which the object does not have.
pub(super) fn paths<'a>(
    object: &Object,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<FieldPath>, Failure> {
    let path = |name: &str| {
        let path = FieldPath::parse(name)
            .ok_or_else(|| Failure::invalid(format!("'{name}' is no field name")))?;
        object.check_path(&path).map_err(Failure::invalid)?;
        Ok(path)
    };
    names.into_iter().map(path).collect()
}

/// `GET .../setting`: the first of all, and how many there are.
pub(super) fn first(world: &World, _: &Call) -> Result<Answer, Failure> {
    let mut settings = world.store.read(all)?;
    let count = settings.len();
    if settings.is_empty() {
        return Err(Failure::not_found(
            "there is no search setting yet; create one with POST /api/search/v1/setting",
        ));
    }
    let data = shown(settings.swap_remove(0).record);
    let reply = Reply::new(StatusCode::OK, data).counted(count as u64);
    let rest = (count > 1)
        .then(|| format!("there are {count} settings; get each by its object, see setting/list"));
    Ok(reply.warned(rest.into_iter().collect()).into_answer())
}

/// `GET .../setting/list`: the objects that have a setting.
pub(super) fn objects(world: &World, _: &Call) -> Result<Answer, Failure> {
    let mut names: Vec<String> = standard::NAMES.map(str::to_owned).to_vec();
    let settings = world.store.read(all)?;
    names.extend(settings.into_iter().filter_map(|stored| {
        let name = store::text(&stored.record, "ObjectName")?;
        Some(name.to_owned())
    }));
    names.sort();
    names.dedup();
    Ok(Reply::new(StatusCode::OK, names.join(",").into()).into_answer())
}

/// `POST .../setting`.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    let name = store::text(row, "ObjectName").unwrap_or_default();
    if name.is_empty() {
        return Err(Failure::invalid("ObjectName is required"));
    }
    let object = super::object(world, name)?;
    let setting = check(&object, row)?;
    let record = world.write(call, |session| {
        if find(session.tx, name)?.is_some() {
            return Err(Failure::invalid(format!(
                "{name} has a search setting already; update that"
            )));
        }
        session.records(&kept()).create(&as_record(&setting))
    })?;
    Ok(Reply::new(StatusCode::CREATED, shown(record)).into_answer())
}

/// `GET .../setting/{objectName}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let name = call.path_param("objectName").unwrap_or_default();
    let data = world.store.read(|tx| -> Result<Value, Failure> {
        if let Some(stored) = find(tx, name)? {
            return Ok(Value::Object(stored.record));
        }
        let setting = Setting::of(tx, name)?.ok_or_else(|| missing(name))?;
        Ok(Value::Object(as_record(&setting)))
    })?;
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `PUT .../setting/{objectName}`.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let name = call.path_param("objectName").unwrap_or_default();
    let object = super::named(world, call)?;
    let mut row = params::row(call)?.clone();
    if store::text(&row, "ObjectName").is_some_and(|given| !given.is_empty() && given != name) {
        return Err(Failure::invalid(format!(
            "ObjectName is not '{name}', which the path names"
        )));
    }
    row.insert("ObjectName".to_owned(), name.into());
    let setting = as_record(&check(&object, &row)?);
    world.write(call, |session| {
        let kept = kept();
        let records = session.records(&kept);
        match find(session.tx, name)? {
            Some(stored) => records.change(stored, &setting),
            None if Setting::of(session.tx, name)?.is_some() => records.create(&setting),
            None => Err(missing(name)),
        }
    })?;
    Ok(Reply::new(StatusCode::OK, "true".into()).into_answer())
}

/// `DELETE .../setting/{objectName}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    let name = call.path_param("objectName").unwrap_or_default();
    world.write(call, |session| {
        let found = session
            .records(&kept())
            .delete(By::ExternalId, name, Removal::Hard);
        found.map_err(|failure| match failure {
            Failure::NotFound(_) => missing(name),
            other => other,
        })
    })?;
    Ok(Reply::new(StatusCode::OK, "true".into()).into_answer())
}

/// `GET .../objects/{objectName}/indexedfields`.
pub(super) fn fields(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = super::named(world, call)?;
    let setting = world
        .store
        .read(|tx| Setting::of(tx, object.name()))?
        .unwrap_or_default();
    let searched = setting.searched(&object)?.filter(|names| !names.is_empty());
    let known = standard::bare(object.name());
    let definition = object.definition().unwrap_or(&known);
    let is_searched = |name: &str| match &searched {
        Some(paths) => paths.iter().any(|path| path.as_str() == name),
        None => true,
    };
    let fields = definition.field_metadata.iter();
    let fields = fields.filter(|field| match &searched {
        Some(_) => is_searched(&field.field_name),
        None => field.is_filterable(),
    });
    let fields = fields.map(|field| {
        json!({
            "FieldName": field.field_name,
            "DisplayName": field.display_name,
            "DataType": field.data_type,
        })
    });
    Ok(Reply::new(StatusCode::OK, fields.collect()).into_answer())
}

/// `POST .../rbac-migrate`: adds the fields by which access is limited to the settings that lack them.
pub(super) fn migrate(world: &World, call: &Call) -> Result<Answer, Failure> {
    let update = params::text(call, "updateSearchSetting").is_none_or(|word| word != "false");
    let changes = world.write(call, |session| {
        let kept = kept();
        let mut changes = Vec::new();
        for stored in all(session.tx)? {
            let mut setting = read(stored.record.clone())?;
            let Some(object) = Object::named(session.tx, &setting.object_name)? else {
                continue;
            };
            let added = missing_access_fields(&object, &setting);
            if added.is_empty() {
                continue;
            }
            changes.push(json!({
                "ObjectName": setting.object_name,
                "SearchFieldsAdded": added,
            }));
            if update {
                setting
                    .search_fields
                    .extend(added.iter().map(|name| SearchField {
                        field_name: (*name).to_owned(),
                        source: Source::RbacWorker,
                    }));
                session
                    .records(&kept)
                    .change(stored, &as_record(&setting))?;
            }
        }
        Ok(changes)
    })?;
    let data = json!({
        "TrackingId": Uuid::new_v4().to_string(),
        "UpdateSearchSetting": update,
        "SearchSettingChanges": changes,
    });
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

fn missing_access_fields(object: &Object, setting: &Setting) -> Vec<&'static str> {
    let lacks = |name: &&str| {
        let mut fields = setting.search_fields.iter();
        let has_field = object
            .definition()
            .is_none_or(|definition| definition.field(name).is_some());
        has_field && !fields.any(|field| field.field_name == *name)
    };
    if setting.enable_all_search_fields {
        return Vec::new();
    }
    ACCESS_FIELDS.into_iter().filter(lacks).collect()
}

fn kept() -> Object {
    Object::internal("SearchSetting")
}

fn find(tx: &Transaction<'_>, object: &str) -> rusqlite::Result<Option<Stored>> {
    store::find(tx, kept().name(), By::ExternalId, object)
}

/// All settings, in the order of their objects.
fn all(tx: &Transaction<'_>) -> Result<Vec<Stored>, Failure> {
    let kept = kept();
    let sorted = Selection::new(&kept, "")?.sorted("Name", Direction::Ascending)?;
    sorted.all(tx)
}

fn read(record: Record) -> Result<Setting, Failure> {
    let value = Value::Object(without_null(record));
    serde_json::from_value(value)
        .map_err(|error| Failure::invalid(format!("not a search setting: {error}")))
}

fn without_null(record: Record) -> Record {
    record
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect()
}

/// The setting of a request, held against its object.
fn check(object: &Object, row: &Record) -> Result<Setting, Failure> {
    let setting = read(row.clone())?;
    if !setting.enable_all_search_fields && setting.search_fields.is_empty() {
        return Err(Failure::invalid(
            "SearchFields is required, unless EnableAllSearchFields is true",
        ));
    }
    let searched = setting.search_fields.iter();
    let prioritised = setting.priority_fields.iter();
    let all = names(&setting.global_search_fields)
        .chain(names(&setting.type_ahead_fields))
        .chain(names(&setting.select_fields))
        .chain(names(&setting.ignore_fields))
        .chain(searched.map(|field| field.field_name.as_str()))
        .chain(prioritised.map(|field| field.field_name.as_str()));
    paths(object, all)?;
    Ok(setting)
}

fn as_record(setting: &Setting) -> Record {
    let mut record = match serde_json::to_value(setting) {
        Ok(Value::Object(record)) => record,
        _ => Map::new(),
    };
    record.insert("Name".to_owned(), setting.object_name.as_str().into());
    record.insert("ExternalId".to_owned(), setting.object_name.as_str().into());
    record
}

/// The published `SearchSetting`.
fn shown(mut record: Record) -> Value {
    let fields = record.get("GlobalSearchFields").and_then(Value::as_array);
    let is_global = fields.is_some_and(|fields| !fields.is_empty());
    record.insert("IsGlobalSearchEnabled".to_owned(), is_global.into());
    Value::Object(record)
}

fn missing(object: &str) -> Failure {
    Failure::not_found(format!("{object} has no search setting"))
}
