//! The Redis store against a real server: its lock, its fencing, its absence.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use std::time::Duration;

use conga_auth::{
    AuthError, ClientCredentials, Endpoints, ExposeSecret, RedisStore, Saved, TokenStore,
    UserCredential,
};
use support::redis_server::RedisServer;
use support::{Hand, Idp};

fn store(server: &RedisServer, expiry: Duration) -> RedisStore {
    RedisStore::builder(server.url(), "tenant-eu")
        .lock_expiry(expiry)
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap()
}

async fn text(store: &RedisStore) -> Option<String> {
    let text = store.load().await.unwrap();
    text.map(|text| text.expose_secret().to_owned())
}

/// Runs a command of Redis.
async fn redis(server: &RedisServer, words: &[&str]) {
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut command = redis::cmd(words[0]);
    for word in &words[1..] {
        command.arg(*word);
    }
    let _: redis::Value = command.query_async(&mut connection).await.unwrap();
}

const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_text_is_kept_replaced_and_cleared() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let store = store(&server, LONG);
    assert_eq!(text(&store).await, None);
    for expected in ["one", "zwei\u{0}\"é"] {
        let mut lock = store.lock().await.unwrap();
        assert_eq!(lock.save(&expected.into()).await.unwrap(), Saved::Kept);
        lock.release().await;
        assert_eq!(text(&store).await.as_deref(), Some(expected));
    }
    let mut lock = store.lock().await.unwrap();
    lock.clear().await.unwrap();
    lock.release().await;
    assert_eq!(text(&store).await, None);
}

#[tokio::test]
async fn one_holds_the_lock_at_a_time() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let store = store(&server, LONG);
    let held = store.lock().await.unwrap();
    let waiting = tokio::time::timeout(Duration::from_millis(500), store.lock()).await;
    assert!(waiting.is_err(), "the lock is held");
    held.release().await;
    let held = store.lock().await.unwrap();
    // A holder that is stopped gives it back too.
    drop(held);
    store.lock().await.unwrap();
}

#[tokio::test]
async fn a_holder_that_lives_keeps_the_lock_beyond_its_expiry() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let store = store(&server, Duration::from_secs(2));
    let held = store.lock().await.unwrap();
    let waiting = tokio::time::timeout(Duration::from_secs(5), store.lock()).await;
    assert!(waiting.is_err(), "the lock was renewed");
    held.release().await;
}

#[tokio::test]
async fn a_holder_that_lost_its_lock_cannot_overwrite_its_successor() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let store = store(&server, LONG);
    let mut frozen = store.lock().await.unwrap();
    redis(&server, &["DEL", "{tenant-eu}:lock"]).await;
    let mut successor = store.lock().await.unwrap();
    assert_eq!(successor.save(&"new".into()).await.unwrap(), Saved::Kept);
    assert_eq!(frozen.save(&"old".into()).await.unwrap(), Saved::Superseded);
    assert_eq!(text(&store).await.as_deref(), Some("new"));
    // Nor can it give back the lock of another.
    frozen.release().await;
    let waiting = tokio::time::timeout(Duration::from_millis(300), store.lock()).await;
    assert!(waiting.is_err());
    successor.release().await;
}

#[tokio::test]
async fn a_holder_that_lost_its_lock_may_save_while_nobody_else_has() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let store = store(&server, LONG);
    let mut frozen = store.lock().await.unwrap();
    redis(&server, &["DEL", "{tenant-eu}:lock"]).await;
    let mut successor = store.lock().await.unwrap();
    // What it saves may be the only token that the provider still takes.
    assert_eq!(frozen.save(&"first".into()).await.unwrap(), Saved::Kept);
    assert_eq!(successor.save(&"second".into()).await.unwrap(), Saved::Kept);
    assert_eq!(
        frozen.save(&"late".into()).await.unwrap(),
        Saved::Superseded
    );
    assert_eq!(text(&store).await.as_deref(), Some("second"));
}

