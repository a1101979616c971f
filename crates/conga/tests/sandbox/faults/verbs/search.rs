//! Search, and what objects there are.

use conga::Criteria;

use super::{At, Verb, account, is_it, nothing, read};

pub(super) const VERBS: &[Verb] = &[
    Verb::new("search advanced", "search/query_objects", account, |at| {
        let named = Criteria::eq("Name", &at.name);
        let search = at.client.search().advanced("Account", named);
        let page = async move { search.page().await };
        read(
            &at,
            page,
            |at, page| matches!(&page.records[..], [one] if is_it(at, one)),
        )
    })
    .stands_for(&[
        "search full text",
        "search type-ahead",
        "search by other objects",
        "search by words of documents",
    ]),
    Verb::new("search global", "search/search_objects", account, |at| {
        let found = at.client.search().global(&at.name).phrase();
        read(&at, found, |at, found| {
            let accounts = &found["Account"].results;
            accounts.iter().any(|account| is_it(at, account))
        })
    }),
    Verb::new(
        "search searched fields",
        "search/list_object_indexed_fields",
        nothing,
        |at| {
            let fields = at.client.search().indexed_fields("Account");
            read(&at, fields, |_, fields| !fields.is_empty())
        },
    )
    .stands_for(&["search list settings", "search get a setting"]),
    Verb::new(
        "objects list",
        "schema-manager/list_object_metadata",
        nothing,
        |at| {
            let list = at.client.objects().list();
            let page = async move { list.page(1).await };
            read(&at, page, |_, page| !page.records.is_empty())
        },
    ),
    Verb::new(
        "objects describe",
        "schema-manager/get_object_metadata",
        nothing,
        |at: At| {
            let account = at.client.objects().describe("Account");
            read(&at, account, |_, account| {
                account.name.as_deref() == Some("Account")
            })
        },
    )
    .stands_for(&["objects describe a field"]),
];
