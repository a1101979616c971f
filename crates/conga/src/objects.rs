//! What objects there are, and what fields they have: read as they are at run time, and changed.

use std::fmt;

use conga_api::{Call, Transport, operations::schema_manager as operations};
use serde::{Deserialize, Serialize};

use crate::{
    Record, Request,
    answer::{OneRecord, null_is_empty},
    records::List,
};

/// The objects of the organisation, as the Schema Manager describes them at run time.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// let account = client.objects().describe("Account").await?;
/// for field in account.fields.iter().filter(|field| field.is_required == Some(true)) {
///     println!("{:?} of the type {:?}", field.field_name, field.other.get("DataType"));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Objects {
    transport: Transport,
}

impl Objects {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Lists the objects in scope, by their names and what else the service tells of each. The service publishes no
    /// [criteria](List::criteria) for them, but the beginning of their names: the query parameter `startsWithFilter`
    /// ([`with_query`](crate::CallOptions::with_query)).
    pub fn list(&self) -> List<Record> {
        List::new(
            "objects",
            Call::new(&self.transport, &operations::LIST_OBJECT_METADATA),
        )
    }

    /// An object with its fields.
    pub fn describe(&self, object: &str) -> Request<ObjectDescription> {
        let call = Call::new(&self.transport, &operations::GET_OBJECT_METADATA);
        Request::new::<OneRecord<ObjectDescription>>(call.path("objectName", object))
    }

    /// One field of an object.
    pub fn field(&self, object: &str, field: &str) -> Request<FieldDescription> {
        let call = Call::new(&self.transport, &operations::GET_FIELD_METADATA);
        let call = call.path("objectName", object).path("fieldName", field);
        Request::new::<OneRecord<FieldDescription>>(call)
    }

    /// Makes an object, and gives it. It needs a `Name`, of 52 characters at most (published); its fields stand in `FieldMetadata`.
    pub fn create(&self, object: &(impl Serialize + ?Sized)) -> Request<ObjectDescription> {
        let call = Call::new(&self.transport, &operations::CREATE_OBJECT);
        Request::new::<OneRecord<ObjectDescription>>(call.json(object))
    }

    /// Changes an object, and gives it. Whether what is left out stays is not published.
    pub fn update(
        &self,
        object: &str,
        changes: &(impl Serialize + ?Sized),
    ) -> Request<ObjectDescription> {
        let call = Call::new(&self.transport, &operations::UPDATE_OBJECT);
        Request::new::<OneRecord<ObjectDescription>>(call.path("objectName", object).json(changes))
    }

    /// Makes a field of an object, and gives it. It needs a `FieldName`, of 58 characters at most (published), and a `DataType`.
    pub fn create_field(
        &self,
        object: &str,
        field: &(impl Serialize + ?Sized),
    ) -> Request<FieldDescription> {
        let call = Call::new(&self.transport, &operations::CREATE_OBJECT_FIELD);
        Request::new::<OneRecord<FieldDescription>>(call.path("objectName", object).json(field))
    }

    /// Changes a field of an object, and gives it. Whether what is left out stays is not published.
    pub fn update_field(
        &self,
        object: &str,
        field: &str,
        changes: &(impl Serialize + ?Sized),
    ) -> Request<FieldDescription> {
        let call = Call::new(&self.transport, &operations::UPDATE_OBJECT_FIELD);
        let call = call.path("objectName", object).path("fieldName", field);
        Request::new::<OneRecord<FieldDescription>>(call.json(changes))
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects").finish_non_exhaustive()
    }
}

/// An object, as the platform describes it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ObjectDescription {
    /// The name, as calls spell it.
    pub name: Option<String>,
    /// The name for people.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its fields.
    #[serde(rename = "FieldMetadata", deserialize_with = "null_is_empty")]
    pub fields: Vec<FieldDescription>,
    /// The lists of values that fields have.
    #[serde(rename = "PicklistMetadata", deserialize_with = "null_is_empty")]
    pub picklists: Vec<Picklist>,
    /// Whatever else the platform tells.
    #[serde(flatten)]
    pub other: Record,
}

/// A field, as the platform describes it. `other` has the type (`DataType`, whose numbers are not published), the object that a lookup
/// is to (`LookupObjectName`), and the like.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct FieldDescription {
    /// The name, as records spell it.
    pub field_name: Option<String>,
    /// The name for people.
    pub display_name: Option<String>,
    /// Whether a record must have a value.
    pub is_required: Option<bool>,
    /// Whether no two records have the same value.
    pub is_unique: Option<bool>,
    /// Whether lists can be filtered by it: [`List::criteria`] needs that.
    pub is_index_field: Option<bool>,
    /// Whether lists can be sorted by it.
    pub is_sortable: Option<bool>,
    /// The list that its values are of.
    pub picklist_name: Option<String>,
    /// Whatever else the platform tells.
    #[serde(flatten)]
    pub other: Record,
}

/// A list of values.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct Picklist {
    /// Its name.
    pub name: Option<String>,
    /// Its values.
    #[serde(rename = "PicklistEntries", deserialize_with = "null_is_empty")]
    pub entries: Vec<PicklistEntry>,
}

/// A value of a list.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct PicklistEntry {
    /// The value, as records hold it.
    pub value: Option<String>,
    /// The text for people.
    pub display_text: Option<String>,
    /// Whether it is not to be used any more.
    pub is_deprecated: Option<bool>,
}
