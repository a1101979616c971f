//! The sandbox's own calls, below `/__sandbox/`: faults, the limit of requests, the clock, the mailbox.
//!
//! | call | what it does |
//! |---|---|
//! | `GET faults` | the rules that are not used up |
//! | `POST faults` | adds a rule, or each of an array: `{"operation": "data.*", "fault": "status=503", "times": 2}` |
//! | `DELETE faults` | takes all rules away |
//! | `PUT rate-limit` | `{"per_second": 25}`; null lifts it |
//! | `GET clock` | `{"now": "2026-03-01T09:30:00Z"}` |
//! | `POST clock` | moves the clock forward: `{"advance_seconds": 3600}` |
//! | `GET mail` | the mail that services have sent, and what became of it; attachments without their contents |
//! | `GET mail/{id}` | one mail as its MIME message, `message/rfc822` |
//! | `DELETE mail` | empties the mailbox |
//!
//! They need no sign-in, but the header `x-conga-sandbox-admin` with any value, which no page of another origin can
//! send.

use std::time::Duration;

use axum::http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::App;
use crate::failure::Failure;
use crate::faults::FaultRule;
use crate::mail;
use crate::request::{Answer, Refusal};

/// Where the calls stand.
pub(super) const PREFIX: &str = "/__sandbox/";

/// The longest body, in bytes.
pub(super) const BODY_LIMIT: usize = 64 * 1024;

/// The header that tells a program from a page.
const HEADER: &str = "x-conga-sandbox-admin";

/// The furthest that the clock moves at once: a hundred years.
const MOST_SECONDS: u64 = 100 * 366 * 24 * 3_600;

/// One of the sandbox's own calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Endpoint {
    Faults,
    RateLimit,
    Clock,
    Mailbox,
    /// One mail, by its id.
    Mail(String),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Rules {
    One(FaultRule),
    Many(Vec<FaultRule>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RateLimit {
    per_second: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u64,
}

impl Endpoint {
    /// The call at this path.
    pub(super) fn at(path: &str) -> Option<Self> {
        match path.strip_prefix(PREFIX)? {
            "faults" => Some(Self::Faults),
            "rate-limit" => Some(Self::RateLimit),
            "clock" => Some(Self::Clock),
            "mail" => Some(Self::Mailbox),
            other => {
                let id = other.strip_prefix("mail/")?;
                (!id.is_empty()).then(|| Self::Mail(id.to_owned()))
            }
        }
    }

    /// The methods that it takes.
    pub(super) fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::Faults => &["GET", "POST", "DELETE"],
            Self::RateLimit => &["PUT"],
            Self::Clock => &["GET", "POST"],
            Self::Mailbox => &["GET", "DELETE"],
            Self::Mail(_) => &["GET"],
        }
    }

    /// Carries out the call; its method is one of [`Endpoint::methods`]. It may block.
    pub(super) fn answer(
        &self,
        app: &App,
        method: &Method,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Answer, Refusal> {
        if !headers.contains_key(HEADER) {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                format!("send the header `{HEADER}`, with any value"),
            ));
        }
        match (self, method) {
            (Self::Faults, &Method::POST) => match read(body)? {
                Rules::One(rule) => app.faults.add(rule),
                Rules::Many(rules) => rules.into_iter().for_each(|rule| app.faults.add(rule)),
            },
            (Self::Faults, &Method::DELETE) => app.faults.clear(),
            (Self::RateLimit, _) => {
                let limit: RateLimit = read(body)?;
                app.faults.limit_rate(limit.per_second);
            }
            (Self::Clock, &Method::POST) => {
                let Advance { advance_seconds } = read(body)?;
                if advance_seconds > MOST_SECONDS {
                    return Err(invalid("advance_seconds is at most a hundred years"));
                }
                app.world
                    .clock
                    .advance(Duration::from_secs(advance_seconds));
            }
            (Self::Mailbox, &Method::DELETE) => {
                mail::clear(&app.world).map_err(Failure::into_refusal)?;
            }
            (Self::Faults | Self::Clock | Self::Mailbox | Self::Mail(_), _) => {}
        }
        let state = match self {
            Self::Faults => json!({"rules": app.faults.rules()}),
            Self::RateLimit => json!({}),
            Self::Clock => json!({"now": app.world.clock.now()}),
            Self::Mailbox => {
                let mails = mail::all(&app.world).map_err(Failure::into_refusal)?;
                json!({"mail": mails})
            }
            Self::Mail(id) => {
                let found = mail::find(&app.world, id).map_err(Failure::into_refusal)?;
                let mail = found.ok_or_else(|| {
                    Refusal::new(
                        StatusCode::NOT_FOUND,
                        "the mailbox has no mail with this id",
                    )
                })?;
                return Ok(Answer::bytes(StatusCode::OK, "message/rfc822", mail.raw));
            }
        };
        Ok(Answer::json(StatusCode::OK, state))
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let value: Value = serde_json::from_slice(body).map_err(|error| invalid(&error.to_string()))?;
    // Through a value, an error names the field and not the variants that were tried.
    serde_json::from_value(value).map_err(|error| invalid(&error.to_string()))
}

fn invalid(fault: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, format!("body: {fault}"))
}
