//! Revocation, introspection, userinfo and the end of a session.

mod support;

use conga_auth::{AuthError, ClientAuthentication, SecretString};
use serde_json::json;
use support::{Idp, form, query};
use wiremock::matchers::{header, path};
use wiremock::{Mock, ResponseTemplate};

const TOKEN: &str = "TOKEN-41";

fn token() -> SecretString {
    TOKEN.into()
}

async fn answers(idp: &Idp, at: &str, response: ResponseTemplate) {
    Mock::given(path(at))
        .respond_with(response)
        .with_priority(1)
        .mount(&idp.server)
        .await;
}

#[tokio::test]
async fn a_token_is_revoked() {
    let idp = Idp::start().await;
    let client = idp.client().build().unwrap();
    client.revoke(&token()).await.unwrap();
    assert_eq!(idp.books().revoked, [TOKEN]);

    let refusal =
        json!({"error": "unsupported_token_type", "error_description": format!("not {TOKEN}")});
    answers(
        &idp,
        "/revoke",
        ResponseTemplate::new(400).set_body_json(refusal),
    )
    .await;
    let error = client.revoke(&token()).await.unwrap_err();
    assert_eq!(error.oauth_error(), Some("unsupported_token_type"));
    assert!(error.to_string().contains("not [redacted]"), "{error}");
}

#[tokio::test]
async fn a_token_is_introspected() {
    let idp = Idp::start().await;
    let good = json!({"active": true, "scope": "api.cart sign", "client_id": "client", "exp": 9});
    answers(
        &idp,
        "/introspect",
        ResponseTemplate::new(200).set_body_json(good),
    )
    .await;
    let client = idp
        .client()
        .client_secret("s3cret")
        .authentication(ClientAuthentication::Basic)
        .build()
        .unwrap();
    let told = client.introspect(&token()).await.unwrap();
    assert!(told.is_active());
    assert_eq!(told.claims().scopes(), ["api.cart", "sign"]);
    assert_eq!(told.claims().client_id(), Some("client"));
    let requests = idp.server.received_requests().await.unwrap();
    let request = requests
        .iter()
        .find(|r| r.url.path() == "/introspect")
        .unwrap();
    assert_eq!(form(request)["token"], TOKEN);
    assert!(
        request.headers["authorization"]
            .to_str()
            .unwrap()
            .starts_with("Basic ")
    );
}

#[tokio::test]
async fn an_unknown_token_is_not_active() {
    let idp = Idp::start().await;
    let response = ResponseTemplate::new(200).set_body_json(json!({"active": false}));
    answers(&idp, "/introspect", response).await;
    let told = idp
        .client()
        .build()
        .unwrap()
        .introspect(&token())
        .await
        .unwrap();
    assert!(!told.is_active());
    assert!(told.claims().get("active").is_none());
}

#[tokio::test]
async fn an_introspection_that_is_none_is_a_typed_error() {
    let idp = Idp::start().await;
    for body in [r#"{"active": "yes"}"#, "{}", "[]", r#"{"active": tr"#] {
        answers(
            &idp,
            "/introspect",
            ResponseTemplate::new(200).set_body_raw(body, "application/json"),
        )
        .await;
        let error = idp
            .client()
            .build()
            .unwrap()
            .introspect(&token())
            .await
            .unwrap_err();
        assert!(
            matches!(error, AuthError::InvalidAnswer { .. }),
            "{error:?}"
        );
        idp.server.reset().await;
        let document = json!({
            "issuer": idp.root(), "token_endpoint": idp.root(),
            "introspection_endpoint": format!("{}/introspect", idp.root()),
        });
        let response = ResponseTemplate::new(200).set_body_json(document);
        answers(&idp, "/.well-known/openid-configuration", response).await;
    }
}

#[tokio::test]
async fn the_provider_tells_about_the_user() {
    let idp = Idp::start().await;
    Mock::given(path("/userinfo"))
        .and(header("authorization", format!("Bearer {TOKEN}").as_str()))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"sub": "ann", "email": "ann@example.com"})),
        )
        .mount(&idp.server)
        .await;
    let client = idp.client().build().unwrap();
    let claims = client.user_info(&token()).await.unwrap();
    assert_eq!(claims.subject(), Some("ann"));
    assert_eq!(claims.text("email"), Some("ann@example.com"));

    answers(&idp, "/userinfo", ResponseTemplate::new(401)).await;
    let error = client.user_info(&token()).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
}

#[tokio::test]
async fn the_end_of_a_session_is_an_address() {
    let idp = Idp::start().await;
    let client = idp.client().build().unwrap();
    let home = "https://app.example/bye".parse().unwrap();
    let page = client
        .end_session_url(Some(&token()), Some(&home))
        .await
        .unwrap();
    let asked = query(page.as_str());
    assert_eq!(asked["id_token_hint"], TOKEN);
    assert_eq!(asked["client_id"], "client");
    assert_eq!(asked["post_logout_redirect_uri"], "https://app.example/bye");
    assert!(!format!("{page} {page:?}").contains(TOKEN));
}

#[tokio::test]
async fn a_provider_without_these_says_so() {
    let fields = json!({
        "revocation_endpoint": null, "introspection_endpoint": null,
        "userinfo_endpoint": null, "end_session_endpoint": null,
    });
    let idp = Idp::with_metadata(fields).await;
    let client = idp.client().build().unwrap();
    let errors = [
        client.revoke(&token()).await.unwrap_err(),
        client.introspect(&token()).await.unwrap_err(),
        client.user_info(&token()).await.unwrap_err(),
        client.end_session_url(None, None).await.unwrap_err(),
    ];
    for (error, what) in
        errors
            .iter()
            .zip(["revocation", "introspection", "userinfo", "end-session"])
    {
        assert!(
            error.to_string().contains(&format!("no {what} endpoint")),
            "{error}"
        );
    }
}
