//! From settings to a client.

use std::sync::Arc;

use conga_api::{Api, Limiter, Transport, operations::Host};
use conga_auth::{ClientCredentials, Credential, Endpoints};
use url::Url;

use super::{ClientBuilder, SignIn, Tenant};
use crate::{Client, ConfigError, Error, Storefront, storefront};

impl ClientBuilder {
    /// The client. Nothing is sent yet, and no token fetched.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for settings that are missing or contradict each other, [`Error::Auth`] for addresses and credentials that
    /// cannot work.
    pub fn build(mut self) -> Result<Client, Error> {
        self.add_x_author();
        let storefront = self.storefront_handle()?;
        let own = self.own_credential()?;
        let alone = storefront.is_some() || !self.hosts.is_empty();
        let limiter = self.base().ok().and_then(|base| self.calls.limiter(&base));
        let mut api = Api::new(self.gateway(own.as_ref(), alone, limiter.as_ref())?);
        if let Some(storefront) = &storefront {
            api = api.with_host(Host::Salesforce, storefront.transport().clone());
        }
        for (&host, url) in self
            .hosts
            .iter()
            .filter(|(host, _)| **host != Host::Gateway)
        {
            let credential = self.credential_of(host, own.as_ref(), storefront.as_ref())?;
            let limiter = limiter.as_ref().filter(|_| takes_own(host));
            let transport = self.calls.transport(url.clone(), credential, limiter)?;
            api = api.with_host(host, transport);
        }
        if let Some(host) = self
            .host_credentials
            .keys()
            .find(|host| **host != Host::Gateway && !self.hosts.contains_key(host))
        {
            return Err(ConfigError::NoHostAddress { host: *host }.into());
        }
        Ok(Client::new(api, storefront))
    }
}

impl ClientBuilder {
    /// X-Author stands beside the gateway; some regions have a published address for it.
    fn add_x_author(&mut self) {
        if let Some(Tenant::Region(region)) = &self.tenant
            && let Some(Ok(url)) = region.x_author().map(Url::parse)
        {
            self.hosts.entry(Host::XAuthor).or_insert(url);
        }
    }

    /// The way to the gateway. Other hosts `alone` will do: a client of those has none.
    fn gateway(
        &self,
        own: Option<&Arc<dyn Credential>>,
        alone: bool,
        limiter: Option<&Limiter>,
    ) -> Result<Transport, Error> {
        let unset =
            self.tenant.is_none() && own.is_none() && !self.hosts.contains_key(&Host::Gateway);
        if unset && alone {
            return Ok(Transport::unset(
                "this client does not sign in to the platform; give `ClientBuilder::region` and `client_credentials`, or set \
                 CONGA_REGION, CONGA_CLIENT_ID and CONGA_CLIENT_SECRET",
            ));
        }
        let base = self.base()?;
        let credential = match self.host_credentials.get(&Host::Gateway) {
            Some(maker) => maker(&self.calls.http)?,
            None => own.cloned().ok_or(NO_CREDENTIAL)?,
        };
        self.calls.transport(base, credential, limiter)
    }

    /// The address of the gateway.
    pub(crate) fn base(&self) -> Result<Url, Error> {
        if let Some(url) = self.hosts.get(&Host::Gateway) {
            return Ok(url.clone());
        }
        match self.tenant.as_ref().ok_or(NO_TENANT)? {
            Tenant::Region(region) => Ok(Endpoints::from(*region).gateway),
            Tenant::Uris { base, .. } | Tenant::Base(base) => {
                let problem = "is no absolute URL; write it as in `https://rls.congacloud.com`";
                Ok(Url::parse(base.trim()).map_err(|_| ConfigError::Invalid {
                    setting: "the base URI",
                    problem,
                })?)
            }
        }
    }

    fn token_endpoint(&self) -> Result<Url, Error> {
        match self.tenant.as_ref().ok_or(NO_TENANT)? {
            Tenant::Region(region) => Ok(Endpoints::from(*region).token),
            Tenant::Uris { token, .. } => {
                let problem = "is no absolute URL; write it as in `https://login.congacloud.eu/api/v1/auth/connect/token`";
                Ok(Url::parse(token.trim()).map_err(|_| ConfigError::Invalid {
                    setting: "the token URI",
                    problem,
                })?)
            }
            Tenant::Base(_) => Err(ConfigError::Missing {
                what: "the token URI",
                setter: "endpoints",
                variables: "CONGA_TOKEN_URI beside CONGA_BASE_URI",
            }
            .into()),
        }
    }

