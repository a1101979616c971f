//! How long calls take as a table grows, over HTTP, from 1,000 records to 1,000,000 in one data file.
//!
//!     cargo bench -p conga-sandbox --bench records
//!
//! `CONGA_BENCH_RECORDS=100000` stops at that size. Each call is measured at each size, so that the times of one
//! call can be held against each other: what does not read more records must not take longer.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(missing_docs, reason = "criterion makes the functions")]

use std::time::Duration;

use conga_sandbox::{Sandbox, Seed};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Records of one bulk call.
const BATCH: usize = 1_000;

const INDUSTRIES: [&str; 5] = ["Utilities", "Chemicals", "Retail", "Mining", "Software"];

struct Bench {
    sandbox: Sandbox,
    client: Client,
    token: String,
}

impl Bench {
    async fn start(file: &std::path::Path) -> Self {
        let builder = Sandbox::builder().seed(Seed::Empty).data_file(file);
        let sandbox = builder.start().await.unwrap();
        let client = Client::new();
        let account = &sandbox.accounts().integration;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &account.client_id),
            ("client_secret", &account.client_secret),
        ];
        let answer = client.post(sandbox.token_url()).form(&form).send().await;
        let body: Value = answer.unwrap().json().await.unwrap();
        Self {
            token: body["access_token"].as_str().unwrap().to_owned(),
            sandbox,
            client,
        }
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.sandbox.base_url());
        let request = self.client.request(method.parse().unwrap(), url);
        request.bearer_auth(&self.token)
    }

    /// The cursor that leads from the record in this position of a query's answer to the rest.
    async fn cursor(&self, mut query: Value, at: usize) -> String {
        query["Skip"] = at.into();
        query["Limit"] = 1.into();
        let request = self.request("POST", "/api/data/v1/Account/query");
        let answer = request.json(&query).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["NextCursor"].as_str().unwrap().to_owned()
    }

    /// Adds the records from one position to another.
    async fn fill(&self, from: usize, to: usize) {
        for start in (from..to).step_by(BATCH) {
            let rows: Value = (start..to.min(start + BATCH)).map(record).collect();
            let request = self.request("POST", "/api/data/v1/Account/bulk");
            let answer = request.json(&rows).send().await.unwrap();
            assert_eq!(answer.status(), 201);
        }
    }
}

/// The account in this position. Its name is its own, its site that of ten, its industry that of every fifth.
fn record(at: usize) -> Value {
    json!({
        "Id": id(at),
        "Name": format!("Customer {at}"),
        "ExternalId": format!("X-{at}"),
        "Industry": INDUSTRIES[at % INDUSTRIES.len()],
        "Site": format!("Site {}", at / 10),
        "Rating": format!("{:05}", (at * 7919) % 100_000),
        "AnnualRevenue": at,
        "Description": format!("Maker of part {at} for {}", INDUSTRIES[at % 3]),
        "Owner": {"Id": "u1", "Name": "Ingrid"},
        "IsActive": at.is_multiple_of(2),
    })
}

fn id(at: usize) -> String {
    format!("00000000-0000-4000-8000-{at:012}")
}

/// A page of a query in this order.
fn sorted(field: &str) -> Value {
    json!({"Sort": {"FieldName": field, "OrderBy": "Descending"}, "Limit": 100})
}

