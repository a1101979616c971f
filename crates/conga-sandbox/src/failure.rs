//! Why a call fails.

use axum::http::StatusCode;
use rusqlite::ErrorCode;

use crate::composer::Fault;
use crate::records::criteria::CriteriaError;
use crate::records::log;
use crate::request::Refusal;

/// Why a call fails; each variant has its status.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The request is at fault: 400, one message per fault.
    Invalid(Vec<String>),
    /// There is no such thing: 404.
    NotFound(String),
    /// Somebody else changed it, or its state forbids it: 409, one message per fault.
    Conflict(Vec<String>),
    /// Any other status.
    Refused(StatusCode, String),
    /// The database failed: 507 where the disk is full, 503 where another program holds it or the disk cannot be read or
    /// written, else 500. Nothing was changed, unless the disk failed at the end (see [`log::is_uncertain`]).
    Store(rusqlite::Error),
}

impl Failure {
    /// A request at fault for one reason.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(vec![message.into()])
    }

    /// A thing that is not there.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::NotFound(message.into())
    }

    /// A state that forbids the call.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::Conflict(vec![message.into()])
    }

    /// The failure of one entry among several, counted from 1: each message says of which.
    pub(crate) fn at(self, what: &str, number: usize) -> Self {
        let mark = |message: String| format!("{what} {number}: {message}");
        match self {
            Self::Invalid(messages) => Self::Invalid(messages.into_iter().map(mark).collect()),
            Self::Conflict(messages) => Self::Conflict(messages.into_iter().map(mark).collect()),
            Self::NotFound(message) => Self::NotFound(mark(message)),
            Self::Refused(status, message) => Self::Refused(status, mark(message)),
            Self::Store(error) => Self::Store(error),
        }
    }

    /// The messages; the database's failure counts as one.
    pub(crate) fn messages(self) -> Vec<String> {
        match self {
            Self::Invalid(messages) | Self::Conflict(messages) => messages,
            Self::NotFound(message) | Self::Refused(_, message) => vec![message],
            Self::Store(error) if log::is_uncertain(&error) => vec![format!(
                "the sandbox could not sync its database, restart it to see what was changed: {error}"
            )],
            Self::Store(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => vec![
                "the disk that holds the sandbox's data is full, nothing was changed; free some space, then repeat the call"
                    .to_owned(),
            ],
            Self::Store(error) => vec![format!(
                "the sandbox could not reach its database, nothing was changed: {error}"
            )],
        }
    }

    /// The failure as one of the database, where a new one is filled and nothing else may fail.
    pub(crate) fn into_store_error(self) -> rusqlite::Error {
        match self {
            Self::Store(error) => error,
            other => rusqlite::Error::ToSqlConversionFailure(other.messages().join("; ").into()),
        }
    }

    /// The refusal with which the engine answers.
    pub(crate) fn into_refusal(self) -> Refusal {
        let status = match &self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Refused(status, _) => *status,
            Self::Store(error) => {
                tracing::error!(%error, "the database failed");
                match error.sqlite_error_code() {
                    _ if log::is_uncertain(error) => StatusCode::INTERNAL_SERVER_ERROR,
                    Some(ErrorCode::DiskFull) => StatusCode::INSUFFICIENT_STORAGE,
                    Some(
                        ErrorCode::DatabaseBusy
                        | ErrorCode::DatabaseLocked
                        | ErrorCode::SystemIoFailure,
                    ) => StatusCode::SERVICE_UNAVAILABLE,
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                }
            }
        };
        Refusal {
            status,
            messages: self.messages(),
            header: None,
        }
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

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::invalid(fault.to_string())
    }
}
