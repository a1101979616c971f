//! Contracts, users, search and objects: what is sent, and what is made of the published answers.

use std::time::Duration;

use conga::{Criteria, Part, SortDirection, contracts::ImportJob};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{answering, client, envelope, sent};

#[tokio::test]
async fn a_query_reads_the_answer_within_the_envelope() {
    let data = json!({"RecordCount": 7, "Data": [{"Id": "1"}], "HasMoreRecords": false, "NextCursor": "x", "StatusCode": "OK"});
    let (server, client) = answering(200, envelope(data)).await;
    let query = client
        .contracts()
        .query()
        .criteria(Criteria::eq("Status", "Activated"))
        .select(["Id"])
        .sort("ContractEndDate", SortDirection::Descending)
        .page_size(1)
        .skip(3);
    let page = query.page().await.unwrap();
    assert_eq!(
        (page.records.len(), page.record_count, page.has_more),
        (1, Some(7), Some(false))
    );
    assert_eq!(query.stream().try_collect().await.unwrap().len(), 1);
    let body = r#"{"CriteriaExpression":"Status = 'Activated'","Fields":["Id"],"Limit":1,"Skip":3,"SortInfo":{"Direction":"Descending","FieldName":"ContractEndDate"}}"#;
    let sent = sent(&server).await;
    assert_eq!(
        sent,
        [
            format!("POST /api/clm/v1/contracts/query {body}"),
            format!("POST /api/clm/v1/contracts/query {body}")
        ]
    );
}

#[tokio::test]
async fn a_query_goes_on_by_skipping_whatever_cursor_there_is() {
    let data =
        json!({"Data": [{"Id": "1"}, {"Id": "2"}], "HasMoreRecords": true, "NextCursor": "x"});
    let (server, client) = answering(200, envelope(data)).await;
    let mut stream = client.contracts().query().stream().without_prefetch();
    for _ in 0..2 {
        stream.try_next().await.unwrap();
    }
    assert!(
        stream.try_next().await.is_err(),
        "the server gives one page again and again"
    );
    let sent = sent(&server).await;
    assert_eq!(
        sent[..2],
        [
            "POST /api/clm/v1/contracts/query {}",
            r#"POST /api/clm/v1/contracts/query {"Skip":2}"#
        ]
    );
}

#[tokio::test]
async fn the_moves_give_ids_or_nothing() {
    let (server, client) = answering(200, envelope(json!("c-2"))).await;
    let contracts = client.contracts();
    assert_eq!(contracts.renew("c-1").await.unwrap(), "c-2");
    assert_eq!(contracts.amend("c-1").await.unwrap(), "c-2");
    assert_eq!(contracts.clone_contract("c-1").await.unwrap(), "c-2");
    contracts.activate("c-1", &["d-1", "d-2"]).await.unwrap();
    contracts.terminate("c-1").await.unwrap();
    assert_eq!(
        sent(&server).await[3..],
        [
            r#"POST /api/clm/v1/contracts/c-1/activate ["d-1","d-2"]"#,
            "POST /api/clm/v1/contracts/c-1/terminate",
        ]
    );
    let refused =
        json!({"Success": false, "Errors": [{"Message": "the contract is not activated"}]});
    let (_server, client) = answering(400, refused).await;
    let error = client.contracts().terminate("c-1").await.unwrap_err();
    assert_eq!(error.messages(), ["the contract is not activated"]);
}

#[tokio::test]
async fn a_deletion_that_is_answered_with_false_is_none() {
    let (_server, client) = answering(200, envelope(json!(false))).await;
    for deletion in [
        client.contracts().delete("c-1"),
        client.search().settings().delete("Account"),
    ] {
        let error = deletion.await.unwrap_err();
        assert!(error.to_string().contains("nothing was deleted"), "{error}");
    }
}

#[tokio::test]
async fn users_are_listed_with_short_words() {
    let (server, client) = answering(200, envelope(json!([{"Id": "u", "UserName": "ann"}]))).await;
    let list = client
        .users()
        .list()
        .criteria(Criteria::eq("IsActive", true));
    let page = list
        .sort("UserName", SortDirection::Descending)
        .page_size(5)
        .page(1)
        .await
        .unwrap();
    assert_eq!(page.records[0]["UserName"], "ann");
    assert_eq!(
        sent(&server).await,
        [
            "GET /api/user-management/v1/users?criteria=IsActive+%3D+%27true%27&sortField=UserName&sortDirection=DESC&pageSize=5&pageNumber=1"
        ]
    );
}

