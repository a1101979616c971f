//! The client under test, and what its work needs.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use conga::{
    Client, Error, Limiter, Rate, RetryPolicy,
    commerce::Filter,
    conga_auth::{ClientSecret, SecretString},
    integration_users::Role,
};
use serde_json::Value;
use tokio::sync::RwLock;

use crate::{
    Failure,
    ledger::Ledger,
    server::Address,
    tally::{Requests, Tally, unpoisoned},
};

/// The time for one attempt. Calls that stall wait for so long.
const PATIENCE: Duration = Duration::from_secs(4);

/// What the template makes of a name.
const TEMPLATE: &str = "Dear {{Name}}, this is a soak.";

/// What all tasks share.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) client: Client,
    pub(crate) tally: Arc<Tally>,
    pub(crate) ledger: Ledger,
    /// Held for reading by whoever works, and for writing by the audit.
    pub(crate) gate: RwLock<()>,
    pub(crate) round: AtomicU32,
    pub(crate) over: AtomicBool,
    pub(crate) folder: PathBuf,
    pub(crate) template: String,
    pub(crate) price_list: String,
    pub(crate) product: String,
    user: String,
    secret: Arc<Mutex<SecretString>>,
}

impl Scene {
    /// Makes what the work needs, as `calm`, and the client. Files go to `folder`.
    pub(crate) async fn set(
        calm: &Client,
        address: &Address,
        folder: PathBuf,
    ) -> Result<Self, Failure> {
        let users = calm.integration_users();
        let role = Role::named("Integration");
        let user = users
            .create("Soak", "Test", "soak@example.com", role)
            .await?;
        let issued = users.generate_secret(&user).await?;
        let tally = Arc::new(Tally::default());
        let secret = Arc::new(Mutex::new(issued.client_secret));
        let (asked, known) = (tally.clone(), secret.clone());
        let ask = move || {
            asked.token();
            let secret = unpoisoned(&known).clone();
            async { Ok(secret) }
        };
        let client = Client::builder()
            .endpoints(&address.token_url, &address.base_url)
            .client_credentials(issued.client_id, ClientSecret::from_fn(ask))
            .timeout(PATIENCE)
            .sign_in_timeout(PATIENCE)
            .retry(RetryPolicy::default().with_base(Duration::from_millis(50)))
            .limiter(Limiter::local(Rate::per_second(500)).with_concurrency(24))
            .middleware(Requests(tally.clone()))
            .build()?;
        let template = calm.documents().upload("Letter.txt", TEMPLATE).await?;
        let lists = calm.price_lists().list();
        let lists = lists
            .filter(Filter::eq("Name", "Standard USD"))
            .page(1)
            .await?;
        let products = calm.raw().get("/api/revenue-admin/v1/products");
        let products = products.query("filter", "eq(ProductCode:'ORB-400')");
        let products = products.send::<Vec<Value>>().await?;
        let id = |record: Option<&Value>| -> Result<String, Failure> {
            let id = record.and_then(Value::as_str).map(str::to_owned);
            id.ok_or_else(|| "the demo company has neither price list nor product".into())
        };
        Ok(Self {
            client,
            tally,
            ledger: Ledger::default(),
            gate: RwLock::default(),
            round: AtomicU32::default(),
            over: AtomicBool::default(),
            folder,
            template: template.document_id,
            price_list: id(lists.records.first().and_then(|list| list.get("Id")))?,
            product: id(products.first().and_then(|product| product.get("Id")))?,
            user,
            secret,
        })
    }

    /// What a merge for this name gives.
    pub(crate) fn letter(name: &str) -> String {
        TEMPLATE.replace("{{Name}}", name)
    }

    /// Gives the client another secret; the one that it has is good no longer.
    pub(crate) async fn renew_secret(&self, calm: &Client) -> Result<(), Error> {
        let issued = calm.integration_users().generate_secret(&self.user).await?;
        *unpoisoned(&self.secret) = issued.client_secret;
        Ok(())
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Relaxed) || self.tally.is_hopeless()
    }
}
