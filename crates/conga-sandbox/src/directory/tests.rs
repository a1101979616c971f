//! Users and connections as their administrators see them: calls in, answers out.

use axum::http::Method;
use serde_json::{Value, json};

use super::ActsAs;
use crate::accounts::Accounts;
use crate::mail;
use crate::services::tenant::{Tenant, USER};
use crate::specification::{Found, Specification};

const CONNECTION: &str = "api-connections/{externalIdentifier}";

fn directory() -> Tenant {
    Tenant::empty()
}

/// Makes a call: method, path template, parameters in path and query, body.
fn call(
    tenant: &Tenant,
    method: Method,
    template: &str,
    parameters: &[(&str, &str)],
    body: Value,
) -> (u16, Value) {
    let template = format!("/api/user-management/v1/{template}");
    let specification = Specification::embedded();
    let Found::Operation(id, _) = specification.find(method.as_str(), &template) else {
        panic!("{method} {template} is published");
    };
    let mut request = tenant.call("user-management", specification.route(id).1.operation);
    for (name, value) in parameters {
        request = if template.contains(&format!("{{{name}}}")) {
            request.path(name, *value)
        } else {
            request.query(name, value)
        };
    }
    if !body.is_null() {
        request = request.json(body);
    }
    let got = request.send();
    (got.status, got.json)
}

fn create(directory: &Tenant, kind: &str, identifier: &str, body: Value) -> (u16, Value) {
    let parameters = [
        ("externalIdentifier", identifier),
        ("apiConnectionType", kind),
    ];
    call(directory, Method::POST, CONNECTION, &parameters, body)
}

fn message(body: &Value) -> &str {
    body["Errors"][0]["Message"].as_str().unwrap()
}

#[test]
fn a_secret_is_shown_once_and_kept_as_a_hash() {
    let directory = directory();
    let (status, body) = create(&directory, "APItoAPI", "org", json!({"ClientName": "Sync"}));
    assert_eq!((status, &body["StatusCode"]), (200, &json!("OK")));
    let created = &body["Data"];
    assert_eq!(created["APIType"], "API to API");
    assert_eq!(created["IsActive"], true);
    let secret = created["ClientSecret"].as_str().unwrap();
    let client = directory
        .world
        .directory
        .client(created["ClientId"].as_str().unwrap())
        .unwrap();
    assert_eq!(client.acts_as, ActsAs::NamedUser);
    assert!(client.secret.unwrap().matches(secret));

    let one = [("externalIdentifier", "org")];
    let (_, read) = call(&directory, Method::GET, CONNECTION, &one, Value::Null);
    assert_eq!(read["Data"]["ClientSecret"], Value::Null);
    assert_eq!(read["Data"]["RedirectURI"], Value::Null);
    let (_, list) = call(&directory, Method::GET, "api-connections", &[], Value::Null);
    assert_eq!(list["Data"][2]["ClientSecret"], "");
    assert!(!format!("{directory:?}").contains(secret));
}

#[test]
fn an_update_sets_what_it_names_and_makes_a_new_secret() {
    let directory = directory();
    let made = json!({
        "ClientName": "Portal",
        "Description": "first",
        "RedirectURI": ["https://a.example/cb", "https://b.example/cb"],
        "CorsOrigins": ["https://a.example"],
        "AllowedScopes": ["api.cart"],
        "BackChannelLogoutURI": "https://a.example/back",
        "FrontChannelLogoutURI": "https://a.example/front",
    });
    let (_, created) = create(&directory, "UItoAPI", "org", made);
    let client_id = created["Data"]["ClientId"].as_str().unwrap();
    assert!(directory.world.directory.allows_origin("https://a.example"));

    let one = [
        ("externalIdentifier", "org"),
        ("apiConnectionType", "UItoAPI"),
    ];
    let change = json!({"Description": "second", "CorsOrigins": [], "ClientName": null});
    let (status, updated) = call(&directory, Method::PUT, CONNECTION, &one, change);
    assert_eq!(status, 200);
    let data = &updated["Data"];
    assert_eq!(data["ClientId"], client_id);
    assert_eq!(data["ClientName"], "Portal");
    assert_eq!(data["Description"], "second");
    assert_eq!(data["CorsOrigins"], json!([]));
    assert!(!directory.world.directory.allows_origin("https://a.example"));
    let secret = directory
        .world
        .directory
        .client(client_id)
        .unwrap()
        .secret
        .unwrap();
    assert!(secret.matches(data["ClientSecret"].as_str().unwrap()));
    assert!(!secret.matches(created["Data"]["ClientSecret"].as_str().unwrap()));

    let (_, read) = call(&directory, Method::GET, CONNECTION, &one, Value::Null);
    assert_eq!(
        read["Data"]["RedirectURI"],
        "https://a.example/cb,https://b.example/cb"
    );
    assert_eq!(read["Data"]["AllowedScopes"], "api.cart");
    assert_eq!(
        read["Data"]["BackChannelLogoutURI"],
        "https://a.example/back"
    );
    assert_eq!(
        read["Data"]["FrontChannelLogoutURI"],
        "https://a.example/front"
    );
}