    /// The credential of the platform: one for all of its hosts.
    fn own_credential(&self) -> Result<Option<Arc<dyn Credential>>, Error> {
        match &self.sign_in {
            None => Ok(None),
            Some(SignIn::Other(maker)) => {
                for (other, is_set) in [
                    ("`user_id`", self.user_id.is_some()),
                    ("`scopes`", !self.scopes.is_empty()),
                    ("`token_store`", self.store.is_some()),
                ] {
                    if is_set {
                        let one = "`ClientBuilder::credential`";
                        return Err(ConfigError::Conflict { one, other }.into());
                    }
                }
                Ok(Some(maker(&self.calls.http)?))
            }
            Some(SignIn::Client { id, secret }) => {
                let token_endpoint = self.token_endpoint()?;
                let client = self.calls.http.client_for(&token_endpoint)?;
                let endpoints = Endpoints::new(token_endpoint, self.base()?);
                let mut credential =
                    ClientCredentials::builder(endpoints, id.as_str(), secret.clone())
                        .http_client(client)
                        .scopes(self.scopes.iter().cloned());
                for (host, url) in &self.hosts {
                    if takes_own(*host) && !self.host_credentials.contains_key(host) {
                        credential = credential.allow_origin(url.as_str());
                    }
                }
                if let Some(user_id) = &self.user_id {
                    credential = credential.user_id(user_id.as_str());
                }
                if let Some(store) = &self.store {
                    credential = credential.store(store.clone());
                }
                if let Some(timeout) = self.calls.http.sign_in_timeout {
                    credential = credential.timeout(timeout);
                }
                Ok(Some(Arc::new(credential.build()?)))
            }
        }
    }

    fn credential_of(
        &self,
        host: Host,
        own: Option<&Arc<dyn Credential>>,
        storefront: Option<&Storefront>,
    ) -> Result<Arc<dyn Credential>, Error> {
        if let Some(maker) = self.host_credentials.get(&host) {
            return maker(&self.calls.http);
        }
        match (host, storefront) {
            (Host::DiscoveryAi, _) => Ok(Arc::new(conga_auth::Anonymous)),
            (Host::Salesforce, Some(storefront)) => Ok(storefront.transport().credential().clone()),
            (host, _) if takes_own(host) => Ok(own.cloned().ok_or(NO_CREDENTIAL)?),
            (host, _) => Err(ConfigError::NoHostCredential { host }.into()),
        }
    }

    fn storefront_handle(&self) -> Result<Option<Storefront>, Error> {
        let Some((url, name)) = &self.storefront else {
            let unused = self.shopper.is_some()
                || self.shopper_account.is_some()
                || self.storefront_options.is_some();
            let missing = ConfigError::Missing {
                what: "the storefront",
                setter: "storefront",
                variables: "CONGA_STOREFRONT_URL",
            };
            return if unused {
                Err(missing.into())
            } else {
                Ok(None)
            };
        };
        let settings = storefront::Settings {
            url: url.trim().to_owned(),
            name: name.clone(),
            account: self.shopper_account.clone(),
            options: self.storefront_options,
            calls: self.calls.clone(),
        };
        settings.check()?;
        Storefront::new(Arc::new(settings), self.shopper.clone()).map(Some)
    }
}

/// Whether a host is one of the platform's, which the client's own credential is for.
fn takes_own(host: Host) -> bool {
    matches!(host, Host::Gateway | Host::XAuthor | Host::TurboEngines)
}

const NO_CREDENTIAL: ConfigError = ConfigError::Missing {
    what: "the credential",
    setter: "client_credentials",
    variables: "CONGA_CLIENT_ID and CONGA_CLIENT_SECRET",
};

/// No tenant is named, by neither of the two ways.
pub(crate) const NO_TENANT: ConfigError = ConfigError::Missing {
    what: "the tenant's region",
    setter: "region` or `ClientBuilder::endpoints",
    variables: "CONGA_REGION, or CONGA_TOKEN_URI and CONGA_BASE_URI,",
};
