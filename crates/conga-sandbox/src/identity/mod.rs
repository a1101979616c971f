//! The identity service at `/api/v1/auth`: client credentials, discovery, JWKS.
//!
//! Authorization code, device code, refresh, revocation and introspection are not here yet.

mod keys;
mod token;

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

pub(crate) use token::{Claims, TokenFault};

use crate::accounts::{Accounts, ActsAs, same_secret};
use crate::clock::Clock;
use crate::request::{Answer, Refusal};

/// Where the identity service stands, below the base URL.
pub(crate) const PREFIX: &str = "/api/v1/auth";

const TOKEN: &str = "/connect/token";
const DISCOVERY: &str = "/.well-known/openid-configuration";
const JWKS: &str = "/.well-known/openid-configuration/jwks";

/// A longer request for a token is refused unread.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// Issues and verifies access tokens.
#[derive(Debug)]
pub(crate) struct Identity {
    base_url: String,
    accounts: Accounts,
    clock: Clock,
}

impl Identity {
    /// The identity service of the sandbox at `base_url`.
    pub(crate) fn new(base_url: String, accounts: Accounts, clock: Clock) -> Self {
        Self {
            base_url,
            accounts,
            clock,
        }
    }

    /// Makes the signing key, which takes a while, so that the first token need not wait for it.
    pub(crate) async fn warm_up(&self) {
        // A failure is met again, and reported, by whoever needs the key.
        let _ = keys::current().await;
    }

    /// The issuer of tokens.
    pub(crate) fn issuer(&self) -> String {
        format!("{}{PREFIX}", self.base_url)
    }

    /// The token endpoint.
    pub(crate) fn token_url(&self) -> String {
        format!("{}{PREFIX}{TOKEN}", self.base_url)
    }

    /// The methods of the endpoint at a path below [`PREFIX`]; empty if there is none.
    pub(crate) fn methods(path: &str) -> &'static [&'static str] {
        match path {
            TOKEN => &["POST"],
            DISCOVERY | JWKS => &["GET"],
            _ => &[],
        }
    }

    /// Answers a request for an endpoint that [`Identity::methods`] knows.
    pub(crate) async fn handle(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Answer, Refusal> {
        let answer = match path {
            TOKEN if method == Method::POST => match self.issue(headers, body).await {
                Ok(token) => Answer::json(StatusCode::OK, token),
                Err(error) => error.into_answer(headers),
            }
            .with_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            DISCOVERY => Answer::json(StatusCode::OK, self.discovery()),
            JWKS => Answer::json(StatusCode::OK, self.jwks().await?),
            _ => return Err(Refusal::new(StatusCode::NOT_FOUND, "no such endpoint")),
        };
        Ok(answer)
    }

    fn discovery(&self) -> Value {
        let issuer = self.issuer();
        json!({
            "issuer": issuer,
            "token_endpoint": self.token_url(),
            "jwks_uri": format!("{issuer}{JWKS}"),
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        })
    }

    async fn jwks(&self) -> Result<Value, Refusal> {
        let keys = keys::current()
            .await
            .map_err(|error| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
        Ok(json!({"keys": [keys.public]}))
    }

    /// Carries out a token request (RFC 6749, section 4.4).
    async fn issue(&self, headers: &HeaderMap, body: &[u8]) -> Result<Value, TokenError> {
        let form = TokenRequest::read(headers, body)?;
        let (client_id, secret) = form.client(headers)?;
        let known = self.accounts.client_secret(&client_id);
        // An unknown client costs the same comparison as a known one.
        if !same_secret(known.unwrap_or_default(), &secret) || known.is_none() {
            return Err(TokenError::client(
                "the client id or the client secret is wrong",
            ));
        }
        match form.value("grant_type") {
            Some("client_credentials") => {}
            Some(_) => {
                return Err(TokenError::new(
                    "unsupported_grant_type",
                    "this sandbox supports client_credentials",
                ));
            }
            None => return Err(TokenError::new("invalid_request", "grant_type is missing")),
        }
        let scope = form.scope()?;
        let subject = match self.accounts.acts_as(&client_id) {
            Some(ActsAs::User(user_id)) => user_id.to_owned(),
            _ => client_id.clone(),
        };
        let claims = Claims::new(self, subject, client_id, &scope);
        let token = self
            .sign(&claims)
            .await
            .map_err(|_| TokenError::new("server_error", "the token could not be signed"))?;
        let mut answer = json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": token::LIFETIME,
        });
        if !scope.is_empty() {
            answer["scope"] = json!(scope.join(" "));
        }
        Ok(answer)
    }
}

