//! How this crate talks HTTP: to secure addresses only, never following a redirect, with a limit to the time and to the
//! length of an answer; and when it asks again.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::header::{DATE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tracing::debug;
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::AuthError;
use crate::platform;
use crate::redaction::{Excerpt, Redactor, shown};

/// Bytes of an answer that are read at most. Token answers are a few kilobytes.
const ANSWER_LIMIT: usize = 256 * 1024;

/// Requests made at most for one token, the first included.
const ATTEMPTS: u32 = 3;

/// A server that asks for a longer wait than this gets no further try from here: the caller decides.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Decides whether a secret or a token may be sent to `url`: over HTTPS anywhere, over plain HTTP to this machine only.
///
/// This machine is `localhost`, `127.0.0.0/8` or `[::1]`, as written in the URL; no name is looked up.
///
/// # Errors
///
/// [`AuthError::InsecureUrl`] for every other URL.
pub fn ensure_secure(url: &Url) -> Result<(), AuthError> {
    let secure = match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(url),
        _ => false,
    };
    if secure {
        Ok(())
    } else {
        Err(AuthError::InsecureUrl { url: shown(url) })
    }
}

/// How long a server asks to wait (`Retry-After`, in seconds or as a date); `None` where it does not say.
///
/// A date counts from the server's own `Date`, since its clock may differ from this machine's.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| Some(headers.get(name)?.to_str().ok()?.trim());
    let after = text(RETRY_AFTER)?;
    if let Ok(seconds) = after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let after = httpdate::parse_http_date(after).ok()?;
    let now = text(DATE)
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .unwrap_or_else(platform::now);
    Some(after.duration_since(now).unwrap_or(Duration::ZERO))
}

/// Settings of the HTTP side, shared by the builders of all credentials.
#[derive(Clone)]
pub(crate) struct HttpOptions {
    pub(crate) client: Option<reqwest::Client>,
    pub(crate) timeout: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            client: None,
            timeout: Duration::from_secs(30),
        }
    }
}

/// Leaves the client out: its `Debug` would show default headers, and those may be secret.
impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("own_client", &self.client.is_some())
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// A client for one server.
#[derive(Clone)]
pub(crate) struct Http {
    client: reqwest::Client,
    timeout: Duration,
}

impl Http {
    /// Makes the client with which `server` is asked.
    pub(crate) fn new(options: HttpOptions, server: &Url) -> Result<Self, AuthError> {
        ensure_secure(server)?;
        let client = match options.client {
            Some(client) => client,
            None => own_client(server)?,
        };
        Ok(Self {
            client,
            timeout: options.timeout,
        })
    }

    /// Sends one request, once. `endpoint` names it in errors.
    pub(crate) async fn send(
        &self,
        mut request: reqwest::Request,
        endpoint: &str,
    ) -> Result<Answer, AuthError> {
        ensure_secure(request.url())?;
        *request.timeout_mut() = Some(self.timeout);
        let asked = request.url().clone();
        let failed = |error: reqwest::Error| self.failure(error, endpoint);
        let mut response = platform::execute(&self.client, request)
            .await
            .map_err(failed)?;

        // A client that the user passed in may have followed a redirect by itself.
        if let Some(other) = platform::other_address(&response, &asked) {
            return Err(AuthError::RedirectRefused {
                endpoint: endpoint.to_owned(),
                target: other.origin().ascii_serialization(),
            });
        }
        if response.status().is_redirection() && response.status() != StatusCode::NOT_MODIFIED {
            return Err(AuthError::RedirectRefused {
                endpoint: endpoint.to_owned(),
                target: redirect_target(&asked, response.headers()),
            });
        }
        let too_large = || AuthError::TooLarge {
            endpoint: endpoint.to_owned(),
            limit: ANSWER_LIMIT,
        };
        let announced =
            usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
        if announced > ANSWER_LIMIT {
            return Err(too_large());
        }
        let mut body = Zeroizing::new(Vec::with_capacity(announced));
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > ANSWER_LIMIT {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        debug!(endpoint, status = response.status().as_u16(), "answered");
        Ok(Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body,
        })
    }

