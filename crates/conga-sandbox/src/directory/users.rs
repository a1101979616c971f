//! Users of the platform: what one is, and the calls that make, read, list, change, deactivate and restore them.

use axum::http::StatusCode;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::connections::success;
use super::{ActsAs, Client, Directory, Entries, Failure, Written, listing};
use crate::mail::{self, Draft, MailAddress, organization};
use crate::records::criteria;
use crate::records::objects::Object;
use crate::request::{Answer, Call, Caller, envelope};
use crate::secret::{self, SecretHash};
use crate::services::World;
use crate::services::reply::params;

/// The type of a user that an integration signs in as.
const INTEGRATION: &str = "Integration";

/// What every user has.
const REQUIRED: [&str; 3] = ["FirstName", "LastName", "Email"];

/// What holds for a user who has no locale, currency or time zone of his own.
const ORGANIZATION: [(&str, &str); 3] = [
    ("Locale", "en-US"),
    ("Currency", "USD"),
    ("Timezone", "UTC"),
];

/// A user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(super) active: bool,
    /// `None` for users who do not sign in through the browser.
    pub(super) password: Option<SecretHash>,
    /// The OAuth client of an integration user.
    client_id: Option<String>,
    secret: Option<SecretHash>,
    /// The fields of the request that made the user, custom ones beside the others.
    fields: Map<String, Value>,
    created: DateTime<Utc>,
    modified: DateTime<Utc>,
    etag: String,
}

impl Directory {
    pub(super) fn create_user(&self, call: &Call) -> Result<Answer, Failure> {
        let mut fields = fields(call);
        fields.retain(|_, value| !value.is_null());
        let integration = fields
            .get("UserType")
            .is_some_and(|kind| kind == INTEGRATION);
        let role = integration.then_some("Role");
        for name in REQUIRED.into_iter().chain(role) {
            if fields.get(name).is_none_or(|value| value == "") {
                return Err(Failure::invalid(format!("body.{name}: required")));
            }
        }
        if let Some(email) = fields.get("Email").cloned() {
            fields.entry("UserName").or_insert(email);
        }
        let id = Uuid::new_v4().to_string();
        let mut user = User::new(&id, fields, self.clock.now());
        if integration {
            user.client_id = Some(Uuid::new_v4().to_string());
        } else {
            user.password = Some(self.password.clone());
        }
        self.change(|entries| {
            entries.check_name(&user)?;
            entries.users.push(user);
            let status = StatusCode::CREATED;
            let answer = Answer::json(status, envelope(status, id.into(), None));
            Ok((Written::User(entries.users.len() - 1), answer))
        })
    }

    pub(super) fn get_user(&self, call: &Call) -> Result<Answer, Failure> {
        let entries = self.entries();
        let index = entries.find_user(call, "userId")?;
        Ok(success(entries.users[index].record()))
    }

    pub(super) fn current_user(&self, call: &Call) -> Result<Answer, Failure> {
        let Caller::Platform { user_id, .. } = &call.caller else {
            return Err(Failure::not_found("only users of the platform have a user"));
        };
        let user = self
            .active_user(user_id)
            .ok_or_else(|| Failure::not_found(format!("no user has the id '{user_id}'")))?;
        let mut record = user.record();
        for (name, value) in ORGANIZATION {
            if record[name].is_null() {
                record[name] = value.into();
            }
        }
        Ok(success(record))
    }

    pub(super) fn list_users(&self, call: &Call) -> Result<Answer, Failure> {
        let object = Object::internal("User");
        let criteria = params::text(call, "criteria")
            .map(|text| criteria::parse(text, &object))
            .transpose()?;
        let fits = |record: &Value| match (&criteria, record) {
            (Some(criteria), Value::Object(record)) => criteria::matches(criteria, record),
            _ => true,
        };
        let users: Vec<Value> = self.entries().users.iter().map(User::record).collect();
        listing::page(users.into_iter().filter(fits).collect(), call)
    }

