//! Lists and searches whose settings stand in a body: what reads the answer, or gives the body, in another way than they do.

use conga::{CallOptions, Criteria, Error, SortDirection, StorefrontQuery};
use serde_json::{Value, json};

use super::{SHOP, answering, client, envelope, let_shoppers_in, sent, shopped};

#[tokio::test]
async fn an_answer_that_is_read_as_it_is_was_asked_for_with_all_settings() {
    let (server, client) = answering(200, envelope(json!([]))).await;
    let rose = || Criteria::eq("Name", "Rose");
    let records = client.records("Account");
    let query = records.query().criteria(rose()).page_size(5);
    query.send_as::<Value>().await.unwrap();
    let contracts = client.contracts().query().criteria(rose());
    let contracts = contracts.distinct().group_by(["Name"]).with_total();
    contracts.send_as::<Value>().await.unwrap();
    let related = client.search().related("Account").in_documents("rose");
    related.send_as::<Value>().await.unwrap();
    let global = client.search().global("rose").phrase();
    global.send_as::<Value>().await.unwrap();
    let versions = client.documents().search().criteria(rose());
    versions.send_as::<Value>().await.unwrap();
    let folder = client.files().list_folder("quotes").page_size(5);
    folder.send_as::<Value>().await.unwrap();
    let ids = ["1", "2"];
    let deleted = records.bulk_delete(conga::By::Id, &ids).chunk_size(1);
    deleted.send_as::<Value>().await.unwrap();
    assert_eq!(
        sent(&server).await,
        [
            r#"POST /api/data/v1/Account/query {"Criteria":"Name = 'Rose'","Limit":5,"ObjectName":"Account"}"#,
            r#"POST /api/clm/v1/contracts/query {"CriteriaExpression":"Name = 'Rose'","Distinct":true,"GroupBy":["Name"],"IncludeTotalCount":true}"#,
            concat!(
                r#"POST /api/search/v1/objects/multiple/query {"DocumentSearchText":"rose","#,
                r#""MultipleObjectSearchQueries":[{"IsPrimaryObject":true,"Query":{"ObjectName":"Account"}}]}"#
            ),
            r#"POST /api/search/v1/global/query {"PhraseSearch":true,"SearchTerm":"rose"}"#,
            r#"POST /api/document-management/v1/documents/search {"Criteria":"Name = 'Rose'"}"#,
            r#"POST /api/filestore/v1/folders/quotes/list {"FolderPath":"","PageSize":5}"#,
            r#"DELETE /api/data/v1/Account/bulk?DeleteByField=Id&DeleteBehaviour=SoftDelete ["1","2"]"#,
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_written_is_not_left_out_either() {
    let (server, client) = answering(200, envelope(json!([]))).await;
    let wrong = || Criteria::eq("a b", 1);
    let records = client.records("Account");
    let search = client.search();
    for call in [
        records.list().criteria(wrong()).send_as::<Value>(),
        records.query().criteria(wrong()).send_as::<Value>(),
        client.contracts().query().criteria(wrong()).send_as(),
        search.related("Account").criteria(wrong()).send_as(),
        search
            .global("x")
            .object_where("Account", wrong())
            .send_as(),
        client
            .quotes()
            .list()
            .filter(conga::commerce::Filter::eq("a b", 1))
            .send_as(),
        client.documents().search().criteria(wrong()).send_as(),
    ] {
        let error = call.await.unwrap_err();
        assert!(error.to_string().contains("no field name"), "{error}");
    }
    assert!(sent(&server).await.is_empty());
}

#[tokio::test]
async fn a_storefronts_list_is_asked_for_whole_too() {
    let server = wiremock::MockServer::start().await;
    let_shoppers_in(&server).await;
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(super::shop_answer(json!([])))
        .mount(&server)
        .await;
    let client = conga::Client::builder()
        .storefront(format!("{}{SHOP}", server.uri()), "ECommerce")
        .build()
        .unwrap();
    let shop = client.storefront().unwrap();
    let query = StorefrontQuery::new().sort("Name", SortDirection::Ascending);
    let list = shop.list::<Value>("Product2", query);
    list.send_as::<Value>().await.unwrap();
    let list = shop.list::<Value>("Product2", StorefrontQuery::new());
    let whole = json!({"having": "x", "page": {"pageNumber": 3, "pageLimit": 7}});
    list.with_json(&whole).stream().try_collect().await.unwrap();
    assert_eq!(
        shopped(&server, SHOP).await,
        [
            r#"POST /Product2/query {"page":{"pageLimit":100,"pageNumber":1},"sortOrder":[{"direction":"ASC","field":"Name"}]}"#,
            r#"POST /Product2/query {"having":"x","page":{"pageLimit":7,"pageNumber":3}}"#,
        ]
    );
    let list = shop.list::<Value>("Product2", StorefrontQuery::new());
    let error = list.with_json(&[1]).stream().try_next().await.unwrap_err();
    assert!(matches!(error, Error::Request(_)), "{error}");
}

#[tokio::test]
async fn a_whole_body_is_sent_or_refused() {
    let (server, client) = answering(200, envelope(json!({}))).await;
    let search = client.search();
    let whole = json!({"SearchTerm": "rose", "SortInfo": {"FieldName": "Name"}});
    search.global("x").with_json(&whole).await.unwrap();
    let related = search.related("Account").with_json(&json!({}));
    for error in [
        related.page().await.unwrap_err(),
        related.pages().try_next().await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::Request(_)), "{error}");
    }
    assert_eq!(
        sent(&server).await,
        [
            r#"POST /api/search/v1/global/query {"SearchTerm":"rose","SortInfo":{"FieldName":"Name"}}"#
        ]
    );
}

#[tokio::test]
async fn what_is_searched_for_is_not_shown() {
    let server = wiremock::MockServer::start().await;
    let search = client(&server).search();
    let related = search
        .related("Contact")
        .criteria(Criteria::eq("Name", "Rose"))
        .in_documents("Rose");
    let global = search
        .global("Rose")
        .object_where("Contact", Criteria::eq("Name", "Rose"));
    let versions = client(&server)
        .documents()
        .search()
        .criteria(Criteria::eq("Name", "Rose"));
    let shown = format!("{related:?} {global:?} {versions:?}");
    assert!(
        shown.contains("Contact") && !shown.contains("Rose"),
        "{shown}"
    );
}
