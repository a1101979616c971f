//! The calls that write: create, update, upsert, delete, one by one, in bulk, by criteria.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::{Selection, Start, limit};
use crate::records::store::{self, By, Record, Removal};
use crate::records::writer::{self, Writer};
use crate::request::Call;
use crate::services::World;
use crate::services::reply::{Reply, params};

/// What the calls that write share: where, what, on whose behalf.
#[derive(Debug)]
pub(super) struct Writing<'a> {
    pub(super) world: &'a World,
    pub(super) object: &'a Object,
    pub(super) call: &'a Call,
}

/// The ways a bulk call treats its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bulk {
    /// `POST .../bulk`.
    Insert,
    /// `PUT .../bulk`.
    Update,
    /// `PATCH .../bulk`.
    Upsert,
}

/// The published `UpdateManyByCriteriaRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UpdateMany {
    object_name: Option<String>,
    values_to_update: Option<Record>,
    criteria: Option<String>,
    page_number: Option<i64>,
    page_size: Option<i64>,
}

/// The published `DeleteByCriteriaRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DeleteMany {
    object_name: Option<String>,
    criteria: Option<String>,
    page_number: Option<i64>,
    page_size: Option<i64>,
    number_of_records_to_delete: Option<i64>,
}

impl Writing<'_> {
    /// `POST .../{object}`: the new Id, or the record.
    pub(super) fn create(&self) -> Result<Reply, Failure> {
        let row = params::row(self.call)?;
        let with_record = self.with_records()?;
        let record = self.write(|writer| writer.create(row))?;
        let data = if with_record {
            Value::Object(record)
        } else {
            id(&record)
        };
        Ok(Reply::new(StatusCode::CREATED, data))
    }

    /// `PUT .../{id}` and `PUT .../by-externalId/{externalId}`: an object with the Id, or the
    /// record.
    pub(super) fn update(&self, by: By, value: &str) -> Result<Reply, Failure> {
        let row = params::row(self.call)?;
        let with_record = self.with_records()?;
        let record = self.write(|writer| writer.update(by, value, row))?;
        let data = if with_record {
            Value::Object(record)
        } else {
            json!({"Id": id(&record)})
        };
        Ok(Reply::new(StatusCode::OK, data))
    }

    /// `DELETE .../{id}` and `DELETE .../by-externalId/{externalId}`: true.
    pub(super) fn delete(&self, by: By, value: &str) -> Result<Reply, Failure> {
        let removal = self.removal()?;
        self.write(|writer| writer.delete(by, value, removal))?;
        Ok(Reply::new(StatusCode::OK, true.into()))
    }

    /// `POST`, `PUT` and `PATCH .../bulk`: the Ids, or the records, in the order of the rows.
    pub(super) fn bulk(&self, bulk: Bulk) -> Result<Reply, Failure> {
        let rows = params::rows(self.call)?;
        let by = self.by("UpdateByField")?;
        let with_records = self.with_records()?;
        let written = self.write(|writer| {
            writer::each_row(rows, |row| {
                let row = row
                    .as_object()
                    .ok_or_else(|| Failure::invalid("a row is a JSON object: one record"))?;
                match bulk {
                    Bulk::Insert => writer.create(row),
                    Bulk::Update => writer.update_named(by, row),
                    Bulk::Upsert => writer.upsert(by, row),
                }
            })
        })?;
        let status = match bulk {
            Bulk::Insert => StatusCode::CREATED,
            Bulk::Update | Bulk::Upsert => StatusCode::OK,
        };
        Ok(Reply::new(status, shown(written, with_records)))
    }

    /// `DELETE .../bulk`: a text that names what was deleted.
    pub(super) fn bulk_delete(&self) -> Result<Reply, Failure> {
        let names = params::rows(self.call)?;
        let by = self.by("DeleteByField")?;
        let removal = self.removal()?;
        let names: Vec<&str> = names
            .iter()
            .map(|name| {
                name.as_str()
                    .ok_or_else(|| Failure::invalid("the body is an array of texts"))
            })
            .collect::<Result<_, _>>()?;
        let outcomes = self.write(|writer| {
            let mut outcomes = Vec::with_capacity(names.len());
            for name in names {
                match writer.delete(by, name, removal) {
                    Ok(()) => outcomes.push((name.to_owned(), true)),
                    Err(Failure::NotFound(_)) => outcomes.push((name.to_owned(), false)),
                    Err(failure) => return Err(failure),
                }
            }
            Ok(outcomes)
        })?;
        if outcomes.iter().any(|(_, deleted)| *deleted) {
            self.deletions(&outcomes, by)
        } else {
            let all: Vec<&str> = outcomes.iter().map(|(name, _)| name.as_str()).collect();
            Err(writer::missing(self.object, by, &all.join("', '")))
        }
    }

    /// `PUT .../criteria/bulk`: the Ids, or the records.
    pub(super) fn update_by_criteria(&self) -> Result<Reply, Failure> {
        let request: UpdateMany = self.request()?;
        let selection =
            self.selection(request.object_name.as_deref(), request.criteria.as_deref())?;
        let values = request
            .values_to_update
            .filter(|values| !values.is_empty())
            .ok_or_else(|| {
                Failure::invalid("ValuesToUpdate is required: the fields to set, by name")
            })?;
        let window = Window::new(request.page_size, request.page_number)?;
        let start = Start {
            after: params::text(self.call, "after"),
            ..window.start()
        };
        let with_records = self.with_records()?;
        let (written, next) = self.write(|writer| {
            writer.check(&values)?;
            let page = selection.page(writer.tx, &start, window.size)?;
            let written = page
                .records
                .into_iter()
                .map(|stored| writer.change(stored, &values));
            Ok((written.collect::<Result<Vec<_>, _>>()?, page.next))
        })?;
        Ok(Reply::new(StatusCode::OK, shown(written, with_records)).paged(next.is_some(), next))
    }

    /// `DELETE .../criteria/bulk`: a text that names what was deleted.
    pub(super) fn delete_by_criteria(&self) -> Result<Reply, Failure> {
        let request: DeleteMany = self.request()?;
        let selection =
            self.selection(request.object_name.as_deref(), request.criteria.as_deref())?;
        let window = match request.number_of_records_to_delete {
            Some(number) => Window::new(Some(number), None)?,
            None => Window::new(request.page_size, request.page_number)?,
        };
        let removal = self.removal()?;
        let outcomes = self.write(|writer| {
            let page = selection.page(writer.tx, &window.start(), window.size)?;
            let ids = page
                .records
                .iter()
                .filter_map(|stored| store::text(&stored.record, "Id"));
            ids.map(|id| {
                writer.delete(By::Id, id, removal)?;
                Ok((id.to_owned(), true))
            })
            .collect::<Result<Vec<_>, Failure>>()
        })?;
        self.deletions(&outcomes, By::Id)
    }

    fn write<T>(&self, work: impl FnOnce(&Writer<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        let locking = params::flag(self.call, "EnforceOptimisticLocking")?;
        self.world.write(self.call, |session| {
            // Schema Manager may have changed the object since the call was dispatched.
            let object = self.object.clone().defined(session.tx)?;
            work(&Writer {
                locking,
                ..session.records(&object)
            })
        })
    }

    fn with_records(&self) -> Result<bool, Failure> {
        params::flag(self.call, "IncludeRecordPayloadInResponse")
    }

    fn by(&self, parameter: &str) -> Result<By, Failure> {
        match params::text(self.call, parameter) {
            None | Some("Id") => Ok(By::Id),
            Some("ExternalId") => Ok(By::ExternalId),
            Some(word) => Err(Failure::invalid(format!(
                "{parameter} is Id or ExternalId, not '{word}'"
            ))),
        }
    }

    fn removal(&self) -> Result<Removal, Failure> {
        match params::text(self.call, "DeleteBehaviour") {
            None | Some("SoftDelete") => Ok(Removal::Soft),
            Some("HardDelete") => Ok(Removal::Hard),
            Some(word) => Err(Failure::invalid(format!(
                "DeleteBehaviour is SoftDelete or HardDelete, not '{word}'"
            ))),
        }
    }

    fn request<T: for<'de> Deserialize<'de> + Default>(&self) -> Result<T, Failure> {
        T::deserialize(params::row(self.call)?)
            .map_err(|error| Failure::invalid(format!("not a request by criteria: {error}")))
    }

    fn selection(
        &self,
        object_name: Option<&str>,
        criteria: Option<&str>,
    ) -> Result<Selection<'_>, Failure> {
        if let Some(name) = object_name.filter(|name| *name != self.object.name()) {
            return Err(Failure::invalid(format!(
                "ObjectName is '{name}', but the path names {}",
                self.object.name()
            )));
        }
        match criteria.filter(|criteria| !criteria.trim().is_empty()) {
            Some(criteria) => Selection::new(self.object, criteria),
            None => Err(Failure::invalid(
                "Criteria is required; this call does not touch all records",
            )),
        }
    }

    fn deletions(&self, outcomes: &[(String, bool)], by: By) -> Result<Reply, Failure> {
        let with_status = params::flag(self.call, "IncludeDeleteResultStatus")?;
        let deleted = outcomes.iter().filter(|(_, deleted)| *deleted);
        let text = if with_status {
            let lines = outcomes.iter().map(|(name, deleted)| {
                format!("{name}: {}", if *deleted { "Deleted" } else { "NotFound" })
            });
            lines.collect::<Vec<_>>().join(", ")
        } else {
            let names: Vec<&str> = deleted.clone().map(|(name, _)| name.as_str()).collect();
            format!("Deleted records: {}", names.join(", "))
        };
        let warnings = outcomes
            .iter()
            .filter(|(_, deleted)| !deleted)
            .flat_map(|(name, _)| writer::missing(self.object, by, name).messages())
            .collect();
        Ok(Reply::new(StatusCode::OK, text.into())
            .counted(deleted.count() as u64)
            .warned(warnings))
    }
}

/// Which of the matching records a call by criteria touches.
#[derive(Debug)]
struct Window {
    size: u64,
    skip: u64,
}

impl Window {
    /// One page; all records where no size is given.
    fn new(size: Option<i64>, number: Option<i64>) -> Result<Self, Failure> {
        let number = match number.unwrap_or(1) {
            number @ 1.. => number.unsigned_abs(),
            _ => return Err(Failure::invalid("PageNumber counts from 1")),
        };
        Ok(match size {
            None => Self {
                size: u64::MAX,
                skip: 0,
            },
            Some(_) => {
                let size = limit("the number of records", size)?;
                Self {
                    size,
                    skip: size.saturating_mul(number - 1),
                }
            }
        })
    }

    fn start(&self) -> Start<'static> {
        Start {
            after: None,
            skip: self.skip,
        }
    }
}

fn shown(written: Vec<Record>, with_records: bool) -> Value {
    let show = |record: Record| {
        if with_records {
            Value::Object(record)
        } else {
            id(&record)
        }
    };
    written.into_iter().map(show).collect()
}

fn id(record: &Record) -> Value {
    record.get("Id").cloned().unwrap_or_default()
}
