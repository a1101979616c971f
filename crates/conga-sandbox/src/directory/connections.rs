//! API connections: what one is, and the calls that list, make and change them.

use axum::http::StatusCode;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::{ActsAs, Client, Directory, Entries, Failure, Written, listing};
use crate::request::{Answer, Call, envelope};
use crate::secret::{self, SecretHash};
use crate::services::reply::params;

/// What lists are sorted by; assumed: each holds one value, and none is a secret.
const SORTABLE: [&str; 6] = [
    "APIType",
    "ClientId",
    "ClientName",
    "Description",
    "ExternalIdentifier",
    "IsActive",
];

/// An API connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Connection {
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) external_identifier: String,
    pub(super) client_id: String,
    secret: SecretHash,
    pub(super) active: bool,
    client_name: Option<String>,
    description: Option<String>,
    pub(super) cors_origins: Vec<String>,
    back_channel_logout_uri: Option<String>,
    front_channel_logout_uri: Option<String>,
    pub(super) redirect_uris: Vec<String>,
    allowed_scopes: Vec<String>,
    created: DateTime<Utc>,
    modified: DateTime<Utc>,
    etag: String,
}

/// The two kinds, spelt as in `apiConnectionType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    #[serde(rename = "APItoAPI")]
    ApiToApi,
    #[serde(rename = "UItoAPI")]
    UiToApi,
}

/// The body of a create or an update; null counts as left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Fields {
    client_name: Option<String>,
    description: Option<String>,
    cors_origins: Option<Vec<String>>,
    #[serde(rename = "BackChannelLogoutURI")]
    back_channel_logout_uri: Option<String>,
    #[serde(rename = "FrontChannelLogoutURI")]
    front_channel_logout_uri: Option<String>,
    #[serde(rename = "RedirectURI")]
    redirect_uris: Option<Vec<String>>,
    allowed_scopes: Option<Vec<String>>,
}

impl Directory {
    pub(super) fn list_connections(&self, call: &Call) -> Result<Answer, Failure> {
        let rows: Vec<Value> = {
            let entries = self.entries();
            let connections = entries.connections.iter();
            connections
                .map(|connection| connection.row(Some("")))
                .collect()
        };
        if let Some(field) = params::text(call, "sortField")
            && !SORTABLE.contains(&field)
        {
            return Err(Failure::invalid(format!(
                "sortField is one of {}, not '{field}'",
                SORTABLE.join(", ")
            )));
        }
        listing::page(rows, call)
    }

    pub(super) fn get_connection(&self, call: &Call) -> Result<Answer, Failure> {
        let (kind, identifier) = target(call)?;
        let entries = self.entries();
        let index = entries.find(kind, identifier)?;
        Ok(success(entries.connections[index].record()))
    }

    pub(super) fn create_connection(&self, call: &Call) -> Result<Answer, Failure> {
        let (kind, identifier) = target(call)?;
        let fields = Fields::of(call)?;
        let secret = secret::token();
        self.change(|entries| {
            if entries.find(kind, identifier).is_ok() {
                return Err(Failure::invalid(format!(
                    "there is a connection of this type for '{identifier}'; update it, or give another identifier"
                )));
            }
            let client_id = Uuid::new_v4().to_string();
            let now = self.clock.now();
            let mut connection = Connection::new(kind, identifier, &client_id, &secret, now);
            connection.set(fields);
            let row = connection.row(Some(&secret));
            entries.connections.push(connection);
            Ok((Written::Connection(entries.connections.len() - 1), success(row)))
        })
    }

    pub(super) fn update_connection(&self, call: &Call) -> Result<Answer, Failure> {
        let (kind, identifier) = target(call)?;
        let fields = Fields::of(call)?;
        let secret = secret::token();
        self.change(|entries| {
            let index = entries.find(kind, identifier)?;
            let connection = &mut entries.connections[index];
            connection.set(fields);
            connection.secret = SecretHash::of(&secret);
            connection.touch(self.clock.now());
            let row = connection.row(Some(&secret));
            Ok((Written::Connection(index), success(row)))
        })
    }

