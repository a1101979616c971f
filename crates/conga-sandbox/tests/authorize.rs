//! Signing a user in through the browser: the authorization endpoint, the pages, the code.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::{
    Arrival, Browser, CALLBACK, PKCE, assert_error, authorize_url, log_in, post_form, redeem,
    request, sign_in, user_tokens,
};
use conga_sandbox::{Clock, Sandbox};
use futures_util::future::join_all;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::Client;
use serde_json::Value;

const ANY: &str = "/api/approvals/v1/process-steps/1";

async fn with_clock() -> (Sandbox, Clock) {
    let clock = Clock::system();
    let sandbox = Sandbox::builder().clock(clock.clone());
    (sandbox.start().await.unwrap(), clock)
}

async fn keys(sandbox: &Sandbox) -> JwkSet {
    let url = format!("{}/.well-known/openid-configuration/jwks", sandbox.issuer());
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

/// The claims of a token, verified as a client would.
async fn claims(sandbox: &Sandbox, token: &str, audience: &str) -> Value {
    let kid = decode_header(token).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(keys(sandbox).await.find(&kid).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[sandbox.issuer()]);
    validation.set_audience(&[audience]);
    decode::<Value>(token, &key, &validation).unwrap().claims
}

#[tokio::test]
async fn a_user_signs_in_consents_and_the_client_acts_as_them() {
    let sandbox = Sandbox::start().await.unwrap();
    let arrived = sign_in(&sandbox, &Browser::new(), &[]).await;
    assert_eq!(arrived["state"], "the state");
    assert_eq!(arrived["iss"], sandbox.issuer());
    let answer = redeem(&sandbox, &arrived["code"]).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let tokens: Value = answer.json().await.unwrap();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "openid profile api.cart offline_access");
    assert!(tokens["refresh_token"].is_string());

    let user_id = &sandbox.accounts().user.user_id;
    let access = tokens["access_token"].as_str().unwrap();
    let claimed = claims(&sandbox, access, sandbox.base_url()).await;
    assert_eq!(claimed["sub"], *user_id);
    assert_eq!(claimed["client_id"], "sandbox-ui");
    assert_eq!(claimed["c_org_iurl"], sandbox.base_url());
    let id_token = tokens["id_token"].as_str().unwrap();
    let claimed = claims(&sandbox, id_token, "sandbox-ui").await;
    assert_eq!(claimed["sub"], *user_id);
    assert_eq!(claimed["nonce"], "the nonce");
    assert_eq!(claimed["amr"][0], "pwd");
    assert!(claimed["auth_time"].is_i64());
    let hash = digest::digest(&digest::SHA256, access.as_bytes());
    let half = URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]);
    assert_eq!(claimed["at_hash"], half);

    let call = request(&sandbox, "GET", ANY, access).send().await.unwrap();
    assert_eq!(call.status(), 200);
    let as_access = request(&sandbox, "GET", ANY, id_token)
        .send()
        .await
        .unwrap();
    assert_eq!(as_access.status(), 401);
    let info = request(&sandbox, "GET", "/api/v1/auth/connect/userinfo", access);
    let info: Value = info.send().await.unwrap().json().await.unwrap();
    assert_eq!(info["sub"], *user_id);
    assert_eq!(info["name"], "Ada Sandbox");
    assert_eq!(info.get("email"), None);
}

