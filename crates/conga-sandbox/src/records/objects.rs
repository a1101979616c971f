//! The objects and their fields.
//!
//! Account, Contact and Opportunity have the fields of their published request examples, the fields
//! every record has, and any custom field (its name ends in `_c`). A custom object takes any field.

use serde_json::{Map, Value};

use super::value::{FieldPath, is_field_name};

/// An object: a kind of record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    name: String,
    /// The fields of a standard object; `None` for a custom object.
    fields: Option<&'static [(&'static str, Type)]>,
}

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    /// Text or null.
    Text,
    /// A 32-bit integer.
    Int,
    /// A boolean.
    Bool,
    /// A lookup: an object of texts (`Id`, `Name`) or null.
    Lookup,
}

/// Fields that the platform sets itself; in a request they are ignored.
pub(crate) const READ_ONLY: [&str; 5] = [
    "CreatedBy",
    "CreatedDate",
    "ModifiedBy",
    "ModifiedDate",
    "ETag",
];

impl Object {
    /// Account, Contact or Opportunity.
    pub(crate) fn standard(name: &str) -> Option<Self> {
        let fields = match name {
            "Account" => ACCOUNT,
            "Contact" => CONTACT,
            "Opportunity" => OPPORTUNITY,
            _ => return None,
        };
        Some(Self {
            name: name.to_owned(),
            fields: Some(fields),
        })
    }

    /// An object that a service keeps for itself. It takes any field.
    #[allow(dead_code, reason = "services use what they need")]
    pub(crate) fn internal(name: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            fields: None,
        }
    }

    /// A custom object: letters, digits and underscores, ending in `_c`.
    pub(crate) fn custom(name: &str) -> Result<Self, String> {
        let fits = name.len() <= 52
            && name.strip_suffix("_c").is_some_and(|stem| !stem.is_empty())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !fits {
            return Err(format!(
                "'{name}' is no name of a custom object: use letters, digits and underscores, \
                 at most 52, ending in _c"
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            fields: None,
        })
    }

    /// A custom object whose name may lack its `_c`.
    pub(crate) fn custom_by_short_name(name: &str) -> Result<Self, String> {
        if name.ends_with("_c") {
            Self::custom(name)
        } else {
            Self::custom(&format!("{name}_c"))
        }
    }

    /// The object's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
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
        let field_type = self.field_type(path.root())?;
        let nested = path.segments().nth(1).is_some();
        match field_type {
            Some(Type::Text | Type::Int | Type::Bool) if nested => Err(format!(
                "'{path}' reaches into '{}', which is no lookup",
                path.root()
            )),
            _ => Ok(()),
        }
    }

    fn check_field(&self, name: &str, value: &Value) -> Result<(), String> {
        let Some(field_type) = self.field_type(name)? else {
            return Ok(());
        };
        if READ_ONLY.contains(&name) {
            return Ok(());
        }
        let (fits, wanted) = match field_type {
            Type::Text => (value.is_string() || value.is_null(), "text or null"),
            Type::Int => (
                value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
                "a 32-bit integer",
            ),
            Type::Bool => (value.is_boolean(), "true or false"),
            Type::Lookup => (
                value.is_null()
                    || value.as_object().is_some_and(|map| {
                        map.values().all(|part| part.is_string() || part.is_null())
                    }),
                "an object of texts such as {\"Id\": \"...\"}, or null",
            ),
        };
        if fits {
            Ok(())
        } else {
            Err(format!("field '{name}' of {} must be {wanted}", self.name))
        }
    }

    /// The type of a field; `None` for a field that takes any value.
    fn field_type(&self, name: &str) -> Result<Option<Type>, String> {
        if !is_field_name(name) {
            return Err(format!(
                "'{name}' is no field name: use letters, digits and underscores, at most 58"
            ));
        }
        let own = self.fields.unwrap_or_default();
        let known = COMMON.iter().chain(own);
        if let Some((_, field_type)) = known.clone().find(|(field, _)| *field == name) {
            return Ok(Some(*field_type));
        }
        if self.fields.is_none() || name.ends_with("_c") {
            return Ok(None);
        }
        let near = known
            .map(|(field, _)| *field)
            .find(|field| field.eq_ignore_ascii_case(name));
        Err(match near {
            Some(near) => format!(
                "{} has no field '{name}'; names keep their case: '{near}'",
                self.name
            ),
            None => format!(
                "{} has no field '{name}'; the names of custom fields end in _c",
                self.name
            ),
        })
    }
}