    pub(super) fn update_connection_status(&self, call: &Call) -> Result<Answer, Failure> {
        let (kind, identifier) = target(call)?;
        let active = call
            .json()
            .and_then(|body| body.get("IsActive"))
            .and_then(Value::as_bool)
            .ok_or_else(|| Failure::invalid("body.IsActive: true or false".to_owned()))?;
        self.change(|entries| {
            let index = entries.find(kind, identifier)?;
            let connection = &mut entries.connections[index];
            connection.active = active;
            connection.touch(self.clock.now());
            Ok((Written::Connection(index), success(true.into())))
        })
    }
}

impl Connection {
    /// An active connection that nothing is set of.
    pub(super) fn new(
        kind: Kind,
        external_identifier: &str,
        client_id: &str,
        secret: &str,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            kind,
            external_identifier: external_identifier.to_owned(),
            client_id: client_id.to_owned(),
            secret: SecretHash::of(secret),
            active: true,
            client_name: None,
            description: None,
            cors_origins: Vec::new(),
            back_channel_logout_uri: None,
            front_channel_logout_uri: None,
            redirect_uris: Vec::new(),
            allowed_scopes: Vec::new(),
            created: now,
            modified: now,
            etag: Uuid::new_v4().to_string(),
        }
    }

    /// The connection under a name.
    pub(super) fn named(mut self, name: &str) -> Self {
        self.client_name = Some(name.to_owned());
        self
    }

    /// The connection as an OAuth client.
    pub(super) fn client(&self) -> Client {
        let name = self.client_name.as_ref().filter(|name| !name.is_empty());
        Client {
            id: self.client_id.clone(),
            name: name.unwrap_or(&self.client_id).clone(),
            acts_as: match self.kind {
                Kind::ApiToApi => ActsAs::NamedUser,
                Kind::UiToApi => ActsAs::SignedInUser,
            },
            secret: Some(self.secret.clone()),
            redirect_uris: self.redirect_uris.clone(),
            scopes: self.allowed_scopes.clone(),
            active: self.active,
        }
    }

    fn set(&mut self, fields: Fields) {
        fn given<T>(target: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *target = value;
            }
        }
        fn text(target: &mut Option<String>, value: Option<String>) {
            if value.is_some() {
                *target = value;
            }
        }
        text(&mut self.client_name, fields.client_name);
        text(&mut self.description, fields.description);
        text(
            &mut self.back_channel_logout_uri,
            fields.back_channel_logout_uri,
        );
        text(
            &mut self.front_channel_logout_uri,
            fields.front_channel_logout_uri,
        );
        given(&mut self.cors_origins, fields.cors_origins);
        given(&mut self.redirect_uris, fields.redirect_uris);
        given(&mut self.allowed_scopes, fields.allowed_scopes);
    }

    fn touch(&mut self, now: DateTime<Utc>) {
        self.modified = now;
        self.etag = Uuid::new_v4().to_string();
    }

    /// The connection as lists and changes answer it (`APIConnectionResponse`).
    fn row(&self, secret: Option<&str>) -> Value {
        json!({
            "APIType": self.kind.text(),
            "ClientId": self.client_id,
            "ClientName": self.client_name,
            "Description": self.description,
            "ExternalIdentifier": self.external_identifier,
            "CorsOrigins": self.cors_origins,
            "BackChannelLogoutURI": self.back_channel_logout_uri,
            "FrontChannelLogoutURI": self.front_channel_logout_uri,
            "RedirectURI": self.redirect_uris,
            "ClientSecret": secret,
            "IsActive": self.active,
            "AllowedScopes": self.allowed_scopes,
        })
    }

    /// The connection as a single one is read (`APIConnection`): lists are one text, with commas as the console
    /// takes them.
    fn record(&self) -> Value {
        let joined = |list: &[String]| (!list.is_empty()).then(|| list.join(","));
        let date = |date: &DateTime<Utc>| date.to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut record = self.row(None);
        record["CorsOrigins"] = json!(joined(&self.cors_origins));
        record["RedirectURI"] = json!(joined(&self.redirect_uris));
        record["AllowedScopes"] = json!(joined(&self.allowed_scopes));
        record["Id"] = json!(self.id);
        record["Name"] = json!(self.client_name);
        record["CreatedBy"] = Value::Null;
        record["CreatedDate"] = json!(date(&self.created));
        record["ModifiedBy"] = Value::Null;
        record["ModifiedDate"] = json!(date(&self.modified));
        record["ExternalId"] = Value::Null;
        record["ETag"] = json!(self.etag);
        record
    }
}

