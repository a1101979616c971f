//! Sign-in on another device (RFC 8628): this machine shows a code, the user types it in at a page, this machine asks until
//! that is done.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use tracing::{Instrument, debug, debug_span};
use url::Url;

use super::{OAuthClient, UserCredential};
use crate::oauth::Form;
use crate::platform::{Instant, sleep, sleep_until};
use crate::redaction::{Redactor, shown};
use crate::transport::{Answer, Repeat};
use crate::{AuthError, ensure_secure};

/// A sign-in that waits for the user to type a code in elsewhere. Made by [`OAuthClient::device_code`].
#[derive(Debug)]
pub struct DeviceSignIn {
    client: OAuthClient,
    device_code: SecretString,
    user_code: String,
    page: Url,
    complete_page: Option<Url>,
    interval: Duration,
    lifetime: Duration,
    ends: Instant,
}

impl DeviceSignIn {
    pub(super) async fn begin(client: OAuthClient) -> Result<Self, AuthError> {
        let started = Instant::now();
        let metadata = client.metadata().await?;
        let endpoint = metadata.endpoint(
            "device authorization",
            &metadata.device_authorization_endpoint,
        )?;
        let form = Form::default().non_empty("scope", &client.inner.scopes);
        let span = debug_span!("device_code", endpoint = %shown(endpoint));
        let offer = client
            .inner
            .client
            .post(endpoint, &form, Repeat::Safe, Offer::read)
            .instrument(span)
            .await?;
        let lifetime = Duration::from_secs(offer.expires_in).min(Self::LONGEST);
        Ok(Self {
            client,
            device_code: offer.device_code,
            user_code: offer.user_code,
            page: offer.verification_uri,
            complete_page: offer.verification_uri_complete,
            interval: Duration::from_secs(offer.interval.unwrap_or(5).max(1)).min(lifetime),
            lifetime,
            ends: started + lifetime,
        })
    }

    /// No code is waited for longer than this, whatever the server says.
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// The code that the user types in.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// The page at which the user types it in.
    pub fn verification_uri(&self) -> &Url {
        &self.page
    }

    /// The page with the code filled in, for a link or a QR code, where the provider has one.
    pub fn verification_uri_complete(&self) -> Option<&Url> {
        self.complete_page.as_ref()
    }

    /// How long the code is good, from when it was asked for.
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Waits until the user has signed in, and fetches the token. Asks as often as the provider allows.
    ///
    /// # Errors
    ///
    /// [`AuthError::SignInDenied`] where the user declined, [`AuthError::SignInTimedOut`] where the code ran out, and
    /// others. A server that cannot be reached is asked again, ever more slowly, until the code runs out.
    pub async fn finish(&self) -> Result<UserCredential, AuthError> {
        let form = Form::grant("urn:ietf:params:oauth:grant-type:device_code")
            .secret("device_code", &self.device_code);
        let timed_out = || AuthError::SignInTimedOut {
            after: self.lifetime,
        };
        let mut pace = self.interval;
        loop {
            if Instant::now() + pace >= self.ends {
                sleep_until(self.ends).await;
                return Err(timed_out());
            }
            sleep(pace).await;
            let error = match self.client.token(&form, Repeat::Never).await {
                Ok(token) => return Ok(UserCredential::signed_in(self.client.clone(), token).await),
                Err(error) => error,
            };
            pace = match next(pace, &error) {
                Next::Wait(pace) => pace,
                Next::Expired => return Err(timed_out()),
                Next::Denied(description) => return Err(AuthError::SignInDenied { description }),
                Next::Fail => return Err(error),
            };
            debug!(?pace, "the user has not signed in yet");
        }
    }
}

/// What to do after an answer that is no token.
#[derive(Debug, PartialEq)]
enum Next {
    Wait(Duration),
    Expired,
    Denied(Option<String>),
    Fail,
}

fn next(pace: Duration, error: &AuthError) -> Next {
    match error.oauth_error() {
        Some("authorization_pending") => Next::Wait(pace),
        Some("slow_down") => Next::Wait(pace + Duration::from_secs(5)),
        Some("expired_token") => Next::Expired,
        Some("access_denied") => {
            let description = error.refusal().and_then(|refusal| refusal.description());
            Next::Denied(description.map(str::to_owned))
        }
        _ if error.is_retryable() => {
            let asked = error.refusal().and_then(|refusal| refusal.retry_after());
            Next::Wait((pace * 2).max(asked.unwrap_or_default()))
        }
        _ => Next::Fail,
    }
}