/// The fields of every record.
const COMMON: &[(&str, Type)] = &[
    ("Id", Type::Text),
    ("Name", Type::Text),
    ("ExternalId", Type::Text),
    ("CreatedBy", Type::Lookup),
    ("CreatedDate", Type::Text),
    ("ModifiedBy", Type::Lookup),
    ("ModifiedDate", Type::Text),
    ("ETag", Type::Text),
];

const ACCOUNT: &[(&str, Type)] = &[
    ("AccountNumber", Type::Text),
    ("AccountSource", Type::Text),
    ("AnnualRevenue", Type::Int),
    ("BillingAddress", Type::Text),
    ("BillingCity", Type::Text),
    ("BillingCountry", Type::Text),
    ("BillingCountryCode", Type::Text),
    ("BillingPostalCode", Type::Text),
    ("BillingState", Type::Text),
    ("BillingStreet", Type::Text),
    ("ChannelProgramLevelName", Type::Text),
    ("ChannelProgramName", Type::Text),
    ("Description", Type::Text),
    ("Fax", Type::Text),
    ("Industry", Type::Text),
    // Not in the request example: the published example of a criteria names it.
    ("IsActive", Type::Bool),
    ("IsCustomerPortal", Type::Text),
    ("IsPartner", Type::Bool),
    ("Owner", Type::Lookup),
    ("Ownership", Type::Text),
    ("Parent", Type::Lookup),
    ("Phone", Type::Text),
    ("PhotoUrl", Type::Text),
    ("PriceList", Type::Lookup),
    ("Rating", Type::Text),
    ("ShippingAddress", Type::Text),
    ("ShippingCity", Type::Text),
    ("ShippingCountry", Type::Text),
    ("ShippingCountryCode", Type::Text),
    ("ShippingPostalCode", Type::Text),
    ("ShippingState", Type::Text),
    ("ShippingStreet", Type::Text),
    ("Site", Type::Text),
    ("Type", Type::Text),
    ("Website", Type::Text),
];

const CONTACT: &[(&str, Type)] = &[
    ("Account", Type::Lookup),
    ("AssistantName", Type::Text),
    ("AssistantPhone", Type::Text),
    ("Birthdate", Type::Text),
    ("Department", Type::Text),
    ("Description", Type::Text),
    ("DoNotCall", Type::Text),
    ("Email", Type::Text),
    ("EmailBouncedDate", Type::Text),
    ("EmailBouncedReason", Type::Text),
    ("Fax", Type::Text),
    ("FirstName", Type::Text),
    ("HasOptedOutOfEmail", Type::Text),
    ("HasOptedOutOfFax", Type::Text),
    ("HomePhone", Type::Text),
    ("IsActive", Type::Bool),
    ("IsEmailBounced", Type::Bool),
    ("LastName", Type::Text),
    ("LeadSource", Type::Text),
    ("MailingAddress", Type::Text),
    ("MailingCity", Type::Text),
    ("MailingCountry", Type::Text),
    ("MailingCountryCode", Type::Text),
    ("MailingPostalCode", Type::Text),
    ("MailingState", Type::Text),
    ("MailingStreet", Type::Text),
    ("MobilePhone", Type::Text),
    ("OtherAddress", Type::Text),
    ("OtherCity", Type::Text),
    ("OtherCountry", Type::Text),
    ("OtherCountryCode", Type::Text),
    ("OtherPhone", Type::Text),
    ("OtherPostalCode", Type::Text),
    ("OtherState", Type::Text),
    ("OtherStreet", Type::Text),
    ("Owner", Type::Lookup),
    ("Phone", Type::Text),
    ("PhotoUrl", Type::Text),
    ("Salutation", Type::Text),
    ("Title", Type::Text),
];

const OPPORTUNITY: &[(&str, Type)] = &[
    ("Account", Type::Lookup),
    ("Contact", Type::Lookup),
    ("Description", Type::Text),
    ("FiscalYear", Type::Text),
    ("ForecastCategory", Type::Text),
    ("ForecastCategoryName", Type::Text),
    ("HasOpenActivity", Type::Bool),
    ("HasOpportunityLineItem", Type::Text),
    ("IsActive", Type::Bool),
    ("LeadSource", Type::Text),
    ("StageName", Type::Text),
    ("TotalOpportunityQuantity", Type::Text),
];

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
                "field 'AnnualRevenue' of Account must be a 32-bit integer",
                "field 'IsPartner' of Account must be true or false",
                "field 'Name' of Account must be text or null",
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
