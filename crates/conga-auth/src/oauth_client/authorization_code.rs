//! Sign-in by a browser: authorization code with PKCE (RFC 6749, 4.1; RFC 7636; RFC 8252; RFC 9207).

mod listener;
mod response;

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tracing::{Instrument, debug, debug_span};
use zeroize::Zeroizing;

use self::listener::{Listener, Page};
use self::response::{Expected, Pasted, Response};
use super::{OAuthClient, UserCredential};
use crate::AuthError;
use crate::endpoints::absolute;
use crate::error::PageUrl;
use crate::oauth::Form;
use crate::transport::Repeat;

impl OAuthClient {
    /// Signs a user in by a browser (authorization code with PKCE; RFC 6749, 4.1, and RFC 7636).
    pub fn authorization_code(&self) -> AuthorizationCode {
        AuthorizationCode {
            client: self.clone(),
            redirect_uri: None,
            listen: true,
            timeout: Duration::from_secs(5 * 60),
            parameters: Vec::new(),
        }
    }
}

/// Settings of one sign-in by a browser. Made by [`OAuthClient::authorization_code`].
#[derive(Clone, Debug)]
#[must_use = "nothing happens until `begin` is called"]
pub struct AuthorizationCode {
    client: OAuthClient,
    redirect_uri: Option<String>,
    listen: bool,
    timeout: Duration,
    parameters: Vec<(String, String)>,
}

impl AuthorizationCode {
    /// Parameters that a sign-in sets by itself.
    const RESERVED: [&str; 9] = [
        "response_type",
        "response_mode",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
        "request",
    ];

    /// The redirect URI, exactly as it is registered with the client. Default: `http://127.0.0.1:<port>/callback` with a
    /// free port, for providers that allow any port of this machine (RFC 8252).
    ///
    /// Where it is plain HTTP to this machine, [`SignIn::finish`] listens there. Otherwise the answer arrives elsewhere,
    /// and is handed to [`SignIn::finish_with`].
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(uri.into());
        self
    }

    /// Does not listen, for machines without a browser: the user signs in somewhere else, copies the address at which the
    /// browser ends up (it shows no page), and pastes it to [`SignIn::finish_with`].
    pub fn pasted(mut self) -> Self {
        self.listen = false;
        self
    }

    /// How long [`SignIn::finish`] waits for the user. Default: 5 minutes.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Adds a parameter to the sign-in address, such as `login_hint` or `prompt`.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Starts the sign-in: finds the endpoints, and listens. Nothing is shown to the user yet.
    ///
    /// # Errors
    ///
    /// [`AuthError`] where the provider cannot do this, the port is taken, or a setting cannot work.
    pub async fn begin(self) -> Result<SignIn, AuthError> {
        if let Some((name, _)) = self
            .parameters
            .iter()
            .find(|(name, _)| Self::RESERVED.contains(&name.as_str()))
        {
            return Err(AuthError::configuration(format!(
                "the parameter `{name}` is set by the sign-in itself; leave it out"
            )));
        }
        let metadata = self.client.metadata().await?;
        let methods = &metadata.code_challenge_methods_supported;
        if !methods.is_empty() && !methods.iter().any(|method| method == "S256") {
            return Err(AuthError::configuration(format!(
                "the identity provider {} does not take PKCE with S256, without which a code could be stolen; use another way to sign in",
                metadata.issuer
            )));
        }
        let endpoint = metadata.endpoint("authorization", &metadata.authorization_endpoint)?;
        let (listener, redirect_uri) = self.redirect().await?;
        let (state, verifier) = (random(), random());
        let mut url = endpoint.clone();
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", &self.client.inner.client.id)
                .append_pair("redirect_uri", &redirect_uri)
                .append_pair("state", state.expose_secret())
                .append_pair("code_challenge", &challenge(&verifier))
                .append_pair("code_challenge_method", "S256");
            if !self.client.inner.scopes.is_empty() {
                query.append_pair("scope", &self.client.inner.scopes);
            }
            query.extend_pairs(&self.parameters);
        }
        Ok(SignIn {
            url: PageUrl::new(url),
            redirect_uri,
            listener,
            state,
            verifier,
            issuer: metadata.issuer.clone(),
            issuer_required: metadata.authorization_response_iss_parameter_supported,
            timeout: self.timeout,
            client: self.client,
        })
    }

    /// The listener, where there is to be one, and the redirect URI.
    async fn redirect(&self) -> Result<(Option<Listener>, String), AuthError> {
        match &self.redirect_uri {
            None if self.listen => {
                let (listener, url) = Listener::on_free_port().await?;
                Ok((Some(listener), url.into()))
            }
            None => Err(AuthError::configuration(
                "a sign-in whose answer is pasted needs the redirect URI that is registered with the client; set `redirect_uri`",
            )),
            Some(uri) => {
                let url = absolute("the redirect URI", uri)?;
                if url.fragment().is_some() {
                    return Err(AuthError::configuration(
                        "a redirect URI has no fragment; leave off what follows the `#`",
                    ));
                }
                let listener = match self.listen {
                    true => Listener::for_redirect(&url).await?,
                    false => None,
                };
                Ok((listener, uri.trim().to_owned()))
            }
        }
    }
}

