//! Authorization requests: what a client may ask, and how it is answered.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use url::form_urlencoded;

use super::endpoints::Endpoint;
use super::error::OAuthError;
use super::grants::{Authorization, CodeRequest, SignIn};
use super::pages::Page;
use super::params::Params;
use super::sessions::{Pending, Session, SignedInUser, Subject};
use super::{Identity, Request};
use crate::directory::{ActsAs, Client};
use crate::request::Answer;

/// A request of a client that has been found good.
#[derive(Clone)]
pub(super) struct AuthorizationRequest {
    pub(super) client_id: String,
    /// As asked for, which the token request must repeat.
    pub(super) redirect_uri: String,
    pub(super) scope: Vec<String>,
    state: Option<String>,
    nonce: Option<String>,
    challenge: String,
    /// The user is to sign in even if one is signed in.
    login: bool,
    /// The user is to be asked even if consent was given.
    consent: bool,
    /// The most seconds since the user signed in.
    max_age: Option<i64>,
    pub(super) login_hint: Option<String>,
}

/// Where an answer goes: a registered redirect URI, with the client's state.
struct Return<'a> {
    redirect_uri: &'a str,
    state: Option<&'a str>,
}

impl Identity {
    /// The authorization endpoint. Until the client and its redirect URI are known to be good, faults are shown to the user;
    /// from then on they are told to the client.
    pub(super) async fn authorize(&self, request: Request<'_>) -> Answer {
        let params = match Params::any(request) {
            Ok(params) => params,
            Err(error) => return Page::fault(&error.description).into_answer(),
        };
        if request.method == Method::POST {
            return self.again(Endpoint::Authorize, &params);
        }
        let (client, redirect_uri) = match self.origin(&params) {
            Ok(origin) => origin,
            Err(fault) => return Page::fault(fault).into_answer(),
        };
        let back = Return {
            redirect_uri,
            state: params.single("state"),
        };
        let (asked, silent) = match self.read(&client, redirect_uri, &params) {
            Ok(read) => read,
            Err(error) => return self.refuse(&back, &error),
        };
        if silent {
            let answer = self.authorize_silently(request.headers, asked).await;
            return answer.unwrap_or_else(|error| self.refuse(&back, &error));
        }
        let browser = self.sessions.open(request.headers);
        let pending = self.sessions.change(&browser, |session| {
            session.wait_for(Subject::Application(asked))
        });
        match pending {
            Some(id) => self.proceed(&browser, &id).await,
            None => Page::expired().into_answer(),
        }
    }

    /// A request that is carried out only if the user need not be asked.
    async fn authorize_silently(
        &self,
        headers: &HeaderMap,
        asked: AuthorizationRequest,
    ) -> Result<Answer, OAuthError> {
        let fault = |code| OAuthError::new(code, "the user would have to be asked");
        let pending = Pending {
            subject: Subject::Application(asked.clone()),
            authenticated: false,
        };
        let browser = self.sessions.browser(headers);
        let session = browser.and_then(|browser| self.sessions.get(&browser));
        let session = session.ok_or_else(|| fault("login_required"))?;
        let user = self.signed_in(&session, &pending);
        let user = user.ok_or_else(|| fault("login_required"))?;
        if asked.needs_consent(&session) {
            return Err(fault("consent_required"));
        }
        Ok(self.grant(&asked, &session, &user).await)
    }

