//! What a connection is.

use std::fmt;

use conga_auth::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::Record;

/// For whom a connection signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiConnectionType {
    /// For a program, which names the user it acts for with every request (`user-id`).
    ApiToApi,
    /// For the users of a program, who sign in themselves.
    UiToApi,
}

impl ApiConnectionType {
    const ALL: [Self; 2] = [Self::ApiToApi, Self::UiToApi];
}

/// As the published parameter `apiConnectionType` spells it.
impl fmt::Display for ApiConnectionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ApiToApi => "APItoAPI",
            Self::UiToApi => "UItoAPI",
        })
    }
}

/// A connection as the platform tells it. What it leaves out, or gives as `null`, is `None` or empty here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ApiConnection {
    /// The type in words, such as `API to API`; see [`connection_type`](Self::connection_type).
    #[serde(rename = "APIType")]
    pub api_type: Option<String>,
    /// The identifier of the external integration that it belongs to.
    pub external_identifier: Option<String>,
    /// The client id of OAuth.
    pub client_id: Option<String>,
    /// The name for people.
    pub client_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it may sign in.
    pub is_active: Option<bool>,
    /// Where users are sent back to after they signed in (`RedirectURI`).
    #[serde(rename = "RedirectURI", deserialize_with = "uris")]
    pub redirect_uris: Vec<String>,
    /// The origins of web pages that may call the platform (CORS).
    #[serde(deserialize_with = "uris")]
    pub cors_origins: Vec<String>,
    /// Where the identity provider itself reports that a user signed out.
    #[serde(rename = "BackChannelLogoutURI")]
    pub back_channel_logout_uri: Option<String>,
    /// Where the user's browser reports that the user signed out.
    #[serde(rename = "FrontChannelLogoutURI")]
    pub front_channel_logout_uri: Option<String>,
    /// The scopes that it may ask for.
    #[serde(deserialize_with = "scopes")]
    pub allowed_scopes: Vec<String>,
    /// The secret, in the answer that made it; it is not shown again.
    #[serde(deserialize_with = "secret")]
    pub client_secret: Option<SecretString>,
    /// Whatever else the platform tells; `Id`, `CreatedDate`, `ModifiedDate`, `ETag` and the like are published for
    /// [`get`](super::ApiConnections::get).
    #[serde(flatten)]
    pub other: Record,
}

impl ApiConnection {
    /// The type; `None` where its words are none that are known. Published is `API to API`; that the other one is `UI to API` is
    /// assumed.
    pub fn connection_type(&self) -> Option<ApiConnectionType> {
        let word: String = self.api_type.as_deref()?.split_whitespace().collect();
        ApiConnectionType::ALL
            .into_iter()
            .find(|known| known.to_string().eq_ignore_ascii_case(&word))
    }
}

/// A list, or the same as one text: published for single connections. The console parts its values by commas.
#[derive(Deserialize)]
#[serde(untagged)]
enum ListOrText {
    List(Vec<String>),
    Text(String),
}

/// URIs. One of them may hold a comma, so what follows a comma is a URI of its own only where it looks like one.
fn uris<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match Option::<ListOrText>::deserialize(deserializer)? {
        None => Vec::new(),
        Some(ListOrText::List(uris)) => uris,
        Some(ListOrText::Text(text)) => {
            let mut uris: Vec<String> = Vec::new();
            for part in text.split(',') {
                match uris.last_mut() {
                    Some(last) if Url::parse(part.trim()).is_err() => {
                        last.push(',');
                        last.push_str(part);
                    }
                    _ => uris.push(part.to_owned()),
                }
            }
            uris.iter()
                .map(|uri| uri.trim().to_owned())
                .filter(|uri| !uri.is_empty())
                .collect()
        }
    })
}

/// Scopes hold neither commas nor blanks.
fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match Option::<ListOrText>::deserialize(deserializer)? {
        None => Vec::new(),
        Some(ListOrText::List(scopes)) => scopes,
        Some(ListOrText::Text(text)) => text
            .split([',', ' '])
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

/// Lists have an empty text where the secret would be (published).
fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    let secret = Option::<SecretString>::deserialize(deserializer)?;
    Ok(secret.filter(|secret| !secret.expose_secret().is_empty()))
}
