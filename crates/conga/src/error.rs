//! What can go wrong, from building the client to the last page of a list.

use std::{ops::Range, time::Duration};

use conga_api::{ErrorBody, Message};
use conga_auth::AuthError;
use http::StatusCode;

/// Why something did not work: the one error of this crate.
///
/// Its text says what happened and what to do next; it holds neither a secret nor a payload. Errors of the lower crates become
/// this one by `?`, so that a program has one error type whichever level it works on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot be made from its settings; nothing was sent.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A credential cannot work, or a sign-in failed that was asked for as such ([`Storefront::sign_in`](crate::Storefront::sign_in)).
    /// Where a call needed the sign-in, the error is [`Error::Call`]; [`auth`](Self::auth) finds both.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// A call failed.
    #[error(transparent)]
    Call(#[from] conga_api::Error),
    /// The request cannot be made from what was given; nothing was sent.
    #[error("{0}")]
    Request(String),
    /// A cart did not come to where it should.
    #[error("the cart {cart} {problem}")]
    Cart {
        /// The cart's id.
        cart: String,
        /// What is wrong with it.
        problem: CartProblem,
    },
    /// The content of an upload cannot be read.
    #[error("the content to upload cannot be read: {0}")]
    Content(std::io::Error),
    /// The pages of a list do not lead to an end.
    #[error(
        "the list of {object} does not come to its end: {problem}; the pages before this one are good"
    )]
    Paging {
        /// The object whose records are listed.
        object: String,
        /// What is wrong with the page.
        problem: &'static str,
    },
    /// A bulk call succeeded, and its answer reports faults: of some of the rows, as far as is known.
    #[error(
        "the answer about the rows {} to {} reports faults; `messages()` has them: look which rows are done before they are sent again",
        rows.start,
        rows.end.saturating_sub(1)
    )]
    Rows {
        /// The rows of the chunk, counted from 0. Which of them have the faults, the answer does not say.
        rows: Range<usize>,
        /// The faults.
        faults: Vec<Message>,
    },
    /// Work of the platform did not come to its result.
    #[error("{job} {problem}")]
    Job {
        /// Which work.
        job: String,
        /// Why not.
        problem: JobProblem,
    },
    /// One of many things failed, for this reason, and others of them are done, or may be.
    #[error("{0}; others are done, or may be")]
    OneOfMany(Box<Error>),
}

/// Why there is no result of [work](crate::poller::Job) that goes on at the platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JobProblem {
    /// The platform says that it failed, and why.
    #[error("failed; `messages()` has what the platform says about it")]
    Failed(Vec<String>),
    /// It was not done in time.
    #[error(
        "was not done within {0:?}; it goes on, so store the job and wait for it later, or set another `deadline`"
    )]
    Deadline(Duration),
    /// Nobody waits for it any longer.
    #[error("is not waited for any longer; it goes on at the platform")]
    Cancelled,
}

impl Error {
    /// The failed call, where a call failed: its [kind](conga_api::Error::kind), and how often it was tried.
    pub fn call(&self) -> Option<&conga_api::Error> {
        match self {
            Self::Call(error) => Some(error),
            Self::OneOfMany(error) => error.call(),
            _ => None,
        }
    }

    /// Why there was no credential, where that is the reason.
    pub fn auth(&self) -> Option<&AuthError> {
        match self {
            Self::Auth(error) => Some(error),
            Self::Call(error) => match error.kind() {
                conga_api::ErrorKind::Auth(error) => Some(error),
                _ => None,
            },
            Self::OneOfMany(error) => error.auth(),
            _ => None,
        }
    }

    /// The operation that failed, as `service/operation`; for a raw call its method and path.
    pub fn operation(&self) -> Option<&str> {
        self.call().map(conga_api::Error::operation)
    }

    /// The HTTP status, where the server answered the call.
    pub fn status(&self) -> Option<StatusCode> {
        self.call().and_then(conga_api::Error::status)
    }

