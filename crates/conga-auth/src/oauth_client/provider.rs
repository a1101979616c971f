//! Which identity provider, and which API its tokens are for.

use std::sync::Arc;

use url::Url;

use super::Directory;
use crate::AuthError;
use crate::clock::Clock;
use crate::discovery::{Discovery, Metadata};
use crate::endpoints::{Region, absolute};
use crate::transport::HttpOptions;

/// An identity provider, and the API that its tokens are for.
///
/// ```
/// use conga_auth::{Provider, Region};
///
/// let conga = Provider::from(Region::Australia);
/// let another = Provider::discovered("https://login.example/tenant", "https://api.example")?;
/// # Ok::<(), conga_auth::AuthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Provider {
    pub(super) identity: Identity,
    pub(super) gateway: Url,
}

#[derive(Clone, Debug)]
pub(super) enum Identity {
    Issuer(String),
    Known(Arc<Metadata>),
}

impl Provider {
    /// The provider of `issuer`, whose endpoints are discovered, with tokens for the API at `gateway`.
    ///
    /// # Errors
    ///
    /// [`AuthError::Configuration`] where `gateway` is not an absolute URL.
    pub fn discovered(issuer: impl Into<String>, gateway: &str) -> Result<Self, AuthError> {
        Ok(Self {
            identity: Identity::Issuer(issuer.into()),
            gateway: absolute("the base URI", gateway)?,
        })
    }

    /// A provider whose endpoints are known, with tokens for the API at `gateway`.
    ///
    /// # Errors
    ///
    /// [`AuthError::Configuration`] where `gateway` is not an absolute URL.
    pub fn known(metadata: Metadata, gateway: &str) -> Result<Self, AuthError> {
        Ok(Self {
            identity: Identity::Known(Arc::new(metadata)),
            gateway: absolute("the base URI", gateway)?,
        })
    }
}

impl From<Region> for Provider {
    #[expect(
        clippy::expect_used,
        reason = "the addresses are constants, and a test parses every one of them"
    )]
    fn from(region: Region) -> Self {
        Self::discovered(region.identity(), region.gateway())
            .expect("the gateway of every region is a URL")
    }
}

impl Identity {
    /// Where the endpoints come from, and an address of the provider.
    pub(super) fn directory(
        self,
        http: HttpOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<(Directory, Url), AuthError> {
        match self {
            Self::Issuer(issuer) => Ok((
                Directory::Discovered(Box::new(Discovery::new(&issuer, http, clock)?)),
                absolute("the issuer", &issuer)?,
            )),
            Self::Known(metadata) => {
                metadata.check(&metadata.issuer)?;
                let server = metadata.token_endpoint.clone();
                Ok((Directory::Known(metadata), server))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_is_a_provider() {
        for region in Region::ALL {
            let provider = Provider::from(region);
            let text = provider.gateway.as_str();
            assert_eq!(text.trim_end_matches('/'), region.gateway());
            assert!(
                matches!(provider.identity, Identity::Issuer(issuer) if issuer == region.identity())
            );
        }
    }
}
