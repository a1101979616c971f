//! A real browser: Chromium, under its driver.

use std::process::Stdio;

use conga_sandbox::Sandbox;
use serde_json::json;
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, MutexGuard};

use crate::program::{installed, skip};

/// Several browsers at once would only wait for each other.
static TURN: Mutex<()> = Mutex::const_new(());

/// A page that shows whether scripts run.
const SCRIPTS: &str = "data:text/html,<h1>Scripts are off</h1>\
    <script>document.querySelector('h1').textContent = 'Scripts are on'</script>";

/// Whether pages may run scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    Off,
    On,
}

/// Chromium with an empty profile. It reaches no host but this machine.
pub(crate) struct Chromium {
    pub(crate) browser: WebDriver,
    _driver: Child,
    _profile: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Chromium {
    const ARGUMENTS: [&str; 9] = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    ];

    /// Starts it; `None` where it is not installed.
    pub(crate) async fn start(scripts: Scripts) -> Option<Self> {
        let turn = TURN.lock().await;
        let driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut driver = match driver {
            Ok(driver) => driver,
            Err(error) => {
                skip(&format!("chromedriver does not start ({error})"));
                return None;
            }
        };
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port: u16 = loop {
            let line = lines.next_line().await.unwrap();
            let line = line.expect("chromedriver says on which port it listens");
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim_end_matches('.').parse().unwrap();
            }
        };
        let profile = tempfile::tempdir().unwrap();
        let mut capabilities = DesiredCapabilities::chrome();
        let folder = format!("--user-data-dir={}", profile.path().display());
        for argument in Self::ARGUMENTS.into_iter().chain([folder.as_str()]) {
            capabilities.add_arg(argument).unwrap();
        }
        if scripts == Scripts::Off {
            let settings = json!({"profile.default_content_setting_values.javascript": 2});
            capabilities
                .add_experimental_option("prefs", settings)
                .unwrap();
        }
        let url = format!("http://127.0.0.1:{port}");
        let chromium = Self {
            browser: WebDriver::new(&url, capabilities).await.unwrap(),
            _driver: driver,
            _profile: profile,
            _turn: turn,
        };
        chromium.open(SCRIPTS).await;
        chromium
            .arrives_at(match scripts {
                Scripts::Off => "Scripts are off",
                Scripts::On => "Scripts are on",
            })
            .await;
        Some(chromium)
    }

    /// Goes to an address.
    pub(crate) async fn open(&self, url: &str) {
        self.browser.goto(url).await.unwrap();
    }

    /// Waits for the page with this heading.
    pub(crate) async fn arrives_at(&self, heading: &str) {
        self.find(&format!("//h1[normalize-space()='{heading}']"))
            .await;
    }

    /// Waits for a page with this alert, which is read out with the field that has the focus.
    pub(crate) async fn is_told(&self, alert: &str) {
        let path = format!("//*[@role='alert'][starts-with(normalize-space(), '{alert}')]");
        let id = self.find(&path).await.id().await.unwrap().unwrap();
        self.has_focus(&format!("[aria-describedby='{id}']")).await;
    }

    /// Waits until the element of this selector has the focus.
    pub(crate) async fn has_focus(&self, selector: &str) {
        let path = By::Css(format!("{selector}:focus"));
        self.browser.query(path).first().await.unwrap();
    }

    /// Signs the sandbox's user in.
    pub(crate) async fn sign_in(&self, sandbox: &Sandbox) {
        let user = &sandbox.accounts().user;
        self.arrives_at("Sign in").await;
        self.fill_in("User name", &user.user_name).await;
        self.fill_in("Password", &user.password).await;
        self.press("Sign in").await;
        self.arrives_at("Allow access?").await;
    }

    /// Fills in the field with this label.
    pub(crate) async fn fill_in(&self, label: &str, text: &str) {
        let path = format!("//input[@id=//label[normalize-space()='{label}']/@for]");
        let field = self.find(&path).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses the button with this text.
    pub(crate) async fn press(&self, button: &str) {
        let path = format!("//button[normalize-space()='{button}']");
        self.find(&path).await.click().await.unwrap();
    }

    /// Follows the link with this text.
    pub(crate) async fn follow(&self, link: &str) {
        let path = format!("//a[normalize-space()='{link}']");
        self.find(&path).await.click().await.unwrap();
    }

    /// Waits for a page with this element.
    async fn find(&self, path: &str) -> WebElement {
        let found = self.browser.query(By::XPath(path)).first().await;
        if let Ok(element) = found {
            return element;
        }
        let page = self.browser.find(By::Tag("body")).await.unwrap();
        panic!("no {path} in: {}", page.text().await.unwrap());
    }

    /// Types on the keyboard, into whatever has the focus.
    pub(crate) async fn keys(&self, keys: impl Into<TypingData>) {
        let keys = self.browser.action_chain().send_keys(keys);
        keys.perform().await.unwrap();
    }

    /// Puts a picture of the page into `target/interop/screenshots`.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = installed("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}.png"));
        self.browser.screenshot(&file).await.unwrap();
    }

    /// Ends it.
    pub(crate) async fn quit(self) {
        self.browser.quit().await.unwrap();
    }
}
