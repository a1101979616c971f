//! What an error may repeat of a conversation.
//!
//! Whatever a server says is foreign text: before it enters an error it passes through [`Redactor`], which takes out the
//! secrets that were sent, control characters, and everything beyond a readable length. Whole answers are kept as an
//! [`Excerpt`], and only where no secret can be in them.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Takes the secrets of one request out of what the server says about it.
#[derive(Debug)]
pub(crate) struct Redactor<'a>(Vec<&'a SecretString>);

impl<'a> Redactor<'a> {
    /// Characters kept of a server's explanation.
    const LENGTH: usize = 300;

    pub(crate) fn new(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        Self(
            secrets
                .into_iter()
                .filter(|secret| !secret.expose_secret().is_empty())
                .collect(),
        )
    }

    /// `text` without secrets and control characters, and of a readable length.
    pub(crate) fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for spelling in self.spellings() {
            text = text.replace(&spelling, "[redacted]");
        }
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(Self::LENGTH)
            .collect::<String>()
            .trim()
            .to_owned()
    }

    fn finds_in(&self, text: &str) -> bool {
        self.spellings().any(|spelling| text.contains(&spelling))
    }

    /// Each secret as it is and as a form carries it.
    fn spellings(&self) -> impl Iterator<Item = String> {
        self.0.iter().flat_map(|secret| {
            let plain = secret.expose_secret();
            let encoded = url::form_urlencoded::byte_serialize(plain.as_bytes()).collect();
            [plain.to_owned(), encoded]
        })
    }
}

/// The beginning of an answer, kept for [`AuthError::raw_excerpt`](crate::AuthError::raw_excerpt) where it
/// cannot hold a secret.
#[derive(Clone, Default)]
pub struct Excerpt(Option<Arc<str>>);

impl Excerpt {
    /// Characters kept.
    const LENGTH: usize = 500;

    /// Words in an answer that make it unfit to be shown: what follows them may be what they name.
    const SUSPICIOUS: [&str; 4] = ["token", "secret", "password", "authorization"];

    /// Keeps the beginning of `body`, unless it is JSON (which may hold a token, however broken), names something
    /// secret, repeats a secret that was sent, or holds what looks like a token.
    pub(crate) fn of(body: &[u8], redactor: &Redactor<'_>) -> Self {
        let text = String::from_utf8_lossy(body);
        let lower = text.to_ascii_lowercase();
        let structured = text.trim_start().starts_with(['{', '[', '"']);
        if text.trim().is_empty()
            || structured
            || Self::SUSPICIOUS.iter().any(|word| lower.contains(word))
            || redactor.finds_in(&text)
            || has_token(&text)
        {
            return Self::default();
        }
        Self(Some(
            text.chars().take(Self::LENGTH).collect::<String>().into(),
        ))
    }

    pub(crate) fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(text) => write!(f, "Excerpt({} bytes)", text.len()),
            None => f.write_str("Excerpt(none)"),
        }
    }
}

/// Whether a long run of letters and digits, as JSON Web Tokens and Salesforce sessions are, stands in `text`.
fn has_token(text: &str) -> bool {
    const SHORTEST: usize = 24;
    text.split(|c: char| !c.is_ascii_alphanumeric() && !"-._~!+=".contains(c))
        .any(|run| {
            run.len() >= SHORTEST
                && run.contains(|c: char| c.is_ascii_digit())
                && run.contains(|c: char| c.is_ascii_alphabetic())
        })
}

/// Scheme, host, port and path of a URL: what an error may show of it.
pub(crate) fn shown(url: &Url) -> String {
    let origin = url.origin();
    if origin.is_tuple() {
        format!("{}{}", origin.ascii_serialization(), url.path())
    } else {
        format!("a `{}` URL", url.scheme())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_kept_only_where_no_secret_can_be_in_it() {
        let secret = SecretString::from("p+ss w/rd");
        let redactor = Redactor::new([&secret]);
        let kept = |body: &str| {
            Excerpt::of(body.as_bytes(), &redactor)
                .text()
                .map(str::to_owned)
        };
        assert_eq!(
            kept("<h1>Bad gateway</h1>").as_deref(),
            Some("<h1>Bad gateway</h1>")
        );
        for body in [
            "",
            "  {\"access_tok",
            "[{}]",
            "\"eyJ\"",
            "<p>your p+ss w/rd is wrong</p>",
            "you sent p%2Bss+w%2Frd to us",
            "<input name=__RequestVerificationToken value=x>",
            "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
            "<p>Hello 00D000000000001!AQ4AQFx.7Qs,</p>",
        ] {
            assert_eq!(kept(body), None, "{body}");
        }
        assert_eq!(kept(&"x ".repeat(900)).unwrap().len(), Excerpt::LENGTH);
    }

    #[test]
    fn descriptions_are_cleaned() {
        let secret = SecretString::from("hunter2");
        let empty = SecretString::from("");
        let redactor = Redactor::new([&secret, &empty]);
        assert_eq!(
            redactor.clean("bad\r\nsecret hunter2\u{1b}[31m"),
            "bad  secret [redacted] [31m"
        );
        assert_eq!(redactor.clean(&"x".repeat(1_000)).len(), Redactor::LENGTH);
    }

    #[test]
    fn urls_are_shown_without_user_and_query() {
        let url = Url::parse("https://u:p@host:8443/path?token=x#y").unwrap();
        assert_eq!(shown(&url), "https://host:8443/path");
        assert_eq!(
            shown(&Url::parse("data:text/plain,x").unwrap()),
            "a `data` URL"
        );
    }
}
