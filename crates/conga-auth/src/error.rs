//! The one error of this crate.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use url::Url;

use crate::cipher::CipherError;
use crate::redaction::Excerpt;
use crate::refusal::{Protocol, Refusal};
use crate::transport::Repeat;

/// Why there are no credentials for a request.
///
/// `Display` says what happened and what to do next. Neither it, nor `Debug`, nor any [source](Error::source) holds a
/// secret or a token. The error is cheap to clone: all who waited for one token request get the same one.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// A setting cannot work; nothing was sent.
    #[error("{problem}")]
    Configuration {
        /// What is wrong, and how to put it right.
        problem: String,
    },

    /// A secret or a token would have gone over a wire that others can read; nothing was sent.
    #[error(
        "{url} is not secure, so no secret is sent there; use an https URL (plain http is for loopback addresses only)"
    )]
    InsecureUrl {
        /// Scheme, host and path of the URL.
        url: String,
    },

    /// The request goes to another host than the one the credential is for; nothing was sent.
    #[error(
        "the request goes to {host}, but this credential is for {expected} only; send it without a credential, make one for that host, or allow the host on this one"
    )]
    ForeignHost {
        /// Origin of the request.
        host: String,
        /// Origins that the credential is for.
        expected: String,
    },

    /// The connection could not be made, or broke before the answer was complete.
    #[error(
        "the connection to {endpoint} failed; check the address, the network and the proxy settings"
    )]
    Unreachable {
        /// The endpoint.
        endpoint: String,
        /// Whether a connection stood, so that the request may have been received.
        connected: bool,
        /// What the HTTP client said, without the URL.
        source: Arc<dyn Error + Send + Sync>,
    },

    /// No complete answer came in time.
    #[error("{endpoint} gave no complete answer within {after:?}; try again, or allow more time")]
    TimedOut {
        /// The endpoint.
        endpoint: String,
        /// The time allowed for one attempt.
        after: Duration,
    },

    /// The endpoint answered with a redirect, which is never followed: it would carry secrets elsewhere.
    #[error(
        "{endpoint} redirects to {target}, which is not followed with secrets at hand; set the address to the one meant"
    )]
    RedirectRefused {
        /// The endpoint.
        endpoint: String,
        /// Origin of the place it points to, or `nowhere` where it names none.
        target: String,
    },

    /// The answer is longer than any answer of such an endpoint can be; the rest was not read.
    #[error(
        "the answer of {endpoint} exceeds {limit} bytes; check that the address is that of the endpoint"
    )]
    TooLarge {
        /// The endpoint.
        endpoint: String,
        /// Bytes that were allowed.
        limit: usize,
    },

    /// The server understood the request and refused it, or could not serve it.
    #[error(transparent)]
    Refused(Box<Refusal>),

    /// The server answered with success, but not with what its protocol says.
    #[error(
        "{endpoint} gave an answer that cannot be used: {problem}; check that the address is that of the endpoint, and what a proxy on the way makes of its answers"
    )]
    InvalidAnswer {
        /// The endpoint.
        endpoint: String,
        /// What is wrong with the answer.
        problem: String,
        /// The beginning of the answer; see [`AuthError::raw_excerpt`].
        excerpt: Excerpt,
    },

    /// The storefront handed out a key that is none.
    #[error("{endpoint} handed out a key that cannot be used")]
    SigningKey {
        /// The endpoint.
        endpoint: String,
        /// What is wrong with the key.
        source: CipherError,
    },

    /// The storefront lets this user in by a browser only (single sign-on). Send the user to
    /// [`AuthError::login_url`].
    #[error(
        "the storefront signs this user in by a web page at {0}; open it in a browser (`login_url()` gives the whole address)"
    )]
    LoginRequired(PageUrl),

    /// The user, or the server on the user's behalf, declined the sign-in.
    #[error("the sign-in was declined{}; start it again if that was a mistake", said(description.as_deref()))]
    SignInDenied {
        /// What the server said about it.
        description: Option<String>,
    },

    /// Nobody finished the sign-in in time.
    #[error("nobody finished the sign-in within {after:?}; start it again")]
    SignInTimedOut {
        /// The time allowed.
        after: Duration,
    },

    /// The authorization endpoint sent the user back with an error.
    #[error("the sign-in failed with {code}{}; {}", said(description.as_deref()), authorization_advice(code))]
    SignInFailed {
        /// The error code (RFC 6749, section 4.1.2.1), such as `invalid_scope`.
        code: String,
        /// What the server said about it.
        description: Option<String>,
    },

    /// The answer in the redirect belongs to another sign-in: its `state` is missing or differs.
    #[error(
        "the answer belongs to another sign-in, so it was not used; start the sign-in again and finish it in the window that opens"
    )]
    StateMismatch,

    /// Somebody else answers than was asked: the issuer in a discovery document or in a redirect differs.
    #[error(
        "{found} answered in place of {expected}, so the answer was not used; set the issuer exactly as the identity provider spells it"
    )]
    WrongIssuer {
        /// The issuer that was asked.
        expected: String,
        /// What the answer names.
        found: String,
    },

    /// What came back from the sign-in page, or was pasted, is no answer to it.
    #[error(
        "{problem}; paste the whole address to which the browser was sent, or start the sign-in again"
    )]
    InvalidRedirect {
        /// What is wrong with it.
        problem: String,
    },

    /// There is no sign-in to continue: nobody has signed in yet, or the refresh token is used up.
    #[error("{reason}; have the user sign in")]
    SignInRequired {
        /// Why.
        reason: String,
        /// The refusal of the refresh token, where that was why.
        source: Option<Arc<AuthError>>,
    },

    /// The place where tokens are kept could not be used.
    #[error("{store}: {problem}")]
    Store {
        /// The store, such as the path of its file.
        store: String,
        /// What is wrong, and how to put it right.
        problem: String,
        /// Whether it may work later without any change.
        temporary: bool,
        /// What the system or the driver said.
        source: Option<Arc<dyn Error + Send + Sync>>,
    },

    /// This machine refused something, such as a port to listen on.
    #[error("{problem} ({source})")]
    System {
        /// What was tried, and what to do about it.
        problem: String,
        /// What the operating system said.
        source: Arc<std::io::Error>,
    },
}

