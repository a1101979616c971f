//! What four operations of the Data service cost at the least: a program by hand that keeps accounts in memory and does
//! nothing else. It asks for no token, checks nothing, and forgets everything. `benches/sandbox.py` measures the sandbox
//! beside it.

#![expect(
    clippy::unwrap_used,
    reason = "a program that cannot run has nothing to say"
)]

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

type Record = Map<String, Value>;
type Accounts = Arc<RwLock<Table>>;

/// Records in order of creation, and where each stands.
#[derive(Default)]
struct Table {
    records: Vec<Record>,
    places: HashMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Paging {
    page_size: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Criteria {
    criteria: String,
    limit: usize,
}

#[tokio::main]
async fn main() {
    let accounts = "/api/data/v1/Account";
    let router = Router::new()
        .route(accounts, get(list).post(create))
        .route(&format!("{accounts}/bulk"), post(create_many))
        .route(&format!("{accounts}/query"), post(query))
        .route(&format!("{accounts}/{{id}}"), get(get_one))
        .with_state(Accounts::default());
    let port: u16 = std::env::args().nth(1).unwrap().parse().unwrap();
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

async fn get_one(State(accounts): State<Accounts>, Path(id): Path<String>) -> Response {
    let table = accounts.read().unwrap();
    match table.places.get(&id) {
        Some(&place) => answer(StatusCode::OK, json!(table.records[place])),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn list(State(accounts): State<Accounts>, Query(paging): Query<Paging>) -> Response {
    let table = accounts.read().unwrap();
    let page: Vec<&Record> = table
        .records
        .iter()
        .take(paging.page_size.unwrap_or(100))
        .collect();
    answer(StatusCode::OK, json!(page))
}

/// Takes a criteria of the form `Field = 'text'`.
async fn query(State(accounts): State<Accounts>, Json(query): Json<Criteria>) -> Response {
    let Some((field, text)) = query.criteria.split_once(" = ") else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let text = text.trim_matches('\'');
    let table = accounts.read().unwrap();
    let found: Vec<&Record> = table
        .records
        .iter()
        .filter(|record| record.get(field).and_then(Value::as_str) == Some(text))
        .take(query.limit)
        .collect();
    answer(StatusCode::OK, json!(found))
}

async fn create(State(accounts): State<Accounts>, Json(record): Json<Record>) -> Response {
    let id = accounts.write().unwrap().add(record);
    answer(StatusCode::CREATED, id.into())
}

async fn create_many(
    State(accounts): State<Accounts>,
    Json(records): Json<Vec<Record>>,
) -> Response {
    let mut table = accounts.write().unwrap();
    let ids = records.into_iter().map(|record| table.add(record));
    answer(StatusCode::CREATED, ids.collect())
}

impl Table {
    /// Adds a record; gives its `Id`, a new one if it has none.
    fn add(&mut self, mut record: Record) -> String {
        let given = record.get("Id").and_then(Value::as_str).map(str::to_owned);
        let id = given.unwrap_or_else(|| Uuid::new_v4().to_string());
        record.insert("Id".to_owned(), id.as_str().into());
        self.places.insert(id.clone(), self.records.len());
        self.records.push(record);
        id
    }
}

/// The platform's envelope.
fn answer(status: StatusCode, data: Value) -> Response {
    let envelope = json!({
        "Success": true,
        "RecordCount": data.as_array().map(Vec::len),
        "Data": data,
        "Errors": null,
        "Profile": null,
        "TotalTime": 0.0,
        "StatusCode": status.canonical_reason(),
        "HasMoreRecords": null,
        "NextCursor": null,
        "Warnings": null,
    });
    (status, Json(envelope)).into_response()
}
