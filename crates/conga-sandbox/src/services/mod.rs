//! The services with behaviour: what their operations do, over one [`World`].
//!
//! A service is a table of [`Behaviour`]s, each with the operations that it carries out and what it rests on.
//! The engine finds a call's behaviour there; an operation in no table is answered from its schema. The same
//! tables make the fidelity ledger.
//!
//! | room | what lives there |
//! |---|---|
//! | [`administration`], [`cart`], [`catalog`], [`order`], [`quote`] | the revenue services of these names |
//! | [`commerce`] | what the revenue services share |
//! | [`contracts`] | the Contracts service |
//! | [`data`] | the Data service |
//! | [`document_management`] | Document Management |
//! | [`email`] | Email: profiles, templates, sending |
//! | [`file_store`] | File Store |
//! | [`ingress`] | Ingress: merges, document jobs, solutions |
//! | [`pricing`] | prices and totals, for them and for the storefront |
//! | [`query`] | the query that Data and Search take |
//! | [`review`] | the Review service |
//! | [`schema_manager`] | the Schema Manager service |
//! | [`search`] | the Search service |
//! | [`storefront`] | the commerce services on Salesforce |
//! | [`series`] | series of numbers |
//! | [`sources`] | what Composer makes documents of |
//! | [`stage`] | how far asynchronous work has come |
//! | [`session`] | a transaction on behalf of a caller |
//! | `tenant` | for tests: a world, and calls of operations by name |
//! | [`reply`] | what calls share: reading parameters and bodies, writing the envelope |
//!
//! User management is carried out by [`crate::directory`], which signing in asks too.

mod administration;
mod cart;
mod catalog;
mod commerce;
mod contracts;
mod data;
mod document_management;
mod email;
mod file_store;
#[cfg(test)]
mod hostile_tests;
mod ingress;
mod order;
#[cfg(test)]
mod plan_tests;
mod pricing;
mod query;
mod quote;
pub(crate) mod reply;
mod review;
mod schema_manager;
mod search;
pub(crate) mod series;
mod session;
mod sources;
pub(crate) mod stage;
mod storefront;
#[cfg(test)]
pub(crate) mod tenant;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::http::HeaderMap;
use chrono::TimeDelta;
use rusqlite::Transaction;

use crate::accounts::Accounts;
use crate::directory::{self, Directory};
use crate::failure::Failure;
use crate::files;
use crate::mail;
use crate::records::store::Store;
use crate::request::{Answer, Call, Refusal};
use crate::{Clock, Seed};
pub(crate) use session::Session;

/// All services that have behaviour.
pub(crate) const SERVICES: &[Service] = &[
    administration::SERVICE,
    cart::SERVICE,
    catalog::SERVICE,
    contracts::SERVICE,
    data::SERVICE,
    directory::SERVICE,
    document_management::SERVICE,
    email::SERVICE,
    file_store::SERVICE,
    ingress::SERVICE,
    order::SERVICE,
    quote::SERVICE,
    review::SERVICE,
    schema_manager::SERVICE,
    search::SERVICE,
    storefront::PARTNER,
    storefront::V4,
    storefront::V5,
];

/// A service with behaviour.
#[derive(Debug)]
pub(crate) struct Service {
    /// The service's id (`data`).
    pub(crate) id: &'static str,
    /// What its operations do.
    pub(crate) behaviours: &'static [Behaviour],
}

/// What some operations of a service do.
#[derive(Debug)]
pub(crate) struct Behaviour {
    /// The operations' ids, as in the curated document.
    pub(crate) operations: &'static [&'static str],
    /// What the behaviour rests on.
    pub(crate) basis: Basis,
    /// Carries out a call of one of the operations. It may block.
    pub(crate) carry_out: fn(&World, &Call) -> Result<Answer, Failure>,
}

/// What a behaviour rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// The published reference says it all: fields, examples, notes.
    Published,
    /// The reference is silent on the point given; this is what its names and types make most plausible.
    Assumed(&'static str),
}

/// What the services share: the state and the clock.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) directory: Arc<Directory>,
    pub(crate) clock: Clock,
    /// Where mail goes beside the mailbox: nowhere unless [`mail::send_on`] says so.
    pub(crate) outbox: mail::Outbox,
}

/// The data could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the data file {}; give another file or remove this one", path.display())]
pub(crate) struct OpenError {
    path: PathBuf,
    source: rusqlite::Error,
}

/// Behaviours by service and operation.
static BEHAVIOURS: LazyLock<HashMap<(&str, &str), &Behaviour>> = LazyLock::new(|| {
    let all = SERVICES.iter().flat_map(|service| {
        let behaviours = service.behaviours.iter();
        behaviours.flat_map(move |behaviour| {
            let operations = behaviour.operations.iter();
            operations.map(move |operation| ((service.id, *operation), behaviour))
        })
    });
    all.collect()
});

impl Behaviour {
    /// What operations do where the reference says it all.
    pub(crate) const fn published(
        operations: &'static [&'static str],
        carry_out: fn(&World, &Call) -> Result<Answer, Failure>,
    ) -> Self {
        Self {
            operations,
            basis: Basis::Published,
            carry_out,
        }
    }

    /// What operations do where the reference is silent on the point given.
    pub(crate) const fn assumed(
        operations: &'static [&'static str],
        what: &'static str,
        carry_out: fn(&World, &Call) -> Result<Answer, Failure>,
    ) -> Self {
        Self {
            operations,
            basis: Basis::Assumed(what),
            carry_out,
        }
    }

    /// The behaviour of an operation; `None` where it is answered from its schema.
    pub(crate) fn of(service: &str, operation: &str) -> Option<&'static Self> {
        BEHAVIOURS.get(&(service, operation)).copied()
    }
}

