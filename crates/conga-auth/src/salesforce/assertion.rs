//! Assertions of the JWT bearer flow (RFC 7523), signed with RS256.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::AuthError;

/// The RSA key of a connected app, whose certificate is registered with it.
///
/// ```no_run
/// use conga_auth::{PrivateKey, SalesforceLogin, SalesforceOAuth};
///
/// let key = PrivateKey::from_pem(std::fs::read_to_string("server.key")?)?;
/// let credential =
///     SalesforceOAuth::jwt_bearer(SalesforceLogin::Production, "client-id", "ann@example.com", key).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PrivateKey(Arc<KeyPair>);

impl PrivateKey {
    /// How long an assertion is good. Salesforce takes no more than a few minutes.
    const LIFETIME: Duration = Duration::from_secs(3 * 60);

    /// Reads a PEM file: `PRIVATE KEY` (PKCS#8) or `RSA PRIVATE KEY` (PKCS#1), not encrypted, 2048 bits or more.
    ///
    /// # Errors
    ///
    /// [`AuthError::Configuration`] for anything else.
    pub fn from_pem(pem: impl Into<SecretString>) -> Result<Self, AuthError> {
        let unfit = |why: &str| {
            AuthError::configuration(format!(
                "the private key cannot be used: {why}; give an RSA key as PEM, such as `openssl genrsa 2048` makes"
            ))
        };
        let pem = pem.into();
        let der = PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes())
            .map_err(|_| unfit("it is not an unencrypted PEM private key"))?;
        let pair = match &der {
            PrivateKeyDer::Pkcs8(der) => KeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(unfit("it is not an RSA key")),
        };
        let pair = pair.map_err(|rejected| unfit(&rejected.to_string()))?;
        Ok(Self(Arc::new(pair)))
    }

    /// An assertion that `issuer` acts as `subject`, for `audience`.
    pub(super) fn assertion(
        &self,
        issuer: &str,
        subject: &str,
        audience: &str,
        now: SystemTime,
    ) -> Result<SecretString, AuthError> {
        let expires = now + Self::LIFETIME;
        let expires = expires.duration_since(UNIX_EPOCH).unwrap_or_default();
        let claims =
            json!({"iss": issuer, "sub": subject, "aud": audience, "exp": expires.as_secs()});
        let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(json!({"alg": "RS256"})), part(claims));
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| AuthError::configuration("the private key cannot sign with RS256"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;
    use crate::claims::Claims;

    fn pem(kind: &str, der: &[u8]) -> String {
        let text = STANDARD.encode(der);
        format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n")
    }

    #[test]
    fn an_assertion_is_signed_and_short_lived() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = pair.as_der().unwrap();
        let key = PrivateKey::from_pem(pem("PRIVATE KEY", der.as_ref())).unwrap();
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        let assertion = key.assertion("app", "ann", "https://login.salesforce.com", now);
        let assertion = assertion.unwrap();
        let (signed, signature) = assertion.expose_secret().rsplit_once('.').unwrap();
        let public =
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        public.verify(signed.as_bytes(), &signature).unwrap();

        let claims = Claims::of(assertion.expose_secret()).unwrap();
        assert_eq!(
            (claims.issuer(), claims.subject()),
            (Some("app"), Some("ann"))
        );
        assert_eq!(claims.text("aud"), Some("https://login.salesforce.com"));
        assert_eq!(claims.expires_at(), Some(now + Duration::from_secs(180)));
        assert_eq!(format!("{key:?}"), "PrivateKey([REDACTED])");
    }

    #[test]
    fn what_is_no_rsa_key_is_refused_without_showing_it() {
        for text in [
            String::new(),
            "hunter2".to_owned(),
            pem("PRIVATE KEY", b"hunter2"),
            pem("RSA PRIVATE KEY", b"hunter2"),
            pem("EC PRIVATE KEY", b"hunter2"),
            pem("ENCRYPTED PRIVATE KEY", b"hunter2"),
        ] {
            let error = PrivateKey::from_pem(text).unwrap_err().to_string();
            assert!(
                error.contains("openssl genrsa") && !error.contains("hunter2"),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_no_key_and_not_shown(
            kind in "((RSA |EC |ENCRYPTED )?PRIVATE KEY|.{0,9})",
            der in prop::collection::vec(any::<u8>(), 0..60),
            before in ".{0,20}",
        ) {
            let text = format!("{before}{}SECRET", pem(&kind, &der));
            let shown = PrivateKey::from_pem(text).unwrap_err().all_shown();
            prop_assert!(!shown.contains("SECRET"), "{shown}");
        }
    }
}
