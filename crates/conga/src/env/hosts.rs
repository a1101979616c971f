//! The hosts beside the gateway, and who signs in to them.

use std::sync::Arc;

use conga_api::operations::Host;
use conga_auth::{ApiKey, SalesforceOAuth, SalesforceOAuthBuilder};
use url::Url;

use super::{Variables, missing};
use crate::{ClientBuilder, ConfigError, Error};

const STOREFRONT_URL: &str = "CONGA_STOREFRONT_URL";
const STOREFRONT: &str = "CONGA_STOREFRONT";
const STOREFRONT_USER: &str = "CONGA_STOREFRONT_USER";
const STOREFRONT_PASSWORD: &str = "CONGA_STOREFRONT_PASSWORD";
const SALESFORCE_URL: &str = "CONGA_SALESFORCE_URL";
const SALESFORCE_LOGIN: &str = "CONGA_SALESFORCE_LOGIN";
const SALESFORCE_CLIENT_ID: &str = "CONGA_SALESFORCE_CLIENT_ID";
const SALESFORCE_CLIENT_SECRET: &str = "CONGA_SALESFORCE_CLIENT_SECRET";
const SALESFORCE_CLIENT_SECRET_FILE: &str = "CONGA_SALESFORCE_CLIENT_SECRET_FILE";
const SALESFORCE_REFRESH_TOKEN: &str = "CONGA_SALESFORCE_REFRESH_TOKEN";
const SALESFORCE_USER: &str = "CONGA_SALESFORCE_USER";
#[cfg(feature = "jwt-bearer")]
const SALESFORCE_KEY_FILE: &str = "CONGA_SALESFORCE_KEY_FILE";
const X_AUTHOR_URL: &str = "CONGA_X_AUTHOR_URL";
const TURBOENGINES_URL: &str = "CONGA_TURBOENGINES_URL";
const DISCOVERY_AI_URL: &str = "CONGA_DISCOVERY_AI_URL";
const DISCOVERY_AI_KEY: &str = "CONGA_DISCOVERY_AI_KEY";

pub(super) fn storefront(
    builder: ClientBuilder,
    variables: Variables<'_>,
) -> Result<ClientBuilder, ConfigError> {
    let user = variables.get(STOREFRONT_USER)?;
    let password = variables.raw(STOREFRONT_PASSWORD)?;
    let builder = match (variables.get(STOREFRONT_URL)?, variables.get(STOREFRONT)?) {
        (Some(url), Some(name)) => builder.storefront(url, name),
        (Some(_), None) => return Err(missing("the storefront's name", "storefront", STOREFRONT)),
        (None, None) if user.is_none() && password.is_none() => builder,
        // The connected app alone, which names the storefront in its requests.
        (None, Some(_)) if variables.get(SALESFORCE_CLIENT_ID)?.is_some() => builder,
        (None, _) => {
            return Err(missing(
                "the storefront's URL",
                "storefront",
                STOREFRONT_URL,
            ));
        }
    };
    match (user, password) {
        (Some(user), Some(password)) => Ok(builder.shopper(user, password)),
        (Some(_), None) => Err(missing(
            "the shopper's password",
            "shopper",
            STOREFRONT_PASSWORD,
        )),
        (None, Some(_)) => Err(missing("the shopper's name", "shopper", STOREFRONT_USER)),
        (None, None) => Ok(builder),
    }
}

/// A connected app of the organisation that Conga's packages are installed in.
pub(super) fn salesforce(
    builder: ClientBuilder,
    variables: Variables<'_>,
) -> Result<ClientBuilder, Error> {
    let Some(id) = variables.get(SALESFORCE_CLIENT_ID)? else {
        return Ok(builder);
    };
    let url = address(variables, SALESFORCE_URL)?;
    let url = url.ok_or(missing("the organisation's URL", "host", SALESFORCE_URL))?;
    let login = variables
        .get(SALESFORCE_LOGIN)?
        .unwrap_or_else(|| url.to_string());
    let mut app = app(variables, login, id)?.allow_origin(url.as_str());
    if let Some(name) = variables.get(STOREFRONT)? {
        app = app.storefront(name);
    }
    let builder = builder.host(Host::Salesforce, url.clone());
    Ok(builder.host_credential_by(
        Host::Salesforce,
        Arc::new(move |http| {
            let mut app = app.clone().http_client(http.client_for(&url)?);
            if let Some(timeout) = http.sign_in_timeout {
                app = app.timeout(timeout);
            }
            Ok(Arc::new(app.build()?))
        }),
    ))
}

