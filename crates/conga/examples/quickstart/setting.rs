//! Where the example runs: a sandbox in this process, or the tenant that the environment names.

use conga::{Client, Host, conga_auth::ApiKey};
use conga_sandbox::Sandbox;

use crate::story::{Failure, Story};

/// The clients of one place.
pub(crate) struct Setting {
    /// Acts as the connection's own user.
    pub(crate) conga: Client,
    /// Acts for the user that it names with each call; only the sandbox's accounts are known to include one.
    pub(crate) for_a_user: Option<Client>,
    /// Where it is no tenant.
    pub(crate) sandbox: Option<Sandbox>,
}

impl Setting {
    pub(crate) async fn find() -> Result<Self, Failure> {
        if std::env::var_os("CONGA_CLIENT_ID").is_some()
            || std::env::var_os("CONGA_ACCESS_TOKEN").is_some()
        {
            println!("Running against the tenant that CONGA_* names.");
            return Ok(Self {
                conga: Client::from_env()?,
                for_a_user: None,
                sandbox: None,
            });
        }
        let sandbox = Sandbox::start().await?;
        println!("Running against a sandbox at {}.", sandbox.base_url());
        let accounts = sandbox.accounts();
        let (integration, api, shopper) =
            (&accounts.integration, &accounts.api, &accounts.storefront);
        let base = sandbox.base_url().parse::<conga::Url>()?;
        let mut builder = Client::builder()
            .endpoints(sandbox.token_url(), sandbox.base_url())
            .client_credentials(&integration.client_id, integration.client_secret.as_str())
            .storefront(sandbox.storefront_url(), &shopper.storefront)
            .shopper(&shopper.username, shopper.password.as_str())
            .host_credential(
                Host::DiscoveryAi,
                ApiKey::new(sandbox.base_url(), accounts.api_key.as_str())?,
            );
        // A tenant's services answer at several hosts; a sandbox is all of them.
        for host in [
            Host::XAuthor,
            Host::Salesforce,
            Host::DiscoveryAi,
            Host::TurboEngines,
        ] {
            builder = builder.host(host, base.clone());
        }
        let for_a_user = Client::builder()
            .endpoints(sandbox.token_url(), sandbox.base_url())
            .client_credentials(&api.client_id, api.client_secret.as_str())
            .user_id(&api.user_id)
            .build()?;
        Ok(Self {
            conga: builder.build()?,
            for_a_user: Some(for_a_user),
            sandbox: Some(sandbox),
        })
    }

    pub(crate) async fn sign_in(&self, story: &mut Story) -> Result<(), Failure> {
        let page = self
            .conga
            .records("Account")
            .list()
            .page_size(1)
            .page(1)
            .await?;
        story.step(format!(
            "as an integration user; accounts on a page of one: {}",
            page.records.len()
        ));
        match &self.for_a_user {
            Some(client) => {
                let page = client
                    .records("Account")
                    .list()
                    .page_size(1)
                    .page(1)
                    .await?;
                story.step(format!(
                    "API to API, for a user (`user-id` header); accounts on a page of one: {}",
                    page.records.len()
                ));
            }
            None => story.skipped("API to API: set CONGA_USER_ID to run everything that way"),
        }
        Ok(())
    }

    pub(crate) async fn end(self) {
        if let Some(sandbox) = self.sandbox {
            sandbox.shutdown().await;
        }
    }
}
