//! The definitions that every tenant starts with.
//!
//! Account, Contact and Opportunity have the fields of their published request examples, and every object has
//! the fields of every record. Which standard fields are indexed is not published; here all pass for it, so that a
//! criteria may name any. The database itself has indexes of those that [`super::super::store`] lists; asking for another reads
//! all records of the object.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::{DataType, Definition, Entry, Field, Picklist, RECORD_TYPES};

/// The names of the standard objects.
pub(crate) const NAMES: [&str; 3] = ["Account", "Contact", "Opportunity"];

/// A standard object's definition.
pub(crate) fn definition(name: &str) -> Option<Arc<Definition>> {
    STANDARD.get(name).cloned()
}

/// What is known of the records of an object that takes any field.
pub(crate) fn undefined() -> Arc<Definition> {
    static UNDEFINED: LazyLock<Arc<Definition>> = LazyLock::new(|| {
        Arc::new(Definition {
            field_metadata: COMMON.iter().map(field).collect(),
            ..Definition::default()
        })
    });
    UNDEFINED.clone()
}

/// The definition of an object that has the fields of every record and no others.
pub(crate) fn bare(name: &str) -> Definition {
    let record_types = Picklist {
        name: RECORD_TYPES.to_owned(),
        picklist_entries: vec![Entry {
            value: "Master".to_owned(),
            display_text: Some("Master".to_owned()),
            sequence: 1,
            is_deprecated: false,
        }],
        ..Picklist::default()
    };
    Definition {
        name: name.to_owned(),
        display_name: Some(name.to_owned()),
        is_recycle_bin_enabled: true,
        field_metadata: COMMON.iter().chain([&RECORD_TYPE]).map(field).collect(),
        picklist_metadata: vec![record_types],
        is_open: true,
        ..Definition::default()
    }
}

static STANDARD: LazyLock<HashMap<&str, Arc<Definition>>> = LazyLock::new(|| {
    let object = |name: &'static str, fields: &[Row]| {
        let mut definition = bare(name);
        definition.is_protected = true;
        definition.is_shared = true;
        definition.is_allow_owner_scope = true;
        definition.category = Some("Standard".to_owned());
        definition.field_metadata.extend(fields.iter().map(field));
        (name, Arc::new(definition))
    };
    HashMap::from([
        object("Account", ACCOUNT),
        object("Contact", CONTACT),
        object("Opportunity", OPPORTUNITY),
    ])
});

/// A field: its name, its type, the object that a lookup names.
type Row = (&'static str, DataType, &'static str);

fn field((name, data_type, lookup): &Row) -> Field {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Field {
        field_name: (*name).to_owned(),
        display_name: Some((*name).to_owned()),
        data_type: *data_type,
        is_protected: true,
        is_index_field: true,
        is_sortable: true,
        is_unique: matches!(*name, "Id" | "ExternalId"),
        read_access: Some(true),
        write_access: Some(true),
        lookup_object_name: given(lookup),
        picklist_name: (*data_type == DataType::Picklist).then(|| (*name).to_owned()),
        ..Field::default()
    }
}

const TEXT: DataType = DataType::String;
const INT: DataType = DataType::Int;
const BOOL: DataType = DataType::Boolean;
const LOOKUP: DataType = DataType::Lookup;
const OWNER: DataType = DataType::Owner;

/// The fields of every record.
const COMMON: &[Row] = &[
    ("Id", TEXT, ""),
    ("Name", TEXT, ""),
    ("ExternalId", TEXT, ""),
    ("CreatedBy", LOOKUP, "User"),
    ("CreatedDate", DataType::DateTime, ""),
    ("ModifiedBy", LOOKUP, "User"),
    ("ModifiedDate", DataType::DateTime, ""),
    ("ETag", TEXT, ""),
];

/// The field of every object that has a definition.
const RECORD_TYPE: Row = (RECORD_TYPES, DataType::Picklist, "");

