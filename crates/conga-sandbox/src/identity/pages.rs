//! The pages: plain HTML that needs no script, with the headers that guard it.

use std::fmt;
use std::sync::LazyLock;

use aws_lc_rs::digest;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::error::OAuthError;
use crate::request::Answer;

const STYLE: &str = include_str!("pages.css");

/// What the content security policy knows the style by.
static STYLE_HASH: LazyLock<String> =
    LazyLock::new(|| STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes())));

/// A page.
#[derive(Debug, Clone)]
pub(super) struct Page {
    status: StatusCode,
    title: &'static str,
    body: String,
    /// Where its form may lead beside this service.
    target: Option<String>,
}

/// What every form carries.
#[derive(Clone, Copy)]
pub(super) struct Form<'a> {
    /// Where it is sent.
    pub(super) action: &'a str,
    /// The session's form token.
    pub(super) token: &'a str,
    /// The request that it is about.
    pub(super) request: &'a str,
}

impl Page {
    fn new(title: &'static str, body: String) -> Self {
        Self {
            status: StatusCode::OK,
            title,
            body,
            target: None,
        }
    }

    /// A request that cannot be carried out, and must not be sent back to where it claims to come from.
    pub(super) fn fault(fault: &str) -> Self {
        let body = format!(
            "<p class=\"fault\" role=\"alert\">{}</p>\
             <p>Nothing was sent anywhere. Correct the settings of the application, then start again from there.</p>",
            Text(fault)
        );
        Self::new("This request cannot be carried out", body).status(StatusCode::BAD_REQUEST)
    }

    /// A request that the sandbox cannot carry out, through no fault of the user.
    pub(super) fn failed(error: &OAuthError) -> Self {
        let body = format!(
            "<p class=\"fault\" role=\"alert\">{}</p>\n<p>Try again in a while.</p>",
            Text(&error.description)
        );
        Self::new("The sandbox has failed", body).status(StatusCode::SERVICE_UNAVAILABLE)
    }

    /// A page of a session or a request that is over.
    pub(super) fn expired() -> Self {
        let body = "<p>The page is too old, or was opened in another browser, or your browser refuses cookies.</p>\
                    <p>Go back to the application and start again.</p>";
        Self::new("This page has expired", body.to_owned()).status(StatusCode::BAD_REQUEST)
    }

    /// The page with another status than 200.
    pub(super) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Lets the form of the page lead to this redirect URI. Browsers apply the policy to redirects too.
    pub(super) fn may_lead_to(mut self, redirect_uri: Option<&str>) -> Self {
        self.target = redirect_uri.and_then(source);
        self
    }

    /// The page as an answer.
    pub(super) fn into_answer(self) -> Answer {
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title} - Conga sandbox</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <p class=\"brand\">CONGA SANDBOX</p>\n<h1>{title}</h1>\n{body}\n</main>\n\
             <footer>A sandbox on this machine, not Conga. Enter no real password.</footer>\n</body>\n</html>\n",
            title = self.title,
            body = self.body,
        );
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; form-action 'self'{}{}; frame-ancestors 'none'; \
             base-uri 'none'",
            *STYLE_HASH,
            if self.target.is_some() { " " } else { "" },
            self.target.unwrap_or_default(),
        );
        let mut answer = Answer::bytes(self.status, "text/html; charset=utf-8", html);
        let fixed: [(HeaderName, &'static str); 5] = [
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
        ];
        for (name, value) in fixed {
            answer = answer.with_header(name, HeaderValue::from_static(value));
        }
        match HeaderValue::try_from(policy) {
            Ok(policy) => answer.with_header(header::CONTENT_SECURITY_POLICY, policy),
            // The stricter policy stays: the page then lacks its looks, not its guard.
            Err(_) => answer,
        }
    }
}

/// Who are you?
pub(super) fn login(form: &Form<'_>, client: &str, user_name: &str, fault: Option<&str>) -> Page {
    // The field that is to be filled in next.
    let (at_name, at_password) = if user_name.is_empty() {
        (" autofocus", "")
    } else {
        ("", " autofocus")
    };
    let body = format!(
        "<p><strong>{client}</strong> asks you to sign in.</p>\n{fault}\
         <form method=\"post\" action=\"{action}\">\n{hidden}\
         <label for=\"user_name\">User name</label>\n\
         <input id=\"user_name\" name=\"user_name\" value=\"{user_name}\" autocomplete=\"username\" autocapitalize=\"none\" \
         spellcheck=\"false\" required{at_name}>\n\
         <label for=\"password\">Password</label>\n\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required{at_password}{described}>\n\
         <div class=\"actions\"><button type=\"submit\">Sign in</button></div>\n</form>",
        client = Text(client),
        fault = Fault(fault),
        described = described(fault),
        action = Text(form.action),
        hidden = form.hidden(),
        user_name = Text(user_name),
    );
    Page::new("Sign in", body)
}

/// May this application act for you?
pub(super) fn consent(
    form: &Form<'_>,
    client: &str,
    user_name: &str,
    user_code: Option<&str>,
    meanings: &[&str],
) -> Page {
    let device = user_code.map_or_else(String::new, |code| {
        format!(
            "<p>Allow it only if you started this yourself, on a device that shows the code <code>{}</code>.</p>\n",
            Text(code)
        )
    });
    let client = Text(client);
    let wishes = if meanings.is_empty() {
        format!("<p><strong>{client}</strong> wants to know that it is you.</p>\n")
    } else {
        let items: String = meanings
            .iter()
            .map(|meaning| format!("<li>{}</li>", Text(meaning)))
            .collect();
        format!("<p><strong>{client}</strong> wants to:</p>\n<ul>{items}</ul>\n")
    };
    let body = format!(
        "{wishes}{device}<p class=\"soft\">Signed in as {user_name}.</p>\n\
         <form method=\"post\" action=\"{action}\">\n{hidden}\
         <div class=\"actions\">\
         <button type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>\
         <button type=\"submit\" name=\"decision\" value=\"deny\" class=\"second\">Deny</button></div>\n</form>",
        user_name = Text(user_name),
        action = Text(form.action),
        hidden = form.hidden(),
    );
    Page::new("Allow access?", body)
}

