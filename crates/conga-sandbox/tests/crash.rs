//! The program is killed while it writes, again and again: what was answered is there, whole, and once.
//!
//! `CONGA_CRASH_ROUNDS=50 cargo test -p conga-sandbox --test crash -- --nocapture` kills it 50 times and prints what it saw.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stdout, reason = "the test reports what it saw")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::process::Process;
use reqwest::Client;
use serde_json::{Value, json};

/// Rounds unless `CONGA_CRASH_ROUNDS` says otherwise.
const ROUNDS: usize = 3;
const WRITERS: usize = 8;
/// Records of one bulk call.
const BULK: usize = 10;
const OBJECT: &str = "/api/data/v1/custom-objects/Crash_c";
const QUERY: &str = "/api/data/v1/custom-objects/query/Crash_c";

/// What is known of the records, by their names: their version, `None` where deleted.
type Known = BTreeMap<String, Option<i64>>;

/// A write that was not answered: what it would have done, all of it or nothing.
type InFlight = Vec<(String, Option<i64>)>;

/// One of several that write at the same time, each to its own records.
struct Writer {
    client: Client,
    name: String,
    /// Id and name of the records that live.
    living: Vec<(String, String)>,
    known: Known,
    steps: usize,
}

#[derive(Default)]
struct Seen {
    answered: usize,
    kept: usize,
    undone: usize,
}

impl Writer {
    fn new(round: usize, number: usize) -> Self {
        Self {
            client: Client::new(),
            name: format!("{round}-{number}"),
            living: Vec::new(),
            known: Known::new(),
            steps: number,
        }
    }

    /// Writes until the program is gone; gives what was in flight then.
    async fn run(
        mut self,
        process: Arc<Process>,
        token: String,
        answered: Arc<AtomicUsize>,
    ) -> (Known, InFlight) {
        loop {
            self.steps += 1;
            let (method, path, body, change) = self.next();
            let request = process.request(&self.client, method, &path, &token);
            let request = if body.is_null() {
                request
            } else {
                request.json(&body)
            };
            let answer = match request.send().await {
                Ok(answer) => answer,
                Err(_) => return (self.known, change),
            };
            let status = answer.status();
            let Ok(answer) = answer.json::<Value>().await else {
                return (self.known, change);
            };
            assert!(status.is_success(), "{method} {path}: {status} {answer}");
            answered.fetch_add(1, Ordering::Relaxed);
            self.learn(&answer["Data"], &change);
        }
    }

    /// The next write: create one, create many, change one, delete one.
    fn next(&self) -> (&'static str, String, Value, InFlight) {
        let version = self.steps as i64;
        let name = |at: usize| format!("{}-{}-{at}", self.name, self.steps);
        let victim = self.living.get(self.steps % self.living.len().max(1));
        match (self.steps % 4, victim) {
            (1, _) => {
                let rows = (0..BULK).map(|at| json!({"Name": name(at), "Version": version}));
                let change = (0..BULK).map(|at| (name(at), Some(version))).collect();
                ("POST", format!("{OBJECT}/bulk"), rows.collect(), change)
            }
            (2, Some((id, name))) => {
                let change = vec![(name.clone(), Some(version))];
                (
                    "PUT",
                    format!("{OBJECT}/{id}"),
                    json!({"Version": version}),
                    change,
                )
            }
            (3, Some((id, name))) => {
                let change = vec![(name.clone(), None)];
                ("DELETE", format!("{OBJECT}/{id}"), Value::Null, change)
            }
            _ => {
                let row = json!({"Name": name(0), "Version": version});
                (
                    "POST",
                    OBJECT.to_owned(),
                    row,
                    vec![(name(0), Some(version))],
                )
            }
        }
    }

