//! The wire of the storefront sign-in: key, token, revocation, and the envelopes around them.
//!
//! Success is `{"title", "status", "data"}`. Errors come as the same object, as an array of such objects, or as
//! Salesforce's own array of `{"errorCode", "message"}`; with an error status, or in a 200 whose envelope tells another.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use reqwest::Request;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::{Instrument, debug_span};
use url::Url;
use zeroize::Zeroizing;

use super::{CredentialFields, TokenPath, X_STOREFRONT};
use crate::AuthError;
use crate::cache::TokenSource;
use crate::cipher::{SigningKey, encrypt};
use crate::credential::bearer;
use crate::error::PageUrl;
use crate::redaction::{Excerpt, Redactor, shown};
use crate::refusal::{Protocol, Refusal};
use crate::token::Token;
use crate::transport::{Answer, Http, Repeat, with_retry};

/// The exchange of one shopper, or guest, with one storefront.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) http: Http,
    pub(super) base: Url,
    pub(super) storefront: HeaderValue,
    pub(super) shopper: Option<Shopper>,
    pub(super) credential_fields: CredentialFields,
    pub(super) token_path: TokenPath,
    pub(super) max_age: Option<Duration>,
}

/// User name and password.
#[derive(Clone, Debug)]
pub(super) struct Shopper {
    pub(super) username: String,
    pub(super) password: SecretString,
}

impl Exchange {
    /// Revokes `token`. One that the storefront no longer accepts needs no revoking.
    pub(super) async fn revoke(&self, token: &SecretString) -> Result<(), AuthError> {
        let span = debug_span!("storefront_revoke", base = %shown(&self.base));
        let attempt = || async move {
            let url = self.url(&["users", "token", token.expose_secret()])?;
            let mut request = self.request(Method::DELETE, url);
            request.headers_mut().extend(bearer(token)?);
            // The URL ends in the token, so errors name the path without it.
            let endpoint = shown(&self.url(&["users", "token"])?);
            let answer = self.http.send(request, &endpoint).await?;
            if answer.status.is_success() || answer.status == StatusCode::UNAUTHORIZED {
                Ok(())
            } else {
                Err(self.refused(&answer, endpoint, Some(token)))
            }
        };
        with_retry(Repeat::Safe, attempt).instrument(span).await
    }

    async fn signing_key(&self) -> Result<SigningKey, AuthError> {
        let url = self.url(&["users", "key"])?;
        let endpoint = shown(&url);
        let key: SecretString = self.ask(self.request(Method::GET, url), &endpoint).await?;
        SigningKey::parse(key.expose_secret())
            .map_err(|source| AuthError::SigningKey { endpoint, source })
    }

    /// The whole sign-in. A key is good for one attempt, so that a repeated attempt starts with a new one.
    async fn sign_in(&self, now: SystemTime) -> Result<Token, AuthError> {
        let url = self.url(match self.token_path {
            TokenPath::User => &["user", "token"],
            TokenPath::Users => &["users", "token"],
        })?;
        let endpoint = shown(&url);
        let mut request = self.request(Method::POST, url);
        if let Some(shopper) = &self.shopper {
            let key = self.signing_key().await?;
            let body = encrypt(&key, &shopper.json(self.credential_fields));
            // The page declares a text body and requires a content type without naming one. It is one base64 string.
            request
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            *request.body_mut() = Some(body.into());
        }
        let grant: Grant = self.ask(request, &endpoint).await?;
        let token = grant.token(&endpoint, now)?;
        Ok(match self.max_age {
            Some(age) => token.with_lifetime(age),
            None => token,
        })
    }

    /// Sends a request and takes the data out of the envelope.
    async fn ask<T: DeserializeOwned>(
        &self,
        request: Request,
        endpoint: &str,
    ) -> Result<T, AuthError> {
        self.data(self.http.send(request, endpoint).await?, endpoint)
    }

