//! The storefront sign-in on the wire, against a server that decrypts what it gets.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use conga_auth::cipher::{SigningKey, decrypt};
use conga_auth::{
    AuthError, Credential, CredentialFields, ExposeSecret, RequestContext, Storefront,
    StorefrontBuilder, TokenPath,
};
use serde_json::{Value, json};
use support::Hand;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const BASE: &str = "/ecom/services/apexrest/Apttus_WebStore/apttus/v5";
const PASSWORD: &str = "strong\"pässword";

/// A storefront: hands out a new key each time, and takes each key once.
#[derive(Clone, Default)]
struct Shop(Arc<Mutex<Books>>);

#[derive(Default)]
struct Books {
    keys: u8,
    key: Option<String>,
    seen: Vec<Value>,
}

impl Shop {
    async fn open(token_path: &str) -> (Self, MockServer) {
        let shop = Self::default();
        let server = MockServer::start().await;
        let keys = shop.clone();
        Mock::given(method("GET"))
            .and(path(format!("{BASE}/users/key")))
            .and(header("x-storefront", "ECommerce"))
            .respond_with(move |_: &Request| keys.key())
            .mount(&server)
            .await;
        let tokens = shop.clone();
        Mock::given(method("POST"))
            .and(path(format!("{BASE}/{token_path}")))
            .and(header("x-storefront", "ECommerce"))
            .respond_with(move |request: &Request| tokens.token(request))
            .mount(&server)
            .await;
        (shop, server)
    }

    fn key(&self) -> ResponseTemplate {
        let mut books = self.0.lock().unwrap();
        books.keys += 1;
        let key = format!("{:02x}", books.keys).repeat(32);
        books.key = Some(key.clone());
        envelope(200, json!(key))
    }

    fn token(&self, request: &Request) -> ResponseTemplate {
        let mut books = self.0.lock().unwrap();
        if request.body.is_empty() {
            return envelope(200, json!({"accessToken": "00D!guest"}));
        }
        let key = SigningKey::parse(&books.key.take().unwrap()).unwrap();
        let credentials = serde_json::from_slice(&decrypt(&key, &request.body).unwrap()).unwrap();
        books.seen.push(credentials);
        let token = format!("00D!user-{}", books.seen.len());
        envelope(
            200,
            json!({"accessToken": token, "userId": "005000000000001AAA"}),
        )
    }

    fn seen(&self) -> Vec<Value> {
        self.0.lock().unwrap().seen.clone()
    }
}

fn envelope(status: u16, data: Value) -> ResponseTemplate {
    let title = if status < 400 { "success" } else { "error" };
    ResponseTemplate::new(status)
        .set_body_json(json!({"title": title, "status": status, "data": data}))
}

fn guest(server: &MockServer) -> StorefrontBuilder {
    Storefront::builder(format!("{}{BASE}", server.uri()), "ECommerce")
}

fn user(server: &MockServer) -> StorefrontBuilder {
    guest(server).user("customer@myshop.community.com", PASSWORD)
}

async fn headers_of(storefront: &Storefront, server: &MockServer) -> http::HeaderMap {
    let url = Url::parse(&format!("{}{BASE}/carts", server.uri())).unwrap();
    let headers = storefront
        .headers(&RequestContext::new(&url))
        .await
        .unwrap();
    assert!(headers.values().all(http::HeaderValue::is_sensitive));
    headers
}

#[tokio::test]
async fn a_user_signs_in() {
    let (shop, server) = Shop::open("user/token").await;
    let storefront = user(&server).account("001A").build().unwrap();
    for _ in 0..2 {
        let headers = headers_of(&storefront, &server).await;
        assert_eq!(headers.len(), 3);
        assert_eq!(headers["authorization"], "Bearer 00D!user-1");
        assert_eq!(headers["x-storefront"], "ECommerce");
        assert_eq!(headers["x-account"], "001A");
    }
    let token = storefront.sign_in().await.unwrap();
    assert_eq!(token.user_id(), Some("005000000000001AAA"));
    assert_eq!(
        shop.seen(),
        [json!({"username": "customer@myshop.community.com", "password": PASSWORD})]
    );
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].headers["content-type"], "text/plain");
    assert!(
        requests
            .iter()
            .all(|request| !request.headers.contains_key("authorization"))
    );
}

#[tokio::test]
async fn both_spellings_of_path_and_fields() {
    let (shop, server) = Shop::open("users/token").await;
    let base = format!("{}{BASE}/", server.uri());
    let storefront = Storefront::builder(base, "ECommerce")
        .user("ann", PASSWORD)
        .token_path(TokenPath::Users)
        .credential_fields(CredentialFields::KeyValue)
        .build()
        .unwrap();
    storefront.sign_in().await.unwrap();
    assert_eq!(shop.seen(), [json!({"key": "ann", "value": PASSWORD})]);

    let error = user(&server).build().unwrap().sign_in().await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 404);
    assert!(error.to_string().contains("other spelling"), "{error}");
}

