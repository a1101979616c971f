//! What a merge is asked to do.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::mailing::MergeMail;
use crate::composer::{self, Data, Fault, Format, Locale, Looks};
use crate::failure::Failure;
use crate::files::FileName;
use crate::services::sources::{self, Source, output_name};

/// A merge makes at most this many files.
const MAX_FILES: usize = 1_000;

/// The published `ComposerMergeRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Request {
    json_data: Option<String>,
    template_sources: Option<Vec<TemplateSource>>,
    salesforce_request: Option<SalesforceRequest>,
    legacy_options: Option<BTreeMap<String, String>>,
    adaptation: Option<Adaptation>,
    pub(super) destinations: Option<Vec<Destination>>,
    save_copy: Option<SaveCopy>,
    locale: Option<String>,
    data_sources: Option<Vec<Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TemplateSource {
    file_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SalesforceRequest {
    template_id: Option<String>,
    master_id: Option<String>,
    email_template_id: Option<String>,
    related_contact_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Adaptation {
    #[serde(rename = "convertToPDF")]
    convert_to_pdf: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SaveCopy {
    enabled: Option<bool>,
}

/// The published `DestinationRequest`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Destination {
    pub(super) integration_name: Option<String>,
    pub(super) folder_id: Option<String>,
}

/// A merge, with all that it needs.
#[derive(Debug)]
pub(super) struct Order {
    templates: Vec<Result<Source, Fault>>,
    rows: Vec<Row>,
    format: Option<Format>,
    file_name: Option<String>,
    locale: Locale,
    /// Whether the files are to be looked at before anything is done with them.
    pub(super) is_preview: bool,
    /// Where the files go: the destinations asked for, and the record if a copy is to be saved.
    pub(super) destinations: Vec<Destination>,
    /// The record that the merge is of: object and id.
    pub(super) master: Option<(String, String)>,
    /// The e-mail that goes with the files, if the request names a template for it.
    pub(super) mail: Option<MergeMail>,
}

/// What one row of the data makes.
#[derive(Debug)]
struct Row {
    id: Option<String>,
    file_name: Option<String>,
    data: Result<Data, Fault>,
}

/// A file that was made, or why it was not.
#[derive(Debug)]
pub(super) struct Made {
    /// The row's id, if it gives one.
    pub(super) row: Option<String>,
    pub(super) outcome: Result<(FileName, Vec<u8>), Fault>,
}

impl Order {
    /// Reads a request, and finds what it names. `uploaded` are templates that came with it.
    ///
    /// # Errors
    ///
    /// 400 for a request without template, with JSON data that is none, or with a webhook. A template or record that is
    /// not there is a fault of the merge, not of the request.
    pub(super) fn read(
        tx: &Transaction<'_>,
        now: DateTime<Utc>,
        request: Request,
        uploaded: Vec<Result<Source, Fault>>,
    ) -> Result<Self, Failure> {
        if request
            .data_sources
            .is_some_and(|sources| !sources.is_empty())
        {
            return Err(Failure::invalid(
                "dataSources: the sandbox calls no webhooks; send the data as jsonData",
            ));
        }
        let options = request.legacy_options.unwrap_or_default();
        let option = |name: &str| {
            let mut options = options.iter();
            let found = options.find(|(key, _)| key.eq_ignore_ascii_case(name));
            found
                .map(|(_, value)| value.trim())
                .filter(|value| !value.is_empty())
        };
        let salesforce = request.salesforce_request.unwrap_or_default();
        let mut templates = uploaded;
        let sources = request.template_sources.unwrap_or_default();
        let named = sources
            .iter()
            .filter_map(|source| source.file_id.as_deref());
        let listed = salesforce.template_id.as_deref().unwrap_or_default();
        for id in named.chain(listed.split(',')).map(str::trim) {
            if !id.is_empty() {
                templates.push(sources::find(tx, now, id)?);
            }
        }
        if templates.is_empty() {
            return Err(Failure::invalid(
                "the merge has no template; name one in templateSources or as salesforceRequest.templateId",
            ));
        }
        let mut master = None;
        let mut base = Ok(Data::new());
        if let Some(id) = salesforce.master_id.filter(|id| !id.is_empty()) {
            match sources::record(tx, None, &id)? {
                Some((object, record)) => {
                    base = Ok(sources::data(tx, &object, record)?);
                    master = Some((object, id));
                }
                None => base = Err(Fault::new(format!("no record has the id '{id}'"))),
            }
        }
        let given = given_rows(request.json_data.as_deref())?;
        let template = salesforce.email_template_id.filter(|id| !id.is_empty());
        let mail = template.map(|template| MergeMail {
            template,
            contact: salesforce.related_contact_id.filter(|id| !id.is_empty()),
            row: given.as_ref().and_then(|rows| rows.first().cloned()),
        });
        let rows = rows(given, &base);
        if rows.len().saturating_mul(templates.len()) > MAX_FILES {
            return Err(Failure::invalid(format!(
                "the merge would make more than {MAX_FILES} files; send the rows in several merges"
            )));
        }
        let as_pdf = option("DefaultPDF") == Some("1")
            || request
                .adaptation
                .and_then(|adaptation| adaptation.convert_to_pdf)
                == Some(true);
        let mut destinations = request.destinations.unwrap_or_default();
        if request.save_copy.and_then(|copy| copy.enabled) == Some(true) {
            destinations.push(Destination {
                integration_name: Some("salesforce".to_owned()),
                folder_id: None,
            });
        }
        Ok(Self {
            templates,
            rows,
            format: as_pdf.then_some(Format::Pdf),
            file_name: option("OFN")
                .or_else(|| option("OutputFileName"))
                .map(str::to_owned),
            locale: Locale::of(request.locale.as_deref().unwrap_or_default()),
            is_preview: option("DS7Preview") == Some("1"),
            destinations,
            master,
            mail,
        })
    }

    /// Makes the files: for each row one from each template.
    pub(super) fn carry_out(&self) -> Vec<Made> {
        let mut made = Vec::new();
        for row in &self.rows {
            for template in &self.templates {
                made.push(Made {
                    row: row.id.clone(),
                    outcome: self.make(row, template),
                });
            }
        }
        made
    }

    fn make(
        &self,
        row: &Row,
        template: &Result<Source, Fault>,
    ) -> Result<(FileName, Vec<u8>), Fault> {
        let template = template.clone()?;
        let data = row.data.clone()?;
        let merged = composer::merge(&template.content, template.format, &data, &self.locale)?;
        let format = self.format.unwrap_or(template.format);
        let content = composer::convert(&merged, template.format, format, &Looks::default())?;
        let name = row.file_name.as_ref().or(self.file_name.as_ref());
        let name = match name {
            Some(name) => composer::fill(name, &data, &self.locale)?,
            None => template.name.stem().to_owned(),
        };
        Ok((output_name(&name, format)?, content))
    }
}

/// The rows of the JSON data, if there is any.
fn given_rows(json_data: Option<&str>) -> Result<Option<Vec<Value>>, Failure> {
    let Some(text) = json_data.filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    let data: Value = serde_json::from_str(text)
        .map_err(|error| Failure::invalid(format!("jsonData is not a JSON text: {error}")))?;
    Ok(Some(match data {
        Value::Array(rows) => rows,
        row => vec![row],
    }))
}

/// The rows over the data of the record; without any, that is the one row.
fn rows(given: Option<Vec<Value>>, base: &Result<Data, Fault>) -> Vec<Row> {
    let Some(rows) = given else {
        return vec![Row {
            id: None,
            file_name: None,
            data: base.clone(),
        }];
    };
    rows.into_iter().map(|row| Row::read(row, base)).collect()
}

/// The data of one row of the JSON data, over that of the record.
pub(super) fn row_data(row: Value, base: &Result<Data, Fault>) -> Result<Data, Fault> {
    Row::read(row, base).data
}

impl Row {
    fn read(row: Value, base: &Result<Data, Fault>) -> Self {
        let fields = match row {
            Value::Object(fields) => fields,
            _ => {
                return Self {
                    id: None,
                    file_name: None,
                    data: Err(Fault::new("a row of jsonData is no JSON object")),
                };
            }
        };
        let id = match fields.get("Id") {
            Some(Value::String(id)) => Some(id.clone()),
            Some(Value::Number(id)) => Some(id.to_string()),
            _ => None,
        };
        let options = fields.get("DocumentOptions").and_then(Value::as_object);
        let file_name = options
            .and_then(|options| options.get("OutputName"))
            .and_then(Value::as_str)
            .map(str::to_owned);
        let is_wrapped =
            fields.contains_key("DocumentOptions") || fields.contains_key("EmailOptions");
        let data = match (fields.get("Data"), is_wrapped) {
            (Some(Value::Object(data)), _) => over(base, data),
            (None, false) => over(base, &fields),
            (Some(_), false) => over(base, &fields),
            _ => Err(Fault::new("the row has no Data: an object of merge fields")),
        };
        Self {
            id,
            file_name,
            data,
        }
    }
}

fn over(base: &Result<Data, Fault>, fields: &Map<String, Value>) -> Result<Data, Fault> {
    base.clone().map(|base| base.with_fields(fields))
}
