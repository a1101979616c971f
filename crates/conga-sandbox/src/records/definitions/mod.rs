//! Definitions of objects: their fields, picklists and rules, as Schema Manager publishes them.
//!
//! | room | what lives there |
//! |---|---|
//! | [`standard`] | the definitions that every tenant starts with |
//! | [`values`] | whether a value fits its field |
//! | [`rules`] | what a record must keep to beyond that: required, unique, picklists, references |
//! | [`table`] | the definitions of this tenant, in SQLite |
//!
//! The structures here have the published names (`ObjectMetadata`, `FieldMetadata`, ...), so that they are stored
//! and answered as they stand.

pub(crate) mod rules;
pub(crate) mod standard;
pub(crate) mod table;
pub(crate) mod values;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::objects::READ_ONLY;

/// The picklist that holds an object's record types.
pub(crate) const RECORD_TYPES: &str = "RecordType";

/// The published `ObjectMetadata`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Definition {
    pub(crate) name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) description: Option<String>,
    /// Whether the object is the platform's own.
    pub(crate) is_protected: bool,
    pub(crate) is_deprecated: bool,
    /// Whether single records can be shared with users.
    pub(crate) is_shared: bool,
    pub(crate) is_data_cache_enabled: bool,
    pub(crate) is_tracking_enabled: bool,
    pub(crate) is_allow_owner_scope: bool,
    pub(crate) category: Option<String>,
    pub(crate) object_type: ObjectType,
    pub(crate) is_recycle_bin_enabled: bool,
    pub(crate) field_metadata: Vec<Field>,
    pub(crate) picklist_metadata: Vec<Picklist>,
    pub(crate) dependent_picklist_metadata: Vec<DependentPicklist>,
    pub(crate) complex_field_metadata: Vec<Complex>,
    pub(crate) created_by: Value,
    pub(crate) created_date: Option<String>,
    pub(crate) modified_by: Value,
    pub(crate) modified_date: Option<String>,
    pub(crate) attributes: Attributes,
    /// Whether records may have custom fields that are not defined: true of an object until its first is. Not published.
    pub(crate) is_open: bool,
    /// Names and descriptions in other languages, by locale. Published by calls of their own.
    pub(crate) translations: BTreeMap<String, Vec<Translation>>,
}

/// The published `ObjectMetadataTranslation`: what a part of the object is called in another language.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Translation {
    pub(crate) scope: Scope,
    /// The object, field, complex field or picklist.
    pub(crate) name: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) description: Option<String>,
}

/// The published `TranslationScope`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Scope {
    #[default]
    Object,
    Field,
    Complex,
    Picklist,
}

/// The published `Attributes`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Attributes {
    pub(crate) publish_data_change_events: bool,
    pub(crate) track_audit_history: bool,
    pub(crate) is_internal_object: bool,
}

/// The published `ObjectType`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ObjectType {
    #[default]
    Default,
    Property,
}

/// The published `FieldMetadata`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Field {
    pub(crate) field_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) data_type: DataType,
    /// What a new record has where the request says nothing, written as text.
    pub(crate) default_value: Option<String>,
    /// Whether the field is the platform's own.
    pub(crate) is_protected: bool,
    pub(crate) is_index_field: bool,
    pub(crate) is_sortable: bool,
    pub(crate) is_required: bool,
    pub(crate) is_unique: bool,
    pub(crate) is_deprecated: bool,
    pub(crate) is_calculated: bool,
    pub(crate) is_internal_field: bool,
    pub(crate) is_alias_field: bool,
    pub(crate) read_access: Option<bool>,
    pub(crate) write_access: Option<bool>,
    /// The most characters of a text.
    pub(crate) length: Option<i32>,
    pub(crate) lookup_object_name: Option<String>,
    /// What the record that a lookup names must fit.
    pub(crate) lookup_filter_criteria: Option<String>,
    pub(crate) dependent_picklist_metadata_name: Option<String>,
    pub(crate) picklist_name: Option<String>,
    pub(crate) complex_metadata_name: Option<String>,
    pub(crate) auto_number_initial_seed: i32,
    pub(crate) auto_number_prefix: Option<String>,
    /// The most digits of a number; 0 for any.
    pub(crate) precision: i32,
    /// The most digits behind the point, where there is a precision.
    pub(crate) scale: i32,
    pub(crate) expression: Option<String>,
    pub(crate) expression_dependency: Option<Vec<String>>,
    pub(crate) alias_expression_dependency: Option<Vec<String>>,
    pub(crate) is_pre_computed: Option<bool>,
    pub(crate) reference_object: Option<String>,
    pub(crate) target_object: Option<String>,
    pub(crate) target_field: Option<String>,
    pub(crate) rollup_function: Option<String>,
    pub(crate) rollup_filter_criteria: Option<String>,
    pub(crate) alias_field_definition: Option<String>,
    pub(crate) alias_field_metadata_name: Option<String>,
    pub(crate) is_rich_text_field: bool,
    pub(crate) is_property_lookup: Option<bool>,
    pub(crate) identifier_type: IdentifierType,
}