    /// What a failed exchange means. The URL is taken off the error, since it can hold a token.
    fn failure(&self, error: reqwest::Error, endpoint: &str) -> AuthError {
        let endpoint = endpoint.to_owned();
        if error.is_timeout() {
            AuthError::TimedOut {
                endpoint,
                after: self.timeout,
            }
        } else {
            AuthError::Unreachable {
                endpoint,
                connected: !platform::is_connect(&error),
                source: Arc::new(error.without_url()),
            }
        }
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// An answer, whatever its status. The body is wiped when dropped.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// How long the server asks to wait, where it does.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.headers)
    }

    /// Reads the body as a JSON object of this form.
    ///
    /// serde quotes the value it stumbles over, which may be a token: its words are not passed on.
    pub(crate) fn json<T: DeserializeOwned>(
        &self,
        endpoint: &str,
        redactor: &Redactor<'_>,
    ) -> Result<T, AuthError> {
        if !self.body.trim_ascii_start().starts_with(b"{") {
            return Err(AuthError::InvalidAnswer {
                endpoint: endpoint.to_owned(),
                problem: "it is not a JSON object".to_owned(),
                excerpt: Excerpt::of(&self.body, redactor),
            });
        }
        let mut json = serde_json::Deserializer::from_slice(&self.body);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let problem = match error.inner().classify() {
                Category::Eof => "its JSON breaks off".to_owned(),
                Category::Syntax | Category::Io => "it is not valid JSON".to_owned(),
                Category::Data => match missing_field(error.inner()) {
                    Some(field) => format!("`{field}` is missing"),
                    None => format!("`{}` has a wrong type", error.path()),
                },
            };
            AuthError::invalid(endpoint, problem)
        })?;
        json.end()
            .map_err(|_| AuthError::invalid(endpoint, "it goes on after its JSON"))?;
        Ok(value)
    }
}

#[cfg(test)]
impl Answer {
    pub(crate) fn of(status: u16, body: impl AsRef<[u8]>) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Zeroizing::new(body.as_ref().to_vec()),
        }
    }
}

/// The field that serde misses. Its name is one of our own, so it is safe to show.
fn missing_field(error: &serde_json::Error) -> Option<String> {
    let text = error.to_string();
    let (field, _) = text.strip_prefix("missing field `")?.split_once('`')?;
    Some(field.to_owned())
}

/// What may be sent a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Anything that certainly left nothing behind: no connection was made, or the server answered 429 or 503.
    Safe,
    /// Something that works only once, such as a code: only where no connection was made, or after a 429, since a 503
    /// of a gateway may come after the server has used it up.
    SingleUse,
    /// Nothing: the caller asks again by itself.
    Never,
}

/// Runs `attempt` until it succeeds, at most [`ATTEMPTS`] times, and again only where `repeat` allows. Waits in between
/// as the server asks, or for a random while that grows.
pub(crate) async fn with_retry<T, F, Fut>(repeat: Repeat, mut attempt: F) -> Result<T, AuthError>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, AuthError>>,
{
    for retry in 1..ATTEMPTS {
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let asked = error.refusal().and_then(|refusal| refusal.retry_after);
        let wait = asked.unwrap_or_else(|| backoff(retry, rand::random()));
        if !error.may_be_repeated_at_once(repeat) || wait > LONGEST_WAIT {
            return Err(error);
        }
        debug!(%error, ?wait, retry, "asking again");
        platform::sleep(wait).await;
    }
    attempt().await
}

/// Up to 300 ms before the first retry and 1.2 s before the second, spread evenly so that many clients do not come back
/// at once. `chance` is in `0.0..1.0`.
fn backoff(retry: u32, chance: f64) -> Duration {
    let longest = Duration::from_millis(300) * 4_u32.saturating_pow(retry - 1);
    longest.mul_f64(chance)
}

