//! How a token is written down: one JSON object, with the owner to which it is bound.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use crate::token::Token;

/// A token and whose it is.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) owner: String,
    pub(super) token: Token,
}

/// The form on disk. Secrets are borrowed while writing and wiped after reading.
#[derive(Serialize, Deserialize)]
struct Written<Text, Secret> {
    version: u8,
    owner: Text,
    access_token: Secret,
    /// Seconds since 1970, as all times here.
    obtained_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<Text>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_url: Option<Url>,
}

const VERSION: u8 = 1;

impl Record {
    /// The text to store.
    pub(super) fn text(owner: &str, token: &Token) -> SecretString {
        let written = Written {
            version: VERSION,
            owner,
            access_token: token.secret().expose_secret(),
            obtained_at: seconds(token.obtained_at()),
            expires_at: token.expires_at().map(seconds),
            refresh_token: token.refresh_token().map(ExposeSecret::expose_secret),
            id_token: token.id_token().map(ExposeSecret::expose_secret),
            scopes: Some(token.scopes().iter().map(String::as_str).collect())
                .filter(|scopes: &Vec<&str>| !scopes.is_empty()),
            user_id: token.user_id(),
            instance_url: token.instance_url().cloned(),
        };
        #[expect(
            clippy::expect_used,
            reason = "texts and numbers always serialise, and a String takes every write"
        )]
        let json = serde_json::to_string(&written).expect("texts and numbers serialise");
        json.into()
    }

    /// Reads a stored text; `None` where it is none of ours.
    pub(super) fn read(text: &SecretString) -> Option<Self> {
        let written: Written<String, SecretString> =
            serde_json::from_str(text.expose_secret()).ok()?;
        if written.version != VERSION || written.access_token.expose_secret().is_empty() {
            return None;
        }
        let obtained_at = time(written.obtained_at)?;
        let mut token = Token::new(written.access_token, obtained_at);
        if let Some(end) = written.expires_at {
            let end = time(end)?;
            token = token.with_lifetime(end.duration_since(obtained_at).unwrap_or_default());
        }
        if let Some(refresh) = written.refresh_token {
            token = token.with_refresh_token(refresh);
        }
        if let Some(id) = written.id_token {
            token = token.with_id_token(id);
        }
        if let Some(user) = written.user_id {
            token = token.with_user_id(user);
        }
        if let Some(url) = written.instance_url {
            token = token.with_instance_url(url);
        }
        Some(Self {
            owner: written.owner,
            token: token.with_scopes(written.scopes.unwrap_or_default()),
        })
    }

    /// Reads stored bytes, which are wiped.
    pub(super) fn secret(bytes: Vec<u8>) -> Option<SecretString> {
        let bytes = Zeroizing::new(bytes);
        std::str::from_utf8(&bytes).ok().map(SecretString::from)
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

fn time(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn full() -> Token {
        Token::new("access", UNIX_EPOCH + Duration::from_secs(1_000))
            .with_lifetime(Duration::from_secs(60))
            .with_refresh_token("refresh")
            .with_id_token("id")
            .with_user_id("user")
            .with_scopes(["a", "b"])
            .with_instance_url("https://org.example/".parse().unwrap())
    }

    #[test]
    fn a_record_keeps_everything() {
        let text = Record::text("owner", &full());
        assert_eq!(
            text.expose_secret(),
            r#"{"version":1,"owner":"owner","access_token":"access","obtained_at":1000,"expires_at":1060,"refresh_token":"refresh","id_token":"id","scopes":["a","b"],"user_id":"user","instance_url":"https://org.example/"}"#
        );
        let record = Record::read(&text).unwrap();
        assert_eq!(record.owner, "owner");
        assert_eq!(
            Record::text("owner", &record.token).expose_secret(),
            text.expose_secret()
        );
        assert!(!format!("{record:?}").contains("access\""));
    }

    #[test]
    fn little_is_enough_and_more_is_ignored() {
        let text = r#"{"version":1,"owner":"o","access_token":"t","obtained_at":5,"later":{}}"#;
        let record = Record::read(&text.into()).unwrap();
        assert_eq!(record.token.expires_at(), None);
        assert!(record.token.scopes().is_empty());
    }

    #[test]
    fn what_is_no_record_is_none() {
        for text in [
            "",
            "null",
            "{}",
            r#"{"version":2,"owner":"o","access_token":"t","obtained_at":5}"#,
            r#"{"version":1,"owner":"o","access_token":"","obtained_at":5}"#,
            r#"{"version":1,"owner":"o","access_token":"t","obtained_at":18446744073709551615}"#,
            r#"{"version":1,"owner":"o","access_token":"t","obtained_at":-5}"#,
            r#"{"version":1,"owner":"o","access_token":"t"#,
        ] {
            assert!(Record::read(&text.into()).is_none(), "{text}");
        }
        assert!(Record::secret(vec![0xff]).is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = Record::read(&text.into());
        }

        #[test]
        fn any_record_is_shown_without_its_secrets(
            version in 0..3_u8, owner in ".{0,9}", obtained in "-?[0-9]{1,30}", url in ".{0,20}",
        ) {
            let owner = serde_json::json!(owner);
            let url = serde_json::json!(url);
            let text = format!(
                r#"{{"version":{version},"owner":{owner},"access_token":"SECRET","obtained_at":{obtained},
                    "refresh_token":"SECRET","id_token":"SECRET","instance_url":{url}}}"#
            );
            let shown = format!("{:?}", Record::read(&text.into()));
            prop_assert!(!shown.contains("SECRET"), "{shown}");
        }

        #[test]
        fn a_cut_record_is_refused(cut in 0..200_usize) {
            let text = Record::text("owner", &full());
            let cut = &text.expose_secret()[..cut];
            prop_assert!(Record::read(&cut.into()).is_none());
        }

        #[test]
        fn any_token_survives(
            access in ".{1,40}",
            owner in ".*",
            refresh in proptest::option::of(".*"),
            obtained in 0..4_000_000_000_u64,
            lifetime in proptest::option::of(0..4_000_000_000_u64),
        ) {
            let mut token = Token::new(access, UNIX_EPOCH + Duration::from_secs(obtained));
            if let Some(lifetime) = lifetime {
                token = token.with_lifetime(Duration::from_secs(lifetime));
            }
            if let Some(refresh) = refresh {
                token = token.with_refresh_token(refresh);
            }
            let record = Record::read(&Record::text(&owner, &token)).unwrap();
            prop_assert_eq!(&record.owner, &owner);
            prop_assert!(record.token.is(&token));
            prop_assert_eq!(record.token.expires_at(), token.expires_at());
            prop_assert_eq!(
                record.token.refresh_token().map(ExposeSecret::expose_secret),
                token.refresh_token().map(ExposeSecret::expose_secret)
            );
        }
    }
}
