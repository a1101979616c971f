//! Our client signs in to an identity provider that others wrote, and which plays Conga's as far as it can.

use conga_auth::{
    AuthError, ClientAuthentication, ClientCredentials, Credential, Endpoints, ExposeSecret,
    OAuthClient, OAuthClientBuilder, Provider, RequestContext, SignIn, Token, UserCredential,
};
use thirtyfour::Key;

use crate::chromium::{Chromium, Scripts};
use crate::program::Program;

const SECRET: &str = "s:ecret+";
const USER: &str = "ada@example.com";

/// A running `interop/oidc_provider.mjs`.
struct OidcProvider {
    issuer: String,
    gateway: String,
    program: Program,
}

impl OidcProvider {
    async fn start() -> Option<Self> {
        let mut program = Program::start("oidc_provider.mjs", &[])?;
        let line = program.line().await.unwrap();
        let issuer = line.strip_prefix("issuer: ").unwrap();
        Some(Self {
            gateway: issuer.strip_suffix("/api/v1/auth").unwrap().to_owned(),
            issuer: issuer.to_owned(),
            program,
        })
    }

    /// A client for users.
    fn client(&self, id: &str) -> OAuthClientBuilder {
        let provider = Provider::discovered(&self.issuer, &self.gateway).unwrap();
        OAuthClient::builder(provider, id).scopes([
            "openid",
            "profile",
            "email",
            "api.data",
            "offline_access",
        ])
    }

    /// The client that can introspect.
    fn confidential(&self) -> OAuthClient {
        self.client("ui-secret")
            .client_secret(SECRET)
            .authentication(ClientAuthentication::Basic)
            .build()
            .unwrap()
    }
}

/// The user signs in at the provider's pages, and agrees.
async fn agrees(chromium: &Chromium) {
    chromium.arrives_at("Sign-in").await;
    chromium.has_focus("[name=login]").await;
    chromium
        .keys(USER.to_owned() + Key::Tab + "any password" + Key::Enter)
        .await;
    chromium.arrives_at("Authorize").await;
    chromium.press("Continue").await;
}

/// A sign-in, for access that lasts: OpenID Connect gives it only if the user is asked.
async fn begin(client: &OAuthClient) -> SignIn {
    let sign_in = client.authorization_code().parameter("prompt", "consent");
    sign_in.begin().await.unwrap()
}

/// Takes the user's token as rejected, so that the next one is a new one.
async fn reject_token(user: &UserCredential, provider: &OidcProvider) {
    let url = provider.gateway.parse().unwrap();
    let headers = user.headers(&RequestContext::new(&url)).await.unwrap();
    assert!(user.invalidate(&headers).await);
}

