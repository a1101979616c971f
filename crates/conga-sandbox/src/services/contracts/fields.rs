//! The types of the fields that the platform knows. Bodies are free maps in the reference, answers are often typed:
//! what is written must fit what is read.

use serde_json::Value;

use crate::failure::Failure;
use crate::records::store::Record;
use crate::records::value::Scalar;

/// The type of a field. Null fits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    /// A date, or a date and time, with or without an offset.
    Date,
    Number,
    Bool,
    /// An object of texts: `Id` and `Name`.
    Lookup,
}

/// Fields by name, of each type. Any other field takes any value, as a custom field does.
pub(super) type Fields = &'static [(Type, &'static [&'static str])];

pub(super) const CONTRACT: Fields = &[
    (
        Type::Text,
        &[
            "ContractCategory",
            "ContractNumber",
            "Currency",
            "Description",
            "InitiationType",
            "RecordType",
            "Source",
            "SpecialTerms",
            "TermType",
            "TerminationComments",
        ],
    ),
    (
        Type::Date,
        &[
            "ActivatedDate",
            "AmendmentEffectiveDate",
            "ContractEndDate",
            "ContractStartDate",
            "ExecutedDate",
            "InternalRenewalStartDate",
            "RenewalNoticeDate",
            "RetentionDate",
            "TerminationDate",
            "TerminationNoticeIssueDate",
        ],
    ),
    (
        Type::Number,
        &[
            "AutoRenewTermMonths",
            "AutoRenewalTerms",
            "InternalRenewalNotificationDays",
            "RenewalNoticeDays",
            "TermMonths",
            "TerminationNoticeDays",
            "TotalContractValue",
        ],
    ),
    (Type::Bool, &["AutoRenewal", "Perpetual"]),
    (
        Type::Lookup,
        &[
            "Account",
            "ActivatedBy",
            "Opportunity",
            "ParentAgreement",
            "ParentContract",
            "PrimaryContact",
            "RecordOwner",
            "Supplier",
        ],
    ),
];

pub(super) const CLAUSE: Fields = &[
    (
        Type::Text,
        &[
            "Category",
            "Clause",
            "Comments",
            "DocumentVersionId",
            "Subcategory",
            "Text",
        ],
    ),
    (Type::Bool, &["MateriallySignificant"]),
    (Type::Lookup, &["Template"]),
];

pub(super) const OBLIGATION: Fields = &[
    (
        Type::Text,
        &[
            "AccountableParty",
            "AgreementClause",
            "AssigneeType",
            "Comments",
            "Description",
            "Frequency",
            "Obligation",
            "ObligationType",
            "Priority",
            "RecordType",
            "ReviewerType",
        ],
    ),
    (Type::Date, &["DueDate"]),
    (Type::Bool, &["PrintOnContract"]),
    (Type::Lookup, PEOPLE),
    (Type::Lookup, &["RecordOwner"]),
];

pub(super) const FULFILLMENT: Fields = &[
    (Type::Text, &["AssigneeType", "ReviewerType"]),
    (Type::Date, &["DueDate"]),
    (
        Type::Bool,
        &["applyToUpcomingAssignee", "applyToUpcomingReviewer"],
    ),
    (Type::Lookup, PEOPLE),
];

/// Who fulfils an obligation, and who reviews that.
pub(super) const PEOPLE: &[&str] = &[
    "Assignee",
    "AssigneeContact",
    "AssigneeSupplierContact",
    "AssigneeUserGroup",
    "Reviewer",
    "ReviewerContact",
    "ReviewerUserGroup",
];

/// Checks the known fields of a row; gives one message per fault.
pub(super) fn check(row: &Record, fields: Fields) -> Result<(), Failure> {
    let faults = fields.iter().flat_map(|(kind, names)| {
        let present = names
            .iter()
            .filter_map(|name| Some((name, row.get(*name)?)));
        present.filter_map(|(name, value)| kind.check(name, value).err())
    });
    let faults: Vec<String> = faults.collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Failure::Invalid(faults))
    }
}

/// Checks that each of these fields is a text with something in it; gives one message per fault.
pub(super) fn require(row: &Record, names: &[&str]) -> Result<(), Failure> {
    let lacks = |name: &&&str| {
        let value = row.get(**name);
        value.is_none_or(|value| value.as_str().is_none_or(|text| text.trim().is_empty()))
    };
    let faults: Vec<String> = names
        .iter()
        .filter(lacks)
        .map(|name| format!("{name} is required: a text that is not empty"))
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Failure::Invalid(faults))
    }
}

/// The instant of a field that is a date, in milliseconds since the epoch.
pub(super) fn instant(row: &Record, name: &str) -> Option<i64> {
    row.get(name).and_then(Scalar::of)?.instant
}

/// The id of a field that is a lookup.
pub(super) fn lookup_id<'a>(row: &'a Record, name: &str) -> Option<&'a str> {
    row.get(name)?
        .get("Id")?
        .as_str()
        .filter(|id| !id.is_empty())
}

impl Type {
    fn check(self, name: &str, value: &Value) -> Result<(), String> {
        let (fits, wanted) = match self {
            Self::Text => (value.is_string(), "a text"),
            Self::Date => (
                value.is_string()
                    && Scalar::of(value).is_some_and(|scalar| scalar.instant.is_some()),
                "a date such as 2026-01-31 or 2026-01-31T00:00:00Z",
            ),
            Self::Number => (value.is_number(), "a number"),
            Self::Bool => (value.is_boolean(), "true or false"),
            Self::Lookup => (
                value
                    .as_object()
                    .is_some_and(|map| map.values().all(|part| part.is_string() || part.is_null())),
                "an object of texts such as {\"Id\": \"...\"}",
            ),
        };
        if fits || value.is_null() {
            Ok(())
        } else {
            Err(format!("{name} is {wanted}, or null"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_fault_is_named_and_custom_fields_are_free() {
        let row = json!({
            "RecordType": 7, "ContractEndDate": "soon", "TotalContractValue": "1", "Perpetual": "yes",
            "Account": "A1", "Supplier": {"Id": [1]}, "Colour_c": {"deep": [1]}, "ContractCategory": null,
            "ContractStartDate": "2026-02-30",
        });
        let faults = check(row.as_object().unwrap(), CONTRACT)
            .unwrap_err()
            .messages();
        assert_eq!(faults.len(), 7, "{faults:#?}");
        assert_eq!(
            faults[1],
            "ContractEndDate is a date such as 2026-01-31 or 2026-01-31T00:00:00Z, or null"
        );
        let row = json!({
            "RecordType": "NDA", "ContractEndDate": "2026-12-31T00:00:00", "ContractStartDate": "2026-01-01",
            "TotalContractValue": 1.5, "Perpetual": false, "Account": {"Id": "A1", "Name": null},
        });
        assert!(check(row.as_object().unwrap(), CONTRACT).is_ok());
    }

    #[test]
    fn a_required_field_is_more_than_blanks() {
        let row = json!({"Name": " ", "RecordType": null});
        let faults = require(row.as_object().unwrap(), &["Name", "RecordType"])
            .unwrap_err()
            .messages();
        assert_eq!(
            faults,
            [
                "Name is required: a text that is not empty",
                "RecordType is required: a text that is not empty"
            ]
        );
    }
}