#[tokio::test]
async fn a_guest_needs_no_key() {
    let (_, server) = Shop::open("user/token").await;
    let storefront = guest(&server).build().unwrap();
    let headers = headers_of(&storefront, &server).await;
    assert_eq!(headers["authorization"], "Bearer 00D!guest");
    assert_eq!(headers.len(), 2);
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].body.is_empty());
}

#[tokio::test]
async fn a_rejected_token_leads_to_a_new_sign_in_with_a_new_key() {
    let (shop, server) = Shop::open("user/token").await;
    let storefront = user(&server).build().unwrap();
    let first = headers_of(&storefront, &server).await;
    assert!(storefront.invalidate(&first).await);
    let second = headers_of(&storefront, &server).await;
    assert_eq!(second["authorization"], "Bearer 00D!user-2");
    assert_eq!(shop.0.lock().unwrap().keys, 2);
}

#[tokio::test]
async fn a_token_can_be_given_an_age() {
    let (shop, server) = Shop::open("user/token").await;
    let clock = Hand::new();
    let storefront = user(&server)
        .max_age(Duration::from_secs(3_600))
        .clock(clock.clone())
        .build()
        .unwrap();
    storefront.sign_in().await.unwrap();
    clock.advance(3_300);
    storefront.sign_in().await.unwrap();
    assert_eq!(shop.seen().len(), 2);
}

#[tokio::test]
async fn revoking_forgets_the_token() {
    let (shop, server) = Shop::open("user/token").await;
    let storefront = user(&server).build().unwrap();
    storefront.revoke().await.unwrap();
    assert!(server.received_requests().await.unwrap().is_empty());

    storefront.sign_in().await.unwrap();
    Mock::given(method("DELETE"))
        .and(path(format!("{BASE}/users/token/00D!user-1")))
        .and(header("x-storefront", "ECommerce"))
        .and(header("authorization", "Bearer 00D!user-1"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    storefront.revoke().await.unwrap();
    storefront.sign_in().await.unwrap();
    assert_eq!(shop.seen().len(), 2);
}

#[tokio::test]
async fn a_failed_revocation_keeps_the_token_and_hides_it() {
    let server = MockServer::start().await;
    let token = "00D/odd?#%x";
    Mock::given(method("POST"))
        .respond_with(envelope(200, json!({"accessToken": token})))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("DELETE"))
        .and(path(format!("{BASE}/users/token/00D%2Fodd%3F%23%25x")))
        .respond_with(envelope(500, json!(format!("cannot revoke {token}"))))
        .expect(1)
        .mount(&server)
        .await;
    let storefront = guest(&server).build().unwrap();
    storefront.sign_in().await.unwrap();
    let error = storefront.revoke().await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("cannot revoke [redacted]"), "{text}");
    assert!(!text.contains("odd"), "{text}");
    let kept = storefront.sign_in().await.unwrap();
    assert_eq!(kept.secret().expose_secret(), token);
}

#[tokio::test]
async fn a_revocation_that_reaches_nobody_hides_the_token() {
    // Serves one connection, and is gone.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v5", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4_096];
        let read = stream.read(&mut request).await.unwrap();
        assert!(request[..read].starts_with(b"POST /v5/user/token "));
        let body = r#"{"status": 200, "data": {"accessToken": "00DXY"}}"#;
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all((head + body).as_bytes()).await.unwrap();
    });
    let storefront = Storefront::builder(base, "ECommerce").build().unwrap();
    storefront.sign_in().await.unwrap();
    let error = storefront.revoke().await.unwrap_err();
    assert!(matches!(error, AuthError::Unreachable { .. }), "{error:?}");
    let mut said = format!("{error} {error:?}");
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        said += &format!("{error} {error:?}");
        source = error.source();
    }
    assert!(said.contains("Connect"), "{said}");
    assert!(!said.contains("00DXY"), "{said}");
}

#[tokio::test]
async fn a_token_that_is_gone_needs_no_revoking() {
    let (_, server) = Shop::open("user/token").await;
    Mock::given(method("DELETE"))
        .respond_with(ResponseTemplate::new(401))
        .expect(1)
        .mount(&server)
        .await;
    let storefront = guest(&server).build().unwrap();
    storefront.sign_in().await.unwrap();
    storefront.revoke().await.unwrap();
    storefront.revoke().await.unwrap();
}

/// Signs in as a guest, with this answer.
async fn guest_answer(response: ResponseTemplate) -> Result<String, AuthError> {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(response)
        .expect(1)
        .mount(&server)
        .await;
    let token = guest(&server).build().unwrap().sign_in().await?;
    Ok(token.secret().expose_secret().to_owned())
}

#[tokio::test]
async fn the_published_misspelling_is_read() {
    let answer = envelope(
        200,
        json!({"acccessToken": "00D!x", "userId": null, "LoginURL": ""}),
    );
    assert_eq!(guest_answer(answer).await.unwrap(), "00D!x");
    let both = envelope(200, json!({"acccessToken": "", "accessToken": "00D!y"}));
    assert_eq!(guest_answer(both).await.unwrap(), "00D!y");
}