fn refresh_token(token: &Token) -> String {
    token.refresh_token().unwrap().expose_secret().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn client_credentials_sign_in() {
    let Some(provider) = OidcProvider::start().await else {
        return;
    };
    let endpoints = Endpoints::discover(&provider.issuer, &provider.gateway)
        .await
        .unwrap();
    for (id, authentication) in [
        ("api-post", ClientAuthentication::Post),
        ("api-basic", ClientAuthentication::Basic),
    ] {
        let credential = |secret| {
            ClientCredentials::builder(endpoints.clone(), id, secret)
                .authentication(authentication)
                .scopes(["api.cart", "sign"])
                .build()
                .unwrap()
        };
        let token = credential(SECRET).token().await.unwrap();
        assert_eq!(token.scopes(), ["api.cart", "sign"]);
        let claims = token.claims().unwrap();
        assert_eq!(claims.issuer(), Some(provider.issuer.as_str()));
        assert_eq!(claims.client_id(), Some(id));
        assert_eq!(claims.scopes(), ["api.cart", "sign"]);
        assert_eq!(
            claims.organization_url(),
            Some(provider.gateway.parse().unwrap())
        );
        let error = credential("wrong").token().await.unwrap_err();
        assert_eq!(error.oauth_error(), Some("invalid_client"), "{error}");
        println!("oidc-provider: client credentials, {id}: ok");
    }
    provider.program.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_signs_in_by_authorization_code_and_refreshes() {
    let Some(provider) = OidcProvider::start().await else {
        return;
    };
    let Some(chromium) = Chromium::start(Scripts::Off).await else {
        return;
    };
    let public = || provider.client("ui").build().unwrap();
    for (kind, client) in [
        ("public", public()),
        ("confidential", provider.confidential()),
    ] {
        chromium.browser.delete_all_cookies().await.unwrap();
        let sign_in = begin(&client).await;
        let browser = async {
            chromium.open(sign_in.url().as_str()).await;
            agrees(&chromium).await;
            chromium.arrives_at("You are signed in").await;
        };
        let (user, ()) = tokio::join!(sign_in.finish(), browser);
        let user = user.unwrap();
        let claims = user.user_info().await.unwrap();
        assert_eq!(claims.subject(), Some(USER));
        assert_eq!(claims.text("email"), Some(USER));
        println!("oidc-provider: authorization code with PKCE, userinfo ({kind}): ok");

        let first = user.token().await.unwrap();
        let id_token = conga_auth::Claims::of(first.id_token().unwrap().expose_secret());
        assert_eq!(id_token.unwrap().subject(), Some(USER));
        reject_token(&user, &provider).await;
        let second = user.token().await.unwrap();
        assert_ne!(refresh_token(&first), refresh_token(&second), "they rotate");
        assert_eq!(user.user_info().await.unwrap().subject(), Some(USER));
        println!("oidc-provider: refresh token ({kind}): ok");
    }

    // A refresh token that is used again ends what came of the sign-in.
    chromium.browser.delete_all_cookies().await.unwrap();
    let sign_in = begin(&public()).await;
    let browser = async {
        chromium.open(sign_in.url().as_str()).await;
        agrees(&chromium).await;
    };
    let (user, ()) = tokio::join!(sign_in.finish(), browser);
    let user = user.unwrap();
    let stolen = refresh_token(&user.token().await.unwrap());
    reject_token(&user, &provider).await;
    let token = user.token().await.unwrap();
    let thief = public().user_with_refresh_token(stolen);
    let error = thief.token().await.unwrap_err();
    assert!(matches!(error, AuthError::SignInRequired { .. }), "{error}");
    let state = provider
        .confidential()
        .introspect(token.secret())
        .await
        .unwrap();
    assert!(!state.is_active());
    println!("oidc-provider: refresh token used twice is refused: ok");
    chromium.quit().await;
    provider.program.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_declines() {
    let Some(provider) = OidcProvider::start().await else {
        return;
    };
    let Some(chromium) = Chromium::start(Scripts::Off).await else {
        return;
    };
    let sign_in = begin(&provider.client("ui").build().unwrap()).await;
    let browser = async {
        chromium.open(sign_in.url().as_str()).await;
        chromium.arrives_at("Sign-in").await;
        chromium.follow("[ Cancel ]").await;
        chromium.arrives_at("The sign-in was declined").await;
    };
    let (user, ()) = tokio::join!(sign_in.finish(), browser);
    let error = user.unwrap_err();
    assert!(matches!(error, AuthError::SignInDenied { .. }), "{error}");
    println!("oidc-provider: refusal: ok");
    chromium.quit().await;
    provider.program.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_connected_then_signed_out() {
    let Some(provider) = OidcProvider::start().await else {
        return;
    };
    let Some(chromium) = Chromium::start(Scripts::Off).await else {
        return;
    };
    let client = provider.confidential();
    let device = client.device_code().await.unwrap();
    let browser = async {
        chromium.open(device.verification_uri().as_str()).await;
        chromium.has_focus("[name=user_code]").await;
        chromium
            .keys(device.user_code().to_owned() + Key::Enter)
            .await;
        chromium.arrives_at("Confirm Device").await;
        chromium.press("Continue").await;
        agrees(&chromium).await;
        chromium.arrives_at("Sign-in Success").await;
    };
    let (user, ()) = tokio::join!(device.finish(), browser);
    let user = user.unwrap();
    assert_eq!(user.user_info().await.unwrap().subject(), Some(USER));
    println!("oidc-provider: device code, userinfo: ok");

    let token = user.token().await.unwrap();
    let state = client.introspect(token.secret()).await.unwrap();
    assert!(state.is_active());
    assert_eq!(state.claims().client_id(), Some("ui-secret"));
    println!("oidc-provider: introspection: ok");
    user.sign_out().await.unwrap();
    assert!(!client.introspect(token.secret()).await.unwrap().is_active());
    let error = user.token().await.unwrap_err();
    assert!(matches!(error, AuthError::SignInRequired { .. }), "{error}");
    println!("oidc-provider: revocation: ok");
    chromium.quit().await;
    provider.program.end().await;
}
