//! What goes wrong at a sign-in, case by case: each is a typed error that says what to do next, shows no secret, and is
//! asked about once.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

mod support;

use std::error::Error;
use std::fmt::Write;

use conga_auth::{
    AuthError, ClientCredentials, Credential, Endpoints, MemoryStore, OAuthClient, Region,
    RequestContext, SalesforceOAuth, SignIn, Storefront,
};
use serde_json::json;
use support::{Hand, Idp, oauth_error, private_key, query};
use url::Url;
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const CLIENT_SECRET: &str = "SECRET-client";
const REFRESH_TOKEN: &str = "SECRET-refresh";
const TOKEN: &str = "SECRET-token";
const CODE: &str = "SECRET-code";
const PASSWORD: &str = "SECRET-password";

/// What all secrets begin with, those that the provider of these tests gives out too.
const SECRETS: [&str; 6] = ["SECRET-", "CODE-", "REFRESH-", "ACCESS-", "ID-", "DEVICE"];

/// The errors so far, for a snapshot.
#[derive(Default)]
struct Errors(String);

impl Errors {
    /// Adds what came of `case`, in which the server was asked once, apart from its discovery document.
    async fn add<T>(&mut self, case: &str, server: &MockServer, outcome: Result<T, AuthError>) {
        self.add_after(case, server, 1, outcome).await;
    }

    /// The same for a case in which the server was asked so many times.
    async fn add_after<T>(
        &mut self,
        case: &str,
        server: &MockServer,
        expected: usize,
        outcome: Result<T, AuthError>,
    ) {
        let Err(error) = outcome else {
            panic!("{case}: it went well");
        };
        let received = server.received_requests().await.unwrap();
        let requests = received
            .iter()
            .filter(|request| !request.url.path().ends_with("/openid-configuration"))
            .count();
        assert_eq!(requests, expected, "{case}");

        let kind = format!("{error:?}");
        let mut shown = format!("{error} {kind} {:?}", error.raw_excerpt());
        let mut cause = error.source();
        while let Some(error) = cause {
            write!(shown, " {error} {error:?}").unwrap();
            cause = error.source();
        }
        for secret in SECRETS {
            assert!(!shown.contains(secret), "{case}: {shown}");
        }
        assert!(!error.is_retryable(), "{case}: {error}");
        let kind = kind.split([' ', '(']).next().unwrap();
        let text = error
            .to_string()
            .replace(&server.uri(), "https://login.example");
        writeln!(self.0, "{case}\n  {kind}: {text}").unwrap();
    }
}

/// An identity provider that answers so at this path.
async fn answering(at: &str, response: ResponseTemplate) -> Idp {
    let idp = Idp::start().await;
    Mock::given(path(at))
        .respond_with(response)
        .with_priority(1)
        .mount(&idp.server)
        .await;
    idp
}

fn program(idp: &Idp) -> ClientCredentials {
    let endpoints = Endpoints::parse(&format!("{}/token", idp.root()), &idp.root()).unwrap();
    let builder = ClientCredentials::builder(endpoints, "client", CLIENT_SECRET);
    builder.build().unwrap()
}

fn client(idp: &Idp) -> OAuthClient {
    idp.client().client_secret(CLIENT_SECRET).build().unwrap()
}

async fn begin(idp: &Idp) -> SignIn {
    let flow = client(idp).authorization_code().pasted();
    let flow = flow.redirect_uri("https://app.example/callback");
    flow.begin().await.unwrap()
}

/// The address to which the browser is sent.
fn address(sign_in: &SignIn, code: &str) -> String {
    let state = &query(sign_in.url().as_str())["state"];
    format!("{}?code={code}&state={state}", sign_in.redirect_uri())
}

