//! Every page that a user meets, as axe reads it (labels, names, contrast, landmarks), in light and in dark, on a narrow screen.

use std::cell::Cell;

use conga_auth::{OAuthClient, Provider};
use conga_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::chromium::{Chromium, Scripts};
use crate::program::{installed, skip};

/// Runs axe in the page.
const READ: &str = "
    const done = arguments[0];
    axe.run().then(
        ({ violations, passes }) => done({
            faults: violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html)}`),
            passes: passes.map(({ id }) => id),
        }),
        (error) => done({ faults: [`${error}`], passes: [] }),
    );";

/// A browser that reads pages by axe.
struct Reader {
    chromium: Chromium,
    axe: String,
    pages: Cell<usize>,
}

impl Reader {
    /// Starts it, on a screen of 320 pixels; `None` where something is not installed.
    async fn start() -> Option<Self> {
        let axe = installed("node/node_modules/axe-core/axe.min.js");
        let Ok(axe) = std::fs::read_to_string(axe) else {
            skip("axe-core is missing");
            return None;
        };
        let chromium = Chromium::start(Scripts::On).await?;
        let screen = json!({"width": 320, "height": 640, "deviceScaleFactor": 2, "mobile": false});
        let devtools = chromium.browser.cdp();
        devtools
            .send_raw("Emulation.setDeviceMetricsOverride", screen)
            .await
            .unwrap();
        Some(Self {
            chromium,
            axe,
            pages: Cell::default(),
        })
    }

    /// Reads the page with this heading, and takes its pictures.
    async fn read(&self, heading: &str) {
        let browser = &self.chromium.browser;
        self.chromium.arrives_at(heading).await;
        self.pages.set(self.pages.get() + 1);
        for scheme in ["light", "dark"] {
            let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            let devtools = browser.cdp();
            devtools
                .send_raw("Emulation.setEmulatedMedia", media)
                .await
                .unwrap();
            browser.execute(self.axe.as_str(), []).await.unwrap();
            let found = browser.execute_async(READ, []).await.unwrap();
            let found = found.json();
            assert_eq!(found["faults"], json!([]), "{heading:?} in {scheme}");
            let passes = found["passes"].as_array().unwrap();
            assert!(passes.contains(&json!("color-contrast")), "{passes:?}");
            let name = format!("{:02} {heading} ({scheme})", self.pages.get());
            self.chromium.picture(&name).await;
        }
        let overflow = "return document.documentElement.scrollWidth > innerWidth";
        let overflow = browser.execute(overflow, []).await.unwrap();
        assert_eq!(
            overflow.json(),
            &Value::Bool(false),
            "{heading:?} is too wide"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_accessible() {
    let Some(reader) = Reader::start().await else {
        return;
    };
    let chromium = &reader.chromium;
    let sandbox = Sandbox::start().await.unwrap();
    let provider = Provider::discovered(sandbox.issuer(), sandbox.base_url()).unwrap();
    let client = OAuthClient::builder(provider, &sandbox.accounts().ui.client_id)
        .scopes([
            "openid",
            "profile",
            "api.data",
            "api.cart",
            "sign",
            "offline_access",
        ])
        .build()
        .unwrap();

    // A sign-in, with a wrong password at first.
    let sign_in = client.authorization_code().begin().await.unwrap();
    let browser = async {
        chromium.open(sign_in.redirect_uri()).await;
        reader.read("There is nothing here").await;
        let foreign = format!("{}?code=x&state=y", sign_in.redirect_uri());
        chromium.open(&foreign).await;
        reader.read("This page belongs to another sign-in").await;
        chromium.open(sign_in.url().as_str()).await;
        reader.read("Sign in").await;
        chromium.fill_in("User name", "ada@sandbox.example").await;
        chromium.fill_in("Password", "wrong").await;
        chromium.press("Sign in").await;
        chromium
            .is_told("The user name or the password is wrong.")
            .await;
        reader.read("Sign in").await;
        chromium.sign_in(&sandbox).await;
        reader.read("Allow access?").await;
        chromium.press("Allow").await;
        reader.read("You are signed in").await;
    };
    let (signed_in, ()) = tokio::join!(sign_in.finish(), browser);
    signed_in.unwrap();

    // A refusal, and a sign-in that cannot work.
    for (answer, heading) in [
        ("access_denied", "The sign-in was declined"),
        ("server_error", "The sign-in did not work"),
    ] {
        let sign_in = client.authorization_code().begin().await.unwrap();
        let url: url::Url = sign_in.url().as_str().parse().unwrap();
        let state = url
            .query_pairs()
            .find(|(name, _)| name == "state")
            .unwrap()
            .1;
        let answer = [
            ("error", answer),
            ("state", &*state),
            ("iss", &sandbox.issuer()),
        ];
        let answer = url::Url::parse_with_params(sign_in.redirect_uri(), answer).unwrap();
        let browser = async {
            chromium.open(answer.as_str()).await;
            reader.read(heading).await;
        };
        let (signed_in, ()) = tokio::join!(sign_in.finish(), browser);
        signed_in.unwrap_err();
    }

    // Devices.
    let device = client.device_code().await.unwrap();
    chromium.open(device.verification_uri().as_str()).await;
    reader.read("Connect a device").await;
    chromium.fill_in("Code", "BCDF-GHJK").await;
    chromium.press("Continue").await;
    chromium.is_told("No device waits with this code").await;
    reader.read("Connect a device").await;
    for (decision, heading) in [("Allow", "Device connected"), ("Deny", "Device refused")] {
        let device = client.device_code().await.unwrap();
        let link = device.verification_uri_complete().unwrap();
        chromium.open(link.as_str()).await;
        chromium.press("Continue").await;
        reader.read("Allow access?").await;
        chromium.press(decision).await;
        reader.read(heading).await;
    }
    let device = client.device_code().await.unwrap();
    let link = device.verification_uri_complete().unwrap();
    chromium.open(link.as_str()).await;
    chromium.press("Continue").await;
    chromium.arrives_at("Allow access?").await;
    sandbox.clock().advance(device.lifetime());
    chromium.press("Allow").await;
    reader.read("This page has expired").await;

    // The ends, good and bad.
    let end = client.end_session_url(None, None).await.unwrap();
    chromium.open(end.as_str()).await;
    reader.read("Sign out?").await;
    chromium.press("Sign out").await;
    reader.read("Signed out").await;
    let unknown = format!("{}/connect/authorize?client_id=unknown", sandbox.issuer());
    chromium.open(&unknown).await;
    reader.read("This request cannot be carried out").await;
    println!(
        "{} pages, in light and in dark: no violation",
        reader.pages.get()
    );
    reader.chromium.quit().await;
}
