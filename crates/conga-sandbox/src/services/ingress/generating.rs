//! Jobs: generate, convert, process, join, protect.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::jobs::{self, Task};
use crate::composer::{self, Data, Fault, Format, Locale, Looks, Permissions, Protection};
use crate::failure::Failure;
use crate::files::FileName;
use crate::records::store::Record;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::params;
use crate::services::sources::{self, Source, output_name};

/// A job makes at most this many documents.
const MAX_DOCUMENTS: usize = 1_000;

/// The published requests of jobs: the fields that the sandbox obeys.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Request {
    templates: Option<Vec<Named>>,
    data: Option<Vec<Entry>>,
    documents: Option<Vec<Named>>,
    output_config: Option<Output>,
    output_configs: Option<Vec<Output>>,
    save_document_options: Option<Saving>,
    word_protection_config: Option<WordProtection>,
    pdf_protection_config: Option<PdfProtection>,
}

/// The published `TemplateSpec` and `DocumentSpec`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    id: Option<String>,
}

/// The published `DataSpec`. Its example spells the inline data `Data`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Entry {
    entity_id: Option<String>,
    entity_name: Option<String>,
    entity_data: Option<EntityData>,
    #[serde(alias = "Data")]
    data: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EntityData {
    data: Option<Vec<QueryResult>>,
}

/// The published `QueryResult`: the rows of an object. The example of inline data spells it in Pascal case.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct QueryResult {
    #[serde(alias = "ObjectName")]
    object_name: Option<String>,
    #[serde(alias = "Result")]
    result: Option<Vec<Value>>,
}

/// The published `DocumentOutputConfiguration`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Output {
    output_format: Option<String>,
    document_id: Option<String>,
    file_name: Option<String>,
    watermark_text: Option<String>,
    header_text: Option<String>,
    footer_text: Option<String>,
    header_footer_options: Option<HeaderFooter>,
    culture: Option<String>,
    pdf_output_config: Option<PdfOutput>,
    document_metadata: Option<Record>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
struct PdfOutput {
    protection: Option<PdfProtection>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct HeaderFooter {
    header_text: Option<String>,
    footer_text: Option<String>,
    add_page_no_in_footer: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Saving {
    is_update: Option<bool>,
    link_entity_id: Option<String>,
    link_entity_name: Option<String>,
}

/// The published `ProtectionOptions`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WordProtection {
    #[serde(alias = "RestrictionType")]
    restriction_type: Option<String>,
    restriction_password: Option<String>,
    remove_restriction: Option<bool>,
}

/// The published `ProtectionOptions2`. What it does not allow is forbidden.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PdfProtection {
    forbid_all: Option<bool>,
    allow_all: Option<bool>,
    allow_printing: Option<bool>,
    allow_copying: Option<bool>,
    allow_commenting: Option<bool>,
    allow_form_filling: Option<bool>,
    allow_assembling: Option<bool>,
    allow_changing_content: Option<bool>,
    allow_screen_readers: Option<bool>,
    allow_degraded_printing: Option<bool>,
    owner_password: Option<String>,
}

/// `POST /v2/documents/generate`.
pub(super) fn generate(world: &World, call: &Call) -> Result<Answer, Failure> {
    let mut request: Request = params::read(call)?;
    let outputs = request.outputs();
    let templates = ids(request.templates.take(), "templates")?;
    let entries = request.data.take().unwrap_or_default();
    if entries.is_empty() {
        return Err(Failure::invalid(
            "data needs at least one entry: what is merged into the templates",
        ));
    }
    check_size(entries.len() * templates.len() * outputs.len())?;
    let sources = find_all(world, &templates)?;
    let mut prepared = Vec::with_capacity(entries.len());
    for entry in entries {
        let data = entry.data(world)?;
        prepared.push((request.entity(entry.entity()), data));
    }
    let mut tasks = Vec::new();
    for (entity, data) in &prepared {
        for source in &sources {
            for output in &outputs {
                let outcome = match (source, data) {
                    (Ok(source), Ok(data)) => output.merge(source, data),
                    (Err(fault), _) | (_, Err(fault)) => Err(fault.clone()),
                };
                tasks.push(Task {
                    entity: entity.clone(),
                    document_id: output.document_id.clone(),
                    metadata: output.document_metadata.clone(),
                    outcome,
                });
            }
        }
    }
    jobs::keep(world, call, "Generate", tasks)
}

