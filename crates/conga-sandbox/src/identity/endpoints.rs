//! The endpoints, the discovery document and the scopes.

use serde_json::{Value, json};

use super::Identity;
use super::exchange::GRANT_TYPES;

/// What the identity service answers at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Discovery,
    Keys,
    Authorize,
    Token,
    DeviceAuthorization,
    Revocation,
    Introspection,
    UserInfo,
    EndSession,
    /// A page: who are you?
    Login,
    /// A page: may this application act for you?
    Consent,
    /// A page: which code does your device show?
    Device,
}

/// Scopes that tell a client who the user is; all are published.
const IDENTITY_SCOPES: [&str; 8] = [
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    "external_claims",
    "force_login",
    "offline_access",
];

/// Scopes of services, with what a user is told about them. The scopes are published for North America, the words are ours.
const API_SCOPES: [(&str, &str); 19] = [
    ("api.cart", "Configure and price carts"),
    ("api.catalog", "Read and keep the product catalog"),
    ("api.quote", "Work with quotes"),
    ("api.order", "Work with orders"),
    ("api.document-management", "Store and fetch documents"),
    (
        "api.user-management",
        "Administer users and API connections",
    ),
    ("api.metadata", "Read and change object schemas"),
    ("api.data", "Read and write records"),
    ("api.localization", "Manage languages and translations"),
    ("api.revenue-admin", "Administer revenue management"),
    ("api.custom-api", "Call custom endpoints"),
    ("api.email", "Send e-mail"),
    ("doc-gen.composer", "Generate documents with Composer"),
    ("sign", "Send documents for signature"),
    ("sign.provisioning", "Set up signature accounts"),
    ("Auth.Api.Read", "Read the settings of the identity service"),
    ("IngressIbis", "Submit merge jobs"),
    ("EUF-Reference-App", "Use the reference application"),
    ("CCI-Prod-RLS-PREVIEW", "Use the preview environment"),
];

impl Endpoint {
    const ALL: [Self; 12] = [
        Self::Discovery,
        Self::Keys,
        Self::Authorize,
        Self::Token,
        Self::DeviceAuthorization,
        Self::Revocation,
        Self::Introspection,
        Self::UserInfo,
        Self::EndSession,
        Self::Login,
        Self::Consent,
        Self::Device,
    ];

    /// The endpoint at a path below [`super::PREFIX`].
    pub(crate) fn at(path: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|endpoint| endpoint.path() == path)
    }

    /// Its path below [`super::PREFIX`]; those of the pages are assumed.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Discovery => "/.well-known/openid-configuration",
            Self::Keys => "/.well-known/openid-configuration/jwks",
            Self::Authorize => "/connect/authorize",
            Self::Token => "/connect/token",
            Self::DeviceAuthorization => "/connect/deviceauthorization",
            Self::Revocation => "/connect/revocation",
            Self::Introspection => "/connect/introspect",
            Self::UserInfo => "/connect/userinfo",
            Self::EndSession => "/connect/endsession",
            Self::Login => "/account/login",
            Self::Consent => "/consent",
            Self::Device => "/device",
        }
    }

    /// The methods that it takes.
    pub(crate) fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Discovery | Self::Keys => &["GET"],
            Self::Token | Self::DeviceAuthorization | Self::Revocation | Self::Introspection => {
                &["POST"]
            }
            Self::Authorize
            | Self::UserInfo
            | Self::EndSession
            | Self::Login
            | Self::Consent
            | Self::Device => &["GET", "POST"],
        }
    }

    /// Its name among the calls that faults are for.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Keys => "keys",
            Self::Authorize => "authorize",
            Self::Token => "token",
            Self::DeviceAuthorization => "device-authorization",
            Self::Revocation => "revocation",
            Self::Introspection => "introspection",
            Self::UserInfo => "userinfo",
            Self::EndSession => "end-session",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::Device => "device",
        }
    }

    /// Whether it is for browsers to go to, not for scripts to call.
    pub(crate) fn is_page(self) -> bool {
        matches!(
            self,
            Self::Authorize | Self::EndSession | Self::Login | Self::Consent | Self::Device
        )
    }
}

/// Whether a scope tells a client who the user is.
pub(super) fn is_identity_scope(scope: &str) -> bool {
    IDENTITY_SCOPES.contains(&scope)
}

/// Whether a scope is one of a service, as published.
pub(super) fn is_api_scope(scope: &str) -> bool {
    API_SCOPES.iter().any(|(known, _)| *known == scope)
}

/// What a user is told about a scope; `None` for a scope that goes without saying.
pub(super) fn meaning(scope: &str) -> Option<&str> {
    match scope {
        "openid" | "force_login" => None,
        "profile" => Some("See your name"),
        "email" => Some("See your e-mail address"),
        "address" => Some("See your address"),
        "phone" => Some("See your phone number"),
        "external_claims" => Some("See what your identity provider says of you"),
        "offline_access" => Some("Keep access while you are away"),
        scope => {
            let known = API_SCOPES.iter().find(|(known, _)| *known == scope);
            Some(known.map_or(scope, |(_, meaning)| meaning))
        }
    }
}

impl Identity {
    /// The discovery document: the published one without what the sandbox does not do.
    pub(super) fn discovery(&self) -> Value {
        let methods = ["client_secret_basic", "client_secret_post"];
        let with_none = ["client_secret_basic", "client_secret_post", "none"];
        let scopes: Vec<&str> = IDENTITY_SCOPES
            .into_iter()
            .chain(API_SCOPES.map(|(scope, _)| scope))
            .collect();
        json!({
            "issuer": self.issuer(),
            "jwks_uri": self.url(Endpoint::Keys),
            "authorization_endpoint": self.url(Endpoint::Authorize),
            "token_endpoint": self.url(Endpoint::Token),
            "userinfo_endpoint": self.url(Endpoint::UserInfo),
            "end_session_endpoint": self.url(Endpoint::EndSession),
            "revocation_endpoint": self.url(Endpoint::Revocation),
            "introspection_endpoint": self.url(Endpoint::Introspection),
            "device_authorization_endpoint": self.url(Endpoint::DeviceAuthorization),
            "scopes_supported": scopes,
            "claims_supported": [],
            "grant_types_supported": GRANT_TYPES,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "token_endpoint_auth_methods_supported": with_none,
            "revocation_endpoint_auth_methods_supported": with_none,
            "introspection_endpoint_auth_methods_supported": methods,
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
            "code_challenge_methods_supported": ["S256"],
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
            "prompt_values_supported": ["none", "login", "consent", "select_account"],
            "authorization_response_iss_parameter_supported": true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_endpoint_is_found_at_its_path() {
        for endpoint in Endpoint::ALL {
            assert_eq!(Endpoint::at(endpoint.path()), Some(endpoint));
        }
        assert_eq!(Endpoint::at("/connect/token/"), None);
    }
}
