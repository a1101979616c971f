//! API connections and integration users over HTTP: what is made through the API signs in at once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{
    Browser, CALLBACK, PKCE, assert_error, authorize_url, integration_token, post_form, redeem,
    request, sign_in, user_tokens,
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
    let secret = made["ClientSecret"].as_str().unwrap();
    let code = ("code", arrived["code"].as_str());
    let redirect_uri = ("redirect_uri", "https://portal.example/cb");
    // The code is nothing for another client, and stays good.
    assert_error(
        redeem_as(&admin.sandbox, "sandbox-ui", "", &[code, redirect_uri]).await,
        400,
        "invalid_grant",
    )
    .await;
    let answer = redeem_as(&admin.sandbox, client_id, secret, &[code, redirect_uri]).await;
    let tokens: Value = answer.json().await.unwrap();
    let refreshing = tokens["refresh_token"].as_str().unwrap();
    let refresh = async |client_id: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", client_id),
            ("refresh_token", refreshing),
        ];
        post_form(&admin.sandbox, &form).await
    };
    // So it is with the refresh token.
    assert_error(refresh("sandbox-ui").await, 400, "invalid_grant").await;
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
    // What the connection may not have any more, a refresh does not give.
    let refreshed: Value = refresh(client_id).await.json().await.unwrap();
    assert_eq!(refreshed["scope"], "openid profile api.cart offline_access");
    let none = json!({"AllowedScopes": ["api.data"]});
    admin.call("PUT", &path, none).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", client_id),
        (
            "refresh_token",
            refreshed["refresh_token"].as_str().unwrap(),
        ),
    ];
    let narrowed: Value = post_form(&admin.sandbox, &form).await.json().await.unwrap();
    assert_eq!(narrowed["scope"], "openid profile offline_access");
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

/// Redeems a code as a client; without a secret as one that has none.
async fn redeem_as(
    sandbox: &Sandbox,
    client_id: &str,
    secret: &str,
    fields: &[(&str, &str)],
) -> reqwest::Response {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("client_id", client_id),
        ("client_secret", secret),
        ("code_verifier", PKCE.0),
    ];
    form.extend(fields);
    post_form(sandbox, &form).await
}

/// The places where a token counts: an operation, user info, introspection of it and of its refresh token.
async fn counts(sandbox: &Sandbox, tokens: &Value) -> [bool; 4] {
    let access = tokens["access_token"].as_str().unwrap();
    let get = async |path: &str| {
        let answer = request(sandbox, "GET", path, access).send().await.unwrap();
        assert!([200, 401].contains(&answer.status().as_u16()), "{path}");
        answer.status() == 200
    };
    let introspect = async |client: &str, token: &Value| {
        let url = format!("{}/connect/introspect", sandbox.issuer());
        let request = reqwest::Client::new()
            .post(url)
            .basic_auth(client, Some("sandbox-secret"))
            .form(&[("token", token.as_str().unwrap())]);
        let answer = request.send().await.unwrap();
        answer.json::<Value>().await.unwrap()["active"] == true
    };
    [
        get(ANY).await,
        get("/api/v1/auth/connect/userinfo").await,
        introspect("sandbox-api", &tokens["access_token"]).await,
        introspect("sandbox-ui", &tokens["refresh_token"]).await,
    ]
}

