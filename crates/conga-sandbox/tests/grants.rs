//! Refresh tokens, device codes, revocation, introspection, CORS: what scripts and devices do.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::{
    Browser, api_token, assert_error, integration_token, log_in, post_form, request, user_tokens,
};
use conga_sandbox::{Clock, Sandbox};
use reqwest::{Client, Response};
use serde_json::{Value, json};

const ANY: &str = "/api/approvals/v1/process-steps/1";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn with_clock() -> (Sandbox, Clock) {
    let clock = Clock::system();
    let sandbox = Sandbox::builder().clock(clock.clone());
    (sandbox.start().await.unwrap(), clock)
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap()
}

async fn refresh(sandbox: &Sandbox, token: &str, scope: &str) -> Response {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "sandbox-ui"),
        ("refresh_token", token),
        ("scope", scope),
    ];
    post_form(sandbox, &form).await
}

/// Posts to an endpoint as a client with the sandbox's secret.
async fn post(sandbox: &Sandbox, endpoint: &str, client: &str, form: &[(&str, &str)]) -> Response {
    let request = Client::new()
        .post(format!("{}/connect/{endpoint}", sandbox.issuer()))
        .basic_auth(client, Some("sandbox-secret"));
    request.form(form).send().await.unwrap()
}

async fn is_active(sandbox: &Sandbox, token: &str) -> bool {
    let answer = post(sandbox, "introspect", "sandbox-ui", &[("token", token)]).await;
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    body["active"].as_bool().unwrap()
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_second_use_ends_the_family() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = user_tokens(&sandbox).await;
    let second: Value = refresh(&sandbox, text(&first, "refresh_token"), "")
        .await
        .json()
        .await
        .unwrap();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert_ne!(second["access_token"], first["access_token"]);
    let (before, after) = (id_claims(&first), id_claims(&second));
    for claim in ["iss", "sub", "aud", "auth_time", "sid"] {
        assert_eq!(after[claim], before[claim], "{claim}");
    }
    // It answers no authorization request any more.
    assert_eq!(before["nonce"], "the nonce");
    assert_eq!(after.get("nonce"), None);
    let call = async || {
        let access = text(&second, "access_token");
        let answer = request(&sandbox, "GET", ANY, access).send().await.unwrap();
        answer.status().as_u16()
    };
    assert_eq!(call().await, 200);
    let again = refresh(&sandbox, text(&first, "refresh_token"), "").await;
    assert_error(again, 400, "invalid_grant").await;
    assert_eq!(call().await, 401);
    let next = refresh(&sandbox, text(&second, "refresh_token"), "").await;
    assert_error(next, 400, "invalid_grant").await;
}

/// What the id token of a token answer says.
fn id_claims(tokens: &Value) -> Value {
    let claims = text(tokens, "id_token").split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

#[tokio::test]
async fn a_refresh_narrows_scopes_but_never_widens_them() {
    let (sandbox, clock) = with_clock().await;
    let first = user_tokens(&sandbox).await;
    let token = text(&first, "refresh_token");
    assert_error(refresh(&sandbox, token, "sign").await, 400, "invalid_scope").await;
    // What was refused has not used the token up.
    let narrow: Value = refresh(&sandbox, token, "api.cart")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(narrow["scope"], "api.cart");
    assert_eq!(narrow.get("id_token"), None);
    let token = text(&narrow, "refresh_token");
    let whole: Value = refresh(&sandbox, token, "").await.json().await.unwrap();
    assert_eq!(whole["scope"], first["scope"]);
    clock.advance(Duration::from_secs(30 * 24 * 3600));
    let late = refresh(&sandbox, text(&whole, "refresh_token"), "").await;
    assert_error(late, 400, "invalid_grant").await;
    assert_error(refresh(&sandbox, "made-up", "").await, 400, "invalid_grant").await;
}

#[tokio::test]
async fn revoking_a_token_ends_it_at_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let tokens = user_tokens(&sandbox).await;
    let (access, refreshing) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
    );
    assert!(is_active(&sandbox, access).await && is_active(&sandbox, refreshing).await);

    for token in [access, refreshing] {
        let foreign = post(&sandbox, "revocation", "sandbox-api", &[("token", token)]).await;
        assert_error(foreign, 400, "invalid_grant").await;
    }
    assert!(is_active(&sandbox, access).await && is_active(&sandbox, refreshing).await);

    // A public client names itself; an unknown token is nothing to worry about.
    for token in [access, "made-up"] {
        let url = format!("{}/connect/revocation", sandbox.issuer());
        let form = [
            ("client_id", "sandbox-ui"),
            ("token", token),
            ("token_type_hint", "x"),
        ];
        let answer = Client::new().post(url).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    assert!(!is_active(&sandbox, access).await && is_active(&sandbox, refreshing).await);
    let next: Value = refresh(&sandbox, refreshing, "")
        .await
        .json()
        .await
        .unwrap();
    let form = [("token", text(&next, "refresh_token"))];
    let answer = post(&sandbox, "revocation", "sandbox-ui", &form).await;
    assert_eq!(answer.status(), 200);
    for name in ["access_token", "refresh_token"] {
        assert!(!is_active(&sandbox, text(&next, name)).await, "{name}");
    }
    let none = post(&sandbox, "revocation", "sandbox-ui", &[]).await;
    assert_error(none, 400, "invalid_request").await;
}