const ACCOUNT: &[Row] = &[
    ("AccountNumber", TEXT, ""),
    ("AccountSource", TEXT, ""),
    ("AnnualRevenue", INT, ""),
    ("BillingAddress", TEXT, ""),
    ("BillingCity", TEXT, ""),
    ("BillingCountry", TEXT, ""),
    ("BillingCountryCode", TEXT, ""),
    ("BillingPostalCode", TEXT, ""),
    ("BillingState", TEXT, ""),
    ("BillingStreet", TEXT, ""),
    ("ChannelProgramLevelName", TEXT, ""),
    ("ChannelProgramName", TEXT, ""),
    ("Description", TEXT, ""),
    ("Fax", TEXT, ""),
    ("Industry", TEXT, ""),
    // Not in the request example: the published example of a criteria names it.
    ("IsActive", BOOL, ""),
    ("IsCustomerPortal", TEXT, ""),
    ("IsPartner", BOOL, ""),
    ("Owner", OWNER, "User"),
    ("Ownership", TEXT, ""),
    ("Parent", LOOKUP, "Account"),
    ("Phone", TEXT, ""),
    ("PhotoUrl", TEXT, ""),
    ("PriceList", LOOKUP, "PriceList"),
    ("Rating", TEXT, ""),
    ("ShippingAddress", TEXT, ""),
    ("ShippingCity", TEXT, ""),
    ("ShippingCountry", TEXT, ""),
    ("ShippingCountryCode", TEXT, ""),
    ("ShippingPostalCode", TEXT, ""),
    ("ShippingState", TEXT, ""),
    ("ShippingStreet", TEXT, ""),
    ("Site", TEXT, ""),
    ("Type", TEXT, ""),
    ("Website", TEXT, ""),
];

const CONTACT: &[Row] = &[
    ("Account", LOOKUP, "Account"),
    ("AssistantName", TEXT, ""),
    ("AssistantPhone", TEXT, ""),
    ("Birthdate", TEXT, ""),
    ("Department", TEXT, ""),
    ("Description", TEXT, ""),
    ("DoNotCall", TEXT, ""),
    ("Email", TEXT, ""),
    ("EmailBouncedDate", TEXT, ""),
    ("EmailBouncedReason", TEXT, ""),
    ("Fax", TEXT, ""),
    ("FirstName", TEXT, ""),
    ("HasOptedOutOfEmail", TEXT, ""),
    ("HasOptedOutOfFax", TEXT, ""),
    ("HomePhone", TEXT, ""),
    ("IsActive", BOOL, ""),
    ("IsEmailBounced", BOOL, ""),
    ("LastName", TEXT, ""),
    ("LeadSource", TEXT, ""),
    ("MailingAddress", TEXT, ""),
    ("MailingCity", TEXT, ""),
    ("MailingCountry", TEXT, ""),
    ("MailingCountryCode", TEXT, ""),
    ("MailingPostalCode", TEXT, ""),
    ("MailingState", TEXT, ""),
    ("MailingStreet", TEXT, ""),
    ("MobilePhone", TEXT, ""),
    ("OtherAddress", TEXT, ""),
    ("OtherCity", TEXT, ""),
    ("OtherCountry", TEXT, ""),
    ("OtherCountryCode", TEXT, ""),
    ("OtherPhone", TEXT, ""),
    ("OtherPostalCode", TEXT, ""),
    ("OtherState", TEXT, ""),
    ("OtherStreet", TEXT, ""),
    ("Owner", OWNER, "User"),
    ("Phone", TEXT, ""),
    ("PhotoUrl", TEXT, ""),
    ("Salutation", TEXT, ""),
    ("Title", TEXT, ""),
];

const OPPORTUNITY: &[Row] = &[
    ("Account", LOOKUP, "Account"),
    ("Contact", LOOKUP, "Contact"),
    ("Description", TEXT, ""),
    ("FiscalYear", TEXT, ""),
    ("ForecastCategory", TEXT, ""),
    ("ForecastCategoryName", TEXT, ""),
    ("HasOpenActivity", BOOL, ""),
    ("HasOpportunityLineItem", TEXT, ""),
    ("IsActive", BOOL, ""),
    ("LeadSource", TEXT, ""),
    ("StageName", TEXT, ""),
    ("TotalOpportunityQuantity", TEXT, ""),
];