#[tokio::test]
async fn a_browser_that_is_signed_in_and_has_consented_is_not_asked_again() {
    let (sandbox, clock) = with_clock().await;
    let browser = Browser::new();
    let silent = authorize_url(&sandbox, &[("prompt", "none")]);
    let arrived = browser.open(&silent).await.parameters();
    assert_eq!(arrived["error"], "login_required");
    assert_eq!(arrived["state"], "the state");
    sign_in(&sandbox, &browser, &[]).await;
    assert!(
        browser
            .open(&silent)
            .await
            .parameters()
            .contains_key("code")
    );

    let more = [("prompt", "none"), ("scope", "openid email")];
    let arrived = browser
        .open(&authorize_url(&sandbox, &more))
        .await
        .parameters();
    assert_eq!(arrived["error"], "consent_required");
    let again = authorize_url(&sandbox, &[("prompt", "consent")]);
    browser.open(&again).await.page("Allow access?");
    for more in [
        ("prompt", "login"),
        ("prompt", "select_account"),
        ("scope", "force_login"),
    ] {
        browser
            .open(&authorize_url(&sandbox, &[more]))
            .await
            .page("Sign in");
    }
    let recent = authorize_url(&sandbox, &[("max_age", "60")]);
    assert!(
        browser
            .open(&recent)
            .await
            .parameters()
            .contains_key("code")
    );
    clock.advance(Duration::from_secs(61));
    browser
        .open(&authorize_url(&sandbox, &[("max_age", "0")]))
        .await
        .page("Sign in");
    let page = browser.open(&recent).await.page("Sign in");
    let arrived = log_in(&sandbox, &browser, &page).await.parameters();
    assert!(arrived.contains_key("code"));
    clock.advance(Duration::from_secs(8 * 3600));
    browser
        .open(&authorize_url(&sandbox, &[]))
        .await
        .page("Sign in");
}

#[tokio::test]
async fn a_user_who_says_no_sends_the_client_away() {
    let sandbox = Sandbox::start().await.unwrap();
    let browser = Browser::new();
    let page = browser.open(&authorize_url(&sandbox, &[])).await;
    let page = log_in(&sandbox, &browser, &page.page("Sign in")).await;
    let page = page.page("Allow access?");
    assert!(
        page.html.contains("Configure and price carts"),
        "{}",
        page.html
    );
    let arrived = browser
        .submit(&page, &[("decision", "deny")])
        .await
        .parameters();
    assert_eq!(arrived["error"], "access_denied");
    assert_eq!(arrived["state"], "the state");
    assert_eq!(arrived["iss"], sandbox.issuer());
    assert_eq!(arrived.get("code"), None);
}

#[tokio::test]
async fn a_code_works_once_and_its_second_use_revokes_what_the_first_gave() {
    let sandbox = Sandbox::start().await.unwrap();
    let arrived = sign_in(&sandbox, &Browser::new(), &[]).await;
    let tokens: Value = redeem(&sandbox, &arrived["code"])
        .await
        .json()
        .await
        .unwrap();
    let access = tokens["access_token"].as_str().unwrap();
    let call = || request(&sandbox, "GET", ANY, access).send();
    assert_eq!(call().await.unwrap().status(), 200);
    assert_error(
        redeem(&sandbox, &arrived["code"]).await,
        400,
        "invalid_grant",
    )
    .await;
    assert_eq!(call().await.unwrap().status(), 401);
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", "sandbox-ui"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    assert_error(post_form(&sandbox, &refresh).await, 400, "invalid_grant").await;
}

