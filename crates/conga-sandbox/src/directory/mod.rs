//! Who can sign in to the platform: users and API connections, and their administration through the
//! user-management service.
//!
//! | room | what lives there |
//! |---|---|
//! | [`connections`] | API connections and the calls that keep them |
//! | [`listing`] | lists of both, in order and by pages |
//! | [`users`] | users and the calls that keep them |
//! | [`store`] | SQLite, in the file of the Data service |
//!
//! All of it is held in memory, since every call asks for its client, and written through to SQLite, so that
//! what was answered survives a crash. Other operations of user management have no behaviour here: roles, groups
//! and permissions are built from the schema.
//!
//! # Assumed
//!
//! Published are the operations, their fields, the examples and the words around them: a secret cannot be
//! shown again, saving a connection in the console regenerates its secret, an integration user needs first name, last name,
//! e-mail, role and type. All else is assumed:
//!
//! *Connections.* There is one for each external identifier and type; any identifier is taken. `apiConnectionType` is
//! `APItoAPI` unless given. Creating a second one is a 400. An update sets the fields it names, keeps those that are
//! null or left out, and **always makes a new secret**, as the console's button does: no other published operation
//! could; the old secret stops at once. A connection starts active. A UI-to-API connection may sign in without its secret.
//! Without `AllowedScopes` every published scope is allowed. Redirect URIs are absolute, without fragment, of scheme
//! `http`, `https` or a private one with a dot in it (RFC 8252, section 7.1); origins are `scheme://host[:port]`. The two logout
//! URIs are kept and never called.
//!
//! *Users.* A user made here signs in with the password of [`crate::UserAccount`]; the welcome that is mailed on demand
//! names no password, and nobody is welcomed unasked.
//! Integration users have a client id from the start and no password. `UserName` is the e-mail address unless given, and
//! unique without regard to case. An update sets the fields it names and takes away those that are null, of which names
//! and e-mail address are none; it does not make an Integration user of another, and `LocaleName` is the `Locale`. A list takes the
//! criteria language of the Data service over any field of a user. The organization's locale, currency and time zone are
//! `en-US`, `USD` and `UTC`. Deactivating and restoring show at once, and each may be repeated.

mod connections;
mod listing;
mod store;
mod users;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::failure::Failure;
use crate::secret::SecretHash;
use crate::services::{Behaviour, Service};
use connections::{Connection, Kind};
use store::Store;
pub(crate) use users::User;

/// Users and API connections.
#[derive(Debug)]
pub(crate) struct Directory {
    store: Store,
    entries: RwLock<Entries>,
    clock: Clock,
    /// The password of users that are made through the API.
    password: SecretHash,
}

/// All there is, in order of creation.
#[derive(Debug, Clone, Default)]
struct Entries {
    connections: Vec<Connection>,
    users: Vec<User>,
}

/// An OAuth client: a connection or an integration user.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// The client id.
    pub(crate) id: String,
    /// The name to show a user.
    pub(crate) name: String,
    /// Whom its calls act as.
    pub(crate) acts_as: ActsAs,
    /// What its secret is recognised by; `None` before the first one is made.
    pub(crate) secret: Option<SecretHash>,
    /// Where it may have users sent back to.
    pub(crate) redirect_uris: Vec<String>,
    /// The scopes it may ask for; empty for all.
    pub(crate) scopes: Vec<String>,
    /// Whether it may sign in.
    pub(crate) active: bool,
}

/// Whom the calls of a client act as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ActsAs {
    /// One user, always: an integration user.
    User(String),
    /// The user that each call names: an API-to-API connection.
    NamedUser,
    /// The user who signed in: a UI-to-API connection.
    SignedInUser,
}

/// The part of user management that has behaviour.
pub(crate) const SERVICE: Service = Service {
    id: "user-management",
    behaviours: &[
        Behaviour::published(&["list_api_connections"], |world, call| {
            world.directory.list_connections(call)
        }),
        Behaviour::published(&["get_api_connection"], |world, call| {
            world.directory.get_connection(call)
        }),
        Behaviour::assumed(
            &["create_api_connection"],
            "one connection for each external identifier and type; defaults",
            |world, call| world.directory.create_connection(call),
        ),
        Behaviour::assumed(
            &["update_api_connection"],
            "a new secret with every update; null keeps a field",
            |world, call| world.directory.update_connection(call),
        ),
        Behaviour::published(&["update_api_connection_status"], |world, call| {
            world.directory.update_connection_status(call)
        }),
        Behaviour::assumed(
            &["create_user"],
            "the user name is the e-mail address unless given, and unique",
            |world, call| world.directory.create_user(call),
        ),
        Behaviour::published(&["get_user"], |world, call| world.directory.get_user(call)),
        Behaviour::assumed(
            &["get_current_user"],
            "locale, currency and time zone of the organization",
            |world, call| world.directory.current_user(call),
        ),
        Behaviour::assumed(
            &["list_users"],
            "every field may stand in the criteria and be sorted by",
            |world, call| world.directory.list_users(call),
        ),
        Behaviour::assumed(
            &["update_user"],
            "null takes a field away; `LocaleName` is the `Locale`",
            |world, call| world.directory.update_user(call),
        ),
        Behaviour::published(&["deactivate_user"], |world, call| {
            world.directory.set_user_active(call, false)
        }),
        Behaviour::published(&["restore_user"], |world, call| {
            world.directory.set_user_active(call, true)
        }),
        Behaviour::assumed(
            &["send_user_welcome_email"],
            "what the mail says",
            users::send_welcome,
        ),
        Behaviour::assumed(
            &["get_user_secret"],
            "an integration user has a client id from the start",
            |world, call| world.directory.get_client_id(call),
        ),
        Behaviour::published(&["regenerate_user_secret"], |world, call| {
            world.directory.generate_secret(call)
        }),
    ],
};

