//! The work by reqwest and serde_json. The HTTP client is set as the facade sets its own, a User-Agent included; nothing is retried, a token
//! is never renewed.

use std::collections::HashSet;
use std::env;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::{RequestBuilder, redirect};
use serde::{Deserialize, de::DeserializeOwned};

use super::{AT_ONCE, Account, Client, Contact, PAGE, Result};

pub(crate) struct Bare {
    http: reqwest::Client,
    root: String,
    token: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<T> {
    success: bool,
    data: Option<T>,
    has_more_records: Option<bool>,
}

impl Bare {
    pub(crate) async fn from_env() -> Result<Self> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("bare-rust/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(60))
            .build()?;
        let form = [
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", env::var("CONGA_CLIENT_ID")?),
            ("client_secret", env::var("CONGA_CLIENT_SECRET")?),
        ];
        let answer = http
            .post(env::var("CONGA_TOKEN_URI")?)
            .form(&form)
            .send()
            .await?;
        let token: Token = answer.error_for_status()?.json().await?;
        Ok(Self {
            http,
            root: env::var("CONGA_BASE_URI")? + "/api/data/v1",
            token: token.access_token,
        })
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<Envelope<T>> {
        let answer = request.bearer_auth(&self.token).send().await?;
        let envelope: Envelope<T> = answer.error_for_status()?.json().await?;
        if !envelope.success {
            return Err("the answer says that it failed".into());
        }
        Ok(envelope)
    }
}

impl Client for Bare {
    async fn get(&self, id: &str) -> Result<Account> {
        let request = self.http.get(format!("{}/Account/{id}", self.root));
        Ok(self.send(request).await?.data.ok_or("no record")?)
    }

    async fn list(&self, mut see: impl FnMut(&Account) -> Result<()>) -> Result<()> {
        for number in 1.. {
            let request = self
                .http
                .get(format!("{}/Account", self.root))
                .query(&[("pageSize", PAGE), ("pageNumber", number)]);
            let page = self.send::<Vec<Account>>(request).await?;
            for account in &page.data.unwrap_or_default() {
                see(account)?;
            }
            if page.has_more_records != Some(true) {
                break;
            }
        }
        Ok(())
    }

    async fn create(&self, count: usize) -> Result<HashSet<String>> {
        let ids = stream::iter(0..count)
            .map(async |number| {
                let request = self.http.post(format!("{}/Contact", self.root));
                let answer = self.send(request.json(&Contact::numbered(number)));
                answer.await?.data.ok_or("no id".into())
            })
            .buffer_unordered(AT_ONCE);
        ids.try_collect().await
    }
}
