//! The sandbox in a process of its own.

use std::{
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use conga::{Client, Error, conga_auth::Anonymous};
use conga_sandbox::Sandbox;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::block_in_place};

use crate::Failure;

/// Seconds that a token lives: long enough for a call, short enough to run out many times.
const TOKEN_LIFETIME: u32 = 20;

/// The order that has the sandbox replace its signing key.
const ROTATE: &str = "rotate";

/// Where the sandbox is, and who can sign in: the first line that it prints.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Address {
    pub(crate) base_url: String,
    pub(crate) token_url: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

/// Is the sandbox until its standard input ends.
pub(crate) async fn serve(data: &Path, port: u16) -> Result<(), Failure> {
    let sandbox = Sandbox::builder()
        .data_file(data)
        .port(port)
        .token_lifetime(TOKEN_LIFETIME)
        .start()
        .await?;
    let account = &sandbox.accounts().integration;
    let address = Address {
        base_url: sandbox.base_url().to_owned(),
        token_url: sandbox.token_url(),
        client_id: account.client_id.clone(),
        client_secret: account.client_secret.clone(),
    };
    println!("{}", serde_json::to_string(&address)?);
    let (send, mut orders) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for order in io::stdin().lock().lines().map_while(Result::ok) {
            if send.send(order).is_err() {
                break;
            }
        }
    });
    while let Some(order) = orders.recv().await {
        if order == ROTATE {
            sandbox.rotate_signing_key().await?;
        }
    }
    sandbox.shutdown().await;
    Ok(())
}

/// The process of a sandbox. It ends with this.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    data: PathBuf,
    address: Address,
    /// Seconds that its clock was moved.
    moved: u32,
    /// Asks the sandbox's own calls, which need no sign-in.
    control: Client,
}

impl Server {
    /// Starts a sandbox on this data file.
    pub(crate) fn start(data: PathBuf) -> Result<Self, Failure> {
        let (child, address) = launch(&data, 0)?;
        let control = Client::builder()
            .credential(Anonymous)
            .base_uri(&address.base_url)
            .header("x-conga-sandbox-admin", "soak")
            .build()?;
        Ok(Self {
            child,
            data,
            address,
            moved: 0,
            control,
        })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Kills it in whatever it does, and starts it again on its data, at the same address.
    pub(crate) async fn restart(&mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        let port = self.address.base_url.rsplit(':').next();
        let port = port.and_then(|port| port.parse().ok());
        let launched = block_in_place(|| launch(&self.data, port.unwrap_or_default()));
        (self.child, self.address) = launched?;
        // It has the system's time again, and work that was begun by the other would wait for that to come.
        self.move_clock(self.moved).await?;
        Ok(())
    }

    /// Has it sign tokens by another key.
    pub(crate) fn rotate_key(&mut self) -> io::Result<()> {
        let input = self.child.stdin.as_mut();
        input.map_or(Ok(()), |input| writeln!(input, "{ROTATE}"))
    }

    /// Calls meet these faults from now on, in place of those before.
    pub(crate) async fn set_faults(&self, rules: &[Value]) -> Result<(), Error> {
        let raw = self.control.raw();
        raw.delete("/__sandbox/faults").send_raw().await?;
        if !rules.is_empty() {
            raw.post("/__sandbox/faults").json(rules).send_raw().await?;
        }
        Ok(())
    }

    /// The sandbox answers 429 to what exceeds so many requests a second.
    pub(crate) async fn limit_rate(&self, per_second: Option<u32>) -> Result<(), Error> {
        let limit = self.control.raw().put("/__sandbox/rate-limit");
        let limit = limit.json(&json!({"per_second": per_second}));
        limit.send_raw().await.map(drop).map_err(Error::from)
    }

    /// Moves its clock so far that every token has run out, whatever the client was told.
    pub(crate) async fn expire_tokens(&mut self) -> Result<(), Error> {
        self.moved += TOKEN_LIFETIME;
        self.move_clock(TOKEN_LIFETIME).await
    }

    async fn move_clock(&self, seconds: u32) -> Result<(), Error> {
        let clock = self.control.raw().post("/__sandbox/clock");
        let clock = clock.json(&json!({"advance_seconds": seconds}));
        clock.send_raw().await.map(drop).map_err(Error::from)
    }

    /// The subjects of all mail, which is then thrown away.
    pub(crate) async fn take_mail(&self) -> Result<Vec<String>, Error> {
        let raw = self.control.raw();
        let mail = raw.get("/__sandbox/mail").send::<Value>().await?;
        let mails = mail["mail"].as_array().into_iter().flatten();
        let subjects = mails.filter_map(|mail| mail["subject"].as_str().map(str::to_owned));
        let subjects = subjects.collect();
        raw.delete("/__sandbox/mail").send_raw().await?;
        Ok(subjects)
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts this program as the sandbox, and waits until it can be called.
fn launch(data: &Path, port: u16) -> Result<(Child, Address), Failure> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("--serve")
        .arg(data)
        .args(["--port", &port.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    if let Some(output) = child.stdout.take() {
        BufReader::new(output).read_line(&mut line)?;
    }
    let address = serde_json::from_str(&line)
        .map_err(|_| "the sandbox did not start; what it says stands above")?;
    Ok((child, address))
}