#[tokio::test]
async fn a_server_that_lost_its_memory_takes_new_holders() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let store = store(&server, LONG);
    for _ in 0..5 {
        store.lock().await.unwrap().release().await;
    }
    let mut old = store.lock().await.unwrap();
    redis(&server, &["FLUSHALL"]).await;
    assert_eq!(old.save(&"old".into()).await.unwrap(), Saved::Kept);
    let mut new = store.lock().await.unwrap();
    assert_eq!(new.save(&"new".into()).await.unwrap(), Saved::Kept);
    assert_eq!(text(&store).await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_key_of_another_kind_is_a_typed_error() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    redis(&server, &["SET", "{tenant-eu}", "SECRET-TEXT"]).await;
    let error = store(&server, LONG).load().await.unwrap_err();
    assert!(matches!(error, AuthError::Store { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("SECRET-TEXT"));
}

fn worker(idp: &Idp, store: &RedisStore, clock: &Hand) -> ClientCredentials {
    let endpoints = Endpoints::parse(&format!("{}/token", idp.root()), &idp.root()).unwrap();
    ClientCredentials::builder(endpoints, "client", "s3cret")
        .store(store.clone())
        .clock(clock.clone())
        .build()
        .unwrap()
}

async fn access(worker: &ClientCredentials) -> String {
    let token = worker.token().await.unwrap();
    token.secret().expose_secret().to_owned()
}

#[tokio::test]
async fn workers_go_on_while_redis_is_away_and_share_again_afterwards() {
    let Some(mut server) = RedisServer::start() else {
        return;
    };
    let (idp, clock) = (Idp::start().await, Hand::new());
    let store = store(&server, LONG);
    let (one, two) = (worker(&idp, &store, &clock), worker(&idp, &store, &clock));
    assert_eq!(
        (access(&one).await, access(&two).await),
        ("ACCESS-1".into(), "ACCESS-1".into())
    );

    let together = idp.token_requests();

    server.down();
    assert_eq!(
        access(&one).await,
        "ACCESS-1",
        "the token at hand needs no Redis"
    );
    clock.advance(3_601);
    assert_eq!(access(&one).await, "ACCESS-2");
    assert_eq!(access(&two).await, "ACCESS-3");
    assert_eq!(
        access(&two).await,
        "ACCESS-3",
        "one request each, not one a call"
    );
    let alone = idp.token_requests() - together;

    server.up();
    clock.advance(3_601);
    assert_eq!(
        (access(&one).await, access(&two).await),
        ("ACCESS-4".into(), "ACCESS-4".into())
    );
    let again = idp.token_requests() - together - alone;
    println!(
        "2 workers share Redis: {together} token request; while it is away: {alone}; once it is back: {again}"
    );
    assert_eq!((together, alone, again), (1, 2, 1));
}

#[tokio::test]
async fn workers_go_on_while_redis_hangs() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let (idp, clock) = (Idp::start().await, Hand::new());
    let store = RedisStore::builder(server.url(), "tenant-eu")
        .timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    let worker = worker(&idp, &store, &clock);
    assert_eq!(access(&worker).await, "ACCESS-1");
    server.freeze();
    clock.advance(3_601);
    assert_eq!(access(&worker).await, "ACCESS-2");
    server.thaw();
    clock.advance(3_601);
    assert_eq!(access(&worker).await, "ACCESS-3");
    assert!(text(&store).await.unwrap().contains("ACCESS-3"));
}

#[tokio::test]
async fn a_wrong_password_is_told_without_it() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    redis(&server, &["CONFIG", "SET", "requirepass", "SECRET-right"]).await;
    let with = |password: &str| {
        let url = server.url().replace("//", &format!("//:{password}@"));
        RedisStore::builder(url, "tenant-eu").build().unwrap()
    };
    assert_eq!(text(&with("SECRET-right")).await, None);
    for store in [with("SECRET-wrong"), store(&server, LONG)] {
        let error = store.load().await.unwrap_err();
        assert!(error.to_string().contains("its password"), "{error}");
        assert!(!format!("{error} {error:?} {store:?}").contains("SECRET"));
    }
}

#[tokio::test]
async fn a_refresh_token_waits_for_redis() {
    let Some(mut server) = RedisServer::start() else {
        return;
    };
    let (idp, clock) = (Idp::start().await, Hand::new());
    idp.good_refresh_token("REFRESH-0");
    let client = idp
        .client()
        .store(store(&server, LONG))
        .clock(clock.clone())
        .build()
        .unwrap();
    let user: UserCredential = client.user_with_refresh_token("REFRESH-0");
    user.token().await.unwrap();
    server.down();
    clock.advance(3_400);
    user.token().await.expect("still valid, though it is due");
    clock.advance(300);
    let error = user.token().await.unwrap_err();
    assert!(
        matches!(error, AuthError::Store { .. }) && error.is_retryable(),
        "{error:?}"
    );
    assert_eq!(idp.token_requests(), 1);
    assert!(!idp.books().family_revoked);

    // It had nothing on disk: what it lost, the worker still has.
    server.up();
    let token = user.token().await.unwrap();
    assert_eq!(token.secret().expose_secret(), "ACCESS-2");
    assert_eq!(idp.books().forms[1]["refresh_token"], "REFRESH-1");
}
