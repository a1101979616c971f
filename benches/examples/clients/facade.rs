//! The work by the facade, as its front page has it.

use std::collections::HashSet;

use conga::Records;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{AT_ONCE, Account, Client, Contact, PAGE, Result};

pub(crate) struct Facade {
    accounts: Records<Account>,
    contacts: Records,
}

impl Facade {
    pub(crate) fn from_env() -> Result<Self> {
        let client = conga::Client::from_env()?;
        Ok(Self {
            accounts: client.accounts().typed(),
            contacts: client.contacts(),
        })
    }

    /// Goes through all accounts by the cursor.
    pub(crate) async fn export(&self, mut see: impl FnMut(&Account) -> Result<()>) -> Result<()> {
        let mut accounts = self.accounts.query().page_size(PAGE).stream();
        while let Some(account) = accounts.try_next().await? {
            see(&account)?;
        }
        Ok(())
    }
}

impl Client for Facade {
    async fn get(&self, id: &str) -> Result<Account> {
        Ok(self.accounts.get(id).await?)
    }

    async fn list(&self, mut see: impl FnMut(&Account) -> Result<()>) -> Result<()> {
        // Page after page, as the others go: what runs beside the server runs slower.
        let list = self.accounts.list().page_size(PAGE);
        let mut accounts = list.stream().without_prefetch();
        while let Some(account) = accounts.try_next().await? {
            see(&account)?;
        }
        Ok(())
    }

    async fn create(&self, count: usize) -> Result<HashSet<String>> {
        let ids = stream::iter(0..count)
            .map(|number| {
                let create = self.contacts.create(&Contact::numbered(number));
                create.into_future()
            })
            .buffer_unordered(AT_ONCE);
        Ok(ids.try_collect().await?)
    }
}
