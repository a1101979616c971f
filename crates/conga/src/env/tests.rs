use std::collections::BTreeSet;

use super::*;

const SHOP: &str =
    "STOREFRONT_URL=https://shop.my.site.com/ecom/services/apexrest/Apttus_WebStore/apttus/v5";

/// What comes of an environment, given as `NAME=value; NAME=value` without the `CONGA_` of the names: a debug text, or the error.
fn built(environment: &str) -> Result<String, String> {
    let value = |name: &str| {
        let name = name.strip_prefix("CONGA_")?;
        environment
            .split("; ")
            .filter_map(|pair| pair.split_once('='))
            .find_map(|(known, value)| (known == name).then(|| value.to_owned()))
    };
    let outcome = ClientBuilder::from_lookup(|name| Ok(value(name)))
        .and_then(ClientBuilder::build)
        .map(|client| format!("{client:?}"))
        .map_err(|error| error.to_string());
    let shown = outcome.as_ref().unwrap_or_else(|error| error);
    assert!(!shown.contains("hunter2"), "{environment}: {shown}");
    outcome
}

/// The errors of these environments, below one another.
fn errors(environments: &[&str]) -> String {
    let lines = environments.iter().map(|environment| {
        let error = built(environment).expect_err(environment);
        format!("{environment}\n    {error}\n")
    });
    lines.collect()
}

#[test]
fn what_is_enough_is_enough() {
    let client = "CLIENT_ID=id; CLIENT_SECRET=hunter2";
    for (environment, expected) in [
        (format!("REGION=eu; {client}"), "https://rls.congacloud.eu"),
        (format!("REGION=NA; {client}; USER_ID=u; SCOPES=sign doc-gen.composer"), "https://rls.congacloud.com"),
        (format!("REGION=na-preview; {client}"), "https://xauthor-preview-rls09.congacloud.com"),
        (format!("TOKEN_URI=https://a.example/t; BASE_URI= https://b.example/ ; {client}"), "https://b.example"),
        (format!("REGION=eu; USER_ID= ; TOKEN_URI=; {client}; {SHOP}; STOREFRONT=E"), "https://rls.congacloud.eu"),
        ("REGION=eu; CLIENT_ID=id; CLIENT_SECRET_FILE=/run/secrets/conga".into(), "ClientCredentials"),
        ("REGION=au; ACCESS_TOKEN=hunter2; USER_ID=u".into(), "https://rls.congacloud.au"),
        ("BASE_URI=https://b.example; ACCESS_TOKEN=hunter2".into(), "https://b.example"),
        ("REGION=eu; CLIENT_ID=ui; REFRESH_TOKEN=hunter2".into(), "https://login.congacloud.eu/api/v1/auth"),
        ("REGION=eu; CLIENT_ID=ui; CLIENT_SECRET=hunter2; SIGN_IN_FILE=/home/ann/conga".into(), "/home/ann/conga"),
        (
            "TOKEN_URI=https://a.example/auth/connect/token; BASE_URI=https://b.example; CLIENT_ID=ui; REFRESH_TOKEN=hunter2".into(),
            "https://a.example/auth",
        ),
        (format!("{SHOP}; STOREFRONT=E"), "shop.my.site.com/ecom"),
        (format!("{SHOP}; STOREFRONT=E; STOREFRONT_USER=ann; STOREFRONT_PASSWORD=hunter2"), "shop.my.site.com/ecom"),
        (
            "SALESFORCE_URL=https://acme.my.salesforce.com; SALESFORCE_CLIENT_ID=app; SALESFORCE_CLIENT_SECRET=hunter2; STOREFRONT=E".into(),
            "SalesforceOAuth",
        ),
        (
            "SALESFORCE_URL=https://acme.my.site.com/shop; SALESFORCE_LOGIN=https://login.salesforce.com; SALESFORCE_CLIENT_ID=app; SALESFORCE_REFRESH_TOKEN=hunter2; SALESFORCE_CLIENT_SECRET_FILE=/run/secrets/app".into(),
            "https://login.salesforce.com",
        ),
        (
            format!("REGION=eu; {client}; X_AUTHOR_URL=https://x.example; TURBOENGINES_URL=https://t.example"),
            "https://t.example",
        ),
        ("DISCOVERY_AI_URL=https://idd.example/idd/api/v2; DISCOVERY_AI_KEY=hunter2".into(), "ApiKey"),
    ] {
        let shown = built(&environment).unwrap_or_else(|error| panic!("{environment}: {error}"));
        assert!(shown.contains(expected), "{environment}: {shown}");
    }
}

