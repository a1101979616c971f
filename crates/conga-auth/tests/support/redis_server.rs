//! A real Redis server for the tests that need one.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::tool::missing;

/// A server of this test's own, with nothing on disk.
pub struct RedisServer {
    port: u16,
    process: Option<Child>,
}

impl RedisServer {
    /// Starts one. Where `redis-server` is not installed, the test is skipped with a word about it; not so in CI.
    pub fn start() -> Option<Self> {
        if missing("redis-server") {
            return None;
        }
        // Another program may take the port that was just free.
        (0..5)
            .find_map(|_| {
                let free = TcpListener::bind("127.0.0.1:0").unwrap();
                let port = free.local_addr().unwrap().port();
                drop(free);
                let process = serve(port)?;
                Some(Self {
                    port,
                    process: Some(process),
                })
            })
            .or_else(|| panic!("redis-server does not come up"))
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Starts it again, at the same port.
    pub fn up(&mut self) {
        self.process = Some(serve(self.port).unwrap());
    }

    /// Lets it hang: connections are made, and nothing is answered.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let process = self.process.as_ref().unwrap().id().to_string();
        let sent = Command::new("kill").args([signal, &process]).status();
        assert!(sent.unwrap().success());
    }

    pub fn down(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.down();
    }
}

/// Serves at a port; `None` where that is taken.
fn serve(port: u16) -> Option<Child> {
    let mut process = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while process.try_wait().unwrap().is_none() {
        if answering(port) == Some(process.id()) {
            return Some(process);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    None
}

/// The process that answers at a port: a test beside this one may have been given the same.
fn answering(port: u16) -> Option<u32> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
    stream.write_all(b"INFO server\r\n").ok()?;
    BufReader::new(stream)
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("process_id:")?.parse().ok())
}
