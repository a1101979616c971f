//! Where the tenant is, and who signs in to its platform.

use std::sync::Arc;

use conga_api::{Limiter, Rate};
use conga_auth::{FileStore, OAuthClient, Provider, Region, SecretString, StaticToken, TokenStore};

use super::{Variables, missing};
use crate::{ClientBuilder, ConfigError, Error, builder::NO_TENANT};

const REGION: &str = "CONGA_REGION";
const TOKEN_URI: &str = "CONGA_TOKEN_URI";
const BASE_URI: &str = "CONGA_BASE_URI";
const CLIENT_ID: &str = "CONGA_CLIENT_ID";
const CLIENT_SECRET: &str = "CONGA_CLIENT_SECRET";
const CLIENT_SECRET_FILE: &str = "CONGA_CLIENT_SECRET_FILE";
const USER_ID: &str = "CONGA_USER_ID";
const SCOPES: &str = "CONGA_SCOPES";
const ACCESS_TOKEN: &str = "CONGA_ACCESS_TOKEN";
const REFRESH_TOKEN: &str = "CONGA_REFRESH_TOKEN";
const SIGN_IN_FILE: &str = "CONGA_SIGN_IN_FILE";
const REQUESTS_PER_SECOND: &str = "CONGA_REQUESTS_PER_SECOND";
const REDIS_URL: &str = "CONGA_REDIS_URL";
#[cfg(feature = "redis")]
const REDIS_KEY: &str = "CONGA_REDIS_KEY";

pub(super) fn tenant(
    builder: ClientBuilder,
    variables: Variables<'_>,
) -> Result<ClientBuilder, ConfigError> {
    if let Some(region) = region(variables)? {
        return Ok(builder.region(region));
    }
    match (variables.get(TOKEN_URI)?, variables.get(BASE_URI)?) {
        (Some(token), Some(base)) => Ok(builder.endpoints(token, base)),
        (Some(_), None) => Err(missing("the base URI", "endpoints", BASE_URI)),
        (None, Some(base)) => Ok(builder.base_uri(base)),
        (None, None) => Ok(builder),
    }
}

fn region(variables: Variables<'_>) -> Result<Option<Region>, ConfigError> {
    let Some(region) = variables.get(REGION)? else {
        return Ok(None);
    };
    variables.none_beside(REGION, &[TOKEN_URI, BASE_URI])?;
    match region.parse() {
        Ok(region) => Ok(Some(region)),
        Err(_) => Err(ConfigError::Invalid {
            setting: REGION,
            problem: "is not one of `na`, `eu` and `au`, or these with `-preview`",
        }),
    }
}

pub(super) fn sign_in(
    builder: ClientBuilder,
    variables: Variables<'_>,
) -> Result<ClientBuilder, Error> {
    let refresh_token = variables.raw(REFRESH_TOKEN)?;
    let file = variables.get(SIGN_IN_FILE)?;
    if let Some(token) = variables.get(ACCESS_TOKEN)? {
        access_token(builder, variables, token)
    } else if refresh_token.is_some() || file.is_some() {
        user(builder, variables, refresh_token.map(Into::into), file)
    } else {
        client_credentials(builder, variables)
    }
}

/// How fast requests go: of this client alone, or of all workers that share a Redis server.
pub(super) fn rate(
    builder: ClientBuilder,
    variables: Variables<'_>,
) -> Result<ClientBuilder, Error> {
    let given = variables.get(REQUESTS_PER_SECOND)?;
    let rate = match &given {
        None => Rate::PRODUCTION,
        Some(number) => match number.parse() {
            Ok(number @ 1..) => Rate::per_second(number),
            _ => {
                return Err(ConfigError::Invalid {
                    setting: REQUESTS_PER_SECOND,
                    problem: "is no whole number above 0",
                }
                .into());
            }
        },
    };
    Ok(match shared_rate(variables, rate)? {
        Some(limiter) => builder.limiter(limiter),
        None if given.is_some() => builder.limiter(Limiter::local(rate)),
        None => builder,
    })
}

fn access_token(
    builder: ClientBuilder,
    variables: Variables<'_>,
    token: String,
) -> Result<ClientBuilder, Error> {
    variables.none_beside(
        ACCESS_TOKEN,
        &[
            CLIENT_ID,
            CLIENT_SECRET,
            CLIENT_SECRET_FILE,
            SCOPES,
            REFRESH_TOKEN,
            SIGN_IN_FILE,
            REDIS_URL,
        ],
    )?;
    let token = StaticToken::new(token);
    Ok(builder.credential(match variables.get(USER_ID)? {
        Some(user_id) => token.user_id(user_id),
        None => token,
    }))
}

