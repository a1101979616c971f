//! What is searched.

use std::fmt;

use conga_api::{
    Call, Transport,
    operations::{Operation, search as operations},
};
use serde::{Deserialize, Serialize};

use crate::{
    Record, Request,
    answer::{Deleted, Done, OneRecord},
    request::Shape,
};

/// The settings of search: for an object, which of its fields are searched by what.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use serde_json::json;
///
/// let fields = json!([{"FieldName": "Name"}, {"FieldName": "Industry"}]);
/// let setting = json!({"ObjectName": "Account", "SearchFields": fields, "TypeAheadFields": [{"FieldName": "Name"}]});
/// client.search().settings().create(&setting).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SearchSettings {
    transport: Transport,
}

impl SearchSettings {
    pub(super) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// All settings. The reference shows one where it speaks of all; both are taken.
    pub fn list(&self) -> Request<Vec<Record>> {
        Request::new::<Settings>(self.call(&operations::LIST_SETTINGS))
    }

    /// The setting of an object.
    pub fn get(&self, object: &str) -> Request<Record> {
        Request::new::<OneRecord<Record>>(self.call_on(&operations::GET_SETTING, object))
    }

    /// Makes a setting, and gives it. `ObjectName` names its object.
    pub fn create(&self, setting: &(impl Serialize + ?Sized)) -> Request<Record> {
        Request::new::<OneRecord<Record>>(self.call(&operations::CREATE_SETTING).json(setting))
    }

    /// Changes the setting of an object. Whether what is left out stays is not published.
    pub fn update(&self, object: &str, setting: &(impl Serialize + ?Sized)) -> Request<()> {
        let call = self.call_on(&operations::UPDATE_SETTING, object);
        Request::new::<Done>(call.json(setting))
    }

    /// Deletes the setting of an object.
    pub fn delete(&self, object: &str) -> Request<()> {
        Request::new::<Deleted>(self.call_on(&operations::DELETE_SETTING, object))
    }

    fn call(&self, operation: &'static Operation) -> Call {
        Call::new(&self.transport, operation)
    }

    fn call_on(&self, operation: &'static Operation, object: &str) -> Call {
        self.call(operation).path("objectName", object)
    }
}

impl fmt::Debug for SearchSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchSettings").finish_non_exhaustive()
    }
}

/// An envelope round settings, or round one.
#[derive(Deserialize)]
#[serde(transparent)]
struct Settings(OneRecord<OneOrMany>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Record>),
    One(Record),
}

impl Shape for Settings {
    type Value = Vec<Record>;

    fn into_value(self) -> Vec<Record> {
        match self.0.into_value() {
            OneOrMany::Many(settings) => settings,
            OneOrMany::One(setting) => vec![setting],
        }
    }
}
