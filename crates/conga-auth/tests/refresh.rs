//! Users who stay signed in: rotation of refresh tokens, races, restarts, sign-out.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use conga_auth::{
    AuthError, Credential, ExposeSecret, FileStore, MemoryStore, RequestContext, TokenStore,
    UserCredential,
};
use support::{Hand, Idp, Trouble, Troubled, at_once};
use url::Url;
use wiremock::ResponseTemplate;

async fn access(user: &UserCredential) -> String {
    let token = user.token().await.unwrap();
    token.secret().expose_secret().to_owned()
}

/// The refresh tokens that were sent, in order.
fn refreshed_with(idp: &Idp) -> Vec<String> {
    let books = idp.books();
    let sent = books
        .forms
        .iter()
        .filter_map(|form| form.get("refresh_token"));
    sent.cloned().collect()
}

/// A user who signed in with the refresh token `REFRESH-0`.
fn user(idp: &Idp, clock: &Hand, store: impl TokenStore) -> UserCredential {
    idp.good_refresh_token("REFRESH-0");
    let client = idp.client().clock(clock.clone()).store(store).build();
    client.unwrap().user_with_refresh_token("REFRESH-0")
}

#[tokio::test]
async fn each_refresh_token_is_used_once() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    let user = user(&idp, &clock, MemoryStore::new());
    for number in 1..=3 {
        assert_eq!(access(&user).await, format!("ACCESS-{number}"));
        assert_eq!(access(&user).await, format!("ACCESS-{number}"));
        clock.advance(3_301);
    }
    assert_eq!(
        refreshed_with(&idp),
        ["REFRESH-0", "REFRESH-1", "REFRESH-2"]
    );
    assert!(!idp.books().family_revoked);
}

#[tokio::test]
async fn a_refresh_token_that_is_not_replaced_stays_in_use() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    idp.books().keeps_refresh_tokens = true;
    let user = user(&idp, &clock, MemoryStore::new());
    access(&user).await;
    clock.advance(3_301);
    access(&user).await;
    assert_eq!(refreshed_with(&idp), ["REFRESH-0", "REFRESH-0"]);
}

#[tokio::test]
async fn a_rejected_token_is_refreshed() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    let user = user(&idp, &clock, MemoryStore::new());
    let url = Url::parse(&idp.root()).unwrap();
    let cx = RequestContext::new(&url);
    let first = user.headers(&cx).await.unwrap();
    assert_eq!(first["authorization"], "Bearer ACCESS-1");
    assert!(user.invalidate(&first).await);
    assert_eq!(
        user.headers(&cx).await.unwrap()["authorization"],
        "Bearer ACCESS-2"
    );
    let foreign = Url::parse("https://evil.example/").unwrap();
    let error = user
        .headers(&RequestContext::new(&foreign))
        .await
        .unwrap_err();
    assert!(matches!(error, AuthError::ForeignHost { .. }));
}

#[tokio::test]
async fn a_sign_in_outlives_the_process() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    let folder = tempfile::tempdir().unwrap();
    let store = || FileStore::new(folder.path().join("token"));
    assert_eq!(access(&user(&idp, &clock, store())).await, "ACCESS-1");

    // The next process: first with the token that is still good, then with the refresh token that was stored.
    let client = idp
        .client()
        .clock(clock.clone())
        .store(store())
        .build()
        .unwrap();
    assert_eq!(access(&client.user()).await, "ACCESS-1");
    clock.advance(3_601);
    assert_eq!(access(&client.user()).await, "ACCESS-2");
    // One that still names the first refresh token does not use it again.
    assert_eq!(access(&user(&idp, &clock, store())).await, "ACCESS-2");
    assert_eq!(refreshed_with(&idp), ["REFRESH-0", "REFRESH-1"]);
}

#[tokio::test]
async fn where_nobody_signed_in_the_error_says_so() {
    let idp = Idp::start().await;
    let error = idp
        .client()
        .build()
        .unwrap()
        .user()
        .token()
        .await
        .unwrap_err();
    assert!(
        matches!(error, AuthError::SignInRequired { .. }),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("nobody has signed in yet"),
        "{error}"
    );
    assert_eq!(idp.token_requests(), 0);
}

#[tokio::test]
async fn a_revoked_sign_in_asks_for_another() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    let client = idp.client().clock(clock.clone()).build().unwrap();
    let error = client
        .user_with_refresh_token("REVOKED")
        .token()
        .await
        .unwrap_err();
    assert!(
        matches!(error, AuthError::SignInRequired { .. }),
        "{error:?}"
    );
    assert_eq!(error.oauth_error(), Some("invalid_grant"));
    assert!(!error.is_retryable());
    assert!(!format!("{error} {error:?}").contains("REVOKED"));
    assert_eq!(idp.token_requests(), 1);
}