/// The calls: name, method, path and body, for a table of this size. The cursors lead to its middle, in the order of creation and by
/// name.
fn calls(
    size: usize,
    [cursor, by_name]: [String; 2],
) -> Vec<(&'static str, &'static str, String, Value)> {
    let middle = size / 2;
    let list = "/api/data/v1/Account";
    let query = "/api/data/v1/Account/query";
    let search = "/api/search/v1/objects/Account/query";
    vec![
        ("get", "GET", format!("{list}/{}", id(middle)), Value::Null),
        ("list, first page", "GET", list.to_owned(), Value::Null),
        (
            "list, page of 10 in the middle",
            "GET",
            format!("{list}?pageSize=10&pageNumber={}", middle / 10),
            Value::Null,
        ),
        (
            "list, sorted by name",
            "GET",
            format!("{list}?sortField=Name"),
            Value::Null,
        ),
        (
            "list, latest first",
            "GET",
            format!("{list}?sortField=CreatedDate"),
            Value::Null,
        ),
        (
            "query, one by name",
            "POST",
            query.to_owned(),
            json!({"Criteria": format!("Name = 'Customer {middle}'")}),
        ),
        (
            "query, ten by site",
            "POST",
            query.to_owned(),
            json!({"Criteria": format!("Site = 'Site {}'", middle / 10)}),
        ),
        (
            "query, a fifth by industry",
            "POST",
            query.to_owned(),
            json!({"Criteria": "Industry = 'Mining'"}),
        ),
        (
            "query, none",
            "POST",
            query.to_owned(),
            json!({"Criteria": "AnnualRevenue < 0"}),
        ),
        (
            "query, name like",
            "POST",
            query.to_owned(),
            json!({"Criteria": format!("Name LIKE 'customer {middle}%'")}),
        ),
        (
            "query, sorted by rating",
            "POST",
            query.to_owned(),
            sorted("Rating"),
        ),
        (
            "query, after a cursor in the middle",
            "POST",
            format!("{query}?after={cursor}"),
            json!({"Limit": 100}),
        ),
        (
            "query by name, after a cursor in the middle",
            "POST",
            format!("{query}?after={by_name}"),
            sorted("Name"),
        ),
        (
            "query, total count",
            "POST",
            format!("{query}?IncludeTotalCount=true"),
            json!({"Limit": 10}),
        ),
        (
            "query, count of a fifth",
            "POST",
            format!("{query}?IncludeTotalCount=true"),
            json!({"Criteria": "Industry = 'Mining'", "Limit": 10}),
        ),
        (
            "query, distinct industries",
            "POST",
            query.to_owned(),
            json!({"Select": ["Industry"], "Distinct": true}),
        ),
        ("summary", "GET", format!("{list}/summary"), Value::Null),
        (
            "search, type-ahead",
            "POST",
            search.to_owned(),
            json!({"SearchType": "Typeahead", "Criteria": format!("cust {middle}"), "Limit": 10}),
        ),
        (
            "search, full text",
            "POST",
            search.to_owned(),
            json!({"SearchType": "Fulltext", "Criteria": format!("part {middle}"), "Limit": 10}),
        ),
        (
            "update",
            "PUT",
            format!("{list}/{}", id(middle)),
            json!({"Site": format!("Site {}", middle / 10)}),
        ),
        (
            "upsert of ten",
            "PATCH",
            format!("{list}/bulk?UpdateByField=ExternalId"),
            (middle..middle + 10).map(record).collect(),
        ),
    ]
}

fn growth(c: &mut Criterion) {
    let most = std::env::var("CONGA_BENCH_RECORDS").ok();
    let most: usize = most.map_or(usize::MAX, |most| most.parse().unwrap());
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bench = runtime.block_on(Bench::start(&folder.path().join("conga.db")));
    let mut filled = 0;
    for size in SIZES.into_iter().filter(|size| *size <= most) {
        runtime.block_on(bench.fill(filled, size));
        filled = size;
        let cursors = [json!({}), sorted("Name")]
            .map(|query| runtime.block_on(bench.cursor(query, size / 2)));
        for (name, method, path, body) in calls(size, cursors) {
            let mut group = c.benchmark_group(name);
            group
                .sample_size(10)
                .warm_up_time(Duration::from_millis(500))
                .measurement_time(Duration::from_secs(2));
            let call = async || {
                let request = bench.request(method, &path);
                let request = match &body {
                    Value::Null => request,
                    body => request.json(body),
                };
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status(), 200);
                answer.bytes().await.unwrap()
            };
            // The first search brings the index up.
            runtime.block_on(call());
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                bencher.to_async(&runtime).iter(&call);
            });
        }
    }
}

criterion_group!(benches, growth);
criterion_main!(benches);
