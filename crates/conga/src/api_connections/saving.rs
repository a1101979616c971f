//! Creating a connection, and changing its settings.

use std::future::IntoFuture;

use conga_api::{Call, CallOptions};
use serde::Serialize;

use super::ApiConnection;
use crate::{Error, IssuedClient, Request, answer::OneRecord, issued::Issued, request::Future};

/// The published schema `APIConnectionCreateRequest`. What is not set is not sent.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(rename = "RedirectURI", skip_serializing_if = "Option::is_none")]
    redirect_uris: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cors_origins: Option<Vec<String>>,
    #[serde(
        rename = "BackChannelLogoutURI",
        skip_serializing_if = "Option::is_none"
    )]
    back_channel_logout_uri: Option<String>,
    #[serde(
        rename = "FrontChannelLogoutURI",
        skip_serializing_if = "Option::is_none"
    )]
    front_channel_logout_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_scopes: Option<Vec<String>>,
}

impl Settings {
    /// These, and what the connection has where they are not set.
    pub(super) fn over(self, connection: ApiConnection) -> Self {
        let list = |list: Vec<String>| (!list.is_empty()).then_some(list);
        Self {
            client_name: self.client_name.or(connection.client_name),
            description: self.description.or(connection.description),
            redirect_uris: self.redirect_uris.or(list(connection.redirect_uris)),
            cors_origins: self.cors_origins.or(list(connection.cors_origins)),
            back_channel_logout_uri: self
                .back_channel_logout_uri
                .or(connection.back_channel_logout_uri),
            front_channel_logout_uri: self
                .front_channel_logout_uri
                .or(connection.front_channel_logout_uri),
            allowed_scopes: self.allowed_scopes.or(list(connection.allowed_scopes)),
        }
    }
}

/// A connection that is being created. Awaiting it gives the client id and its secret.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct CreateApiConnection {
    call: Call,
    settings: Settings,
}

/// A change to a connection. Awaiting it gives the connection as it is then; see
/// [`ApiConnections::edit`](super::ApiConnections::edit) about its secret.
///
/// The reference does not say what becomes of settings that a change leaves out. So the connection is read first, and all its
/// settings are sent; a change that somebody else makes between the two is lost. An empty text or list takes a setting away.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct EditApiConnection {
    read: Request<ApiConnection>,
    write: Call,
    settings: Settings,
}

impl CreateApiConnection {
    pub(super) fn new(call: Call) -> Self {
        let settings = Settings::default();
        Self {
            call: call.json(&settings),
            settings,
        }
    }

    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self.call = self.call.json(&self.settings);
        self
    }
}

impl EditApiConnection {
    pub(super) fn new(read: Request<ApiConnection>, write: Call) -> Self {
        Self {
            read,
            write,
            settings: Settings::default(),
        }
    }

    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }
}

macro_rules! setters {
    ($builder:ty) => {
        impl $builder {
            /// The name for people.
            pub fn client_name(self, name: impl Into<String>) -> Self {
                self.set(|settings| settings.client_name = Some(name.into()))
            }

            /// What it is for.
            pub fn description(self, description: impl Into<String>) -> Self {
                self.set(|settings| settings.description = Some(description.into()))
            }

            /// Where users may be sent back to after they signed in (`RedirectURI`). Redirects match exactly (RFC 9700).
            pub fn redirect_uris<S: Into<String>>(self, uris: impl IntoIterator<Item = S>) -> Self {
                self.set(|settings| settings.redirect_uris = Some(texts(uris)))
            }

            /// The origins of web pages that may call the platform (CORS), as in `https://portal.example`.
            pub fn cors_origins<S: Into<String>>(
                self,
                origins: impl IntoIterator<Item = S>,
            ) -> Self {
                self.set(|settings| settings.cors_origins = Some(texts(origins)))
            }

            /// Where the identity provider itself reports that a user signed out.
            pub fn back_channel_logout_uri(self, uri: impl Into<String>) -> Self {
                self.set(|settings| settings.back_channel_logout_uri = Some(uri.into()))
            }

            /// Where the user's browser reports that the user signed out.
            pub fn front_channel_logout_uri(self, uri: impl Into<String>) -> Self {
                self.set(|settings| settings.front_channel_logout_uri = Some(uri.into()))
            }

            /// The scopes that it may ask for, as in `sign`. What none at all allows is not published.
            pub fn allowed_scopes<S: Into<String>>(
                self,
                scopes: impl IntoIterator<Item = S>,
            ) -> Self {
                self.set(|settings| settings.allowed_scopes = Some(texts(scopes)))
            }
        }
    };
}

setters!(CreateApiConnection);
setters!(EditApiConnection);

fn texts<S: Into<String>>(items: impl IntoIterator<Item = S>) -> Vec<String> {
    items.into_iter().map(Into::into).collect()
}

impl CallOptions for CreateApiConnection {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl IntoFuture for CreateApiConnection {
    type Output = Result<IssuedClient, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Request::new::<Issued>(self.call).into_future()
    }
}

impl IntoFuture for EditApiConnection {
    type Output = Result<ApiConnection, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let settings = self.settings.over(self.read.await?);
            Request::new::<OneRecord<ApiConnection>>(self.write.json(&settings)).await
        })
    }
}
