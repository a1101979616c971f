//! No secret leaves by a back door: `Debug`, `Display`, error sources and the whole trace output of every credential are
//! searched for every secret that went in or came back, while things go well and while they go wrong.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use conga_auth::cipher::SigningKey;
use conga_auth::{
    Anonymous, AuthError, ClientAuthentication, ClientCredentials, Credential, Endpoints,
    RequestContext, StaticToken, Storefront,
};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use url::Url;
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

const CLIENT_SECRET: &str = "CLIENTSECRET+7f3a/b";
const CLIENT_SECRET_ENCODED: &str = "CLIENTSECRET%2B7f3a%2Fb";
const BASIC: &str = "Y2xpZW50OkNMSUVOVFNFQ1JFVCUyQjdmM2ElMkZi";
const PASSWORD: &str = "PASSWORD-9c1e";
const STATIC_TOKEN: &str = "STATICTOKEN-5d2b";
const OAUTH_TOKEN: &str = "OAUTHTOKEN-8e4f";
const SHOP_TOKEN: &str = "00D!SHOPTOKEN-1a6c";
const KEY: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
const SESSION: &str = "SESSION-3b7d";

const SECRETS: [&str; 9] = [
    CLIENT_SECRET,
    CLIENT_SECRET_ENCODED,
    BASIC,
    PASSWORD,
    STATIC_TOKEN,
    OAUTH_TOKEN,
    SHOP_TOKEN,
    KEY,
    SESSION,
];

/// Everything that was said, from every source.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    fn note(&self, text: &str) {
        let mut heard = self.0.lock().unwrap();
        heard.extend_from_slice(text.as_bytes());
        heard.push(b'\n');
    }

    fn error(&self, error: &AuthError) {
        let mut text = format!("{error:?} {error:#?} {error} {:?}", error.raw_excerpt());
        let mut source = error.source();
        while let Some(error) = source {
            write!(text, " caused by {error:?} {error}").unwrap();
            source = error.source();
        }
        self.note(&text);
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Heard {
    type Writer = Heard;

    fn make_writer(&'a self) -> Heard {
        self.clone()
    }
}

/// A server that is both token endpoint and storefront.
async fn server(token: ResponseTemplate, shop: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path_regex("^/oauth"))
        .respond_with(token)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path_regex("/users/key$"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"title": "success", "status": 200, "data": KEY})),
        )
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path_regex("^/shop"))
        .respond_with(shop)
        .mount(&server)
        .await;
    Mock::given(method("DELETE"))
        .respond_with(ResponseTemplate::new(500).set_body_string(format!("no {SHOP_TOKEN} here")))
        .mount(&server)
        .await;
    server
}

/// Uses every credential against a server, and notes all that they show.
async fn use_all(heard: &Heard, root: &str) {
    let endpoints = Endpoints::parse(&format!("{root}/oauth"), root).unwrap();
    let builder = ClientCredentials::builder(endpoints, "client", CLIENT_SECRET).user_id("u1");
    let basic = builder.clone().authentication(ClientAuthentication::Basic);
    let shop = Storefront::builder(format!("{root}/shop"), "ECommerce").user("ann", PASSWORD);
    heard.note(&format!("{builder:?} {shop:?}"));

    let storefront = shop.build().unwrap();
    let credentials: Vec<Arc<dyn Credential>> = vec![
        Arc::new(builder.build().unwrap()),
        Arc::new(basic.build().unwrap()),
        Arc::new(StaticToken::new(STATIC_TOKEN).user_id("u1")),
        Arc::new(storefront.clone()),
        Arc::new(Anonymous),
    ];
    let own = Url::parse(&format!("{root}/api")).unwrap();
    let insecure = Url::parse("http://api.example/?q=1").unwrap();
    for credential in credentials {
        heard.note(&format!("{credential:?}"));
        match credential.headers(&RequestContext::new(&own)).await {
            Ok(headers) => {
                heard.note(&format!("{headers:?}"));
                credential.invalidate(&headers).await;
            }
            Err(error) => heard.error(&error),
        }
        if let Err(error) = credential.headers(&RequestContext::new(&insecure)).await {
            heard.error(&error);
        }
        heard.note(&format!("{credential:?} {credential:#?}"));
    }
    if let Err(error) = storefront.sign_in().await {
        heard.error(&error);
    }
    if let Err(error) = storefront.revoke().await {
        heard.error(&error);
    }
    heard.note(&format!("{storefront:?}"));
}

