//! The client side of OAuth's back channel (RFC 6749): a form, sent with the client's authentication, answered with a
//! token or with a refusal.
//!
//! Every flow ends here; what differs between them is the form.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use reqwest::Request;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};
use zeroize::Zeroizing;

use crate::AuthError;
use crate::client_secret::ClientSecret;
use crate::credential::sensitive;
use crate::redaction::{Redactor, shown};
use crate::refusal::{Protocol, refused};
use crate::token::Token;
use crate::transport::{Answer, Http, Repeat, with_retry};

/// How a client shows its id and secret to the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// In the form, as `client_id` and `client_secret`. This is what Conga's pages show.
    #[default]
    Post,
    /// In the `Authorization` header, as `Basic`.
    Basic,
}

/// Who asks: a public client has an id only, a confidential one a secret too.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) http: Http,
    pub(crate) id: String,
    pub(crate) secret: Option<ClientSecret>,
    pub(crate) authentication: ClientAuthentication,
}

impl Client {
    /// Asks `url` for a token.
    pub(crate) async fn token(
        &self,
        url: &Url,
        form: &Form<'_>,
        repeat: Repeat,
        now: SystemTime,
    ) -> Result<Token, AuthError> {
        let answer: TokenAnswer = self.post(url, form, repeat, Answer::json).await?;
        answer.token(&shown(url), now)
    }

    /// Sends a form, authenticated, and reads a successful answer by `read`.
    pub(crate) async fn post<T>(
        &self,
        url: &Url,
        form: &Form<'_>,
        repeat: Repeat,
        read: impl Fn(&Answer, &str, &Redactor<'_>) -> Result<T, AuthError>,
    ) -> Result<T, AuthError> {
        let read = &read;
        with_retry(repeat, || async move {
            let proof = self.proof().await?;
            let request = self.request(url, form, &proof)?;
            let endpoint = shown(url);
            let answer = self.http.send(request, &endpoint).await?;
            let redactor = Redactor::new(form.secrets().chain(proof.secrets()));
            if answer.status.is_success() {
                read(&answer, &endpoint, &redactor)
            } else {
                Err(refused(Protocol::OAuth, &answer, endpoint, &redactor))
            }
        })
        .await
    }

    async fn proof(&self) -> Result<Proof, AuthError> {
        let Some(secret) = &self.secret else {
            return Ok(Proof::None);
        };
        let secret = secret.current().await?;
        Ok(match self.authentication {
            ClientAuthentication::Post => Proof::Post(secret),
            ClientAuthentication::Basic => Proof::Basic {
                pair: pair(&self.id, &secret),
                secret,
            },
        })
    }

    fn request(&self, url: &Url, form: &Form<'_>, proof: &Proof) -> Result<Request, AuthError> {
        let mut request = Request::new(Method::POST, url.clone());
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let id = Value::Plain(&self.id);
        let body = match proof {
            Proof::None => form.encode(&[("client_id", id)]),
            Proof::Post(secret) => {
                form.encode(&[("client_id", id), ("client_secret", Value::Secret(secret))])
            }
            Proof::Basic { pair, .. } => {
                let value = Zeroizing::new(format!("Basic {}", pair.expose_secret()));
                headers.insert(AUTHORIZATION, sensitive("the client secret", &value)?);
                form.encode(&[])
            }
        };
        *request.body_mut() = Some(body.as_bytes().to_vec().into());
        Ok(request)
    }
}

/// How one request shows who asks.
enum Proof {
    None,
    Post(SecretString),
    Basic {
        secret: SecretString,
        /// Id and secret as the header has them.
        pair: SecretString,
    },
}

impl Proof {
    fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        let (one, other) = match self {
            Self::None => (None, None),
            Self::Post(secret) => (Some(secret), None),
            Self::Basic { secret, pair } => (Some(secret), Some(pair)),
        };
        one.into_iter().chain(other)
    }
}

/// Base64 of id and secret, each form-encoded first (RFC 6749, section 2.3.1).
fn pair(id: &str, secret: &SecretString) -> SecretString {
    let mut pair = Zeroizing::new(String::with_capacity(
        3 * (id.len() + secret.expose_secret().len()) + 1,
    ));
    pair.extend(byte_serialize(id.as_bytes()));
    pair.push(':');
    pair.extend(byte_serialize(secret.expose_secret().as_bytes()));
    STANDARD.encode(&*pair).into()
}

/// The fields of a request, in order. Those that are secret are kept out of what an error repeats.
#[derive(Debug, Default)]
pub(crate) struct Form<'a>(Vec<(&'a str, Value<'a>)>);