    fn data<T: DeserializeOwned>(&self, answer: Answer, endpoint: &str) -> Result<T, AuthError> {
        let endpoint = endpoint.to_owned();
        if !answer.status.is_success() {
            return Err(self.refused(&answer, endpoint, None));
        }
        if let Some(status) = envelope_status(&answer.body) {
            return Err(self.refused(&Answer { status, ..answer }, endpoint, None));
        }
        match serde_json::from_slice(&answer.body) {
            Ok(Envelope { data: Some(data) }) => Ok(data),
            Ok(Envelope { data: None }) => {
                Err(AuthError::invalid(endpoint, "its `data` is missing"))
            }
            // serde's own words may quote a token, so they are not passed on.
            Err(error) if error.is_data() => {
                Err(AuthError::invalid(endpoint, "its `data` has a wrong form"))
            }
            Err(error) if error.is_eof() => {
                Err(AuthError::invalid(endpoint, "its JSON breaks off"))
            }
            Err(_) => Err(AuthError::InvalidAnswer {
                endpoint,
                problem: "it is not JSON".to_owned(),
                excerpt: Excerpt::of(&answer.body, &self.redactor(None)),
            }),
        }
    }

    fn request(&self, method: Method, url: Url) -> Request {
        let mut request = Request::new(method, url);
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(X_STOREFRONT, self.storefront.clone());
        request
    }

    /// A URL below the base, each segment encoded.
    fn url(&self, segments: &[&str]) -> Result<Url, AuthError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| AuthError::configuration("the base URL of the storefront has no path"))?
            .pop_if_empty()
            .extend(segments);
        Ok(url)
    }

    fn refused(
        &self,
        answer: &Answer,
        endpoint: String,
        token: Option<&SecretString>,
    ) -> AuthError {
        let redactor = self.redactor(token);
        let said = Complaint::read(&answer.body);
        let clean = |text: Option<String>| text.map(|text| redactor.clean(&text));
        AuthError::Refused(Box::new(Refusal {
            protocol: Protocol::Storefront,
            endpoint,
            status: answer.status,
            code: clean(said.code),
            description: clean(said.description),
            retry_after: answer.retry_after(),
            excerpt: Excerpt::of(&answer.body, &redactor),
        }))
    }

    /// Knows the secrets of a request: the password, or the token to revoke.
    fn redactor<'a>(&'a self, token: Option<&'a SecretString>) -> Redactor<'a> {
        let password = self.shopper.as_ref().map(|shopper| &shopper.password);
        Redactor::new(password.into_iter().chain(token))
    }
}

#[async_trait]
impl TokenSource for Exchange {
    async fn fetch(&self, now: SystemTime, _replacing: Option<&Token>) -> Result<Token, AuthError> {
        let span = debug_span!(
            "storefront_sign_in",
            base = %shown(&self.base),
            guest = self.shopper.is_none()
        );
        with_retry(Repeat::Safe, || self.sign_in(now))
            .instrument(span)
            .await
    }
}

impl Shopper {
    /// The credentials as JSON, in a buffer that never grows, so that it leaves no copy behind.
    fn json(&self, fields: CredentialFields) -> Zeroizing<Vec<u8>> {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Credentials<'a> {
            Published {
                username: &'a str,
                password: &'a str,
            },
            KeyValue {
                key: &'a str,
                value: &'a str,
            },
        }

        let (username, password) = (self.username.as_str(), self.password.expose_secret());
        let credentials = match fields {
            CredentialFields::UsernamePassword => Credentials::Published { username, password },
            CredentialFields::KeyValue => Credentials::KeyValue {
                key: username,
                value: password,
            },
        };
        // The longest escape, `\u0000`, is six bytes for one; the names and punctuation are 29 bytes.
        let longest = 6 * (username.len() + password.len()) + 32;
        let mut json = Zeroizing::new(Vec::with_capacity(longest));
        #[expect(
            clippy::expect_used,
            reason = "two strings always serialise, and a Vec takes every write"
        )]
        serde_json::to_writer(&mut *json, &credentials).expect("two strings serialise");
        json
    }
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: Option<T>,
}

