//! Sign-in by a browser, with a provider that checks everything and a browser that is played by the test.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use std::time::{Duration, Instant};

use conga_auth::{AuthError, ExposeSecret, MemoryStore, SignIn, TokenStore};
use serde_json::json;
use support::{Idp, query};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wiremock::ResponseTemplate;

/// The browser is sent to the redirect URI with this query. Gives the status, and the page with its headers.
async fn redirected(sign_in: &SignIn, answer: &str) -> (u16, String) {
    let url = format!("{}?{answer}", sign_in.redirect_uri());
    let response = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .get(url)
        .send()
        .await
        .unwrap();
    let status = response.status().as_u16();
    let headers = format!("{:?}", response.headers());
    (status, headers + &response.text().await.unwrap())
}

fn state(sign_in: &SignIn) -> String {
    query(sign_in.url().as_str())["state"].clone()
}

/// The answer of a provider whose user agreed.
fn agreed(idp: &Idp, sign_in: &SignIn) -> String {
    let code = idp.agree(sign_in.url().as_str());
    format!("code={code}&state={}", state(sign_in))
}

async fn begin(idp: &Idp) -> SignIn {
    let client = idp.client().build().unwrap();
    client.authorization_code().begin().await.unwrap()
}

#[tokio::test]
async fn a_user_signs_in_on_a_free_port() {
    let idp = Idp::start().await;
    let store = MemoryStore::new();
    let client = idp.client().store(store.clone()).build().unwrap();
    let sign_in = client
        .authorization_code()
        .parameter("login_hint", "ann@example.com")
        .begin()
        .await
        .unwrap();
    assert!(sign_in.redirect_uri().starts_with("http://127.0.0.1:"));
    let asked = query(sign_in.url().as_str());
    assert_eq!(asked["tenant"], "t1", "the endpoint's own query stays");
    assert_eq!(asked["scope"], "openid offline_access");
    assert_eq!(asked["login_hint"], "ann@example.com");

    let answer = agreed(&idp, &sign_in);
    let (user, (status, page)) = tokio::join!(sign_in.finish(), redirected(&sign_in, &answer));
    assert_eq!(status, 200);
    for part in [
        "You are signed in",
        "no-store",
        "default-src 'none'",
        "no-referrer",
    ] {
        assert!(page.contains(part), "{page}");
    }
    assert!(!page.contains("CODE-1"), "{page}");

    let token = user.unwrap().token().await.unwrap();
    assert_eq!(token.secret().expose_secret(), "ACCESS-1");
    assert_eq!(token.scopes(), ["openid", "offline_access"]);
    let form = idp.books().forms[0].clone();
    assert_eq!(form["client_id"], "client");
    assert!(
        !form.contains_key("client_secret"),
        "a public client has none"
    );
    let stored = store.load().await.unwrap().unwrap();
    assert!(stored.expose_secret().contains("REFRESH-1"));
}

#[tokio::test]
async fn a_fixed_redirect_uri_and_a_secret_are_used_as_given() {
    let idp = Idp::start().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!(
        "http://localhost:{}/signed-in",
        free.local_addr().unwrap().port()
    );
    drop(free);
    let client = idp.client().client_secret("s3cret").build().unwrap();
    let sign_in = client
        .authorization_code()
        .redirect_uri(&uri)
        .begin()
        .await
        .unwrap();
    assert_eq!(query(sign_in.url().as_str())["redirect_uri"], uri);
    let answer = agreed(&idp, &sign_in);
    let (user, (status, _)) = tokio::join!(sign_in.finish(), redirected(&sign_in, &answer));
    user.unwrap();
    assert_eq!(status, 200);
    let books = idp.books();
    assert_eq!(books.forms[0]["client_secret"], "s3cret");
    assert_eq!(books.forms[0]["redirect_uri"], uri);
}

#[tokio::test]
async fn answers_to_other_sign_ins_are_turned_away_and_the_wait_goes_on() {
    let idp = Idp::start().await;
    let sign_in = begin(&idp).await;
    let browser = async {
        for foreign in [
            "code=evil&state=guess",
            "code=evil",
            "error=access_denied&state=guess",
        ] {
            let (status, page) = redirected(&sign_in, foreign).await;
            assert_eq!(status, 400);
            assert!(page.contains("belongs to another sign-in"), "{page}");
        }
        let answer = agreed(&idp, &sign_in);
        redirected(&sign_in, &answer).await
    };
    let (user, (status, _)) = tokio::join!(sign_in.finish(), browser);
    user.unwrap();
    assert_eq!(status, 200);
    assert_eq!(idp.token_requests(), 1, "no foreign code was sent on");
}