/// The answer of the device authorization endpoint (RFC 8628, section 3.2).
#[derive(Deserialize)]
struct Offer {
    device_code: SecretString,
    user_code: String,
    #[serde(alias = "verification_url")]
    verification_uri: Url,
    verification_uri_complete: Option<Url>,
    expires_in: u64,
    interval: Option<u64>,
}

impl Offer {
    fn read(answer: &Answer, endpoint: &str, redactor: &Redactor<'_>) -> Result<Self, AuthError> {
        let offer: Self = answer.json(endpoint, redactor)?;
        // They are shown to a user, who opens them.
        ensure_secure(&offer.verification_uri)?;
        if let Some(page) = &offer.verification_uri_complete {
            ensure_secure(page)?;
        }
        if offer.user_code.is_empty() || offer.user_code.chars().any(char::is_control) {
            return Err(AuthError::invalid(
                endpoint,
                "its `user_code` cannot be shown",
            ));
        }
        Ok(offer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::refusal::{Protocol, refused};

    fn after(status: u16, body: &str) -> Next {
        let error = refused(
            Protocol::OAuth,
            &Answer::of(status, body),
            "there".into(),
            &Redactor::new([]),
        );
        next(Duration::from_secs(5), &error)
    }

    #[test]
    fn the_pace_is_that_of_the_standard() {
        let wait = |seconds| Next::Wait(Duration::from_secs(seconds));
        assert_eq!(after(400, r#"{"error":"authorization_pending"}"#), wait(5));
        assert_eq!(after(400, r#"{"error":"slow_down"}"#), wait(10));
        assert_eq!(after(503, "busy"), wait(10));
        assert_eq!(after(400, r#"{"error":"expired_token"}"#), Next::Expired);
        let denied = r#"{"error":"access_denied","error_description":"no"}"#;
        assert_eq!(after(400, denied), Next::Denied(Some("no".to_owned())));
        assert_eq!(after(400, r#"{"error":"invalid_grant"}"#), Next::Fail);
        assert_eq!(after(401, ""), Next::Fail);
        let lost = AuthError::TimedOut {
            endpoint: "there".into(),
            after: Duration::from_secs(1),
        };
        assert_eq!(next(Duration::from_secs(5), &lost), wait(10));
    }

    fn read(body: &str) -> Result<Offer, AuthError> {
        Offer::read(&Answer::of(200, body), "there", &Redactor::new([]))
    }

    #[test]
    fn an_offer_must_be_fit_to_show() {
        let offer = |code: &str, page: &str| {
            let body = serde_json::json!(
                {"device_code": "d", "user_code": code, "verification_uri": page, "expires_in": 9}
            );
            read(&body.to_string())
        };
        assert_eq!(
            offer("WDJB-MJHT", "https://login.example/device")
                .unwrap()
                .expires_in,
            9
        );
        assert!(offer("", "https://login.example/device").is_err());
        assert!(offer("a\u{1b}[2J", "https://login.example/device").is_err());
        for page in [
            "http://login.example/device",
            "javascript:alert(1)",
            "device",
        ] {
            assert!(offer("c", page).is_err(), "{page}");
        }
        assert!(read(r#"{"device_code":"d"}"#).is_err());
    }

    proptest! {
        #[test]
        fn any_offer_is_read_or_refused(body in ".{0,300}") {
            let _ = read(&body);
        }

        #[test]
        fn any_object_is_an_offer_or_an_error_without_its_code(
            page in "(https://[a-z]{1,9}/|.{0,30})", code in ".{0,12}",
            expires in "(-?[0-9]{1,30}(\\.[0-9])?|\"x\"|null)", cut in 0..200_usize,
        ) {
            let body = format!(
                r#"{{"device_code":"SECRET","user_code":{},"verification_uri":{},"expires_in":{expires}}}"#,
                serde_json::json!(code), serde_json::json!(page),
            );
            let body = &body[..body.floor_char_boundary(cut)];
            if let Err(error) = read(body) {
                let shown = error.all_shown();
                prop_assert!(!shown.contains("SECRET"), "{shown}");
            }
        }

        #[test]
        fn any_answer_to_a_poll_leads_on(status in 300..600_u16, body in ".{0,100}") {
            let _ = after(status, &body);
        }
    }
}