#[test]
fn connections_are_told_apart_by_identifier_and_type() {
    let directory = directory();
    assert_eq!(create(&directory, "APItoAPI", "org", json!({})).0, 200);
    assert_eq!(create(&directory, "UItoAPI", "org", json!({})).0, 200);
    let (status, body) = create(&directory, "UItoAPI", "org", json!({}));
    assert_eq!(status, 400);
    assert!(message(&body).contains("update it"));
    for method in [Method::GET, Method::PUT] {
        let one = [("externalIdentifier", "other")];
        assert_eq!(call(&directory, method, CONNECTION, &one, json!({})).0, 404);
    }
}

#[test]
fn what_cannot_work_is_refused() {
    let directory = directory();
    let refused = [
        json!({"RedirectURI": ["/callback"]}),
        json!({"RedirectURI": ["https://a.example/#part"]}),
        json!({"RedirectURI": ["javascript:alert(1)"]}),
        json!({"RedirectURI": ["https://a.example/\r\nx: y"]}),
        json!({"CorsOrigins": ["https://a.example/"]}),
        json!({"CorsOrigins": ["*"]}),
        json!({"AllowedScopes": ["api.cart sign"]}),
    ];
    for body in refused {
        assert_eq!(
            create(&directory, "UItoAPI", "org", body.clone()).0,
            400,
            "{body}"
        );
    }
    let taken = json!({"RedirectURI": ["com.example.app:/cb", "http://localhost:1/cb"]});
    assert_eq!(create(&directory, "UItoAPI", "org", taken).0, 200);
}

#[test]
fn a_list_is_sorted_and_paged() {
    let directory = directory();
    for name in ["beta", "Alpha", "gamma"] {
        create(&directory, "APItoAPI", name, json!({"ClientName": name}));
    }
    let list = |parameters: &[(&str, &str)]| {
        let (status, body) = call(
            &directory,
            Method::GET,
            "api-connections",
            parameters,
            Value::Null,
        );
        assert_eq!(status, 200);
        let names = body["Data"].as_array().unwrap().iter();
        let names: Vec<String> = names
            .map(|row| row["ClientName"].as_str().unwrap().to_owned())
            .collect();
        (names.join(" "), body["HasMoreRecords"].as_bool().unwrap())
    };
    let page = [
        ("sortField", "ClientName"),
        ("sortDirection", "ASC"),
        ("pageSize", "2"),
    ];
    assert_eq!(list(&page), ("Alpha beta".to_owned(), true));
    let last = [
        ("sortField", "ClientName"),
        ("pageSize", "2"),
        ("pageNumber", "3"),
    ];
    assert_eq!(list(&last), ("Alpha".to_owned(), false));
    for bad in [
        ("sortField", "ClientSecret"),
        ("pageSize", "0"),
        ("pageNumber", "x"),
    ] {
        let answer = call(
            &directory,
            Method::GET,
            "api-connections",
            &[bad],
            Value::Null,
        );
        assert_eq!(answer.0, 400, "{bad:?}");
    }
}

