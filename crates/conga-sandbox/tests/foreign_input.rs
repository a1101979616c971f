//! Whatever strangers send to the ways of signing in: it is refused in the proper form, never a failure of the sandbox.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use common::{CALLBACK, PKCE, authorize_url, integration_token, key_pair, sign_in};
use conga_auth::cipher::{SigningKey, encrypt};
use conga_sandbox::Sandbox;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderValue, LOCATION};
use reqwest::{Client, RequestBuilder, Response, redirect};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use url::Url;
use url::form_urlencoded;

const FORM: &str = "application/x-www-form-urlencoded";

/// What all cases share.
struct Shared {
    runtime: Runtime,
    sandbox: Sandbox,
    /// It follows no redirect.
    client: Client,
    /// A good access token.
    token: String,
    /// A cookie of a browser where a user is signed in.
    cookie: String,
    /// A good assertion of the Salesforce app.
    assertion: String,
}

static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let (private, public) = key_pair();
    let (sandbox, token, cookie) = runtime.block_on(async {
        let sandbox = Sandbox::builder().salesforce_key(public);
        let sandbox = sandbox.start().await.unwrap();
        let token = integration_token(&sandbox).await;
        let browser = common::Browser::new();
        sign_in(&sandbox, &browser, &[]).await;
        (sandbox, token, browser.cookie())
    });
    let account = &sandbox.accounts().salesforce;
    let claims = json!({
        "iss": account.client_id,
        "sub": account.username,
        "aud": sandbox.base_url(),
        "exp": sandbox.clock().now().timestamp() + 240,
    });
    let key = EncodingKey::from_rsa_pem(private.as_bytes()).unwrap();
    let assertion = encode(&Header::new(Algorithm::RS256), &claims, &key).unwrap();
    let client = Client::builder().redirect(redirect::Policy::none());
    Shared {
        runtime,
        sandbox,
        client: client.build().unwrap(),
        token,
        cookie,
        assertion,
    }
});

impl Shared {
    fn url(&self, endpoint: &str) -> String {
        format!("{}{endpoint}", self.sandbox.issuer())
    }

    fn post(&self, endpoint: &str, body: Vec<u8>) -> RequestBuilder {
        let request = self.client.post(self.url(endpoint));
        request.header(CONTENT_TYPE, FORM).body(body)
    }

    fn salesforce(&self, body: Vec<u8>) -> RequestBuilder {
        let request = self.client.post(self.sandbox.salesforce_token_url());
        request.header(CONTENT_TYPE, FORM).body(body)
    }

    fn send(&self, request: RequestBuilder) -> Response {
        self.runtime.block_on(request.send()).unwrap()
    }

    fn json(&self, answer: Response) -> Value {
        self.runtime.block_on(answer.json()).unwrap()
    }

    /// An answer as RFC 6749 has it: the tokens, or an error.
    fn oauth(&self, answer: Response) -> Result<Value, TestCaseError> {
        let status = answer.status().as_u16();
        prop_assert!([200, 400, 401, 413].contains(&status), "{status}");
        prop_assert_eq!(&answer.headers()["cache-control"], "no-store");
        let body = self.json(answer);
        prop_assert_eq!(status == 200, body.get("error").is_none(), "{}", body);
        Ok(body)
    }

    /// A page or a redirect, and where to.
    fn page(&self, answer: &Response) -> Result<Option<String>, TestCaseError> {
        let status = answer.status().as_u16();
        prop_assert!([200, 303, 400, 401, 429].contains(&status), "{status}");
        let location = answer.headers().get(LOCATION);
        prop_assert_eq!(status == 303, location.is_some());
        Ok(location.map(|location| location.to_str().unwrap().to_owned()))
    }
}

/// Bytes as a form may have them, and others.
fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..200),
        fields().prop_map(|fields| encoded(&fields).into_bytes()),
    ]
}