#[derive(Clone, Copy, Debug)]
enum Value<'a> {
    Plain(&'a str),
    Secret(&'a SecretString),
}

impl<'a> Form<'a> {
    /// The form of a token request.
    pub(crate) fn grant(grant_type: &'a str) -> Self {
        Self::default().plain("grant_type", grant_type)
    }

    pub(crate) fn plain(mut self, name: &'a str, value: &'a str) -> Self {
        self.0.push((name, Value::Plain(value)));
        self
    }

    pub(crate) fn secret(mut self, name: &'a str, value: &'a SecretString) -> Self {
        self.0.push((name, Value::Secret(value)));
        self
    }

    /// Adds the field unless `value` is empty.
    pub(crate) fn non_empty(self, name: &'a str, value: &'a str) -> Self {
        if value.is_empty() {
            self
        } else {
            self.plain(name, value)
        }
    }

    fn secrets(&self) -> impl Iterator<Item = &'a SecretString> {
        self.0.iter().filter_map(|(_, value)| match value {
            Value::Plain(_) => None,
            Value::Secret(secret) => Some(*secret),
        })
    }

    /// The body, in a buffer that never grows, so that it leaves no copy behind.
    fn encode(&self, more: &[(&str, Value<'_>)]) -> Zeroizing<String> {
        let fields = || {
            let own = self.0.iter().map(|(name, value)| (*name, value.text()));
            own.chain(more.iter().map(|(name, value)| (*name, value.text())))
        };
        let longest = fields()
            .map(|(name, value)| 3 * (name.len() + value.len()) + 2)
            .sum();
        let mut body = Zeroizing::new(String::with_capacity(longest));
        Serializer::new(&mut *body).extend_pairs(fields());
        body
    }
}

impl Value<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose_secret(),
        }
    }
}

/// A token answer (RFC 6749, section 5.1), with the fields that OpenID Connect and Salesforce add.
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: SecretString,
    token_type: String,
    expires_in: Option<u64>,
    refresh_token: Option<SecretString>,
    id_token: Option<SecretString>,
    scope: Option<String>,
    instance_url: Option<Url>,
}

impl TokenAnswer {
    fn token(self, endpoint: &str, now: SystemTime) -> Result<Token, AuthError> {
        if !self.token_type.eq_ignore_ascii_case("bearer") {
            return Err(AuthError::invalid(
                endpoint,
                "its `token_type` is not `Bearer`",
            ));
        }
        if self.access_token.expose_secret().is_empty() {
            return Err(AuthError::invalid(endpoint, "its `access_token` is empty"));
        }
        let mut token = Token::new(self.access_token, now);
        if let Some(seconds) = self.expires_in {
            token = token.with_lifetime(Duration::from_secs(seconds));
        }
        if let Some(refresh) = self.refresh_token.filter(|t| !t.expose_secret().is_empty()) {
            token = token.with_refresh_token(refresh);
        }
        if let Some(id) = self.id_token {
            token = token.with_id_token(id);
        }
        if let Some(scope) = &self.scope {
            token = token.with_scopes(scope.split_whitespace());
        }
        if let Some(url) = self.instance_url {
            token = token.with_instance_url(url);
        }
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(body: &[u8]) -> Result<Token, AuthError> {
        let answer: TokenAnswer = Answer::of(200, body).json("there", &Redactor::new([]))?;
        answer.token("there", SystemTime::now())
    }

    #[test]
    fn everything_of_an_answer_is_kept() {
        let token = read(
            br#"{"access_token":"a","token_type":"bearer","expires_in":60,"refresh_token":"r",
                "id_token":"i","scope":"x y","instance_url":"https://org.my.salesforce.com"}"#,
        )
        .unwrap();
        assert_eq!(token.refresh_token().unwrap().expose_secret(), "r");
        assert_eq!(token.id_token().unwrap().expose_secret(), "i");
        assert_eq!(token.scopes(), ["x", "y"]);
        assert_eq!(
            token.instance_url().unwrap().as_str(),
            "https://org.my.salesforce.com/"
        );
        let empty = read(br#"{"access_token":"a","token_type":"Bearer","refresh_token":""}"#);
        assert!(empty.unwrap().refresh_token().is_none());
    }

    #[test]
    fn a_form_fits_its_buffer() {
        let secret = SecretString::from("é&=\u{0}");
        let form = Form::grant("x")
            .secret("code", &secret)
            .non_empty("scope", "");
        let body = form.encode(&[("client_id", Value::Plain("a b"))]);
        assert_eq!(&*body, "grant_type=x&code=%C3%A9%26%3D%00&client_id=a+b");
        assert_eq!(form.secrets().count(), 1);
        assert!(!format!("{form:?}").contains('é'));
    }

    proptest! {
        #[test]
        fn any_answer_is_a_token_or_an_error(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&body);
        }

        #[test]
        fn any_object_is_a_token_or_an_error_without_its_values(
            token in "SECRET[a-z]{8}",
            kind in prop_oneof![Just("\"Bearer\"".to_owned()), "[0-9]{1,3}", Just("null".to_owned())],
            expires in "(-?[0-9]{1,30}(\\.[0-9])?|\"x\"|null|\\[\\])",
            instance in "(https://[a-z]{1,9}/?|[ -~]{0,20})",
            cut in 0..300_usize,
        ) {
            let instance = serde_json::json!(instance);
            let body = format!(
                r#"{{"access_token":"{token}","token_type":{kind},"expires_in":{expires},
                    "refresh_token":"{token}","instance_url":{instance}}}"#
            );
            let body = &body[..cut.min(body.len())];
            let shown = match read(body.as_bytes()) {
                Ok(token) => format!("{token:?}"),
                Err(error) => error.all_shown(),
            };
            prop_assert!(!shown.contains("SECRET"), "{shown}");
        }
    }
}
