//! Accounts: one by one, in bulk, listed, queried, searched.

use std::collections::BTreeMap;

use conga::{
    By, Criteria, Error, Record, RecordStream, SortDirection,
    records::{BulkReport, Outcome},
};
use rand::RngExt as _;
use serde_json::{Value, json};

use super::{Account, Told, Worker};
use crate::ledger::{Claim, Kind};

/// A task keeps as many in mind.
const MOST: usize = 24;

/// The field that holds an account's content.
const CONTENT: &str = "Description";

impl Worker {
    pub(super) async fn create_account(&mut self) {
        let name = self.name();
        let ledger = &self.scene.clone().ledger;
        ledger.making(Kind::Account, &name, 0);
        let accounts = self.client().accounts();
        let told = self.call(accounts.create(&row(&name, 0))).await;
        ledger.made(Kind::Account, &name, told.claim());
        if let Some(id) = told.done() {
            self.keep(Account {
                id,
                name,
                content: 0,
            });
        }
    }

    pub(super) async fn get_account(&mut self) {
        let Some(account) = self.take_account() else {
            return;
        };
        let accounts = self.client().accounts();
        if let Told::Done(record) = self.call(accounts.get(&account.id)).await {
            self.check(&account, &record);
        }
        self.keep(account);
    }

    pub(super) async fn update_account(&mut self) {
        let Some(mut account) = self.take_account() else {
            return;
        };
        let ledger = &self.scene.clone().ledger;
        let content = account.content + 1;
        ledger.changing(Kind::Account, &account.name, content);
        let accounts = self.client().accounts();
        let change = json!({CONTENT: content.to_string()});
        let claim = self
            .call(accounts.update(&account.id, &change))
            .await
            .claim();
        ledger.changed(Kind::Account, &account.name, content, claim);
        if claim == Claim::Done {
            account.content = content;
        }
        if claim != Claim::Unsure {
            self.keep(account);
        }
    }

    pub(super) async fn delete_account(&mut self) {
        let Some(account) = self.take_account() else {
            return;
        };
        let ledger = &self.scene.clone().ledger;
        ledger.deleting(Kind::Account, &account.name);
        let deletion = self.client().accounts().delete(&account.id);
        let hard = self.dice.random_bool(0.5);
        let deletion = if hard { deletion.hard() } else { deletion };
        let claim = self.call(deletion).await.claim();
        ledger.deleted(Kind::Account, &account.name, claim);
        if claim == Claim::NotDone {
            self.keep(account);
        }
    }

    /// Twice by the same external id: it is created, then updated.
    pub(super) async fn upsert_account(&mut self) {
        let name = self.name();
        let ledger = &self.scene.clone().ledger;
        let row =
            |content: u64| json!({"ExternalId": name, "Name": name, CONTENT: content.to_string()});
        ledger.making(Kind::Account, &name, 0);
        let accounts = self.client().accounts();
        let told = self.call(accounts.upsert(By::ExternalId, &row(0))).await;
        ledger.made(Kind::Account, &name, told.claim());
        if told.claim() != Claim::Done {
            return;
        }
        ledger.changing(Kind::Account, &name, 1);
        let upsert = accounts.upsert(By::ExternalId, &row(1)).returning_record();
        let told = self.call(upsert).await;
        ledger.changed(Kind::Account, &name, 1, told.claim());
        if let Some(record) = told.done() {
            let id = text(&record, "Id").to_owned();
            self.keep(Account {
                id,
                name,
                content: 1,
            });
        }
    }

    pub(super) async fn create_accounts(&mut self) {
        let count = self.dice.random_range(2..30);
        let names: Vec<String> = (0..count).map(|_| self.name()).collect();
        let rows: Vec<Value> = names.iter().map(|name| row(name, 0)).collect();
        let ledger = &self.scene.clone().ledger;
        for name in &names {
            ledger.making(Kind::Account, name, 0);
        }
        let accounts = self.client().accounts();
        let bulk = accounts.bulk_create(&rows).chunk_size(8).concurrency(3);
        let Some(report) = self.bulk(bulk).await else {
            return;
        };
        let claims = claims(&report);
        let ids = report.row_ids().map(|id| id.map(str::to_owned));
        let ids: Vec<Option<String>> = ids.collect();
        for ((name, claim), id) in names.into_iter().zip(claims).zip(ids) {
            ledger.made(Kind::Account, &name, claim);
            if let (Claim::Done, Some(id)) = (claim, id) {
                self.keep(Account {
                    id,
                    name,
                    content: 0,
                });
            }
        }
    }

    pub(super) async fn update_accounts(&mut self) {
        let mut all = std::mem::take(&mut self.accounts);
        let rows: Vec<Value> = all
            .iter()
            .map(|one| json!({"Id": one.id, CONTENT: (one.content + 1).to_string()}))
            .collect();
        let ledger = &self.scene.clone().ledger;
        for one in &all {
            ledger.changing(Kind::Account, &one.name, one.content + 1);
        }
        let accounts = self.client().accounts();
        let bulk = accounts.bulk_update(By::Id, &rows).chunk_size(8);
        let Some(report) = self.bulk(bulk).await else {
            return;
        };
        for (mut one, claim) in all.drain(..).zip(claims(&report)) {
            let content = one.content + 1;
            ledger.changed(Kind::Account, &one.name, content, claim);
            if claim == Claim::Done {
                one.content = content;
            }
            if claim != Claim::Unsure {
                self.keep(one);
            }
        }
    }

