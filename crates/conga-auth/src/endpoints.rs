//! Where a tenant signs in and where its API is: by region, or by the two URIs that an administrator hands out.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::AuthError;
use crate::discovery::Metadata;

/// A region of Conga's cloud, and within it the production environment or the preview environment. A tenant lives in
/// exactly one.
///
/// Production addresses are published. Of the preview environments the identity services are published, and so is the
/// North American gateway; the other two gateways are those that Conga's clients use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Region {
    /// North America: `login-rls.congacloud.com` and `rls.congacloud.com`.
    NorthAmerica,
    /// Europe: `login.congacloud.eu` and `rls.congacloud.eu`.
    Europe,
    /// Australia: `login.congacloud.au` and `rls.congacloud.au`.
    Australia,
    /// North America, preview: `login-rlspreview.congacloud.com` and `preview-rls09.congacloud.com`.
    NorthAmericaPreview,
    /// Europe, preview: `login-preview.congacloud.eu` and `rls-preview.congacloud.eu`.
    EuropePreview,
    /// Australia, preview: `login-preview.congacloud.au` and `rls-preview.congacloud.au`.
    AustraliaPreview,
}

impl Region {
    /// All regions.
    pub const ALL: [Region; 6] = [
        Region::NorthAmerica,
        Region::Europe,
        Region::Australia,
        Region::NorthAmericaPreview,
        Region::EuropePreview,
        Region::AustraliaPreview,
    ];

    /// The root of the identity service, without a trailing slash. It is the issuer of its tokens too.
    pub const fn identity(self) -> &'static str {
        match self {
            Region::NorthAmerica => "https://login-rls.congacloud.com/api/v1/auth",
            Region::Europe => "https://login.congacloud.eu/api/v1/auth",
            Region::Australia => "https://login.congacloud.au/api/v1/auth",
            Region::NorthAmericaPreview => "https://login-rlspreview.congacloud.com/api/v1/auth",
            Region::EuropePreview => "https://login-preview.congacloud.eu/api/v1/auth",
            Region::AustraliaPreview => "https://login-preview.congacloud.au/api/v1/auth",
        }
    }

    /// The gateway below which nearly all services lie, without a trailing slash.
    pub const fn gateway(self) -> &'static str {
        match self {
            Region::NorthAmerica => "https://rls.congacloud.com",
            Region::Europe => "https://rls.congacloud.eu",
            Region::Australia => "https://rls.congacloud.au",
            Region::NorthAmericaPreview => "https://preview-rls09.congacloud.com",
            Region::EuropePreview => "https://rls-preview.congacloud.eu",
            Region::AustraliaPreview => "https://rls-preview.congacloud.au",
        }
    }

    /// The host of X-Author, the one service beside the gateway, without a trailing slash; `None` where none is
    /// published. Allow it on a credential, as in [`ClientCredentialsBuilder::allow_origin`].
    ///
    /// [`ClientCredentialsBuilder::allow_origin`]: crate::ClientCredentialsBuilder::allow_origin
    pub const fn x_author(self) -> Option<&'static str> {
        match self {
            Region::NorthAmerica => Some("https://xauthor-prod-rls10.congacloud.com"),
            Region::NorthAmericaPreview => Some("https://xauthor-preview-rls09.congacloud.com"),
            _ => None,
        }
    }

    /// The short name: `na`, `eu` or `au`, with `-preview` for a preview environment.
    pub const fn code(self) -> &'static str {
        match self {
            Region::NorthAmerica => "na",
            Region::Europe => "eu",
            Region::Australia => "au",
            Region::NorthAmericaPreview => "na-preview",
            Region::EuropePreview => "eu-preview",
            Region::AustraliaPreview => "au-preview",
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Reads the short name, in any case.
impl FromStr for Region {
    type Err = AuthError;

    fn from_str(text: &str) -> Result<Self, AuthError> {
        Region::ALL
            .into_iter()
            .find(|region| region.code().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| {
                AuthError::configuration(
                    "the region is not one of `na`, `eu` and `au` (or these with `-preview`)",
                )
            })
    }
}

/// The addresses of one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoints {
    /// The token endpoint (Conga's pages call it *Token URI*).
    pub token: Url,
    /// The root of the API (Conga's pages call it *Base URI*). Tokens are sent to this host only.
    pub gateway: Url,
}