#[tokio::test]
async fn where_only_foreign_answers_come_the_state_is_blamed() {
    let idp = Idp::start().await;
    let client = idp.client().build().unwrap();
    let sign_in = client.authorization_code().timeout(Duration::from_secs(3));
    let sign_in = sign_in.begin().await.unwrap();
    let (user, _) = tokio::join!(sign_in.finish(), redirected(&sign_in, "code=x&state=y"));
    assert!(matches!(user.unwrap_err(), AuthError::StateMismatch));
    let error = sign_in.finish_with("code=x&state=y").await.unwrap_err();
    assert!(matches!(error, AuthError::StateMismatch));
}

#[tokio::test]
async fn a_denial_is_told_to_the_user_and_to_the_program() {
    let idp = Idp::start().await;
    let sign_in = begin(&idp).await;
    let answer = format!(
        "error=access_denied&error_description=not+today&state={}",
        state(&sign_in)
    );
    let (user, (status, page)) = tokio::join!(sign_in.finish(), redirected(&sign_in, &answer));
    let error = user.unwrap_err();
    assert!(matches!(error, AuthError::SignInDenied { .. }), "{error:?}");
    assert!(error.to_string().contains("not today"), "{error}");
    assert_eq!(status, 400);
    assert!(
        page.contains("was declined") && !page.contains("not today"),
        "{page}"
    );
}

#[tokio::test]
async fn another_issuer_is_refused() {
    for (required, iss) in [(true, ""), (false, "&iss=https://evil.example")] {
        let fields = json!({"authorization_response_iss_parameter_supported": required});
        let idp = Idp::with_metadata(fields).await;
        let sign_in = begin(&idp).await;
        let answer = agreed(&idp, &sign_in) + iss;
        let (user, (status, _)) = tokio::join!(sign_in.finish(), redirected(&sign_in, &answer));
        let error = user.unwrap_err();
        assert!(matches!(error, AuthError::WrongIssuer { .. }), "{error:?}");
        assert_eq!((status, idp.token_requests()), (400, 0));

        let sign_in = begin(&idp).await;
        let answer = format!("{}&iss={}", agreed(&idp, &sign_in), idp.root());
        sign_in.finish_with(&answer).await.unwrap();
    }
}