impl World {
    /// Opens the file, or a state in memory. A new one starts with the sandbox's accounts and the seed's data.
    pub(crate) fn open(
        path: Option<&Path>,
        seed: Seed,
        accounts: &Accounts,
        clock: Clock,
    ) -> Result<Self, OpenError> {
        let failed = |source| OpenError {
            path: path.unwrap_or(Path::new(":memory:")).to_owned(),
            source,
        };
        let fill = |tx: &Transaction<'_>| match seed {
            Seed::Demo => {
                data::seed::demo(tx, clock.now())?;
                contracts::seed::demo(tx, clock.now()).map_err(Failure::into_store_error)?;
                commerce::seed::demo(tx, clock.now())?;
                email::seed::demo(tx, clock.now())?;
                quote::seed::demo(tx, clock.now()).map_err(Failure::into_store_error)?;
                document_management::seed::demo(tx, clock.now())
                    .map_err(Failure::into_store_error)?;
                storefront::seed::demo(tx, clock.now(), &accounts.storefront)
            }
            Seed::Empty => Ok(()),
        };
        let store = Store::open(path, SCHEMAS, clock.clone(), fill).map_err(failed)?;
        let directory = Directory::open(path, accounts, clock.clone()).map_err(failed)?;
        Ok(Self {
            store,
            directory: Arc::new(directory),
            clock,
            outbox: mail::Outbox::default(),
        })
    }

    /// Runs `work` in a transaction on behalf of the caller: committed if it goes well, undone if not.
    pub(crate) fn write<T>(
        &self,
        call: &Call,
        work: impl FnOnce(&Session<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let now = self.clock.now();
        self.store
            .write(|tx| work(&Session::new(tx, &call.caller, now)))
    }

    /// Runs `work` in a transaction on behalf of the platform itself.
    pub(crate) fn write_as_system<T>(
        &self,
        work: impl FnOnce(&Session<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let now = self.clock.now();
        self.store.write(|tx| work(&Session::system(tx, now)))
    }

    /// The file that a link leads to, for anyone who has the link.
    pub(crate) fn follow_link(&self, token: &str, headers: &HeaderMap) -> Result<Answer, Refusal> {
        let answer = self.store.read(|tx| {
            let file = files::links::follow(tx, token, self.clock.now())?;
            let file = file.ok_or_else(|| {
                Failure::not_found(
                    "the link has expired, or its file was deleted; ask for a new one",
                )
            })?;
            files::download::answer(tx, headers, &file)
        });
        answer.map_err(Failure::into_refusal)
    }

    /// Carries out a call by its behaviour, after what the clock has made due; `None` if its operation has none. A call
    /// that is `stale` by some time does not see what was written since, unless it writes itself.
    pub(crate) fn carry_out(
        &self,
        call: &Call,
        stale: Option<Duration>,
    ) -> Option<Result<Answer, Refusal>> {
        let behaviour = Behaviour::of(call.service, call.operation)?;
        let outcome = self.settle().and_then(|()| {
            if let Some(age) = stale {
                let past = self.past(age);
                let outcome = (behaviour.carry_out)(&past, call);
                if !past.store.refused_to_write() {
                    return outcome;
                }
            }
            (behaviour.carry_out)(self, call)
        });
        Some(outcome.map_err(Failure::into_refusal))
    }

    /// Does what the clock has made due. Every call asks for it, so that it is one look where nothing is.
    fn settle(&self) -> Result<(), Failure> {
        let now = self.clock.now();
        let is_due = self.store.read(|tx| {
            Ok::<_, Failure>(contracts::due::is_due(tx, now)? || cart::pending::is_due(tx, now)?)
        })?;
        if is_due {
            contracts::due::settle(self)?;
            cart::pending::settle(self)?;
        }
        Ok(())
    }

    /// The world as it was so long ago.
    fn past(&self, age: Duration) -> Self {
        let now = self.clock.now();
        let age = TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX);
        Self {
            store: self.store.past(now.checked_sub_signed(age).unwrap_or(now)),
            directory: self.directory.clone(),
            clock: self.clock.clone(),
            outbox: self.outbox.clone(),
        }
    }
}

/// Tables beside the records: SQL that makes each if it is missing.
const SCHEMAS: &[&str] = &[
    files::SCHEMA,
    mail::SCHEMA,
    file_store::SCHEMA,
    cart::pending::SCHEMA,
    contracts::due::SCHEMA,
    search::SCHEMA,
    storefront::SCHEMA,
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::specification::Specification;

    #[test]
    fn every_behaviour_is_of_a_published_operation_and_of_one_only() {
        let specification = Specification::embedded();
        let published: HashSet<_> = specification
            .routes()
            .map(|(service, route)| (service.id, route.operation))
            .collect();
        let mut seen = HashSet::new();
        for service in SERVICES {
            for operation in service.behaviours.iter().flat_map(|one| one.operations) {
                let named = (service.id, *operation);
                assert!(published.contains(&named), "{named:?} is not published");
                assert!(seen.insert(named), "{named:?} has two behaviours");
            }
        }
    }
}