#[tokio::test]
async fn introspection_tells_clients_with_a_secret() {
    let (sandbox, clock) = with_clock().await;
    let other = Sandbox::start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let answer = post(&sandbox, "introspect", "sandbox-api", &[("token", &token)]).await;
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["active"], true);
    assert_eq!(body["client_id"], "sandbox-integration");
    assert_eq!(body["sub"], sandbox.accounts().integration.user_id);
    assert_eq!(body["token_type"], "Bearer");
    let foreign = integration_token(&other).await;
    for bad in ["nonsense", "a.b.c", &foreign] {
        let answer = post(&sandbox, "introspect", "sandbox-api", &[("token", bad)]).await;
        assert_eq!(
            answer.json::<Value>().await.unwrap(),
            json!({"active": false})
        );
    }
    let url = format!("{}/connect/introspect", sandbox.issuer());
    let form = [("client_id", "sandbox-ui"), ("token", &token)];
    let public = Client::new().post(url).form(&form).send().await.unwrap();
    assert_error(public, 401, "invalid_client").await;
    clock.advance(Duration::from_secs(3600));
    let answer = post(&sandbox, "introspect", "sandbox-api", &[("token", &token)]).await;
    assert_eq!(answer.json::<Value>().await.unwrap()["active"], false);
}

#[tokio::test]
async fn user_info_needs_a_token_of_a_user() {
    let sandbox = Sandbox::start().await.unwrap();
    let path = "/api/v1/auth/connect/userinfo";
    let url = format!("{}{path}", sandbox.base_url());
    let none = reqwest::get(&url).await.unwrap();
    assert_eq!(none.status(), 401);
    assert_eq!(
        none.headers()["www-authenticate"],
        "Bearer realm=\"conga-sandbox\""
    );
    let bad = request(&sandbox, "GET", path, "nonsense")
        .send()
        .await
        .unwrap();
    assert_eq!(bad.status(), 401);
    let token = api_token(&sandbox).await;
    let client = request(&sandbox, "GET", path, &token).send().await.unwrap();
    assert_eq!(client.status(), 403);
    let challenge = client.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("insufficient_scope"));
    let tokens = user_tokens(&sandbox).await;
    let form = [("access_token", text(&tokens, "access_token"))];
    let posted = Client::new().post(&url).form(&form).send().await.unwrap();
    assert_eq!(posted.status(), 200);
}

