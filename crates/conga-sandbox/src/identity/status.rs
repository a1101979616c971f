//! What becomes of tokens once they are out: revocation (RFC 7009), introspection (RFC 7662), user info.

use axum::http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use super::error::OAuthError;
use super::params::Params;
use super::token::Claims;
use super::{Identity, Request, TokenFault, unstored};
use crate::request::Answer;

impl Identity {
    /// Revokes a token of the client: a refresh token with all that came of its sign-in. What is not a token needs no
    /// revoking, so it is a success too.
    pub(super) async fn revoke(&self, request: Request<'_>) -> Result<Value, OAuthError> {
        let params = Params::of(request)?;
        let client = self.client(request.headers, &params)?;
        let token = params.required("token")?;
        let foreign = || OAuthError::invalid_grant("the token is one of another client");
        match self.grants.revoke_refresh_token(token, &client.id).await? {
            Some(true) => {}
            Some(false) => return Err(foreign()),
            None => match self.verify(token).await {
                Ok(claims) if claims.client_id == client.id => {
                    let now = self.clock.now();
                    self.grants.revoke_access_token(claims.jti, claims.exp, now);
                }
                Ok(_) => return Err(foreign()),
                Err(TokenFault::Unavailable) => return Err(OAuthError::no_key()),
                Err(_) => {}
            },
        }
        Ok(json!({}))
    }

    /// Says whether a token is good. Any client that shows its secret may ask about any access token, as a service would; about
    /// refresh tokens only the client that has them.
    pub(super) async fn introspect(&self, request: Request<'_>) -> Result<Value, OAuthError> {
        let params = Params::of(request)?;
        let client = self.client_with_secret(request.headers, &params)?;
        let token = params.required("token")?;
        match self.admit(token).await {
            Ok((claims, _)) => return Ok(active(&claims)),
            Err(TokenFault::Unavailable) => return Err(OAuthError::no_key()),
            Err(_) => {}
        }
        let refreshable = self.grants.refreshable(token, self.clock.now()).await?;
        let refreshable = refreshable.filter(|refreshable| {
            let authorization = &refreshable.authorization;
            let user = self.directory.active_user(&authorization.sign_in.user_id);
            authorization.client_id == client.id && user.is_some()
        });
        Ok(match refreshable {
            Some(refreshable) => json!({
                "active": true,
                "iss": self.issuer(),
                "sub": refreshable.authorization.sign_in.user_id,
                "client_id": client.id,
                "scope": refreshable.authorization.scope.join(" "),
                "exp": refreshable.expires,
                "token_type": "refresh_token",
            }),
            None => json!({"active": false}),
        })
    }

    /// Who signed in, as far as the token's scopes tell (OpenID Connect Core, section 5.3).
    pub(super) async fn user_info(&self, request: Request<'_>) -> Answer {
        match self.user_claims(request).await {
            Ok(claims) => unstored(Answer::json(StatusCode::OK, claims)),
            Err(answer) => answer,
        }
    }

    async fn user_claims(&self, request: Request<'_>) -> Result<Value, Answer> {
        let sent = bearer(request);
        let token = sent.ok_or_else(|| challenge(StatusCode::UNAUTHORIZED, None))?;
        let invalid = || challenge(StatusCode::UNAUTHORIZED, Some("invalid_token"));
        let (claims, _) = self.admit(&token).await.map_err(|fault| match fault {
            TokenFault::Unavailable => OAuthError::no_key().into_answer(request.headers),
            _ => invalid(),
        })?;
        let has = |scope: &str| claims.scope.iter().any(|one| one == scope);
        if !has("openid") {
            return Err(challenge(StatusCode::FORBIDDEN, Some("insufficient_scope")));
        }
        let user = self
            .directory
            .active_user(&claims.sub)
            .ok_or_else(invalid)?;
        let mut info = json!({"sub": user.id});
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                info[name] = value.into();
            }
        };
        if has("profile") {
            add("name", &user.name());
            add("given_name", user.text("FirstName"));
            add("family_name", user.text("LastName"));
            add("preferred_username", user.user_name());
            add("zoneinfo", user.text("Timezone"));
            add("locale", user.text("Locale"));
        }
        if has("email") {
            add("email", user.text("Email"));
        }
        if has("phone") {
            add("phone_number", user.text("PhoneNumber"));
        }
        let address = user.text("Address");
        if has("address") && !address.is_empty() {
            info["address"] = json!({"formatted": address});
        }
        Ok(info)
    }
}

fn active(claims: &Claims) -> Value {
    json!({
        "active": true,
        "iss": claims.iss,
        "sub": claims.sub,
        "client_id": claims.client_id,
        "aud": claims.aud,
        "scope": claims.scope.join(" "),
        "iat": claims.iat,
        "nbf": claims.nbf,
        "exp": claims.exp,
        "jti": claims.jti,
        "token_type": "Bearer",
    })
}

/// The access token, from the header or from a form (RFC 6750, section 2).
fn bearer(request: Request<'_>) -> Option<String> {
    let Some(header) = request.headers.get(header::AUTHORIZATION) else {
        let posted = request.method == Method::POST;
        let params = Params::of(request).ok().filter(|_| posted)?;
        return params.value("access_token").map(str::to_owned);
    };
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

/// A refusal in the manner of RFC 6750, section 3.
fn challenge(status: StatusCode, error: Option<&'static str>) -> Answer {
    let Some(error) = error else {
        return Answer::empty(status).with_header(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"conga-sandbox\""),
        );
    };
    let answer = Answer::json(status, json!({"error": error}));
    match HeaderValue::try_from(format!("Bearer realm=\"conga-sandbox\", error=\"{error}\"")) {
        Ok(challenge) => answer.with_header(header::WWW_AUTHENTICATE, challenge),
        Err(_) => answer,
    }
}
