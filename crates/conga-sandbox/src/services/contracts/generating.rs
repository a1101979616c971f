//! Documents that are made for a contract: generated from templates, previewed, joined, protected.
//!
//! Composer makes them of the contract: its fields, those of the records that it names, and its clauses, obligations and
//! team as data sets.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use super::contract;
use super::documents::{self, CONTRACT};
use super::lifecycle::Move;
use super::{actions, activity, clauses, settings, team};
use crate::composer::{self, Data, Format, Locale, Looks, Protection};
use crate::failure::Failure;
use crate::files::{self, FileName};
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::document_management::versions::{self, NewVersion};
use crate::services::reply::{params, success, warned};
use crate::services::sources::{self, Source};
use crate::services::{Session, World};

/// The watermark where a document is to have one and the call does not say which.
const WATERMARK: &str = "DRAFT";

/// The published `DocGenAttributes` and `DocumentPreviewRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Attributes {
    template_id: String,
    include_watermark: bool,
    watermark_text: Option<String>,
    output_format: Option<String>,
    protection_level: Option<String>,
}

/// The published `DocumentJoinRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct JoinRequest {
    document_ids: Vec<String>,
    document_output_options: Option<OutputOptions>,
}

/// The published `OutputOptions`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct OutputOptions {
    file_name: String,
    #[serde(rename = "ConvertToPDF")]
    convert_to_pdf: bool,
    protection_level: Option<String>,
    header_footer: Option<HeaderFooter>,
    document_type: Option<String>,
    include_watermark: bool,
    watermark_text: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct HeaderFooter {
    header_text: Option<String>,
    footer_text: Option<String>,
}

/// The published `ProtectDocumentRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ProtectRequest {
    document_action: Option<String>,
    user_selected_protection_level: Option<String>,
}

/// How a document comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Generate,
    Regenerate,
    Supplement,
    Preview,
    Join,
}

/// A document that was made.
#[derive(Debug)]
struct Made {
    name: FileName,
    content: Vec<u8>,
    /// What was asked for and is not shown.
    warnings: Vec<String>,
}

impl Action {
    /// The published `DocumentAction`.
    fn word(self) -> &'static str {
        match self {
            Self::Generate => "GENERATE",
            Self::Regenerate => "REGENERATE",
            Self::Supplement => "GENERATE_SUPPORTING_DOCUMENT",
            Self::Preview => "PREVIEW",
            Self::Join => "JOIN",
        }
    }

    /// The type of the documents that come of it.
    fn document_type(self) -> &'static str {
        match self {
            Self::Supplement => "SupportingDocument",
            _ => "AgreementDocument",
        }
    }
}

/// `POST contracts/{contractId}/generate`: a new document; the contract goes to authoring.
pub(super) fn generate(world: &World, call: &Call) -> Result<Answer, Failure> {
    keep_merged(world, call, Action::Generate)
}

/// `POST contracts/{contractId}/regenerate`: the next version of the document that was generated last.
pub(super) fn regenerate(world: &World, call: &Call) -> Result<Answer, Failure> {
    keep_merged(world, call, Action::Regenerate)
}

/// `POST contracts/{contractId}/supportingdocument`: a new document.
pub(super) fn supplement(world: &World, call: &Call) -> Result<Answer, Failure> {
    keep_merged(world, call, Action::Supplement)
}

/// `POST contracts/{contractId}/previewdocument`: the document, which is not kept.
pub(super) fn preview(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: Attributes = params::read(call)?;
    let made = merged(world, call, &request, Action::Preview)?;
    Ok(warned(result(&Record::new(), &made), made.warnings))
}

