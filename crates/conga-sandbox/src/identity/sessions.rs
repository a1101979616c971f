//! Browsers and where they stand: who is signed in, what waits for a decision, what was consented to.
//!
//! A session is known by a cookie, which changes at sign-in so that nobody can plant one. Forms carry a
//! token of the session, so that no other site can send them.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderValue, header};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::PREFIX;
use super::authorize::AuthorizationRequest;
use crate::clock::Clock;
use crate::secret::{self, same_secret};

/// A session ends this long after its last use.
const LIFETIME: TimeDelta = TimeDelta::hours(8);

/// Sessions kept; those unused for longest go first.
const MOST: usize = 10_000;

/// Requests that may wait in one session; the oldest go first.
const MOST_PENDING: usize = 20;

/// All sessions of a sandbox.
pub(super) struct Sessions {
    cookie: String,
    clock: Clock,
    all: Mutex<HashMap<String, Session>>,
}

/// A browser, by its cookie.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Browser(String);

/// A browser's session.
#[derive(Clone)]
pub(super) struct Session {
    /// Names the session in tokens; not the cookie.
    pub(super) id: String,
    /// What a form of this session carries.
    pub(super) form_token: String,
    pub(super) user: Option<SignedInUser>,
    pending: Vec<(String, Pending)>,
    /// Scopes by client.
    consents: HashMap<String, BTreeSet<String>>,
    used: DateTime<Utc>,
}

/// The user of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignedInUser {
    pub(super) id: String,
    /// When, in seconds of the epoch.
    pub(super) auth_time: i64,
}

/// A request that waits for the user.
#[derive(Clone)]
pub(super) struct Pending {
    pub(super) subject: Subject,
    /// The user has signed in since the request was made.
    pub(super) authenticated: bool,
}

/// What a request is about.
#[derive(Clone)]
pub(super) enum Subject {
    /// An application that has sent the browser.
    Application(AuthorizationRequest),
    /// A device that shows this user code.
    Device(String),
}

impl Sessions {
    /// No sessions. Cookies do not tell ports apart, so the port is in the cookie's name.
    pub(super) fn new(port: &str, clock: Clock) -> Self {
        Self {
            cookie: format!("conga_sandbox_session_{port}"),
            clock,
            all: Mutex::default(),
        }
    }

    /// The browser of a request, if it has a session.
    pub(super) fn browser(&self, headers: &HeaderMap) -> Option<Browser> {
        let cookies = headers.get_all(header::COOKIE).into_iter();
        let value = cookies
            .filter_map(|cookies| cookies.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(name, _)| *name == self.cookie)
            .map(|(_, value)| Browser(value.to_owned()))?;
        self.get(&value).map(|_| value)
    }

    /// The browser of a request, with a new session if it has none.
    pub(super) fn open(&self, headers: &HeaderMap) -> Browser {
        self.browser(headers).unwrap_or_else(|| {
            let session = Session {
                id: Uuid::new_v4().simple().to_string(),
                form_token: secret::token(),
                user: None,
                pending: Vec::new(),
                consents: HashMap::new(),
                used: self.clock.now(),
            };
            self.insert(session)
        })
    }

    /// The session of a browser as it stands.
    pub(super) fn get(&self, browser: &Browser) -> Option<Session> {
        self.change(browser, |session| session.clone())
    }

    /// Changes the session of a browser, if it has one.
    pub(super) fn change<T>(
        &self,
        browser: &Browser,
        work: impl FnOnce(&mut Session) -> T,
    ) -> Option<T> {
        let now = self.clock.now();
        let mut all = self.all();
        let session = all
            .get_mut(&browser.0)
            .filter(|session| session.used + LIFETIME > now)?;
        session.used = now;
        Some(work(session))
    }

    /// Signs a user in, under a new cookie. Consents are the user's own: another user starts with none.
    pub(super) fn sign_in(&self, browser: &Browser, user_id: &str) -> Option<Browser> {
        let mut session = self.all().remove(&browser.0)?;
        if session.user.as_ref().is_some_and(|user| user.id != user_id) {
            session.consents.clear();
            session.id = Uuid::new_v4().simple().to_string();
        }
        session.form_token = secret::token();
        session.used = self.clock.now();
        session.user = Some(SignedInUser {
            id: user_id.to_owned(),
            auth_time: self.clock.now().timestamp(),
        });
        Some(self.insert(session))
    }

    /// Ends the session of a browser.
    pub(super) fn close(&self, browser: &Browser) {
        self.all().remove(&browser.0);
    }

    /// The `Set-Cookie` header of a browser. Without `Secure`, since the sandbox speaks plain HTTP.
    pub(super) fn set_cookie(&self, browser: &Browser) -> Option<HeaderValue> {
        let cookie = format!(
            "{}={}; Path={PREFIX}; HttpOnly; SameSite=Lax",
            self.cookie, browser.0
        );
        HeaderValue::try_from(cookie).ok()
    }

    fn insert(&self, session: Session) -> Browser {
        let now = self.clock.now();
        let mut all = self.all();
        if all.len() >= MOST {
            all.retain(|_, session| session.used + LIFETIME > now);
        }
        if all.len() >= MOST {
            let oldest = all.iter().min_by_key(|(_, session)| session.used);
            if let Some(cookie) = oldest.map(|(cookie, _)| cookie.clone()) {
                all.remove(&cookie);
            }
        }
        let cookie = secret::token();
        all.insert(cookie.clone(), session);
        Browser(cookie)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Keeps a request until the user has decided, and names it.
    pub(super) fn wait_for(&mut self, subject: Subject) -> String {
        if self.pending.len() >= MOST_PENDING {
            self.pending.remove(0);
        }
        let id = secret::token();
        let pending = Pending {
            subject,
            authenticated: false,
        };
        self.pending.push((id.clone(), pending));
        id
    }

    /// A request that waits.
    pub(super) fn pending(&self, id: &str) -> Option<&Pending> {
        let (_, pending) = self.pending.iter().find(|(other, _)| other == id)?;
        Some(pending)
    }

    /// Records that the user has just signed in for a request.
    pub(super) fn authenticated(&mut self, id: &str) {
        let mut all = self.pending.iter_mut();
        if let Some((_, pending)) = all.find(|(other, _)| other == id) {
            pending.authenticated = true;
        }
    }

    /// Forgets a request; tells whether it still waited.
    pub(super) fn decided(&mut self, id: &str) -> bool {
        let place = self.pending.iter().position(|(other, _)| other == id);
        place.map(|place| self.pending.remove(place)).is_some()
    }

    /// Whether the user has let this client have all these scopes.
    pub(super) fn has_consent(&self, client_id: &str, scope: &[String]) -> bool {
        self.consents
            .get(client_id)
            .is_some_and(|given| scope.iter().all(|one| given.contains(one)))
    }

    /// Records that the user lets this client have these scopes.
    pub(super) fn give_consent(&mut self, client_id: &str, scope: &[String]) {
        let given = self.consents.entry(client_id.to_owned()).or_default();
        given.extend(scope.iter().cloned());
    }

    /// Whether a form comes from a page of this session.
    pub(super) fn accepts(&self, form_token: Option<&str>) -> bool {
        form_token.is_some_and(|token| same_secret(token, &self.form_token))
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("cookie", &self.cookie)
            .finish_non_exhaustive()
    }
}
