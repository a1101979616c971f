//! The demo seed: whom the company's mail comes from, and two templates.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use serde_json::json;

use super::{categories, profiles, templates};
use crate::services::data::seed::{add, id};

/// Fills a new database.
pub(in crate::services) fn demo(tx: &Transaction<'_>, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let profile = json!({
        "Name": "Sales desk",
        "DisplayName": "Meridian Instruments, sales",
        "EmailAddress": "sales@meridian.example",
    });
    add(tx, now, profiles::object().name(), 0, profile)?;
    let (category, name) = (categories::object(), "Sales");
    let fields = json!({
        "Name": name,
        "CategoryType": "EmailTemplate",
        "AccessType": "Public",
        "Description": "What the sales desk writes",
    });
    add(tx, now, category.name(), 0, fields)?;
    let lookup = json!({"Id": id(category.name(), 0), "Name": name});
    let quote = json!({
        "Name": "Your quote",
        "TemplateType": "HTML",
        "Subject": "Your quote from Meridian Instruments, {{Account.Name}}",
        "Body": "Dear {{Recipient.FirstName}},\n\nyour quote {{Name}} is attached.\n\nThe sales desk\n",
        "HtmlValue": "<p>Dear {{Recipient.FirstName}},</p><p>your quote <b>{{Name}}</b> is attached.</p><p>The sales desk</p>",
        "ObjectName": "Proposal",
    });
    let renewal = json!({
        "Name": "Contract ends soon",
        "TemplateType": "Text",
        "Subject": "{{Name}} ends on {{AgreementEndDate \\@ \"d MMMM yyyy\"}}",
        "Body": "Dear {{Recipient.FirstName}},\n\nyour contract {{Name}} ends on {{AgreementEndDate \\@ \"d MMMM yyyy\"}}. Shall we renew it?\n\nThe sales desk\n",
        "ObjectName": "Agreement",
    });
    for (at, mut fields) in [quote, renewal].into_iter().enumerate() {
        fields["EmailTemplateCategory"] = lookup.clone();
        fields["AccessType"] = "Public".into();
        fields["IsActive"] = true.into();
        fields["IsDeleted"] = false.into();
        add(tx, now, templates::object().name(), at, fields)?;
    }
    Ok(())
}