/// `POST contracts/{contractId}/joindocuments`: a new document.
pub(super) fn join(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: JoinRequest = params::read(call)?;
    let options = request.document_output_options.unwrap_or_default();
    if request.document_ids.is_empty() || options.file_name.trim().is_empty() {
        return Err(Failure::invalid(
            "DocumentIds needs at least one document of the contract, and DocumentOutputOptions a FileName",
        ));
    }
    let level = level(options.protection_level.as_deref())?;
    let parts = world.store.read(|tx| {
        contract::of_call(tx, call)?;
        let parts = request.document_ids.iter().map(|id| {
            let source = source(tx, call, id)?;
            Ok::<_, Failure>((source.content, source.format))
        });
        parts.collect::<Result<Vec<_>, _>>()
    })?;
    let format = if options.convert_to_pdf {
        Format::Pdf
    } else {
        Format::Docx
    };
    let margins = options.header_footer.unwrap_or_default();
    let looks = Looks {
        header: margins.header_text.filter(|text| !text.is_empty()),
        footer: margins.footer_text.filter(|text| !text.is_empty()),
        watermark: watermark(options.include_watermark, options.watermark_text),
        made: Some(world.clock.now()),
        page_numbers: false,
    };
    let content = composer::join(&parts, format, &looks)?;
    let name = sources::output_name(&options.file_name, format)?;
    let made = finish(name, content, format, &looks, level)?;
    let document = world.write(call, |session| {
        let stored = contract::of_call(session.tx, call)?;
        let document = keep(session, call, &made, Action::Join, |fields| {
            if let Some(kind) = options.document_type.filter(|kind| !kind.is_empty()) {
                fields.insert("DocumentType".to_owned(), kind.into());
            }
        })?;
        log(session, call, &stored.record, Action::Join)?;
        Ok(document)
    })?;
    let id = document.get("DocumentId");
    let data = json!({
        "Message": "the documents were joined",
        "DocumentId": id,
        "DocumentParentId": id,
        "DocumentExtension": document.get("Extension"),
        "Status": true,
    });
    Ok(warned(data, made.warnings))
}

/// `POST contracts/{contractId}/documents/{documentId}/protect`: a protected copy, which is not kept.
pub(super) fn protect(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: ProtectRequest = params::read(call)?;
    let selected = level(request.user_selected_protection_level.as_deref())?;
    let action = request.document_action.unwrap_or_default();
    let id = call.path_param("documentId").unwrap_or_default();
    let (source, set) = world.store.read(|tx| {
        contract::of_call(tx, call)?;
        Ok::<_, Failure>((source(tx, call, id)?, set_level(tx, call, &action)?))
    })?;
    if source.format != Format::Docx {
        return Err(Failure::invalid(format!(
            "'{}' is no DOCX; only those are protected",
            source.name.as_str()
        )));
    }
    let level = selected.or(set).ok_or_else(|| {
        Failure::invalid(
            "no protection setting applies to your role and this DocumentAction; choose a UserSelectedProtectionLevel",
        )
    })?;
    let content = composer::protect(&source.content, level, None)?;
    let content = BASE64_STANDARD.encode(content);
    Ok(success(
        json!([{"DocumentId": id, "ProtectedDocument": content}]),
    ))
}

/// `POST templates/query`.
pub(super) fn templates(world: &World, call: &Call) -> Result<Answer, Failure> {
    let empty = Record::new();
    let request = call.json().and_then(Value::as_object).unwrap_or(&empty);
    let wanted = |name: &str| {
        let wanted = store::text(request, name).unwrap_or_default();
        wanted.to_lowercase()
    };
    let (kind, name) = (wanted("Type"), wanted("Name"));
    let types = texts(request, "RecordTypes");
    let found = world.store.read(sources::templates)?;
    let fitting = found.iter().filter(|template| {
        let field = |name: &str| {
            let field = store::text(template, name).unwrap_or_default();
            field.to_lowercase()
        };
        let own = texts(template, "RecordTypes");
        (kind.is_empty() || field("Type") == kind)
            && field("Name").contains(&name)
            && (types.is_empty() || own.is_empty() || own.iter().any(|one| types.contains(one)))
    });
    let data = json!({
        "RequestQueryBodyValue": request,
        "ResponseBody": fitting.map(template).collect::<Vec<_>>(),
    });
    Ok(success(data))
}

/// Merges a template and keeps the document.
fn keep_merged(world: &World, call: &Call, action: Action) -> Result<Answer, Failure> {
    let request: Attributes = params::read(call)?;
    let made = merged(world, call, &request, action)?;
    let document = world.write(call, |session| {
        let stored = contract::of_call(session.tx, call)?;
        if action == Action::Generate {
            actions::perform(session, stored, Move::Author)?;
        } else {
            log(session, call, &stored.record, action)?;
        }
        keep(session, call, &made, action, |fields| {
            fields.insert("TemplateId".to_owned(), request.template_id.into());
        })
    })?;
    Ok(warned(result(&document, &made), made.warnings))
}

