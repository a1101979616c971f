//! What the tests of the flows share: an identity provider that keeps the rules, a clock that stands still, and stores that
//! fail as told.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part of it"
)]
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may fail, and says why it was skipped"
)]

pub mod redis_server;
pub mod tool;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use conga_auth::{
    AuthError, Clock, ExposeSecret, MemoryStore, OAuthClient, OAuthClientBuilder, PrivateKey,
    Provider, Saved, SecretString, StoreLock, TokenStore,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// An identity provider: discovery, tokens for every grant, refresh tokens that are replaced with each use.
pub struct Idp {
    pub server: MockServer,
    books: Arc<Mutex<Books>>,
}

/// What it knows, and what a test sets.
#[derive(Default)]
pub struct Books {
    /// Codes by what they are bound to: challenge and redirect URI.
    codes: HashMap<String, (String, String)>,
    good_refresh: HashSet<String>,
    used_refresh: HashSet<String>,
    /// Once a used refresh token comes again, nothing of its family is good any more.
    pub family_revoked: bool,
    issued: usize,
    /// Whether refresh tokens are replaced. Default: they are.
    pub keeps_refresh_tokens: bool,
    /// Answers of the token endpoint that go before its own.
    pub next: VecDeque<ResponseTemplate>,
    /// What a device code gets, in order; then a token.
    pub device_errors: VecDeque<&'static str>,
    pub token_delay: Duration,
    pub lifetime: u64,
    /// Every form sent to the token endpoint.
    pub forms: Vec<HashMap<String, String>>,
    pub revoked: Vec<String>,
}

impl Idp {
    pub async fn start() -> Self {
        Self::with_metadata(json!({})).await
    }

    /// A provider whose discovery document has these fields besides its own, or instead of them.
    pub async fn with_metadata(fields: Value) -> Self {
        let server = MockServer::start().await;
        let books = Arc::new(Mutex::new(Books {
            lifetime: 3_600,
            ..Books::default()
        }));
        let root = server.uri();
        let mut document = json!({
            "issuer": root,
            "token_endpoint": format!("{root}/token"),
            "authorization_endpoint": format!("{root}/authorize?tenant=t1"),
            "device_authorization_endpoint": format!("{root}/device"),
            "revocation_endpoint": format!("{root}/revoke"),
            "introspection_endpoint": format!("{root}/introspect"),
            "userinfo_endpoint": format!("{root}/userinfo"),
            "end_session_endpoint": format!("{root}/end"),
            "code_challenge_methods_supported": ["plain", "S256"],
        });
        for (name, value) in fields.as_object().unwrap() {
            document[name] = value.clone();
        }
        let on = |verb: &str, at: &str| Mock::given(method(verb)).and(path(at));
        on("GET", "/.well-known/openid-configuration")
            .respond_with(ResponseTemplate::new(200).set_body_json(document))
            .mount(&server)
            .await;
        on("POST", "/token")
            .respond_with(TokenEndpoint(Arc::clone(&books)))
            .mount(&server)
            .await;
        let offer = json!({
            "device_code": "DEVICE", "user_code": "WDJB-MJHT", "expires_in": 600, "interval": 1,
            "verification_uri": format!("{root}/go"),
            "verification_uri_complete": format!("{root}/go?code=WDJB-MJHT"),
        });
        on("POST", "/device")
            .respond_with(ResponseTemplate::new(200).set_body_json(offer))
            .mount(&server)
            .await;
        let at_revocation = Arc::clone(&books);
        on("POST", "/revoke")
            .respond_with(move |request: &Request| {
                let token = form(request).remove("token").unwrap();
                at_revocation.lock().unwrap().revoked.push(token);
                ResponseTemplate::new(200)
            })
            .mount(&server)
            .await;
        Self { server, books }
    }

    pub fn root(&self) -> String {
        self.server.uri()
    }

    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }

    /// A public client whose tokens are for the provider's own host.
    pub fn client(&self) -> OAuthClientBuilder {
        OAuthClient::builder(self.provider(), "client")
    }

    pub fn provider(&self) -> Provider {
        Provider::discovered(self.root(), &self.root()).unwrap()
    }

    /// What the user does on the sign-in page: agrees. Gives the code for this sign-in.
    pub fn agree(&self, sign_in_url: &str) -> String {
        let asked = query(sign_in_url);
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["client_id"], "client");
        assert_eq!(asked["code_challenge_method"], "S256");
        let mut books = self.books();
        let code = format!("CODE-{}", books.codes.len() + 1);
        let bound = (
            asked["code_challenge"].clone(),
            asked["redirect_uri"].clone(),
        );
        books.codes.insert(code.clone(), bound);
        code
    }

    /// A refresh token that is good.
    pub fn good_refresh_token(&self, token: &str) {
        self.books().good_refresh.insert(token.to_owned());
    }

    pub fn token_requests(&self) -> usize {
        self.books().forms.len()
    }
}

struct TokenEndpoint(Arc<Mutex<Books>>);

impl Respond for TokenEndpoint {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut books = self.0.lock().unwrap();
        let form = form(request);
        books.forms.push(form.clone());
        if let Some(answer) = books.next.pop_front() {
            return answer;
        }
        let answer = match books.grant(&form) {
            Ok(token) => ResponseTemplate::new(200).set_body_json(token),
            Err(code) => oauth_error(code),
        };
        answer.set_delay(books.token_delay)
    }
}