impl Endpoints {
    /// Both addresses, used as they are.
    pub fn new(token: Url, gateway: Url) -> Self {
        Self { token, gateway }
    }

    /// Asks the identity provider of `issuer` for its token endpoint (OpenID Connect Discovery), once.
    ///
    /// # Errors
    ///
    /// [`AuthError`] where the document cannot be had or names another issuer.
    pub async fn discover(issuer: &str, gateway: &str) -> Result<Self, AuthError> {
        let gateway = absolute("the base URI", gateway)?;
        let metadata = Metadata::discover(issuer).await?;
        Ok(Self::new(metadata.token_endpoint.clone(), gateway))
    }

    /// Both addresses as text: *Token URI* and *Base URI* as an administrator copies them.
    ///
    /// # Errors
    ///
    /// [`AuthError::Configuration`] where one of them is not an absolute URL.
    pub fn parse(token_uri: &str, base_uri: &str) -> Result<Self, AuthError> {
        Ok(Self::new(
            absolute("the token URI", token_uri)?,
            absolute("the base URI", base_uri)?,
        ))
    }
}

impl From<Region> for Endpoints {
    #[expect(
        clippy::expect_used,
        reason = "the addresses are constants, and a test parses every one of them"
    )]
    fn from(region: Region) -> Self {
        let token = format!("{}/connect/token", region.identity());
        Self::parse(&token, region.gateway()).expect("the addresses of every region are URLs")
    }
}

/// Reads an absolute URL; `name` says in the error which one it is.
pub(crate) fn absolute(name: &str, text: &str) -> Result<Url, AuthError> {
    Url::parse(text.trim()).map_err(|error| {
        AuthError::configuration(format!(
            "{name} is not an absolute URL ({error}); write it with its scheme, as in `https://host/path`"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_has_its_addresses() {
        let shown: Vec<String> = Region::ALL
            .into_iter()
            .map(|region| {
                let endpoints = Endpoints::from(region);
                format!("{region} {} {}", endpoints.token, endpoints.gateway)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "na https://login-rls.congacloud.com/api/v1/auth/connect/token https://rls.congacloud.com/",
                "eu https://login.congacloud.eu/api/v1/auth/connect/token https://rls.congacloud.eu/",
                "au https://login.congacloud.au/api/v1/auth/connect/token https://rls.congacloud.au/",
                "na-preview https://login-rlspreview.congacloud.com/api/v1/auth/connect/token https://preview-rls09.congacloud.com/",
                "eu-preview https://login-preview.congacloud.eu/api/v1/auth/connect/token https://rls-preview.congacloud.eu/",
                "au-preview https://login-preview.congacloud.au/api/v1/auth/connect/token https://rls-preview.congacloud.au/",
            ]
        );
    }

    #[test]
    fn a_region_reads_its_short_name() {
        assert_eq!("EU".parse::<Region>().unwrap(), Region::Europe);
        assert_eq!(
            "na-Preview".parse::<Region>().unwrap(),
            Region::NorthAmericaPreview
        );
        assert!("mars".parse::<Region>().is_err());
    }

    #[test]
    fn uris_are_kept_as_given() {
        let endpoints =
            Endpoints::parse("http://127.0.0.1:9/t?x=1", "http://127.0.0.1:9/").unwrap();
        assert_eq!(endpoints.token.as_str(), "http://127.0.0.1:9/t?x=1");
        let error = Endpoints::parse("login.congacloud.eu", "https://x").unwrap_err();
        assert!(error.to_string().contains("the token URI"), "{error}");
    }
}
