//! The work of Composer, and the document that comes of it.

use std::fmt;

use conga_api::{
    Call, CallOptions, Pending, Timestamp, Transport, operations::ingress as operations,
};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

use crate::{
    Documents, Download, Job, Record,
    poller::{Standing, meaning},
    request::Shape,
};

/// A document that Composer makes, by the id of its job.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct DocumentJob {
    id: String,
}

/// How it stands: the published schema `JobEntity`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct JobState {
    /// The state: a word of the published enumeration `JobStatus`, or a number, as the published examples have it.
    pub status: Value,
    /// How much of it is done. The unit is not published.
    pub progress: Option<f64>,
    /// When it began.
    pub start_time: Option<Timestamp>,
    /// When it ended.
    pub end_time: Option<Timestamp>,
    /// Why it failed.
    pub error_reason: Option<String>,
    /// What came of it.
    pub result: Option<Record>,
    /// Whatever else the platform tells.
    #[serde(flatten)]
    pub other: Record,
}

/// A document that was made, as it is in Document Management.
#[derive(Clone)]
#[non_exhaustive]
pub struct GeneratedDocument {
    /// The id of the version, by which it is downloaded.
    pub id: String,
    /// The id of the document.
    pub document_id: Option<String>,
    /// The name of the file.
    pub name: Option<String>,
    /// The type of the file.
    pub file_type: Option<String>,
    /// The length of the file in bytes.
    pub file_size: Option<u64>,
    pub(super) transport: Transport,
}

impl GeneratedDocument {
    /// The file, to be saved, streamed or read.
    pub fn download(&self) -> Download {
        let documents = Documents::new(self.transport.clone());
        documents.download(&self.id).expect_length(self.file_size)
    }
}

impl fmt::Debug for GeneratedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeneratedDocument")
            .field("id", &self.id)
            .field("document_id", &self.document_id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Job for DocumentJob {
    type State = JobState;
    type Output = GeneratedDocument;

    fn name(&self) -> String {
        format!("the Composer job {}", self.id)
    }

    fn look(&self, transport: &Transport) -> Pending<JobState> {
        let call = Call::new(transport, &operations::GET_JOB);
        call.path("id", &self.id).send_as::<JobState>()
    }

    fn standing(&self, transport: &Transport, state: &JobState) -> Standing<GeneratedDocument> {
        let made = state.documents().next();
        let end = match &state.status {
            Value::String(word) => meaning(word),
            // The numbers of the examples are not those of the enumeration: what came of it tells more.
            _ if made.is_some() => Standing::Done(()),
            _ if state.end_time.is_some() => Standing::Failed(Vec::new()),
            _ => Standing::UnderWay,
        };
        match (end, made) {
            (Standing::UnderWay, _) => Standing::UnderWay,
            (Standing::Done(()), Some(made)) => Standing::Done(made.with(transport)),
            (Standing::Done(()) | Standing::Failed(_), _) => Standing::Failed(state.reasons()),
        }
    }
}

impl JobState {
    fn documents(&self) -> impl Iterator<Item = Listed> {
        self.list("Documents")
            .filter_map(|document| Listed::deserialize(document).ok())
    }

    fn reasons(&self) -> Vec<String> {
        let errors: Vec<String> = self
            .list("Errors")
            .filter_map(|error| Some(error.get("message")?.as_str()?.to_owned()))
            .collect();
        if errors.is_empty() {
            self.error_reason.iter().cloned().collect()
        } else {
            errors
        }
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &Value> {
        let list = self.result.as_ref().and_then(|result| result.get(name));
        list.and_then(Value::as_array).into_iter().flatten()
    }
}

/// A document in the result of a job, as the published example has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: String,
    name: Option<String>,
    parent_document_id: Option<String>,
    file_type: Option<String>,
    file_size: Option<u64>,
}

impl Listed {
    fn with(self, transport: &Transport) -> GeneratedDocument {
        GeneratedDocument {
            id: self.id,
            document_id: self.parent_document_id,
            name: self.name,
            file_type: self.file_type,
            file_size: self.file_size,
            transport: transport.clone(),
        }
    }
}

/// The published schema `DocGenWorkflowAsyncResponse`, of which the job counts.
pub(super) struct Queued(DocumentJob);

impl<'de> Deserialize<'de> for Queued {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Answer {
            job: Option<DocumentJob>,
        }
        let job = Answer::deserialize(deserializer)?.job;
        job.map(Self)
            .ok_or_else(|| D::Error::custom("the answer names no job"))
    }
}

impl Shape for Queued {
    type Value = DocumentJob;

    fn into_value(self) -> DocumentJob {
        self.0
    }
}