    /// Takes over what was answered.
    fn learn(&mut self, data: &Value, change: &InFlight) {
        let ids: Vec<&str> = match data {
            Value::String(id) => vec![id],
            Value::Array(ids) => ids.iter().map(|id| id.as_str().unwrap()).collect(),
            _ => Vec::new(),
        };
        for (at, (name, version)) in change.iter().enumerate() {
            let is_new = self.known.insert(name.clone(), *version).is_none();
            if is_new {
                self.living.push((ids[at].to_owned(), name.clone()));
            }
            if version.is_none() {
                self.living.retain(|(_, living)| living != name);
            }
        }
    }
}

/// Starts the program, has it written to, and kills it once so many writes are answered.
async fn round(data: &Path, round: usize, seen: &mut Seen) -> (Vec<Known>, Vec<InFlight>) {
    let process = Arc::new(Process::start(data));
    let token = process.token(&Client::new()).await;
    let answered = Arc::new(AtomicUsize::new(0));
    let writers = (0..WRITERS).map(|number| {
        let writer = Writer::new(round, number);
        tokio::spawn(writer.run(process.clone(), token.clone(), answered.clone()))
    });
    let writers: Vec<_> = writers.collect();
    // Another moment each time.
    let enough = 20 + (round * 37) % 200;
    while answered.load(Ordering::Relaxed) < enough {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    process.kill();
    let (mut known, mut in_flight) = (Vec::new(), Vec::new());
    for writer in writers {
        let (its_known, its_in_flight) = writer.await.unwrap();
        known.push(its_known);
        in_flight.push(its_in_flight);
    }
    seen.answered += answered.load(Ordering::Relaxed);
    (known, in_flight)
}

/// All records that are there, by name.
async fn stored(process: &Process) -> BTreeMap<String, Vec<i64>> {
    let client = Client::new();
    let token = process.token(&client).await;
    let mut stored: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let mut after = String::new();
    loop {
        let path = format!("{QUERY}?after={after}");
        let query = json!({"Select": ["Name", "Version"], "Limit": 1_000});
        let request = process.request(&client, "POST", &path, &token).json(&query);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        for record in answer["Data"].as_array().unwrap() {
            let name = record["Name"].as_str().unwrap().to_owned();
            let version = record["Version"].as_i64().unwrap();
            stored.entry(name).or_default().push(version);
        }
        match answer["NextCursor"].as_str() {
            Some(next) => after = next.to_owned(),
            None => return stored,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answered_write_survives_a_kill_and_none_is_there_twice() {
    let rounds =
        std::env::var("CONGA_CRASH_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("conga.db");
    let mut known = Known::new();
    let mut seen = Seen::default();
    for number in 0..rounds {
        let (its_known, in_flight) = round(&data, number, &mut seen).await;
        known.extend(its_known.into_iter().flatten());
        let stored = stored(&Process::start(&data)).await;
        for change in in_flight {
            let holds = change.iter().filter(|(name, version)| {
                stored.get(name).map(Vec::as_slice) == version.as_ref().map(std::slice::from_ref)
            });
            let whole = holds.count() == change.len();
            if whole {
                seen.kept += 1;
                known.extend(change);
            } else {
                seen.undone += 1;
            }
        }
        let wanted: BTreeMap<String, Vec<i64>> = known
            .iter()
            .filter_map(|(name, version)| Some((name.clone(), vec![(*version)?])))
            .collect();
        assert_eq!(stored, wanted, "after round {number}");
    }
    check_file(&data, &known);
    println!(
        "killed {rounds} times: {} writes answered, all there; {} records and {} deletions, none twice; \
         of {} writes in flight {} were kept whole and {} undone",
        seen.answered,
        known.values().flatten().count(),
        known.values().filter(|version| version.is_none()).count(),
        seen.kept + seen.undone,
        seen.kept,
        seen.undone
    );
}

/// The file is sound, and its counts are those of its records.
fn check_file(data: &Path, known: &Known) {
    let file = rusqlite::Connection::open(data).unwrap();
    let one = |sql: &str| -> String { file.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(one("PRAGMA integrity_check"), "ok");
    let living = known.values().flatten().count().to_string();
    let counted = "SELECT CAST(records AS TEXT) FROM usage WHERE object = 'Crash_c'";
    assert_eq!(one(counted), living);
}