/// Merges a template with a contract.
fn merged(
    world: &World,
    call: &Call,
    request: &Attributes,
    action: Action,
) -> Result<Made, Failure> {
    let asked = level(request.protection_level.as_deref())?;
    let (template, contract, data, output, set) = world.store.read(|tx| {
        let contract = contract::of_call(tx, call)?.record;
        let template = sources::find(tx, world.clock.now(), &request.template_id)??;
        let data = data(tx, call, &contract)?;
        let kind = store::text(&contract, "RecordType");
        let roles = team::roles_of(tx, call)?;
        let output = settings::output(tx, kind, action.word(), &roles)?;
        let set = set_level(tx, call, action.word())?;
        Ok::<_, Failure>((template, contract, data, output, set))
    })?;
    let format = match output.format(request.output_format.as_deref()) {
        Some(format) => Format::of_extension(&format.to_ascii_lowercase())?,
        None => template.format,
    };
    let is_marked = output.is_marked(request.include_watermark);
    let looks = Looks {
        watermark: watermark(is_marked, request.watermark_text.clone()),
        made: Some(world.clock.now()),
        ..Looks::default()
    };
    let locale = Locale::of("");
    let content = composer::merge(&template.content, template.format, &data, &locale)?;
    let content = composer::convert(&content, template.format, format, &looks)?;
    let contract = store::text(&contract, "Name").unwrap_or_default();
    let name = format!("{contract} - {}", template.name.stem());
    let name = sources::output_name(&name, format)?;
    finish(name, content, format, &looks, asked.or(set))
}

/// The data of a contract: of a clause's versions the latest, and the obligations that are to be printed.
fn data(tx: &Transaction<'_>, call: &Call, contract: &Record) -> Result<Data, Failure> {
    let data = sources::data(tx, CONTRACT, contract.clone())?;
    let clauses = clauses::latest(tx, contract::id_of(call))?;
    let clauses = clauses.into_iter().map(Value::Object).collect();
    let obligations = contract::parts("AgreementObligation", contract::id_of(call)).all(tx)?;
    let obligations = obligations
        .into_iter()
        .map(|stored| stored.record)
        .filter(|one| one.get("PrintOnContract") != Some(&Value::Bool(false)))
        .map(Value::Object);
    Ok(data
        .with("AgreementClause", clauses)
        .with("AgreementObligation", obligations.collect()))
}

/// Protects a document, and tells what could not be done to one of its format.
fn finish(
    name: FileName,
    content: Vec<u8>,
    format: Format,
    looks: &Looks,
    level: Option<Protection>,
) -> Result<Made, Failure> {
    let mut warnings = Vec::new();
    if !looks.is_plain() && !matches!(format, Format::Pdf | Format::PdfA) {
        warnings.push("only a PDF shows watermarks, headers and footers".to_owned());
    }
    let content = match level {
        Some(level) if format == Format::Docx => composer::protect(&content, level, None)?,
        None | Some(Protection::Nothing) => content,
        Some(_) => {
            warnings.push("the document is not protected: only a DOCX is".to_owned());
            content
        }
    };
    Ok(Made {
        name,
        content,
        warnings,
    })
}

/// Makes a file a document of the contract.
fn keep(
    session: &Session<'_>,
    call: &Call,
    made: &Made,
    action: Action,
    describe: impl FnOnce(&mut Record),
) -> Result<Record, Failure> {
    let earlier = match action {
        Action::Regenerate => Some(generated(session.tx, call)?),
        _ => None,
    };
    let mut fields = Record::from_iter([
        ("ObjectType".to_owned(), CONTRACT.into()),
        ("ObjectId".to_owned(), contract::id_of(call).into()),
        ("DocumentType".to_owned(), action.document_type().into()),
        ("Action".to_owned(), action.word().into()),
    ]);
    describe(&mut fields);
    let file = files::add(session.tx, &made.name, None, &made.content)?;
    let new = NewVersion {
        document_id: earlier.as_deref(),
        version_id: None,
        file: &file,
        fields,
    };
    versions::add(session, new)
}