impl Directory {
    /// Opens the file, or a database in memory. A new database starts with the sandbox's accounts.
    pub(crate) fn open(
        path: Option<&Path>,
        accounts: &Accounts,
        clock: Clock,
    ) -> rusqlite::Result<Self> {
        let (store, entries) = Store::open(path, || Entries::of(accounts, &clock))?;
        Ok(Self {
            store,
            entries: RwLock::new(entries),
            clock,
            password: SecretHash::of(&accounts.user.password),
        })
    }

    /// The client of this id.
    pub(crate) fn client(&self, client_id: &str) -> Option<Client> {
        let entries = self.entries();
        let connection = entries
            .connections
            .iter()
            .find(|connection| connection.client_id == client_id)
            .map(Connection::client);
        connection.or_else(|| {
            let mut users = entries.users.iter();
            users.find_map(|user| user.client().filter(|client| client.id == client_id))
        })
    }

    /// The active user of this id.
    pub(crate) fn active_user(&self, user_id: &str) -> Option<User> {
        let entries = self.entries();
        let mut users = entries.users.iter();
        users
            .find(|user| user.active && user.id.eq_ignore_ascii_case(user_id))
            .cloned()
    }

    /// The active users with this text in their name or e-mail address, whatever its case.
    pub(crate) fn active_users(&self, text: &str) -> Vec<User> {
        let wanted = text.to_lowercase();
        let has_it = |user: &&User| {
            let shown = format!("{}\n{}", user.name(), user.text("Email"));
            user.active && shown.to_lowercase().contains(&wanted)
        };
        let entries = self.entries();
        entries.users.iter().filter(has_it).cloned().collect()
    }

    /// The active user of this name, if the password is right.
    pub(crate) fn sign_in(&self, user_name: &str, password: &str) -> Option<User> {
        let entries = self.entries();
        let mut users = entries.users.iter();
        let user = users.find(|user| user.active && user.is_named(user_name));
        // A name that is not known costs the same comparison as one that is.
        let known = user.and_then(|user| user.password.as_ref());
        let right = known.unwrap_or(&self.password).matches(password) & known.is_some();
        user.filter(|_| right).cloned()
    }

    /// Whether an active connection names this origin for cross-origin requests.
    pub(crate) fn allows_origin(&self, origin: &str) -> bool {
        self.entries()
            .connections
            .iter()
            .filter(|connection| connection.active)
            .any(|connection| connection.cors_origins.iter().any(|known| known == origin))
    }

    fn entries(&self) -> RwLockReadGuard<'_, Entries> {
        // Entries are replaced as a whole, so a panic leaves none half written.
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the entries: `work` decides on a copy and says what to write. One change runs at a time, and it is
    /// on disk before anybody sees it.
    fn change<T>(
        &self,
        work: impl FnOnce(&mut Entries) -> Result<(Written, T), Failure>,
    ) -> Result<T, Failure> {
        let store = self.store.lock();
        let mut entries = self.entries().clone();
        let (written, value) = work(&mut entries)?;
        match written {
            Written::Connection(index) => store.save_connection(&entries.connections[index])?,
            Written::User(index) => store.save_user(&entries.users[index])?,
        }
        *self.entries.write().unwrap_or_else(PoisonError::into_inner) = entries;
        Ok(value)
    }
}

/// The entry that a change has written, by its place.
#[derive(Debug, Clone, Copy)]
enum Written {
    Connection(usize),
    User(usize),
}

impl Entries {
    /// The accounts that every sandbox starts with.
    fn of(accounts: &Accounts, clock: &Clock) -> Self {
        let now = clock.now();
        let api = Connection::new(
            Kind::ApiToApi,
            "sandbox",
            &accounts.api.client_id,
            &accounts.api.client_secret,
            now,
        );
        let mut ui = Connection::new(
            Kind::UiToApi,
            "sandbox",
            &accounts.ui.client_id,
            &accounts.ui.client_secret,
            now,
        );
        ui.redirect_uris = vec![
            accounts.ui.redirect_uri.clone(),
            "http://127.0.0.1/".to_owned(),
            "http://[::1]/callback".to_owned(),
            "http://localhost:3000/callback".to_owned(),
        ];
        ui.cors_origins = vec!["http://localhost:3000".to_owned()];
        Self {
            connections: vec![
                api.named("Sandbox API-to-API"),
                ui.named("Sandbox UI-to-API"),
            ],
            users: vec![
                User::person(
                    &accounts.user.user_id,
                    ("Ada", "Sandbox"),
                    &accounts.user.user_name,
                    &accounts.user.password,
                    now,
                ),
                User::integration(
                    &accounts.integration.user_id,
                    ("Sandbox", "Integration"),
                    "integration@sandbox.example",
                    (
                        &accounts.integration.client_id,
                        &accounts.integration.client_secret,
                    ),
                    now,
                ),
            ],
        }
    }
}
