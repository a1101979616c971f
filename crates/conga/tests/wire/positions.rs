//! Pages that are asked for ahead, and lists that are left and taken up again.

use std::time::Duration;

use conga::{Error, Position, Record};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{
    answering, client, envelope,
    paging::{Page, paged},
    sent,
};

/// What the server says of a page besides its records.
type Says = fn(Page) -> Value;

const NUMBERS: Says = |page| json!({"HasMoreRecords": page.more});
const CURSORS: Says = |page| json!({"HasMoreRecords": page.more, "NextCursor": page.more.then(|| format!("after-{}", page.end))});

fn id(record: &Record) -> usize {
    record["Id"].as_str().unwrap().parse().unwrap()
}

/// Stores a position and reads it back, as another process would.
fn stored(position: Option<Position>) -> Position {
    let text = serde_json::to_string(&position.unwrap()).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn the_next_page_is_asked_for_while_records_of_this_one_are_left() {
    let (server, client) = paged(300, 200, NUMBERS).await;
    let mut stream = client.records("Account").list().stream();
    let mut taken = 0;
    while sent(&server).await.len() < 2 {
        assert!(taken < 199, "the page is read, and no other was asked for");
        stream.try_next().await.unwrap();
        taken += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(stream.try_collect().await.unwrap().len(), 300 - taken);
    assert_eq!(sent(&server).await.len(), 2);
}

#[tokio::test]
async fn a_reader_at_the_end_of_a_page_stands_before_the_next() {
    let (server, client) = paged(9, 3, NUMBERS).await;
    let mut stream = client.records("Account").list().stream();
    for expected in 0..3 {
        assert_eq!(id(&stream.try_next().await.unwrap().unwrap()), expected);
    }
    let position = json!({"object": "Account", "at": {"page": 2}, "passed": 3, "taken": 0});
    assert_eq!(serde_json::to_value(stream.position()).unwrap(), position);
    let mut rest = Vec::new();
    while let Some(record) = stream.try_next().await.unwrap() {
        rest.push(id(&record));
    }
    assert_eq!(rest, [3, 4, 5, 6, 7, 8]);
    assert_eq!(sent(&server).await.len(), 3);
    assert_eq!(
        (stream.position(), stream.try_next().await.unwrap()),
        (None, None)
    );
}

#[tokio::test]
async fn without_prefetch_a_page_is_asked_for_when_it_is_needed() {
    let (server, client) = paged(9, 3, NUMBERS).await;
    let mut stream = client.records("Account").list().stream().without_prefetch();
    for _ in 0..3 {
        stream.try_next().await.unwrap();
    }
    assert_eq!(sent(&server).await.len(), 1);
    stream.try_next().await.unwrap();
    assert_eq!(sent(&server).await.len(), 2);
}

#[tokio::test]
async fn a_list_or_a_query_goes_on_from_any_record() {
    for says in [NUMBERS, CURSORS] {
        let (_server, client) = paged(8, 3, says).await;
        let records = client.records("Account");
        for taken in 0..8 {
            let (mut list, mut query) = (records.list().stream(), records.query().stream());
            for _ in 0..taken {
                list.try_next().await.unwrap();
                query.try_next().await.unwrap();
            }
            let positions = (stored(list.position()), stored(query.position()));
            let list = records.list().starting_at(positions.0).stream();
            let query = records.query().starting_at(positions.1).stream();
            for rest in [
                list.try_collect().await.unwrap(),
                query.try_collect().await.unwrap(),
            ] {
                assert_eq!(
                    rest.iter().map(id).collect::<Vec<_>>(),
                    (taken..8).collect::<Vec<_>>()
                );
            }
        }
    }
}

#[tokio::test]
async fn pages_go_on_from_the_next_page() {
    let (_server, client) = paged(8, 3, CURSORS).await;
    let mut pages = client.records("Account").query().pages();
    pages.try_next().await.unwrap();
    let position = stored(pages.position());
    let mut pages = client
        .records("Account")
        .query()
        .starting_at(position)
        .pages();
    let mut seen = Vec::new();
    while let Some(page) = pages.try_next().await.unwrap() {
        seen.push(page.records.iter().map(id).collect::<Vec<_>>());
    }
    assert_eq!(seen, [vec![3, 4, 5], vec![6, 7]]);
    assert_eq!(pages.position(), None);
}

#[tokio::test]
async fn after_an_error_the_list_goes_on_where_it_failed() {
    let (server, client) = paged(8, 3, NUMBERS).await;
    Mock::given(matchers::query_param("pageNumber", "2"))
        .respond_with(ResponseTemplate::new(503))
        .with_priority(1)
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let records = client.records("Account");
    let mut stream = records.list().stream();
    for expected in 0..3 {
        assert_eq!(id(&stream.try_next().await.unwrap().unwrap()), expected);
    }
    assert!(stream.try_next().await.unwrap_err().is_retryable());
    let position = stored(stream.position());
    let rest = records
        .list()
        .starting_at(position)
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(rest.iter().map(id).collect::<Vec<_>>(), [3, 4, 5, 6, 7]);
}

#[tokio::test]
async fn a_position_is_good_for_its_own_list_only() {
    let (server, client) = answering(200, envelope(json!([]))).await;
    let position = || {
        client
            .records("Account")
            .list()
            .stream()
            .position()
            .unwrap()
    };
    let others = [
        client
            .records("Contact")
            .list()
            .starting_at(position())
            .stream(),
        client
            .records("Account")
            .query()
            .starting_at(position())
            .stream(),
    ];
    for mut other in others {
        let error = other.try_next().await.unwrap_err();
        assert!(matches!(&error, Error::Request(_)), "{error}");
        assert!(error.to_string().contains("another list"), "{error}");
    }
    assert!(sent(&server).await.is_empty());
}

#[tokio::test]
async fn lists_of_other_services_are_left_and_taken_up_again_too() {
    let (_server, client) = paged(7, 3, NUMBERS).await;
    let mut versions = client.documents().search().stream();
    for _ in 0..4 {
        versions.try_next().await.unwrap();
    }
    let left = stored(versions.position());
    let rest = client.documents().search().starting_at(left.clone());
    let rest = rest.stream().try_collect().await.unwrap();
    let ids: Vec<&str> = rest.iter().map(|version| version.id.as_str()).collect();
    assert_eq!(ids, ["4", "5", "6"]);

    let other = client.api_connections().list().starting_at(left);
    let error = other.stream().try_next().await.unwrap_err();
    assert!(error.to_string().contains("another list"), "{error}");
    let mut connections = client.api_connections().list().stream();
    for _ in 0..6 {
        connections.try_next().await.unwrap();
    }
    let left = stored(connections.position());
    let rest = client.api_connections().list().starting_at(left);
    assert_eq!(rest.stream().try_collect().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_folder_without_a_token_is_not_read_for_ever() {
    for (truncated, ends) in [
        (json!(null), true),
        (json!(false), true),
        (json!(true), false),
    ] {
        let contents = json!([{"Name": "a", "Type": "File"}]);
        let names = json!([{"FileName": "a"}]);
        let page = json!({"Contents": contents, "IsTruncated": truncated});
        let (server, client) = answering(200, envelope(page)).await;
        let folder = client.files().list_folder("quotes").stream();
        assert_eq!(folder.try_collect().await.is_ok(), ends, "{truncated}");
        assert_eq!(sent(&server).await.len(), 1);
        let page = json!({"FilesInfo": names, "IsTruncated": truncated});
        let (server, client) = answering(200, envelope(page)).await;
        let files = client.files().list("quotes").stream();
        assert_eq!(files.try_collect().await.is_ok(), ends, "{truncated}");
        assert_eq!(sent(&server).await.len(), 1);
    }
}

#[tokio::test]
async fn a_folder_is_left_and_taken_up_again_by_its_token() {
    let server = MockServer::start().await;
    let page = |name: &str, token: Option<&str>| {
        envelope(json!({
            "Contents": [{"Name": name, "Type": "File"}],
            "IsTruncated": token.is_some(),
            "ContinuationToken": token,
        }))
    };
    Mock::given(matchers::body_partial_json(
        json!({"ContinuationToken": "t1"}),
    ))
    .respond_with(ResponseTemplate::new(200).set_body_json(page("b", None)))
    .with_priority(1)
    .mount(&server)
    .await;
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(200).set_body_json(page("a", Some("t1"))))
        .mount(&server)
        .await;
    let files = client(&server).files();
    let mut stream = files.list_folder("quotes").stream().without_prefetch();
    stream.try_next().await.unwrap();
    let left = stored(stream.position());
    let rest = files.list_folder("quotes").starting_at(left).stream();
    let rest = rest.try_collect().await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].name.as_deref(), Some("b"));
}
