//! Several chunks at once, and rows that are sent again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use conga::{By, records::Outcome};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

use super::{
    answering_with,
    bulk::{echo, rows},
    client, sent,
};

fn shown(outcomes: impl Iterator<Item = &'static str>) -> String {
    outcomes.collect()
}

fn letter(outcome: Outcome<'_>) -> &'static str {
    match outcome {
        Outcome::Done => "D",
        Outcome::NotDone(Some(_)) => "N",
        Outcome::NotDone(None) => "-",
        Outcome::Unsure(_) => "?",
    }
}

/// A server that fails the chunk with `row` by `answer`, and echoes all others.
async fn failing(row: &str, answer: ResponseTemplate) -> (MockServer, conga::Client) {
    let server = MockServer::start().await;
    Mock::given(matchers::body_string_contains(format!("\"{row}\"")))
        .respond_with(answer)
        .with_priority(1)
        .mount(&server)
        .await;
    Mock::given(matchers::any())
        .respond_with(echo)
        .mount(&server)
        .await;
    let client = client(&server);
    (server, client)
}

/// Waits until so many requests have come.
async fn requests(server: &MockServer, count: usize) {
    while sent(server).await.len() < count {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn chunks_are_under_way_at_once_up_to_the_bound() {
    let never = ResponseTemplate::new(200).set_delay(Duration::from_secs(600));
    let (server, client) = answering_with(never).await;
    let rows = rows(9);
    let accounts = client.records("Account");
    let bulk = accounts.bulk_create(&rows).chunk_size(1).concurrency(3);
    let seen = async {
        requests(&server, 3).await;
        // Time for a fourth.
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    tokio::select! {
        _ = bulk.into_future() => unreachable!("no chunk is answered"),
        () = seen => {}
    }
    assert_eq!(sent(&server).await.len(), 3);
}

#[tokio::test]
async fn chunks_are_reported_in_the_order_of_their_rows() {
    let server = MockServer::start().await;
    let started = Arc::new(AtomicUsize::new(0));
    let counted = started.clone();
    // The first chunk is answered last.
    Mock::given(matchers::any())
        .respond_with(move |request: &Request| {
            let delay = if counted.fetch_add(1, Ordering::SeqCst) == 0 {
                300
            } else {
                0
            };
            echo(request).set_delay(Duration::from_millis(delay))
        })
        .mount(&server)
        .await;
    let rows = rows(9);
    let report = client(&server)
        .records("Account")
        .bulk_create(&rows)
        .chunk_size(2)
        .concurrency(3)
        .await;
    let expected: Vec<String> = (0..9).map(|row| format!("r{row}")).collect();
    assert_eq!(report.ids().collect::<Vec<_>>(), expected);
    assert_eq!(report.row_ids().flatten().count(), 9);
    assert_eq!(started.load(Ordering::SeqCst), 5);
    assert!(report.unsent.is_empty());
}

#[tokio::test]
async fn a_failure_of_the_way_keeps_further_chunks_back_and_waits_for_those_under_way() {
    let (server, client) = failing("r0", ResponseTemplate::new(403)).await;
    let rows = rows(20);
    let report = client
        .records("Account")
        .bulk_create(&rows)
        .chunk_size(1)
        .concurrency(4)
        .await;
    let requests = sent(&server).await.len();
    assert!((4..20).contains(&requests), "{requests}");
    assert_eq!(report.chunks.len(), requests);
    assert_eq!(report.unsent, requests..20);
    let outcomes = shown(report.outcomes().map(letter));
    assert_eq!(
        outcomes,
        format!("N{}{}", "D".repeat(requests - 1), "-".repeat(20 - requests))
    );
}

#[tokio::test]
async fn what_failed_is_parted_by_whether_it_may_have_been_done() {
    let garbage = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    let partly = ResponseTemplate::new(207).set_body_json(
        json!({"Success": true, "Data": ["r2"], "Errors": [{"Message": "a row is bad"}]}),
    );
    for (answer, outcomes) in [
        (ResponseTemplate::new(400), "DDNNDD"),
        (ResponseTemplate::new(409), "DDNNDD"),
        (ResponseTemplate::new(401), "DDNN--"),
        (ResponseTemplate::new(429), "DDNN--"),
        (ResponseTemplate::new(500), "DD??--"),
        (ResponseTemplate::new(502), "DD??--"),
        (garbage, "DD??DD"),
        (partly, "DD??DD"),
    ] {
        let (_server, client) = failing("r2", answer).await;
        let rows = rows(6);
        let report = client
            .records("Account")
            .bulk_create(&rows)
            .chunk_size(2)
            .await;
        assert_eq!(shown(report.outcomes().map(letter)), outcomes);
        let failed = report.failed(&rows);
        let place = |row: &&Value| rows.iter().position(|other| other == *row).unwrap();
        let at = |letters: &str| {
            let letters: Vec<char> = letters.chars().collect();
            let is = |at: &usize| letters.contains(&outcomes.chars().nth(*at).unwrap());
            (0..6).filter(is).collect::<Vec<_>>()
        };
        assert_eq!(
            failed.not_done.iter().map(place).collect::<Vec<_>>(),
            at("N-")
        );
        assert_eq!(failed.unsure.iter().map(place).collect::<Vec<_>>(), at("?"));
        assert_eq!(report.row_ids().count(), 6);
    }
}

#[tokio::test]
async fn faults_of_rows_in_a_success_are_not_complete() {
    let partly = ResponseTemplate::new(207).set_body_json(
        json!({"Success": true, "Data": ["r2"], "Errors": [{"Message": "a row is bad"}]}),
    );
    let (_server, client) = failing("r2", partly).await;
    let rows = rows(6);
    let records = client.records("Account");
    let report = records.bulk_create(&rows).chunk_size(2).await;
    let error = report.complete().unwrap_err();
    assert_eq!(error.messages(), ["a row is bad"]);
    assert!(error.may_have_been_processed());
    assert!(error.to_string().contains("rows 2 to 3"), "{error}");
}

#[tokio::test]
async fn failed_rows_are_sent_again_as_they_are() {
    let (server, client) = failing("r1", ResponseTemplate::new(400)).await;
    let rows = rows(3);
    let accounts = client.records("Account");
    let report = accounts.bulk_upsert(By::Id, &rows).chunk_size(1).await;
    let failed = report.failed(&rows);
    let again = accounts.bulk_upsert(By::Id, &failed.not_done).await;
    assert_eq!(again.failures().count(), 1);
    let names = ["r0".to_owned(), "r1".to_owned()];
    let deleted = accounts.bulk_delete(By::Id, &names).chunk_size(1).await;
    let _ = accounts
        .bulk_delete(By::Id, &deleted.failed(&names).not_done)
        .await;
    let requests = sent(&server).await;
    assert_eq!(requests[3], requests[1]);
    assert_eq!(requests[6], requests[5]);
}

#[tokio::test]
async fn dropped_half_way_nothing_more_is_sent() {
    let late = Duration::from_secs(2);
    let (server, client) = failing("r0", ResponseTemplate::new(200).set_delay(late)).await;
    let rows = rows(9);
    let accounts = client.records("Account");
    let bulk = accounts.bulk_create(&rows).chunk_size(1);
    tokio::select! {
        _ = bulk.into_future() => unreachable!("the first chunk is answered late"),
        () = requests(&server, 1) => {}
    }
    // By then the second chunk would be on its way, if anybody went on.
    tokio::time::sleep(late * 2).await;
    assert_eq!(sent(&server).await.len(), 1);
}