    pub(super) fn update_user(&self, call: &Call) -> Result<Answer, Failure> {
        let mut fields = fields(call);
        if let Some(locale) = fields.remove("LocaleName") {
            fields.insert("Locale".to_owned(), locale);
        }
        // What the request of an update does not have says nothing.
        fields.retain(|name, _| name != "UserType");
        for name in REQUIRED.into_iter().chain(["UserName"]) {
            let given = fields.get(name);
            if given.is_some_and(|value| value.is_null() || value == "") {
                return Err(Failure::invalid(format!("body.{name}: required")));
            }
        }
        self.change(|entries| {
            let index = entries.find_user(call, "userId")?;
            let mut user = entries.users[index].clone();
            user.fields.extend(fields);
            user.fields.retain(|_, value| !value.is_null());
            user.touch(self.clock.now());
            entries.check_name(&user)?;
            let answer = success(user.record());
            entries.users[index] = user;
            Ok((Written::User(index), answer))
        })
    }

    pub(super) fn set_user_active(&self, call: &Call, active: bool) -> Result<Answer, Failure> {
        self.change(|entries| {
            let index = entries.find_user(call, "userId")?;
            let user = &mut entries.users[index];
            user.active = active;
            user.touch(self.clock.now());
            let done = if active { "restored" } else { "deactivated" };
            let message = format!("The user is {done}; see the identity status.");
            Ok((Written::User(index), success(message.into())))
        })
    }

    /// The user whom a welcome is due.
    ///
    /// # Errors
    ///
    /// 404 if there is none, 400 for one who is not active, or is of type Integration.
    fn newcomer(&self, call: &Call) -> Result<User, Failure> {
        let entries = self.entries();
        let index = entries.find_user(call, "userId")?;
        let user = &entries.users[index];
        if !user.active || user.client_id.is_some() {
            return Err(Failure::invalid(format!(
                "the user '{}' is welcomed to nothing: only active users who are not of type Integration sign in",
                user.id
            )));
        }
        Ok(user.clone())
    }

    pub(super) fn get_client_id(&self, call: &Call) -> Result<Answer, Failure> {
        let entries = self.entries();
        let index = entries.find_user(call, "integrationUserId")?;
        let client_id = entries.users[index].integration_client()?;
        Ok(success(json!({"ClientId": client_id})))
    }

    pub(super) fn generate_secret(&self, call: &Call) -> Result<Answer, Failure> {
        let secret = secret::token();
        self.change(|entries| {
            let index = entries.find_user(call, "integrationUserId")?;
            let user = &mut entries.users[index];
            let client_id = user.integration_client()?.to_owned();
            user.secret = Some(SecretHash::of(&secret));
            user.touch(self.clock.now());
            let answer = success(json!({"ClientId": client_id, "ClientSecret": secret}));
            Ok((Written::User(index), answer))
        })
    }
}

/// Welcomes a user by mail, from the organization.
pub(super) fn send_welcome(world: &World, call: &Call) -> Result<Answer, Failure> {
    let user = world.directory.newcomer(call)?;
    let text = format!(
        "Dear {},\n\nwelcome to the sandbox at {}. Your user name is {}.\n",
        user.text("FirstName"),
        call.origin(),
        user.user_name()
    );
    let draft = Draft {
        from: organization(),
        to: vec![MailAddress::new(user.text("Email"), Some(user.name()))],
        subject: "Welcome".to_owned(),
        text,
        ..Draft::default()
    };
    mail::send(world, call, |session| Ok(vec![draft.seal(session.tx)?]))?;
    Ok(success(true.into()))
}

impl Entries {
    fn find_user(&self, call: &Call, parameter: &str) -> Result<usize, Failure> {
        let id = call.path_param(parameter).unwrap_or_default();
        self.users
            .iter()
            .position(|user| user.id.eq_ignore_ascii_case(id))
            .ok_or_else(|| Failure::not_found(format!("no user has the id '{id}'")))
    }

