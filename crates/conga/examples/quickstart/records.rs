//! Accounts, contacts and an opportunity: created, found, changed, counted, deleted.

use std::time::{SystemTime, UNIX_EPOCH};

use conga::{By, Criteria, Record, SortDirection};
use serde_json::json;

use crate::{
    setting::Setting,
    story::{Failure, Story},
};

const CONTACTS: usize = 500;
const PAGE: u32 = 200;

pub(crate) async fn run(setting: &Setting, story: &mut Story) -> Result<(), Failure> {
    let conga = &setting.conga;
    let (accounts, contacts, opportunities) = (
        conga.records("Account"),
        conga.records("Contact"),
        conga.records("Opportunity"),
    );
    // Names and external ids of its own, so that two runs on one tenant do not meet.
    let run = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let name = format!("Juniper & Sons {run}");

    let account = accounts.create(&json!({ "Name": name, "Industry": "Gardening", "ExternalId": format!("quickstart-{run}") })).await?;
    story.step(format!("created the account {account}"));
    let contact = contacts
        .create(
            &json!({ "FirstName": "Ada", "LastName": "O'Neill", "Email": "ada@juniper.example" }),
        )
        .await?;
    story.step(format!("created the contact {contact}"));
    let opportunity = opportunities
        .create(&json!({ "Name": format!("Greenhouse {run}"), "StageName": "Prospecting" }))
        .await?;
    story.step(format!("created the opportunity {opportunity}"));

    let read = accounts.get(&account).await?;
    story.step(format!(
        "read the account: Industry is {}",
        text(&read, "Industry")
    ));
    let read = accounts
        .get_by_external_id(format!("quickstart-{run}"))
        .await?;
    expect(
        text(&read, "Id") == account,
        "the external id leads to another record",
    )?;
    story.step("read it by its external id");

    let found = accounts
        .list()
        .criteria(Criteria::eq("Name", &name).and(Criteria::eq("Industry", "Gardening")))
        .stream()
        .try_collect()
        .await?;
    expect(
        found.len() == 1,
        "the criteria find another number of accounts",
    )?;
    story.step(format!("found it by criteria: {}", text(&found[0], "Name")));

    accounts
        .update(&account, &json!({ "Industry": "Horticulture" }))
        .await?;
    let read = accounts.get(&account).await?;
    expect(
        text(&read, "Industry") == "Horticulture",
        "the update is not to be seen",
    )?;
    story.step("updated it: Industry is Horticulture now");
    accounts.upsert(By::ExternalId, &json!({ "ExternalId": format!("quickstart-{run}"), "Name": name, "Phone": "+44 20 7946 0000" })).await?;
    let read = accounts.get(&account).await?;
    expect(
        text(&read, "Phone") == "+44 20 7946 0000",
        "the upsert made another record",
    )?;
    story.step("upserted it by external id: the same record has a phone number");

    let rows: Vec<_> = (0..CONTACTS)
        .map(|row| json!({ "LastName": format!("Gardener {row:03}"), "Department": format!("Bed {run}") }))
        .collect();
    let report = contacts.bulk_create(&rows).await;
    let ids: Vec<String> = report.ids().map(str::to_owned).collect();
    expect(ids.len() == CONTACTS, "not every contact was created")?;
    story.step(format!(
        "created {} contacts in {} requests",
        ids.len(),
        report.chunks.len()
    ));

    let mut pages = contacts
        .list()
        .criteria(Criteria::eq("Department", format!("Bed {run}")))
        .sort("LastName", SortDirection::Ascending)
        .page_size(PAGE)
        .pages();
    let (mut count, mut listed) = (0, 0);
    while let Some(page) = pages.try_next().await? {
        count += 1;
        listed += page.records.len();
    }
    expect(
        listed == CONTACTS,
        "the pages hold another number of contacts",
    )?;
    story.step(format!("listed {listed} contacts on {count} pages"));

    contacts.bulk_delete(By::Id, &ids).await.complete()?;
    story.step(format!("deleted the {CONTACTS} contacts"));
    for (records, id) in [
        (&opportunities, &opportunity),
        (&contacts, &contact),
        (&accounts, &account),
    ] {
        records.delete(id).await?;
    }
    let gone = accounts.get(&account).await;
    expect(
        gone.is_err_and(|error| error.is_not_found()),
        "the deleted account is still there",
    )?;
    story.step("deleted opportunity, contact and account; reading the account now gives 404");
    Ok(())
}

fn text<'a>(record: &'a Record, field: &str) -> &'a str {
    record
        .get(field)
        .and_then(|value| value.as_str())
        .unwrap_or_default()
}

/// What must hold for a step to count.
pub(crate) fn expect(holds: bool, otherwise: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}
