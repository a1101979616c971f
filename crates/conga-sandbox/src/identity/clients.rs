//! Client authentication, and the scopes that a client may have.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::Identity;
use super::endpoints::{is_api_scope, is_identity_scope};
use super::error::OAuthError;
use super::params::Params;
use crate::directory::{ActsAs, Client};
use crate::secret::SecretHash;

impl Identity {
    /// The client of a request, once it has shown its secret, or that it is one that need not.
    pub(super) fn client(
        &self,
        headers: &HeaderMap,
        params: &Params,
    ) -> Result<Client, OAuthError> {
        let (id, secret) = credentials(headers, params)?;
        self.authenticate(&id, secret.as_deref())
    }

    /// The client of a request, once it has shown its secret.
    pub(super) fn client_with_secret(
        &self,
        headers: &HeaderMap,
        params: &Params,
    ) -> Result<Client, OAuthError> {
        let (id, secret) = credentials(headers, params)?;
        let secret = secret.ok_or_else(|| {
            OAuthError::invalid_client("this endpoint takes clients that show their secret")
        })?;
        self.authenticate(&id, Some(&secret))
    }

    fn authenticate(&self, id: &str, secret: Option<&str>) -> Result<Client, OAuthError> {
        let client = self.directory.client(id);
        let authentic = match (&client, secret) {
            // An unknown client costs the same comparison as a known one.
            (_, Some(secret)) => {
                let known = client.as_ref().and_then(|client| client.secret.clone());
                let right = known
                    .clone()
                    .unwrap_or_else(|| SecretHash::of(""))
                    .matches(secret);
                right && known.is_some()
            }
            (Some(client), None) => client.acts_as == ActsAs::SignedInUser,
            (None, None) => false,
        };
        match client {
            Some(client) if authentic && client.active => Ok(client),
            Some(_) if authentic => Err(OAuthError::invalid_client(
                "the connection is deactivated; activate it again",
            )),
            _ => Err(OAuthError::invalid_client(
                "the client id or the client secret is wrong",
            )),
        }
    }
}

/// The client's id and secret, from the `Authorization` header or from the parameters. An empty secret is none
/// (RFC 6749, section 2.3.1); some clients without a secret send it.
fn credentials(
    headers: &HeaderMap,
    params: &Params,
) -> Result<(String, Option<String>), OAuthError> {
    let posted = (params.value("client_id"), params.value("client_secret"));
    let Some(header) = headers.get(header::AUTHORIZATION) else {
        return match posted {
            (Some(id), secret) => Ok((id.to_owned(), secret.map(str::to_owned))),
            (None, _) => Err(OAuthError::invalid_client(
                "the client does not authenticate; send client_id and client_secret",
            )),
        };
    };
    let (id, secret) =
        header.to_str().ok().and_then(basic).ok_or_else(|| {
            OAuthError::invalid_client("the Authorization header is not HTTP Basic")
        })?;
    match posted {
        (_, Some(_)) => Err(OAuthError::invalid_request(
            "the client authenticates in two ways; use one",
        )),
        (Some(other), None) if other != id => Err(OAuthError::invalid_request(
            "client_id is not the client of the Authorization header",
        )),
        _ => Ok((id, Some(secret).filter(|secret| !secret.is_empty()))),
    }
}

/// Client id and secret of `Basic`, each form-encoded before joining (RFC 6749, section 2.3.1).
pub(crate) fn basic(header: &str) -> Option<(String, String)> {
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

impl Client {
    /// The scopes that a request gets: those it asks for, if the client may have them, or all that its connection
    /// names if it asks for none.
    pub(super) fn scope(&self, asked: Option<&str>) -> Result<Vec<String>, OAuthError> {
        let Some(asked) = asked else {
            let mut scope = self.scopes.clone();
            scope.retain(|one| self.may_have(one));
            return Ok(scope);
        };
        let mut scope: Vec<String> = Vec::new();
        for one in asked.split_ascii_whitespace() {
            if !self.may_have(one) {
                return Err(OAuthError::new(
                    "invalid_scope",
                    "a scope is unknown, or not one that this client may have",
                ));
            }
            if !scope.iter().any(|other| other == one) {
                scope.push(one.to_owned());
            }
        }
        Ok(scope)
    }

    /// Whether a request may ask for a scope.
    pub(super) fn may_have(&self, scope: &str) -> bool {
        if is_identity_scope(scope) {
            self.acts_as == ActsAs::SignedInUser
        } else if self.scopes.is_empty() {
            is_api_scope(scope)
        } else {
            self.scopes.iter().any(|allowed| allowed == scope)
        }
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

    #[test]
    fn scopes_are_those_a_client_may_have() {
        let mut client = Client {
            id: "id".to_owned(),
            name: "name".to_owned(),
            acts_as: ActsAs::NamedUser,
            secret: None,
            redirect_uris: Vec::new(),
            scopes: Vec::new(),
            active: true,
        };
        assert_eq!(
            client.scope(Some("sign api.cart sign")).unwrap(),
            ["sign", "api.cart"]
        );
        for refused in ["openid", "api.nonsense", "SIGN", "\"sign\""] {
            assert_eq!(
                client.scope(Some(refused)).unwrap_err().code,
                "invalid_scope"
            );
        }
        client.scopes = vec!["openid".to_owned(), "own.scope".to_owned()];
        assert_eq!(client.scope(None).unwrap(), ["own.scope"]);
        client.acts_as = ActsAs::SignedInUser;
        assert_eq!(client.scope(None).unwrap(), ["openid", "own.scope"]);
        assert!(client.scope(Some("openid own.scope")).is_ok());
        assert!(client.scope(Some("sign")).is_err());
    }
}