#[test]
fn an_integration_user_gets_a_client_and_a_secret() {
    let directory = directory();
    let user = json!({
        "FirstName": "Nightly", "LastName": "Sync", "Email": "nightly@example.com",
        "UserType": "Integration", "Role": {"Name": "Integration"},
        "CustomProperties": {"Team_c": "Data"},
    });
    let (status, body) = call(&directory, Method::POST, "users", &[], user.clone());
    assert_eq!((status, &body["StatusCode"]), (201, &json!("Created")));
    let id = body["Data"].as_str().unwrap();

    let (_, read) = call(
        &directory,
        Method::GET,
        "users/{userId}",
        &[("userId", id)],
        Value::Null,
    );
    assert_eq!(read["Data"]["Name"], "Nightly Sync");
    assert_eq!(read["Data"]["UserName"], "nightly@example.com");
    assert_eq!(read["Data"]["Team_c"], "Data");
    let template = "users/{integrationUserId}/secret";
    let one = [("integrationUserId", id)];
    let (_, known) = call(&directory, Method::GET, template, &one, Value::Null);
    let client_id = known["Data"]["ClientId"].as_str().unwrap();
    assert_eq!(
        directory.world.directory.client(client_id).unwrap().secret,
        None
    );
    let (_, first) = call(&directory, Method::PATCH, template, &one, Value::Null);
    let (_, second) = call(&directory, Method::PATCH, template, &one, Value::Null);
    assert_eq!(second["Data"]["ClientId"], client_id);
    let secret = directory
        .world
        .directory
        .client(client_id)
        .unwrap()
        .secret
        .unwrap();
    assert!(!secret.matches(first["Data"]["ClientSecret"].as_str().unwrap()));
    assert!(secret.matches(second["Data"]["ClientSecret"].as_str().unwrap()));

    let (status, _) = call(
        &directory,
        Method::DELETE,
        "users/{userId}",
        &[("userId", id)],
        Value::Null,
    );
    assert_eq!(status, 200);
    assert!(!directory.world.directory.client(client_id).unwrap().active);
    assert!(directory.world.directory.active_user(id).is_none());

    let (status, body) = call(&directory, Method::POST, "users", &[], user);
    assert_eq!(status, 400);
    assert!(message(&body).contains("UserName"));
}

#[test]
fn a_user_needs_what_is_published_as_required() {
    let directory = directory();
    let whole = json!({
        "FirstName": "A", "LastName": "B", "Email": "a@example.com",
        "UserType": "Integration", "Role": {"Name": "R"},
    });
    for name in ["FirstName", "LastName", "Email", "Role"] {
        let mut user = whole.clone();
        user[name] = Value::Null;
        let (status, body) = call(&directory, Method::POST, "users", &[], user);
        assert_eq!(status, 400);
        assert_eq!(message(&body), format!("body.{name}: required"));
    }
    let person = json!({"FirstName": "A", "LastName": "B", "Email": "a@example.com"});
    let (_, body) = call(&directory, Method::POST, "users", &[], person);
    let one = [("integrationUserId", body["Data"].as_str().unwrap())];
    let template = "users/{integrationUserId}/secret";
    assert_eq!(
        call(&directory, Method::PATCH, template, &one, Value::Null).0,
        400
    );
    let none = [("integrationUserId", "nobody")];
    assert_eq!(
        call(&directory, Method::GET, template, &none, Value::Null).0,
        404
    );
    assert!(
        directory
            .world
            .directory
            .sign_in("A@example.com", "sandbox-password")
            .is_some()
    );
    assert!(
        directory
            .world
            .directory
            .sign_in("a@example.com", "wrong")
            .is_none()
    );
    assert!(
        directory
            .world
            .directory
            .sign_in("nobody", "sandbox-password")
            .is_none()
    );
}

#[test]
fn a_user_is_changed_kept_out_and_let_in_again() {
    let tenant = directory();
    let users = |operation: &str| tenant.call("user-management", operation);
    let ann =
        json!({"FirstName": "Ann", "LastName": "Lee", "Email": "ann@example.com", "Alias": "al"});
    let got = users("create_user").json(ann).send();
    let id = got.data(201).as_str().unwrap();
    let change = json!({
        "LastName": "Lea", "Alias": null, "LocaleName": "de-DE", "UserType": "Integration",
        "CustomProperties": {"Team_c": "Data"},
    });
    let got = users("update_user").path("userId", id).json(change).send();
    let changed = got.data(200);
    assert_eq!(changed["Name"], "Ann Lea");
    assert_eq!(changed["Locale"], "de-DE");
    assert_eq!(changed["Team_c"], "Data");
    assert_eq!(
        (&changed["Alias"], &changed["UserType"]),
        (&Value::Null, &Value::Null)
    );
    let read = users("get_user").path("userId", id).send();
    assert_eq!(read.data(200), changed);

    let refused = |change: Value| {
        let got = users("update_user").path("userId", id).json(change).send();
        got.errors(400).join(", ")
    };
    assert_eq!(refused(json!({"Email": null})), "body.Email: required");
    assert!(refused(json!({"UserName": "Ada@sandbox.example"})).contains("another user"));
    let update = users("update_user")
        .path("userId", "nobody")
        .json(json!({}));
    update.send().errors(404);

    for (operation, active) in [("deactivate_user", false), ("restore_user", true)] {
        for _ in 0..2 {
            users(operation).path("userId", id).send().data(200);
        }
        let read = users("get_user").path("userId", id).send();
        assert_eq!(read.data(200)["IsActive"], active);
        let directory = &tenant.world.directory;
        assert_eq!(directory.active_user(id).is_some(), active);
        let signed_in = directory.sign_in("ann@example.com", "sandbox-password");
        assert_eq!(signed_in.is_some(), active);
    }
}