/// `POST /v2/documents/convert` and `POST /v2/documents/{documentId}/convert`.
pub(super) fn convert(world: &World, call: &Call) -> Result<Answer, Failure> {
    rewrite(world, call, "Convert")
}

/// `POST /v2/documents/process` and `POST /v2/documents/{documentId}/process`: what the output asks for.
pub(super) fn process(world: &World, call: &Call) -> Result<Answer, Failure> {
    rewrite(world, call, "Process")
}

fn rewrite(world: &World, call: &Call, action: &str) -> Result<Answer, Failure> {
    let mut request: Request = params::read(call)?;
    let outputs = request.outputs();
    let sources = request.sources(world, call)?;
    check_size(sources.len() * outputs.len())?;
    let mut tasks = Vec::new();
    for source in &sources {
        for output in &outputs {
            let outcome = source.clone().and_then(|source| output.convert(&source));
            tasks.push(request.task(source, output, outcome));
        }
    }
    jobs::keep(world, call, action, tasks)
}

/// `POST /v2/documents/join`.
pub(super) fn join(world: &World, call: &Call) -> Result<Answer, Failure> {
    let mut request: Request = params::read(call)?;
    let outputs = request.outputs();
    let sources = request.sources(world, call)?;
    let sources: Result<Vec<Source>, Fault> = sources.into_iter().collect();
    let tasks = outputs.iter().map(|output| Task {
        entity: request.entity(None),
        document_id: output.document_id.clone(),
        metadata: output.document_metadata.clone(),
        outcome: sources.clone().and_then(|sources| output.join(sources)),
    });
    jobs::keep(world, call, "Join", tasks.collect())
}

/// `POST /v2/documents/protect` and `POST /v2/documents/{documentId}/protect`.
pub(super) fn protect(world: &World, call: &Call) -> Result<Answer, Failure> {
    let mut request: Request = params::read(call)?;
    let sources = request.sources(world, call)?;
    let word = request.word_protection_config.take().unwrap_or_default();
    let protection = word.protection()?;
    let pdf = request.pdf_protection_config.take();
    let output = Output::default();
    let mut tasks = Vec::new();
    for source in &sources {
        let outcome = source.clone().and_then(|source| {
            let content = match (source.format, protection, &pdf) {
                (Format::Docx, Some(protection), _) => word.apply(protection, &source.content),
                (Format::Pdf, _, Some(pdf)) => pdf.apply(&source.content),
                _ => Err(Fault::new(format!(
                    "'{}' is not protected: a DOCX needs wordProtectionConfig.restrictionType, a PDF pdfProtectionConfig, and no other format is protected",
                    source.name.as_str()
                ))),
            };
            Ok((source.name, content?))
        });
        tasks.push(request.task(source, &output, outcome));
    }
    jobs::keep(world, call, "Protect", tasks)
}

impl Request {
    fn outputs(&mut self) -> Vec<Output> {
        let mut outputs = self.output_configs.take().unwrap_or_default();
        outputs.extend(self.output_config.take());
        if outputs.is_empty() {
            outputs.push(Output::default());
        }
        outputs
    }

    /// The documents that the request names: in its path, or in its body.
    fn sources(
        &mut self,
        world: &World,
        call: &Call,
    ) -> Result<Vec<Result<Source, Fault>>, Failure> {
        let named = match call.path_param("documentId") {
            Some(id) => vec![id.to_owned()],
            None => ids(self.documents.take(), "documents")?,
        };
        find_all(world, &named)
    }

    fn task(
        &self,
        source: &Result<Source, Fault>,
        output: &Output,
        outcome: Result<(FileName, Vec<u8>), Fault>,
    ) -> Task {
        let saving = self.save_document_options.as_ref();
        let is_update = saving.and_then(|saving| saving.is_update).unwrap_or(false);
        let own = source
            .as_ref()
            .ok()
            .and_then(|source| source.document_id.clone());
        Task {
            entity: self.entity(None),
            document_id: output.document_id.clone().or(own.filter(|_| is_update)),
            metadata: output.document_metadata.clone(),
            outcome,
        }
    }

    /// The record that a document belongs to: the one that the request links it to, else its own.
    fn entity(&self, own: Option<(String, String)>) -> Option<(String, String)> {
        let saving = self.save_document_options.as_ref();
        let linked = saving.and_then(|saving| {
            let id = saving.link_entity_id.clone().filter(|id| !id.is_empty())?;
            Some((saving.link_entity_name.clone().unwrap_or_default(), id))
        });
        linked.or(own)
    }
}