impl Kind {
    /// The kind as `APIType` shows it; the text of the first is published, that of the second follows it.
    fn text(self) -> &'static str {
        match self {
            Self::ApiToApi => "API to API",
            Self::UiToApi => "UI to API",
        }
    }
}

impl Entries {
    fn find(&self, kind: Kind, identifier: &str) -> Result<usize, Failure> {
        self.connections
            .iter()
            .position(|one| one.kind == kind && one.external_identifier == identifier)
            .ok_or_else(|| {
                Failure::not_found(format!(
                    "no {} connection has the external identifier '{identifier}'",
                    kind.text()
                ))
            })
    }
}

impl Fields {
    fn of(call: &Call) -> Result<Self, Failure> {
        let body = call.json().cloned().unwrap_or_else(|| json!({}));
        let fields: Self = serde_json::from_value(body)
            .map_err(|error| Failure::invalid(format!("body: {error}")))?;
        for uri in fields.redirect_uris.iter().flatten() {
            if !is_redirect_uri(uri) {
                return Err(Failure::invalid(format!(
                    "body.RedirectURI: '{uri}' is not an absolute URI without fragment, of scheme http, https or a \
                     private one such as com.example.app"
                )));
            }
        }
        for origin in fields.cors_origins.iter().flatten() {
            let is_origin =
                Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == *origin);
            if !is_origin {
                return Err(Failure::invalid(format!(
                    "body.CorsOrigins: '{origin}' is not an origin; write it as https://host, without a slash at the end"
                )));
            }
        }
        for scope in fields.allowed_scopes.iter().flatten() {
            let is_token = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
            if scope.is_empty() || !scope.chars().all(is_token) {
                return Err(Failure::invalid(format!(
                    "body.AllowedScopes: '{scope}' is not one scope"
                )));
            }
        }
        Ok(fields)
    }
}

/// Whether a browser may be sent to this URI with a code.
fn is_redirect_uri(uri: &str) -> bool {
    // What a header cannot carry, a redirect cannot name.
    uri.chars().all(|c| c.is_ascii_graphic())
        && Url::parse(uri).is_ok_and(|url| {
            let scheme = url.scheme();
            let known = matches!(scheme, "http" | "https") && url.has_host();
            (known || scheme.contains('.')) && url.fragment().is_none()
        })
}

/// The connection that a call is about.
fn target(call: &Call) -> Result<(Kind, &str), Failure> {
    let kind = match call.query_param("apiConnectionType") {
        None | Some("" | "APItoAPI") => Kind::ApiToApi,
        Some("UItoAPI") => Kind::UiToApi,
        Some(other) => {
            return Err(Failure::invalid(format!(
                "apiConnectionType is APItoAPI or UItoAPI, not '{other}'"
            )));
        }
    };
    let identifier = call.path_param("externalIdentifier").unwrap_or_default();
    Ok((kind, identifier))
}

pub(super) fn success(data: Value) -> Answer {
    Answer::json(StatusCode::OK, envelope(StatusCode::OK, data, None))
}