#[tokio::test]
async fn grants_are_for_the_clients_they_are_for() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = [
        ("client_id", "sandbox-api"),
        ("client_secret", "sandbox-secret"),
    ];
    for (grant, field) in [
        ("authorization_code", "code"),
        ("refresh_token", "refresh_token"),
        (DEVICE_CODE, "device_code"),
    ] {
        let form = [("grant_type", grant), api[0], api[1], (field, "x")];
        assert_error(post_form(&sandbox, &form).await, 400, "unauthorized_client").await;
    }
    let ui = [
        ("grant_type", "client_credentials"),
        ("client_id", "sandbox-ui"),
    ];
    assert_error(post_form(&sandbox, &ui).await, 400, "unauthorized_client").await;
    for scope in ["openid", "offline_access", "api.nonsense"] {
        let form = [
            ("grant_type", "client_credentials"),
            api[0],
            api[1],
            ("scope", scope),
        ];
        assert_error(post_form(&sandbox, &form).await, 400, "invalid_scope").await;
    }
}

#[tokio::test]
async fn every_grant_takes_the_secret_in_the_header_and_in_the_form() {
    let (sandbox, clock) = with_clock().await;
    let both = async |client: &str, mut form: Vec<(&str, &str)>, in_header: bool, secret: &str| {
        let request = Client::new().post(sandbox.token_url());
        let request = if in_header {
            request.basic_auth(client, Some(secret))
        } else {
            form.extend([("client_id", client), ("client_secret", secret)]);
            request
        };
        request.form(&form).send().await.unwrap()
    };
    for in_header in [true, false] {
        let code = common::sign_in(&sandbox, &Browser::new(), &[]).await;
        let device = Device::start(&sandbox).await;
        let browser = Browser::new();
        let page = device.ask(&browser).await;
        browser.submit(&page, &[("decision", "allow")]).await;
        let tokens = user_tokens(&sandbox).await;
        let requests = [
            ("sandbox-api", vec![("grant_type", "client_credentials")]),
            (
                "sandbox-ui",
                vec![
                    ("grant_type", "authorization_code"),
                    ("code", &*code["code"]),
                    ("redirect_uri", common::CALLBACK),
                    ("code_verifier", common::PKCE.0),
                ],
            ),
            (
                "sandbox-ui",
                vec![
                    ("grant_type", "refresh_token"),
                    ("refresh_token", text(&tokens, "refresh_token")),
                ],
            ),
            (
                "sandbox-ui",
                vec![
                    ("grant_type", DEVICE_CODE),
                    ("device_code", text(&device.answer, "device_code")),
                ],
            ),
        ];
        for (client, form) in requests {
            let wrong = both(client, form.clone(), in_header, "wrong").await;
            assert_error(wrong, 401, "invalid_client").await;
            let right = both(client, form, in_header, "sandbox-secret").await;
            assert_eq!(right.status(), 200);
            assert_eq!(right.headers()["cache-control"], "no-store");
            assert_eq!(right.headers()["pragma"], "no-cache");
        }
        clock.advance(Duration::from_secs(60));
    }
    // Clients without a secret may say so in the header, too.
    let tokens = user_tokens(&sandbox).await;
    let form = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&tokens, "refresh_token")),
    ];
    assert_eq!(both("sandbox-ui", form, true, "").await.status(), 200);
    let form = vec![("grant_type", "client_credentials")];
    let none = both("sandbox-api", form, true, "").await;
    assert_error(none, 401, "invalid_client").await;
    let asks = post(&sandbox, "introspect", "sandbox-ui", &[("token", "x")]).await;
    assert_eq!(asks.status(), 200);
    assert_eq!(asks.headers()["cache-control"], "no-store");
}

struct Device<'a> {
    sandbox: &'a Sandbox,
    answer: Value,
}

impl<'a> Device<'a> {
    async fn start(sandbox: &'a Sandbox) -> Self {
        let url = format!("{}/connect/deviceauthorization", sandbox.issuer());
        let form = [
            ("client_id", "sandbox-ui"),
            ("scope", "openid sign offline_access"),
        ];
        let answer = Client::new().post(url).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let answer = answer.json().await.unwrap();
        Self { sandbox, answer }
    }

