//! Several processes that share one sign-in: one of them refreshes, and none suffers when that one is killed.
//!
//! The processes are this test binary once more, with the test `worker` alone and its orders in the environment.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may fail, and shows its counts"
)]

mod support;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use conga_auth::{
    ClientCredentials, Endpoints, ExposeSecret, FileStore, OAuthClient, Provider, RedisStore,
    TokenStore, UserCredential,
};
use support::Idp;
use support::redis_server::RedisServer;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

/// What a worker is told.
const ROOT: &str = "CONGA_TEST_ROOT";
const STORE: &str = "CONGA_TEST_STORE";
const GRANT: &str = "CONGA_TEST_GRANT";

/// Expiry of the lock in Redis, as it is by default.
const EXPIRY: Duration = Duration::from_secs(10);

/// Prints its token as `token: ...`.
#[tokio::test]
#[ignore = "run as a process by the other tests"]
async fn worker() {
    let Ok(root) = std::env::var(ROOT) else {
        return;
    };
    let store = store(&std::env::var(STORE).unwrap());
    let token = if std::env::var(GRANT).unwrap() == "refresh token" {
        user(&root, store).token().await.unwrap()
    } else {
        let endpoints = Endpoints::parse(&format!("{root}/token"), &root).unwrap();
        let builder = ClientCredentials::builder(endpoints, "client", "s3cret");
        let credential = builder
            .store(store)
            .timeout(Duration::from_secs(100))
            .build()
            .unwrap();
        credential.token().await.unwrap()
    };
    println!("token: {}", token.secret().expose_secret());
}

fn user(root: &str, store: Arc<dyn TokenStore>) -> UserCredential {
    let provider = Provider::discovered(root, root).unwrap();
    let client = OAuthClient::builder(provider, "client")
        .store(store)
        .build();
    client.unwrap().user_with_refresh_token("REFRESH-0")
}

/// A store by its address: the path of a file, or a Redis URL.
fn store(address: &str) -> Arc<dyn TokenStore> {
    if address.starts_with("redis:") {
        let builder = RedisStore::builder(address, "shared").lock_expiry(EXPIRY);
        return Arc::new(builder.build().unwrap());
    }
    Arc::new(FileStore::new(Path::new(address)))
}

fn start(idp: &Idp, store: &str, grant: &str) -> Child {
    command(idp, store, grant).spawn().unwrap()
}

fn command(idp: &Idp, store: &str, grant: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "worker",
            "--exact",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(ROOT, idp.root())
        .env(STORE, store)
        .env(GRANT, grant)
        .stdout(Stdio::piped());
    command
}

/// Waits for a worker, and gives its token.
async fn token_of(worker: Child) -> String {
    let output = tokio::task::spawn_blocking(|| worker.wait_with_output().unwrap());
    let text = String::from_utf8(output.await.unwrap().stdout).unwrap();
    let (_, token) = text
        .split_once("token: ")
        .unwrap_or_else(|| panic!("{text}"));
    token.lines().next().unwrap().to_owned()
}

/// Eight processes at once, all without a good token.
async fn eight_processes_cause_one_request(store: &str, what: &str, grant: &str) {
    let idp = Idp::start().await;
    idp.good_refresh_token("REFRESH-0");
    idp.books().token_delay = Duration::from_millis(300);
    let workers: Vec<_> = (0..8).map(|_| start(&idp, store, grant)).collect();
    for worker in workers {
        assert_eq!(token_of(worker).await, "ACCESS-1");
    }
    let requests = idp.token_requests();
    println!("8 processes share {what}, {grant}: {requests} token request");
    assert_eq!(requests, 1);
    assert!(!idp.books().family_revoked);
}

/// The one that refreshes is killed while its request is under way; the others take over. `expiry` is how long its lock
/// may outlive it.
async fn a_killed_refresher_blocks_nobody(store: &str, what: &str, grant: &str, expiry: Duration) {
    let idp = Idp::start().await;
    idp.good_refresh_token("REFRESH-0");
    let never = ResponseTemplate::new(200).set_delay(Duration::from_secs(600));
    idp.books().next.push_back(never);
    let mut refresher = start(&idp, store, grant);
    requests(&idp, 1).await;
    let others: Vec<_> = (0..7).map(|_| start(&idp, store, grant)).collect();
    // Time to begin waiting for the lock.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(idp.token_requests(), 1);
    // SIGKILL.
    refresher.kill().unwrap();
    refresher.wait().unwrap();
    let killed = Instant::now();
    requests(&idp, 2).await;
    let took = killed.elapsed();
    for other in others {
        assert_eq!(token_of(other).await, "ACCESS-1");
    }
    let requests = idp.token_requests() - 1;
    println!(
        "refresher killed, 7 processes share {what}, {grant}: {requests} token request, {:.1} s later",
        took.as_secs_f64()
    );
    assert_eq!(requests, 1);
    // On a busy machine a process may need some seconds to get its turn.
    assert!(took < expiry + Duration::from_secs(20), "{took:?}");
}

/// Waits until so many token requests have come in.
async fn requests(idp: &Idp, number: usize) {
    while idp.token_requests() < number {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

const GRANTS: [&str; 2] = ["client credentials", "refresh token"];

#[tokio::test(flavor = "multi_thread")]
async fn eight_processes_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    for grant in GRANTS {
        let store = folder.path().join(grant);
        eight_processes_cause_one_request(store.to_str().unwrap(), "a file", grant).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_refresher_leaves_its_file_to_the_others() {
    let folder = tempfile::tempdir().unwrap();
    for grant in GRANTS {
        let store = folder.path().join(grant);
        let store = store.to_str().unwrap();
        a_killed_refresher_blocks_nobody(store, "a file", grant, Duration::ZERO).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_processes_share_redis() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    for (number, grant) in GRANTS.into_iter().enumerate() {
        let store = format!("{}{number}", server.url());
        eight_processes_cause_one_request(&store, "Redis", grant).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_refresher_leaves_redis_to_the_others() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    for (number, grant) in GRANTS.into_iter().enumerate() {
        let store = format!("{}{number}", server.url());
        a_killed_refresher_blocks_nobody(&store, "Redis", grant, EXPIRY).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_on_this_machine_goes_through_no_proxy() {
    let proxy = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(502))
        .expect(0)
        .mount(&proxy)
        .await;
    let folder = tempfile::tempdir().unwrap();
    for grant in GRANTS {
        let idp = Idp::start().await;
        idp.good_refresh_token("REFRESH-0");
        let store = folder.path().join(grant);
        let mut worker = command(&idp, store.to_str().unwrap(), grant);
        let worker = worker
            .env("HTTP_PROXY", proxy.uri())
            .env("ALL_PROXY", proxy.uri());
        let worker = worker.env_remove("NO_PROXY").spawn().unwrap();
        assert_eq!(token_of(worker).await, "ACCESS-1");
    }
}
