//! A browser without a screen: it keeps its cookies and fills in forms, but follows no redirect by itself.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::header::{LOCATION, SET_COOKIE};
use reqwest::{Client, RequestBuilder, Response, redirect};

/// Keeps cookies, without regard to their paths.
pub(crate) struct Browser {
    client: Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// A page with a form on it.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) html: String,
}

/// Where a request has led.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// A page of the sandbox.
    Page(Page),
    /// An address outside of it, which is not visited.
    Elsewhere(url::Url),
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self {
            client: Client::builder()
                .redirect(redirect::Policy::none())
                .build()
                .unwrap(),
            cookies: Mutex::default(),
        }
    }

    /// A browser with one cookie, `name=value`.
    pub(crate) fn with_cookie(cookie: &str) -> Self {
        let browser = Self::new();
        let (name, value) = cookie.split_once('=').unwrap();
        let mut cookies = browser.cookies.lock().unwrap();
        cookies.insert(name.to_owned(), value.to_owned());
        drop(cookies);
        browser
    }

    /// The cookies as they are sent.
    pub(crate) fn cookie(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        let cookies = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        cookies.collect::<Vec<_>>().join("; ")
    }

    /// Sends a request with the cookies, and keeps those of the answer.
    pub(crate) async fn send(&self, request: impl FnOnce(&Client) -> RequestBuilder) -> Response {
        let request = request(&self.client).header("cookie", self.cookie());
        let answer = request.send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// Goes to an address, and on from there as long as it is the sandbox's.
    pub(crate) async fn open(&self, url: &str) -> Arrival {
        let answer = self.send(|client| client.get(url)).await;
        self.follow(answer).await
    }

    /// Sends the form of a page, with what it holds and what is filled in.
    pub(crate) async fn submit(&self, page: &Page, fields: &[(&str, &str)]) -> Arrival {
        let mut form = page.hidden();
        form.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let action = page.action();
        let answer = self.send(|client| client.post(action).form(&form)).await;
        self.follow(answer).await
    }

    async fn follow(&self, mut answer: Response) -> Arrival {
        let home = answer.url().origin();
        while let Some(location) = answer.headers().get(LOCATION) {
            let location = answer.url().join(location.to_str().unwrap()).unwrap();
            if location.origin() != home {
                return Arrival::Elsewhere(location);
            }
            answer = self.send(|client| client.get(location)).await;
        }
        Arrival::Page(Page {
            status: answer.status().as_u16(),
            html: answer.text().await.unwrap(),
        })
    }
}

impl Page {
    /// Where the form is sent.
    pub(crate) fn action(&self) -> &str {
        attribute(&self.html, "<form method=\"post\" action=\"").unwrap()
    }

    /// The hidden fields of the form.
    pub(crate) fn hidden(&self) -> Vec<(String, String)> {
        self.html
            .split("<input type=\"hidden\" name=\"")
            .skip(1)
            .map(|rest| {
                let name = rest.split('"').next().unwrap();
                let value = attribute(rest, "value=\"").unwrap();
                (name.to_owned(), value.to_owned())
            })
            .collect()
    }

    pub(crate) fn heading(&self) -> &str {
        let (_, rest) = self.html.split_once("<h1>").unwrap();
        rest.split('<').next().unwrap()
    }
}

impl Arrival {
    /// The page, with this heading.
    pub(crate) fn page(self, heading: &str) -> Page {
        match self {
            Self::Page(page) => {
                assert_eq!(page.heading(), heading, "{}", page.html);
                page
            }
            Self::Elsewhere(url) => panic!("expected a page, arrived at {url}"),
        }
    }

    /// The parameters of the address outside.
    pub(crate) fn parameters(self) -> BTreeMap<String, String> {
        match self {
            Self::Elsewhere(url) => url.query_pairs().into_owned().collect(),
            Self::Page(page) => panic!("expected a redirect, got: {}", page.html),
        }
    }
}

fn attribute<'a>(html: &'a str, start: &str) -> Option<&'a str> {
    let (_, rest) = html.split_once(start)?;
    rest.split('"').next()
}
