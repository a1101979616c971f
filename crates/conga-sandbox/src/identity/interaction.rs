//! What the user decides: login, consent, device verification, logout.

use axum::http::{HeaderValue, Method, StatusCode, header};
use url::form_urlencoded;

use super::authorize::{is_registered, redirect, with_query};
use super::endpoints::{Endpoint, meaning};
use super::grants::{SignIn, normalised};
use super::pages::{self, Page};
use super::params::Params;
use super::sessions::{Browser, Session, SignedInUser, Subject};
use super::{Identity, Request};
use crate::directory::Client;
use crate::request::Answer;

/// A request that waits, with the browser that it waits in.
struct Waiting {
    browser: Browser,
    session: Session,
    id: String,
    subject: Subject,
}

impl Identity {
    /// The next step of a request that waits: a page, or the answer to the client.
    pub(super) async fn proceed(&self, browser: &Browser, id: &str) -> Answer {
        let session = self.sessions.get(browser);
        let Some((session, pending)) =
            session.and_then(|session| session.pending(id).cloned().map(|one| (session, one)))
        else {
            return Page::expired().into_answer();
        };
        let answer = match (self.signed_in(&session, &pending), &pending.subject) {
            (None, _) => self.step(Endpoint::Login, id),
            (Some(user), Subject::Application(request)) if !request.needs_consent(&session) => {
                match self.sessions.change(browser, |session| session.decided(id)) {
                    Some(true) => self.grant(request, &session, &user).await,
                    _ => Page::expired().into_answer(),
                }
            }
            _ => self.step(Endpoint::Consent, id),
        };
        self.with_cookie(answer, browser)
    }

    /// The login page.
    pub(super) async fn login(&self, request: Request<'_>) -> Answer {
        let (params, waiting) = match self.waiting(request) {
            Ok(found) => found,
            Err(page) => return page.into_answer(),
        };
        let hint = match &waiting.subject {
            Subject::Application(request) => request.login_hint.as_deref(),
            Subject::Device(_) => None,
        };
        if request.method != Method::POST {
            return self.login_page(&waiting, hint, None).into_answer();
        }
        let user_name = params.value("user_name").unwrap_or_default();
        let password = params.value("password").unwrap_or_default();
        let now = self.clock.now();
        let subject = format!("user {}", user_name.to_lowercase());
        if let Err(seconds) = self.attempts.count(&subject, now) {
            let fault = "Too many wrong passwords. Wait a few minutes, then try again.";
            let page = self.login_page(&waiting, Some(user_name), Some(fault));
            return slow_down(page, seconds);
        }
        let Some(user) = self.directory.sign_in(user_name, password) else {
            let fault = "The user name or the password is wrong.";
            let page = self.login_page(&waiting, Some(user_name), Some(fault));
            return page.status(StatusCode::UNAUTHORIZED).into_answer();
        };
        self.attempts.was_right(&subject);
        let Some(browser) = self.sessions.sign_in(&waiting.browser, &user.id) else {
            return Page::expired().into_answer();
        };
        self.sessions
            .change(&browser, |session| session.authenticated(&waiting.id));
        self.proceed(&browser, &waiting.id).await
    }

    /// The consent page.
    pub(super) async fn consent(&self, request: Request<'_>) -> Answer {
        let (params, waiting) = match self.waiting(request) {
            Ok(found) => found,
            Err(page) => return page.into_answer(),
        };
        let Some(pending) = waiting.session.pending(&waiting.id) else {
            return Page::expired().into_answer();
        };
        let Some(user) = self.signed_in(&waiting.session, pending) else {
            return self.proceed(&waiting.browser, &waiting.id).await;
        };
        let posted = request.method == Method::POST;
        let (client, scope) = match self.asked(&waiting, &user).await {
            Ok(Some(asked)) => asked,
            Ok(None) if posted => return Page::expired().into_answer(),
            Ok(None) => return self.nobody_asks(&waiting),
            Err(answer) => return answer,
        };
        if !posted {
            return self
                .consent_page(&waiting, &client, &scope, &user.id)
                .into_answer();
        }
        let allowed = match params.value("decision") {
            Some("allow") => true,
            Some("deny") => false,
            _ => return Page::fault("The form does not say what you decided.").into_answer(),
        };
        let first = self.sessions.change(&waiting.browser, |session| {
            let first = session.decided(&waiting.id);
            if first && allowed {
                session.give_consent(&client.id, &scope);
            }
            first
        });
        // A form that is sent twice at once is one decision.
        if first != Some(true) {
            return Page::expired().into_answer();
        }
        match &waiting.subject {
            Subject::Application(request) if allowed => {
                self.grant(request, &waiting.session, &user).await
            }
            Subject::Application(request) => self.deny(request),
            Subject::Device(user_code) => {
                let sign_in = allowed.then_some(SignIn {
                    user_id: user.id,
                    auth_time: user.auth_time,
                    session: waiting.session.id,
                });
                let now = self.clock.now();
                match self.grants.decide_device(user_code, sign_in, now).await {
                    Ok(in_time) => pages::device_done(allowed, in_time).into_answer(),
                    Err(error) => Page::failed(&error).into_answer(),
                }
            }
        }
    }