#[test]
fn users_are_found_by_criteria_in_order_and_by_pages() {
    let tenant = directory();
    for name in ["Bo", "ann", "Cid"] {
        let user =
            json!({"FirstName": name, "LastName": "Lee", "Email": format!("{name}@example.com")});
        let call = tenant.call("user-management", "create_user");
        call.json(user).send().data(201);
    }
    let list = |parameters: &[(&str, &str)]| {
        let mut call = tenant.call("user-management", "list_users");
        for (name, value) in parameters {
            call = call.query(name, value);
        }
        call.send()
    };
    let names = |parameters: &[(&str, &str)]| {
        let got = list(parameters);
        let names = got.data(200).as_array().unwrap().iter();
        let names: Vec<&str> = names
            .map(|user| user["FirstName"].as_str().unwrap())
            .collect();
        (names.join(" "), got.json["HasMoreRecords"] == true)
    };
    assert_eq!(
        list(&[]).data(200).as_array().unwrap().len(),
        5,
        "the sandbox's own two, and these"
    );
    let lees = ("criteria", "LastName = 'Lee' AND IsActive = 'true'");
    let ascending = [
        lees,
        ("sortField", "FirstName"),
        ("sortDirection", "ASC"),
        ("pageSize", "2"),
    ];
    assert_eq!(names(&ascending), ("ann Bo".to_owned(), true));
    let last = [
        lees,
        ("sortField", "FirstName"),
        ("pageSize", "2"),
        ("pageNumber", "2"),
    ];
    assert_eq!(names(&last), ("ann".to_owned(), false));
    assert_eq!(
        names(&[("criteria", "UserName = 'cid@example.com'")]).0,
        "Cid"
    );
    assert_eq!(names(&[("criteria", "LastName LIKE 'x%'")]).0, "");
    list(&[("criteria", "LastName =")]).errors(400);
    list(&[("sortField", "Name"), ("sortDirection", "up")]).errors(400);
    assert!(!list(&[]).json.to_string().contains("password"));
}

#[test]
fn whoever_calls_is_the_current_user() {
    let tenant = directory();
    let got = tenant.call("user-management", "get_current_user").send();
    let user = got.data(200);
    assert_eq!(user["Id"], USER);
    assert_eq!(
        (&user["Currency"], &user["Timezone"]),
        (&json!("USD"), &json!("UTC"))
    );
}

#[test]
fn a_file_keeps_what_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.db");
    let open = || Tenant::at(&path);
    let (_, body) = create(&open(), "UItoAPI", "org", json!({"ClientName": "Kept"}));
    let data = &body["Data"];
    let secret = data["ClientSecret"].as_str().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let wal = std::fs::read(path.with_extension("db-wal")).unwrap_or_default();
    let holds = |bytes: &[u8]| {
        bytes
            .windows(secret.len())
            .any(|part| part == secret.as_bytes())
    };
    assert!(!holds(&bytes) && !holds(&wal));

    let directory = open();
    let client = directory
        .world
        .directory
        .client(data["ClientId"].as_str().unwrap())
        .unwrap();
    assert_eq!(client.name, "Kept");
    assert!(client.secret.unwrap().matches(secret));
    assert_eq!(directory.world.directory.entries().connections.len(), 3);
}

#[test]
fn a_user_is_welcomed_by_mail_on_demand() {
    let tenant = directory();
    let welcome = |id: &str| {
        let call = tenant.call("user-management", "send_user_welcome_email");
        call.path("userId", id).send()
    };
    let accounts = Accounts::default();
    assert_eq!(*welcome(&accounts.user.user_id).data(200), true);
    let mail = mail::all(&tenant.world).unwrap().pop().unwrap();
    assert_eq!(mail.to[0].address, accounts.user.user_name);
    assert_eq!(mail.to[0].name.as_deref(), Some("Ada Sandbox"));
    assert!(mail.text.contains("Your user name is ada@sandbox.example"));
    assert!(!mail.text.contains(&accounts.user.password));
    assert!(welcome(&accounts.integration.user_id).errors(400)[0].contains("Integration"));
    welcome("nobody").errors(404);
    assert_eq!(mail::all(&tenant.world).unwrap().len(), 1);
}
