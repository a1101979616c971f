//! Settings from the environment. What they are is told in the crate's front page.

mod hosts;
mod platform;
#[cfg(test)]
mod tests;

use std::env::VarError;

use conga_auth::ClientSecret;

use crate::{ClientBuilder, ConfigError, Error};

impl ClientBuilder {
    /// The settings of the environment, for a client that needs more than those: see [`Client::from_env`](crate::Client::from_env).
    ///
    /// # Errors
    ///
    /// [`Error::Config`]; [`Error::Auth`] where an address or a key cannot work.
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
    /// [`Error::Config`], also where `lookup` says so; [`Error::Auth`] where an address or a key cannot work.
    pub fn from_lookup(
        lookup: impl Fn(&'static str) -> Result<Option<String>, ConfigError>,
    ) -> Result<Self, Error> {
        let variables = Variables(&lookup);
        let builder = platform::tenant(Self::default(), variables)?;
        let builder = platform::sign_in(builder, variables)?;
        let builder = platform::rate(builder, variables)?;
        let builder = hosts::storefront(builder, variables)?;
        let builder = hosts::salesforce(builder, variables)?;
        hosts::others(builder, variables)
    }
}

/// The variables, by name. One that is empty counts as not set.
#[derive(Clone, Copy)]
struct Variables<'a>(&'a dyn Fn(&'static str) -> Result<Option<String>, ConfigError>);

impl Variables<'_> {
    /// The value as it is: secrets may begin or end with a blank.
    fn raw(self, name: &'static str) -> Result<Option<String>, ConfigError> {
        Ok((self.0)(name)?.filter(|value| !value.trim().is_empty()))
    }

    /// The value without white space around it.
    fn get(self, name: &'static str) -> Result<Option<String>, ConfigError> {
        Ok(self.raw(name)?.map(|value| value.trim().to_owned()))
    }

    /// A client's secret: in a variable, or in the file that another one names.
    fn secret(
        self,
        name: &'static str,
        file: &'static str,
    ) -> Result<Option<ClientSecret>, ConfigError> {
        match (self.raw(name)?, self.get(file)?) {
            (Some(_), Some(_)) => Err(ConfigError::Conflict {
                one: name,
                other: file,
            }),
            (Some(secret), None) => Ok(Some(secret.into())),
            (None, Some(path)) => Ok(Some(ClientSecret::file(path))),
            (None, None) => Ok(None),
        }
    }

    /// An error where one of these is set beside `one`.
    fn none_beside(self, one: &'static str, others: &[&'static str]) -> Result<(), ConfigError> {
        for other in others {
            if self.raw(other)?.is_some() {
                return Err(ConfigError::Conflict { one, other });
            }
        }
        Ok(())
    }
}

fn missing(what: &'static str, setter: &'static str, variables: &'static str) -> ConfigError {
    ConfigError::Missing {
        what,
        setter,
        variables,
    }
}