/// `data` of a token answer. The schema and the example of the published page spell the token differently.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Grant {
    access_token: Option<SecretString>,
    acccess_token: Option<SecretString>,
    user_id: Option<String>,
    #[serde(rename = "LoginURL")]
    login_url: Option<String>,
}

impl Grant {
    fn token(self, endpoint: &str, now: SystemTime) -> Result<Token, AuthError> {
        if let Some(url) = self.login_url.filter(|url| !url.is_empty()) {
            return Err(AuthError::LoginRequired(PageUrl::new(url)));
        }
        let secret = [self.access_token, self.acccess_token]
            .into_iter()
            .flatten()
            .find(|secret| !secret.expose_secret().is_empty())
            .ok_or_else(|| AuthError::invalid(endpoint, "its data holds no `accessToken`"))?;
        let token = Token::new(secret, now);
        Ok(match self.user_id {
            Some(user_id) => token.with_user_id(user_id),
            None => token,
        })
    }
}

/// The error status that the envelope of a successful answer tells, where it does.
fn envelope_status(body: &[u8]) -> Option<StatusCode> {
    #[derive(Deserialize)]
    struct Told {
        status: Option<u16>,
        #[serde(rename = "errorCode")]
        error_code: Option<String>,
    }

    let told = match serde_json::from_slice::<Vec<Told>>(body) {
        Ok(all) => all.into_iter().next()?,
        Err(_) => serde_json::from_slice::<Told>(body).ok()?,
    };
    let status = told
        .status
        .and_then(|status| StatusCode::from_u16(status).ok());
    match (status, told.error_code) {
        (Some(status), _) if status.is_client_error() || status.is_server_error() => Some(status),
        (None, Some(_)) => Some(StatusCode::BAD_REQUEST),
        _ => None,
    }
}

/// What an error envelope says.
#[derive(Debug, Default, PartialEq)]
struct Complaint {
    code: Option<String>,
    description: Option<String>,
}