#[tokio::test]
async fn a_refresh_token_is_sent_again_only_where_it_was_certainly_not_used() {
    for (status, requests) in [(429, 3), (500, 1), (503, 1)] {
        let (idp, clock) = (Idp::start().await, Hand::new());
        let busy = || ResponseTemplate::new(status).insert_header("retry-after", "0");
        idp.books().next.extend((0..requests).map(|_| busy()));
        let user = user(&idp, &clock, MemoryStore::new());
        assert!(user.token().await.unwrap_err().is_retryable());
        assert_eq!(idp.token_requests(), requests, "{status}");
        assert_eq!(access(&user).await, "ACCESS-1");
    }
}

#[tokio::test]
async fn credentials_that_share_a_store_refresh_once() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    idp.books().token_delay = Duration::from_millis(50);
    let store = MemoryStore::new();
    let users: Vec<_> = (0..8).map(|_| user(&idp, &clock, store.clone())).collect();
    for tokens in 1..=2 {
        let all = users.iter().map(access);
        let all = futures_util::future::join_all(all).await;
        assert!(
            all.iter().all(|token| *token == format!("ACCESS-{tokens}")),
            "{all:?}"
        );
        assert_eq!(idp.token_requests(), tokens);
        clock.advance(3_601);
    }
}

#[tokio::test]
async fn who_loses_the_race_takes_what_the_winner_stored() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    // No lock at all: both send the same refresh token, and the provider takes it from one.
    let store = Troubled::with(Trouble {
        no_lock: true,
        ..Trouble::default()
    });
    idp.books().token_delay = Duration::from_millis(100);
    let (one, two) = (user(&idp, &clock, store.clone()), user(&idp, &clock, store));
    let (one, two) = tokio::join!(access(&one), access(&two));
    assert_eq!((one.as_str(), two.as_str()), ("ACCESS-1", "ACCESS-1"));
    assert_eq!(idp.token_requests(), 2);
}

#[tokio::test]
async fn who_lost_the_lock_takes_what_was_stored_meanwhile() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    let other = MemoryStore::new();
    idp.good_refresh_token("REFRESH-9");
    let client = idp.client().clock(clock.clone()).store(other.clone());
    let winner = client.build().unwrap().user_with_refresh_token("REFRESH-9");
    assert_eq!(access(&winner).await, "ACCESS-1");
    let theirs = other.load().await.unwrap().unwrap();

    let store = Troubled::with(Trouble {
        superseded_by: Some(theirs.expose_secret().to_owned()),
        ..Trouble::default()
    });
    assert_eq!(access(&user(&idp, &clock, store)).await, "ACCESS-1");
    assert_eq!(idp.token_requests(), 2);
}

#[tokio::test]
async fn clocks_that_differ_by_minutes_use_no_refresh_token_twice() {
    let (idp, slow, fast) = (Idp::start().await, Hand::new(), Hand::new());
    fast.advance(600);
    let store = MemoryStore::new();
    let (one, two) = (
        user(&idp, &fast, store.clone()),
        user(&idp, &slow, store.clone()),
    );
    assert_eq!(access(&one).await, "ACCESS-1");
    for clock in [&slow, &fast] {
        clock.advance(300);
    }
    // Another machine replaces the token, five minutes later, at a time before that of the first.
    let url = Url::parse(&idp.root()).unwrap();
    let rejected = two.headers(&RequestContext::new(&url)).await.unwrap();
    two.invalidate(&rejected).await;
    assert_eq!(access(&two).await, "ACCESS-2");
    // By now its end has come too, by the clock that is ahead.
    fast.advance(3_360);
    assert_eq!(access(&one).await, "ACCESS-3");
    assert_eq!(
        refreshed_with(&idp),
        ["REFRESH-0", "REFRESH-1", "REFRESH-2"]
    );
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_lose_the_new_token() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    idp.books().token_delay = Duration::from_millis(150);
    let store = Troubled::default();
    let user = user(&idp, &clock, store.clone());
    let gone = tokio::time::timeout(Duration::from_millis(60), user.token()).await;
    assert!(gone.is_err(), "the caller gave up");
    while store.text().await.is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(store.text().await.unwrap().contains("REFRESH-1"));
    assert_eq!(access(&user).await, "ACCESS-1");
    assert_eq!(idp.token_requests(), 1);
}