    /// The device verification page (RFC 8628, section 3.3). Even a code from a link is confirmed by the user. Whether a
    /// device waits with the code is told once the user has signed in, so that guesses are counted by user.
    pub(super) async fn verify_device(&self, request: Request<'_>) -> Answer {
        let params = match Params::of(request) {
            Ok(params) => params,
            Err(error) => return Page::fault(&error.description).into_answer(),
        };
        let browser = self.sessions.open(request.headers);
        let Some(session) = self.sessions.get(&browser) else {
            return Page::expired().into_answer();
        };
        let typed = params.value("user_code").unwrap_or_default();
        if request.method != Method::POST {
            let page = self.device_page(&session, typed, None);
            return self.with_cookie(page.into_answer(), &browser);
        }
        if !session.accepts(params.value("form_token")) {
            return Page::expired().into_answer();
        }
        let Some(user_code) = normalised(typed) else {
            let fault = "A code has eight letters. Compare it with what the device shows.";
            return self
                .device_page(&session, typed, Some(fault))
                .status(StatusCode::BAD_REQUEST)
                .into_answer();
        };
        let waiting = self.sessions.change(&browser, |session| {
            session.wait_for(Subject::Device(user_code))
        });
        match waiting {
            Some(id) => self.proceed(&browser, &id).await,
            None => Page::expired().into_answer(),
        }
    }

    /// The end of the browser's session (OpenID Connect RP-Initiated Logout). Without a hint of who asks, the user does.
    pub(super) async fn end_session(&self, request: Request<'_>) -> Answer {
        let params = match Params::of(request) {
            Ok(params) => params,
            Err(error) => return Page::fault(&error.description).into_answer(),
        };
        if request.method == Method::POST && params.value("form_token").is_none() {
            return self.again(Endpoint::EndSession, &params);
        }
        let hint = match params.value("id_token_hint") {
            Some(token) => self.id_token_hint(token).await,
            None => None,
        };
        let target = match params.value("post_logout_redirect_uri") {
            Some(uri) => {
                let hinted = hint.as_ref().map(|claims| claims.aud.as_str());
                let client_id = params.value("client_id").or(hinted);
                let same = hinted.is_none_or(|hinted| Some(hinted) == client_id);
                let client = client_id.and_then(|id| self.directory.client(id));
                let known =
                    client.is_some_and(|client| client.active && is_registered(&client, uri));
                if !known || !same {
                    let fault =
                        "The post_logout_redirect_uri is not one that the connection registers.";
                    return Page::fault(fault).into_answer();
                }
                let mut query = form_urlencoded::Serializer::new(String::new());
                query.extend_pairs(params.value("state").map(|state| ("state", state)));
                let query = query.finish();
                Some(if query.is_empty() {
                    uri.to_owned()
                } else {
                    with_query(uri, &query)
                })
            }
            None => None,
        };
        let found = self.sessions.browser(request.headers).and_then(|browser| {
            let session = self.sessions.get(&browser)?;
            let user = session.user.clone()?;
            Some((browser, session, user))
        });
        if let Some((browser, session, user)) = found {
            let confirmed =
                request.method == Method::POST && session.accepts(params.value("form_token"));
            let asked_by_client = hint.is_some_and(|claims| claims.sub == user.id);
            if !confirmed && !asked_by_client {
                let action = self.url(Endpoint::EndSession);
                let kept = [
                    "id_token_hint",
                    "client_id",
                    "post_logout_redirect_uri",
                    "state",
                ]
                .map(|name| (name, params.value(name).unwrap_or_default()));
                return pages::logout(&action, &session.form_token, &kept).into_answer();
            }
            self.sessions.close(&browser);
        }
        match target {
            Some(uri) => redirect(&uri),
            None => pages::signed_out().into_answer(),
        }
    }

