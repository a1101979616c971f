//! Storefront sign-in, hosted on Salesforce: the AES-CBC token exchange, guests, revocation.
//!
//! A client fetches a signing key, encrypts its credentials with it and posts them for a session token.
//! Nobody publishes how the server knows which key was used, how long a key lives, or whether it works
//! twice. Here a key lives 60 seconds and works once, and a body is tried with every outstanding key of
//! the storefront, newest first. Whatever goes wrong with a body has one and the same answer: a wrong key,
//! bad padding, a wrong password. Sessions last two hours. All of this is assumed.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::rand;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use conga_auth::cipher::{SigningKey, decrypt};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::request::{Answer, Refusal, Visitor};
use crate::secret::same_secret;
use crate::specification::Specification;

/// Where storefront services stand; a version follows.
pub(crate) const PREFIX: &str = "/services/apexrest/Apttus_WebStore/apttus/";

/// The version that [`crate::Sandbox::storefront_url`] names.
pub(crate) const VERSION: &str = "v5";

/// A longer body than this holds no credentials. It is short, since a body is tried with many keys.
pub(crate) const BODY_LIMIT: usize = 8 * 1024;

const KEY_LIFETIME: TimeDelta = TimeDelta::seconds(60);
const SESSION_LIFETIME: TimeDelta = TimeDelta::hours(2);

/// Outstanding keys of one storefront; the oldest go first.
const MOST_KEYS: usize = 10_000;

/// Sessions that are there before those that are over are looked for.
const LEAST_ROOM: usize = 1000;

/// The user that guests act as.
const GUEST: &str = "005000000000000AAA";

/// An endpoint of the sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// `users/key`.
    Key,
    /// `user/token` and `users/token`: documents and clients disagree.
    Token,
    /// `users/token/{token}`.
    OneToken(String),
}

impl Endpoint {
    /// Its name among the calls that faults are for.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Token => "token",
            Self::OneToken(_) => "revoke",
        }
    }
}

/// Whether the sign-in answers this path of the specification.
pub(crate) fn answers(template: &str) -> bool {
    let rest = template.strip_prefix(PREFIX);
    rest.and_then(|rest| endpoint(rest.split_once('/')?.1))
        .is_some()
}

/// The endpoint that a path below a version leads to.
fn endpoint(rest: &str) -> Option<Endpoint> {
    match rest {
        "users/key" => Some(Endpoint::Key),
        "user/token" | "users/token" => Some(Endpoint::Token),
        rest => {
            let token = rest.strip_prefix("users/token/")?;
            let token = percent_decode_str(token).decode_utf8().ok()?;
            (!token.is_empty() && !token.contains('/'))
                .then(|| Endpoint::OneToken(token.into_owned()))
        }
    }
}

/// A signed-in shopper, guest or connected app.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The storefront that the session was made for; `None` if it was made by OAuth.
    pub(crate) storefront: Option<String>,
    pub(crate) user_id: String,
    pub(crate) visitor: Visitor,
    expires: DateTime<Utc>,
}

/// Keys and sessions of all storefronts.
#[derive(Debug)]
pub(crate) struct Storefronts {
    accounts: Accounts,
    clock: Clock,
    versions: HashSet<&'static str>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Outstanding keys by storefront, oldest first.
    keys: HashMap<String, VecDeque<Key>>,
    sessions: HashMap<String, Session>,
    /// Once there are so many sessions, those that are over are forgotten.
    room: usize,
}

#[derive(Debug)]
struct Key {
    key: SigningKey,
    expires: DateTime<Utc>,
}

/// What a client encrypts: the documented field names, or those of the vendor's own client.
#[derive(Deserialize)]
struct Credentials {
    #[serde(alias = "key")]
    username: String,
    #[serde(alias = "value")]
    password: String,
}

impl Storefronts {
    /// The storefronts of a sandbox, with no keys and no sessions.
    pub(crate) fn new(specification: &Specification, accounts: Accounts, clock: Clock) -> Self {
        let versions = specification
            .routes()
            .filter_map(|(_, route)| route.path.strip_prefix(PREFIX)?.split('/').next())
            .filter(|segment| segment.starts_with('v'))
            .chain([VERSION])
            .collect();
        Self {
            accounts,
            clock,
            versions,
            state: Mutex::default(),
        }
    }

    /// The sign-in endpoint at a path as sent, in any version that is published.
    pub(crate) fn endpoint(&self, path: &str) -> Option<Endpoint> {
        let (version, rest) = path.strip_prefix(PREFIX)?.split_once('/')?;
        if !self.versions.contains(version) {
            return None;
        }
        endpoint(rest)
    }

