//! Integration users: users of the platform as whom programs sign in.

use std::{fmt, future::IntoFuture};

use conga_api::{Call, CallOptions, Transport, operations::user_management as operations};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{
    Error, IssuedClient, Record, Request,
    answer::{NewId, data},
    issued::Issued,
    request::{Future, Shape},
};

/// The users as whom programs sign in, by a client id and a secret. Whoever calls this needs an administrator's permissions.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::{Client, Region, integration_users::Role};
///
/// let users = client.integration_users();
/// let id = users.create("Nightly", "Sync", "nightly@example.com", Role::named("CongaSign Integration Role")).await?;
/// let issued = users.generate_secret(&id).await?;
/// let nightly = Client::builder()
///     .region(Region::Europe)
///     .client_credentials(issued.client_id, issued.client_secret)
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct IntegrationUsers {
    transport: Transport,
}

impl IntegrationUsers {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Creates an integration user and gives its id. All four are needed (published).
    pub fn create(
        &self,
        first_name: impl Into<String>,
        last_name: impl Into<String>,
        email: impl Into<String>,
        role: Role,
    ) -> CreateIntegrationUser {
        let user = User {
            first_name: first_name.into(),
            last_name: last_name.into(),
            email: email.into(),
            user_type: "Integration",
            role,
            more: Record::new(),
        };
        CreateIntegrationUser {
            call: Call::new(&self.transport, &operations::CREATE_USER).json(&user),
            user,
        }
    }

    /// The client id of an integration user. `None` where the platform does not tell it: a page of Conga's says that it comes back
    /// empty once the user has been given one.
    pub fn client_id(&self, user_id: &str) -> Request<Option<String>> {
        let call = Call::new(&self.transport, &operations::GET_USER_SECRET);
        Request::new::<KnownClient>(call.path("integrationUserId", user_id))
    }

    /// Makes a secret for an integration user, in place of the one before, and gives it with the client id. The secret is not shown
    /// again.
    pub fn generate_secret(&self, user_id: &str) -> Request<IssuedClient> {
        let call = Call::new(&self.transport, &operations::REGENERATE_USER_SECRET);
        Request::new::<Issued>(call.path("integrationUserId", user_id))
    }
}

impl fmt::Debug for IntegrationUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntegrationUsers").finish_non_exhaustive()
    }
}

/// The role of a user, by its name or by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Role(RoleKey);

/// The published schema `LookupObject`: an object of one of these keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
enum RoleKey {
    Id(String),
    Name(String),
}

impl Role {
    /// The role of this name.
    pub fn named(name: impl Into<String>) -> Self {
        Self(RoleKey::Name(name.into()))
    }

    /// The role with this id.
    pub fn with_id(id: impl Into<String>) -> Self {
        Self(RoleKey::Id(id.into()))
    }
}

/// An integration user that is being created. Awaiting it gives the user's id.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct CreateIntegrationUser {
    call: Call,
    user: User,
}

/// The published schema `UserCreateRequest`. What is not set is not sent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    first_name: String,
    last_name: String,
    email: String,
    user_type: &'static str,
    role: Role,
    #[serde(flatten)]
    more: Record,
}

impl CreateIntegrationUser {
    /// The name that is unique among all users. Default: the server's choice, which is not published.
    pub fn user_name(self, name: impl Into<String>) -> Self {
        self.text("UserName", name)
    }

    /// The id that another system has for the user.
    pub fn external_id(self, id: impl Into<String>) -> Self {
        self.text("ExternalId", id)
    }

    /// The id in federated authentication.
    pub fn federation_id(self, id: impl Into<String>) -> Self {
        self.text("FederationId", id)
    }

    /// The id that another system has for the organisation.
    pub fn organization_external_id(self, id: impl Into<String>) -> Self {
        self.text("OrganizationExternalId", id)
    }

    /// The time zone by its id, as in `UTC`.
    pub fn timezone(self, id: impl Into<String>) -> Self {
        self.text("Timezone", id)
    }

    /// The locale by its name, as in `en-US`.
    pub fn locale(self, name: impl Into<String>) -> Self {
        self.text("Locale", name)
    }

    /// The currency, as in `USD`.
    pub fn currency(self, code: impl Into<String>) -> Self {
        self.text("Currency", code)
    }

    /// The language, as in `en-IN`.
    pub fn language(self, code: impl Into<String>) -> Self {
        self.text("Language", code)
    }

    /// A short name.
    pub fn alias(self, alias: impl Into<String>) -> Self {
        self.text("Alias", alias)
    }

    /// The postal address, as one text.
    pub fn address(self, address: impl Into<String>) -> Self {
        self.text("Address", address)
    }

    /// The telephone number.
    pub fn phone_number(self, number: impl Into<String>) -> Self {
        self.text("PhoneNumber", number)
    }

    /// Fields that the organisation added to its users, by their names.
    pub fn custom_properties(self, properties: Record) -> Self {
        self.with("CustomProperties", properties.into())
    }

    fn text(self, field: &str, text: impl Into<String>) -> Self {
        self.with(field, Value::String(text.into()))
    }

    fn with(mut self, field: &str, value: Value) -> Self {
        self.user.more.insert(field.to_owned(), value);
        self.call = self.call.json(&self.user);
        self
    }
}

impl CallOptions for CreateIntegrationUser {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl IntoFuture for CreateIntegrationUser {
    type Output = Result<String, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Request::new::<NewId>(self.call).into_future()
    }
}

/// An envelope round a client id, which may be missing.
struct KnownClient(Option<String>);

impl<'de> Deserialize<'de> for KnownClient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Client {
            #[serde(rename = "ClientId")]
            id: Option<String>,
        }
        let Client { id } = data(deserializer, "client")?;
        Ok(Self(id.filter(|id| !id.is_empty())))
    }
}

impl Shape for KnownClient {
    type Value = Option<String>;

    fn into_value(self) -> Option<String> {
        self.0
    }
}
