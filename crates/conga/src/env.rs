//! Settings from the environment. What they are is told at [`Client::from_env`](crate::Client::from_env).

use std::{env::VarError, sync::Arc};

use conga_auth::{Region, StaticToken};

use crate::{ClientBuilder, ConfigError, Error};

impl ClientBuilder {
    /// The settings of the environment, for a client that needs more than those: see [`Client::from_env`](crate::Client::from_env).
    ///
    /// # Errors
    ///
    /// [`Error::Config`].
    pub fn from_env() -> Result<Self, Error> {
        Self::from_lookup(|variable| match std::env::var(variable) {
            Ok(value) => Ok(Some(value)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(ConfigError::Invalid {
                setting: variable,
                problem: "is no text (UTF-8)",
            }),
        })
    }

    /// The same settings from elsewhere: `lookup` gives the value of a variable.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], also where `lookup` says so.
    pub fn from_lookup(
        lookup: impl Fn(&'static str) -> Result<Option<String>, ConfigError>,
    ) -> Result<Self, Error> {
        let variable =
            |name| Ok::<_, ConfigError>(lookup(name)?.filter(|value| !value.trim().is_empty()));
        let builder = tenant(Self::default(), &variable)?;
        let builder = sign_in(builder, &variable)?;
        Ok(storefront(builder, &variable)?)
    }
}

const REGION: &str = "CONGA_REGION";
const TOKEN_URI: &str = "CONGA_TOKEN_URI";
const BASE_URI: &str = "CONGA_BASE_URI";
const CLIENT_ID: &str = "CONGA_CLIENT_ID";
const CLIENT_SECRET: &str = "CONGA_CLIENT_SECRET";
const ACCESS_TOKEN: &str = "CONGA_ACCESS_TOKEN";
const USER_ID: &str = "CONGA_USER_ID";
const SCOPES: &str = "CONGA_SCOPES";
const STOREFRONT_URL: &str = "CONGA_STOREFRONT_URL";
const STOREFRONT: &str = "CONGA_STOREFRONT";
const STOREFRONT_USER: &str = "CONGA_STOREFRONT_USER";
const STOREFRONT_PASSWORD: &str = "CONGA_STOREFRONT_PASSWORD";

type Variable<'a> = dyn Fn(&'static str) -> Result<Option<String>, ConfigError> + 'a;

fn tenant(builder: ClientBuilder, variable: &Variable<'_>) -> Result<ClientBuilder, ConfigError> {
    match (variable(REGION)?, variable(TOKEN_URI)?, variable(BASE_URI)?) {
        (Some(_), Some(_), _) => Err(ConfigError::Conflict {
            one: REGION,
            other: TOKEN_URI,
        }),
        (Some(_), None, Some(_)) => Err(ConfigError::Conflict {
            one: REGION,
            other: BASE_URI,
        }),
        (Some(region), None, None) => {
            let region: Region = region.parse().map_err(|_| ConfigError::Invalid {
                setting: REGION,
                problem: "is not one of `na`, `eu` and `au`",
            })?;
            Ok(builder.region(region))
        }
        (None, Some(token), Some(base)) => Ok(builder.endpoints(token, base)),
        (None, Some(_), None) => Err(missing("the base URI", "endpoints", BASE_URI)),
        (None, None, Some(base)) => Ok(builder.base_uri(base)),
        (None, None, None) => Ok(builder),
    }
}

fn sign_in(builder: ClientBuilder, variable: &Variable<'_>) -> Result<ClientBuilder, ConfigError> {
    let (id, secret, user_id, scopes) = (
        variable(CLIENT_ID)?,
        variable(CLIENT_SECRET)?,
        variable(USER_ID)?,
        variable(SCOPES)?,
    );
    if let Some(token) = variable(ACCESS_TOKEN)? {
        for (other, value) in [
            (CLIENT_ID, &id),
            (CLIENT_SECRET, &secret),
            (SCOPES, &scopes),
        ] {
            if value.is_some() {
                return Err(ConfigError::Conflict {
                    one: ACCESS_TOKEN,
                    other,
                });
            }
        }
        let token = StaticToken::new(token.trim());
        return Ok(builder.credential(Arc::new(match user_id {
            Some(user_id) => token.user_id(user_id.trim()),
            None => token,
        })));
    }
    let mut builder = match (id, secret) {
        (Some(id), Some(secret)) => builder.client_credentials(id.trim(), secret),
        (Some(_), None) => {
            return Err(missing(
                "the client secret",
                "client_credentials",
                CLIENT_SECRET,
            ));
        }
        (None, Some(_)) => return Err(missing("the client id", "client_credentials", CLIENT_ID)),
        (None, None) if user_id.is_some() || scopes.is_some() => {
            return Err(missing("the client id", "client_credentials", CLIENT_ID));
        }
        (None, None) => builder,
    };
    if let Some(user_id) = user_id {
        builder = builder.user_id(user_id.trim());
    }
    if let Some(scopes) = scopes {
        builder = builder.scopes(scopes.split_whitespace());
    }
    Ok(builder)
}

fn storefront(
    builder: ClientBuilder,
    variable: &Variable<'_>,
) -> Result<ClientBuilder, ConfigError> {
    let (user, password) = (variable(STOREFRONT_USER)?, variable(STOREFRONT_PASSWORD)?);
    let builder = match (variable(STOREFRONT_URL)?, variable(STOREFRONT)?) {
        (Some(url), Some(name)) => builder.storefront(url, name.trim()),
        (Some(_), None) => return Err(missing("the storefront's name", "storefront", STOREFRONT)),
        (None, Some(_)) => {
            return Err(missing(
                "the storefront's URL",
                "storefront",
                STOREFRONT_URL,
            ));
        }
        (None, None) if user.is_some() || password.is_some() => {
            return Err(missing(
                "the storefront's URL",
                "storefront",
                STOREFRONT_URL,
            ));
        }
        (None, None) => builder,
    };
    match (user, password) {
        (Some(user), Some(password)) => Ok(builder.shopper(user.trim(), password)),
        (Some(_), None) => Err(missing(
            "the shopper's password",
            "shopper",
            STOREFRONT_PASSWORD,
        )),
        (None, Some(_)) => Err(missing("the shopper's name", "shopper", STOREFRONT_USER)),
        (None, None) => Ok(builder),
    }
}

fn missing(what: &'static str, setter: &'static str, variables: &'static str) -> ConfigError {
    ConfigError::Missing {
        what,
        setter,
        variables,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://shop.my.site.com/ecom/services/apexrest/Apttus_WebStore/apttus/v5";

    /// What comes of an environment: a debug text, or the error.
    fn built(environment: &[(&'static str, &str)]) -> Result<String, String> {
        ClientBuilder::from_lookup(|name| {
            Ok(environment
                .iter()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| (*value).to_owned()))
        })
        .and_then(ClientBuilder::build)
        .map(|client| format!("{client:?}"))
        .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_enough_is_enough() {
        let client = [(CLIENT_ID, "id"), (CLIENT_SECRET, "hunter2")];
        let shop = [(STOREFRONT_URL, URL), (STOREFRONT, "ECommerce")];
        for (environment, expected) in [
            (
                [&client[..], &[(REGION, "eu")]].concat(),
                "https://rls.congacloud.eu",
            ),
            (
                [
                    &client[..],
                    &[
                        (REGION, "NA"),
                        (USER_ID, "u"),
                        (SCOPES, "sign doc-gen.composer"),
                    ],
                ]
                .concat(),
                "https://rls.congacloud.com",
            ),
            (
                [
                    &client[..],
                    &[
                        (TOKEN_URI, "https://a.example/t"),
                        (BASE_URI, "https://b.example/"),
                    ],
                ]
                .concat(),
                "https://b.example",
            ),
            (
                vec![(REGION, "au"), (ACCESS_TOKEN, "hunter2"), (USER_ID, "u")],
                "https://rls.congacloud.au",
            ),
            (
                vec![(BASE_URI, "https://b.example"), (ACCESS_TOKEN, "hunter2")],
                "https://b.example",
            ),
            (shop.to_vec(), "shop.my.site.com/ecom"),
            (
                [
                    &shop[..],
                    &[(STOREFRONT_USER, "ann"), (STOREFRONT_PASSWORD, "hunter2")],
                ]
                .concat(),
                "shop.my.site.com/ecom",
            ),
            (
                [
                    &client[..],
                    &shop,
                    &[(REGION, "eu"), (USER_ID, " "), (TOKEN_URI, "")],
                ]
                .concat(),
                "https://rls.congacloud.eu",
            ),
        ] {
            let shown =
                built(&environment).unwrap_or_else(|error| panic!("{environment:?}: {error}"));
            assert!(shown.contains(expected), "{environment:?}: {shown}");
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn what_is_missing_is_named_with_its_setter_and_its_variable() {
        for (environment, setter, variable) in [
            (&[][..], "region", REGION),
            (
                &[(CLIENT_ID, "id"), (CLIENT_SECRET, "s")],
                "endpoints",
                TOKEN_URI,
            ),
            (&[(REGION, "eu")], "client_credentials", CLIENT_ID),
            (
                &[(REGION, "eu"), (CLIENT_ID, "id")],
                "client_credentials",
                CLIENT_SECRET,
            ),
            (
                &[(REGION, "eu"), (CLIENT_SECRET, "s")],
                "client_credentials",
                CLIENT_ID,
            ),
            (
                &[(REGION, "eu"), (CLIENT_ID, "id"), (CLIENT_SECRET, " ")],
                "client_credentials",
                CLIENT_SECRET,
            ),
            (
                &[(REGION, "eu"), (USER_ID, "u")],
                "client_credentials",
                CLIENT_ID,
            ),
            (
                &[
                    (TOKEN_URI, "https://a.example"),
                    (CLIENT_ID, "id"),
                    (CLIENT_SECRET, "s"),
                ],
                "endpoints",
                BASE_URI,
            ),
            (
                &[
                    (BASE_URI, "https://a.example"),
                    (CLIENT_ID, "id"),
                    (CLIENT_SECRET, "s"),
                ],
                "endpoints",
                TOKEN_URI,
            ),
            (&[(ACCESS_TOKEN, "t")], "region", REGION),
            (&[(STOREFRONT_URL, URL)], "storefront", STOREFRONT),
            (&[(STOREFRONT, "ECommerce")], "storefront", STOREFRONT_URL),
            (
                &[(STOREFRONT_USER, "ann"), (STOREFRONT_PASSWORD, "p")],
                "storefront",
                STOREFRONT_URL,
            ),
            (
                &[
                    (STOREFRONT_URL, URL),
                    (STOREFRONT, "E"),
                    (STOREFRONT_USER, "ann"),
                ],
                "shopper",
                STOREFRONT_PASSWORD,
            ),
            (
                &[
                    (STOREFRONT_URL, URL),
                    (STOREFRONT, "E"),
                    (STOREFRONT_PASSWORD, "p"),
                ],
                "shopper",
                STOREFRONT_USER,
            ),
        ] {
            let error = built(environment).expect_err("something is missing");
            assert!(
                error.contains(setter) && error.contains(variable),
                "{environment:?}: {error}"
            );
        }
    }

    #[test]
    fn what_contradicts_is_named_on_both_sides() {
        for (one, other) in [
            (REGION, TOKEN_URI),
            (REGION, BASE_URI),
            (ACCESS_TOKEN, CLIENT_ID),
            (ACCESS_TOKEN, CLIENT_SECRET),
            (ACCESS_TOKEN, SCOPES),
        ] {
            let error = built(&[(one, "eu"), (other, "hunter2")]).expect_err("they contradict");
            assert!(
                error.contains(one) && error.contains(other) && !error.contains("hunter2"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_cannot_be_is_named_without_its_value() {
        let client = [(CLIENT_ID, "id"), (CLIENT_SECRET, "hunter2")];
        for (environment, named) in [
            (vec![(REGION, "hunter2")], "CONGA_REGION"),
            (
                [
                    &client[..],
                    &[(TOKEN_URI, "hunter2"), (BASE_URI, "https://b.example")],
                ]
                .concat(),
                "token URI",
            ),
            (
                [
                    &client[..],
                    &[(TOKEN_URI, "https://a.example"), (BASE_URI, "hunter2")],
                ]
                .concat(),
                "base URI",
            ),
            (
                [
                    &client[..],
                    &[
                        (TOKEN_URI, "https://a.example"),
                        (BASE_URI, "http://b.example"),
                    ],
                ]
                .concat(),
                "https",
            ),
            (
                vec![(STOREFRONT_URL, "hunter2"), (STOREFRONT, "E")],
                "storefront's URL",
            ),
            (
                vec![
                    (STOREFRONT_URL, "https://shop.example/apttus/v5"),
                    (STOREFRONT, "E"),
                ],
                "storefront's URL",
            ),
        ] {
            let error = built(&environment).expect_err("it cannot be");
            assert!(
                error.contains(named) && !error.contains("hunter2"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_a_lookup_says_is_passed_on() {
        let said = ConfigError::Invalid {
            setting: REGION,
            problem: "is no text",
        };
        let error = ClientBuilder::from_lookup(|_| Err(said.clone())).expect_err("it said so");
        assert!(matches!(error, Error::Config(problem) if problem == said));
    }
}
