//! What is said of a token or a user: by a JSON Web Token about itself, read without trusting it, or by a server.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;
use zeroize::Zeroizing;

/// Claims about a token or a user.
///
/// Those of a JSON Web Token (RFC 7519), which [`Claims::of`] and [`Token::claims`](crate::Token::claims) read, are
/// **unverified**: no signature, issuer or time has been checked. They are good for showing and for choosing, such as the
/// address of the organisation to talk to. They are no proof: only the server that a token is for can tell whether it is
/// real. Those of [`OAuthClient::introspect`](crate::OAuthClient::introspect) and
/// [`OAuthClient::user_info`](crate::OAuthClient::user_info) come from the provider itself.
///
/// `Debug` shows the names of the claims only, since their values may name a person.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Reads the claims of `token`; `None` where it is not a JSON Web Token in compact form.
    pub fn of(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let json = Zeroizing::new(URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?);
        serde_json::from_slice(&json).ok().map(Self)
    }

    /// The claim of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The claim of this name, where it is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Who issued the token (`iss`).
    pub fn issuer(&self) -> Option<&str> {
        self.text("iss")
    }

    /// Whom the token is about (`sub`).
    pub fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// The client that the token was issued to (`client_id`).
    pub fn client_id(&self) -> Option<&str> {
        self.text("client_id")
    }

    /// When the token runs out (`exp`), by the clock of whoever issued it.
    pub fn expires_at(&self) -> Option<SystemTime> {
        let seconds = self.get("exp")?;
        let seconds = seconds.as_u64().or_else(|| {
            // A fraction is allowed. `as` saturates; an absurd value then fails in `checked_add`.
            seconds.as_f64().filter(|s| *s >= 0.0).map(|s| s as u64)
        })?;
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// The scopes (`scope`): an array as Conga's identity service writes it (assumed from the product it is built on), or
    /// one text with spaces as RFC 9068 has it.
    pub fn scopes(&self) -> Vec<&str> {
        match self.get("scope") {
            Some(Value::String(text)) => text.split_whitespace().collect(),
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The address of the organisation (`c_org_iurl`), where it is an absolute URL.
    pub fn organization_url(&self) -> Option<Url> {
        Url::parse(self.text("c_org_iurl")?).ok()
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims")?;
        f.debug_list().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn token(claims: &Value) -> String {
        let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
        format!("eyJhbGciOiJub25lIn0.{payload}.c2ln")
    }

    #[test]
    fn claims_are_read() {
        let claims = Claims::of(&token(&json!({
            "iss": "https://login.congacloud.eu/api/v1/auth",
            "sub": "ann",
            "client_id": "c1",
            "exp": 1_800_000_000,
            "scope": ["api.cart", 7, "sign"],
            "c_org_iurl": "https://rls.congacloud.eu",
            "extra": {"deep": [1]},
        })))
        .unwrap();
        assert_eq!(
            claims.issuer(),
            Some("https://login.congacloud.eu/api/v1/auth")
        );
        assert_eq!(
            (claims.subject(), claims.client_id()),
            (Some("ann"), Some("c1"))
        );
        assert_eq!(
            claims.expires_at(),
            Some(UNIX_EPOCH + Duration::from_secs(1_800_000_000))
        );
        assert_eq!(claims.scopes(), ["api.cart", "sign"]);
        assert_eq!(
            claims.organization_url().unwrap().as_str(),
            "https://rls.congacloud.eu/"
        );
        assert_eq!(claims.get("extra").unwrap()["deep"][0], 1);
    }

    #[test]
    fn scopes_may_be_one_text_and_times_fractions() {
        let claims = Claims::of(&token(&json!({"scope": "a  b", "exp": 10.9}))).unwrap();
        assert_eq!(claims.scopes(), ["a", "b"]);
        assert_eq!(
            claims.expires_at(),
            Some(UNIX_EPOCH + Duration::from_secs(10))
        );
    }

    #[test]
    fn odd_claims_are_no_claims() {
        let odd = json!({"iss": 1, "exp": "soon", "scope": 5, "c_org_iurl": "not a url"});
        let claims = Claims::of(&token(&odd)).unwrap();
        assert_eq!((claims.issuer(), claims.expires_at()), (None, None));
        assert!(claims.scopes().is_empty());
        assert_eq!(claims.organization_url(), None);
        for exp in [json!(-1), json!(u64::MAX), json!(1e300)] {
            assert_eq!(
                Claims::of(&token(&json!({"exp": exp})))
                    .unwrap()
                    .expires_at(),
                None
            );
        }
    }

    #[test]
    fn what_is_no_token_has_no_claims() {
        for text in [
            "",
            "opaque",
            "a.b",
            "a.b.c",
            "..",
            "a.W10.c",
            "a.e30.c.d",
            "00D!x.y.z",
        ] {
            assert!(Claims::of(text).is_none(), "{text}");
        }
        assert!(Claims::of("a.e30.c").is_some());
    }

    #[test]
    fn debug_shows_names_only() {
        let claims = Claims::of(&token(&json!({"email": "ann@example.com"}))).unwrap();
        assert_eq!(format!("{claims:?}"), r#"Claims["email"]"#);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = Claims::of(&text);
        }

        #[test]
        fn any_payload_is_read_or_refused(payload in prop::collection::vec(any::<u8>(), 0..200)) {
            let token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(&payload));
            let object = serde_json::from_slice::<Map<String, Value>>(&payload).is_ok();
            prop_assert_eq!(Claims::of(&token).is_some(), object);
        }

        #[test]
        fn any_claims_are_read(exp in any::<f64>(), scope in prop::collection::vec(".*", 0..5)) {
            let claims = Claims::of(&token(&json!({"exp": exp, "scope": scope}))).unwrap();
            prop_assert_eq!(claims.scopes().len(), scope.len());
            let _ = claims.expires_at();
        }

        #[test]
        fn any_claim_is_shown_by_name_only(name in "[a-z]{1,9}", before in ".*", after in ".*") {
            let claims = Claims::of(&token(&json!({name: format!("{before}SECRET{after}")}))).unwrap();
            let shown = format!("{claims:?}");
            prop_assert!(!shown.contains("SECRET"), "{shown}");
        }
    }
}