/// The published `DataType`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DataType {
    #[default]
    String,
    Int,
    Double,
    Currency,
    Boolean,
    DateTime,
    AutoNumber,
    Lookup,
    Picklist,
    MultiPicklist,
    Identifier,
    LongString,
    Complex,
    ComplexArray,
    Reference,
    Rollup,
    Decimal,
    Image,
    Alias,
    Date,
    Owner,
}

/// The published `IdentifierType`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum IdentifierType {
    #[default]
    #[serde(rename = "UUIDv4")]
    Uuid,
    #[serde(rename = "UID18")]
    Uid18,
}

/// The published `PicklistMetadata`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Picklist {
    pub(crate) name: String,
    pub(crate) allow_non_configured_picklist_entries: bool,
    pub(crate) picklist_entries: Vec<Entry>,
    pub(crate) is_deprecated: bool,
}

/// The published `PicklistEntry`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Entry {
    pub(crate) value: String,
    pub(crate) display_text: Option<String>,
    pub(crate) sequence: i32,
    pub(crate) is_deprecated: bool,
}

/// The published `DependentPicklistMetadata`: which entries of a field go with which entry of another.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DependentPicklist {
    pub(crate) name: Option<String>,
    pub(crate) dependent_field_name: String,
    pub(crate) controlling_field_name: String,
    pub(crate) controlling_and_dependent_picklist_entries: Vec<Dependence>,
    pub(crate) is_deprecated: bool,
}

/// The published `ControllingAndDependentPicklistEntry`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Dependence {
    pub(crate) controlling_picklist_entry: String,
    pub(crate) dependent_picklist_entries: Vec<Entry>,
}

/// The published `ComplexFieldMetadata`: what a complex field is made of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Complex {
    pub(crate) name: String,
    pub(crate) fields: Vec<Field>,
}

impl Definition {
    /// The field of this name.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.field_metadata
            .iter()
            .find(|field| field.field_name == name)
    }

    /// The picklist of this name.
    pub(crate) fn picklist(&self, name: &str) -> Option<&Picklist> {
        self.picklist_metadata
            .iter()
            .find(|picklist| picklist.name == name)
    }

    /// What a complex field is made of.
    pub(crate) fn complex(&self, name: &str) -> Option<&Complex> {
        self.complex_field_metadata
            .iter()
            .find(|complex| complex.name == name)
    }

    /// The picklist of this name, to change it.
    pub(crate) fn picklist_mut(&mut self, name: &str) -> Option<&mut Picklist> {
        self.picklist_metadata
            .iter_mut()
            .find(|picklist| picklist.name == name)
    }

    /// The rule by which the entries of this field depend on another.
    pub(crate) fn dependence_of(&self, field: &str) -> Option<&DependentPicklist> {
        self.dependent_picklist_metadata
            .iter()
            .find(|dependent| dependent.dependent_field_name == field)
    }

    /// The fields that the tenant has defined.
    pub(crate) fn custom_fields(&self) -> impl Iterator<Item = &Field> {
        self.field_metadata
            .iter()
            .filter(|field| !field.is_protected)
    }
}

impl Field {
    /// Whether the platform sets the field itself; in a request it is ignored.
    pub(crate) fn is_set_by_platform(&self) -> bool {
        let computed = matches!(
            self.data_type,
            DataType::AutoNumber | DataType::Rollup | DataType::Alias
        );
        computed || self.is_calculated || READ_ONLY.contains(&self.field_name.as_str())
    }

    /// Whether a criteria may ask for the field.
    pub(crate) fn is_filterable(&self) -> bool {
        self.is_index_field || self.is_unique
    }

    /// The object whose records the field names, if it is a reference.
    pub(crate) fn refers_to(&self) -> Option<&str> {
        let name = match self.data_type {
            DataType::Lookup | DataType::Owner => self.lookup_object_name.as_deref(),
            DataType::Reference => self
                .reference_object
                .as_deref()
                .or(self.lookup_object_name.as_deref()),
            _ => None,
        };
        name.filter(|name| !name.is_empty())
    }

    /// Whether the field holds an object of texts with an `Id`.
    pub(crate) fn is_lookup(&self) -> bool {
        matches!(
            self.data_type,
            DataType::Lookup | DataType::Reference | DataType::Owner
        )
    }

    /// Whether a path may reach into the field.
    pub(crate) fn has_parts(&self) -> bool {
        self.is_lookup() || matches!(self.data_type, DataType::Complex | DataType::ComplexArray)
    }
}