    /// Refuses a user name that another user has.
    fn check_name(&self, user: &User) -> Result<(), Failure> {
        let is_taken = |other: &User| other.id != user.id && other.is_named(user.user_name());
        if self.users.iter().any(is_taken) {
            return Err(Failure::invalid(format!(
                "body.UserName: another user is named '{}'",
                user.user_name()
            )));
        }
        Ok(())
    }
}

impl User {
    fn new(id: &str, fields: Map<String, Value>, now: DateTime<Utc>) -> Self {
        Self {
            id: id.to_owned(),
            active: true,
            password: None,
            client_id: None,
            secret: None,
            fields,
            created: now,
            modified: now,
            etag: Uuid::new_v4().to_string(),
        }
    }

    /// A user who signs in through the browser.
    pub(super) fn person(
        id: &str,
        (first, last): (&str, &str),
        email: &str,
        password: &str,
        now: DateTime<Utc>,
    ) -> Self {
        let mut user = Self::new(id, names(first, last, email), now);
        user.password = Some(SecretHash::of(password));
        user
    }

    /// A user that an integration signs in as.
    pub(super) fn integration(
        id: &str,
        (first, last): (&str, &str),
        email: &str,
        (client_id, secret): (&str, &str),
        now: DateTime<Utc>,
    ) -> Self {
        let mut fields = names(first, last, email);
        fields.insert("UserType".to_owned(), INTEGRATION.into());
        let mut user = Self::new(id, fields, now);
        user.client_id = Some(client_id.to_owned());
        user.secret = Some(SecretHash::of(secret));
        user
    }

    /// The integration user as an OAuth client.
    pub(super) fn client(&self) -> Option<Client> {
        Some(Client {
            id: self.client_id.clone()?,
            name: self.name(),
            acts_as: ActsAs::User(self.id.clone()),
            secret: self.secret.clone(),
            redirect_uris: Vec::new(),
            scopes: Vec::new(),
            active: self.active,
        })
    }

    /// Whether the user has this user name.
    pub(super) fn is_named(&self, user_name: &str) -> bool {
        self.user_name().eq_ignore_ascii_case(user_name)
    }

    /// The user name.
    pub(crate) fn user_name(&self) -> &str {
        self.text("UserName")
    }

    /// First and last name.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.text("FirstName"), self.text("LastName"))
    }

    /// A field that is text; empty if there is none.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.fields
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    fn integration_client(&self) -> Result<&str, Failure> {
        self.client_id.as_deref().ok_or_else(|| {
            Failure::invalid(format!(
                "the user '{}' is not of type Integration, and has no client",
                self.id
            ))
        })
    }

    fn touch(&mut self, now: DateTime<Utc>) {
        self.modified = now;
        self.etag = Uuid::new_v4().to_string();
    }

    /// The user as the calls answer it (`UserResponse`).
    pub(crate) fn record(&self) -> Value {
        let date = |date: &DateTime<Utc>| date.to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut record = json!({
            "Id": self.id,
            "Name": self.name(),
            "CreatedDate": date(&self.created),
            "ModifiedDate": date(&self.modified),
            "ETag": self.etag,
            "IsActive": self.active,
            "IsDeleted": false,
            "IdentityStatus": if self.active { "Active" } else { "Inactive" },
            "Clientid": self.client_id,
        });
        if let Some(record) = record.as_object_mut() {
            for (name, value) in &self.fields {
                record.entry(name).or_insert_with(|| value.clone());
            }
        }
        record
    }
}

/// The fields that the body names, custom ones beside the others.
fn fields(call: &Call) -> Map<String, Value> {
    let body = call.json().and_then(Value::as_object);
    let mut fields = body.cloned().unwrap_or_default();
    if let Some(Value::Object(custom)) = fields.remove("CustomProperties") {
        for (name, value) in custom {
            fields.entry(name).or_insert(value);
        }
    }
    fields
}

fn names(first: &str, last: &str, email: &str) -> Map<String, Value> {
    [
        ("FirstName", first),
        ("LastName", last),
        ("Email", email),
        ("UserName", email),
    ]
    .map(|(name, value)| (name.to_owned(), value.into()))
    .into_iter()
    .collect()
}