    /// The server's own code of the error.
    pub fn code(&self) -> Option<String> {
        self.call().and_then(conga_api::Error::code)
    }

    /// What the server says to people, in its own words.
    pub fn messages(&self) -> Vec<String> {
        match self {
            Self::Call(error) => error.messages(),
            Self::Rows { faults, .. } => {
                let texts = faults.iter().filter_map(Message::text);
                texts.map(str::to_owned).collect()
            }
            Self::Job {
                problem: JobProblem::Failed(messages),
                ..
            } => messages.clone(),
            Self::OneOfMany(error) => error.messages(),
            _ => Vec::new(),
        }
    }

    /// The answer as it came, where there was one: also where it was a success that could not be read.
    pub fn body(&self) -> Option<&ErrorBody> {
        self.call().and_then(conga_api::Error::body)
    }

    /// The id under which the server knows the request, for support tickets.
    pub fn request_id(&self) -> Option<&str> {
        self.call().and_then(conga_api::Error::request_id)
    }

    /// How long the server asks to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.call().and_then(conga_api::Error::retry_after)
    }

    /// Whether the server says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.call().is_some_and(conga_api::Error::is_not_found)
    }

    /// Whether the same call may succeed later: the way was blocked, not the request refused.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Call(error) => error.is_retryable(),
            Self::Auth(error) => error.is_retryable(),
            Self::OneOfMany(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// Whether the server may have done what was asked all the same, or a part of it. Look before you send it again.
    pub fn may_have_been_processed(&self) -> bool {
        match self {
            Self::Call(error) => error.may_have_been_processed(),
            Self::Cart { problem, .. } => matches!(problem, CartProblem::NoLine(_)),
            Self::Job { problem, .. } => !matches!(problem, JobProblem::Failed(_)),
            Self::OneOfMany(_) | Self::Rows { .. } => true,
            _ => false,
        }
    }

    /// The same error, where a call failed that followed others which were done.
    pub(crate) fn after_others(self) -> Self {
        match self {
            Self::Call(error) => Self::Call(error.after_others()),
            other => other,
        }
    }

    /// The same error, where others of what was asked for are done, or may be.
    pub(crate) fn beside_others(self) -> Self {
        match self.after_others() {
            error if error.may_have_been_processed() => error,
            error => Self::OneOfMany(Box::new(error)),
        }
    }
}

/// Why a cart did not come to where it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CartProblem {
    /// The answer to adding items has no line of this product, whose attributes are therefore not set.
    #[error(
        "was given the product {0}, and the answer names no line of it; its attributes are not set: list the cart's items, and \
         update the line"
    )]
    NoLine(String),
}

/// Settings of a client that cannot work, whether they came from the builder or from the environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Something is needed and not set.
    #[error(
        "{what} is not set; give it to `ClientBuilder::{setter}`, or set {variables} for `Client::from_env`"
    )]
    Missing {
        /// What is missing.
        what: &'static str,
        /// The setter that takes it.
        setter: &'static str,
        /// The environment variable, or variables, that give it.
        variables: &'static str,
    },
    /// Two settings contradict each other.
    #[error("{one} and {other} are both set, and only one of them can count; remove one")]
    Conflict {
        /// One of them: a setter, or an environment variable.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A setting has a value that it cannot have.
    #[error("{setting} {problem}")]
    Invalid {
        /// The setting: a setter, or an environment variable.
        setting: &'static str,
        /// What is wrong with its value. The value itself is not told: it may be secret.
        problem: &'static str,
    },
    /// A host has an address and no credential.
    #[error("there is no credential for {host}; give one to `ClientBuilder::host_credential`")]
    NoHostCredential {
        /// The host.
        host: conga_api::operations::Host,
    },
    /// A host has a credential and no address.
    #[error("there is a credential for {host} and no address; give it to `ClientBuilder::host`")]
    NoHostAddress {
        /// The host.
        host: conga_api::operations::Host,
    },
}
