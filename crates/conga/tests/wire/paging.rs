use conga::{CallOptions, Client, Criteria, Error, Record, SortDirection};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

use super::{answering, answering_with, client, envelope, sent, sorted};

/// A server of records `0..count`, at most `size` a page, which says of each page what `says` adds.
pub(super) async fn paged(
    count: usize,
    size: usize,
    says: fn(Page) -> Value,
) -> (MockServer, Client) {
    let server = MockServer::start().await;
    let answer = move |request: &Request| {
        let query = |name: &str| {
            request
                .url
                .query_pairs()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let body: Value = request.body_json().unwrap_or_default();
        let start = match (query("pageNumber"), query("after")) {
            (Some(number), _) => (number.parse::<usize>().unwrap() - 1) * size,
            (None, Some(after)) => after.strip_prefix("after-").unwrap().parse().unwrap(),
            (None, None) => {
                let query = body.pointer("/MultipleObjectSearchQueries/0/Query");
                let skip = query.unwrap_or(&body)["Skip"].as_u64();
                usize::try_from(skip.unwrap_or(0)).unwrap()
            }
        };
        let end = count.min(start + size);
        let mut answer = envelope(
            (start..end)
                .map(|id| json!({"Id": id.to_string(), "DocumentId": "d"}))
                .collect(),
        );
        let says = says(Page {
            end,
            more: end < count,
        });
        answer
            .as_object_mut()
            .unwrap()
            .extend(says.as_object().unwrap().clone());
        ResponseTemplate::new(200).set_body_json(answer)
    };
    Mock::given(matchers::any())
        .respond_with(answer)
        .mount(&server)
        .await;
    let client = client(&server);
    (server, client)
}

/// What a page can be told by.
pub(super) struct Page {
    /// How many records there are up to its end.
    pub(super) end: usize,
    /// Whether others follow.
    pub(super) more: bool,
}

fn ids(records: &[Record]) -> Vec<&str> {
    records
        .iter()
        .map(|record| record["Id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_list_goes_on_as_long_as_the_server_says() {
    let (server, client) = paged(5, 2, |page| json!({"HasMoreRecords": page.more})).await;
    let records = client
        .records("Account")
        .list()
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(ids(&records), ["0", "1", "2", "3", "4"]);
    assert_eq!(
        sent(&server).await,
        [
            "GET /api/data/v1/Account?pageNumber=1",
            "GET /api/data/v1/Account?pageNumber=2",
            "GET /api/data/v1/Account?pageNumber=3",
        ]
    );
}

#[tokio::test]
async fn a_list_goes_to_the_empty_page_where_the_server_says_nothing() {
    let (server, client) = paged(3, 2, |_| json!({})).await;
    let mut stream = client.records("Account").list().page_size(500).stream();
    let mut seen = Vec::new();
    while let Some(record) = stream.try_next().await.unwrap() {
        seen.push(record);
    }
    assert_eq!(ids(&seen), ["0", "1", "2"]);
    assert_eq!(sent(&server).await.len(), 3);
}

#[tokio::test]
async fn a_list_sends_its_settings_with_every_page() {
    let (server, client) = paged(
        3,
        2,
        |page| json!({"HasMoreRecords": page.more, "RecordCount": 3}),
    )
    .await;
    let list = client
        .records("Widget_c")
        .list()
        .criteria(Criteria::eq("Name", "O'Hara & Sons").and(Criteria::gt("Size_c", 5)))
        .sort("Name", SortDirection::Descending)
        .page_size(2)
        .with_header("x-trace", "abc");
    let first = list.page(1).await.unwrap();
    assert_eq!(
        (first.records.len(), first.has_more, first.record_count),
        (2, Some(true), Some(3))
    );
    let pages: Vec<_> = TryStreamExt::try_collect(list.pages()).await.unwrap();
    assert_eq!(pages.len(), 2);
    let criteria = "criteria=Name+%3D+%27O%27%27Hara+%26+Sons%27+AND+Size_c+%3E+%275%27";
    let expected = |number| {
        format!(
            "GET /api/data/v1/custom-objects/Widget_c?{criteria}&sortField=Name&sortDirection=Descending&pageSize=2&pageNumber={number}"
        )
    };
    assert_eq!(sent(&server).await, [expected(1), expected(1), expected(2)]);
    assert!(
        server
            .received_requests()
            .await
            .unwrap()
            .iter()
            .all(|request| request.headers["x-trace"] == "abc")
    );
}

#[tokio::test]
async fn nothing_is_a_list_of_nothing() {
    for answer in [
        ResponseTemplate::new(204),
        ResponseTemplate::new(200).set_body_json(envelope(json!(null))),
        ResponseTemplate::new(200).set_body_json(envelope(json!([]))),
    ] {
        let (_server, client) = answering_with(answer).await;
        assert!(
            client
                .records("Account")
                .list()
                .stream()
                .try_collect()
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            client
                .records("Account")
                .query()
                .stream()
                .try_collect()
                .await
                .unwrap()
                .is_empty()
        );
    }
}

#[tokio::test]
async fn a_query_may_be_given_whole() {
    let server = MockServer::start().await;
    Mock::given(matchers::body_partial_json(json!({"Skip": 1})))
        .respond_with(ResponseTemplate::new(200).set_body_json(envelope(json!([]))))
        .mount(&server)
        .await;
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(200).set_body_json(envelope(json!([{"Id": "1"}]))))
        .with_priority(9)
        .mount(&server)
        .await;
    let accounts = client(&server).records("Account");
    let whole = json!({"ObjectName": "Account", "Having": "COUNT(Id) > 1"});
    let query = accounts.query().criteria("replaced").with_json(&whole);
    assert_eq!(query.stream().try_collect().await.unwrap().len(), 1);
    let bodies: Vec<serde_json::Value> = server
        .received_requests()
        .await
        .unwrap()
        .iter()
        .map(|request| request.body_json().unwrap())
        .collect();
    let next = json!({"ObjectName": "Account", "Having": "COUNT(Id) > 1", "Skip": 1});
    assert_eq!(bodies, [whole, next]);

    let error = accounts.query().with_json(&[1]).page().await.unwrap_err();
    assert!(matches!(error, Error::Request(_)), "{error}");
}

#[tokio::test]
async fn what_is_no_list_of_records_is_an_error_that_has_it() {
    for data in [
        json!("3 records"),
        json!({"Id": "1"}),
        json!(["1"]),
        json!([{"Id": "1"}, null]),
    ] {
        let answer = envelope(data);
        let (_server, client) = answering(200, answer.clone()).await;
        let error = client.records("Account").list().page(1).await.unwrap_err();
        assert_eq!(error.body().unwrap().json(), Some(answer));
    }
}

#[tokio::test]
async fn the_first_record_is_read_as_strictly_as_the_others() {
    #[derive(Debug, serde::Deserialize)]
    struct Row {
        #[serde(rename = "Amount")]
        _amount: f64,
    }
    let (_server, client) =
        answering(200, envelope(json!([{"Id": "1", "Amount": "secret"}]))).await;
    let error = client
        .records("Account")
        .typed::<Row>()
        .list()
        .page(1)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("expected f64") && !error.to_string().contains("secret"),
        "{error}"
    );
}

#[tokio::test]
async fn an_error_ends_a_list_after_the_pages_before_it() {
    let server = MockServer::start().await;
    let first = envelope(json!([{"Id": "1"}]));
    Mock::given(matchers::query_param("pageNumber", "1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(first))
        .mount(&server)
        .await;
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(500))
        .with_priority(9)
        .mount(&server)
        .await;
    let results: Vec<_> = client(&server)
        .records("Account")
        .list()
        .stream()
        .collect()
        .await;
    assert_eq!(results.len(), 2);
    assert!(results[0].is_ok());
    assert_eq!(results[1].as_ref().unwrap_err().status().unwrap(), 500);
}

#[tokio::test]
async fn a_server_that_gives_the_same_page_for_ever_is_noticed() {
    let (server, client) = answering(200, envelope(json!([{"Id": "1"}, {"Id": "2"}]))).await;
    for mut pages in [
        client.records("Account").list().pages(),
        client.records("Account").query().pages(),
    ] {
        assert_eq!(pages.try_next().await.unwrap().unwrap().records.len(), 2);
        let error = pages.try_next().await.unwrap_err();
        assert!(
            matches!(&error, Error::Paging { object, .. } if object == "Account"),
            "{error}"
        );
        assert!(pages.try_next().await.unwrap().is_none());
    }
    assert_eq!(sent(&server).await.len(), 4);
}

#[tokio::test]
async fn a_cursor_that_leads_back_is_noticed() {
    let mut page = envelope(json!([{"Name": "x"}]));
    page["NextCursor"] = json!("here");
    let (server, client) = answering(200, page).await;
    let results: Vec<_> = client
        .records("Account")
        .query()
        .select(["Name"])
        .stream()
        .collect()
        .await;
    assert!(matches!(results.last().unwrap(), Err(Error::Paging { .. })));
    assert_eq!(sent(&server).await.len(), 2);
}

#[tokio::test]
async fn more_that_never_comes_is_noticed() {
    let mut page = envelope(json!([]));
    page["HasMoreRecords"] = json!(true);
    let (_server, client) = answering(200, page).await;
    for result in [
        client
            .records("Account")
            .list()
            .stream()
            .try_collect()
            .await,
        client
            .records("Account")
            .query()
            .stream()
            .try_collect()
            .await,
    ] {
        assert!(matches!(result.unwrap_err(), Error::Paging { .. }));
    }
}

#[tokio::test]
async fn an_answer_without_a_body_is_not_the_end_of_a_list() {
    let server = MockServer::start().await;
    let mut first = envelope(json!([{"Id": "0"}]));
    first["HasMoreRecords"] = json!(true);
    first["NextCursor"] = json!("after-1");
    let whole = ResponseTemplate::new(200).set_body_json(first);
    for (answer, times) in [(whole, 1), (ResponseTemplate::new(200), u64::MAX)] {
        let mock = Mock::given(matchers::any()).respond_with(answer);
        mock.up_to_n_times(times).mount(&server).await;
    }
    let mut stream = client(&server).records("Account").query().stream();
    assert!(stream.try_next().await.unwrap().is_some());
    let error = stream.try_next().await.unwrap_err();
    assert!(matches!(error, Error::Paging { .. }), "{error}");
    assert!(
        stream.position().is_some(),
        "where the list can be taken up again"
    );
}

#[tokio::test]
async fn a_query_follows_the_cursor() {
    let (server, client) = paged(5, 2, |page| {
        let cursor = page.more.then(|| format!("after-{}", page.end));
        json!({"HasMoreRecords": page.more, "NextCursor": cursor, "RecordCount": 5})
    })
    .await;
    let records = client
        .records("Account")
        .query()
        .page_size(2)
        .skip(1)
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(ids(&records), ["1", "2", "3", "4"]);
    assert_eq!(
        sent(&server).await,
        [
            r#"POST /api/data/v1/Account/query {"Limit":2,"ObjectName":"Account","Skip":1}"#,
            // A server that skips behind the cursor too would lose records on every page.
            r#"POST /api/data/v1/Account/query?after=after-3 {"Limit":2,"ObjectName":"Account"}"#,
        ]
    );
}

#[tokio::test]
async fn services_that_take_no_cursor_are_asked_to_skip() {
    let (server, client) = paged(
        4,
        2,
        |page| json!({"HasMoreRecords": page.more, "NextCursor": "unusable"}),
    )
    .await;
    let search = client.search();
    for mut stream in [
        search.full_text("Account", "rose").stream(),
        search.related("Account").stream(),
    ] {
        for id in ["0", "1", "2", "3"] {
            let record = stream.try_next().await.unwrap().unwrap();
            assert_eq!(record["Id"], id);
        }
        assert!(stream.try_next().await.unwrap().is_none());
    }
    let versions = client.documents().search().stream();
    assert_eq!(versions.try_collect().await.unwrap().len(), 4);
    assert_eq!(sent(&server).await.len(), 6);

    let cursor =
        json!({"object": "Account", "at": {"cursor": "unusable"}, "passed": 2, "taken": 0});
    let cursor = serde_json::from_value(cursor).unwrap();
    let mut stream = search
        .full_text("Account", "rose")
        .starting_at(cursor)
        .stream();
    let error = stream.try_next().await.unwrap_err();
    assert!(error.to_string().contains("another list"), "{error}");
}

#[tokio::test]
async fn what_is_put_together_once_is_gone_through_twice() {
    /// A record that cannot be cloned.
    #[derive(Debug, serde::Deserialize)]
    struct Row {
        #[serde(rename = "Id")]
        id: String,
    }
    let (server, client) = paged(3, 2, |page| json!({"HasMoreRecords": page.more})).await;
    let records = client.records("Account").typed::<Row>();
    let (list, query) = (records.list().page_size(2), records.query().page_size(2));
    for rows in [
        list.clone().stream().try_collect().await.unwrap(),
        list.stream().try_collect().await.unwrap(),
        query.clone().stream().try_collect().await.unwrap(),
        query.stream().try_collect().await.unwrap(),
    ] {
        assert_eq!(rows[2].id, "2");
    }
    let requests = sent(&server).await;
    assert_eq!(
        (&requests[..2], &requests[4..6]),
        (&requests[2..4], &requests[6..])
    );
}

#[tokio::test]
async fn a_query_ends_with_the_page_that_has_no_cursor() {
    let (server, client) = paged(
        4,
        2,
        |page| json!({"NextCursor": page.more.then(|| format!("after-{}", page.end))}),
    )
    .await;
    let records = client
        .records("Account")
        .query()
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(records.len(), 4);
    assert_eq!(sent(&server).await.len(), 2);
}

#[tokio::test]
async fn a_query_skips_what_it_has_where_there_are_no_cursors() {
    for says in [
        (|page: Page| json!({"HasMoreRecords": page.more})) as fn(Page) -> Value,
        |_| json!({}),
    ] {
        let (server, client) = paged(3, 2, says).await;
        let records = client
            .records("Account")
            .query()
            .stream()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(ids(&records), ["0", "1", "2"]);
        assert_eq!(
            sent(&server).await[..2],
            [
                r#"POST /api/data/v1/Account/query {"ObjectName":"Account"}"#,
                r#"POST /api/data/v1/Account/query {"ObjectName":"Account","Skip":2}"#,
            ]
        );
    }
}

#[tokio::test]
async fn a_query_sends_the_published_body() {
    let (server, client) = answering(200, envelope(json!([]))).await;
    let query = client
        .records("Account")
        .query()
        .criteria("IsActive = 'true'")
        .select(["Id", "Name"])
        .distinct()
        .page_size(10)
        .skip(20)
        .sort("Name", SortDirection::Ascending)
        .group_by(["Industry"])
        .with_total();
    query.page().await.unwrap();
    query.page().await.unwrap();
    let body = sorted(json!({
        "ObjectName": "Account",
        "Criteria": "IsActive = 'true'",
        "Select": ["Id", "Name"],
        "Distinct": true,
        "Limit": 10,
        "Skip": 20,
        "Sort": {"FieldName": "Name", "OrderBy": "Ascending"},
        "GroupBy": ["Industry"],
    }));
    let line = format!("POST /api/data/v1/Account/query?IncludeTotalCount=true {body}");
    assert_eq!(sent(&server).await, [line.clone(), line]);
}

#[tokio::test]
async fn a_criteria_that_cannot_be_written_is_not_sent() {
    let (server, client) = answering(200, envelope(json!([]))).await;
    let criteria = Criteria::eq("Name = 'x' OR Name", "y");
    let accounts = client.records("Account");
    for error in [
        accounts
            .list()
            .criteria(criteria.clone())
            .page(1)
            .await
            .unwrap_err(),
        accounts
            .list()
            .criteria(criteria.clone())
            .stream()
            .try_next()
            .await
            .unwrap_err(),
        accounts
            .query()
            .criteria(criteria.clone())
            .page()
            .await
            .unwrap_err(),
        accounts
            .query()
            .criteria(criteria)
            .pages()
            .try_next()
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(error, Error::Request(_)), "{error}");
    }
    assert!(sent(&server).await.is_empty());
}