/// The id of the document of a contract that was generated last.
fn generated(tx: &Transaction<'_>, call: &Call) -> Result<String, Failure> {
    let all = documents::of(tx, CONTRACT, contract::id_of(call))?;
    let words = [Action::Generate.word(), Action::Regenerate.word()];
    let mut generated = all.iter().rev().filter(|document| {
        let action = store::text(document, "Action");
        action.is_some_and(|action| words.contains(&action))
    });
    let last = generated.next().map(documents::document_id);
    last.map(str::to_owned).ok_or_else(|| {
        Failure::invalid("the contract has no generated document; generate one first")
    })
}

/// Notes in the contract's history what left its status.
fn log(
    session: &Session<'_>,
    call: &Call,
    contract: &Record,
    action: Action,
) -> Result<(), Failure> {
    let word = match action {
        Action::Regenerate => "RegenerateDocument",
        Action::Join => "JoinDocuments",
        _ => "GenerateSupportingDocument",
    };
    activity::log(session, contract::id_of(call), word, contract, None)
}

/// A document of the contract, with its content.
fn source(tx: &Transaction<'_>, call: &Call, id: &str) -> Result<Source, Failure> {
    let document = documents::find(tx, (CONTRACT, contract::id_of(call)), id)?;
    let file = versions::file(tx, &document.record)?;
    let content = files::read(tx, &file)?;
    Ok(Source::new(FileName::new(&file.name)?, content)?)
}

/// The protection that the settings want for an action of the caller.
fn set_level(
    tx: &Transaction<'_>,
    call: &Call,
    action: &str,
) -> Result<Option<Protection>, Failure> {
    let roles = team::roles_of(tx, call)?;
    level(settings::protection_level(tx, action, &roles)?.as_deref())
}

fn level(word: Option<&str>) -> Result<Option<Protection>, Failure> {
    let Some(word) = word.filter(|word| !word.is_empty()) else {
        return Ok(None);
    };
    Protection::named(word).map(Some).ok_or_else(|| {
        Failure::invalid(format!(
            "'{word}' is no protection level; use AllowOnlyRevisions, AllowOnlyComments, AllowOnlyFormFields, AllowOnlyReading or NoProtection"
        ))
    })
}

fn watermark(is_wanted: bool, text: Option<String>) -> Option<String> {
    let text = text.filter(|text| !text.trim().is_empty());
    is_wanted.then(|| text.unwrap_or_else(|| WATERMARK.to_owned()))
}

/// The published `DocumentGenerationResult` and `DocumentPreviewResponse`, of a document that may not be kept.
fn result(document: &Record, made: &Made) -> Value {
    json!({
        "DocumentVersionId": document.get("Id"),
        "Status": true,
        "Message": "the document was generated",
        "DocumentId": document.get("DocumentId"),
        "DocumentParentId": document.get("DocumentId"),
        "Document": BASE64_STANDARD.encode(&made.content),
        "DocumentExtension": format!(".{}", made.name.extension()),
    })
}

/// The published `Template`.
fn template(document: &Record) -> Value {
    let field = |name: &str| document.get(name).cloned().unwrap_or_default();
    let name = store::text(document, "Name").unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    json!({
        "Id": field("DocumentId"),
        "Name": stem,
        "Type": field("Type"),
        "Description": field("Description"),
        "Category": field("Category"),
        "Subcategory": field("Subcategory"),
        "Language": field("Language"),
        "Locale": field("Locale"),
        "LocaleId": field("LocaleId"),
        "Keywords": field("Tags"),
        "IsActive": true,
        "LastModified": field("ModifiedDate"),
        "Guidance": field("Guidance"),
    })
}

/// The texts of a field: a list, or one text with commas between, as a form writes it.
fn texts(record: &Record, field: &str) -> Vec<String> {
    let parts: Vec<&str> = match record.get(field) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) => text.split(',').collect(),
        _ => Vec::new(),
    };
    parts
        .into_iter()
        .map(|part| part.trim().to_lowercase())
        .collect()
}