#[tokio::test]
async fn searches_say_of_what_kind_they_are() {
    let (server, client) = answering(200, envelope(json!([]))).await;
    let search = client.search();
    let rose = || Criteria::eq("Department", "Rose");
    search
        .advanced("Contact", rose())
        .select(["Id"])
        .page()
        .await
        .unwrap();
    search
        .full_text("Contact", "o'hara lee")
        .page_size(5)
        .page()
        .await
        .unwrap();
    search
        .type_ahead_among("Contact", "oh", rose())
        .page()
        .await
        .unwrap();
    let path = "POST /api/search/v1/objects/Contact/query";
    assert_eq!(
        sent(&server).await,
        [
            format!(
                r#"{path} {{"Criteria":"Department = 'Rose'","ObjectName":"Contact","SearchType":"Advanced","Select":["Id"]}}"#
            ),
            format!(
                r#"{path} {{"Criteria":"o'hara lee","Limit":5,"ObjectName":"Contact","SearchType":"Fulltext"}}"#
            ),
            format!(
                r#"{path} {{"AdditionalTypeAheadFilterCriteria":"Department = 'Rose'","Criteria":"oh","ObjectName":"Contact","SearchType":"Typeahead"}}"#
            ),
        ]
    );
}

#[tokio::test]
async fn what_a_search_finds_is_read_as_a_type() {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Contact {
        last_name: String,
    }
    let (_server, client) = answering(200, envelope(json!([{"LastName": "Lee"}]))).await;
    let search = client.search().typed::<Contact>();
    let words = search.full_text("Contact", "lee").page().await.unwrap();
    assert_eq!(words.records[0].last_name, "Lee");
    let related = search.related("Contact").in_documents("lee");
    let related = related.clone().page().await.unwrap();
    assert_eq!(related.records[0].last_name, "Lee");
}

#[tokio::test]
async fn a_criteria_does_not_take_the_place_of_words() {
    let (server, client) = answering(200, envelope(json!([]))).await;
    let search = client.search();
    let rose = || Criteria::eq("Department", "Rose");
    let typed = search.type_ahead("Contact", "oh").criteria(rose());
    typed.page().await.unwrap();
    assert_eq!(
        sent(&server).await,
        [
            r#"POST /api/search/v1/objects/Contact/query {"AdditionalTypeAheadFilterCriteria":"Department = 'Rose'","Criteria":"oh","ObjectName":"Contact","SearchType":"Typeahead"}"#
        ]
    );
    let words = search.full_text("Contact", "oh").criteria(rose());
    let error = words.page().await.unwrap_err();
    assert!(error.to_string().contains("by words"), "{error}");
    assert_eq!(sent(&server).await.len(), 1);
}

#[tokio::test]
async fn a_global_search_gives_what_was_found_by_object() {
    let found = json!({"Account": {"RecordCount": 12, "Results": [{"Id": "1"}]}, "Contact": {"RecordCount": 0, "Results": null}});
    let (server, client) = answering(200, envelope(found)).await;
    let hits = client
        .search()
        .global("juniper & sons")
        .phrase()
        .object("Account")
        .object_where("Contact", Criteria::eq("Title", "Buyer"))
        .exclude(["User"])
        .page_size(1)
        .await
        .unwrap();
    assert_eq!(
        (hits["Account"].record_count, hits["Account"].results.len()),
        (12, 1)
    );
    assert!(hits["Contact"].results.is_empty());
    assert_eq!(
        sent(&server).await,
        [
            r#"POST /api/search/v1/global/query {"ExcludeObjectList":["User"],"Limit":1,"ObjectList":[{"ObjectName":"Account"},{"FilterCriteria":"Title = 'Buyer'","ObjectName":"Contact"}],"PhraseSearch":true,"SearchTerm":"juniper & sons"}"#
        ]
    );
}

#[tokio::test]
async fn an_object_is_described_with_what_is_not_known_of_it() {
    let described = json!({
        "Name": "Account", "Category": "Sales", "PicklistMetadata": null,
        "FieldMetadata": [{"FieldName": "Rating", "IsRequired": true, "DataType": 3}],
    });
    let (_server, client) = answering(200, envelope(described)).await;
    let account = client.objects().describe("Account").await.unwrap();
    assert_eq!(
        (account.name.as_deref(), &account.other["Category"]),
        (Some("Account"), &json!("Sales"))
    );
    assert_eq!(account.fields[0].is_required, Some(true));
    assert_eq!(account.fields[0].other["DataType"], 3);
    assert!(account.picklists.is_empty());
}

