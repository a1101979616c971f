//! The accounts that every sandbox knows.

/// The accounts of a fresh sandbox.
///
/// They are the same in every sandbox and guard nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accounts {
    /// A connection of the integration kind: its tokens act as the connection's own user.
    pub integration: IntegrationAccount,
    /// An API-to-API connection: each call names its user in the `user-id` header.
    pub api: ApiAccount,
    /// A UI-to-API connection: a user signs in through the browser.
    pub ui: UiAccount,
    /// A user of the platform, who signs in through the browser.
    pub user: UserAccount,
    /// A shopper of a storefront.
    pub storefront: StorefrontAccount,
    /// A connected app of the Salesforce organization that hosts the older APIs.
    pub salesforce: SalesforceAccount,
    /// The `X-API-Key` of services that take one (Discovery AI).
    pub api_key: String,
}

/// A client that signs in by client credentials and acts as one user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IntegrationAccount {
    /// The OAuth client id.
    pub client_id: String,
    /// The OAuth client secret.
    pub client_secret: String,
    /// The user that the connection acts as.
    pub user_id: String,
}

/// A client that signs in by client credentials and names the user of each call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiAccount {
    /// The OAuth client id.
    pub client_id: String,
    /// The OAuth client secret.
    pub client_secret: String,
    /// A user that the `user-id` header may name.
    pub user_id: String,
}

/// A client that signs users in by authorization code or device code, with PKCE.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UiAccount {
    /// The OAuth client id.
    pub client_id: String,
    /// The OAuth client secret. It may be left out: the connection is a public client.
    pub client_secret: String,
    /// A redirect URI that is registered for it. It is one on loopback, so any port goes; with any port, the paths
    /// `/` and `/callback` are registered, and `http://localhost:3000/callback` as it stands.
    pub redirect_uri: String,
}

/// A user of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserAccount {
    /// The user name.
    pub user_name: String,
    /// The password.
    pub password: String,
    /// The user's id, which is also the `user_id` of [`ApiAccount`].
    pub user_id: String,
}

/// A connected app in Salesforce, for `/services/oauth2/token`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SalesforceAccount {
    /// The consumer key.
    pub client_id: String,
    /// The consumer secret.
    pub client_secret: String,
    /// A refresh token. Salesforce does not rotate it unless told to, nor does the sandbox.
    pub refresh_token: String,
    /// The user that the app acts as: the subject of a JWT bearer assertion.
    pub username: String,
    /// That user's Salesforce id.
    pub user_id: String,
}

/// A storefront and one of its shoppers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StorefrontAccount {
    /// The storefront's name, for the `x-storefront` header.
    pub storefront: String,
    /// The shopper's user name.
    pub username: String,
    /// The shopper's password.
    pub password: String,
    /// The shopper's Salesforce user id.
    pub user_id: String,
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            integration: IntegrationAccount {
                client_id: "sandbox-integration".to_owned(),
                client_secret: "sandbox-secret".to_owned(),
                user_id: "00000000-0000-4000-8000-000000000002".to_owned(),
            },
            api: ApiAccount {
                client_id: "sandbox-api".to_owned(),
                client_secret: "sandbox-secret".to_owned(),
                user_id: "00000000-0000-4000-8000-000000000001".to_owned(),
            },
            ui: UiAccount {
                client_id: "sandbox-ui".to_owned(),
                client_secret: "sandbox-secret".to_owned(),
                redirect_uri: "http://127.0.0.1/callback".to_owned(),
            },
            user: UserAccount {
                user_name: "ada@sandbox.example".to_owned(),
                password: "sandbox-password".to_owned(),
                user_id: "00000000-0000-4000-8000-000000000001".to_owned(),
            },
            storefront: StorefrontAccount {
                storefront: "ECommerce".to_owned(),
                username: "customer@myshop.community.com".to_owned(),
                password: "strongpassword".to_owned(),
                user_id: "005000000000001AAA".to_owned(),
            },
            salesforce: SalesforceAccount {
                client_id: "sandbox-salesforce".to_owned(),
                client_secret: "sandbox-secret".to_owned(),
                refresh_token: "sandbox-refresh-token".to_owned(),
                username: "integration@sandbox.example".to_owned(),
                user_id: "005000000000002AAA".to_owned(),
            },
            api_key: "sandbox-key".to_owned(),
        }
    }
}

impl Accounts {
    /// Whether a storefront has this name.
    pub(crate) fn is_storefront(&self, name: &str) -> bool {
        name == self.storefront.storefront
    }
}