#[tokio::test]
async fn what_is_wrong_used_up_or_of_another() {
    let mut errors = Errors::default();
    let said = format!("{CLIENT_SECRET} is wrong");
    let refusal = json!({"error": "invalid_client", "error_description": said});
    let idp = answering("/token", ResponseTemplate::new(401).set_body_json(refusal)).await;
    let outcome = program(&idp).token().await;
    errors.add("wrong secret", &idp.server, outcome).await;

    let idp = answering("/token", oauth_error("invalid_grant")).await;
    let sign_in = begin(&idp).await;
    let outcome = sign_in.finish_with(&address(&sign_in, CODE)).await;
    errors.add("expired code", &idp.server, outcome).await;

    let idp = Idp::start().await;
    let sign_in = begin(&idp).await;
    let address_once = address(&sign_in, &idp.agree(sign_in.url().as_str()));
    sign_in.finish_with(&address_once).await.unwrap();
    let outcome = sign_in.finish_with(&address_once).await;
    let case = "reused code, after its use";
    errors.add_after(case, &idp.server, 2, outcome).await;

    let idp = Idp::start().await;
    let (mine, theirs) = (begin(&idp).await, begin(&idp).await);
    let outcome = mine.finish_with(&idp.agree(theirs.url().as_str())).await;
    errors.add("wrong verifier", &idp.server, outcome).await;

    let idp = Idp::start().await;
    let outcome = client(&idp)
        .user_with_refresh_token(REFRESH_TOKEN)
        .token()
        .await;
    errors.add("used refresh token", &idp.server, outcome).await;

    let idp = answering("/revoke", oauth_error("unsupported_token_type")).await;
    let outcome = client(&idp).revoke(&TOKEN.into()).await;
    errors
        .add("token that cannot be revoked", &idp.server, outcome)
        .await;

    let refused = json!([{"errorCode": "INVALID_LOGIN", "message": format!("{PASSWORD}?")}]);
    let idp = answering(
        "/v5/user/token",
        ResponseTemplate::new(401).set_body_json(refused),
    )
    .await;
    let key = json!({"status": 200, "data": "ab".repeat(32)});
    Mock::given(path("/v5/users/key"))
        .respond_with(ResponseTemplate::new(200).set_body_json(key))
        .mount(&idp.server)
        .await;
    let outcome = shopper(&idp).sign_in().await;
    let case = "wrong password, after its key";
    errors.add_after(case, &idp.server, 2, outcome).await;
    insta::assert_snapshot!(errors.0);
}

fn shopper(idp: &Idp) -> Storefront {
    let builder = Storefront::builder(format!("{}/v5", idp.root()), "ECommerce");
    builder.user("ann", PASSWORD).build().unwrap()
}

#[tokio::test]
async fn foreign_redirects() {
    let mut errors = Errors::default();
    let idp = Idp::start().await;
    let sign_in = begin(&idp).await;
    let foreign = sign_in
        .url()
        .as_str()
        .replace("app.example", "evil.example");
    let code = idp.agree(&foreign);
    let outcome = sign_in.finish_with(&address(&sign_in, &code)).await;
    errors
        .add("code for another redirect URI", &idp.server, outcome)
        .await;

    let idp = Idp::start().await;
    let (mine, theirs) = (begin(&idp).await, begin(&idp).await);
    let outcome = mine.finish_with(&address(&theirs, CODE)).await;
    errors
        .add_after("answer to another sign-in", &idp.server, 0, outcome)
        .await;

    let issuer = address(&mine, CODE) + "&iss=https://evil.example";
    let outcome = mine.finish_with(&issuer).await;
    errors
        .add_after("answer of another issuer", &idp.server, 0, outcome)
        .await;

    let outcome = mine.finish_with("https://app.example/callback").await;
    errors
        .add_after("redirect without an answer", &idp.server, 0, outcome)
        .await;
    insta::assert_snapshot!(errors.0);
}

#[tokio::test]
async fn a_clock_that_is_minutes_off() {
    let mut errors = Errors::default();
    let said = json!({"error": "invalid_grant", "error_description": "expired authorization code"});
    let refusal = ResponseTemplate::new(400).set_body_json(said);
    let idp = answering("/services/oauth2/token", refusal).await;
    let clock = Hand::new();
    clock.advance(600);
    let app = SalesforceOAuth::jwt_bearer(idp.root(), "app", "ann@example.com", private_key());
    let outcome = app.clock(clock).build().unwrap().token().await;
    errors
        .add("signed by a clock that is ahead", &idp.server, outcome)
        .await;
    insta::assert_snapshot!(errors.0);
}

#[tokio::test]
async fn tokens_of_another_region() {
    let mut errors = Errors::default();
    let america = Url::parse(Region::NorthAmerica.gateway()).unwrap();
    let idp = Idp::start().await;
    let outcome = program(&idp).headers(&RequestContext::new(&america)).await;
    errors
        .add_after("request to another region", &idp.server, 0, outcome)
        .await;

    let refusal = ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_client"}));
    let idp = answering("/token", refusal).await;
    let outcome = program(&idp).token().await;
    errors
        .add("client of another region", &idp.server, outcome)
        .await;

    let challenge = r#"Bearer error="invalid_token", error_description="The issuer is invalid""#;
    let refusal = ResponseTemplate::new(401).insert_header("www-authenticate", challenge);
    let idp = answering("/userinfo", refusal).await;
    let outcome = client(&idp).user_info(&TOKEN.into()).await;
    errors
        .add("token of another region", &idp.server, outcome)
        .await;

    let (europe, store) = (Idp::start().await, MemoryStore::new());
    europe.good_refresh_token(REFRESH_TOKEN);
    let there = europe.client().store(store.clone()).build().unwrap();
    let user = there.user_with_refresh_token(REFRESH_TOKEN);
    user.token().await.unwrap();
    let here = OAuthClient::builder(Region::NorthAmerica, "client").store(store);
    let outcome = here.build().unwrap().user().token().await;
    errors
        .add("stored by another region", &europe.server, outcome)
        .await;
    insta::assert_snapshot!(errors.0);
}