fn client_credentials(
    mut builder: ClientBuilder,
    variables: Variables<'_>,
) -> Result<ClientBuilder, Error> {
    let id = variables.get(CLIENT_ID)?;
    let secret = variables.secret(CLIENT_SECRET, CLIENT_SECRET_FILE)?;
    let (user_id, scopes) = (variables.get(USER_ID)?, variables.get(SCOPES)?);
    let setter = "client_credentials";
    match (id, secret) {
        (Some(id), Some(secret)) => {
            if let Some(store) = redis(variables, &id)? {
                builder = builder.token_store(store);
            }
            builder = builder.client_credentials(id, secret);
        }
        (Some(_), None) => return Err(missing("the client secret", setter, CLIENT_SECRET).into()),
        (None, None) if user_id.is_none() && scopes.is_none() => return Ok(builder),
        (None, _) => return Err(missing("the client id", setter, CLIENT_ID).into()),
    }
    if let Some(user_id) = user_id {
        builder = builder.user_id(user_id);
    }
    if let Some(scopes) = scopes {
        builder = builder.scopes(scopes.split_whitespace());
    }
    Ok(builder)
}

/// A user who signed in before, by a UI-to-API connection.
fn user(
    builder: ClientBuilder,
    variables: Variables<'_>,
    refresh_token: Option<SecretString>,
    file: Option<String>,
) -> Result<ClientBuilder, Error> {
    let one = if refresh_token.is_some() {
        REFRESH_TOKEN
    } else {
        SIGN_IN_FILE
    };
    // The sign-in has its scopes, and a user acts as nobody else.
    variables.none_beside(one, &[USER_ID, SCOPES])?;
    let id = variables.get(CLIENT_ID)?;
    let id = id.ok_or(missing("the client id", "credential", CLIENT_ID))?;
    let mut client = OAuthClient::builder(provider(variables)?, &id);
    if let Some(secret) = variables.secret(CLIENT_SECRET, CLIENT_SECRET_FILE)? {
        client = client.client_secret(secret);
    }
    if let Some(path) = file {
        variables.none_beside(SIGN_IN_FILE, &[REDIS_URL])?;
        client = client.store(FileStore::new(path));
    } else if let Some(store) = redis(variables, &id)? {
        client = client.store(store);
    }
    let base = builder.base()?;
    Ok(builder.credential_by(Arc::new(move |http| {
        let mut client = client.clone().http_client(http.client_for(&base)?);
        if let Some(timeout) = http.sign_in_timeout {
            client = client.timeout(timeout);
        }
        let client = client.build()?;
        Ok(Arc::new(match &refresh_token {
            Some(token) => client.user_with_refresh_token(token.clone()),
            None => client.user(),
        }))
    })))
}

/// Who signs the user in: the provider of the region, or the one that the token URI belongs to.
fn provider(variables: Variables<'_>) -> Result<Provider, Error> {
    if let Some(region) = region(variables)? {
        return Ok(region.into());
    }
    let (token, base) = (variables.get(TOKEN_URI)?, variables.get(BASE_URI)?);
    let token = token.ok_or(NO_TENANT)?;
    let base = base.ok_or(missing("the base URI", "endpoints", BASE_URI))?;
    let issuer = token.strip_suffix("/connect/token").ok_or(ConfigError::Invalid {
        setting: TOKEN_URI,
        problem: "does not end in `/connect/token`, so the issuer is not known; give a `conga_auth::UserCredential` to `ClientBuilder::credential`",
    })?;
    Ok(Provider::discovered(issuer, &base)?)
}

#[cfg(feature = "redis")]
fn redis(variables: Variables<'_>, client_id: &str) -> Result<Option<Arc<dyn TokenStore>>, Error> {
    let Some(url) = variables.get(REDIS_URL)? else {
        return Ok(None);
    };
    let key = redis_key(variables, client_id)?;
    let store = conga_auth::RedisStore::builder(url, key).build()?;
    Ok(Some(Arc::new(store)))
}

#[cfg(feature = "redis")]
fn shared_rate(variables: Variables<'_>, rate: Rate) -> Result<Option<Limiter>, Error> {
    let (Some(url), Some(client_id)) = (variables.get(REDIS_URL)?, variables.get(CLIENT_ID)?)
    else {
        return Ok(None);
    };
    let key = redis_key(variables, &client_id)?;
    let budget = conga_api::RedisBudget::builder(url, key, rate).build()?;
    Ok(Some(Limiter::new(budget)))
}

#[cfg(feature = "redis")]
fn redis_key(variables: Variables<'_>, client_id: &str) -> Result<String, ConfigError> {
    let key = variables.get(REDIS_KEY)?;
    Ok(key.unwrap_or_else(|| format!("conga:{client_id}")))
}

#[cfg(not(feature = "redis"))]
fn redis(variables: Variables<'_>, _client_id: &str) -> Result<Option<Arc<dyn TokenStore>>, Error> {
    no_redis(variables).map(|()| None)
}

#[cfg(not(feature = "redis"))]
fn shared_rate(variables: Variables<'_>, _rate: Rate) -> Result<Option<Limiter>, Error> {
    no_redis(variables).map(|()| None)
}

#[cfg(not(feature = "redis"))]
fn no_redis(variables: Variables<'_>) -> Result<(), Error> {
    match variables.get(REDIS_URL)? {
        None => Ok(()),
        Some(_) => Err(ConfigError::Invalid {
            setting: REDIS_URL,
            problem: "needs the Cargo feature `redis`",
        }
        .into()),
    }
}
