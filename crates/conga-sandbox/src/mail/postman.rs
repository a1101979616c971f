//! Sending on by SMTP: one mail after the other, over a connection of its own.
//!
//! The calls that send mail do not wait for it. What the server refuses, and that there is no server, becomes the state of
//! the delivery. A mail that was not handed over when the sandbox ended is at its next start; if it ended between the
//! server's answer and writing that down, the server gets the mail twice.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::spawn_blocking;

use super::draft::MailAddress;
use super::mailbox::Mail;
use super::{delivery, mailbox, message};
use crate::failure::Failure;
use crate::services::World;

/// The server has this long for one mail.
const PATIENCE: Duration = Duration::from_secs(30);

/// An SMTP server. It is spoken to in the clear and without a password, as the servers are that catch the mail of
/// tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SmtpServer {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl fmt::Display for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Where mail lies that is to be sent on. It is closed where there is no SMTP server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox(Option<UnboundedSender<String>>);

impl Outbox {
    /// Whether there is a server to send mail on to.
    pub(super) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Puts mails into it that are in the mailbox.
    pub(super) fn put(&self, ids: &[String]) {
        for (outbox, id) in self.0.iter().zip(ids) {
            // Nobody takes it only when the sandbox is about to end; then it waits in the mailbox.
            let _ = outbox.send(id.clone());
        }
    }
}

/// Sends the mail of a world on to a server, for as long as the world is there. Needs a tokio runtime.
pub(crate) fn send_on(mut world: World, server: SmtpServer) -> Arc<World> {
    let (outbox, taken) = unbounded_channel();
    world.outbox = Outbox(Some(outbox));
    let world = Arc::new(world);
    tokio::spawn(go_round(server, Arc::downgrade(&world), taken));
    world
}

async fn go_round(server: SmtpServer, world: Weak<World>, mut outbox: UnboundedReceiver<String>) {
    let left = within(&world, |world| {
        world.store.read(|tx| Ok(delivery::waiting_mails(tx)?))
    })
    .await;
    for id in left.unwrap_or_default() {
        deliver(&server, &world, id).await;
    }
    while let Some(id) = outbox.recv().await {
        deliver(&server, &world, id).await;
    }
}

/// Hands a mail over to the server, and writes down what came of it.
async fn deliver(server: &SmtpServer, world: &Weak<World>, id: String) {
    let read = within(world, move |world| {
        world.store.read(|tx| {
            let waiting = delivery::waiting(tx, &id)?;
            let mail = mailbox::read(tx, world.clock.now(), &id)?;
            Ok((mail, waiting))
        })
    });
    let Some((Some(mail), waiting)) = read.await else {
        return;
    };
    let recipients: Vec<String> = waiting.iter().map(|(_, address)| address.clone()).collect();
    if recipients.is_empty() {
        return;
    }
    let outcomes = match tokio::time::timeout(PATIENCE, hand_over(server, &mail, &recipients)).await
    {
        Ok(Ok(outcomes)) => outcomes,
        Ok(Err(fault)) => vec![Some(fault); recipients.len()],
        Err(_) => vec![
            Some(Fault(format!(
                "no answer within {} seconds",
                PATIENCE.as_secs()
            )));
            recipients.len()
        ],
    };
    let server = server.to_string();
    within(world, move |world| {
        let now = world.clock.now();
        world.store.write(|tx| {
            for ((id, _), outcome) in waiting.iter().zip(outcomes) {
                let fault = outcome.map(|Fault(words)| format!("SMTP server {server}: {words}"));
                delivery::end(tx, now, id, fault.as_deref())?;
            }
            Ok(())
        })
    })
    .await;
}

/// Why the server did not take a mail.
#[derive(Debug, Clone)]
struct Fault(String);

impl<E: std::error::Error> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Hands a mail over; gives the fault of each recipient, or the fault of all.
async fn hand_over(
    server: &SmtpServer,
    mail: &Mail,
    recipients: &[String],
) -> Result<Vec<Option<Fault>>, Fault> {
    let sender = address(&mail.from.address)?;
    let place = (server.host.as_str(), server.port);
    let mut connection =
        AsyncSmtpConnection::connect_tokio1(place, None, &ClientId::default(), None, None).await?;
    connection
        .command(MailFrom::new(Some(sender), Vec::new()))
        .await?;
    let mut outcomes = Vec::with_capacity(recipients.len());
    for recipient in recipients {
        let address = address(recipient)?;
        match connection.command(Rcpt::new(address, Vec::new())).await {
            Ok(_) => outcomes.push(None),
            // The server has said no to this one; the others still get their mail.
            Err(error) if error.status().is_some() => outcomes.push(Some(error.into())),
            Err(error) => return Err(error.into()),
        }
    }
    if outcomes.iter().any(Option::is_none) {
        connection.command(Data).await?;
        connection.message(&mail.raw).await?;
    }
    // The mail is the server's now, whatever it says to the farewell.
    let _ = connection.quit().await;
    Ok(outcomes)
}

fn address(text: &str) -> Result<Address, Fault> {
    let given = MailAddress::new(text, None);
    let mailbox = message::mailbox("the envelope", &given);
    mailbox
        .map(|mailbox| mailbox.email)
        .map_err(|failure| Fault(failure.messages().join("; ")))
}

/// Does what SQLite takes part in; `None` if the world is gone, or the database failed.
async fn within<T: Send + 'static>(
    world: &Weak<World>,
    work: impl FnOnce(&World) -> Result<T, Failure> + Send + 'static,
) -> Option<T> {
    let world = world.upgrade()?;
    match spawn_blocking(move || work(&world)).await {
        Ok(Ok(value)) => Some(value),
        Ok(Err(failure)) => {
            let words = failure.messages().join("; ");
            tracing::error!(error = words, "mail stays where it is");
            None
        }
        Err(error) => {
            tracing::error!(%error, "mail stays where it is");
            None
        }
    }
}