#[test]
fn what_is_missing_is_named_with_its_setter_and_its_variable() {
    insta::assert_snapshot!(errors(&[
        "",
        "REGION=eu",
        "CLIENT_ID=id; CLIENT_SECRET=hunter2",
        "REGION=eu; CLIENT_ID=id",
        "REGION=eu; CLIENT_ID=id; CLIENT_SECRET= ",
        "REGION=eu; CLIENT_SECRET=hunter2",
        "REGION=eu; USER_ID=u",
        "REGION=eu; SCOPES=sign",
        "TOKEN_URI=https://a.example; CLIENT_ID=id; CLIENT_SECRET=hunter2",
        "BASE_URI=https://a.example; CLIENT_ID=id; CLIENT_SECRET=hunter2",
        "ACCESS_TOKEN=hunter2",
        "REGION=eu; REFRESH_TOKEN=hunter2",
        "CLIENT_ID=ui; SIGN_IN_FILE=/home/ann/conga",
        "TOKEN_URI=https://a.example/connect/token; CLIENT_ID=ui; REFRESH_TOKEN=hunter2",
        SHOP,
        "STOREFRONT=E",
        "STOREFRONT_USER=ann; STOREFRONT_PASSWORD=hunter2",
        &format!("{SHOP}; STOREFRONT=E; STOREFRONT_USER=ann"),
        &format!("{SHOP}; STOREFRONT=E; STOREFRONT_PASSWORD=hunter2"),
        "SALESFORCE_CLIENT_ID=app; SALESFORCE_CLIENT_SECRET=hunter2",
        "SALESFORCE_URL=https://acme.my.salesforce.com; SALESFORCE_CLIENT_ID=app",
        "DISCOVERY_AI_KEY=hunter2",
    ]));
}

#[test]
fn what_contradicts_is_named_on_both_sides() {
    let user = "REGION=eu; CLIENT_ID=ui; REFRESH_TOKEN=hunter2";
    let app = "SALESFORCE_URL=https://a.example; SALESFORCE_CLIENT_ID=app; SALESFORCE_USER=ann";
    insta::assert_snapshot!(errors(&[
        "REGION=eu; TOKEN_URI=hunter2",
        "REGION=eu; BASE_URI=hunter2",
        "REGION=eu; CLIENT_ID=id; CLIENT_SECRET=hunter2; CLIENT_SECRET_FILE=hunter2",
        "ACCESS_TOKEN=hunter2; CLIENT_ID=id",
        "ACCESS_TOKEN=hunter2; CLIENT_SECRET=hunter2",
        "ACCESS_TOKEN=hunter2; SCOPES=sign",
        "ACCESS_TOKEN=hunter2; REFRESH_TOKEN=hunter2",
        &format!("{user}; USER_ID=u"),
        &format!("{user}; SCOPES=sign"),
        &format!("{user}; SIGN_IN_FILE=f; REDIS_URL=redis://localhost"),
        &format!("{app}; SALESFORCE_CLIENT_SECRET=hunter2"),
    ]));
}