impl Complaint {
    fn read(body: &[u8]) -> Self {
        let Ok(answer) = serde_json::from_slice::<Value>(body) else {
            return Self::default();
        };
        let first = answer.get(0).unwrap_or(&answer);
        let text = |value: &Value, names: &[&str]| {
            names
                .iter()
                .find_map(|name| value.get(name)?.as_str())
                .map(str::to_owned)
        };
        let data = first.get("data").unwrap_or(&Value::Null);
        Self {
            code: text(first, &["errorCode", "title"]),
            description: text(first, &["message", "data"])
                .or_else(|| text(data.get(0).unwrap_or(data), &["message"])),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::transport::HttpOptions;

    #[test]
    fn credentials_fit_their_buffer_whatever_they_hold() {
        let shopper = Shopper {
            username: "\u{1}".repeat(40),
            password: "\u{0}\"é\u{1f600}".into(),
        };
        for fields in [
            CredentialFields::UsernamePassword,
            CredentialFields::KeyValue,
        ] {
            let json = shopper.json(fields);
            let longest =
                6 * (shopper.username.len() + shopper.password.expose_secret().len()) + 32;
            assert_eq!(json.capacity(), longest, "it did not grow");
            let read: Value = serde_json::from_slice(&json).unwrap();
            assert_eq!(read.as_object().unwrap().len(), 2);
        }
    }

    #[test]
    fn complaints_are_read_in_every_shape_seen() {
        for (body, code, description) in [
            (
                r#"[{"errorCode":"INVALID_SESSION_ID","message":"Session expired"}]"#,
                Some("INVALID_SESSION_ID"),
                Some("Session expired"),
            ),
            (
                r#"{"title":"error","status":400,"data":"Bad credentials"}"#,
                Some("error"),
                Some("Bad credentials"),
            ),
            (
                r#"[{"title":"error","status":400,"data":[{"message":"Bad credentials"}]}]"#,
                Some("error"),
                Some("Bad credentials"),
            ),
            ("[]", None, None),
            ("null", None, None),
            ("<html>", None, None),
        ] {
            let expected = Complaint {
                code: code.map(str::to_owned),
                description: description.map(str::to_owned),
            };
            assert_eq!(Complaint::read(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn an_envelope_tells_errors_only() {
        let told = |body: &str| envelope_status(body.as_bytes()).map(|status| status.as_u16());
        assert_eq!(told(r#"{"title":"success","status":200,"data":"x"}"#), None);
        assert_eq!(told(r#"{"title":"success","status":201}"#), None);
        assert_eq!(
            told(r#"{"title":"error","status":401,"data":{}}"#),
            Some(401)
        );
        assert_eq!(told(r#"[{"title":"error","status":422}]"#), Some(422));
        assert_eq!(told(r#"[{"errorCode":"X","message":"y"}]"#), Some(400));
        assert_eq!(told(r#"{"status":99999999}"#), None);
        assert_eq!(told("[]"), None);
    }

    static EXCHANGE: LazyLock<Exchange> = LazyLock::new(|| {
        let base = Url::parse("http://127.0.0.1:9/v5").unwrap();
        Exchange {
            http: Http::new(HttpOptions::default(), &base).unwrap(),
            base,
            storefront: HeaderValue::from_static("ECommerce"),
            shopper: Some(Shopper {
                username: "ann".to_owned(),
                password: "SECRET".into(),
            }),
            credential_fields: CredentialFields::default(),
            token_path: TokenPath::default(),
            max_age: None,
        }
    });

    /// What is shown of an answer to a sign-in.
    fn shown_of(status: u16, body: impl AsRef<[u8]>) -> String {
        let grant: Result<Grant, _> = EXCHANGE.data(Answer::of(status, body), "there");
        match grant.and_then(|grant| grant.token("there", SystemTime::now())) {
            Ok(token) => format!("{token:?}"),
            Err(error) => error.all_shown(),
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
        ];
        let name = prop_oneof![
            Just("data".to_owned()),
            Just("status".to_owned()),
            Just("title".to_owned()),
            Just("errorCode".to_owned()),
            Just("message".to_owned()),
            Just("userId".to_owned()),
            ".{0,9}",
        ];
        leaf.prop_recursive(3, 16, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(name.clone(), inner, 0..4)
                    .prop_map(|fields| Value::from(serde_json::Map::from_iter(fields))),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_answer_is_read_or_refused(
            status in 200..600_u16, body in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            shown_of(status, body);
        }

        #[test]
        fn any_envelope_is_read_or_refused(status in 200..600_u16, body in json()) {
            shown_of(status, body.to_string());
        }

        #[test]
        fn any_token_is_read_or_refused_without_it(
            status in prop_oneof![Just("null".to_owned()), "-?[0-9]{1,6}"],
            field in "(accessToken|acccessToken)",
            user in json(),
            cut in 0..300_usize,
        ) {
            let body = format!(r#"{{"status":{status},"data":{{"{field}":"SECRET","userId":{user}}}}}"#);
            let shown = shown_of(200, &body[..body.floor_char_boundary(cut)]);
            prop_assert!(!shown.contains("SECRET"), "{shown}");
        }

        #[test]
        fn any_refusal_is_told_without_the_password(
            status in 400..600_u16, before in ".{0,60}", after in ".{0,60}", quoted in any::<bool>(),
        ) {
            let said = format!("{before}SECRET{after}");
            let body = match quoted {
                true => serde_json::json!([{"errorCode": &said, "message": &said}]).to_string(),
                false => said,
            };
            let shown = shown_of(status, body);
            prop_assert!(!shown.contains("SECRET"), "{shown}");
        }

        #[test]
        fn any_key_is_read_or_refused_without_it(key in ".{0,70}") {
            let body = serde_json::json!({"status": 200, "data": format!("SECRET{key}")}).to_string();
            let key: SecretString = EXCHANGE.data(Answer::of(200, body), "there").unwrap();
            let shown = format!("{:?}", SigningKey::parse(key.expose_secret()));
            prop_assert!(!shown.contains("SECRET"), "{shown}");
        }
    }
}
