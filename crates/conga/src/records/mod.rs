//! Records of the Data service: one handle for an object, and its verbs.
//!
//! | room | what lives there |
//! |---|---|
//! | `object` | which operation serves which object |
//! | `verbs` | calls about one record, and their options |
//! | `field` | what a change does to a field |
//! | `bulk`, `report` | calls about many, in chunks, and what became of them |
//! | `list`, `query` | the two ways to ask for records |
//! | `answer` | the shapes of answers that only records have |

mod answer;
mod bulk;
mod field;
mod list;
mod object;
mod query;
mod report;
mod verbs;

use std::{fmt, marker::PhantomData};

use conga_api::{Call, Transport};
use http::Method;
use serde::{Serialize, de::DeserializeOwned};

pub use answer::BulkData;
pub use bulk::{Bulk, Creating, Deleting, Updating};
pub use field::Field;
pub use list::List;
pub use query::Query;
pub use report::{BulkReport, Chunk, FailedRows, Outcome};
pub use verbs::{Create, Delete, Update, Upsert};

use crate::{Request, answer::OneRecord};
use object::{Endpoint, Object};

/// A record as a map of its fields: what [`Records`] gives unless told a type.
pub type Record = serde_json::Map<String, serde_json::Value>;

/// The records of one object: Account, Contact, Opportunity, or a custom object.
///
/// Records are read as maps, or as `T` after [`typed`](Self::typed); what is written may be anything that serializes to a JSON object.
/// The keys are the names of the object's fields; a key that is none is refused by the server (400, published).
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// #[derive(serde::Deserialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct Account {
///     id: String,
///     name: Option<String>,
/// }
///
/// let accounts = client.records("Account").typed::<Account>();
/// let id = accounts.create(&serde_json::json!({"Name": "Acme"})).await?;
/// let account = accounts.get(&id).await?;
/// # Ok(())
/// # }
/// ```
///
/// A type that is read, changed and written back keeps fields that it does not know by a map that takes the rest:
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// #[derive(serde::Deserialize, serde::Serialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct Account {
///     name: Option<String>,
///     #[serde(flatten)]
///     other: conga::Record,
/// }
///
/// let accounts = client.records("Account").typed::<Account>();
/// let mut account = accounts.get("1").await?;
/// account.name = Some("Acme".to_owned());
/// accounts.update("1", &account).await?; // `account.other` goes with it
/// # Ok(())
/// # }
/// ```
pub struct Records<T = Record> {
    transport: Transport,
    object: Object,
    record: PhantomData<fn() -> T>,
}

/// The field that names a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// The platform's own id.
    Id,
    /// The id that another system gave it. Unique where it is set (published).
    ExternalId,
}

impl By {
    fn field(self) -> &'static str {
        match self {
            Self::Id => "Id",
            Self::ExternalId => "ExternalId",
        }
    }
}

/// Which way records are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SortDirection {
    /// The least first.
    Ascending,
    /// The greatest first.
    Descending,
}

impl SortDirection {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ascending => "Ascending",
            Self::Descending => "Descending",
        }
    }

    /// As the services write it that do not write it out.
    pub(crate) fn short_word(self) -> &'static str {
        match self {
            Self::Ascending => "ASC",
            Self::Descending => "DESC",
        }
    }
}

impl Records {
    pub(crate) fn new(transport: Transport, object: String) -> Self {
        Self {
            transport,
            object: Object::new(object),
            record: PhantomData,
        }
    }
}

impl<T> Records<T> {
    /// The same records, read as another type.
    pub fn typed<U>(&self) -> Records<U> {
        Records {
            transport: self.transport.clone(),
            object: self.object.clone(),
            record: PhantomData,
        }
    }

    /// The name of the object.
    pub fn object(&self) -> &str {
        self.object.name()
    }

    fn call(&self, method: Method, endpoint: Endpoint) -> Call {
        self.object.call(&self.transport, method, endpoint)
    }
}