/// Which code does your device show?
pub(super) fn device(action: &str, form_token: &str, typed: &str, fault: Option<&str>) -> Page {
    let body = format!(
        "<p>Enter the code that your device shows.</p>\n{fault}\
         <form method=\"post\" action=\"{action}\">\n\
         <input type=\"hidden\" name=\"form_token\" value=\"{form_token}\">\n\
         <label for=\"user_code\">Code</label>\n\
         <input id=\"user_code\" name=\"user_code\" class=\"code\" value=\"{typed}\" autocomplete=\"off\" autocapitalize=\"characters\" \
         spellcheck=\"false\" maxlength=\"20\" required autofocus{described}>\n\
         <div class=\"actions\"><button type=\"submit\">Continue</button></div>\n</form>",
        fault = Fault(fault),
        described = described(fault),
        action = Text(action),
        form_token = Text(form_token),
        typed = Text(typed),
    );
    Page::new("Connect a device", body)
}

/// The outcome of a device's request.
pub(super) fn device_done(allowed: bool, in_time: bool) -> Page {
    match (in_time, allowed) {
        (false, _) => Page::new(
            "Too late",
            "<p>The code has expired. Start again on your device.</p>".to_owned(),
        )
        .status(StatusCode::BAD_REQUEST),
        (true, true) => Page::new(
            "Device connected",
            "<p>Go back to your device. You may close this page.</p>".to_owned(),
        ),
        (true, false) => Page::new(
            "Device refused",
            "<p>The device gets no access. You may close this page.</p>".to_owned(),
        ),
    }
}

/// Do you want to sign out?
pub(super) fn logout(action: &str, form_token: &str, kept: &[(&str, &str)]) -> Page {
    let kept: String = kept
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| hidden(name, value))
        .collect();
    let body = format!(
        "<p>An application asks to end your session here.</p>\n\
         <form method=\"post\" action=\"{}\">\n{}{kept}\
         <div class=\"actions\"><button type=\"submit\">Sign out</button></div>\n</form>",
        Text(action),
        hidden("form_token", form_token),
    );
    Page::new("Sign out?", body)
}

/// The session is over.
pub(super) fn signed_out() -> Page {
    Page::new(
        "Signed out",
        "<p>You are signed out. You may close this page.</p>".to_owned(),
    )
}

impl Form<'_> {
    fn hidden(&self) -> String {
        hidden("form_token", self.token) + &hidden("request", self.request)
    }
}

fn hidden(name: &str, value: &str) -> String {
    format!(
        "<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n",
        Text(value)
    )
}

/// A redirect URI as a source of the content security policy: its origin, or its scheme where the policy's grammar has
/// no place for the host.
fn source(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    let origin = url.origin();
    let plain = |c: char| c.is_ascii_alphanumeric() || ".:/-_".contains(c);
    let text = origin.ascii_serialization();
    Some(if origin.is_tuple() && text.chars().all(plain) {
        text
    } else {
        format!("{}:", url.scheme())
    })
}

/// Text within HTML, in an element or a quoted attribute.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

/// What went wrong with a form, said first.
struct Fault<'a>(Option<&'a str>);

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(fault) => writeln!(
                f,
                "<p id=\"fault\" class=\"fault\" role=\"alert\">{}</p>",
                Text(fault)
            ),
            None => Ok(()),
        }
    }
}

/// What has the field that gets the focus read out with the fault.
fn described(fault: Option<&str>) -> &'static str {
    match fault {
        Some(_) => " aria-describedby=\"fault\"",
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::AnswerBody;

    #[test]
    fn foreign_text_stays_text() {
        let form = Form {
            action: "/x",
            token: "t",
            request: "r",
        };
        let hostile = "\"><script>alert('1')</script>";
        let pages = [
            login(&form, hostile, hostile, Some(hostile)),
            consent(&form, hostile, hostile, Some(hostile), &[hostile]),
            device("/x", "t", hostile, None),
            logout("/x", "t", &[("state", hostile)]),
            Page::fault(hostile),
        ];
        for page in pages {
            let AnswerBody::Bytes(_, html) = page.into_answer().body else {
                panic!("a page has bytes");
            };
            let html = String::from_utf8(html.to_vec()).unwrap();
            assert!(html.contains("&lt;script&gt;"), "{html}");
            assert!(!html.contains("<script"), "{html}");
        }
    }

    #[test]
    fn the_policy_names_where_a_form_may_lead() {
        let sources = [
            ("http://127.0.0.1:8080/cb", "http://127.0.0.1:8080"),
            ("https://app.example/cb?x=1", "https://app.example"),
            ("http://[::1]:8080/cb", "http:"),
            ("http://a;b/cb", "http:"),
            ("com.example.app:/cb", "com.example.app:"),
        ];
        for (uri, expected) in sources {
            assert_eq!(source(uri).as_deref(), Some(expected));
        }
        let answer = Page::expired()
            .may_lead_to(Some("https://app.example/cb"))
            .into_answer();
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(
            policy.contains("form-action 'self' https://app.example;"),
            "{policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'"));
    }
}