    /// The request that a login or consent page is about. A form must come from such a page.
    fn waiting(&self, request: Request<'_>) -> Result<(Params, Waiting), Page> {
        let params = Params::of(request).map_err(|error| Page::fault(&error.description))?;
        let found = self.sessions.browser(request.headers).and_then(|browser| {
            let session = self.sessions.get(&browser)?;
            let id = params.value("request")?;
            let subject = session.pending(id)?.subject.clone();
            let id = id.to_owned();
            Some(Waiting {
                browser,
                session,
                id,
                subject,
            })
        });
        let posted = request.method == Method::POST;
        let waiting = found
            .filter(|one| !posted || one.session.accepts(params.value("form_token")))
            .ok_or_else(Page::expired)?;
        Ok((params, waiting))
    }

    /// Who asks the user for what, if somebody does. Device codes that the user types are guesses.
    async fn asked(
        &self,
        waiting: &Waiting,
        user: &SignedInUser,
    ) -> Result<Option<(Client, Vec<String>)>, Answer> {
        let (client_id, scope) = match &waiting.subject {
            Subject::Application(request) => (request.client_id.clone(), request.scope.clone()),
            Subject::Device(user_code) => {
                let now = self.clock.now();
                let guesser = format!("device codes, {}", user.id);
                if let Err(seconds) = self.attempts.count(&guesser, now) {
                    let fault = "Too many wrong codes. Wait a few minutes, then try again.";
                    let page = self.device_page(&waiting.session, user_code, Some(fault));
                    return Err(slow_down(page, seconds));
                }
                let found = self.grants.device_request(user_code, now).await;
                let found = found.map_err(|error| Page::failed(&error).into_answer())?;
                let Some(device) = found else {
                    return Ok(None);
                };
                self.attempts.was_right(&guesser);
                (device.client_id, device.scope)
            }
        };
        let client = self.directory.client(&client_id);
        Ok(client.map(|client| (client, scope)))
    }

    /// Ends what the user was to be asked, since nobody asks it.
    fn nobody_asks(&self, waiting: &Waiting) -> Answer {
        self.sessions
            .change(&waiting.browser, |session| session.decided(&waiting.id));
        match &waiting.subject {
            Subject::Application(_) => Page::expired().into_answer(),
            Subject::Device(user_code) => {
                let fault =
                    "No device waits with this code. Compare it with what the device shows.";
                self.device_page(&waiting.session, user_code, Some(fault))
                    .status(StatusCode::BAD_REQUEST)
                    .into_answer()
            }
        }
    }

    fn device_page(&self, session: &Session, typed: &str, fault: Option<&str>) -> Page {
        let action = self.url(Endpoint::Device);
        pages::device(&action, &session.form_token, typed, fault)
    }

    fn login_page(&self, waiting: &Waiting, user_name: Option<&str>, fault: Option<&str>) -> Page {
        let client = match &waiting.subject {
            Subject::Application(request) => self.directory.client(&request.client_id),
            Subject::Device(_) => None,
        };
        pages::login(
            &pages::Form {
                action: &self.url(Endpoint::Login),
                token: &waiting.session.form_token,
                request: &waiting.id,
            },
            client.as_ref().map_or("Your device", |client| &client.name),
            user_name.unwrap_or_default(),
            fault,
        )
        .may_lead_to(waiting.target())
    }

    fn consent_page(
        &self,
        waiting: &Waiting,
        client: &Client,
        scope: &[String],
        user_id: &str,
    ) -> Page {
        let user = self.directory.active_user(user_id);
        let device = match &waiting.subject {
            Subject::Device(user_code) => Some(user_code.as_str()),
            Subject::Application(_) => None,
        };
        let meanings: Vec<&str> = scope.iter().filter_map(|one| meaning(one)).collect();
        pages::consent(
            &pages::Form {
                action: &self.url(Endpoint::Consent),
                token: &waiting.session.form_token,
                request: &waiting.id,
            },
            &client.name,
            user.as_ref().map_or("", |user| user.user_name()),
            device,
            &meanings,
        )
        .may_lead_to(waiting.target())
    }

    /// Sends the browser to a page about a request that waits.
    fn step(&self, page: Endpoint, id: &str) -> Answer {
        redirect(&format!("{}?request={id}", self.url(page)))
    }

    fn with_cookie(&self, answer: Answer, browser: &Browser) -> Answer {
        match self.sessions.set_cookie(browser) {
            Some(cookie) => answer.with_header(header::SET_COOKIE, cookie),
            None => answer,
        }
    }
}

impl Waiting {
    /// Where the browser may be sent once the user has decided.
    fn target(&self) -> Option<&str> {
        match &self.subject {
            Subject::Application(request) => Some(&request.redirect_uri),
            Subject::Device(_) => None,
        }
    }
}

fn slow_down(page: Page, seconds: i64) -> Answer {
    page.status(StatusCode::TOO_MANY_REQUESTS)
        .into_answer()
        .with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
}