    async fn poll(&self) -> Response {
        let form = [
            ("grant_type", DEVICE_CODE),
            ("client_id", "sandbox-ui"),
            ("device_code", text(&self.answer, "device_code")),
        ];
        post_form(self.sandbox, &form).await
    }

    /// Takes the user to the question, typing the code as people do.
    async fn ask(&self, browser: &Browser) -> common::Page {
        let page = browser.open(text(&self.answer, "verification_uri")).await;
        let typed = text(&self.answer, "user_code")
            .to_lowercase()
            .replace('-', " ");
        let fields = [("user_code", typed.as_str())];
        let page = browser
            .submit(&page.page("Connect a device"), &fields)
            .await;
        let page = log_in(self.sandbox, browser, &page.page("Sign in")).await;
        page.page("Allow access?")
    }
}

#[tokio::test]
async fn a_device_waits_until_the_user_allows_it() {
    let (sandbox, clock) = with_clock().await;
    let device = Device::start(&sandbox).await;
    assert_eq!(device.answer["interval"], 5);
    assert_eq!(device.answer["expires_in"], 600);
    assert_error(device.poll().await, 400, "authorization_pending").await;
    assert_error(device.poll().await, 400, "slow_down").await;
    clock.advance(Duration::from_secs(6));
    // Five seconds are too soon by now.
    assert_error(device.poll().await, 400, "slow_down").await;
    clock.advance(Duration::from_secs(15));
    assert_error(device.poll().await, 400, "authorization_pending").await;

    let browser = Browser::new();
    let page = device.ask(&browser).await;
    let code = text(&device.answer, "user_code");
    assert!(page.html.contains(code) && page.html.contains("Send documents for signature"));
    browser
        .submit(&page, &[("decision", "allow")])
        .await
        .page("Device connected");
    clock.advance(Duration::from_secs(15));
    let tokens: Value = device.poll().await.json().await.unwrap();
    assert_eq!(tokens["scope"], "openid sign offline_access");
    assert!(tokens["id_token"].is_string());
    let access = text(&tokens, "access_token");
    let call = request(&sandbox, "GET", ANY, access).send().await.unwrap();
    assert_eq!(call.status(), 200);
    let next = refresh(&sandbox, text(&tokens, "refresh_token"), "").await;
    assert_eq!(next.status(), 200);
    assert_error(device.poll().await, 400, "invalid_grant").await;
}

#[tokio::test]
async fn a_device_is_told_no_and_too_late() {
    let (sandbox, clock) = with_clock().await;
    let device = Device::start(&sandbox).await;
    let browser = Browser::new();
    let page = device.ask(&browser).await;
    browser
        .submit(&page, &[("decision", "deny")])
        .await
        .page("Device refused");
    assert_error(device.poll().await, 400, "access_denied").await;

    let device = Device::start(&sandbox).await;
    let browser = Browser::new();
    let page = device.ask(&browser).await;
    clock.advance(Duration::from_secs(600));
    assert_error(device.poll().await, 400, "expired_token").await;
    browser
        .submit(&page, &[("decision", "allow")])
        .await
        .page("This page has expired");
}

#[tokio::test]
async fn guessing_a_user_code_gets_slow() {
    let (sandbox, clock) = with_clock().await;
    let device = Device::start(&sandbox).await;
    let browser = Browser::new();
    let complete = text(&device.answer, "verification_uri_complete");
    let page = browser.open(complete).await.page("Connect a device");
    assert!(page.html.contains(text(&device.answer, "user_code")));
    let short = browser.submit(&page, &[("user_code", "BBBB")]).await;
    assert_eq!(short.page("Connect a device").status, 400);
    // Whether a code is right is nothing for strangers.
    let guess = [("user_code", "BBBB-BBBB")];
    let login = browser.submit(&page, &guess).await.page("Sign in");
    let stranger = Browser::new();
    let code = [("user_code", text(&device.answer, "user_code"))];
    let empty = stranger.open(complete).await.page("Connect a device");
    let same = stranger.submit(&empty, &code).await.page("Sign in");
    assert_eq!(without_tokens(&login), without_tokens(&same));

    let mut page = log_in(&sandbox, &browser, &login)
        .await
        .page("Connect a device");
    assert_eq!(page.status, 400);
    for expected in [400, 400, 400, 400, 429, 429] {
        page = browser.submit(&page, &guess).await.page("Connect a device");
        assert_eq!(page.status, expected);
    }
    // Another browser of the same user is no way around it, nor is the right code.
    let page = log_in(&sandbox, &stranger, &same).await;
    let page = page.page("Connect a device");
    assert_eq!(page.status, 429);
    clock.advance(Duration::from_secs(300));
    stranger.submit(&page, &code).await.page("Allow access?");
}