#[tokio::test]
async fn without_its_store_a_refresh_token_is_not_used() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    for trouble in [
        Trouble {
            load: true,
            ..Trouble::default()
        },
        Trouble {
            lock: true,
            ..Trouble::default()
        },
    ] {
        let store = Troubled::with(trouble);
        let user = user(&idp, &clock, store.clone());
        let error = user.token().await.unwrap_err();
        assert!(matches!(error, AuthError::Store { .. }), "{error:?}");
        assert!(error.is_retryable());
        assert_eq!(idp.token_requests(), 0);
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_stored_is_in_use_all_the_same() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    let store = Troubled::with(Trouble {
        save: true,
        ..Trouble::default()
    });
    let user = user(&idp, &clock, store.clone());
    assert_eq!(access(&user).await, "ACCESS-1");
    clock.advance(3_301);
    assert_eq!(
        access(&user).await,
        "ACCESS-2",
        "its refresh token was not lost"
    );
    *store.trouble.lock().unwrap() = Trouble::default();
    clock.advance(3_301);
    assert_eq!(access(&user).await, "ACCESS-3");
    assert!(store.text().await.unwrap().contains("REFRESH-3"));
}

#[tokio::test]
async fn a_sign_in_that_cannot_be_stored_goes_before_the_one_that_is() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    let store = Troubled::default();
    access(&user(&idp, &clock, store.clone())).await;
    store.trouble.lock().unwrap().save = true;
    let client = idp.client().clock(clock.clone()).store(store.clone());
    let client = client.build().unwrap();
    let flow = client.authorization_code().pasted();
    let flow = flow.redirect_uri("http://127.0.0.1:9/callback");
    let sign_in = flow.begin().await.unwrap();
    let code = idp.agree(sign_in.url().as_str());
    let user = sign_in.finish_with(&code).await.unwrap();
    assert_eq!(access(&user).await, "ACCESS-2");
    *store.trouble.lock().unwrap() = Trouble::default();
    clock.advance(3_301);
    assert_eq!(access(&user).await, "ACCESS-3");
    assert_eq!(refreshed_with(&idp), ["REFRESH-0", "REFRESH-2"]);
}

#[tokio::test]
async fn a_store_of_another_client_is_refused_and_left_alone() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    let store = Troubled::default();
    access(&user(&idp, &clock, store.clone())).await;
    let before = store.text().await;

    let elsewhere = Idp::start().await;
    let stranger = user(&elsewhere, &clock, store.clone());
    let error = stranger.token().await.unwrap_err();
    assert!(error.to_string().contains("a store of its own"), "{error}");
    assert!(!error.is_retryable());
    assert!(stranger.sign_out().await.is_err());
    assert!(stranger.forget().await.is_err());
    assert_eq!(store.text().await, before);
    assert_eq!(elsewhere.token_requests(), 0);
}

#[tokio::test]
async fn what_is_no_token_is_replaced() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    let store = Troubled::default();
    let mut lock = store.inner.lock().await.unwrap();
    let _ = lock.save(&"{\"version\": 1, \"own".into()).await.unwrap();
    lock.release().await;
    assert_eq!(access(&user(&idp, &clock, store.clone())).await, "ACCESS-1");
    assert!(store.text().await.unwrap().contains("ACCESS-1"));
}

#[tokio::test]
async fn signing_out_revokes_and_forgets() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    let store = Troubled::default();
    let user = user(&idp, &clock, store.clone());
    access(&user).await;
    user.sign_out().await.unwrap();
    assert_eq!(idp.books().revoked, ["REFRESH-1"]);
    assert_eq!(store.text().await, None);

    let client = idp.client().clock(clock).store(store).build().unwrap();
    assert!(matches!(
        client.user().token().await.unwrap_err(),
        AuthError::SignInRequired { .. }
    ));
    client.user().sign_out().await.unwrap();
    assert_eq!(idp.books().revoked.len(), 1, "there was nothing to revoke");
}

#[tokio::test]
async fn a_sign_out_that_fails_keeps_the_sign_in() {
    let fields = serde_json::json!({"revocation_endpoint": "http://127.0.0.1:9/"});
    let (idp, clock) = (Idp::with_metadata(fields).await, Hand::new());
    let store = Troubled::default();
    let user = user(&idp, &clock, store.clone());
    access(&user).await;
    assert!(user.sign_out().await.unwrap_err().is_retryable());
    assert!(store.text().await.is_some());
    assert_eq!(access(&user).await, "ACCESS-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_tasks_with_an_expired_token_cause_one_request() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    let user = Arc::new(user(&idp, &clock, MemoryStore::new()));
    access(&user).await;
    clock.advance(3_601);
    let before = idp.token_requests();
    idp.books().token_delay = Duration::from_millis(100);
    let tokens = at_once(1_000, || {
        let user = Arc::clone(&user);
        async move { access(&user).await }
    });
    assert!(tokens.await.iter().all(|token| token == "ACCESS-2"));
    let requests = idp.token_requests() - before;
    println!("1000 tasks with an expired token: {requests} token request");
    assert_eq!(requests, 1);
}
