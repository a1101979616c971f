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
    /// A shopper of a storefront.
    pub storefront: StorefrontAccount,
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
            storefront: StorefrontAccount {
                storefront: "ECommerce".to_owned(),
                username: "customer@myshop.community.com".to_owned(),
                password: "strongpassword".to_owned(),
                user_id: "005000000000001AAA".to_owned(),
            },
            api_key: "sandbox-key".to_owned(),
        }
    }
}

/// How a client of the platform acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ActsAs<'a> {
    /// As one user, always.
    User(&'a str),
    /// As the user that each call names.
    NamedUser,
}

impl Accounts {
    /// The secret of an OAuth client.
    pub(crate) fn client_secret(&self, client_id: &str) -> Option<&str> {
        if client_id == self.integration.client_id {
            Some(&self.integration.client_secret)
        } else if client_id == self.api.client_id {
            Some(&self.api.client_secret)
        } else {
            None
        }
    }

    /// How an OAuth client acts.
    pub(crate) fn acts_as(&self, client_id: &str) -> Option<ActsAs<'_>> {
        if client_id == self.integration.client_id {
            Some(ActsAs::User(&self.integration.user_id))
        } else if client_id == self.api.client_id {
            Some(ActsAs::NamedUser)
        } else {
            None
        }
    }

    /// Whether a user of the platform has this id.
    pub(crate) fn is_user(&self, user_id: &str) -> bool {
        [&self.integration.user_id, &self.api.user_id]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(user_id))
    }

    /// Whether a storefront has this name.
    pub(crate) fn is_storefront(&self, name: &str) -> bool {
        name == self.storefront.storefront
    }
}

/// Compares secrets in a time that does not tell where they differ.
pub(crate) fn same_secret(left: &str, right: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}
