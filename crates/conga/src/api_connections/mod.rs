//! API connections: the OAuth clients of an organisation, and their secrets.
//!
//! | room | what lives there |
//! |---|---|
//! | `connection` | what a connection is |
//! | `saving` | creating one, and changing its settings |
//! | `list` | all of them |

mod connection;
mod list;
mod saving;

use std::fmt;

use conga_api::{
    Call, Transport,
    operations::{Operation, user_management as operations},
};
use serde_json::json;

pub use connection::{ApiConnection, ApiConnectionType};
pub use list::ListApiConnections;
pub use saving::{CreateApiConnection, EditApiConnection};

use crate::{
    Error, IssuedClient, Request,
    answer::{Done, OneRecord},
    issued::Issued,
};
use saving::Settings;

/// The API connections of the organisation. The user who signed in needs an administrator's permissions.
///
/// A connection goes by its external identifier, which is that of an external integration (the console offers no other), and its
/// type: an integration may have one of each.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::{ApiConnectionType, Client, Region};
///
/// let connections = client.api_connections();
/// let issued = connections.create_api_to_api("00D000000000001").client_name("Nightly sync").await?;
/// let nightly = Client::builder()
///     .region(Region::Europe)
///     .client_credentials(issued.client_id, issued.client_secret)
///     .user_id("00000000-0000-4000-8000-000000000001")
///     .build()?;
///
/// connections.deactivate("00D000000000001", ApiConnectionType::ApiToApi).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ApiConnections {
    transport: Transport,
}

impl ApiConnections {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Lists all connections, of both types.
    pub fn list(&self) -> ListApiConnections {
        ListApiConnections::new(Call::new(
            &self.transport,
            &operations::LIST_API_CONNECTIONS,
        ))
    }

    /// A connection. Where there is none, the error [is "not found"](crate::Error::is_not_found).
    pub fn get(
        &self,
        external_identifier: &str,
        connection_type: ApiConnectionType,
    ) -> Request<ApiConnection> {
        let operation = &operations::GET_API_CONNECTION;
        Request::new::<OneRecord<ApiConnection>>(self.call(
            operation,
            external_identifier,
            connection_type,
        ))
    }

    /// Creates a connection for programs that act for users whom they name, and gives its client id and secret. It is active at once
    /// (published for the console).
    pub fn create_api_to_api(&self, external_identifier: &str) -> CreateApiConnection {
        self.create(external_identifier, ApiConnectionType::ApiToApi)
    }

    /// Creates a connection for programs in which users sign in themselves, and gives its client id and secret. It is active at once
    /// (published for the console); nobody can sign in by a browser before it has a
    /// [redirect URI](CreateApiConnection::redirect_uris).
    pub fn create_ui_to_api(&self, external_identifier: &str) -> CreateApiConnection {
        self.create(external_identifier, ApiConnectionType::UiToApi)
    }

    /// Changes settings of a connection.
    ///
    /// **It may end the secret.** The console saves and makes a new secret by one button; the reference does not say whether this call
    /// does both too. Where it does, the new one is in [`client_secret`](ApiConnection::client_secret) of the answer, and the old one
    /// is taken to stop at once (assumed).
    pub fn edit(
        &self,
        external_identifier: &str,
        connection_type: ApiConnectionType,
    ) -> EditApiConnection {
        EditApiConnection::new(
            self.get(external_identifier, connection_type),
            self.update(external_identifier, connection_type),
        )
    }

    /// Makes a new secret, in place of the old one: saves the connection as it is, which is what the console's button does. No
    /// operation is published for it alone.
    ///
    /// The old secret is taken to stop at once (assumed). A program that reads its secret from a file
    /// ([`ClientSecret::file`](conga_auth::ClientSecret::file)) goes on with the token it has until the file has the new one.
    ///
    /// # Errors
    ///
    /// [`Error::Call`]; also where the connection was saved and no new secret came back.
    pub async fn regenerate_secret(
        &self,
        external_identifier: &str,
        connection_type: ApiConnectionType,
    ) -> Result<IssuedClient, Error> {
        let connection = self.get(external_identifier, connection_type).await?;
        let settings = Settings::default().over(connection);
        let call = self
            .update(external_identifier, connection_type)
            .json(&settings);
        Request::new::<Issued>(call).await
    }

    /// Lets the connection sign in again.
    pub fn activate(
        &self,
        external_identifier: &str,
        connection_type: ApiConnectionType,
    ) -> Request<()> {
        self.set_active(external_identifier, connection_type, true)
    }

    /// Keeps the connection from signing in. Its settings and its secret stay as they are.
    pub fn deactivate(
        &self,
        external_identifier: &str,
        connection_type: ApiConnectionType,
    ) -> Request<()> {
        self.set_active(external_identifier, connection_type, false)
    }

    fn create(
        &self,
        external_identifier: &str,
        connection_type: ApiConnectionType,
    ) -> CreateApiConnection {
        let operation = &operations::CREATE_API_CONNECTION;
        CreateApiConnection::new(self.call(operation, external_identifier, connection_type))
    }

    fn update(&self, external_identifier: &str, connection_type: ApiConnectionType) -> Call {
        let operation = &operations::UPDATE_API_CONNECTION;
        self.call(operation, external_identifier, connection_type)
    }

    fn set_active(
        &self,
        external_identifier: &str,
        connection_type: ApiConnectionType,
        active: bool,
    ) -> Request<()> {
        let operation = &operations::UPDATE_API_CONNECTION_STATUS;
        let call = self.call(operation, external_identifier, connection_type);
        Request::new::<Done>(call.json(&json!({"IsActive": active})))
    }

    fn call(
        &self,
        operation: &'static Operation,
        external_identifier: &str,
        connection_type: ApiConnectionType,
    ) -> Call {
        Call::new(&self.transport, operation)
            .path("externalIdentifier", external_identifier)
            .query("apiConnectionType", connection_type)
    }
}

impl fmt::Debug for ApiConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiConnections").finish_non_exhaustive()
    }
}