/// A sign-in that waits for the user. It is good for one answer.
///
/// [`finish`](Self::finish) and [`finish_with`](Self::finish_with) may run side by side, so that a program can listen and
/// let the user paste, whichever comes first.
pub struct SignIn {
    client: OAuthClient,
    url: PageUrl,
    redirect_uri: String,
    listener: Option<Listener>,
    state: SecretString,
    verifier: SecretString,
    issuer: String,
    issuer_required: bool,
    timeout: Duration,
}

impl SignIn {
    /// The page on which the user signs in.
    pub fn url(&self) -> &PageUrl {
        &self.url
    }

    /// Where the answer arrives.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Opens the page in the user's browser.
    ///
    /// # Errors
    ///
    /// [`AuthError::System`] where there is no browser; show the user [`url`](Self::url) then.
    #[cfg(feature = "browser")]
    pub fn open_browser(&self) -> Result<(), AuthError> {
        open::that_detached(self.url.as_str()).map_err(|error| {
            AuthError::system(
                "no browser could be opened; open the address by hand",
                error,
            )
        })
    }

    /// Waits until the browser brings the answer, and fetches the token.
    ///
    /// Answers that belong to another sign-in are turned away; the wait goes on.
    ///
    /// # Errors
    ///
    /// [`AuthError::SignInDenied`] where the user declined, [`AuthError::SignInTimedOut`] where nobody came,
    /// [`AuthError::StateMismatch`] where only answers to other sign-ins came, and others.
    pub async fn finish(&self) -> Result<UserCredential, AuthError> {
        let Some(listener) = &self.listener else {
            return Err(AuthError::configuration(
                "the answer of this sign-in does not come to this machine; hand it to `finish_with`",
            ));
        };
        let mut foreign = false;
        let answer = async {
            let mut visits = listener.visits();
            loop {
                let visit = visits.next().await;
                let code = Response::of_query(&visit.query).code(&self.expected());
                if matches!(code, Err(AuthError::StateMismatch)) {
                    debug!("an answer to another sign-in was turned away");
                    foreign = true;
                    visit.show(&Page::FOREIGN).await;
                } else {
                    return (visit, code);
                }
            }
        };
        let Ok((visit, code)) = tokio::time::timeout(self.timeout, answer).await else {
            return Err(if foreign {
                AuthError::StateMismatch
            } else {
                AuthError::SignInTimedOut {
                    after: self.timeout,
                }
            });
        };
        let outcome = match code {
            Ok(code) => self.exchange(&code).await,
            Err(error) => Err(error),
        };
        let page = match &outcome {
            Ok(_) => Page::SIGNED_IN,
            Err(AuthError::SignInDenied { .. }) => Page::DECLINED,
            Err(_) => Page::FAILED,
        };
        visit.show(&page).await;
        outcome
    }

    /// Takes the answer that the user pasted, or that arrived at a redirect URI of your own: the whole address, its query,
    /// or the code alone.
    ///
    /// # Errors
    ///
    /// [`AuthError::InvalidRedirect`] where it is no answer; the call can then be made again. Others as with
    /// [`finish`](Self::finish).
    pub async fn finish_with(&self, answer: &str) -> Result<UserCredential, AuthError> {
        let code = match Pasted::read(answer)? {
            Pasted::Response(response) => response.code(&self.expected())?,
            Pasted::Code(code) => code,
        };
        self.exchange(&code).await
    }

    fn expected(&self) -> Expected<'_> {
        Expected {
            state: self.state.expose_secret(),
            issuer: &self.issuer,
            issuer_required: self.issuer_required,
        }
    }

    async fn exchange(&self, code: &SecretString) -> Result<UserCredential, AuthError> {
        let form = Form::grant("authorization_code")
            .secret("code", code)
            .plain("redirect_uri", &self.redirect_uri)
            .secret("code_verifier", &self.verifier);
        let span = debug_span!("authorization_code", issuer = self.issuer);
        let token = self
            .client
            .token(&form, Repeat::SingleUse)
            .instrument(span)
            .await?;
        Ok(UserCredential::signed_in(self.client.clone(), token).await)
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("url", &self.url)
            .field("redirect_uri", &self.redirect_uri)
            .field("listens", &self.listener.is_some())
            .finish_non_exhaustive()
    }
}

/// 256 random bits as text.
fn random() -> SecretString {
    let bytes = Zeroizing::new(rand::random::<[u8; 32]>());
    URL_SAFE_NO_PAD.encode(*bytes).into()
}

/// The S256 challenge of a verifier.
fn challenge(verifier: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose_secret()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into();
        let expected = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert_eq!(challenge(&verifier), expected);
    }

    #[test]
    fn verifiers_are_long_and_never_the_same() {
        let (one, two) = (random(), random());
        assert_eq!(one.expose_secret().len(), 43);
        assert_ne!(one.expose_secret(), two.expose_secret());
    }
}
