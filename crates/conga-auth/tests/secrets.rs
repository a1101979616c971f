//! No secret leaves by a back door: `Debug`, `Display`, error sources and the whole trace output of every credential are
//! searched for every secret that went in or came back, while things go well and while they go wrong.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use conga_auth::cipher::SigningKey;
use conga_auth::{
    Anonymous, ApiKey, AuthError, ClientAuthentication, ClientCredentials, Credential, Endpoints,
    FileStore, MemoryStore, Metadata, OAuthClient, Provider, RequestContext, SalesforceOAuth,
    StaticToken, Storefront,
};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use url::Url;
use wiremock::matchers::{any, method, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const CLIENT_SECRET: &str = "CLIENTSECRET+7f3a/b";
const CLIENT_SECRET_ENCODED: &str = "CLIENTSECRET%2B7f3a%2Fb";
const BASIC: &str = "Y2xpZW50OkNMSUVOVFNFQ1JFVCUyQjdmM2ElMkZi";
const PASSWORD: &str = "PASSWORD-9c1e";
const STATIC_TOKEN: &str = "STATICTOKEN-5d2b";
const OAUTH_TOKEN: &str = "OAUTHTOKEN-8e4f";
const SHOP_TOKEN: &str = "00D!SHOPTOKEN-1a6c";
const KEY: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
const SESSION: &str = "SESSION-3b7d";
const REFRESH_TOKEN: &str = "REFRESHTOKEN-2f9b";
const CODE: &str = "CODE-6d1a";
const DEVICE_CODE: &str = "DEVICECODE-4e8c";
const ID_TOKEN: &str = "IDTOKEN-7b3e";
const API_KEY: &str = "APIKEY-0c5f";

const SECRETS: [&str; 14] = [
    REFRESH_TOKEN,
    CODE,
    DEVICE_CODE,
    ID_TOKEN,
    API_KEY,
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

/// Uses every flow with a user against a server, and notes all that they show.
async fn use_flows(heard: &Heard, root: &str) {
    let at = |path: &str| Url::parse(&format!("{root}/oauth/{path}")).unwrap();
    let mut metadata = Metadata::new(root, at("token"));
    metadata.authorization_endpoint = Some(at("authorize"));
    metadata.device_authorization_endpoint = Some(at("device"));
    metadata.revocation_endpoint = Some(at("revoke"));
    metadata.introspection_endpoint = Some(at("introspect"));
    metadata.userinfo_endpoint = Some(at("userinfo"));
    metadata.end_session_endpoint = Some(at("end"));
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path().join("token"));
    let builder = OAuthClient::builder(Provider::known(metadata, root).unwrap(), "client")
        .client_secret(CLIENT_SECRET)
        .store(store.clone());
    heard.note(&format!("{builder:?}"));
    let client = builder.build().unwrap();

    let flow = client
        .authorization_code()
        .pasted()
        .redirect_uri("http://127.0.0.1:9/cb");
    let sign_in = flow.begin().await.unwrap();
    heard.note(&format!("{sign_in:?} {}", sign_in.url()));
    for pasted in [
        CODE.to_owned(),
        format!("code={CODE}&error={CODE}"),
        format!("x {CODE}"),
    ] {
        match sign_in.finish_with(&pasted).await {
            Ok(user) => heard.note(&format!("{user:?}")),
            Err(error) => heard.error(&error),
        }
    }
    match client.device_code().await {
        Ok(sign_in) => heard.note(&format!("{sign_in:?}")),
        Err(error) => heard.error(&error),
    }
    let user = client.user_with_refresh_token(REFRESH_TOKEN);
    for _ in 0..2 {
        match user.token().await {
            Ok(token) => {
                user.invalidate(&http::HeaderMap::from_iter([(
                    http::header::AUTHORIZATION,
                    format!("Bearer {OAUTH_TOKEN}").parse().unwrap(),
                )]))
                .await;
                heard.note(&format!("{token:?}"));
            }
            Err(error) => heard.error(&error),
        }
        heard.note(&format!("{user:?} {client:?} {store:?}"));
    }
    let token = OAUTH_TOKEN.into();
    let outcomes = [
        client.revoke(&token).await.err(),
        client.introspect(&token).await.err(),
        client.user_info(&token).await.err(),
        user.sign_out().await.err(),
    ];
    outcomes
        .iter()
        .flatten()
        .for_each(|error| heard.error(error));
    let end = client.end_session_url(Some(&ID_TOKEN.into()), None).await;
    heard.note(&format!("{end:?}"));

    let store = MemoryStore::new();
    let salesforce = SalesforceOAuth::refresh_token(format!("{root}/oauth"), "app", REFRESH_TOKEN)
        .client_secret(CLIENT_SECRET)
        .store(store.clone());
    heard.note(&format!("{salesforce:?}"));
    let salesforce = salesforce.build().unwrap();
    if let Err(error) = salesforce.token().await {
        heard.error(&error);
    }
    if let Err(error) = salesforce.revoke().await {
        heard.error(&error);
    }
    heard.note(&format!("{salesforce:?} {store:?}"));
    heard.note(&format!("{:?}", ApiKey::new(root, API_KEY).unwrap()));
}

/// Uses every credential against a server, and notes all that they show.
async fn use_all(heard: &Heard, root: &str) {
    use_flows(heard, root).await;
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
            json!({
                "access_token": OAUTH_TOKEN, "token_type": "Bearer", "expires_in": 60,
                "refresh_token": REFRESH_TOKEN, "id_token": ID_TOKEN,
                "instance_url": "https://acme.my.salesforce.com",
                "device_code": DEVICE_CODE, "user_code": "X", "verification_uri": "https://x.example",
            }),
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
    // Servers that repeat whatever they are sent.
    let echoes: [fn(&str) -> ResponseTemplate; 3] = [
        |sent| {
            ResponseTemplate::new(400)
                .set_body_json(json!({"error": "invalid_grant", "error_description": sent}))
        },
        |sent| ResponseTemplate::new(500).set_body_string(sent),
        |sent| ResponseTemplate::new(200).set_body_raw(format!("<p>{sent}</p>"), "text/html"),
    ];
    for echo in echoes {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(move |request: &Request| {
                let fields = url::form_urlencoded::parse(&request.body);
                let fields: Vec<_> = fields
                    .map(|(name, value)| format!("{name}: {value}"))
                    .collect();
                let raw = String::from_utf8_lossy(&request.body);
                let bearer = request.headers.get("authorization");
                let bearer = bearer
                    .and_then(|value| value.to_str().ok())
                    .unwrap_or_default();
                echo(&format!("you sent {bearer} {} {raw}", fields.join(" ")))
            })
            .mount(&server)
            .await;
        use_all(&heard, &server.uri()).await;
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