#[tokio::test]
async fn a_code_is_bound_to_its_client_redirect_and_verifier() {
    let (sandbox, clock) = with_clock().await;
    let code = async || {
        let arrived = sign_in(&sandbox, &Browser::new(), &[]).await;
        arrived["code"].clone()
    };
    let post = async |code: &str, change: (&str, &str)| {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", "sandbox-ui"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", PKCE.0),
        ];
        form.retain(|(name, _)| *name != change.0);
        form.push(change);
        post_form(&sandbox, &form).await
    };
    let wrong = [
        ("redirect_uri", "http://127.0.0.1:10/callback"),
        (
            "code_verifier",
            "another-verifier-that-is-long-enough-for-the-rfc",
        ),
    ];
    for change in wrong {
        let code = code().await;
        assert_error(post(&code, change).await, 400, "invalid_grant").await;
        // The wrong use was the one use.
        assert_error(redeem(&sandbox, &code).await, 400, "invalid_grant").await;
    }
    for missing in ["redirect_uri", "code_verifier", "code"] {
        let code = code().await;
        assert_error(post(&code, (missing, "")).await, 400, "invalid_request").await;
    }
    for malformed in ["short", &"x".repeat(129), &format!("{}=", PKCE.0)] {
        let code = code().await;
        let change = ("code_verifier", malformed);
        assert_error(post(&code, change).await, 400, "invalid_grant").await;
    }
    let held = code().await;
    let foreign = [
        ("grant_type", "authorization_code"),
        ("client_id", "sandbox-api"),
        ("client_secret", "sandbox-secret"),
        ("code", &held),
        ("redirect_uri", CALLBACK),
        ("code_verifier", PKCE.0),
    ];
    assert_error(
        post_form(&sandbox, &foreign).await,
        400,
        "unauthorized_client",
    )
    .await;
    clock.advance(Duration::from_secs(299));
    assert_eq!(redeem(&sandbox, &held).await.status(), 200);
    let late = code().await;
    clock.advance(Duration::from_secs(300));
    assert_error(redeem(&sandbox, &late).await, 400, "invalid_grant").await;
    assert_error(redeem(&sandbox, "made-up").await, 400, "invalid_grant").await;
}

#[tokio::test]
async fn the_secret_of_a_ui_connection_may_be_left_out_but_not_be_wrong() {
    let sandbox = Sandbox::start().await.unwrap();
    let post = async |secret: &str, basic: bool| {
        let arrived = sign_in(&sandbox, &Browser::new(), &[]).await;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", arrived["code"].as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", PKCE.0),
        ];
        let request = Client::new().post(sandbox.token_url());
        let request = if basic {
            request.basic_auth("sandbox-ui", Some(secret))
        } else {
            form.extend([("client_id", "sandbox-ui"), ("client_secret", secret)]);
            request
        };
        request.form(&form).send().await.unwrap()
    };
    for basic in [true, false] {
        assert_eq!(post("sandbox-secret", basic).await.status(), 200);
        assert_error(post("wrong", basic).await, 401, "invalid_client").await;
    }
}

#[tokio::test]
async fn nothing_is_sent_to_an_address_that_is_not_registered() {
    let sandbox = Sandbox::start().await.unwrap();
    let browser = Browser::new();
    let bad = [
        ("redirect_uri", "http://127.0.0.1:9/callback/../x"),
        ("redirect_uri", "http://127.0.0.1:9/other"),
        ("redirect_uri", "http://localhost:9/callback"),
        ("redirect_uri", "http://localhost:3000/callback/"),
        ("redirect_uri", "https://evil.example/callback"),
        ("redirect_uri", "http://127.0.0.1:9@evil.example/callback"),
        ("redirect_uri", "http://127.0.0.1:9/callback#part"),
        ("redirect_uri", "http://127.0.0.1:9/x/../callback"),
        ("redirect_uri", "http://127.0.0.1:9/%63allback"),
        ("redirect_uri", "http://127.0.0.1:9/callback?more=1"),
        ("redirect_uri", "http://127.0.0.1:9\\\\callback"),
        ("redirect_uri", "HTTP://127.0.0.1:9/callback"),
        ("redirect_uri", "http://127.1:9/callback"),
        ("redirect_uri", "https://127.0.0.1:9/callback"),
        ("redirect_uri", "//evil.example"),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", ""),
        ("client_id", ""),
        ("client_id", "nobody"),
        ("client_id", "sandbox-api"),
        ("client_id", "sandbox-integration"),
    ];
    for change in bad {
        let url = authorize_url(&sandbox, &[change]);
        let page = browser
            .open(&url)
            .await
            .page("This request cannot be carried out");
        assert_eq!(page.status, 400, "{change:?}");
    }
    let url = authorize_url(&sandbox, &[]) + "&redirect_uri=https%3A%2F%2Fevil.example%2F";
    browser
        .open(&url)
        .await
        .page("This request cannot be carried out");
    for good in [
        "http://127.0.0.1:54321/",
        "http://[::1]:7/callback",
        "http://localhost:3000/callback",
    ] {
        let url = authorize_url(&sandbox, &[("redirect_uri", good)]);
        browser.open(&url).await.page("Sign in");
    }
}