/// Fields of a form or a query: known names more often than others, with values that are sometimes good.
fn fields() -> impl Strategy<Value = Vec<(String, String)>> {
    const NAMES: [&str; 22] = [
        "grant_type",
        "client_id",
        "client_secret",
        "code",
        "code_verifier",
        "refresh_token",
        "device_code",
        "scope",
        "token",
        "redirect_uri",
        "response_type",
        "code_challenge",
        "code_challenge_method",
        "state",
        "prompt",
        "max_age",
        "request",
        "user_code",
        "form_token",
        "id_token_hint",
        "post_logout_redirect_uri",
        "assertion",
    ];
    let name = prop_oneof![
        8 => select(&NAMES[..]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    vec((name, value()), 0..8)
}

fn value() -> impl Strategy<Value = String> {
    const VALUES: [&str; 16] = [
        "authorization_code",
        "client_credentials",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "sandbox-ui",
        "sandbox-api",
        "sandbox-salesforce",
        "sandbox-secret",
        CALLBACK,
        "code",
        "S256",
        PKCE.0,
        PKCE.1,
        "openid offline_access",
        "none",
    ];
    prop_oneof![
        6 => select(&VALUES[..]).prop_map(str::to_owned),
        2 => any::<String>(),
        1 => "[a-z]{4090,4100}",
    ]
}

fn encoded(fields: &[(String, String)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields).finish()
}

/// A header: bytes that HTTP can carry.
fn header() -> impl Strategy<Value = HeaderValue> {
    let byte = prop_oneof![Just(b'\t'), 0x20..=0x7e_u8, 0x80..=0xff_u8];
    vec(byte, 0..100).prop_filter_map("not a header", |bytes| HeaderValue::from_bytes(&bytes).ok())
}

/// Credentials as HTTP Basic has them, and others.
fn authorization() -> impl Strategy<Value = HeaderValue> {
    let basic = |bytes: &[u8]| HeaderValue::try_from(format!("Basic {}", STANDARD.encode(bytes)));
    let pair = (value(), value()).prop_map(|(id, secret)| format!("{id}:{secret}").into_bytes());
    prop_oneof![
        header(),
        vec(any::<u8>(), 0..60).prop_map(move |bytes| basic(&bytes).unwrap()),
        pair.prop_map(move |pair| basic(&pair).unwrap()),
        "Basic [A-Za-z0-9+/=:]{0,40}".prop_map(|text| HeaderValue::try_from(text).unwrap()),
    ]
}

/// A redirect URI: one that is registered, with something changed, or any other text.
fn redirect_uri() -> impl Strategy<Value = String> {
    const REGISTERED: [&str; 5] = [
        CALLBACK,
        "http://127.0.0.1/",
        "http://127.0.0.1:65535/callback",
        "http://[::1]:7/callback",
        "http://localhost:3000/callback",
    ];
    const PIECES: [&str; 16] = [
        "@evil.example",
        "//evil.example",
        ".evil.example",
        ":80",
        ":",
        "/..",
        "/",
        "\\",
        "?",
        "#",
        "%2f",
        "%00",
        "\r\nSet-Cookie: a=b",
        "\t",
        "https://evil.example/",
        "&state=other",
    ];
    let changed = (
        select(&REGISTERED[..]),
        any::<Index>(),
        select(&PIECES[..]),
        any::<bool>(),
    );
    prop_oneof![
        1 => select(&REGISTERED[..]).prop_map(str::to_owned),
        6 => changed.prop_map(|(uri, place, piece, replace)| {
            let place = place.index(uri.len() + 1);
            let end = if replace { (place + piece.len()).min(uri.len()) } else { place };
            format!("{}{piece}{}", &uri[..place], &uri[end..])
        }),
        1 => any::<String>(),
    ]
}

/// A JWT with something wrong: a good one that is changed, or three parts of any JSON.
fn jwt(good: impl Fn() -> String) -> impl Strategy<Value = String> {
    let part = prop_oneof![
        any::<String>().prop_map(String::into_bytes),
        vec(any::<u8>(), 0..40),
        select(
            &[
                r#"{"alg":"none"}"#,
                r#"{"alg":"HS256","typ":"at+jwt"}"#,
                r#"{"alg":"RS256","typ":"at+jwt","kid":"x"}"#,
                r#"{"alg":"RS256","exp":1e400}"#,
                r#"{"alg":"RS256","crit":["exp"]}"#,
                r#"{"iss":[],"exp":-1}"#,
                r#"{"iss":"sandbox-salesforce","sub":"x","aud":"x","exp":9223372036854775807}"#,
            ][..]
        )
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    let parts = vec(part, 1..5).prop_map(|parts| {
        let parts: Vec<String> = parts
            .iter()
            .map(|part| URL_SAFE_NO_PAD.encode(part))
            .collect();
        parts.join(".")
    });
    let changed =
        (any::<Index>(), "[A-Za-z0-9._-]").prop_filter_map("the same", move |(place, letter)| {
            let mut good = good();
            // The last letter of a part may stand for bits that nobody reads; decoding is strict about them.
            let place = place.index(good.len());
            let same = good[place..=place] == letter;
            good.replace_range(place..=place, &letter);
            (!same).then_some(good)
        });
    prop_oneof![parts, changed, "[!-~]{0,80}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn forms_of_clients(
        endpoint in select(&["token", "revocation", "introspect", "deviceauthorization"][..]),
        body in body(),
        authorization in proptest::option::of(authorization()),
    ) {
        let shared = &*SHARED;
        let mut request = shared.post(&format!("/connect/{endpoint}"), body);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        shared.oauth(shared.send(request))?;
    }

    #[test]
    fn credentials_in_the_header(authorization in authorization()) {
        let shared = &*SHARED;
        let request = shared
            .post("/connect/token", b"grant_type=client_credentials".to_vec())
            .header(AUTHORIZATION, authorization.clone());
        let answer = shared.oauth(shared.send(request))?;
        if answer.get("error").is_none() {
            let sent = authorization.to_str().unwrap().split_once(' ').unwrap().1;
            let sent = String::from_utf8(STANDARD.decode(sent.trim()).unwrap()).unwrap();
            prop_assert_eq!(sent, "sandbox-api:sandbox-secret");
        }
    }

    #[test]
    fn verifiers(verifier in prop_oneof![any::<String>(), "[A-Za-z0-9._~-]{42,130}"]) {
        let shared = &*SHARED;
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "sandbox-ui"),
            ("code", "made-up"),
            ("redirect_uri", CALLBACK),
            ("code_verifier", &verifier),
        ];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let request = shared.post("/connect/token", encoded(&form).into_bytes());
        let answer = shared.oauth(shared.send(request))?;
        let expected = if verifier.is_empty() || verifier.len() > 4096 {
            "invalid_request"
        } else {
            "invalid_grant"
        };
        prop_assert_eq!(&answer["error"], expected);
    }

    #[test]
    fn authorization_requests(fields in fields(), signed_in: bool) {
        let shared = &*SHARED;
        let request = shared.client.get(format!("{}?{}", shared.url("/connect/authorize"), encoded(&fields)));
        let request = if signed_in { request.header(COOKIE, &shared.cookie) } else { request };
        if let Some(location) = shared.page(&shared.send(request))? {
            let known = [&shared.sandbox.issuer(), CALLBACK];
            prop_assert!(known.iter().any(|known| location.starts_with(*known)), "{}", location);
        }
    }

    #[test]
    fn redirect_uris(redirect_uri in redirect_uri(), logout: bool) {
        let shared = &*SHARED;
        let url = if logout {
            let parameters = [("client_id", "sandbox-ui"), ("post_logout_redirect_uri", &redirect_uri)];
            Url::parse_with_params(&shared.url("/connect/endsession"), parameters).unwrap()
        } else {
            let parameters = [("redirect_uri", &*redirect_uri), ("prompt", "none")];
            authorize_url(&shared.sandbox, &parameters).parse().unwrap()
        };
        let answer = shared.send(shared.client.get(url));
        prop_assert_eq!(answer.headers().get_all("set-cookie").iter().count(), 0);
        if let Some(location) = shared.page(&answer)? {
            // The browser goes where it was registered to go, however it reads the address.
            prop_assert!(location.starts_with(&redirect_uri), "{}", location);
            let url = Url::parse(&location).unwrap();
            let place = (url.host_str().unwrap(), url.port(), url.path());
            let known = matches!(
                place,
                ("127.0.0.1", _, "/" | "/callback")
                    | ("[::1]", _, "/callback")
                    | ("localhost", Some(3000), "/callback")
            );
            prop_assert!(known && url.scheme() == "http" && url.username().is_empty(), "{}", location);
        }
    }

    #[test]
    fn forms_and_cookies_of_browsers(
        page in select(&["/connect/authorize", "/account/login", "/consent", "/device", "/connect/endsession"][..]),
        fields in fields(),
        cookies in vec(header(), 0..3),
        signed_in: bool,
        post: bool,
    ) {
        let shared = &*SHARED;
        let mut request = if post {
            shared.post(page, encoded(&fields).into_bytes())
        } else {
            shared.client.get(format!("{}?{}", shared.url(page), encoded(&fields)))
        };
        for cookie in cookies {
            request = request.header(COOKIE, cookie);
        }
        if signed_in {
            request = request.header(COOKIE, &shared.cookie);
        }
        if let Some(location) = shared.page(&shared.send(request))? {
            let known = [&shared.sandbox.issuer(), CALLBACK];
            prop_assert!(known.iter().any(|known| location.starts_with(*known)), "{}", location);
        }
    }

    #[test]
    fn cookies_with_the_right_name(value in "[ -:<-~]{0,60}") {
        let shared = &*SHARED;
        let (name, good) = shared.cookie.split_once('=').unwrap();
        prop_assume!(value.trim() != good);
        let silent = authorize_url(&shared.sandbox, &[("prompt", "none")]);
        let request = shared.client.get(silent).header(COOKIE, format!("{name}={value}"));
        let location = shared.page(&shared.send(request))?.unwrap();
        prop_assert!(location.contains("error=login_required"), "{}", location);
    }

    #[test]
    fn access_tokens(token in jwt(|| SHARED.token.clone())) {
        let shared = &*SHARED;
        for path in ["/api/approvals/v1/process-steps/1", "/api/v1/auth/connect/userinfo"] {
            let request = shared.client.get(format!("{}{path}", shared.sandbox.base_url()));
            let answer = shared.send(request.bearer_auth(&token));
            prop_assert_eq!(answer.status(), 401, "{}", path);
        }
        let form = [("token".to_owned(), token)];
        let request = shared
            .post("/connect/introspect", encoded(&form).into_bytes())
            .basic_auth("sandbox-api", Some("sandbox-secret"));
        let answer = shared.oauth(shared.send(request))?;
        prop_assert_ne!(&answer["active"], true);
        let hint = format!("{}?{}", shared.url("/connect/endsession"), encoded(&[("id_token_hint".to_owned(), form[0].1.clone())]));
        shared.page(&shared.send(shared.client.get(hint)))?;
    }

    #[test]
    fn salesforce_requests(body in body(), authorization in proptest::option::of(authorization())) {
        let shared = &*SHARED;
        let mut request = shared.salesforce(body);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        shared.oauth(shared.send(request))?;
    }

    #[test]
    fn assertions(assertion in jwt(|| SHARED.assertion.clone())) {
        let shared = &*SHARED;
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", &assertion),
        ];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let request = shared.salesforce(encoded(&form).into_bytes());
        let answer = shared.oauth(shared.send(request))?;
        prop_assert_eq!(&answer["error"], "invalid_grant");
    }

    #[test]
    fn storefront_credentials(plain in any::<String>(), sent in vec(any::<u8>(), 0..200), encrypts: bool) {
        let shared = &*SHARED;
        let url = shared.sandbox.storefront_url();
        let body = if encrypts {
            let request = shared.client.get(format!("{url}/users/key"));
            let key = shared.json(shared.send(request.header("x-storefront", "ECommerce")));
            let key = SigningKey::parse(key["data"].as_str().unwrap()).unwrap();
            encrypt(&key, json!({"username": plain, "password": plain}).to_string().as_bytes()).into_bytes()
        } else {
            sent
        };
        let guest = String::from_utf8_lossy(&body).trim().is_empty();
        let request = shared
            .client
            .post(format!("{url}/user/token"))
            .header("x-storefront", "ECommerce")
            .body(body);
        let status = shared.send(request).status().as_u16();
        prop_assert_eq!(status, if guest { 200 } else { 400 });
    }
}
