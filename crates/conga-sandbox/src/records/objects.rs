//! The objects: kinds of records.
//!
//! A standard object has its fields and those that the tenant has defined. A custom object has the fields that it is
//! defined with; as long as it has no definition it takes any field, and so does a standard object take any field
//! whose name ends in `_c` until the tenant defines one. What a service keeps for itself takes any field.

use std::sync::Arc;

use rusqlite::Transaction;
use serde_json::{Map, Value};

use super::definitions::{Definition, Field, standard, table};
use super::store::has_index;
use super::value::{FieldPath, MAX_FIELD_NAME, is_field_name};

/// An object: a kind of record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Object {
    name: String,
    definition: Arc<Definition>,
    /// Whether it has fields beyond those of its definition, of any type.
    is_undefined: bool,
}

/// Fields that the platform sets itself; in a request they are ignored.
pub(crate) const READ_ONLY: [&str; 5] = [
    "CreatedBy",
    "CreatedDate",
    "ModifiedBy",
    "ModifiedDate",
    "ETag",
];

/// The longest name of an object, as Schema Manager publishes.
const MAX_NAME: usize = 52;

impl Object {
    /// Account, Contact or Opportunity, as every tenant starts with it.
    pub(crate) fn standard(name: &str) -> Option<Self> {
        Some(Self {
            name: name.to_owned(),
            definition: standard::definition(name)?,
            is_undefined: false,
        })
    }

    /// An object that a service keeps for itself. It takes any field. Searches find its records, so that nothing secret
    /// belongs into them.
    pub(crate) fn internal(name: &'static str) -> Self {
        Self::undefined(name)
    }

    /// A custom object: letters, digits and underscores, ending in `_c`.
    pub(crate) fn custom(name: &str) -> Result<Self, String> {
        let fits = name.len() <= MAX_NAME
            && name.strip_suffix("_c").is_some_and(|stem| !stem.is_empty())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !fits {
            return Err(format!(
                "'{name}' is no name of a custom object: use letters, digits and underscores, \
                 at most {MAX_NAME}, ending in _c"
            ));
        }
        Ok(Self::undefined(name))
    }

    /// A custom object whose name may lack its `_c`.
    pub(crate) fn custom_by_short_name(name: &str) -> Result<Self, String> {
        if name.ends_with("_c") {
            Self::custom(name)
        } else {
            Self::custom(&format!("{name}_c"))
        }
    }

    /// A standard object, or a custom one by the form of its name.
    pub(crate) fn standard_or_custom(name: &str) -> Option<Self> {
        Self::standard(name).or_else(|| Self::custom(name).ok())
    }

