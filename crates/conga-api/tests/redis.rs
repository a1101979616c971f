//! The rate budget of a fleet, against a real Redis server.

#![cfg(feature = "redis")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may fail, and says why it was skipped"
)]

#[path = "../../conga-auth/tests/support/redis_server.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the tests of the token store use the rest"
)]
mod redis_server;
#[path = "../../conga-auth/tests/support/tool.rs"]
#[allow(unreachable_pub, reason = "it is shared")]
mod tool;

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use conga_api::{Rate, RateBudget, RedisBudget};
use redis_server::RedisServer;
use tokio::time::Instant;

fn worker(server: &RedisServer, rate: Rate) -> RedisBudget {
    RedisBudget::builder(server.url(), "tenant-eu", rate)
        .workers(2)
        .timeout(Duration::from_secs(2))
        .build()
        .unwrap()
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Catches what is traced on this thread as long as the guard lives.
    fn catch(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn count(&self, words: &str) -> usize {
        let log = self.0.lock().unwrap();
        String::from_utf8_lossy(&log).matches(words).count()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn turns(budget: &RedisBudget, count: usize) {
    for _ in 0..count {
        budget.turn().await;
    }
}

#[tokio::test]
async fn workers_have_one_rate_together() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let rate = Rate::per_second(20).with_burst(2);
    let fleet = [(); 3].map(|()| worker(&server, rate));
    let started = Instant::now();
    let [one, two, three] = &fleet;
    tokio::join!(turns(one, 8), turns(two, 8), turns(three, 8));
    // Two at once, the others a twentieth of a second apart; each for itself would be done in a third of the time.
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(1_090), "{took:?}");

    let stranger = RedisBudget::builder(server.url(), "tenant-na", rate);
    let started = Instant::now();
    turns(&stranger.build().unwrap(), 2).await;
    println!(
        "3 workers, 24 requests at 20 a second: {took:?}; another tenant's: {:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_pause_and_a_fall_of_the_rate_are_everybodys() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let rate = Rate::per_second(20).with_burst(5);
    let (one, two) = (worker(&server, rate), worker(&server, rate));
    turns(&two, 1).await;
    let started = Instant::now();
    one.slow_down(Duration::from_millis(1_500)).await;
    two.turn().await;
    // Less than was asked for, since the pause goes by the clock of the server, which may be set meanwhile.
    let paused = started.elapsed();
    assert!(paused >= Duration::from_secs(1), "the pause: {paused:?}");
    // Ten a second at first, half as much more a second for each second that passes: at most 13 within this test. At the full rate, five
    // of these eight would go at once.
    let started = Instant::now();
    turns(&two, 8).await;
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(300), "the rate: {took:?}");
}

#[tokio::test]
async fn a_worker_goes_by_its_share_while_redis_is_away_and_says_so_once() {
    let Some(mut server) = RedisServer::start() else {
        return;
    };
    let log = Log::default();
    let _caught = log.catch();
    let budget = worker(&server, Rate::per_second(20).with_burst(2));
    turns(&budget, 1).await;
    server.down();
    let started = Instant::now();
    turns(&budget, 6).await;
    // Two workers: ten a second for this one, and a burst of one.
    assert!(started.elapsed() >= Duration::from_millis(490));
    assert_eq!(log.count("this worker goes by its own share"), 1);

    server.up();
    tokio::time::sleep(Duration::from_secs(5)).await;
    turns(&budget, 2).await;
    assert_eq!(log.count("the rate budget in Redis is back"), 1);
    assert_eq!(log.count("this worker goes by its own share"), 1);
}

#[tokio::test]
async fn a_worker_goes_on_while_redis_hangs() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let log = Log::default();
    let _caught = log.catch();
    let budget = RedisBudget::builder(server.url(), "tenant-eu", Rate::PRODUCTION)
        .timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    turns(&budget, 1).await;
    server.freeze();
    turns(&budget, 3).await;
    server.thaw();
    assert_eq!(
        log.count("did not answer in time"),
        1,
        "one wait, not one a call"
    );
}

#[test]
fn an_address_that_cannot_be_used_is_refused_without_its_password() {
    for url in [
        "redis://:hunter2@redis.example/",
        "http://:hunter2@localhost",
    ] {
        let builder = RedisBudget::builder(url, "k", Rate::PRODUCTION);
        let shown = format!("{builder:?}");
        let error = builder.build().unwrap_err();
        assert!(!format!("{shown} {error} {error:?}").contains("hunter2"));
    }
    let url = "redis://:hunter2@localhost/";
    let budget = RedisBudget::builder(url, "k", Rate::PRODUCTION).build();
    assert!(!format!("{:?}", budget.unwrap()).contains("hunter2"));
}