fn app(
    variables: Variables<'_>,
    login: String,
    id: String,
) -> Result<SalesforceOAuthBuilder, Error> {
    if let Some(user) = variables.get(SALESFORCE_USER)? {
        let not_needed = [
            SALESFORCE_REFRESH_TOKEN,
            SALESFORCE_CLIENT_SECRET,
            SALESFORCE_CLIENT_SECRET_FILE,
        ];
        variables.none_beside(SALESFORCE_USER, &not_needed)?;
        return jwt_bearer(variables, login, id, user);
    }
    let secret = variables.secret(SALESFORCE_CLIENT_SECRET, SALESFORCE_CLIENT_SECRET_FILE)?;
    match (variables.raw(SALESFORCE_REFRESH_TOKEN)?, secret) {
        (Some(token), Some(secret)) => {
            Ok(SalesforceOAuth::refresh_token(login, id, token).client_secret(secret))
        }
        (Some(token), None) => Ok(SalesforceOAuth::refresh_token(login, id, token)),
        (None, Some(secret)) => Ok(SalesforceOAuth::client_credentials(login, id, secret)),
        (None, None) => Err(missing(
            "the secret of the connected app",
            "host_credential",
            SALESFORCE_CLIENT_SECRET,
        )
        .into()),
    }
}

#[cfg(feature = "jwt-bearer")]
fn jwt_bearer(
    variables: Variables<'_>,
    login: String,
    id: String,
    user: String,
) -> Result<SalesforceOAuthBuilder, Error> {
    let path = variables.get(SALESFORCE_KEY_FILE)?;
    let path = path.ok_or(missing(
        "the private key",
        "host_credential",
        SALESFORCE_KEY_FILE,
    ))?;
    let pem = std::fs::read_to_string(path).map_err(|_| ConfigError::Invalid {
        setting: SALESFORCE_KEY_FILE,
        problem: "names no file that can be read",
    })?;
    let key = conga_auth::PrivateKey::from_pem(pem)?;
    Ok(SalesforceOAuth::jwt_bearer(login, id, user, key))
}

#[cfg(not(feature = "jwt-bearer"))]
fn jwt_bearer(
    _variables: Variables<'_>,
    _login: String,
    _id: String,
    _user: String,
) -> Result<SalesforceOAuthBuilder, Error> {
    Err(ConfigError::Invalid {
        setting: SALESFORCE_USER,
        problem: "needs the Cargo feature `jwt-bearer`",
    }
    .into())
}

pub(super) fn others(
    mut builder: ClientBuilder,
    variables: Variables<'_>,
) -> Result<ClientBuilder, Error> {
    for (name, host) in [
        (X_AUTHOR_URL, Host::XAuthor),
        (TURBOENGINES_URL, Host::TurboEngines),
        (DISCOVERY_AI_URL, Host::DiscoveryAi),
    ] {
        if let Some(url) = address(variables, name)? {
            builder = builder.host(host, url);
        }
    }
    if let Some(key) = variables.get(DISCOVERY_AI_KEY)? {
        let url = variables.get(DISCOVERY_AI_URL)?;
        let url = url.ok_or(missing("the URL of Discovery AI", "host", DISCOVERY_AI_URL))?;
        builder = builder.host_credential(Host::DiscoveryAi, ApiKey::new(&url, key)?);
    }
    Ok(builder)
}

fn address(variables: Variables<'_>, name: &'static str) -> Result<Option<Url>, ConfigError> {
    let url = variables.get(name)?.map(|url| Url::parse(&url)).transpose();
    url.map_err(|_| ConfigError::Invalid {
        setting: name,
        problem: "is no absolute URL; write it as in `https://host/path`",
    })
}