    /// The client and the redirect URI of a request, or what is wrong with them.
    fn origin<'a>(&self, params: &'a Params) -> Result<(Client, &'a str), &'static str> {
        let client_id = params
            .single("client_id")
            .ok_or("The application did not say who it is: client_id is missing or given twice.")?;
        let client = self
            .directory
            .client(client_id)
            .filter(|client| client.acts_as == ActsAs::SignedInUser)
            .ok_or("No UI-to-API connection has this client_id.")?;
        if !client.active {
            return Err("The connection is deactivated.");
        }
        let redirect_uri = params
            .single("redirect_uri")
            .ok_or("The application did not say where to return to: redirect_uri is missing or given twice.")?;
        if !is_registered(&client, redirect_uri) {
            return Err("The redirect_uri is not one that the connection registers.");
        }
        Ok((client, redirect_uri))
    }

    /// The rest of a request, and whether the user must not be asked (`prompt=none`).
    fn read(
        &self,
        client: &Client,
        redirect_uri: &str,
        params: &Params,
    ) -> Result<(AuthorizationRequest, bool), OAuthError> {
        params.check()?;
        let unsupported = |code| {
            Err(OAuthError::new(
                code,
                "not supported; see the discovery document",
            ))
        };
        if params.value("request").is_some() {
            return unsupported("request_not_supported");
        }
        if params.value("request_uri").is_some() {
            return unsupported("request_uri_not_supported");
        }
        match params.value("response_type") {
            Some("code") => {}
            Some(_) => return unsupported("unsupported_response_type"),
            None => return Err(OAuthError::invalid_request("response_type is missing")),
        }
        if params
            .value("response_mode")
            .is_some_and(|mode| mode != "query")
        {
            return Err(OAuthError::invalid_request("response_mode must be query"));
        }
        let challenge = params.value("code_challenge").ok_or_else(|| {
            OAuthError::invalid_request("code_challenge is missing; every client uses PKCE")
        })?;
        if params.value("code_challenge_method") != Some("S256") {
            return Err(OAuthError::invalid_request(
                "code_challenge_method must be S256",
            ));
        }
        let is_digest = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if challenge.len() != 43 || !challenge.chars().all(is_digest) {
            return Err(OAuthError::invalid_request(
                "code_challenge is not a SHA-256 in base64url",
            ));
        }
        let prompts: Vec<&str> = params
            .value("prompt")
            .unwrap_or_default()
            .split_ascii_whitespace()
            .collect();
        let known = ["none", "login", "consent", "select_account"];
        let silent = prompts.contains(&"none");
        if prompts.iter().any(|one| !known.contains(one)) || (silent && prompts.len() > 1) {
            return Err(OAuthError::invalid_request(
                "prompt is none alone, or some of login, consent, select_account",
            ));
        }
        let max_age = params.value("max_age").map(str::parse).transpose();
        let max_age: Option<u32> =
            max_age.map_err(|_| OAuthError::invalid_request("max_age is a number of seconds"))?;
        let scope = client.scope(params.value("scope"))?;
        let login = prompts.contains(&"login")
            || prompts.contains(&"select_account")
            || max_age == Some(0)
            || scope.iter().any(|one| one == "force_login");
        let owned = |name| params.value(name).map(str::to_owned);
        let request = AuthorizationRequest {
            client_id: client.id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            scope,
            state: owned("state"),
            nonce: owned("nonce"),
            challenge: challenge.to_owned(),
            login,
            consent: prompts.contains(&"consent"),
            max_age: max_age.map(i64::from),
            login_hint: owned("login_hint"),
        };
        Ok((request, silent))
    }

    /// The user that a request can go on with; `None` if one has to sign in.
    pub(super) fn signed_in(&self, session: &Session, pending: &Pending) -> Option<SignedInUser> {
        let user = session.user.clone()?;
        self.directory.active_user(&user.id)?;
        if pending.authenticated {
            return Some(user);
        }
        let now = self.clock.now().timestamp();
        match &pending.subject {
            Subject::Application(request) => {
                let stale = |max_age| now - user.auth_time > max_age;
                (!request.login && !request.max_age.is_some_and(stale)).then_some(user)
            }
            Subject::Device(_) => Some(user),
        }
    }

    /// Sends the browser back with a code.
    pub(super) async fn grant(
        &self,
        request: &AuthorizationRequest,
        session: &Session,
        user: &SignedInUser,
    ) -> Answer {
        if let Err(page) = self.still_good(request) {
            return page.into_answer();
        }
        let authorization = Authorization {
            client_id: request.client_id.clone(),
            scope: request.scope.clone(),
            sign_in: SignIn {
                user_id: user.id.clone(),
                auth_time: user.auth_time,
                session: session.id.clone(),
            },
        };
        let code = CodeRequest {
            authorization,
            nonce: request.nonce.clone(),
            redirect_uri: request.redirect_uri.clone(),
            challenge: request.challenge.clone(),
        };
        match self.grants.issue_code(code, self.clock.now()).await {
            Ok(code) => self.send_back(&request.back(), &[("code", &code)]),
            Err(error) => self.refuse(&request.back(), &error),
        }
    }

    /// Sends the browser back with the user's no.
    pub(super) fn deny(&self, request: &AuthorizationRequest) -> Answer {
        if let Err(page) = self.still_good(request) {
            return page.into_answer();
        }
        let error = OAuthError::new("access_denied", "the user said no");
        self.refuse(&request.back(), &error)
    }

    /// Sends a posted form once more, as a query. The session's cookie is withheld from the form of another site, but goes
    /// with the redirect; else the user would be asked to sign in again.
    pub(super) fn again(&self, endpoint: Endpoint, params: &Params) -> Answer {
        redirect(&with_query(&self.url(endpoint), &params.query()))
    }

    /// Whether the connection is as it was when the user was first asked.
    fn still_good(&self, request: &AuthorizationRequest) -> Result<(), Page> {
        self.directory
            .client(&request.client_id)
            .filter(|client| client.active && is_registered(client, &request.redirect_uri))
            .map(|_| ())
            .ok_or_else(|| Page::fault("The connection has been deactivated or changed."))
    }

    fn refuse(&self, back: &Return<'_>, error: &OAuthError) -> Answer {
        let fields = [
            ("error", error.code),
            ("error_description", &*error.description),
        ];
        self.send_back(back, &fields)
    }

    /// A redirect to the client, with its state and the issuer (RFC 9207).
    fn send_back(&self, back: &Return<'_>, fields: &[(&str, &str)]) -> Answer {
        let issuer = self.issuer();
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(fields);
        query.extend_pairs(back.state.map(|state| ("state", state)));
        query.append_pair("iss", &issuer);
        redirect(&with_query(back.redirect_uri, &query.finish()))
    }
}