impl AuthError {
    /// Whether the same request may succeed later without any change: the server was unreachable, slow, or busy.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
            Self::Refused(refusal) => refusal.is_temporary(),
            Self::SignInFailed { code, .. } => TEMPORARY.contains(&code.as_str()),
            Self::Store { temporary, .. } => *temporary,
            _ => false,
        }
    }

    /// The HTTP status with which the server refused.
    pub fn status(&self) -> Option<StatusCode> {
        self.refusal().map(|refusal| refusal.status)
    }

    /// The error code of OAuth (RFC 6749, sections 4.1.2.1 and 5.2), such as `invalid_client`.
    pub fn oauth_error(&self) -> Option<&str> {
        match self {
            Self::SignInDenied { .. } => Some("access_denied"),
            Self::SignInFailed { code, .. } => Some(code),
            Self::SignInRequired { source, .. } => source.as_ref()?.oauth_error(),
            _ => self
                .refusal()
                .filter(|refusal| refusal.protocol != Protocol::Storefront)
                .and_then(Refusal::code),
        }
    }

    /// What the server said when it refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The beginning of an answer that was not understood, such as the error page of a proxy; for a person to look at.
    ///
    /// `None` where the answer could hold a token or a secret. It is in neither `Display` nor `Debug`.
    pub fn raw_excerpt(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => refusal.excerpt.text(),
            Self::InvalidAnswer { excerpt, .. } => excerpt.text(),
            _ => None,
        }
    }

    /// The page that signs the user in, where the storefront asks for that. It may hold the marker `#URL#` for the
    /// address to come back to, as seen in the vendor's SDK.
    pub fn login_url(&self) -> Option<&str> {
        match self {
            Self::LoginRequired(url) => Some(url.as_str()),
            _ => None,
        }
    }

    /// An error of a [`TokenStore`](crate::TokenStore): `store` names it, `problem` says what is wrong and how to put it
    /// right. `temporary` where it may work later without any change.
    pub fn store(store: impl Into<String>, problem: impl Into<String>, temporary: bool) -> Self {
        Self::Store {
            store: store.into(),
            problem: problem.into(),
            temporary,
            source: None,
        }
    }

    /// The same with what caused it, which must hold no secret.
    #[must_use]
    pub(crate) fn caused_by(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        if let Self::Store { source, .. } = &mut self {
            *source = Some(Arc::new(cause));
        }
        self
    }

    pub(crate) fn invalid(endpoint: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::InvalidAnswer {
            endpoint: endpoint.into(),
            problem: problem.into(),
            excerpt: Excerpt::default(),
        }
    }

    pub(crate) fn system(problem: impl Into<String>, source: std::io::Error) -> Self {
        Self::System {
            problem: problem.into(),
            source: Arc::new(source),
        }
    }

    pub(crate) fn configuration(problem: impl Into<String>) -> Self {
        Self::Configuration {
            problem: problem.into(),
        }
    }

    /// Whether the server certainly did not act on the request, so that sending it again is safe and may help.
    pub(crate) fn may_be_repeated_at_once(&self, repeat: Repeat) -> bool {
        match self {
            _ if repeat == Repeat::Never => false,
            Self::Unreachable { connected, .. } => !connected,
            Self::Refused(refusal) => match refusal.status {
                StatusCode::TOO_MANY_REQUESTS => true,
                StatusCode::SERVICE_UNAVAILABLE => repeat == Repeat::Safe,
                _ => false,
            },
            _ => false,
        }
    }
}