fn own_client(server: &Url) -> Result<reqwest::Client, AuthError> {
    // Plain HTTP is meant for this machine; a proxy would take it elsewhere.
    let directly = server.scheme() == "http";
    let builder = platform::client_builder(Duration::from_secs(10), directly);
    builder.build().map_err(|error| {
        AuthError::configuration(format!("the HTTP client cannot be made: {error}"))
    })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn redirect_target(asked: &Url, headers: &HeaderMap) -> String {
    headers
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| asked.join(location).ok())
        .map_or_else(
            || "nowhere".to_owned(),
            |target| target.origin().ascii_serialization(),
        )
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_go_over_https_or_stay_on_this_machine() {
        for url in [
            "https://rls.congacloud.com/api",
            "https://127.0.0.1/",
            "http://localhost:8080/x",
            "http://127.0.0.1/",
            "http://127.8.9.1:1/",
            "http://0x7f000001/",
            "http://[::1]:80/",
        ] {
            assert!(ensure_secure(&Url::parse(url).unwrap()).is_ok(), "{url}");
        }
        for url in [
            "http://rls.congacloud.com/",
            "http://localhost@evil.example/",
            "http://localhost.evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://0.0.0.0/",
            "http://10.0.0.1/",
            "http://[::ffff:127.0.0.1]/",
            "ftp://localhost/",
            "ws://localhost/",
            "file:///etc/passwd",
            "data:text/plain,x",
        ] {
            let error = ensure_secure(&Url::parse(url).unwrap()).unwrap_err();
            assert!(matches!(error, AuthError::InsecureUrl { .. }), "{url}");
        }
    }

    #[test]
    fn backoff_grows_and_is_spread() {
        assert_eq!(backoff(1, 0.0), Duration::ZERO);
        assert_eq!(backoff(1, 0.5), Duration::from_millis(150));
        assert_eq!(backoff(2, 0.5), Duration::from_millis(600));
    }

    fn waits(headers: &[(HeaderName, &str)]) -> Option<Duration> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        retry_after(&headers.collect())
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let of = |value: &str| waits(&[(RETRY_AFTER, value)]);
        assert_eq!(of("3"), Some(Duration::from_secs(3)));
        assert_eq!(of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let soon = httpdate::fmt_http_date(platform::now() + Duration::from_secs(100));
        assert!(of(&soon).is_some_and(|wait| wait > Duration::from_secs(90)));
        for nonsense in ["soon", "-1", "1.5", "", "99999999999999999999"] {
            assert_eq!(of(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_date_counts_from_the_servers_own() {
        let theirs = [
            (DATE, "Sun, 06 Nov 1994 08:49:30 GMT"),
            (RETRY_AFTER, "Sun, 06 Nov 1994 08:49:37 GMT"),
        ];
        assert_eq!(waits(&theirs), Some(Duration::from_secs(7)));
    }

    #[test]
    fn debug_shows_no_client() {
        let mut headers = HeaderMap::new();
        headers.insert("x-secret", "hunter2".parse().unwrap());
        let client = reqwest::Client::builder()
            .default_headers(headers)
            .build()
            .unwrap();
        let options = HttpOptions {
            client: Some(client),
            ..HttpOptions::default()
        };
        let shown = format!("{options:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    proptest! {
        #[test]
        fn any_retry_after_is_a_wait_or_none(after in "[ -~]{0,40}", date in "[ -~]{0,40}") {
            let _ = waits(&[(RETRY_AFTER, &after), (DATE, &date)]);
        }

        #[test]
        fn any_date_of_retry_after_is_a_wait(
            day in 0..40_u8, year in 0..10_000_u16, hour in 0..30_u8, date in "[ -~]{0,40}",
        ) {
            let after = format!("Sun, {day:02} Nov {year:04} {hour:02}:49:37 GMT");
            let wait = waits(&[(RETRY_AFTER, &after), (DATE, &date)]);
            let valid = httpdate::parse_http_date(&after).is_ok();
            prop_assert_eq!(wait.is_some(), valid);
        }
    }
}