impl AuthorizationRequest {
    /// Whether the user has to be asked.
    pub(super) fn needs_consent(&self, session: &Session) -> bool {
        self.consent || !session.has_consent(&self.client_id, &self.scope)
    }

    fn back(&self) -> Return<'_> {
        Return {
            redirect_uri: &self.redirect_uri,
            state: self.state.as_deref(),
        }
    }
}

/// A redirect that a browser follows with `GET`.
pub(super) fn redirect(location: &str) -> Answer {
    let Ok(location) = HeaderValue::try_from(location) else {
        return Page::fault("The address to return to cannot be sent.").into_answer();
    };
    Answer::empty(StatusCode::SEE_OTHER)
        .with_header(header::LOCATION, location)
        .with_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .with_header(
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        )
}

/// The URI with more in its query.
pub(super) fn with_query(uri: &str, query: &str) -> String {
    let separator = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{separator}{query}")
}

/// Whether a client registers a redirect URI.
pub(super) fn is_registered(client: &Client, asked: &str) -> bool {
    client
        .redirect_uris
        .iter()
        .any(|registered| registered == asked || is_same_on_loopback(registered, asked))
}

/// Whether two URIs differ in nothing but the port of a literal loopback address (RFC 8252, section 7.3). They are
/// compared as they are written, since parsing takes many spellings for one.
fn is_same_on_loopback(registered: &str, asked: &str) -> bool {
    without_port(registered).is_some_and(|registered| without_port(asked) == Some(registered))
}

/// The host of a loopback URI, and what comes after the port.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let (host, rest) = ["127.0.0.1", "[::1]"]
        .into_iter()
        .find_map(|host| Some((host, rest.strip_prefix(host)?)))?;
    let rest = match rest.strip_prefix(':') {
        Some(rest) => {
            let digits = rest.find(|c: char| !c.is_ascii_digit());
            let (port, rest) = rest.split_at(digits.unwrap_or(rest.len()));
            port.parse::<u16>().ok()?;
            rest
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_addresses_match_with_any_port_and_nothing_else_does() {
        let same = [
            ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"),
            ("http://127.0.0.1:80/cb", "http://127.0.0.1:49152/cb"),
            ("http://[::1]:8080/cb?a=b", "http://[::1]:9/cb?a=b"),
        ];
        for (registered, asked) in same {
            assert!(is_same_on_loopback(registered, asked), "{asked}");
        }
        let different = [
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb/"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb?x=1"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb#x"),
            ("http://127.0.0.1/cb", "https://127.0.0.1:1/cb"),
            ("http://127.0.0.1/cb", "http://user@127.0.0.1:1/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1.example.com/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1@example.com/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/x/../cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/%63b"),
            ("http://127.0.0.1/cb", "http://127.1:1/cb"),
            ("http://127.0.0.1/cb", "HTTP://127.0.0.1:1/cb"),
            ("http://127.0.0.1/cb", "http:\\\\127.0.0.1:1\\cb"),
            ("http://127.0.0.1/cb", "http://localhost:1/cb"),
            ("http://localhost/cb", "http://localhost:1/cb"),
            ("https://127.0.0.1/cb", "https://127.0.0.1:1/cb"),
            ("https://example.com/cb", "https://example.com:1/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/c\tb"),
        ];
        for (registered, asked) in different {
            assert!(!is_same_on_loopback(registered, asked), "{asked}");
        }
    }

    #[test]
    fn a_query_is_added_to_the_one_that_is_there() {
        assert_eq!(with_query("app.example:/cb", "a=b"), "app.example:/cb?a=b");
        assert_eq!(with_query("http://h/?x=1", "a=b"), "http://h/?x=1&a=b");
    }
}