/// The fields of a token request.
struct TokenRequest(Vec<(String, String)>);

impl TokenRequest {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, TokenError> {
        let is_form = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|media| {
                media
                    .trim()
                    .eq_ignore_ascii_case("application/x-www-form-urlencoded")
            });
        if !is_form {
            return Err(TokenError::new(
                "invalid_request",
                "the body must be application/x-www-form-urlencoded",
            ));
        }
        let fields: Vec<(String, String)> =
            url::form_urlencoded::parse(body).into_owned().collect();
        let repeated = fields
            .iter()
            .enumerate()
            .any(|(index, (name, _))| fields[..index].iter().any(|(other, _)| other == name));
        if repeated {
            return Err(TokenError::new(
                "invalid_request",
                "a parameter is given twice",
            ));
        }
        Ok(Self(fields))
    }

    /// A parameter; one without a value counts as left out.
    fn value(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(other, _)| other == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// The client's id and secret, from the `Authorization` header or from the body.
    fn client(&self, headers: &HeaderMap) -> Result<(String, String), TokenError> {
        let posted = self.value("client_secret");
        match (headers.get(header::AUTHORIZATION), posted) {
            (Some(_), Some(_)) => Err(TokenError::new(
                "invalid_request",
                "the client authenticates in two ways; use one",
            )),
            (Some(value), None) => value
                .to_str()
                .ok()
                .and_then(basic)
                .ok_or_else(|| TokenError::client("the Authorization header is not HTTP Basic")),
            (None, Some(secret)) => match self.value("client_id") {
                Some(id) => Ok((id.to_owned(), secret.to_owned())),
                None => Err(TokenError::client("client_id is missing")),
            },
            (None, None) => Err(TokenError::client(
                "the client does not authenticate; send client_id and client_secret",
            )),
        }
    }

    /// The scopes asked for. Any well-formed scope is granted: none is enforced yet.
    fn scope(&self) -> Result<Vec<String>, TokenError> {
        let scope = self.value("scope").unwrap_or_default();
        let is_token = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
        if scope.chars().all(|c| c == ' ' || is_token(c)) {
            Ok(scope.split_ascii_whitespace().map(str::to_owned).collect())
        } else {
            Err(TokenError::new(
                "invalid_scope",
                "a scope holds a character it must not",
            ))
        }
    }
}

/// Client id and secret of `Basic`, each form-encoded before joining (RFC 6749, section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let part = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_decode_str(&text).decode_utf8().ok()?;
        Some(decoded.into_owned())
    };
    Some((part(id)?, part(secret)?))
}

/// An error of the token endpoint (RFC 6749, section 5.2).
#[derive(Debug)]
struct TokenError {
    code: &'static str,
    description: &'static str,
}

impl TokenError {
    fn new(code: &'static str, description: &'static str) -> Self {
        Self { code, description }
    }

    fn client(description: &'static str) -> Self {
        Self::new("invalid_client", description)
    }

    fn into_answer(self, headers: &HeaderMap) -> Answer {
        let status = match self.code {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            "server_error" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let body = json!({"error": self.code, "error_description": self.description});
        let answer = Answer::json(status, body);
        if status == StatusCode::UNAUTHORIZED && headers.contains_key(header::AUTHORIZATION) {
            let challenge = HeaderValue::from_static("Basic realm=\"conga-sandbox\"");
            return answer.with_header(header::WWW_AUTHENTICATE, challenge);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_encoded() {
        let header = format!("Basic {}", STANDARD.encode("an+id:s%3Aecret%2B"));
        assert_eq!(
            basic(&header),
            Some(("an id".to_owned(), "s:ecret+".to_owned()))
        );
        for bad in ["Basic", "Bearer YTpi", "Basic !", "Basic YQ=="] {
            assert_eq!(basic(bad), None, "{bad}");
        }
    }
}
