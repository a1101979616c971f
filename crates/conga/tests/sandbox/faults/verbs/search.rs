//! Search, and what objects there are.

use conga::Criteria;

use super::{At, Verb, account, done, nothing};

pub(super) const VERBS: &[Verb] = &[
    Verb::new("search advanced", "search/query_objects", account, |at| {
        let named = Criteria::eq("Name", &at.name);
        let search = at.client.search().advanced("Account", named);
        done(async move { search.page().await })
    })
    .stands_for(&[
        "search full text",
        "search type-ahead",
        "search by other objects",
        "search by words of documents",
    ]),
    Verb::new("search global", "search/search_objects", account, |at| {
        done(at.client.search().global(&at.name))
    }),
    Verb::new(
        "search searched fields",
        "search/list_object_indexed_fields",
        nothing,
        |at| done(at.client.search().indexed_fields("Account")),
    )
    .stands_for(&["search list settings", "search get a setting"]),
    Verb::new(
        "objects list",
        "schema-manager/list_object_metadata",
        nothing,
        |at| done(async move { at.client.objects().list().page(1).await }),
    ),
    Verb::new(
        "objects describe",
        "schema-manager/get_object_metadata",
        nothing,
        |at: At| done(at.client.objects().describe("Account")),
    )
    .stands_for(&["objects describe a field"]),
];
