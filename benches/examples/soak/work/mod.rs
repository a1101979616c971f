//! What a task does: one thing after the other, chosen by its dice.
//!
//! | room | what lives there |
//! |---|---|
//! | `records` | accounts: one by one, in bulk, listed, queried, searched |
//! | `documents` | files up and down, at once and in parts; merges |
//! | `sales` | carts that become orders; mail |

mod documents;
mod records;
mod sales;

use std::{
    future::IntoFuture,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use conga::{Client, Error, Options};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::time::{sleep, timeout};

use crate::{ledger::Claim, scene::Scene};

/// The chance that a call is dropped before its time.
const DROPPED: f64 = 0.06;

/// The chance that a call has a deadline that it may miss.
const HURRIED: f64 = 0.05;

/// No call takes so long, whatever goes wrong: four attempts of each of its requests, and the waits between them.
const ETERNITY: Duration = Duration::from_secs(180);

/// Works until the run is over.
pub(crate) async fn work(scene: Arc<Scene>, number: usize, seed: u64) {
    let mut worker = Worker {
        dice: StdRng::seed_from_u64(seed.wrapping_add(number as u64)),
        scene: scene.clone(),
        number,
        made: 0,
        round: 0,
        accounts: Vec::new(),
        documents: Vec::new(),
    };
    while !scene.is_over() {
        let open = scene.gate.read().await;
        worker.act().await;
        drop(open);
        let pause = worker.dice.random_range(0..30);
        sleep(Duration::from_millis(pause)).await;
    }
}

/// A task's own state. What it made nobody else changes, so that it knows what must be there.
struct Worker {
    scene: Arc<Scene>,
    dice: StdRng,
    number: usize,
    made: u64,
    round: u32,
    /// Those that are certainly there, with a certain content.
    accounts: Vec<Account>,
    documents: Vec<Document>,
}

struct Account {
    id: String,
    name: String,
    content: u64,
}

struct Document {
    version: String,
    document: String,
    name: String,
    length: usize,
}

/// What came of a call.
enum Told<T> {
    Done(T),
    NotDone(Error),
    /// It failed and may be done, or it was dropped.
    Unsure,
}

impl<T> Told<T> {
    fn claim(&self) -> Claim {
        match self {
            Self::Done(_) => Claim::Done,
            Self::NotDone(_) => Claim::NotDone,
            Self::Unsure => Claim::Unsure,
        }
    }

    fn done(self) -> Option<T> {
        match self {
            Self::Done(value) => Some(value),
            _ => None,
        }
    }
}

impl Worker {
    async fn act(&mut self) {
        let round = self.scene.round.load(Relaxed);
        if self.round != round {
            // The audit has taken everything away.
            self.round = round;
            self.accounts.clear();
            self.documents.clear();
        }
        match self.dice.random_range(0..100) {
            0..14 => self.create_account().await,
            14..30 => self.get_account().await,
            30..42 => self.update_account().await,
            42..48 => self.delete_account().await,
            48..54 => self.upsert_account().await,
            54..58 => self.create_accounts().await,
            58..61 => self.update_accounts().await,
            61..63 => self.delete_accounts().await,
            63..69 => self.list_accounts().await,
            69..74 => self.query_accounts().await,
            74..78 => self.search_accounts().await,
            78..83 => self.upload().await,
            83..88 => self.download().await,
            88..89 => self.upload_in_parts().await,
            89..93 => self.merge().await,
            93..96 => self.send_mail().await,
            _ => self.order().await,
        }
    }

    /// A name that nothing else has. It is as awkward as names are.
    fn name(&mut self) -> String {
        self.made += 1;
        format!("Soak's {}.{}.{}", self.round, self.number, self.made)
    }

    /// A clone of the client, now and then one that is in a hurry.
    fn client(&mut self) -> Client {
        if self.dice.random_bool(HURRIED) {
            let deadline = Duration::from_millis(self.dice.random_range(1..400));
            self.scene.client.with(&Options::new().deadline(deadline))
        } else {
            self.scene.client.clone()
        }
    }

    /// Makes a call, or begins it and drops it.
    async fn call<T>(&mut self, call: impl IntoFuture<Output = Result<T, Error>>) -> Told<T> {
        let tally = self.scene.tally.clone();
        let dropped = self.dice.random_bool(DROPPED);
        let within = if dropped {
            Duration::from_micros(self.dice.random_range(0..60_000))
        } else {
            ETERNITY
        };
        match timeout(within, call.into_future()).await {
            Ok(Ok(value)) => {
                tally.done();
                Told::Done(value)
            }
            Ok(Err(error)) => {
                tally.failed(&error);
                if error.may_have_been_processed() {
                    return Told::Unsure;
                }
                self.check_refusal(&error);
                Told::NotDone(error)
            }
            Err(_) => {
                tally.dropped();
                if !dropped {
                    self.broken(format!(
                        "a call does not come to an end within {ETERNITY:?}"
                    ));
                }
                Told::Unsure
            }
        }
    }

    /// No fault refuses a call for what is in it, and nothing that was asked for is wrong.
    fn check_refusal(&self, error: &Error) {
        if error
            .status()
            .is_some_and(|status| status.is_client_error() && !matches!(status.as_u16(), 401 | 429))
        {
            let messages = error.messages();
            self.broken(format!(
                "a call is refused that is in order: {error}, {messages:?}"
            ));
        }
    }

    fn broken(&self, promise: String) {
        let (round, number) = (self.round, self.number);
        self.scene
            .tally
            .broken(format!("round {round}, task {number}: {promise}"));
    }

    /// One of the accounts, which is then no longer among those that are certain.
    fn take_account(&mut self) -> Option<Account> {
        let count = self.accounts.len();
        (count > 0).then(|| self.accounts.swap_remove(self.dice.random_range(0..count)))
    }
}
