//! Emptying a folder, which takes its time.

use conga_api::{Call, Pending, Timestamp, Transport, operations::file_store as operations};
use serde::{Deserialize, Serialize};

use crate::{
    CallOptions, Job, Record,
    answer::OneRecord,
    poller::{Standing, meaning},
    request::Shape,
};

/// What the File Store does to a folder, by its tracking id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct FolderOperation {
    tracking_id: String,
}

/// How far it has come: the published schema `FolderOperationTrackingInfoResponse`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct FolderState {
    /// The state in a word; the words are not published.
    pub status: Option<String>,
    /// What the platform says to people.
    pub message: Option<String>,
    /// When it began.
    pub start_date: Option<Timestamp>,
    /// When it ended.
    pub end_date: Option<Timestamp>,
    /// The files in the folder.
    pub total_file_count: Option<u64>,
    /// The files that were dealt with.
    pub processed_file_count: Option<u64>,
    /// Whatever else the platform tells.
    #[serde(flatten)]
    pub other: Record,
}

impl Job for FolderOperation {
    type State = FolderState;
    type Output = FolderState;

    fn name(&self) -> String {
        format!("the folder operation {}", self.tracking_id)
    }

    fn look(&self, transport: &Transport) -> Pending<FolderState> {
        let call = Call::new(transport, &operations::GET_FOLDER_OPERATION_STATUS);
        let call = call.path("trackingId", &self.tracking_id);
        let pending = call.send_as::<OneRecord<FolderState>>();
        Box::pin(async move { Ok(pending.await?.map(Shape::into_value)) })
    }

    fn standing(&self, _: &Transport, state: &FolderState) -> Standing<FolderState> {
        match meaning(state.status.as_deref().unwrap_or_default()) {
            Standing::UnderWay => Standing::UnderWay,
            Standing::Done(()) => Standing::Done(state.clone()),
            Standing::Failed(_) => Standing::Failed(state.message.iter().cloned().collect()),
        }
    }
}

/// The published schema `DeleteFolderContentsResponse`, in its envelope.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Tracked(OneRecord<Tracking>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tracking {
    tracking_id: String,
}

impl Shape for Tracked {
    type Value = FolderOperation;

    fn into_value(self) -> FolderOperation {
        FolderOperation {
            tracking_id: self.0.into_value().tracking_id,
        }
    }
}