impl Entry {
    fn entity(&self) -> Option<(String, String)> {
        let id = self.entity_id.clone().filter(|id| !id.is_empty())?;
        Some((self.entity_name.clone().unwrap_or_default(), id))
    }

    /// The data of an entry: the fields of its record if there is one, and the rows that it brings along.
    fn data(&self, world: &World) -> Result<Result<Data, Fault>, Failure> {
        let mut sets = match self.sets() {
            Ok(sets) => sets,
            Err(fault) => return Ok(Err(fault)),
        };
        let mut data = Data::new();
        if let Some((object, id)) = self.entity() {
            let found = world.store.read(|tx| {
                let object = Some(object.as_str()).filter(|object| !object.is_empty());
                let Some((object, record)) = sources::record(tx, object, &id)? else {
                    return Ok::<_, Failure>(None);
                };
                Ok(Some(sources::data(tx, &object, record)?))
            })?;
            match found {
                Some(found) => data = found,
                // What the request brings along is enough.
                None if !sets.is_empty() => {}
                None => {
                    return Ok(Err(Fault::new(format!(
                        "no {object} has the id '{id}', and the entry brings no data"
                    ))));
                }
            }
        }
        for set in &mut sets {
            let rows = set.result.take().unwrap_or_default();
            let name = set.object_name.take().unwrap_or_default();
            // The rows of the entity itself are its fields.
            if let (Some(Value::Object(fields)), Some(entity)) = (rows.first(), &self.entity_name)
                && name.eq_ignore_ascii_case(entity)
            {
                data = data.with_fields(fields);
            }
            data = data.with(&name, rows.into());
        }
        Ok(Ok(data))
    }

    /// The data sets that an entry brings along.
    fn sets(&self) -> Result<Vec<QueryResult>, Fault> {
        if let Some(text) = self.data.as_deref().filter(|text| !text.trim().is_empty()) {
            let value: Value = serde_json::from_str(text).map_err(|error| {
                Fault::new(format!("the data of the entry is not a JSON text: {error}"))
            })?;
            return match value {
                Value::Array(_) => serde_json::from_value(value).map_err(|error| {
                    Fault::new(format!(
                        "the data of the entry is no list of ObjectName and Result: {error}"
                    ))
                }),
                // Not as the example has it, but plain to read.
                Value::Object(fields) => Ok(vec![own_fields(self.entity_name.clone(), fields)]),
                _ => Err(Fault::new(
                    "the data of the entry is neither list nor object",
                )),
            };
        }
        let data = self
            .entity_data
            .as_ref()
            .and_then(|data| data.data.as_ref());
        let sets = data.into_iter().flatten().map(|set| QueryResult {
            object_name: set.object_name.clone(),
            result: set.result.clone(),
        });
        Ok(sets.collect())
    }
}

fn own_fields(entity: Option<String>, fields: Map<String, Value>) -> QueryResult {
    QueryResult {
        object_name: entity,
        result: Some(vec![Value::Object(fields)]),
    }
}

impl Output {
    fn format(&self, own: Format) -> Result<Format, Fault> {
        match &self.output_format {
            Some(format) => Format::of_extension(&format.to_ascii_lowercase()),
            None => Ok(own),
        }
    }

    fn looks(&self) -> Looks {
        let options = self.header_footer_options.clone().unwrap_or_default();
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Looks {
            header: given(&self.header_text).or_else(|| given(&options.header_text)),
            footer: given(&self.footer_text).or_else(|| given(&options.footer_text)),
            page_numbers: options.add_page_no_in_footer.unwrap_or(false),
            watermark: given(&self.watermark_text),
            made: None,
        }
    }

    fn merge(&self, source: &Source, data: &Data) -> Result<(FileName, Vec<u8>), Fault> {
        let locale = Locale::of(self.culture.as_deref().unwrap_or_default());
        let content = composer::merge(&source.content, source.format, data, &locale)?;
        let name = match &self.file_name {
            Some(name) => Some(composer::fill(name, data, &locale)?),
            None => None,
        };
        let merged = Source {
            content,
            ..source.clone()
        };
        self.write(&merged, name.as_deref())
    }

    fn convert(&self, source: &Source) -> Result<(FileName, Vec<u8>), Fault> {
        self.write(source, self.file_name.as_deref())
    }

