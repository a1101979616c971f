//! The token endpoint, and the device authorization endpoint that leads to it.

use serde_json::{Value, json};

use super::endpoints::Endpoint;
use super::error::OAuthError;
use super::grants::{Authorization, DeviceRequest, Granted, INTERVAL};
use super::params::Params;
use super::{Identity, Request};
use crate::directory::{ActsAs, Client};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The grants that the token endpoint takes.
pub(super) const GRANT_TYPES: [&str; 4] = [
    "authorization_code",
    "client_credentials",
    "refresh_token",
    DEVICE_CODE,
];

impl Identity {
    /// Carries out a token request (RFC 6749, section 3.2).
    pub(super) async fn exchange(&self, request: Request<'_>) -> Result<Value, OAuthError> {
        let params = Params::of(request)?;
        let client = self.client(request.headers, &params)?;
        let now = self.clock.now();
        // Before a code or a refresh token is used up: without a key it would be lost.
        self.keys.current().await?;
        match params.required("grant_type")? {
            "client_credentials" => self.client_credentials(&client, &params).await,
            "authorization_code" => {
                signs_users_in(&client)?;
                let code = params.required("code")?;
                let redirect_uri = params.required("redirect_uri")?;
                let verifier = params.required("code_verifier")?;
                if !is_verifier(verifier) {
                    return Err(OAuthError::invalid_grant(
                        "code_verifier is not 43 to 128 letters, digits, dashes, dots, underscores, tildes",
                    ));
                }
                let granted = self
                    .grants
                    .redeem_code(code, &client.id, redirect_uri, verifier, now)
                    .await?;
                self.tokens(&client, granted).await
            }
            DEVICE_CODE => {
                signs_users_in(&client)?;
                let code = params.required("device_code")?;
                let granted = self.grants.poll_device(code, &client.id, now).await?;
                self.tokens(&client, granted).await
            }
            "refresh_token" => {
                signs_users_in(&client)?;
                let token = params.required("refresh_token")?;
                let scope = params.value("scope");
                let granted = self.grants.rotate(token, &client.id, scope, now).await?;
                self.tokens(&client, granted).await
            }
            _ => Err(OAuthError::new(
                "unsupported_grant_type",
                "the discovery document lists the grant types",
            )),
        }
    }

    /// Starts a device's sign-in (RFC 8628, section 3.1).
    pub(super) async fn authorize_device(&self, request: Request<'_>) -> Result<Value, OAuthError> {
        let params = Params::of(request)?;
        let client = self.client(request.headers, &params)?;
        signs_users_in(&client)?;
        let request = DeviceRequest {
            scope: client.scope(params.value("scope"))?,
            client_id: client.id,
        };
        let now = self.clock.now();
        let (device_code, user_code, expires_in) =
            self.grants.issue_device_code(request, now).await?;
        let page = self.url(Endpoint::Device);
        Ok(json!({
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code={user_code}"),
            "expires_in": expires_in,
            "interval": INTERVAL,
        }))
    }

    async fn client_credentials(
        &self,
        client: &Client,
        params: &Params,
    ) -> Result<Value, OAuthError> {
        let subject = match &client.acts_as {
            ActsAs::User(user_id) => user_id,
            ActsAs::NamedUser => &client.id,
            ActsAs::SignedInUser => {
                return Err(OAuthError::new(
                    "unauthorized_client",
                    "a UI-to-API connection signs in by authorization code or device code",
                ));
            }
        };
        let scope = client.scope(params.value("scope"))?;
        let claims = self.claims(subject, &client.id, &scope, None);
        let token = self.sign(&claims).await?;
        Ok(self.answer(&token, &scope))
    }

    /// The tokens of a grant.
    async fn tokens(&self, client: &Client, granted: Granted) -> Result<Value, OAuthError> {
        let Granted {
            id,
            authorization,
            nonce,
            refresh_token,
        } = granted;
        let Authorization {
            client_id,
            mut scope,
            sign_in,
        } = authorization;
        if self.directory.active_user(&sign_in.user_id).is_none() {
            self.grants.revoke(&id).await?;
            return Err(OAuthError::invalid_grant("the user is deactivated"));
        }
        // The connection may have lost scopes since the user signed in.
        scope.retain(|one| client.may_have(one));
        let claims = self.claims(&sign_in.user_id, &client_id, &scope, Some(&sign_in));
        let grants = &self.grants;
        let good = grants.remember(&id, &claims.jti, claims.exp, self.clock.now());
        if !good.await? {
            return Err(OAuthError::invalid_grant("the sign-in was revoked"));
        }
        let token = self.sign(&claims).await?;
        let mut answer = self.answer(&token, &scope);
        if scope.iter().any(|one| one == "openid") {
            let id_token = self.sign_id(&sign_in, &client_id, nonce, &token).await?;
            answer["id_token"] = id_token.into();
        }
        if let Some(refresh_token) = refresh_token {
            answer["refresh_token"] = refresh_token.into();
        }
        Ok(answer)
    }

    fn answer(&self, token: &str, scope: &[String]) -> Value {
        let mut answer = json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self.token_lifetime,
        });
        if !scope.is_empty() {
            answer["scope"] = scope.join(" ").into();
        }
        answer
    }
}

/// Whether this is a PKCE verifier (RFC 7636, section 4.1).
fn is_verifier(text: &str) -> bool {
    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    (43..=128).contains(&text.len()) && text.chars().all(unreserved)
}

fn signs_users_in(client: &Client) -> Result<(), OAuthError> {
    if client.acts_as == ActsAs::SignedInUser {
        return Ok(());
    }
    Err(OAuthError::new(
        "unauthorized_client",
        "this client signs in by client credentials; users sign in to UI-to-API connections",
    ))
}
