//! Records of the Data service, and raw requests.

use conga::{By, Criteria};
use futures_util::future::{BoxFuture, FutureExt};
use serde_json::{Value, json};

use super::{At, Verb, account, done, is_it, nothing, read, read_one};

pub(super) const VERBS: &[Verb] = &[
    Verb::new("accounts create", "data/create_account", nothing, |at| {
        done(at.client.accounts().create(&json!({"Name": at.name})))
    })
    .seen(accounts)
    .stands_for(&[
        "contacts create",
        "opportunities create",
        "any other object create",
    ]),
    Verb::new("accounts get", "data/get_account", account, |at| {
        read(&at, at.client.accounts().get(at.id()), is_it)
    })
    .stands_for(&[
        "contacts get",
        "opportunities get",
        "any other object get",
        "any other object get by external id",
    ]),
    Verb::new("accounts list", "data/list_accounts", account, |at| {
        let named = Criteria::eq("Name", &at.name);
        let list = at.client.accounts().list().criteria(named);
        read_one(&at, list.stream().try_collect(), is_it)
    })
    .stands_for(&[
        "contacts list",
        "opportunities list",
        "any other object list",
    ]),
    Verb::new("accounts query", "data/query_accounts", account, |at| {
        let named = Criteria::eq("Name", &at.name);
        let query = at.client.accounts().query().criteria(named);
        read_one(&at, query.stream().try_collect(), is_it)
    })
    .stands_for(&[
        "contacts query",
        "opportunities query",
        "any other object query",
    ]),
    Verb::new("accounts update", "data/update_account", account, |at| {
        let change = json!({"Industry": "Anvils"});
        done(at.client.accounts().update(at.id(), &change))
    })
    .seen(changed)
    .stands_for(&[
        "contacts update",
        "opportunities update",
        "any other object update",
        "any other object update by external id",
    ]),
    Verb::new("accounts delete", "data/delete_account", account, |at| {
        done(at.client.accounts().delete(at.id()))
    })
    .seen(deleted)
    .stands_for(&[
        "contacts delete",
        "opportunities delete",
        "any other object delete",
        "any other object delete by external id",
    ]),
    Verb::new(
        "accounts upsert",
        "data/bulk_upsert_accounts",
        nothing,
        |at| {
            let account = json!({"Name": at.name, "ExternalId": at.name});
            done(at.client.accounts().upsert(By::ExternalId, &account))
        },
    )
    .seen(accounts)
    .stands_for(&["any other object upsert"]),
    Verb::new(
        "accounts create many",
        "data/bulk_create_accounts",
        nothing,
        |at| {
            done(async move {
                let rows = two(&at);
                at.client.accounts().bulk_create(&rows).await.complete()
            })
        },
    )
    .seen(|at| {
        async move {
            let (first, second) = (accounts(at.clone()).await, seconds(at.clone()).await);
            assert_eq!(first, second, "{}: done by halves", at.name);
            second
        }
        .boxed()
    })
    .stands_for(&["any other object create many"]),
    Verb::new(
        "accounts created in chunks: the second",
        "data/bulk_create_accounts",
        nothing,
        |at| {
            done(async move {
                let rows = two(&at);
                let create = at.client.accounts();
                let create = create.bulk_create(&rows).chunk_size(1).concurrency(1);
                create.await.complete()
            })
        },
    )
    .after(1)
    .seen(|at| {
        async move {
            let first = accounts(at.clone()).await;
            assert!(first <= 1, "{}: the first is there {first} times", at.name);
            seconds(at).await
        }
        .boxed()
    }),
    Verb::new(
        "accounts update many",
        "data/bulk_update_accounts",
        account,
        |at| {
            done(async move {
                let rows = [json!({"Id": at.id(), "Industry": "Anvils"})];
                let update = at.client.accounts();
                update.bulk_update(By::Id, &rows).await.complete()
            })
        },
    )
    .seen(changed)
    .stands_for(&["any other object update many"]),
    Verb::new(
        "accounts upsert many",
        "data/bulk_upsert_accounts",
        nothing,
        |at| {
            done(async move {
                let rows = [json!({"Name": at.name})];
                let upsert = at.client.accounts();
                upsert.bulk_upsert(By::ExternalId, &rows).await.complete()
            })
        },
    )
    .seen(accounts)
    .stands_for(&["any other object upsert many"]),
    Verb::new(
        "accounts delete many",
        "data/bulk_delete_accounts",
        account,
        |at| {
            done(async move {
                let delete = at.client.accounts();
                delete.bulk_delete(By::Id, &at.ids).await.complete()
            })
        },
    )
    .seen(deleted)
    .stands_for(&["any other object delete many"]),
    Verb::new("raw get", "data/get_account", account, |at| {
        let call = at.client.raw().get("/api/data/v1/Account/{id}");
        let call = call.path("id", at.id());
        let call = async move { Ok(call.send::<Value>().await?.into_inner()) };
        read(&at, call, |at, answer| answer["Data"]["Id"] == at.id())
    }),
    Verb::new("raw post", "data/create_account", nothing, |at| {
        let call = at.client.raw().post("/api/data/v1/Account");
        let call = call.json(&json!({"Name": at.name}));
        done(async move { Ok(call.send::<Value>().await?) })
    })
    .seen(accounts),
];

/// Two accounts to be.
fn two(at: &At) -> [Value; 2] {
    [json!({"Name": at.name}), json!({"Name": second(at)})]
}

fn second(at: &At) -> String {
    format!("{} too", at.name)
}

/// How many accounts have the name.
fn accounts(at: At) -> BoxFuture<'static, usize> {
    async move { named(&at, &at.name).await }.boxed()
}

/// How many accounts have the name of the second of two.
async fn seconds(at: At) -> usize {
    named(&at, &second(&at)).await
}

async fn named(at: &At, name: &str) -> usize {
    let named = at.client.accounts().list();
    let named = named.criteria(Criteria::eq("Name", name));
    named.stream().try_collect().await.unwrap().len()
}

fn changed(at: At) -> BoxFuture<'static, usize> {
    async move {
        let account = at.client.accounts().get(at.id()).await.unwrap();
        usize::from(
            account
                .get("Industry")
                .is_some_and(|industry| industry == "Anvils"),
        )
    }
    .boxed()
}

fn deleted(at: At) -> BoxFuture<'static, usize> {
    async move { 1 - accounts(at).await }.boxed()
}