    /// Answers a request for a sign-in endpoint.
    pub(crate) fn handle(
        &self,
        endpoint: &Endpoint,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Answer, Refusal> {
        let storefront = self.named(headers)?;
        match endpoint {
            Endpoint::Key => Ok(success(json!(self.issue_key(storefront)?))),
            Endpoint::Token => {
                let user_id = self.sign_in(storefront, body)?;
                let token = self.open_session(Some(storefront), user_id)?;
                Ok(success(json!({"userId": user_id, "accessToken": token})))
            }
            Endpoint::OneToken(token) => {
                self.state().sessions.remove(token);
                Ok(Answer::empty(StatusCode::NO_CONTENT))
            }
        }
    }

    /// The storefront that the `x-storefront` header names. That the header is required is published, the
    /// status is assumed.
    pub(crate) fn named<'a>(&self, headers: &'a HeaderMap) -> Result<&'a str, Refusal> {
        headers
            .get("x-storefront")
            .and_then(|name| name.to_str().ok())
            .filter(|name| self.accounts.is_storefront(name))
            .ok_or_else(|| {
                Refusal::new(
                    StatusCode::BAD_REQUEST,
                    "header `x-storefront`: required, and must name a storefront of this site",
                )
            })
    }

    /// The session of a token, unless it is unknown, revoked or over.
    pub(crate) fn session(&self, token: &str) -> Option<Session> {
        let now = self.clock.now();
        self.state()
            .sessions
            .get(token)
            .filter(|session| session.expires > now)
            .cloned()
    }

    /// A fresh key as 64 hexadecimal digits.
    fn issue_key(&self, storefront: &str) -> Result<String, Refusal> {
        let bytes: [u8; 32] = random()?;
        let hex = hex(&bytes);
        let key = SigningKey::parse(&hex).map_err(|error| internal(&error))?;

        let now = self.clock.now();
        let mut state = self.state();
        let keys = state.keys.entry(storefront.to_owned()).or_default();
        keys.retain(|key| key.expires > now);
        if keys.len() >= MOST_KEYS {
            keys.pop_front();
        }
        keys.push_back(Key {
            key,
            expires: now + KEY_LIFETIME,
        });
        Ok(hex)
    }

    /// The user that a body signs in; a guest without one.
    fn sign_in(&self, storefront: &str, body: &[u8]) -> Result<&str, Refusal> {
        let Some(body) = encrypted(body) else {
            return Ok(GUEST);
        };
        let shopper = &self.accounts.storefront;
        let credentials = self.open(storefront, &body);
        let accepted = credentials.is_some_and(|credentials| {
            // Both are compared whatever the first says.
            same_secret(&credentials.username, &shopper.username)
                & same_secret(&credentials.password, &shopper.password)
        });
        if accepted {
            Ok(&shopper.user_id)
        } else {
            Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "the credentials were not accepted; get a new signing key and encrypt user name and \
                 password with it",
            ))
        }
    }

    /// Decrypts credentials with the key they were made for, and uses it up.
    fn open(&self, storefront: &str, body: &str) -> Option<Credentials> {
        let now = self.clock.now();
        let mut state = self.state();
        let keys = state.keys.get_mut(storefront)?;
        keys.retain(|key| key.expires > now);
        // A wrong key gives valid padding once in 256 times, but never credentials.
        let (index, credentials) = keys.iter().enumerate().rev().find_map(|(index, key)| {
            let plaintext = decrypt(&key.key, body).ok()?;
            let credentials = serde_json::from_slice::<Credentials>(&plaintext).ok()?;
            Some((index, credentials))
        })?;
        keys.remove(index);
        Some(credentials)
    }

    /// The token of a new session.
    pub(crate) fn open_session(
        &self,
        storefront: Option<&str>,
        user_id: &str,
    ) -> Result<String, Refusal> {
        let secret: [u8; 54] = random()?;
        let token = format!("00D000000000001!{}", URL_SAFE_NO_PAD.encode(secret));
        let now = self.clock.now();
        let visitor = match storefront {
            None => Visitor::App,
            Some(_) if user_id == GUEST => {
                let mark: [u8; 16] = random()?;
                Visitor::Guest(hex(&mark))
            }
            Some(_) => Visitor::Shopper,
        };
        let session = Session {
            storefront: storefront.map(str::to_owned),
            user_id: user_id.to_owned(),
            visitor,
            expires: now + SESSION_LIFETIME,
        };
        let mut state = self.state();
        if state.sessions.len() >= state.room {
            state.sessions.retain(|_, session| session.expires > now);
            state.room = 2 * state.sessions.len().max(LEAST_ROOM);
        }
        state.sessions.insert(token.clone(), session);
        Ok(token)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Endpoint {
    /// The methods that the endpoint takes.
    pub(crate) fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::Key => &["GET"],
            Self::Token => &["POST"],
            Self::OneToken(_) => &["DELETE"],
        }
    }
}

/// The base64 text in a body, sent bare or as a JSON string; `None` for no credentials.
fn encrypted(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() || text == "null" {
        return None;
    }
    match serde_json::from_str(text) {
        Ok(Value::String(inner)) if inner.is_empty() => None,
        Ok(Value::String(inner)) => Some(inner),
        _ => Some(text.to_owned()),
    }
}

fn success(data: Value) -> Answer {
    let status = StatusCode::OK;
    Answer::json(
        status,
        json!({"title": "success", "status": status.as_u16(), "data": data}),
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|error| internal(&error))?;
    Ok(bytes)
}

fn internal(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a storefront key or token could not be made");
    Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the sandbox could not make a key or a token",
    )
}