impl Books {
    fn grant(&mut self, form: &HashMap<String, String>) -> Result<Value, &'static str> {
        match form["grant_type"].as_str() {
            "client_credentials" => Ok(self.issue(false)),
            "authorization_code" => {
                let bound = self.codes.remove(&form["code"]).ok_or("invalid_grant")?;
                let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
                if bound == (challenge, form["redirect_uri"].clone()) {
                    Ok(self.issue(true))
                } else {
                    Err("invalid_grant")
                }
            }
            "refresh_token" => {
                let token = &form["refresh_token"];
                if self.used_refresh.contains(token) {
                    self.family_revoked = true;
                    self.good_refresh.clear();
                }
                if !self.good_refresh.contains(token) {
                    return Err("invalid_grant");
                }
                if self.keeps_refresh_tokens {
                    return Ok(self.issue(false));
                }
                self.good_refresh.remove(token);
                self.used_refresh.insert(token.clone());
                Ok(self.issue(true))
            }
            "urn:ietf:params:oauth:grant-type:device_code" => {
                match self.device_errors.pop_front() {
                    Some(code) => Err(code),
                    None => Ok(self.issue(true)),
                }
            }
            other => panic!("grant {other}"),
        }
    }

    fn issue(&mut self, with_refresh: bool) -> Value {
        self.issued += 1;
        let number = self.issued;
        let mut token = json!({
            "access_token": format!("ACCESS-{number}"),
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "scope": "openid offline_access",
            "id_token": format!("ID-{number}"),
        });
        if with_refresh {
            let refresh = format!("REFRESH-{number}");
            self.good_refresh.insert(refresh.clone());
            token["refresh_token"] = refresh.into();
        }
        token
    }
}

/// An RSA key, as a connected app has one.
pub fn private_key() -> PrivateKey {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = STANDARD.encode(pair.as_der().unwrap().as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
    PrivateKey::from_pem(pem).unwrap()
}

pub fn oauth_error(code: &str) -> ResponseTemplate {
    ResponseTemplate::new(400).set_body_json(json!({"error": code}))
}

/// Runs so many tasks at once. Gives what each of them gives.
///
/// They are waited for in a task of its own. Whoever waits for a thousand uses up its turn on the runtime, and where that
/// turn ends with a mock server, the server waits for ever.
pub async fn at_once<T, F>(number: usize, task: impl Fn() -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..number).map(|_| tokio::spawn(task())).collect();
    let all = tokio::spawn(futures_util::future::try_join_all(tasks));
    all.await.unwrap().unwrap()
}

/// The fields of a form.
pub fn form(request: &Request) -> HashMap<String, String> {
    url::form_urlencoded::parse(&request.body)
        .into_owned()
        .collect()
}

/// The query of an address.
pub fn query(url: &str) -> HashMap<String, String> {
    let url = url::Url::parse(url).unwrap();
    url.query_pairs().into_owned().collect()
}

/// A clock that stands until it is moved.
#[derive(Clone, Debug)]
pub struct Hand(Arc<Mutex<SystemTime>>);

impl Hand {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(SystemTime::now())))
    }

    pub fn advance(&self, seconds: u64) {
        *self.0.lock().unwrap() += Duration::from_secs(seconds);
    }
}

impl Clock for Hand {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }
}

/// A store that fails where a test says so.
#[derive(Clone, Debug, Default)]
pub struct Troubled {
    pub inner: MemoryStore,
    pub trouble: Arc<Mutex<Trouble>>,
}

/// Where a [`Troubled`] store fails.
#[derive(Clone, Debug, Default)]
pub struct Trouble {
    pub load: bool,
    pub lock: bool,
    pub save: bool,
    /// Everybody gets the lock at once, as if there were none.
    pub no_lock: bool,
    /// The lock has been lost; this was saved by the one who took it.
    pub superseded_by: Option<String>,
}

impl Troubled {
    pub fn with(trouble: Trouble) -> Self {
        Self {
            inner: MemoryStore::new(),
            trouble: Arc::new(Mutex::new(trouble)),
        }
    }

    fn trouble(&self) -> Trouble {
        self.trouble.lock().unwrap().clone()
    }

    fn check(fails: bool) -> Result<(), AuthError> {
        match fails {
            true => Err(AuthError::store("the test store", "it is away", true)),
            false => Ok(()),
        }
    }

    pub async fn text(&self) -> Option<String> {
        let text = self.inner.load().await.unwrap();
        text.map(|text| text.expose_secret().to_owned())
    }
}

#[async_trait]
impl TokenStore for Troubled {
    async fn load(&self) -> Result<Option<SecretString>, AuthError> {
        Self::check(self.trouble().load)?;
        self.inner.load().await
    }

    async fn lock(&self) -> Result<Box<dyn StoreLock>, AuthError> {
        Self::check(self.trouble().lock)?;
        let held = match self.trouble().no_lock {
            true => None,
            false => Some(self.inner.lock().await?),
        };
        Ok(Box::new(TroubledLock {
            store: self.clone(),
            held,
        }))
    }
}

#[derive(Debug)]
struct TroubledLock {
    store: Troubled,
    held: Option<Box<dyn StoreLock>>,
}

#[async_trait]
impl StoreLock for TroubledLock {
    async fn save(&mut self, text: &SecretString) -> Result<Saved, AuthError> {
        let trouble = self.store.trouble();
        Troubled::check(trouble.save)?;
        let theirs = trouble.superseded_by.map(SecretString::from);
        let text = theirs.as_ref().unwrap_or(text);
        let saved = match &mut self.held {
            Some(held) => held.save(text).await?,
            None => self.store.inner.lock().await?.save(text).await?,
        };
        Ok(if theirs.is_some() {
            Saved::Superseded
        } else {
            saved
        })
    }

    async fn clear(&mut self) -> Result<(), AuthError> {
        match &mut self.held {
            Some(held) => held.clear().await,
            None => self.store.inner.lock().await?.clear().await,
        }
    }

    async fn release(self: Box<Self>) {}
}