#[tokio::test]
async fn answers_that_break_off() {
    let mut errors = Errors::default();
    let cut = |body: &str| ResponseTemplate::new(200).set_body_raw(body, "application/json");
    let token = || cut(r#"{"access_token": "SECRET-tok"#);
    let idp = answering("/token", token()).await;
    let outcome = program(&idp).token().await;
    errors
        .add("token for a program", &idp.server, outcome)
        .await;

    let idp = answering("/token", token()).await;
    let sign_in = begin(&idp).await;
    let outcome = sign_in.finish_with(&address(&sign_in, CODE)).await;
    errors.add("token for a code", &idp.server, outcome).await;

    let idp = answering("/token", token()).await;
    let outcome = client(&idp)
        .user_with_refresh_token(REFRESH_TOKEN)
        .token()
        .await;
    errors
        .add("token for a refresh token", &idp.server, outcome)
        .await;

    let document = "/.well-known/openid-configuration";
    let idp = answering(document, cut(r#"{"issuer": "htt"#)).await;
    let outcome = client(&idp).metadata().await;
    errors
        .add_after("discovery document", &idp.server, 0, outcome)
        .await;

    let idp = answering("/device", cut(r#"{"device_code": "SECRET-dev"#)).await;
    let outcome = client(&idp).device_code().await;
    errors.add("device code", &idp.server, outcome).await;

    let idp = answering("/introspect", cut(r#"{"active": tru"#)).await;
    let outcome = client(&idp).introspect(&TOKEN.into()).await;
    errors.add("introspection", &idp.server, outcome).await;

    let idp = answering("/userinfo", cut(r#"{"sub": "ann", "em"#)).await;
    let outcome = client(&idp).user_info(&TOKEN.into()).await;
    errors.add("userinfo", &idp.server, outcome).await;

    let idp = answering("/services/oauth2/token", token()).await;
    let app = SalesforceOAuth::client_credentials(idp.root(), "app", CLIENT_SECRET);
    let outcome = app.build().unwrap().token().await;
    errors
        .add("token of Salesforce", &idp.server, outcome)
        .await;

    let idp = answering("/v5/users/key", cut(r#"{"status": 200, "data": "SECRET-"#)).await;
    let outcome = shopper(&idp).sign_in().await;
    errors
        .add("key of a storefront", &idp.server, outcome)
        .await;
    insta::assert_snapshot!(errors.0);
}

#[tokio::test]
async fn answers_that_are_none() {
    let mut errors = Errors::default();
    let long = format!(r#"{{"access_token": "SECRET-{}"}}"#, "x".repeat(10 << 20));
    let long = ResponseTemplate::new(200).set_body_raw(long, "application/json");
    let idp = answering("/token", long).await;
    let outcome = program(&idp).token().await;
    errors.add("ten megabytes", &idp.server, outcome).await;

    let page = ResponseTemplate::new(200).set_body_raw("<h1>Welcome</h1>", "text/html");
    let idp = answering("/token", page).await;
    let outcome = program(&idp).token().await;
    errors.add("a page", &idp.server, outcome).await;

    let elsewhere = MockServer::start().await;
    let token = json!({"access_token": TOKEN, "token_type": "Bearer"});
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(token))
        .expect(0)
        .mount(&elsewhere)
        .await;
    let target = format!("{}/token?code={CODE}", elsewhere.uri());
    let moved = ResponseTemplate::new(307).insert_header("location", target.as_str());
    let idp = answering("/token", moved).await;
    let outcome = program(&idp).token().await;
    errors
        .add("a redirect to another host", &idp.server, outcome)
        .await;

    let foreign = json!({"issuer": "https://evil.example", "token_endpoint": target});
    let document = ResponseTemplate::new(200).set_body_json(foreign);
    let idp = answering("/.well-known/openid-configuration", document).await;
    let outcome = client(&idp).metadata().await;
    errors
        .add_after("the document of another issuer", &idp.server, 0, outcome)
        .await;

    let idp = answering(
        "/.well-known/openid-configuration",
        ResponseTemplate::new(404),
    )
    .await;
    let outcome = client(&idp).metadata().await;
    errors
        .add_after("no document", &idp.server, 0, outcome)
        .await;

    let shown = errors
        .0
        .replace(&elsewhere.uri(), "https://elsewhere.example");
    insta::assert_snapshot!(shown);
}
