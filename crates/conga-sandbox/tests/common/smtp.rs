//! A real SMTP server, aiosmtpd, which takes mail apart by Python's own `email` package.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use super::tools::python;

/// It takes no mail for addresses that begin with `refused`.
const SERVER: &str = r#"
import asyncio, base64, json
from email import message_from_bytes, policy
from aiosmtpd.smtp import SMTP

def body(message, kind):
    part = message.get_body((kind,))
    # On its way a text has lines that end as the standard wants.
    return part and part.get_content().replace("\r\n", "\n")

class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return "550 5.1.1 there is no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.original_content, policy=policy.default)
        addresses = lambda name: [[a.display_name, a.addr_spec] for a in message[name].addresses] if message[name] else []
        print(json.dumps({
            "mailFrom": envelope.mail_from,
            "rcptTo": envelope.rcpt_tos,
            "from": addresses("From"), "to": addresses("To"), "cc": addresses("Cc"), "replyTo": addresses("Reply-To"),
            "headers": {name: str(value) for name, value in message.items()},
            "defects": [repr(defect) for part in message.walk() for defect in part.defects],
            "text": body(message, "plain"), "html": body(message, "html"),
            "attachments": [
                {"name": part.get_filename(), "type": part.get_content_type(),
                 "content": base64.b64encode(part.get_payload(decode=True)).decode()}
                for part in message.iter_attachments()
            ],
        }), flush=True)
        return "250 OK"

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler()), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"#;

/// A running server; it is stopped when it is dropped.
pub(crate) struct SmtpServer {
    child: Child,
    lines: Receiver<String>,
    pub(crate) port: u16,
}

impl SmtpServer {
    /// Starts a server. Where there is no Python for tests, as [`python`].
    pub(crate) fn start() -> Option<Self> {
        let mut child = python()?
            .args(["-c", SERVER])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (found, lines) = channel();
        std::thread::spawn(move || {
            let mut lines = output.lines().map_while(Result::ok);
            lines.all(|line| found.send(line).is_ok())
        });
        let mut server = Self {
            child,
            lines,
            port: 0,
        };
        server.port = server.line().parse().unwrap();
        Some(server)
    }

    /// The next mail that it has taken.
    pub(crate) fn mail(&self) -> Value {
        let mail: Value = serde_json::from_str(&self.line()).unwrap();
        assert_eq!(mail["defects"], serde_json::json!([]), "{mail:#}");
        mail
    }

    /// Whether it has taken no further mail.
    pub(crate) fn is_idle(&self) -> bool {
        self.lines.try_recv().is_err()
    }

    fn line(&self) -> String {
        let line = self.lines.recv_timeout(Duration::from_secs(60));
        line.unwrap_or_else(|error| panic!("the SMTP server says nothing: {error}"))
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