#[tokio::test]
async fn a_login_page_is_an_outcome_of_its_own() {
    let url = "https://idp.example/sso?start=%2F&ret=#URL#";
    let answer = envelope(200, json!({"LoginURL": url}));
    let error = guest_answer(answer).await.unwrap_err();
    assert_eq!(error.login_url(), Some(url));
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn errors_come_as_objects_and_as_arrays() {
    let raw = |status, body: Value| ResponseTemplate::new(status).set_body_json(body);
    for (answer, status, code, description) in [
        (
            raw(
                400,
                json!({"title": "Invalid", "status": 400, "data": "Wrong credentials"}),
            ),
            400,
            "Invalid",
            "Wrong credentials",
        ),
        (
            raw(
                401,
                json!([{"errorCode": "INVALID_LOGIN", "message": "Wrong credentials"}]),
            ),
            401,
            "INVALID_LOGIN",
            "Wrong credentials",
        ),
        (
            raw(
                200,
                json!({"title": "error", "status": 422, "data": {"message": "Wrong"}}),
            ),
            422,
            "error",
            "Wrong",
        ),
        (
            raw(
                200,
                json!([{"errorCode": "APEX_ERROR", "message": "System.Exception"}]),
            ),
            400,
            "APEX_ERROR",
            "System.Exception",
        ),
    ] {
        let error = guest_answer(answer).await.unwrap_err();
        let refusal = error.refusal().unwrap();
        assert_eq!(refusal.status().as_u16(), status);
        assert_eq!(refusal.code(), Some(code));
        assert_eq!(refusal.description(), Some(description));
        assert_eq!(error.oauth_error(), None);
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn nonsense_is_a_typed_error() {
    let body = |text: &str| ResponseTemplate::new(200).set_body_raw(text, "application/json");
    for (answer, problem) in [
        (body("<html>Down for maintenance</html>"), "it is not JSON"),
        (body(""), "its JSON breaks off"),
        (
            body(r#"{"data": {"accessToken": "00D!x"#),
            "its JSON breaks off",
        ),
        (body(r#"{"status": 200}"#), "its `data` is missing"),
        (body(r#"{"data": "00D!x"}"#), "its `data` has a wrong form"),
        (
            body(r#"{"data": {"accessToken": ["00D!x"]}}"#),
            "its `data` has a wrong form",
        ),
        (body(r#"{"data": {}}"#), "its data holds no `accessToken`"),
    ] {
        let error = guest_answer(answer).await.unwrap_err();
        assert!(
            matches!(error, AuthError::InvalidAnswer { .. }),
            "{error:?}"
        );
        assert!(
            error.to_string().contains(problem),
            "{error}, not {problem}"
        );
        assert!(!format!("{error:?} {error}").contains("00D"), "{error:?}");
    }
}

#[tokio::test]
async fn a_bad_key_is_refused_before_anything_is_encrypted() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(envelope(200, json!("deadbeef")))
        .expect(1)
        .mount(&server)
        .await;
    let error = user(&server).build().unwrap().sign_in().await.unwrap_err();
    assert!(matches!(error, AuthError::SigningKey { .. }), "{error:?}");
    let AuthError::SigningKey { endpoint, .. } = &error else {
        unreachable!()
    };
    assert!(endpoint.ends_with("/users/key"), "{endpoint}");
    assert!(!error.to_string().contains("deadbeef"));
}

#[tokio::test]
async fn a_busy_storefront_is_asked_again_with_a_new_key() {
    let (shop, server) = Shop::open("user/token").await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(503).insert_header("retry-after", "0"))
        .up_to_n_times(1)
        .with_priority(1)
        .expect(1)
        .mount(&server)
        .await;
    user(&server).build().unwrap().sign_in().await.unwrap();
    assert_eq!(shop.0.lock().unwrap().keys, 2);
    assert_eq!(shop.seen().len(), 1);
}

#[tokio::test]
async fn wrong_credentials_are_not_tried_again() {
    let (_, server) = Shop::open("user/token").await;
    Mock::given(method("POST"))
        .respond_with(envelope(
            401,
            json!(format!("no such user with {PASSWORD}")),
        ))
        .with_priority(1)
        .expect(1)
        .mount(&server)
        .await;
    let error = user(&server).build().unwrap().sign_in().await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains(PASSWORD), "{error}");
    assert!(error.to_string().contains("check the user name"), "{error}");
}

#[tokio::test]
async fn tokens_stay_with_their_own_host() {
    let (_, server) = Shop::open("user/token").await;
    let storefront = guest(&server).build().unwrap();
    let foreign = Url::parse("https://elsewhere.example/").unwrap();
    let error = storefront.headers(&RequestContext::new(&foreign)).await;
    assert!(matches!(error, Err(AuthError::ForeignHost { .. })));
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let build = |base: &str, name: &str| Storefront::builder(base, name).build().unwrap_err();
    assert!(matches!(
        build("http://shop.example/v5", "ECommerce"),
        AuthError::InsecureUrl { .. }
    ));
    assert!(matches!(
        build("shop.example/v5", "ECommerce"),
        AuthError::Configuration { .. }
    ));
    assert!(matches!(
        build("https://shop.example/v5", "ECom\nmerce"),
        AuthError::Configuration { .. }
    ));
}
