//! The contract test's run: call, see what arrived, see that the answer decodes.

use std::{
    collections::BTreeMap,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
};

use conga_api::{ByteStream, Error, Pending};
use conga_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::{published::Published, sample::Sample, specification};

/// An operation's id, and its call with a sample.
pub type Entry<C> = (&'static str, fn(&C, &Sample) -> Called);

/// A call under way, whatever it answers.
pub type Called = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// A call whose answer is decoded.
pub fn json<T: Send + 'static>(pending: Pending<T>) -> Called {
    Box::pin(async move { pending.await.map(drop) })
}

/// A call whose answer is read to its end.
pub fn stream(pending: Pending<ByteStream>) -> Called {
    Box::pin(async move { pending.await?.into_inner().bytes().await.map(drop) })
}

/// The run over all services, and what it found.
pub struct Cases<'a> {
    sandbox: &'a Sandbox,
    /// Values that a sample must have for the sandbox to let it in.
    fixed: BTreeMap<&'static str, Value>,
    /// By service: operations in the document, operations called.
    pub counts: Vec<(String, usize, usize)>,
    /// What was wrong, a line each.
    pub faults: Vec<String>,
}

impl<'a> Cases<'a> {
    /// A run against `sandbox`.
    pub fn new(sandbox: &'a Sandbox) -> Self {
        let accounts = sandbox.accounts();
        let fixed = BTreeMap::from([
            ("X-API-Key", json!(accounts.api_key)),
            ("x-storefront", json!(accounts.storefront.storefront)),
        ]);
        Self {
            sandbox,
            fixed,
            counts: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Calls every operation of a service.
    pub async fn service<C>(&mut self, service: &str, client: &C, entries: &[Entry<C>]) {
        let curated = specification::document("curated", service);
        let published = Published::of(service);
        let calls: BTreeMap<&str, fn(&C, &Sample) -> Called> = entries.iter().copied().collect();
        let (mut total, mut called) = (0, 0);
        for (path, method, operation) in specification::operations(&curated) {
            total += 1;
            let id = operation["operationId"].as_str().unwrap_or_default();
            let Some(call) = calls.get(id) else {
                self.faults
                    .push(format!("{service}/{id}: no generated call"));
                continue;
            };
            let sample = self.sample(&curated, path, operation).await;
            match self.call(*call, client, &sample).await {
                Ok(()) => called += 1,
                Err(what) => {
                    self.faults.push(format!("{service}/{id}: {what}"));
                    continue;
                }
            }
            match self
                .sandbox
                .requests()
                .into_iter()
                .rev()
                .find(|received| received.operation.is_some())
            {
                None => self.faults.push(format!("{service}/{id}: nothing arrived")),
                Some(received) => {
                    let faults = published.faults(method, path, &sample, &received);
                    self.faults.extend(
                        faults
                            .into_iter()
                            .map(|fault| format!("{service}/{id}: {fault}")),
                    );
                }
            }
        }
        self.counts.push((service.to_owned(), total, called));
    }

    async fn sample(&self, document: &Value, path: &str, operation: &Value) -> Sample {
        let mut sample = Sample::of(document, operation);
        for (name, value) in &self.fixed {
            if let Some(parameter) = sample.parameters.get_mut(*name) {
                *parameter = value.clone();
            }
        }
        if path.ends_with("/user/token") {
            sample.body = Some(json!(self.encrypted_sign_in(path).await));
        }
        sample
    }

    /// A sign-in as the storefront takes it: only a body encrypted with a fresh key gets an answer.
    async fn encrypted_sign_in(&self, path: &str) -> String {
        let shopper = &self.sandbox.accounts().storefront;
        let key_path = path.replace("/user/token", "/users/key");
        let answer: Value = reqwest::Client::new()
            .get(format!("{}{key_path}", self.sandbox.base_url()))
            .header("x-storefront", &shopper.storefront)
            .send()
            .await
            .expect("the sandbox answers")
            .json()
            .await
            .expect("the key comes as JSON");
        let key =
            conga_auth::cipher::SigningKey::parse(answer["data"].as_str().unwrap_or_default())
                .expect("64 hex digits");
        let plain =
            json!({ "username": shopper.username, "password": shopper.password }).to_string();
        conga_auth::cipher::encrypt(&key, plain.as_bytes())
    }

    async fn call<C>(
        &self,
        call: fn(&C, &Sample) -> Called,
        client: &C,
        sample: &Sample,
    ) -> Result<(), String> {
        self.sandbox.clear_requests();
        let called = catch_unwind(AssertUnwindSafe(|| call(client, sample))).map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            format!(
                "the sample does not fit: {}",
                text.chars().take(400).collect::<String>()
            )
        })?;
        called.await.map_err(|error| {
            format!(
                "{error} {:?} {}",
                error.messages(),
                error
                    .body()
                    .map(|b| b.text().chars().take(300).collect::<String>())
                    .unwrap_or_default()
            )
        })
    }
}