#[tokio::test]
async fn a_deactivated_connection_gets_nothing_and_its_tokens_count_nowhere() {
    let admin = Administrator::start().await;
    let sandbox = &admin.sandbox;
    let browser = Browser::new();
    let held = sign_in(sandbox, &browser, &[]).await;
    let consent = authorize_url(sandbox, &[("prompt", "consent")]);
    let asked = [
        ("allow", browser.open(&consent).await.page("Allow access?")),
        ("deny", browser.open(&consent).await.page("Allow access?")),
    ];
    let tokens = user_tokens(sandbox).await;
    assert_eq!(counts(sandbox, &tokens).await, [true; 4]);

    let path = "/api/user-management/v1/api-connections/sandbox";
    let status = format!("{path}/status?apiConnectionType=UItoAPI");
    let switch = async |active: bool| {
        admin
            .call("PUT", &status, json!({"IsActive": active}))
            .await
    };
    switch(false).await;
    let [operation, user_info, access, _] = {
        // The connection cannot ask about its own tokens any more.
        let mut others = tokens.clone();
        others["refresh_token"] = json!("none");
        counts(sandbox, &others).await
    };
    assert_eq!([operation, user_info, access], [false; 3]);
    assert_error(redeem(sandbox, &held["code"]).await, 401, "invalid_client").await;
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", "sandbox-ui"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    assert_error(post_form(sandbox, &refresh).await, 401, "invalid_client").await;
    for endpoint in ["deviceauthorization", "revocation", "introspect"] {
        let url = format!("{}/connect/{endpoint}", sandbox.issuer());
        let form = [
            ("client_id", "sandbox-ui"),
            ("client_secret", "sandbox-secret"),
            ("token", "any"),
        ];
        let answer = reqwest::Client::new().post(url).form(&form).send().await;
        assert_error(answer.unwrap(), 401, "invalid_client").await;
    }
    // Not even a refusal is sent to its address.
    for (decision, page) in asked {
        browser
            .submit(&page, &[("decision", decision)])
            .await
            .page("This request cannot be carried out");
    }
    let end = format!("{}/connect/endsession", sandbox.issuer());
    let back = [
        ("client_id", "sandbox-ui"),
        ("post_logout_redirect_uri", CALLBACK),
    ];
    let end = url::Url::parse_with_params(&end, back).unwrap();
    Browser::new()
        .open(end.as_str())
        .await
        .page("This request cannot be carried out");

    switch(true).await;
    assert_eq!(counts(sandbox, &tokens).await, [true; 4]);
}

#[tokio::test]
async fn cors_follows_the_origins_of_active_connections() {
    let admin = Administrator::start().await;
    let path = format!("{CONNECTION}?apiConnectionType=UItoAPI");
    let body = json!({"CorsOrigins": ["https://portal.example"]});
    let client = admin.call("POST", &path, body).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", client["ClientId"].as_str().unwrap()),
        ("refresh_token", "x"),
    ];
    let allowed = async |origin: &str| {
        let post = reqwest::Client::new().post(admin.sandbox.token_url());
        let answer = post.header("origin", origin).form(&form).send().await;
        let headers = answer.unwrap().headers().clone();
        assert!(!headers.contains_key("access-control-allow-credentials"));
        assert_eq!(headers["vary"], "Origin");
        headers
            .get("access-control-allow-origin")
            .map(|origin| origin.to_str().unwrap().to_owned())
    };
    let portal = "https://portal.example";
    assert_eq!(allowed(portal).await.as_deref(), Some(portal));
    for foreign in [
        "https://portal.example.evil.example",
        "http://portal.example",
        "https://portal.example:444",
        "null",
    ] {
        assert_eq!(allowed(foreign).await, None, "{foreign}");
    }
    let status = format!("{CONNECTION}/status?apiConnectionType=UItoAPI");
    admin.call("PUT", &status, json!({"IsActive": false})).await;
    assert_eq!(allowed(portal).await, None);
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

    assert_eq!(counts(&admin.sandbox, &tokens).await, [false; 4]);
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

#[tokio::test]
async fn users_stay_signed_in_when_the_sandbox_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.db");
    let start = async || Sandbox::builder().data_file(&path).start().await.unwrap();
    let refresh = async |sandbox: &Sandbox, tokens: &Value| {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "sandbox-ui"),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ];
        post_form(sandbox, &form).await
    };
    let sandbox = start().await;
    let browser = Browser::new();
    sign_in(&sandbox, &browser, &[]).await;
    let first = user_tokens(&sandbox).await;
    let second: Value = refresh(&sandbox, &first).await.json().await.unwrap();
    sandbox.shutdown().await;

    let sandbox = start().await;
    assert_eq!(counts(&sandbox, &second).await, [false, false, false, true]);
    let third: Value = refresh(&sandbox, &second).await.json().await.unwrap();
    assert_eq!(third["scope"], first["scope"]);
    assert_eq!(counts(&sandbox, &third).await, [true; 4]);
    // Browsers have to sign in again.
    let url = authorize_url(&sandbox, &[]);
    browser.open(&url).await.page("Sign in");
    sandbox.shutdown().await;

    // A token that was used before a restart is known as used after it.
    let sandbox = start().await;
    assert_error(refresh(&sandbox, &first).await, 400, "invalid_grant").await;
    assert_error(refresh(&sandbox, &third).await, 400, "invalid_grant").await;
}
