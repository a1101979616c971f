//! Secrets that change while the program runs, stores and further hosts of client credentials.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use std::sync::{Arc, Mutex};

use conga_auth::{
    AuthError, ClientCredentials, ClientCredentialsBuilder, ClientSecret, Credential, Endpoints,
    ExposeSecret, FileStore, RequestContext,
};
use support::{Hand, Idp, Trouble, Troubled};
use url::Url;
use wiremock::ResponseTemplate;

fn builder(idp: &Idp, secret: impl Into<ClientSecret>) -> ClientCredentialsBuilder {
    let endpoints = Endpoints::parse(&format!("{}/token", idp.root()), &idp.root()).unwrap();
    ClientCredentials::builder(endpoints, "client", secret)
}

async fn access(credential: &ClientCredentials) -> String {
    let token = credential.token().await.unwrap();
    token.secret().expose_secret().to_owned()
}

fn refusal() -> ResponseTemplate {
    ResponseTemplate::new(401).set_body_json(serde_json::json!({"error": "invalid_client"}))
}

#[tokio::test]
async fn the_old_token_is_used_until_the_new_secret_works() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "old\n").unwrap();
    let credential = builder(&idp, ClientSecret::file(&file))
        .clock(clock.clone())
        .build()
        .unwrap();
    assert_eq!(access(&credential).await, "ACCESS-1");

    // The file is ahead of the server: the new secret is refused at first.
    std::fs::write(&file, "new\n").unwrap();
    clock.advance(3_301);
    idp.books().next.extend([refusal(), refusal()]);
    assert_eq!(access(&credential).await, "ACCESS-1");
    clock.advance(31);
    assert_eq!(access(&credential).await, "ACCESS-1");
    clock.advance(31);
    assert_eq!(access(&credential).await, "ACCESS-2");
    let secrets: Vec<_> = idp
        .books()
        .forms
        .iter()
        .map(|form| form["client_secret"].clone())
        .collect();
    assert_eq!(secrets, ["old", "new", "new", "new"]);
}

#[tokio::test]
async fn a_secret_that_is_missing_for_a_moment_does_no_harm() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    let secret = Arc::new(Mutex::new(Some("old")));
    let asked = Arc::clone(&secret);
    let secret_now = ClientSecret::from_fn(move || {
        let now = *asked.lock().unwrap();
        let missing = AuthError::store("the vault", "it is sealed", true);
        async move { now.map(Into::into).ok_or(missing) }
    });
    let credential = builder(&idp, secret_now)
        .clock(clock.clone())
        .build()
        .unwrap();
    assert_eq!(access(&credential).await, "ACCESS-1");
    *secret.lock().unwrap() = None;
    clock.advance(3_301);
    assert_eq!(access(&credential).await, "ACCESS-1");
    clock.advance(300);
    let error = credential.token().await.unwrap_err();
    assert!(error.to_string().contains("it is sealed"), "{error}");
    *secret.lock().unwrap() = Some("new");
    assert_eq!(access(&credential).await, "ACCESS-2");
    assert_eq!(idp.token_requests(), 2);
}

#[tokio::test]
async fn a_token_is_shared_by_a_store() {
    let (idp, clock) = (Idp::start().await, Hand::new());
    let folder = tempfile::tempdir().unwrap();
    let store = || FileStore::new(folder.path().join("token"));
    let credential = || {
        builder(&idp, "s")
            .store(store())
            .clock(clock.clone())
            .build()
            .unwrap()
    };
    let (one, two) = (credential(), credential());
    assert_eq!(access(&one).await, "ACCESS-1");
    assert_eq!(access(&two).await, "ACCESS-1");
    // A rejected token is replaced once, by whoever comes first.
    let url = Url::parse(&idp.root()).unwrap();
    let cx = RequestContext::new(&url);
    let old = one.headers(&cx).await.unwrap();
    assert!(one.invalidate(&old).await && two.invalidate(&old).await);
    assert_eq!(access(&two).await, "ACCESS-2");
    assert_eq!(access(&one).await, "ACCESS-2");
    assert_eq!(idp.token_requests(), 2);
    // Another set of scopes is another token.
    let other = builder(&idp, "s")
        .scopes(["sign"])
        .store(store())
        .build()
        .unwrap();
    assert!(matches!(
        other.token().await.unwrap_err(),
        AuthError::Store { .. }
    ));
}

#[tokio::test]
async fn a_store_that_is_away_is_gone_round() {
    let idp = Idp::start().await;
    for trouble in [
        Trouble {
            load: true,
            ..Trouble::default()
        },
        Trouble {
            lock: true,
            ..Trouble::default()
        },
        Trouble {
            save: true,
            ..Trouble::default()
        },
    ] {
        let before = idp.token_requests();
        let credential = builder(&idp, "s")
            .store(Troubled::with(trouble))
            .build()
            .unwrap();
        let token = access(&credential).await;
        assert_eq!(access(&credential).await, token);
        assert_eq!(idp.token_requests() - before, 1);
    }
}

#[tokio::test]
async fn further_hosts_are_allowed_one_by_one() {
    let idp = Idp::start().await;
    let x_author = "https://xauthor-prod-rls10.congacloud.com";
    let credential = builder(&idp, "s").allow_origin(x_author).build().unwrap();
    let allowed = Url::parse(&format!("{x_author}/api/xauthor/v1/x")).unwrap();
    assert!(
        credential
            .headers(&RequestContext::new(&allowed))
            .await
            .is_ok()
    );
    let foreign = Url::parse("https://xauthor-preview-rls09.congacloud.com/").unwrap();
    let error = credential
        .headers(&RequestContext::new(&foreign))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("xauthor-prod-rls10"), "{error}");
    assert!(
        builder(&idp, "s")
            .allow_origin("http://x.example")
            .build()
            .is_err()
    );
}

#[tokio::test]
async fn a_clock_that_is_minutes_off_changes_nothing() {
    // Lifetimes count from this machine's own time, so that a difference to the server's does not matter.
    for skew in [0, 900] {
        let (idp, clock) = (Idp::start().await, Hand::new());
        clock.advance(skew);
        let credential = builder(&idp, "s").clock(clock.clone()).build().unwrap();
        access(&credential).await;
        clock.advance(3_299);
        assert_eq!(access(&credential).await, "ACCESS-1");
        assert_eq!(idp.token_requests(), 1);
    }
}
