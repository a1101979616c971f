//! The same work by two clients: the facade, and reqwest with serde_json as one writes it for a single job. `benches/clients.py` measures
//! them beside clients of other languages.
//!
//! `clients facade|bare one|many JOB COUNT` signs in as the environment says and gets a record, on one thread or on many; says `ready`,
//! waits for a line, does the job, says `done` and waits for the end of its input, so that whoever started it can read its counters at
//! each of these points. It fails where the work was not done whole.

mod bare;
mod facade;

use std::collections::HashSet;
use std::error::Error;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use tokio::runtime::Builder;

use bare::Bare;
use facade::Facade;

/// Records of one page.
const PAGE: u32 = 1_000;

/// Creating requests under way at once.
const AT_ONCE: usize = 8;

/// Records between two signs of life of the export.
const STRETCH: usize = 100_000;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What is read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Account {
    id: String,
    name: String,
    external_id: String,
    industry: String,
    site: String,
    annual_revenue: i64,
    description: String,
    is_active: bool,
}

/// What is created.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Contact {
    external_id: String,
    first_name: &'static str,
    last_name: String,
    email: String,
    title: &'static str,
}

impl Contact {
    fn numbered(number: usize) -> Self {
        Self {
            external_id: format!("X-{number}"),
            first_name: "Ann",
            last_name: format!("Lee {number}"),
            email: format!("ann.lee.{number}@example.com"),
            title: "Buyer",
        }
    }
}

/// A client that is signed in.
trait Client {
    /// The account with this id.
    async fn get(&self, id: &str) -> Result<Account>;

    /// Goes through all accounts, page after page.
    async fn list(&self, see: impl FnMut(&Account) -> Result<()>) -> Result<()>;

    /// Creates contacts one by one, [`AT_ONCE`] at once; gives their ids.
    async fn create(&self, count: usize) -> Result<HashSet<String>>;
}

/// Which of the numbered accounts came by.
struct Seen {
    numbers: Vec<bool>,
    count: usize,
}

impl Seen {
    fn none_of(count: usize) -> Self {
        Self {
            numbers: vec![false; count],
            count: 0,
        }
    }

    fn add(&mut self, account: &Account) -> Result<()> {
        let number: usize = account.id[account.id.len() - 12..].parse()?;
        let is_whole = account.annual_revenue == i64::try_from(number)?
            && account.is_active == number.is_multiple_of(2)
            && [
                &account.name,
                &account.external_id,
                &account.industry,
                &account.site,
                &account.description,
            ]
            .iter()
            .all(|text| !text.is_empty());
        match self.numbers.get_mut(number) {
            Some(seen @ false) if is_whole => *seen = true,
            _ => return Err(format!("account {number} is not as it was, or came twice").into()),
        }
        self.count += 1;
        Ok(())
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [client, threads, job, count] = arguments.as_slice() else {
        return Err("call it with a client, its threads, a job and a count".into());
    };
    let mut runtime = match threads.as_str() {
        "one" => Builder::new_current_thread(),
        "many" => Builder::new_multi_thread(),
        _ => return Err("threads are `one` or `many`".into()),
    };
    let run = run(client, job, count.parse()?);
    runtime.enable_all().build()?.block_on(run)
}

async fn run(client: &str, job: &str, count: usize) -> Result<()> {
    match (client, job) {
        ("facade", "export") => export(Facade::from_env()?, count).await,
        ("facade", job) => work(Facade::from_env()?, job, count).await,
        ("bare", job) => work(Bare::from_env().await?, job, count).await,
        _ => Err("the clients are `facade` and `bare`".into()),
    }
}

async fn work(client: impl Client, job: &str, count: usize) -> Result<()> {
    begin(&client).await?;
    let done = match job {
        "list" => {
            let mut seen = Seen::none_of(count);
            client.list(|account| seen.add(account)).await?;
            seen.count
        }
        "get" => {
            let mut seen = Seen::none_of(count);
            for number in 0..count {
                seen.add(&client.get(&id(number)).await?)?;
            }
            seen.count
        }
        "create" => client.create(count).await?.len(),
        _ => return Err("the jobs are `list`, `get` and `create`".into()),
    };
    end(done, count)
}

/// Streams all accounts to a counter, by the cursor: pages by number take longer the further they are.
async fn export(client: Facade, count: usize) -> Result<()> {
    begin(&client).await?;
    let mut seen = Seen::none_of(count);
    client
        .export(|account| {
            seen.add(account)?;
            if seen.count.is_multiple_of(STRETCH) {
                say(&seen.count.to_string())?;
            }
            Ok(())
        })
        .await?;
    end(seen.count, count)
}

/// Has the token fetched and the connection made, and waits for the word to go on.
async fn begin(client: &impl Client) -> Result<()> {
    client.get(&id(0)).await?;
    say("ready")?;
    io::stdin().read_line(&mut String::new())?;
    Ok(())
}

fn end(done: usize, count: usize) -> Result<()> {
    if done != count {
        return Err(format!("{done} of {count} done").into());
    }
    say("done")?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

fn say(word: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{word}")
}

/// The id that `benches/sandbox.py` gives the account of this number.
fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}