    fn write(&self, source: &Source, name: Option<&str>) -> Result<(FileName, Vec<u8>), Fault> {
        let format = self.format(source.format)?;
        let content = composer::convert(&source.content, source.format, format, &self.looks())?;
        let content = self.protect(format, content)?;
        let name = name.unwrap_or(source.name.stem());
        Ok((output_name(name, format)?, content))
    }

    fn join(&self, sources: Vec<Source>) -> Result<(FileName, Vec<u8>), Fault> {
        let first = sources.first().map(|source| source.format);
        let format = self.format(first.unwrap_or(Format::Pdf))?;
        let documents: Vec<(Vec<u8>, Format)> = sources
            .into_iter()
            .map(|source| (source.content, source.format))
            .collect();
        let content = composer::join(&documents, format, &self.looks())?;
        let content = self.protect(format, content)?;
        let name = self.file_name.as_deref().unwrap_or("JoinedDocument");
        Ok((output_name(name, format)?, content))
    }
}

impl Output {
    /// Encrypts a PDF if the output asks for it.
    fn protect(&self, format: Format, content: Vec<u8>) -> Result<Vec<u8>, Fault> {
        let config = self.pdf_output_config.as_ref();
        match config.and_then(|config| config.protection.as_ref()) {
            Some(protection) if format == Format::Pdf => protection.apply(&content),
            _ => Ok(content),
        }
    }
}

impl PdfProtection {
    fn apply(&self, document: &[u8]) -> Result<Vec<u8>, Fault> {
        let password = self
            .owner_password
            .as_deref()
            .filter(|word| !word.is_empty());
        composer::encrypt(document, self.permissions(), password)
    }

    fn permissions(&self) -> Permissions {
        if self.forbid_all == Some(true) {
            return Permissions::empty();
        }
        if self.allow_all == Some(true) {
            return Permissions::all();
        }
        let printing = Permissions::PRINTABLE | Permissions::PRINTABLE_IN_HIGH_QUALITY;
        let allowed = [
            (self.allow_printing, printing),
            (self.allow_degraded_printing, Permissions::PRINTABLE),
            (self.allow_copying, Permissions::COPYABLE),
            (self.allow_commenting, Permissions::ANNOTABLE),
            (self.allow_form_filling, Permissions::FILLABLE),
            (self.allow_assembling, Permissions::ASSEMBLABLE),
            (self.allow_changing_content, Permissions::MODIFIABLE),
            (
                self.allow_screen_readers,
                Permissions::COPYABLE_FOR_ACCESSIBILITY,
            ),
        ];
        let allowed = allowed.iter().filter(|(allow, _)| *allow == Some(true));
        allowed.map(|(_, permission)| *permission).collect()
    }
}

impl WordProtection {
    fn apply(&self, protection: Protection, document: &[u8]) -> Result<Vec<u8>, Fault> {
        composer::protect(document, protection, self.restriction_password.as_deref())
    }

    /// What is asked for; none if nothing is.
    fn protection(&self) -> Result<Option<Protection>, Failure> {
        if self.remove_restriction == Some(true) {
            return Ok(Some(Protection::Nothing));
        }
        match self.restriction_type.as_deref() {
            None | Some("") => Ok(None),
            Some(level) => Protection::named(level).map(Some).ok_or_else(|| {
                Failure::invalid(format!(
                    "'{level}' is no restriction; use AllowOnlyRevisions, AllowOnlyComments, AllowOnlyFormFields, ReadOnly or NoProtection"
                ))
            }),
        }
    }
}

fn ids(named: Option<Vec<Named>>, field: &str) -> Result<Vec<String>, Failure> {
    let ids = named
        .unwrap_or_default()
        .into_iter()
        .filter_map(|named| named.id);
    let ids: Vec<String> = ids.filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return Err(Failure::invalid(format!("{field} needs at least one id")));
    }
    check_size(ids.len())?;
    Ok(ids)
}

fn check_size(count: usize) -> Result<(), Failure> {
    if count <= MAX_DOCUMENTS {
        return Ok(());
    }
    Err(Failure::invalid(format!(
        "the job would make {count} documents; ask for at most {MAX_DOCUMENTS} at once"
    )))
}

fn find_all(world: &World, ids: &[String]) -> Result<Vec<Result<Source, Fault>>, Failure> {
    let now = world.clock.now();
    world.store.read(|tx| {
        let found = ids.iter().map(|id| sources::find(tx, now, id));
        found.collect::<Result<Vec<_>, Failure>>()
    })
}