    /// The object of this name, if it is a standard or custom one or any service keeps records of it.
    pub(crate) fn named(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<Self>> {
        if let Some(object) = Self::standard_or_custom(name) {
            return object.defined(tx).map(Some);
        }
        let known = table::find(tx, name)?;
        Ok(known.map(|_| Self::undefined(name)))
    }

    /// The object as this tenant has defined it.
    pub(crate) fn defined(mut self, tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        if let Some(definition) = table::stored(tx, &self.name)? {
            self.definition = Arc::new(definition);
            self.is_undefined = false;
        }
        Ok(self)
    }

    /// The object's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What its records keep to; `None` for an object that takes any field.
    pub(crate) fn definition(&self) -> Option<&Definition> {
        (!self.is_undefined).then_some(&*self.definition)
    }

    /// Whether the platform sets the field itself; in a request it is ignored.
    pub(crate) fn sets_itself(&self, name: &str) -> bool {
        let field = self.definition.field(name);
        READ_ONLY.contains(&name) || field.is_some_and(Field::is_set_by_platform)
    }

    /// Checks the fields of a row that a client sends; gives one message per fault.
    pub(crate) fn check_row(&self, row: &Map<String, Value>) -> Result<(), Vec<String>> {
        let faults: Vec<String> = row
            .iter()
            .filter_map(|(name, value)| self.check_field(name, value).err())
            .collect();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults)
        }
    }

    /// Checks that a path names a field of the object, or a part of a lookup.
    pub(crate) fn check_path(&self, path: &FieldPath) -> Result<(), String> {
        self.reach(path).map(|_| ())
    }

    /// Checks that a criteria may ask for the path: the field is indexed.
    pub(crate) fn check_filter(&self, path: &FieldPath) -> Result<(), String> {
        match self.reach(path)? {
            Some(field) if !field.is_filterable() => Err(format!(
                "'{path}' of {} is not indexed; index the field through Schema Manager first",
                self.name
            )),
            _ => Ok(()),
        }
    }

    /// Checks that records may be sorted by the path: the field is indexed or sortable.
    pub(crate) fn check_sort(&self, path: &FieldPath) -> Result<(), String> {
        match self.reach(path)? {
            Some(field) if !field.is_filterable() && !field.is_sortable => Err(format!(
                "'{path}' of {} is neither indexed nor sortable; change that through Schema Manager first",
                self.name
            )),
            _ => Ok(()),
        }
    }

    /// The field that the database has an index of and that has the same values: the field itself, or the lookup whose `Id` it
    /// is.
    pub(crate) fn indexed(&self, path: &FieldPath) -> Option<FieldPath> {
        let lookup = path.as_str().strip_suffix(".Id").filter(|root| {
            let field = self.definition.field(root);
            field.is_some_and(Field::is_lookup)
        });
        let name = lookup.unwrap_or(path.as_str());
        let is_custom = |field: &Field| !field.is_protected && field.is_filterable();
        let has_index = has_index(name) || self.definition.field(name).is_some_and(is_custom);
        has_index.then(|| FieldPath::parse(name)).flatten()
    }

    /// The field that a path starts with; `None` for one that takes any value.
    fn reach(&self, path: &FieldPath) -> Result<Option<&Field>, String> {
        let field = self.field(path.root())?;
        let nested = path.segments().nth(1).is_some();
        match field {
            Some(field) if nested && !field.has_parts() => Err(format!(
                "'{path}' reaches into '{}', which is no lookup",
                path.root()
            )),
            _ => Ok(field),
        }
    }

    fn undefined(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            definition: standard::undefined(),
            is_undefined: true,
        }
    }

    fn check_field(&self, name: &str, value: &Value) -> Result<(), String> {
        let Some(field) = self.field(name)? else {
            return Ok(());
        };
        self.definition
            .check_value(field, value)
            .map_err(|fault| format!("field '{name}' of {} {fault}", self.name))
    }

    /// The field of this name; `None` for one that takes any value.
    fn field(&self, name: &str) -> Result<Option<&Field>, String> {
        if !is_field_name(name) {
            return Err(format!(
                "'{name}' is no field name: use letters, digits and underscores, at most \
                 {MAX_FIELD_NAME}"
            ));
        }
        let definition = &self.definition;
        if let Some(field) = definition.field(name) {
            return Ok(Some(field));
        }
        if self.is_undefined {
            return Ok(None);
        }
        let is_custom = name.ends_with("_c");
        if definition.is_open && (is_custom || !definition.is_protected) {
            return Ok(None);
        }
        let near = definition
            .field_metadata
            .iter()
            .map(|field| field.field_name.as_str())
            .find(|field| field.eq_ignore_ascii_case(name));
        let remedy = match near {
            Some(near) => format!("names keep their case: '{near}'"),
            None if is_custom => "define it through Schema Manager first".to_owned(),
            None => "the names of custom fields end in _c".to_owned(),
        };
        Err(format!("{} has no field '{name}'; {remedy}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(object: &Object, row: Value) -> Vec<String> {
        object
            .check_row(row.as_object().unwrap())
            .err()
            .unwrap_or_default()
    }

    #[test]
    fn a_custom_object_ends_in_c() {
        for good in ["CustomObject_c", "a_c", "A1_b_c"] {
            assert!(Object::custom(good).is_ok(), "{good}");
        }
        let long = format!("{}_c", "a".repeat(51));
        for bad in [
            "",
            "_c",
            "Account",
            "My-Object_c",
            "Wörter_c",
            "a b_c",
            &long,
        ] {
            assert!(Object::custom(bad).is_err(), "{bad}");
        }
        assert_eq!(
            Object::custom_by_short_name("CustomObject").unwrap().name(),
            "CustomObject_c"
        );
    }

    #[test]
    fn a_row_is_checked_by_type() {
        let account = Object::standard("Account").unwrap();
        assert!(faults(&account, json!({
            "Name": "Acme", "Phone": null, "IsPartner": false, "AnnualRevenue": 5, "Level_c": [1],
            "Owner": {"Id": "u", "Name": null}, "ETag": 7,
        }))
        .is_empty());
        assert_eq!(
            faults(
                &account,
                json!({
                    "AnnualRevenue": 3_000_000_000_i64, "IsPartner": "no", "Name": 4, "Owner": "u",
                })
            ),
            [
                "field 'AnnualRevenue' of Account must be a 32-bit integer, or null",
                "field 'IsPartner' of Account must be true or false, or null",
                "field 'Name' of Account must be a text, or null",
                "field 'Owner' of Account must be an object of texts such as {\"Id\": \"...\"}, or null",
            ]
        );
    }

    #[test]
    fn an_unknown_field_is_named() {
        let account = Object::standard("Account").unwrap();
        assert_eq!(
            faults(&account, json!({"Colour": "red", "name": "x"})),
            [
                "Account has no field 'Colour'; the names of custom fields end in _c",
                "Account has no field 'name'; names keep their case: 'Name'",
            ]
        );
        let custom = Object::custom("Rack_c").unwrap();
        assert!(faults(&custom, json!({"Colour": "red", "Deep": {"a": [1]}})).is_empty());
        assert_eq!(faults(&custom, json!({"a\"b": 1})).len(), 1);
    }

    #[test]
    fn a_path_reaches_into_lookups_only() {
        let check = |object: &Object, path| object.check_path(&FieldPath::parse(path).unwrap());
        let contact = Object::standard("Contact").unwrap();
        assert!(check(&contact, "Account.Id").is_ok());
        assert!(check(&contact, "CreatedBy.Name").is_ok());
        assert!(check(&contact, "Email.Domain").is_err());
        assert!(check(&contact, "StageName").is_err());
        let custom = Object::custom("Rack_c").unwrap();
        assert!(check(&custom, "Site.Room.Row").is_ok());
    }
}
