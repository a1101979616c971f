//! Bringing many records in from a file of comma-separated values.

use bytes::Bytes;
use conga_api::{Call, CallOptions, Pending, Transport, operations::contracts as operations};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    Job,
    answer::{OneRecord, base64},
    poller::{Standing, meaning},
    request::Shape,
};

/// An import into contract management, by the id of its job. It is done once all of its batches are, well or not: what became of the rows
/// is an outcome. It has failed where nothing is told of any row.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ImportJob {
    job_id: String,
}

/// A part of an import: the published schema `BulkJobResultResponse`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ImportBatch {
    /// The state: a word of the published enumeration `JobState`.
    pub state: Option<String>,
    /// The id of the batch.
    pub batch_id: Option<String>,
    /// The name of the file.
    pub file_name: Option<String>,
    /// The rows with what became of each, as comma-separated values, once the batch is done.
    #[serde(rename = "FileContent", deserialize_with = "content")]
    pub outcome: Option<Bytes>,
}

impl ImportBatch {
    fn is_told(&self) -> bool {
        self.outcome.is_some()
    }
}

impl Job for ImportJob {
    type State = Vec<ImportBatch>;
    type Output = Vec<ImportBatch>;

    fn name(&self) -> String {
        format!("the import {}", self.job_id)
    }

    fn look(&self, transport: &Transport) -> Pending<Vec<ImportBatch>> {
        let call = Call::new(transport, &operations::GET_IMPORT_JOB);
        let call = call.path("jobId", &self.job_id);
        let pending = call.send_as::<OneRecord<Vec<ImportBatch>>>();
        Box::pin(async move { Ok(pending.await?.map(Shape::into_value)) })
    }

    fn standing(&self, _: &Transport, batches: &Vec<ImportBatch>) -> Standing<Vec<ImportBatch>> {
        let states: Vec<_> = batches
            .iter()
            .map(|batch| meaning(batch.state.as_deref().unwrap_or_default()))
            .collect();
        if states.is_empty() || states.contains(&Standing::UnderWay) {
            Standing::UnderWay
        } else if states.contains(&Standing::Done(())) || batches.iter().any(ImportBatch::is_told) {
            Standing::Done(batches.clone())
        } else {
            Standing::Failed(Vec::new())
        }
    }
}

/// The published schema `Job`, in its envelope.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Queued(OneRecord<QueuedJob>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueuedJob {
    job_id: String,
}

impl Shape for Queued {
    type Value = ImportJob;

    fn into_value(self) -> ImportJob {
        ImportJob {
            job_id: self.0.into_value().job_id,
        }
    }
}

fn content<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Bytes>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| base64(&text)).transpose()
}