/// A page without what differs from session to session.
fn without_tokens(page: &common::Page) -> String {
    let hidden = page.hidden();
    let values = hidden.iter().map(|(_, value)| value);
    values.fold(page.html.clone(), |html, value| html.replace(value, ""))
}

#[tokio::test]
async fn malformed_and_oversized_requests_get_an_error_of_oauth() {
    let sandbox = Sandbox::start().await.unwrap();
    let send = async |endpoint: &str, media: &str, body: Vec<u8>| {
        let url = format!("{}/connect/{endpoint}", sandbox.issuer());
        let request = Client::new().post(url).header("content-type", media);
        request.body(body).send().await.unwrap()
    };
    let form = "application/x-www-form-urlencoded";
    for endpoint in ["token", "revocation", "introspect", "deviceauthorization"] {
        let large = send(endpoint, form, vec![b'a'; 65 * 1024]).await;
        assert_error(large, 413, "invalid_request").await;
        let json = send(endpoint, "application/json", b"{}".to_vec()).await;
        assert_error(json, 400, "invalid_request").await;
        for body in [
            &b""[..],
            b"\xff\xfe=%zz&&=&grant_type",
            b"client_id=%00&client_secret=%0a",
        ] {
            assert_error(
                send(endpoint, form, body.to_vec()).await,
                401,
                "invalid_client",
            )
            .await;
        }
        let long = format!("client_id={}", "x".repeat(5000)).into_bytes();
        assert_error(send(endpoint, form, long).await, 400, "invalid_request").await;
    }
    let both = Client::new()
        .post(sandbox.token_url())
        .basic_auth("sandbox-api", Some("sandbox-secret"))
        .form(&[
            ("grant_type", "client_credentials"),
            ("client_id", "sandbox-ui"),
        ]);
    assert_error(both.send().await.unwrap(), 400, "invalid_request").await;
}

#[tokio::test]
async fn scripts_of_known_origins_may_call() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::new();
    let preflight = async |url: String, origin: &str| {
        client
            .request(reqwest::Method::OPTIONS, url)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type",
            )
            .send()
            .await
            .unwrap()
    };
    let query = format!("{}/api/data/v1/Account/query", sandbox.base_url());
    for url in [sandbox.token_url(), query] {
        let answer = preflight(url.clone(), "http://localhost:3000").await;
        assert_eq!(answer.status(), 204);
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(
            header("access-control-allow-origin"),
            "http://localhost:3000"
        );
        assert!(header("access-control-allow-methods").contains("POST"));
        assert_eq!(
            header("access-control-allow-headers"),
            "authorization,content-type"
        );
        let foreign = preflight(url, "https://evil.example").await;
        assert!(
            !foreign
                .headers()
                .contains_key("access-control-allow-origin")
        );
    }
    let discovery = format!("{}/.well-known/openid-configuration", sandbox.issuer());
    let get = async |url: &str, origin: &str| {
        let request = client.get(url).header("origin", origin);
        let answer = request.send().await.unwrap();
        let allowed = answer.headers().get("access-control-allow-origin");
        allowed.map(|origin| origin.to_str().unwrap().to_owned())
    };
    let known = "http://localhost:3000";
    assert_eq!(get(&discovery, known).await.as_deref(), Some(known));
    assert_eq!(get(&discovery, "null").await, None);
    let page = format!("{}/device", sandbox.issuer());
    assert_eq!(get(&page, known).await, None);
}