/// One record.
impl<T: DeserializeOwned + Send + 'static> Records<T> {
    /// Creates a record and gives its new id.
    ///
    /// An `Id` in the record becomes its id, else the server makes one. An `ExternalId` must be free (published).
    pub fn create(&self, record: &(impl Serialize + ?Sized)) -> Create<T> {
        Create::new(self.call(Method::POST, Endpoint::Collection).json(record))
    }

    /// The record with this id. Where there is none, the error [is "not found"](crate::Error::is_not_found).
    pub fn get(&self, id: impl fmt::Display) -> Request<T> {
        Request::new::<OneRecord<T>>(self.call(Method::GET, Endpoint::Record).path("id", id))
    }

    /// The record with this external id.
    pub fn get_by_external_id(&self, external_id: impl fmt::Display) -> Request<T> {
        Request::new::<OneRecord<T>>(
            self.call(Method::GET, Endpoint::ByExternalId)
                .path("externalId", external_id),
        )
    }

    /// Sets the fields that `changes` names; the others are taken to stay as they are (assumed: the reference does not say). A type
    /// with [`Field`]s tells a field that stays from one that is cleared.
    pub fn update(&self, id: impl fmt::Display, changes: &(impl Serialize + ?Sized)) -> Update<T> {
        Update::new(
            self.call(Method::PUT, Endpoint::Record)
                .path("id", id)
                .json(changes),
        )
    }

    /// [`update`](Self::update) by external id. An `Id` among the changes must be that of the record: ids never change (published).
    pub fn update_by_external_id(
        &self,
        external_id: impl fmt::Display,
        changes: &(impl Serialize + ?Sized),
    ) -> Update<T> {
        Update::new(
            self.call(Method::PUT, Endpoint::ByExternalId)
                .path("externalId", external_id)
                .json(changes),
        )
    }

    /// Updates the record that `by` finds, or creates it. It is the bulk operation with one row.
    ///
    /// By id, a record without `Id` is created under a new one. By external id, where both are given the record found must already
    /// have that `Id`; where only `Id` is given it is updated, or created under it; where neither is given one is created
    /// (published).
    pub fn upsert(&self, by: By, record: &(impl Serialize + ?Sized)) -> Upsert<T> {
        Upsert::new(
            self.call(Method::PATCH, Endpoint::Bulk)
                .query("UpdateByField", by.field())
                .json(&[record]),
        )
    }

    /// Deletes a record, softly unless told otherwise.
    pub fn delete(&self, id: impl fmt::Display) -> Delete {
        Delete::new(self.call(Method::DELETE, Endpoint::Record).path("id", id))
    }

    /// Deletes the record with this external id, softly unless told otherwise.
    pub fn delete_by_external_id(&self, external_id: impl fmt::Display) -> Delete {
        Delete::new(
            self.call(Method::DELETE, Endpoint::ByExternalId)
                .path("externalId", external_id),
        )
    }
}

/// Many records.
impl<T: DeserializeOwned + Send + 'static> Records<T> {
    /// Lists records: all, or those that meet a criteria.
    pub fn list(&self) -> List<T> {
        List::new(
            self.object.name(),
            self.call(Method::GET, Endpoint::Collection),
        )
    }

    /// Asks for records with what a list lacks: chosen fields, distinct ones, groups, a total count.
    pub fn query(&self) -> Query<T> {
        Query::new(self.object.name(), self.call(Method::POST, Endpoint::Query))
    }

    /// Creates records, in chunks.
    pub fn bulk_create<'a, R: Serialize + Sync>(
        &self,
        records: &'a [R],
    ) -> Bulk<'a, R, Creating<T>> {
        Bulk::new(self.call(Method::POST, Endpoint::Bulk), records)
    }

    /// Updates records, in chunks. Every row must have the field that `by` names (published).
    pub fn bulk_update<'a, R: Serialize + Sync>(
        &self,
        by: By,
        records: &'a [R],
    ) -> Bulk<'a, R, Updating<T>> {
        Bulk::new(
            self.call(Method::PUT, Endpoint::Bulk)
                .query("UpdateByField", by.field()),
            records,
        )
    }

    /// Updates or creates records, in chunks; see [`upsert`](Self::upsert) for which.
    pub fn bulk_upsert<'a, R: Serialize + Sync>(
        &self,
        by: By,
        records: &'a [R],
    ) -> Bulk<'a, R, Updating<T>> {
        Bulk::new(
            self.call(Method::PATCH, Endpoint::Bulk)
                .query("UpdateByField", by.field()),
            records,
        )
    }

    /// Deletes the records with these names, in chunks, softly unless told otherwise.
    pub fn bulk_delete<'a, N: AsRef<str> + Serialize + Sync>(
        &self,
        by: By,
        names: &'a [N],
    ) -> Bulk<'a, N, Deleting> {
        let call = self
            .call(Method::DELETE, Endpoint::Bulk)
            .query("DeleteByField", by.field());
        Bulk::new(call.query("DeleteBehaviour", verbs::SOFT), names)
    }
}

impl<T> Clone for Records<T> {
    fn clone(&self) -> Self {
        self.typed()
    }
}

impl<T> fmt::Debug for Records<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("object", &self.object())
            .finish_non_exhaustive()
    }
}
