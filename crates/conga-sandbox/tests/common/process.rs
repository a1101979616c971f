//! The sandbox as a program of its own, which a test can kill.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use conga_sandbox::Accounts;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_conga-sandbox");

/// A running program; it is killed when it is dropped.
pub(crate) struct Process {
    child: Mutex<Child>,
    /// The address of the platform.
    pub(crate) platform: String,
    tokens: String,
}

impl Process {
    /// Starts the program with this data file and no records.
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// The same, with further arguments.
    pub(crate) fn start_with(data: &Path, arguments: &[&str]) -> Self {
        Self::run(Command::new(PROGRAM), data, arguments)
    }

    /// The same, with so many open files at most.
    pub(crate) fn start_with_files(data: &Path, files: usize) -> Self {
        let mut shell = Command::new("sh");
        let script = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        shell.args(["-c", &script, PROGRAM]);
        Self::run(shell, data, &[])
    }

    fn run(mut program: Command, data: &Path, arguments: &[&str]) -> Self {
        let mut child = program
            .args(["--port", "0", "--seed", "empty", "--data"])
            .arg(data)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (mut platform, mut tokens) = (None, None);
        for line in output.lines() {
            let line = line.unwrap();
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some("Platform"), Some(address)) => platform = Some(address.to_owned()),
                (Some("Tokens"), Some(address)) => tokens = Some(address.to_owned()),
                (Some("Ctrl-C"), _) => break,
                _ => {}
            }
        }
        match (platform, tokens) {
            (Some(platform), Some(tokens)) => Self {
                child: Mutex::new(child),
                platform,
                tokens,
            },
            _ => panic!("the sandbox ended: {:?}", child.wait()),
        }
    }

    /// Ends the program as `kill -9` does.
    pub(crate) fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Whether the program still runs.
    pub(crate) fn is_running(&self) -> bool {
        self.child.lock().unwrap().try_wait().unwrap().is_none()
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.lock().unwrap().id()
    }

    /// Signs the integration client in.
    pub(crate) async fn token(&self, client: &Client) -> String {
        let account = Accounts::default().integration;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &account.client_id),
            ("client_secret", &account.client_secret),
        ];
        let answer = client.post(&self.tokens).form(&form).send().await.unwrap();
        let body: Value = answer.json().await.unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// A request to the platform with a token.
    pub(crate) fn request(
        &self,
        client: &Client,
        method: &str,
        path: &str,
        token: &str,
    ) -> RequestBuilder {
        let url = format!("{}{path}", self.platform);
        client
            .request(method.parse().unwrap(), url)
            .bearer_auth(token)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(child) = self.child.get_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
