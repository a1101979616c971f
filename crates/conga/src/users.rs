//! The users of the organisation.

use std::{fmt, marker::PhantomData};

use conga_api::{
    Call, Transport,
    operations::{Operation, user_management as operations},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Record, Request,
    answer::{Done, NewId, OneRecord},
    records::List,
};

/// The users of the organisation. Whoever calls this needs an administrator's permissions; [`me`](Self::me) is for everybody.
///
/// As with [`Records`](crate::Records), users are maps unless [`typed`](Self::typed) says otherwise. Those as whom programs sign in have
/// a handle of their own: [`IntegrationUsers`](crate::IntegrationUsers).
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::Criteria;
/// use serde_json::json;
///
/// let users = client.users();
/// let id = users
///     .create(&json!({"FirstName": "Ann", "LastName": "Lee", "Email": "ann@example.com", "Role": {"Name": "Sales"}, "UserType": "External"}))
///     .await?;
/// users.update(&id, &json!({"PhoneNumber": "+31 20 555 0100"})).await?;
/// let active = users.list().criteria(Criteria::eq("IsActive", true)).stream().try_collect().await?;
/// println!("{} users", active.len());
/// # Ok(())
/// # }
/// ```
pub struct Users<T = Record> {
    transport: Transport,
    user: PhantomData<fn() -> T>,
}

impl<T> Users<T> {
    pub(crate) fn new(transport: Transport) -> Self {
        Self {
            transport,
            user: PhantomData,
        }
    }

    /// The same users, read as another type.
    pub fn typed<U>(&self) -> Users<U> {
        Users::new(self.transport.clone())
    }

    fn call(&self, operation: &'static Operation) -> Call {
        Call::new(&self.transport, operation)
    }

    fn call_on(&self, operation: &'static Operation, user_id: impl fmt::Display) -> Call {
        self.call(operation).path("userId", user_id)
    }
}

impl<T: DeserializeOwned + Send + 'static> Users<T> {
    /// Lists users: all, or those that meet a criteria.
    pub fn list(&self) -> List<T> {
        List::new("users", self.call(&operations::LIST_USERS)).with_short_words()
    }

    /// The user with this id.
    pub fn get(&self, user_id: impl fmt::Display) -> Request<T> {
        Request::new::<OneRecord<T>>(self.call_on(&operations::GET_USER, user_id))
    }

    /// Whoever signed in.
    pub fn me(&self) -> Request<T> {
        Request::new::<OneRecord<T>>(self.call(&operations::GET_CURRENT_USER))
    }

    /// Creates a user, and gives the new id.
    pub fn create(&self, user: &(impl Serialize + ?Sized)) -> Request<String> {
        Request::new::<NewId>(self.call(&operations::CREATE_USER).json(user))
    }

    /// Sets the fields that `changes` names, and gives the user as it is then.
    pub fn update(
        &self,
        user_id: impl fmt::Display,
        changes: &(impl Serialize + ?Sized),
    ) -> Request<T> {
        Request::new::<OneRecord<T>>(
            self.call_on(&operations::UPDATE_USER, user_id)
                .json(changes),
        )
    }

    /// Keeps a user from signing in. It shows in the user's identity status a while later (published).
    pub fn deactivate(&self, user_id: impl fmt::Display) -> Request<()> {
        Request::new::<Done>(self.call_on(&operations::DEACTIVATE_USER, user_id))
    }

    /// Lets a user sign in again.
    pub fn restore(&self, user_id: impl fmt::Display) -> Request<()> {
        Request::new::<Done>(self.call_on(&operations::RESTORE_USER, user_id))
    }
}

impl<T> Clone for Users<T> {
    fn clone(&self) -> Self {
        self.typed()
    }
}

impl<T> fmt::Debug for Users<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users").finish_non_exhaustive()
    }
}