#[tokio::test]
async fn a_related_search_names_its_objects_and_their_references() {
    let (server, client) = answering(200, envelope(json!([]))).await;
    let search = client.search();
    search
        .related("Contact")
        .criteria(Criteria::eq("Title", "Buyer"))
        .referring_to("Account", "Account", Criteria::eq("Industry", "Retail"))
        .select(["Id"])
        .page_size(2)
        .with_total()
        .page()
        .await
        .unwrap();
    search
        .related("Account")
        .referred_to_by("Contact", "Account", Criteria::is_not_null("Title"))
        .in_documents("force majeure")
        .page()
        .await
        .unwrap();
    assert_eq!(
        sent(&server).await,
        [
            concat!(
                "POST /api/search/v1/objects/multiple/query?IncludeTotalCount=true ",
                r#"{"IsInverseRelation":false,"MultipleObjectSearchQueries":[{"IsPrimaryObject":true,"#,
                r#""Query":{"Criteria":"Title = 'Buyer'","Limit":2,"ObjectName":"Contact","Select":["Id"]}},"#,
                r#"{"Query":{"Criteria":"Industry = 'Retail'","ObjectName":"Account"},"ReferenceAliasName":"Account"}]}"#
            ),
            concat!(
                "POST /api/search/v1/objects/multiple/query ",
                r#"{"DocumentSearchText":"force majeure","IsInverseRelation":true,"#,
                r#""MultipleObjectSearchQueries":[{"IsPrimaryObject":true,"Query":{"ObjectName":"Account"}},"#,
                r#"{"Query":{"Criteria":"Title IS NOT NULL","ObjectName":"Contact"},"ReferenceAliasName":"Account"}]}"#
            ),
        ]
    );
    let both_ways = search
        .related("Account")
        .referred_to_by("Contact", "Account", "X = 'x'")
        .referring_to("Parent", "Account", "X = 'x'");
    let error = both_ways.page().await.unwrap_err();
    assert!(error.to_string().contains("one way"), "{error}");
    let unwritable = search
        .global("x")
        .object_where("Account", Criteria::eq("", 1));
    assert!(
        unwritable
            .await
            .unwrap_err()
            .to_string()
            .contains("no field name")
    );
    assert_eq!(sent(&server).await.len(), 2);
}

#[tokio::test]
async fn an_import_is_waited_for_until_its_rows_are_told() {
    let server = MockServer::start().await;
    let path = "/api/clm/v1/import/jobs";
    let job = envelope(json!({"JobId": "j1", "State": "Queued"}));
    Mock::given(matchers::method("POST"))
        .and(matchers::path(path))
        .respond_with(ResponseTemplate::new(200).set_body_json(job))
        .mount(&server)
        .await;
    let batch = |state: &str, content: Value| {
        envelope(
            json!([{"State": state, "BatchId": "b1", "FileName": "c.csv", "FileContent": content}]),
        )
    };
    for state in [
        batch("InProgress", Value::Null),
        batch("Failed", json!("TmFtZQ==")),
        batch("Failed", Value::Null),
    ] {
        Mock::given(matchers::path(format!("{path}/j1")))
            .respond_with(ResponseTemplate::new(200).set_body_json(state))
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    let contracts = client(&server).contracts();
    let file = Part::bytes("c.csv", "Name\nSupply\n");
    let poller = contracts.import(file).start().await.unwrap();
    let stored = serde_json::to_string(poller.job()).unwrap();
    let batches = poller.first_wait(Duration::from_millis(1)).await.unwrap();
    assert_eq!(batches[0].outcome.as_deref(), Some(&b"Name"[..]));
    let requests = server.received_requests().await.unwrap();
    let form = String::from_utf8_lossy(&requests[0].body);
    assert!(form.contains(r#"name="file"; filename="c.csv""#), "{form}");

    let job: ImportJob = serde_json::from_str(&stored).unwrap();
    let error = client(&server).poll(job).await.unwrap_err();
    assert!(
        error.to_string().contains("the import j1 failed"),
        "{error}"
    );
}

#[tokio::test]
async fn settings_of_search_are_read_alone_or_in_a_list() {
    for (data, count) in [(json!({"ObjectName": "Account"}), 1), (json!([{}, {}]), 2)] {
        let (_server, client) = answering(200, envelope(data)).await;
        let settings = client.search().settings();
        assert_eq!(settings.list().await.unwrap().len(), count);
    }
}
