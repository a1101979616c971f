//! API connections and integration users over HTTP: what is made through the API signs in at once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{
    Browser, CALLBACK, assert_error, authorize_url, integration_token, post_form, redeem, request,
    sign_in,
};
use conga_sandbox::Sandbox;
use serde_json::{Value, json};

const ANY: &str = "/api/approvals/v1/process-steps/1";
const CONNECTION: &str = "/api/user-management/v1/api-connections/org-1";

struct Administrator {
    sandbox: Sandbox,
    token: String,
}

impl Administrator {
    async fn start() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let token = integration_token(&sandbox).await;
        Self { sandbox, token }
    }

    /// Calls user management; what `Data` holds.
    async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        let request = request(&self.sandbox, method, path, &self.token);
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["x-conga-sandbox"], "behaviour");
        assert!(
            answer.status().is_success(),
            "{method} {path}: {}",
            answer.status()
        );
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["Success"], true, "{body}");
        body["Data"].clone()
    }

    async fn sign_in(&self, client: &Value) -> reqwest::Response {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client["ClientId"].as_str().unwrap()),
            ("client_secret", client["ClientSecret"].as_str().unwrap()),
        ];
        post_form(&self.sandbox, &form).await
    }
}

#[tokio::test]
async fn an_api_connection_signs_in_until_it_is_deactivated() {
    let admin = Administrator::start().await;
    let body = json!({"ClientName": "Sync", "AllowedScopes": ["api.data", "sign"]});
    let made = admin.call("POST", CONNECTION, body).await;
    let answer = admin.sign_in(&made).await;
    let tokens: Value = answer.json().await.unwrap();
    assert_eq!(tokens["scope"], "api.data sign");
    let token = tokens["access_token"].as_str().unwrap();
    let call = async || {
        let user_id = &admin.sandbox.accounts().user.user_id;
        let request = request(&admin.sandbox, "GET", ANY, token).header("user-id", user_id);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(call().await, 200);

    let status = format!("{CONNECTION}/status");
    let done = admin.call("PUT", &status, json!({"IsActive": false})).await;
    assert_eq!(done, true);
    assert_error(admin.sign_in(&made).await, 401, "invalid_client").await;
    assert_eq!(call().await, 401);
    admin.call("PUT", &status, json!({"IsActive": true})).await;
    assert_eq!(call().await, 200);

    let renewed = admin
        .call("PUT", CONNECTION, json!({"Description": "new secret"}))
        .await;
    assert_eq!(renewed["ClientId"], made["ClientId"]);
    assert_error(admin.sign_in(&made).await, 401, "invalid_client").await;
    assert_eq!(admin.sign_in(&renewed).await.status(), 200);
    let listed = admin
        .call(
            "GET",
            "/api/user-management/v1/api-connections",
            Value::Null,
        )
        .await;
    assert!(
        !listed
            .to_string()
            .contains(renewed["ClientSecret"].as_str().unwrap())
    );
}

#[tokio::test]
async fn a_ui_connection_signs_users_in_and_follows_its_settings() {
    let admin = Administrator::start().await;
    let path = format!("{CONNECTION}?apiConnectionType=UItoAPI");
    let body = json!({
        "ClientName": "Portal <b>",
        "RedirectURI": ["https://portal.example/cb"],
        "CorsOrigins": ["https://portal.example"],
    });
    let made = admin.call("POST", &path, body).await;
    let client_id = made["ClientId"].as_str().unwrap();
    let browser = Browser::new();
    let request = [
        ("client_id", client_id),
        ("redirect_uri", "https://portal.example/cb"),
    ];
    let page = browser
        .open(&authorize_url(&admin.sandbox, &request))
        .await
        .page("Sign in");
    assert!(page.html.contains("Portal &lt;b&gt;"), "{}", page.html);
    let arrived = sign_in(&admin.sandbox, &browser, &request).await;
    assert!(arrived.contains_key("code"));
    let elsewhere = authorize_url(&admin.sandbox, &[("client_id", client_id)]);
    assert!(elsewhere.contains("127.0.0.1"));
    browser
        .open(&elsewhere)
        .await
        .page("This request cannot be carried out");

    let change = json!({"RedirectURI": [CALLBACK], "AllowedScopes": ["api.cart"]});
    admin.call("PUT", &path, change).await;
    let old = authorize_url(&admin.sandbox, &request);
    browser
        .open(&old)
        .await
        .page("This request cannot be carried out");
    let arrived = browser
        .open(&authorize_url(&admin.sandbox, &[("client_id", client_id)]))
        .await;
    assert!(arrived.parameters().contains_key("code"));
    let scope = [("client_id", client_id), ("scope", "openid sign")];
    let arrived = browser
        .open(&authorize_url(&admin.sandbox, &scope))
        .await
        .parameters();
    assert_eq!(arrived["error"], "invalid_scope");

    let status = format!("{CONNECTION}/status?apiConnectionType=UItoAPI");
    admin.call("PUT", &status, json!({"IsActive": false})).await;
    let url = authorize_url(&admin.sandbox, &[("client_id", client_id)]);
    browser
        .open(&url)
        .await
        .page("This request cannot be carried out");
}

#[tokio::test]
async fn an_integration_user_signs_in_until_it_is_deactivated() {
    let admin = Administrator::start().await;
    let users = "/api/user-management/v1/users";
    let user = json!({
        "FirstName": "Nightly", "LastName": "Sync", "Email": "nightly@example.com",
        "UserType": "Integration", "Role": {"Name": "Integration"},
    });
    let id = admin.call("POST", users, user).await;
    let path = format!("{users}/{}", id.as_str().unwrap());
    let known = admin
        .call("GET", &format!("{path}/secret"), Value::Null)
        .await;
    let client = admin
        .call("PATCH", &format!("{path}/secret"), Value::Null)
        .await;
    assert_eq!(client["ClientId"], known["ClientId"]);
    let tokens: Value = admin.sign_in(&client).await.json().await.unwrap();
    let token = tokens["access_token"].as_str().unwrap();
    let call = async || {
        let request = request(&admin.sandbox, "GET", ANY, token);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(call().await, 200);
    admin.call("DELETE", &path, Value::Null).await;
    assert_eq!(call().await, 401);
    assert_error(admin.sign_in(&client).await, 401, "invalid_client").await;
}

#[tokio::test]
async fn a_user_who_is_deactivated_is_out() {
    let admin = Administrator::start().await;
    let browser = Browser::new();
    let arrived = sign_in(&admin.sandbox, &browser, &[]).await;
    let second = sign_in(&admin.sandbox, &Browser::new(), &[]).await;
    let tokens: Value = redeem(&admin.sandbox, &arrived["code"])
        .await
        .json()
        .await
        .unwrap();
    let id = &admin.sandbox.accounts().user.user_id;
    let path = format!("/api/user-management/v1/users/{id}");
    admin.call("DELETE", &path, Value::Null).await;

    let access = tokens["access_token"].as_str().unwrap();
    let call = request(&admin.sandbox, "GET", ANY, access)
        .send()
        .await
        .unwrap();
    assert_eq!(call.status(), 401);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "sandbox-ui"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    assert_error(post_form(&admin.sandbox, &form).await, 400, "invalid_grant").await;
    assert_error(
        redeem(&admin.sandbox, &second["code"]).await,
        400,
        "invalid_grant",
    )
    .await;
    browser
        .open(&authorize_url(&admin.sandbox, &[]))
        .await
        .page("Sign in");
}

#[tokio::test]
async fn connections_outlive_the_sandbox_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.db");
    let start = async || {
        let sandbox = Sandbox::builder().data_file(&path).start().await.unwrap();
        let token = integration_token(&sandbox).await;
        Administrator { sandbox, token }
    };
    let admin = start().await;
    let made = admin.call("POST", CONNECTION, json!({})).await;
    admin.sandbox.shutdown().await;
    let admin = start().await;
    assert_eq!(admin.sign_in(&made).await.status(), 200);
}
