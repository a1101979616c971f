//! What the wire tests share: transports that retry fast, scripted answers, and a server that misbehaves as wiremock cannot.

#![allow(dead_code, reason = "every test binary uses its own part of this")]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use conga_api::{RetryPolicy, Transport, TransportBuilder};
use conga_auth::{ClientCredentials, ClientCredentialsBuilder, Endpoints};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{method, path},
};

pub(crate) const TOKEN_PATH: &str = "/api/v1/auth/connect/token";

/// A transport to `root` that retries at once, up to three attempts.
pub(crate) fn builder(root: &str) -> TransportBuilder {
    Transport::builder(root.parse().unwrap()).retry(
        RetryPolicy::default()
            .with_attempts(3)
            .with_base(Duration::from_millis(1)),
    )
}

pub(crate) fn transport(root: &str) -> Transport {
    builder(root).build().unwrap()
}

/// An integration user whose token endpoint and gateway are `root`.
pub(crate) fn credentials(root: &str) -> ClientCredentialsBuilder {
    let endpoints = Endpoints::parse(&format!("{root}{TOKEN_PATH}"), root).unwrap();
    ClientCredentials::builder(endpoints, "client", "s3cret")
}

/// Answers in turn; the last one goes on for ever.
pub(crate) struct Script(Mutex<VecDeque<ResponseTemplate>>);

impl Script {
    pub(crate) fn of(answers: impl IntoIterator<Item = ResponseTemplate>) -> Self {
        Self(Mutex::new(answers.into_iter().collect()))
    }
}

impl Respond for Script {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let mut answers = self.0.lock().unwrap();
        if answers.len() > 1 {
            answers.pop_front().unwrap()
        } else {
            answers[0].clone()
        }
    }
}

/// A server that answers everything as `script` says.
pub(crate) async fn answering(script: impl IntoIterator<Item = ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::any())
        .respond_with(Script::of(script))
        .mount(&server)
        .await;
    server
}

/// Adds a token endpoint that gives `token-1`, `token-2` ...
pub(crate) async fn issue_tokens(server: &MockServer) {
    let tokens = Mutex::new(0);
    Mock::given(method("POST"))
        .and(path(TOKEN_PATH))
        .respond_with(move |_: &Request| {
            let mut count = tokens.lock().unwrap();
            *count += 1;
            ResponseTemplate::new(200).set_body_json(json!({
                "access_token": format!("token-{count}"), "token_type": "Bearer", "expires_in": 3600,
            }))
        })
        .with_priority(1)
        .mount(server)
        .await;
}

/// The requests that went to the token endpoint, and those that went elsewhere.
pub(crate) async fn requests(server: &MockServer) -> (Vec<Request>, Vec<Request>) {
    let all = server.received_requests().await.unwrap();
    all.into_iter()
        .partition(|request| request.url.path() == TOKEN_PATH)
}

pub(crate) fn ok(body: serde_json::Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// An address that refuses connections.
pub(crate) async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// What a [`Wire`] does once it has read a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Then {
    /// Closes the connection without a word.
    Close,
    /// Writes this, then closes the connection.
    Write(&'static str),
    /// Writes this, then neither writes nor closes.
    WriteAndHang(&'static str),
}

/// A server for what wiremock cannot do: it reads a whole request, then does as its script says; the last entry goes on for ever.
pub(crate) struct Wire {
    pub(crate) root: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    pub(crate) async fn start(script: impl IntoIterator<Item = Then>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let mut script: VecDeque<Then> = script.into_iter().collect();
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            let mut hanging = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = read_request(&mut stream).await;
                seen.lock().unwrap().push(request);
                let then = if script.len() > 1 {
                    script.pop_front().unwrap()
                } else {
                    script[0]
                };
                match then {
                    Then::Close => {}
                    Then::Write(text) => stream.write_all(text.as_bytes()).await.unwrap(),
                    Then::WriteAndHang(text) => {
                        stream.write_all(text.as_bytes()).await.unwrap();
                        hanging.push(stream);
                    }
                }
            }
        });
        Self { root, requests }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut raw = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&raw).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut chunk).await.unwrap() {
            0 => return text,
            read => raw.extend_from_slice(&chunk[..read]),
        }
    }
}