#[tokio::test]
async fn nobody_comes() {
    let idp = Idp::start().await;
    let client = idp.client().build().unwrap();
    let sign_in = client
        .authorization_code()
        .timeout(Duration::from_millis(80));
    let error = sign_in.begin().await.unwrap().finish().await.unwrap_err();
    assert!(
        matches!(error, AuthError::SignInTimedOut { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn odd_visitors_do_not_disturb() {
    let idp = Idp::start().await;
    let sign_in = begin(&idp).await;
    let address = sign_in
        .redirect_uri()
        .trim_start_matches("http://")
        .trim_end_matches("/callback")
        .to_owned();
    let connect = || async { TcpStream::connect(&address).await.unwrap() };
    let says = |request: Vec<u8>| {
        let connect = connect();
        async move {
            let mut stream = connect.await;
            stream.write_all(&request).await.unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            String::from_utf8_lossy(&answer).into_owned()
        }
    };
    let browser = async {
        // Browsers open connections ahead of use, and leave them open.
        let (_idle, gone) = (connect().await, connect().await);
        drop(gone);
        let icon = says(b"GET /favicon.ico HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()).await;
        assert!(icon.starts_with("HTTP/1.1 404"), "{icon}");
        let posted = says(b"POST /callback?code=x HTTP/1.1\r\n\r\n".to_vec()).await;
        assert!(posted.starts_with("HTTP/1.1 405"), "{posted}");
        let garbage = says(b"\x16\x03\x01\xff garbage\r\n\r\n".to_vec()).await;
        assert!(garbage.starts_with("HTTP/1.1 400"), "{garbage}");
        let endless = says(vec![b'x'; 40_000]).await;
        assert_eq!(endless, "");
        let answer = agreed(&idp, &sign_in);
        redirected(&sign_in, &answer).await
    };
    let started = Instant::now();
    let (user, (status, _)) = tokio::join!(sign_in.finish(), browser);
    user.unwrap();
    assert_eq!(status, 200);
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "the idle one was not waited for"
    );
}

#[tokio::test]
async fn an_answer_is_pasted() {
    let idp = Idp::start().await;
    let client = idp.client().build().unwrap();
    let begin = || {
        let flow = client.authorization_code().pasted();
        flow.redirect_uri("https://app.example/callback").begin()
    };
    let sign_in = begin().await.unwrap();
    let error = sign_in.finish().await.unwrap_err();
    assert!(error.to_string().contains("finish_with"), "{error}");
    for typo in ["", "what?", "https://app.example/callback"] {
        assert!(sign_in.finish_with(typo).await.is_err(), "{typo}");
    }
    let address = format!(" {}?{}\n", sign_in.redirect_uri(), agreed(&idp, &sign_in));
    let user = sign_in.finish_with(&address).await.unwrap();
    assert_eq!(
        user.token().await.unwrap().secret().expose_secret(),
        "ACCESS-1"
    );

    let sign_in = begin().await.unwrap();
    let code = idp.agree(sign_in.url().as_str());
    sign_in.finish_with(&code).await.unwrap();
}

#[tokio::test]
async fn a_code_of_another_sign_in_is_of_no_use() {
    let idp = Idp::start().await;
    let (mine, theirs) = (begin(&idp).await, begin(&idp).await);
    let their_code = idp.agree(theirs.url().as_str());
    // Even where the state is evaded by pasting the code alone, the verifier does not fit.
    let error = mine.finish_with(&their_code).await.unwrap_err();
    assert_eq!(error.oauth_error(), Some("invalid_grant"));
    assert!(!error.is_retryable());
    assert!(!format!("{error} {error:?}").contains(&their_code));
}

#[tokio::test]
async fn a_used_code_is_refused_and_the_page_says_so() {
    let idp = Idp::start().await;
    let sign_in = begin(&idp).await;
    let answer = agreed(&idp, &sign_in);
    sign_in.finish_with(&answer).await.unwrap();
    let (user, (status, page)) = tokio::join!(sign_in.finish(), redirected(&sign_in, &answer));
    let error = user.unwrap_err();
    assert!(error.to_string().contains("sign in again"), "{error}");
    assert_eq!(status, 400);
    assert!(page.contains("did not work"), "{page}");
}

#[tokio::test]
async fn a_code_is_sent_again_only_where_it_was_certainly_not_used() {
    for (status, requests) in [(429, 3), (500, 1), (502, 1), (503, 1)] {
        let idp = Idp::start().await;
        let busy = || ResponseTemplate::new(status).insert_header("retry-after", "0");
        idp.books().next.extend((0..3).map(|_| busy()));
        let sign_in = begin(&idp).await;
        let answer = agreed(&idp, &sign_in);
        let error = sign_in.finish_with(&answer).await.unwrap_err();
        assert_eq!(error.status().unwrap(), status);
        assert_eq!(idp.token_requests(), requests, "{status}");
    }
}

#[tokio::test]
async fn what_cannot_work_is_told_at_the_start() {
    let without_s256 = json!({"code_challenge_methods_supported": ["plain"]});
    let without_page = json!({"authorization_endpoint": null});
    for (fields, problem) in [
        (without_s256, "S256"),
        (without_page, "no authorization endpoint"),
    ] {
        let idp = Idp::with_metadata(fields).await;
        let client = idp.client().build().unwrap();
        let error = client.authorization_code().begin().await.unwrap_err();
        assert!(error.to_string().contains(problem), "{error}");
    }
    let idp = Idp::start().await;
    let client = idp.client().build().unwrap();
    let flow = || client.authorization_code();
    for (flow, problem) in [
        (flow().parameter("state", "mine"), "`state`"),
        (flow().pasted(), "redirect_uri"),
        (flow().redirect_uri("localhost/cb"), "absolute"),
        (flow().redirect_uri("http://localhost:1/#x"), "fragment"),
    ] {
        let error = flow.begin().await.unwrap_err();
        assert!(
            matches!(error, AuthError::Configuration { .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains(problem), "{error}");
    }
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let idp = Idp::start().await;
    let sign_in = begin(&idp).await;
    let shown = format!("{sign_in:?} {} {:?}", sign_in.url(), sign_in.url());
    let asked = query(sign_in.url().as_str());
    for secret in [&asked["state"], &asked["code_challenge"]] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