#[tokio::test]
async fn no_secret_is_ever_shown() {
    let heard = Heard::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(heard.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let json = |status, body| ResponseTemplate::new(status).set_body_json(body);
    let raw = |text: String| ResponseTemplate::new(200).set_body_raw(text, "application/json");
    let good = || {
        json(
            200,
            json!({"access_token": OAUTH_TOKEN, "token_type": "Bearer", "expires_in": 60}),
        )
    };
    let good_shop = || {
        json(
            200,
            json!({"status": 200, "data": {"accessToken": SHOP_TOKEN}}),
        )
    };
    let echo = format!("you sent {CLIENT_SECRET} and {CLIENT_SECRET_ENCODED}");
    let shop_echo = format!("you sent {PASSWORD}");
    let scenes = [
        (good(), good_shop()),
        (
            json(
                401,
                json!({"error": "invalid_client", "error_description": echo}),
            ),
            json(401, json!({"title": shop_echo, "data": shop_echo})),
        ),
        (
            json(
                400,
                json!({"error": CLIENT_SECRET, "error_uri": CLIENT_SECRET}),
            ),
            json(400, json!([{"errorCode": PASSWORD, "message": shop_echo}])),
        ),
        (
            ResponseTemplate::new(500).set_body_string(&echo),
            ResponseTemplate::new(500).set_body_string(&shop_echo),
        ),
        (
            raw(format!("<html>{echo}</html>")),
            raw(format!("<html>{shop_echo}</html>")),
        ),
        (
            raw(format!(r#"{{"access_token": "{OAUTH_TOKEN}", "token_type"#)),
            raw(format!(r#"{{"data": {{"accessToken": "{SHOP_TOKEN}""#)),
        ),
        (
            json(
                200,
                json!({"access_token": [OAUTH_TOKEN], "token_type": "Bearer"}),
            ),
            json(200, json!({"data": SHOP_TOKEN})),
        ),
        (
            json(200, json!({"access_token": "x", "token_type": OAUTH_TOKEN})),
            json(
                200,
                json!({"data": {"LoginURL": format!("https://idp.example/?sid={SESSION}")}}),
            ),
        ),
        (raw(OAUTH_TOKEN.to_owned()), raw(SHOP_TOKEN.to_owned())),
        (
            json(
                200,
                json!({"access_token": format!("{OAUTH_TOKEN}\n"), "token_type": "Bearer"}),
            ),
            json(
                200,
                json!({"data": {"accessToken": format!("{SHOP_TOKEN}\n")}}),
            ),
        ),
        (
            ResponseTemplate::new(302).insert_header(
                "location",
                format!("https://x.example/?s={CLIENT_SECRET}").as_str(),
            ),
            ResponseTemplate::new(302)
                .insert_header("location", format!("https://x.example/{PASSWORD}").as_str()),
        ),
    ];
    for (token, shop) in scenes {
        use_all(&heard, &server(token, shop).await.uri()).await;
    }
    // Nobody there at all.
    use_all(&heard, "http://127.0.0.1:9").await;
    heard.note(&format!("{:?}", SigningKey::parse(KEY).unwrap()));

    let text = heard.text();
    for proof in [
        "token obtained",
        "no new token",
        "asking again",
        "[redacted]",
        "Sensitive",
        "SigningKey([REDACTED])",
    ] {
        assert!(text.contains(proof), "the capture works: {proof}");
    }
    for secret in SECRETS {
        if let Some(place) = text.find(secret) {
            let from = text.floor_char_boundary(place.saturating_sub(300));
            let to = text.ceil_char_boundary(place + 100);
            panic!("{secret} is shown: {}", &text[from..to]);
        }
    }
}