#[cfg(test)]
impl AuthError {
    /// Everything that can be seen of this error and of what caused it.
    pub(crate) fn all_shown(&self) -> String {
        let mut shown = format!("{self} {self:?} {:?}", self.raw_excerpt());
        let mut cause = self.source();
        while let Some(error) = cause {
            shown += &format!(" {error} {error:?}");
            cause = error.source();
        }
        shown
    }
}

/// Codes of OAuth that ask to come back later.
pub(crate) const TEMPORARY: [&str; 2] = ["temporarily_unavailable", "server_error"];

/// The words of a server, in parentheses.
fn said(description: Option<&str>) -> String {
    description.map_or_else(String::new, |text| format!(" ({text})"))
}

/// What to do about an error of the authorization endpoint.
fn authorization_advice(code: &str) -> &'static str {
    match code {
        "invalid_scope" => "ask only for scopes that the API connection has been given",
        "unauthorized_client" | "unsupported_response_type" => {
            "use a UI-to-API connection, which allows sign-in by a browser"
        }
        "login_required" | "consent_required" | "interaction_required" => {
            "let the user sign in on the page"
        }
        _ if TEMPORARY.contains(&code) => "try again later",
        _ => "check the client id, the redirect URI and the scopes",
    }
}

/// The address of a page for the user's browser. Its query may hold a session or a token, so `Debug` and `Display` leave
/// that out.
#[derive(Clone)]
pub struct PageUrl(String);

impl PageUrl {
    pub(crate) fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Url::parse(&self.0) {
            Ok(url) => f.write_str(&url.origin().ascii_serialization()),
            Err(_) => f.write_str("a relative address"),
        }
    }
}

impl fmt::Debug for PageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PageUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16) -> AuthError {
        AuthError::Refused(Box::new(Refusal {
            protocol: Protocol::OAuth,
            endpoint: "there".to_owned(),
            status: StatusCode::from_u16(status).unwrap(),
            code: None,
            description: None,
            retry_after: None,
            excerpt: Excerpt::default(),
        }))
    }

    #[test]
    fn only_a_busy_or_absent_server_is_worth_another_try() {
        for (status, retryable, at_once) in [
            (400, false, false),
            (401, false, false),
            (403, false, false),
            (429, true, true),
            (500, true, false),
            (502, true, false),
            (503, true, true),
        ] {
            let error = refusal(status);
            assert_eq!(error.is_retryable(), retryable, "{status}");
            assert_eq!(
                error.may_be_repeated_at_once(Repeat::Safe),
                at_once,
                "{status}"
            );
            let single = error.may_be_repeated_at_once(Repeat::SingleUse);
            assert_eq!(single, status == 429, "{status}");
        }
    }

    #[test]
    fn a_login_url_shows_its_origin_only() {
        let error = AuthError::LoginRequired(PageUrl::new("https://idp.example/sso?sid=abc"));
        assert_eq!(error.login_url(), Some("https://idp.example/sso?sid=abc"));
        assert!(!format!("{error} {error:?}").contains("abc"));
    }
}