#[test]
fn what_cannot_be_is_named_without_its_value() {
    let client = "CLIENT_ID=id; CLIENT_SECRET=hunter2";
    insta::assert_snapshot!(errors(&[
        "REGION=hunter2",
        &format!("TOKEN_URI=hunter2; BASE_URI=https://b.example; {client}"),
        &format!("TOKEN_URI=https://a.example; BASE_URI=hunter2; {client}"),
        &format!("TOKEN_URI=https://a.example; BASE_URI=http://b.example; {client}"),
        "TOKEN_URI=https://a.example; BASE_URI=https://b.example; CLIENT_ID=ui; REFRESH_TOKEN=hunter2",
        "STOREFRONT_URL=hunter2; STOREFRONT=E",
        "STOREFRONT_URL=https://shop.example/apttus/v5; STOREFRONT=E",
        &format!("REGION=eu; {client}; X_AUTHOR_URL=hunter2"),
        "DISCOVERY_AI_URL=http://idd.example; DISCOVERY_AI_KEY=hunter2",
        &format!("REGION=eu; {client}; REQUESTS_PER_SECOND=0"),
        &format!("REGION=eu; {client}; REQUESTS_PER_SECOND=hunter2"),
    ]));
}

#[test]
fn the_rate_is_told() {
    let client = "REGION=eu; CLIENT_ID=id; CLIENT_SECRET=hunter2";
    for (variables, rate) in [
        (client.to_owned(), "per_second: 100.0"),
        (
            format!("{client}; REQUESTS_PER_SECOND=25"),
            "per_second: 25.0",
        ),
    ] {
        let shown = built(&variables).expect("it is whole");
        assert!(shown.contains(rate), "{shown}");
    }
}

#[cfg(feature = "jwt-bearer")]
#[test]
fn the_private_key_of_a_connected_app_is_a_file() {
    let app = "SALESFORCE_URL=https://a.example; SALESFORCE_CLIENT_ID=app; SALESFORCE_USER=ann";
    let text = built(app).expect_err("there is no key");
    assert!(text.contains("CONGA_SALESFORCE_KEY_FILE"), "{text}");
    let text =
        built(&format!("{app}; SALESFORCE_KEY_FILE=/hunter2")).expect_err("there is no file");
    assert!(text.contains("CONGA_SALESFORCE_KEY_FILE"), "{text}");
    let no_key = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    assert!(built(&format!("{app}; SALESFORCE_KEY_FILE={no_key}")).is_err());
}

#[cfg(feature = "redis")]
#[test]
fn tokens_and_rate_are_shared_by_redis() {
    let client = "REGION=eu; CLIENT_ID=id; CLIENT_SECRET=hunter2";
    let shown =
        built(&format!("{client}; REDIS_URL=redis://:hunter2@localhost")).expect("it is whole");
    assert!(shown.contains("conga:id"), "{shown}");
    assert!(shown.contains("conga:id:rate"), "{shown}");
    let user = "REGION=eu; CLIENT_ID=ui; REFRESH_TOKEN=hunter2; REDIS_URL=redis://localhost; REDIS_KEY=ann";
    let shown = built(user).expect("it is whole");
    assert!(shown.contains("ann"), "{shown}");
    let text =
        built(&format!("{client}; REDIS_URL=redis://redis.example")).expect_err("it is not secure");
    assert!(text.contains("not secure"), "{text}");
}

#[cfg(not(any(feature = "jwt-bearer", feature = "redis")))]
#[test]
fn what_needs_a_feature_says_which() {
    insta::assert_snapshot!(errors(&[
        "REGION=eu; CLIENT_ID=id; CLIENT_SECRET=hunter2; REDIS_URL=redis://localhost",
        "SALESFORCE_URL=https://a.example; SALESFORCE_CLIENT_ID=app; SALESFORCE_USER=ann",
    ]));
}

#[test]
fn what_a_lookup_says_is_passed_on() {
    let said = ConfigError::Invalid {
        setting: "CONGA_REGION",
        problem: "is no text",
    };
    let error = ClientBuilder::from_lookup(|_| Err(said.clone())).expect_err("it said so");
    assert!(matches!(error, Error::Config(problem) if problem == said));
}

#[test]
fn the_front_page_names_every_variable() {
    fn names(text: &str) -> BTreeSet<&str> {
        let is_part = |c: char| c.is_ascii_uppercase() || c == '_';
        text.split(|c| !is_part(c))
            .filter(|word| word.starts_with("CONGA_"))
            .collect()
    }
    let code = concat!(include_str!("platform.rs"), include_str!("hosts.rs"));
    assert_eq!(names(include_str!("../../README.md")), names(code));
}
