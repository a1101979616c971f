//! A client id and its new secret, as the platform shows them once.

use conga_auth::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{answer::data, request::Shape};

/// A client id with the secret that was made for it: what
/// [`ClientBuilder::client_credentials`](crate::ClientBuilder::client_credentials) takes.
///
/// The secret cannot be had again; put it where secrets are kept. `Debug` does not show it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IssuedClient {
    /// The client id of OAuth.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
}

/// An envelope round a client id and a secret, and maybe more.
pub(crate) struct Issued(IssuedClient);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IdAndSecret {
    client_id: Option<String>,
    client_secret: Option<SecretString>,
}

impl<'de> Deserialize<'de> for Issued {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let answer: IdAndSecret = data(deserializer, "client")?;
        let client_id = answer.client_id.filter(|id| !id.is_empty());
        let secret = answer.client_secret;
        let client_secret = secret.filter(|secret| !secret.expose_secret().is_empty());
        match (client_id, client_secret) {
            (Some(client_id), Some(client_secret)) => Ok(Self(IssuedClient {
                client_id,
                client_secret,
            })),
            (None, _) => Err(D::Error::custom("`Data` holds no client id")),
            (_, None) => Err(D::Error::custom("`Data` holds no client secret")),
        }
    }
}

impl Shape for Issued {
    type Value = IssuedClient;

    fn into_value(self) -> IssuedClient {
        self.0
    }
}