#[tokio::test]
async fn other_faults_are_told_to_the_client() {
    let sandbox = Sandbox::start().await.unwrap();
    let browser = Browser::new();
    let long = "x".repeat(5000);
    let bad = [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("response_mode", "fragment", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("scope", "openid api.nonsense", "invalid_scope"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "maybe", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        (
            "request",
            "eyJhbGciOiJub25lIn0.e30.",
            "request_not_supported",
        ),
        (
            "request_uri",
            "https://evil.example/",
            "request_uri_not_supported",
        ),
        ("nonce", &long, "invalid_request"),
    ];
    for (name, value, error) in bad {
        let url = authorize_url(&sandbox, &[(name, value)]);
        let arrived = browser.open(&url).await.parameters();
        assert_eq!(arrived["error"], error, "{name}={value}");
        assert_eq!(arrived["state"], "the state");
        assert_eq!(arrived["iss"], sandbox.issuer());
    }
    let twice = authorize_url(&sandbox, &[]) + "&nonce=again";
    let arrived = browser.open(&twice).await.parameters();
    assert_eq!(arrived["error"], "invalid_request");
}

#[tokio::test]
async fn a_request_may_be_posted_from_another_site() {
    let sandbox = Sandbox::start().await.unwrap();
    let browser = Browser::new();
    let arrived = sign_in(&sandbox, &browser, &[]).await;
    let tokens: Value = redeem(&sandbox, &arrived["code"])
        .await
        .json()
        .await
        .unwrap();
    // A browser withholds its cookie from the form, since it is `SameSite=Lax`, but not from the redirect.
    let post = async |url: &url::Url| {
        let form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let endpoint = url.as_str().split('?').next().unwrap();
        let answer = Browser::new()
            .send(|client| client.post(endpoint).form(&form))
            .await;
        assert_eq!(answer.status(), 303);
        assert!(!answer.headers().contains_key("set-cookie"));
        let next = answer.headers()["location"].to_str().unwrap().to_owned();
        browser.open(&next).await
    };
    let url = url::Url::parse(&authorize_url(&sandbox, &[])).unwrap();
    assert!(post(&url).await.parameters().contains_key("code"));
    let end = format!("{}/connect/endsession", sandbox.issuer());
    let hint = tokens["id_token"].as_str().unwrap();
    let end = url::Url::parse_with_params(&end, [("id_token_hint", hint)]).unwrap();
    post(&end).await.page("Signed out");
    browser.open(url.as_str()).await.page("Sign in");

    let form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let endpoint = url.as_str().split('?').next().unwrap().to_owned();
    let answer = browser
        .send(|client| client.post(&endpoint).json(&form))
        .await;
    assert_eq!(answer.status(), 400);
}

#[tokio::test]
async fn pages_are_guarded() {
    let sandbox = Sandbox::start().await.unwrap();
    let browser = Browser::new();
    let url = authorize_url(&sandbox, &[("login_hint", "\"><script>alert(1)</script>")]);
    let page = browser.open(&url).await.page("Sign in");
    assert!(!page.html.contains("<script"), "{}", page.html);
    let url = format!("{}?{}", page.action(), {
        let (_, request) = &page.hidden()[1];
        format!("request={request}")
    });
    let answer = browser.send(|client| client.get(&url)).await;
    assert_guarded(&answer, "form-action 'self' http://127.0.0.1:9;");
    log_in(&sandbox, &browser, &page)
        .await
        .page("Allow access?");
    for path in [
        "/connect/authorize",
        "/connect/endsession",
        "/consent",
        "/account/login?request=unknown",
        "/device",
    ] {
        let url = format!("{}{path}", sandbox.issuer());
        let answer = browser.send(|client| client.get(&url)).await;
        assert_guarded(&answer, "form-action 'self';");
    }

    let answer = browser
        .send(|client| client.get(authorize_url(&sandbox, &[])))
        .await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/api/v1/auth"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    let length = cookie.split(['=', ';']).nth(1).unwrap().len();
    assert_eq!(length, 43, "{cookie}");
}

/// Asserts what keeps a page out of caches, frames and the hands of scripts.
fn assert_guarded(answer: &reqwest::Response, form_action: &str) {
    let header = |name: &str| answer.headers()[name].to_str().unwrap();
    let url = answer.url();
    assert!(header("content-type").starts_with("text/html"), "{url}");
    assert_eq!(header("cache-control"), "no-store", "{url}");
    assert_eq!(header("x-frame-options"), "DENY", "{url}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{url}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{url}");
    let policy = header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", form_action] {
        assert!(policy.contains(part), "{url}: {policy}");
    }
}

#[tokio::test]
async fn a_session_gets_another_cookie_at_sign_in() {
    let sandbox = Sandbox::start().await.unwrap();
    let browser = Browser::new();
    let page = browser.open(&authorize_url(&sandbox, &[])).await;
    let before = browser.cookie();
    log_in(&sandbox, &browser, &page.page("Sign in")).await;
    assert_ne!(browser.cookie(), before);
    // Whoever has planted the first one has nothing.
    let thief = Browser::with_cookie(&before);
    let silent = authorize_url(&sandbox, &[("prompt", "none")]);
    let arrived = thief.open(&silent).await.parameters();
    assert_eq!(arrived["error"], "login_required");
    // A made-up one is not taken either.
    let (name, _) = before.split_once('=').unwrap();
    let other = Browser::with_cookie(&format!("{name}=planted"));
    other
        .open(&authorize_url(&sandbox, &[]))
        .await
        .page("Sign in");
    assert!(!other.cookie().contains("planted"));
}

#[tokio::test]
async fn a_form_must_come_from_a_page_of_the_same_browser() {
    let sandbox = Sandbox::start().await.unwrap();
    let (victim, attacker) = (Browser::new(), Browser::new());
    let page = victim
        .open(&authorize_url(&sandbox, &[]))
        .await
        .page("Sign in");
    let user = &sandbox.accounts().user;
    let credentials = [
        ("user_name", user.user_name.clone()),
        ("password", user.password.clone()),
    ];
    // Another browser, without a session and with one of its own.
    log_in(&sandbox, &attacker, &page)
        .await
        .page("This page has expired");
    attacker
        .open(&authorize_url(&sandbox, &[]))
        .await
        .page("Sign in");
    log_in(&sandbox, &attacker, &page)
        .await
        .page("This page has expired");
    // The same browser, with a form of another site.
    let action = page.action().to_owned();
    let request = page.hidden()[1].1.clone();
    for token in [None, Some("guessed")] {
        let mut form: Vec<(&str, String)> = credentials.to_vec();
        form.push(("request", request.clone()));
        form.extend(token.map(|token| ("form_token", token.to_owned())));
        let answer = victim.send(|client| client.post(&action).form(&form)).await;
        assert_eq!(answer.status(), 400);
    }
    // Consent is not to be had that way either.
    let consent = log_in(&sandbox, &victim, &page).await.page("Allow access?");
    let action = consent.action().to_owned();
    let request = consent.hidden()[1].1.clone();
    let form = [("request", request.as_str()), ("decision", "allow")];
    let answer = victim.send(|client| client.post(&action).form(&form)).await;
    assert_eq!(answer.status(), 400);
    // A form token of before the sign-in is over.
    let stale = page.hidden()[0].1.clone();
    let stale = [("form_token", stale.as_str()), form[0], form[1]];
    let answer = victim
        .send(|client| client.post(&action).form(&stale))
        .await;
    assert_eq!(answer.status(), 400);
    let arrived = victim.submit(&consent, &[("decision", "allow")]).await;
    assert!(matches!(arrived, Arrival::Elsewhere(_)));
}

#[tokio::test]
async fn guessing_a_password_gets_slow() {
    let (sandbox, clock) = with_clock().await;
    let browser = Browser::new();
    let page = browser
        .open(&authorize_url(&sandbox, &[]))
        .await
        .page("Sign in");
    let guess = [("user_name", "ADA@sandbox.example"), ("password", "guess")];
    for _ in 0..5 {
        let page = browser.submit(&page, &guess).await.page("Sign in");
        assert_eq!(page.status, 401);
        assert!(page.html.contains("role=\"alert\""));
        assert!(!page.html.contains("guess"));
    }
    let page = browser.submit(&page, &guess).await.page("Sign in");
    assert_eq!(page.status, 429);
    let page = log_in(&sandbox, &browser, &page).await.page("Sign in");
    assert_eq!(page.status, 429);
    clock.advance(Duration::from_secs(300));
    // Many at a time are no way around it.
    let guesses = (0..20).map(|_| browser.submit(&page, &guess));
    let guesses = join_all(guesses).await.into_iter();
    let mut statuses: Vec<u16> = guesses.map(|one| one.page("Sign in").status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [[401; 5].as_slice(), &[429; 15]].concat());
    clock.advance(Duration::from_secs(300));
    log_in(&sandbox, &browser, &page)
        .await
        .page("Allow access?");
}

#[tokio::test]
async fn a_session_ends_when_the_user_or_a_hint_of_them_says_so() {
    let sandbox = Sandbox::start().await.unwrap();
    let browser = Browser::new();
    let arrived = sign_in(&sandbox, &browser, &[]).await;
    let tokens: Value = redeem(&sandbox, &arrived["code"])
        .await
        .json()
        .await
        .unwrap();
    let end = |parameters: &[(&str, &str)]| {
        let url = format!("{}/connect/endsession", sandbox.issuer());
        String::from(url::Url::parse_with_params(&url, parameters).unwrap())
    };
    // Without a hint the user is asked.
    browser.open(&end(&[])).await.page("Sign out?");
    let hint = tokens["id_token"].as_str().unwrap();
    let foreign = end(&[
        ("id_token_hint", hint),
        ("post_logout_redirect_uri", "https://evil.example/"),
    ]);
    browser
        .open(&foreign)
        .await
        .page("This request cannot be carried out");
    let silent = authorize_url(&sandbox, &[("prompt", "none")]);
    assert!(
        browser
            .open(&silent)
            .await
            .parameters()
            .contains_key("code")
    );

    let back = [
        ("id_token_hint", hint),
        ("post_logout_redirect_uri", CALLBACK),
        ("state", "bye"),
    ];
    let arrived = browser.open(&end(&back)).await.parameters();
    assert_eq!(arrived["state"], "bye");
    let arrived = browser.open(&silent).await.parameters();
    assert_eq!(arrived["error"], "login_required");

    sign_in(&sandbox, &browser, &[]).await;
    let page = browser.open(&end(&[])).await.page("Sign out?");
    browser.submit(&page, &[]).await.page("Signed out");
    let arrived = browser.open(&silent).await.parameters();
    assert_eq!(arrived["error"], "login_required");
}

#[tokio::test]
async fn a_rotated_key_stays_published_while_its_tokens_live() {
    let (sandbox, clock) = with_clock().await;
    let old = user_tokens(&sandbox).await["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    sandbox.rotate_signing_key().await.unwrap();
    let new = user_tokens(&sandbox).await["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let kid = |token: &str| decode_header(token).unwrap().kid.unwrap();
    assert_ne!(kid(&old), kid(&new));
    for token in [&old, &new] {
        claims(&sandbox, token, sandbox.base_url()).await;
        let call = request(&sandbox, "GET", ANY, token).send().await.unwrap();
        assert_eq!(call.status(), 200);
    }
    clock.advance(Duration::from_secs(3600));
    let keys = keys(&sandbox).await;
    assert!(keys.find(&kid(&old)).is_none());
    assert!(keys.find(&kid(&new)).is_some());
}
