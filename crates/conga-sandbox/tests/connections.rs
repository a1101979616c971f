//! Many connections at once, and none to be had.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stdout, reason = "the test reports what it saw")]

mod common;

use std::io;
use std::time::{Duration, Instant};

use common::process::Process;
use futures_util::{StreamExt as _, stream};
use reqwest::Client;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const CONNECTIONS: usize = 10_000;

/// Files that the test itself has open, with room to spare.
const OTHERS: usize = 200;

/// Connections that send no head are given up after 30 seconds, which a slow machine may see. Until then all are open.
const PATIENCE: Duration = Duration::from_secs(25);

const ACCOUNTS: &str = "/api/data/v1/Account";

/// What [`ask`] is answered.
const NOT_FOUND: &str = "HTTP/1.1 404 Not Found";

/// What a client does with its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing.
    Idle,
    /// It begins a head and never ends it.
    SlowHead,
    /// It begins a body and never ends it.
    SlowBody,
    /// It makes requests.
    Good,
}

impl Kind {
    fn of(number: usize) -> Self {
        match number % 4 {
            0 => Self::Idle,
            1 => Self::SlowHead,
            2 => Self::SlowBody,
            _ => Self::Good,
        }
    }
}

/// As many open files as the system lets this process have.
fn allow_files() -> usize {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let all = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, all).unwrap();
    maximum.map_or(usize::MAX, |maximum| maximum as usize)
}

async fn connect(address: &str, kind: Kind, token: &str) -> TcpStream {
    let mut stream = loop {
        match TcpStream::connect(address).await {
            Ok(stream) => break stream,
            // The queue of new connections may be full for a moment.
            Err(error) if error.kind() != io::ErrorKind::AddrNotAvailable => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{error}"),
        }
    };
    let begun = match kind {
        Kind::Idle | Kind::Good => String::new(),
        Kind::SlowHead => "GET /api/data/v1/Account HTTP/1.1\r\nhost: x\r\nx-slow: ".to_owned(),
        Kind::SlowBody => format!(
            "POST {ACCOUNTS} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: 1000\r\n\r\n{{\"Name\": "
        ),
    };
    stream.write_all(begun.as_bytes()).await.unwrap();
    stream
}

/// Makes a request on a connection that stays open; the status line.
async fn ask(stream: &mut TcpStream) -> io::Result<String> {
    stream
        .write_all(b"HEAD /api/none HTTP/1.1\r\nhost: x\r\n\r\n")
        .await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let answer = String::from_utf8_lossy(&answer);
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

/// Open files and resident memory in MiB of a process, where the system tells.
fn usage(process: &Process) -> Option<(usize, usize)> {
    let folder = format!("/proc/{}", process.id());
    let files = std::fs::read_dir(format!("{folder}/fd")).ok()?.count();
    let status = std::fs::read_to_string(format!("{folder}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kibibytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some((files, kibibytes / 1024))
}

/// Ordinary work by a client of its own: it must go well whatever others do.
async fn work(process: &Process, token: &str, name: &str) {
    let client = Client::new();
    for number in 0..20 {
        let body = json!({"Name": format!("{name} {number}")});
        let create = process
            .request(&client, "POST", ACCOUNTS, token)
            .json(&body);
        let answer = create.send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let created: Value = answer.json().await.unwrap();
        let path = format!("{ACCOUNTS}/{}", created["Data"].as_str().unwrap());
        let get = process.request(&client, "GET", &path, token);
        let got: Value = get.send().await.unwrap().json().await.unwrap();
        assert_eq!(got["Data"]["Name"], body["Name"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_connections_hold_up_nobody() {
    let count = CONNECTIONS.min(allow_files().saturating_sub(OTHERS));
    if count < CONNECTIONS {
        println!("the system allows {count} connections, not {CONNECTIONS}");
    }
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(&folder.path().join("sandbox.db"));
    let token = process.token(&Client::new()).await;
    let address = process.platform.strip_prefix("http://").unwrap();
    let before = usage(&process);

    let start = Instant::now();
    let opened: Vec<(Kind, TcpStream)> = stream::iter(0..count)
        .map(async |number| {
            let kind = Kind::of(number);
            (kind, connect(address, kind, &token).await)
        })
        .buffer_unordered(1_000)
        .collect()
        .await;
    work(&process, &token, "among many").await;
    if let Some((files, memory)) = before {
        let mut now = usage(&process).unwrap();
        // The client that signed in may still have had its connection before.
        while now.0 + 1 < files + count && start.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(50)).await;
            now = usage(&process).unwrap();
        }
        println!(
            "{} connections open after {:.1} s: {} MiB resident, {memory} before",
            now.0 - files,
            start.elapsed().as_secs_f64(),
            now.1
        );
        assert!(now.0 + 1 >= files + count || start.elapsed() >= PATIENCE);
    }
    let good = opened.into_iter().filter(|(kind, _)| *kind == Kind::Good);
    let (mut answered, mut closed) = (0, 0);
    for (_, mut stream) in good {
        match ask(&mut stream).await {
            Ok(line) => {
                assert_eq!(line, NOT_FOUND);
                answered += 1;
            }
            Err(_) => closed += 1,
        }
    }
    println!("{answered} of them asked and were answered, {closed} were closed before");
    assert!(answered > 0 && (closed == 0 || start.elapsed() > PATIENCE));
    work(&process, &token, "after many").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_file_descriptors_it_waits_for_some() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start_with_files(&folder.path().join("sandbox.db"), 64);
    let token = process.token(&Client::new()).await;
    let address = process.platform.strip_prefix("http://").unwrap();
    let mut first = connect(address, Kind::Good, &token).await;
    assert_eq!(ask(&mut first).await.unwrap(), NOT_FOUND);
    let mut others = Vec::new();
    for _ in 0..100 {
        others.push(connect(address, Kind::Idle, &token).await);
    }
    // Whoever came in time goes on.
    for _ in 0..10 {
        assert_eq!(ask(&mut first).await.unwrap(), NOT_FOUND);
    }
    drop(others);
    work(&process, &token, "afterwards").await;
    assert!(process.is_running());
}
