//! Why a call fails.

use axum::http::StatusCode;

use super::criteria::CriteriaError;
use crate::request::Answer;

/// Why a call fails; each variant has its status.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request is at fault: 400, one message per fault.
    Invalid(Vec<String>),
    /// There is no such record: 404.
    NotFound(String),
    /// Somebody else changed a record: 409, one message per record.
    Conflict(Vec<String>),
    /// The database failed: 500. Nothing was changed.
    Store(rusqlite::Error),
}

impl Failure {
    /// A request at fault for one reason.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(vec![message.into()])
    }

    /// The messages; the database's failure counts as one.
    pub(super) fn messages(self) -> Vec<String> {
        match self {
            Self::Invalid(messages) | Self::Conflict(messages) => messages,
            Self::NotFound(message) => vec![message],
            Self::Store(error) => vec![format!(
                "the sandbox could not reach its database, nothing was changed: {error}"
            )],
        }
    }

    /// The answer.
    pub(super) fn into_answer(self) -> Answer {
        let status = match &self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Store(error) => {
                tracing::error!(%error, "the database failed");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Answer::failure(status, self.messages())
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

impl From<CriteriaError> for Failure {
    fn from(error: CriteriaError) -> Self {
        Self::invalid(error.to_string())
    }
}