    pub(super) async fn delete_accounts(&mut self) {
        let kept = self.accounts.len() / 2;
        let gone = self.accounts.split_off(kept);
        let ids: Vec<&str> = gone.iter().map(|one| one.id.as_str()).collect();
        let ledger = &self.scene.clone().ledger;
        for one in &gone {
            ledger.deleting(Kind::Account, &one.name);
        }
        let accounts = self.client().accounts();
        let bulk = accounts.bulk_delete(By::Id, &ids).chunk_size(5);
        let Some(report) = self.bulk(bulk).await else {
            return;
        };
        let claims = claims(&report);
        for (one, claim) in gone.into_iter().zip(claims) {
            ledger.deleted(Kind::Account, &one.name, claim);
            if claim == Claim::NotDone {
                self.keep(one);
            }
        }
    }

    /// All that are certain, by a list in small pages. Now and then it is dropped half way.
    pub(super) async fn list_accounts(&mut self) {
        let Some(named) = self.all_named() else {
            return;
        };
        let list = self.client().accounts().list().criteria(named).page_size(5);
        let stream = list.sort("Name", SortDirection::Ascending).stream();
        self.read(stream).await;
    }

    /// The same by a query.
    pub(super) async fn query_accounts(&mut self) {
        let Some(named) = self.all_named() else {
            return;
        };
        let query = self.client().accounts().query().criteria(named);
        let query = query.select(["Id", "Name", CONTENT]).page_size(5);
        let stream = query.sort("Name", SortDirection::Descending).stream();
        self.read(stream).await;
    }

    /// One of them, by the Search service.
    pub(super) async fn search_accounts(&mut self) {
        let Some(account) = self.take_account() else {
            return;
        };
        let search = self.client().search();
        let named = Criteria::eq("Name", &account.name);
        let found = search.advanced("Account", named).stream();
        if let Told::Done(found) = self.call(found.try_collect()).await {
            match &found[..] {
                [record] if text(record, "Id") == account.id => {}
                _ => self.broken(format!(
                    "a search finds {} times {}",
                    found.len(),
                    account.name
                )),
            }
        }
        self.keep(account);
    }

    /// Makes a bulk call, whose rows may have failed all the same; `None` where it was dropped.
    async fn bulk(&mut self, bulk: impl IntoFuture<Output = BulkReport>) -> Option<BulkReport> {
        let report = self.call(async { Ok(bulk.await) }).await.done()?;
        for (_, error) in report.failures() {
            if !error.may_have_been_processed() {
                self.check_refusal(error);
            }
        }
        Some(report)
    }

    async fn read(&mut self, mut stream: RecordStream<Record>) {
        let most = if self.dice.random_bool(0.2) {
            self.dice.random_range(0..MOST)
        } else {
            usize::MAX
        };
        let read = async {
            let mut records = Vec::new();
            while records.len() < most {
                match stream.try_next().await? {
                    Some(record) => records.push(record),
                    None => return Ok(Some(records)),
                }
            }
            Ok::<_, Error>(None)
        };
        let Told::Done(Some(records)) = self.call(read).await else {
            return;
        };
        let mut found: BTreeMap<&str, &Record> = BTreeMap::new();
        for record in &records {
            if found.insert(text(record, "Id"), record).is_some() {
                self.broken(format!("a list has {} twice", text(record, "Name")));
            }
        }
        for account in &self.accounts {
            match found.remove(account.id.as_str()) {
                Some(record) => self.check(account, record),
                None => self.broken(format!("a list lacks {}", account.name)),
            }
        }
        for record in found.values() {
            self.broken(format!(
                "a list has {}, which it was not asked for",
                text(record, "Name")
            ));
        }
    }

    fn check(&self, account: &Account, record: &Record) {
        let content = text(record, CONTENT);
        if text(record, "Id") != account.id || content != account.content.to_string() {
            self.broken(format!(
                "{} has the content {content} and should have {}",
                account.name, account.content
            ));
        }
    }

    fn all_named(&self) -> Option<Criteria> {
        let names = self.accounts.iter().map(|account| &account.name);
        (!self.accounts.is_empty()).then(|| Criteria::one_of("Name", names))
    }

    fn keep(&mut self, account: Account) {
        if self.accounts.len() < MOST {
            self.accounts.push(account);
        }
    }
}

fn row(name: &str, content: u64) -> Value {
    json!({"Name": name, CONTENT: content.to_string()})
}

fn text<'a>(record: &'a Record, field: &str) -> &'a str {
    record
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn claims(report: &BulkReport) -> Vec<Claim> {
    let claim = |outcome| match outcome {
        Outcome::Done => Claim::Done,
        Outcome::NotDone(_) => Claim::NotDone,
        Outcome::Unsure(_) => Claim::Unsure,
    };
    report.outcomes().map(claim).collect()
}
