//! The secret of a client: one that is known from the start, or one that is looked up whenever it is needed, so that it
//! can be replaced while the program runs.

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::AuthError;
use crate::platform::blocking;

/// The secret of an OAuth client.
///
/// Text becomes a fixed secret. [`file`](Self::file) and [`from_fn`](Self::from_fn) are asked anew for every token
/// request, so that a secret can be replaced without a restart: the token at hand stays in use until the new secret has
/// brought another one (see [`TokenCache`](crate::TokenCache)).
///
/// ```no_run
/// use conga_auth::{ClientCredentials, ClientSecret, Region};
///
/// let secret = ClientSecret::file("/run/secrets/conga");
/// let credential = ClientCredentials::builder(Region::Europe, "client-id", secret).build()?;
/// # Ok::<(), conga_auth::AuthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientSecret(Arc<dyn SecretSource>);

/// Gives a secret whenever it is asked.
#[async_trait]
pub trait SecretSource: fmt::Debug + Send + Sync + 'static {
    /// The secret as it is now.
    ///
    /// # Errors
    ///
    /// [`AuthError`] where there is none to be had; the token request then fails with it.
    async fn secret(&self) -> Result<SecretString, AuthError>;
}

impl ClientSecret {
    /// The content of a file, without a line break at its end. It is read anew for every token request.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::source(SecretFile(path.into()))
    }

    /// What `ask` gives; it is called for every token request.
    pub fn from_fn<F, Fut>(ask: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<SecretString, AuthError>> + Send + 'static,
    {
        Self::source(Callback(ask))
    }

    /// A source of your own.
    pub fn source(source: impl SecretSource) -> Self {
        Self(Arc::new(source))
    }

    pub(crate) async fn current(&self) -> Result<SecretString, AuthError> {
        self.0.secret().await
    }
}

impl From<SecretString> for ClientSecret {
    fn from(secret: SecretString) -> Self {
        Self::source(Fixed(secret))
    }
}

impl From<String> for ClientSecret {
    fn from(secret: String) -> Self {
        SecretString::from(secret).into()
    }
}

impl From<&str> for ClientSecret {
    fn from(secret: &str) -> Self {
        SecretString::from(secret).into()
    }
}

#[derive(Debug)]
struct Fixed(SecretString);

#[async_trait]
impl SecretSource for Fixed {
    async fn secret(&self) -> Result<SecretString, AuthError> {
        Ok(self.0.clone())
    }
}

#[derive(Debug)]
struct SecretFile(PathBuf);

impl SecretFile {
    /// Bytes that a secret may have.
    const LIMIT: usize = 64 * 1024;

    fn read(path: &Path) -> Result<SecretString, AuthError> {
        let unusable = |why: &str| {
            AuthError::configuration(format!(
                "the file `{}` holds no client secret: {why}",
                path.display()
            ))
        };
        let bytes =
            Zeroizing::new(std::fs::read(path).map_err(|error| unusable(&error.to_string()))?);
        if bytes.len() > Self::LIMIT {
            return Err(unusable("it is too long for one"));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| unusable("it is not UTF-8 text"))?;
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(unusable("it is empty"));
        }
        Ok(secret.into())
    }
}

#[async_trait]
impl SecretSource for SecretFile {
    async fn secret(&self) -> Result<SecretString, AuthError> {
        let path = self.0.clone();
        blocking(move || Self::read(&path)).await
    }
}

struct Callback<F>(F);

#[async_trait]
impl<F, Fut> SecretSource for Callback<F>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<SecretString, AuthError>> + Send + 'static,
{
    async fn secret(&self) -> Result<SecretString, AuthError> {
        let secret = (self.0)().await?;
        if secret.expose_secret().is_empty() {
            return Err(AuthError::configuration(
                "the callback gave an empty client secret",
            ));
        }
        Ok(secret)
    }
}

impl<F> fmt::Debug for Callback<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_read_anew_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let secret = ClientSecret::file(&path);
        for (content, expected) in [("one\n", "one"), ("two\r\n", "two"), (" three ", " three ")] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(secret.current().await.unwrap().expose_secret(), expected);
        }
        for content in [&b"\n"[..], b"", b"\xff\xfe", &[b'x'; SecretFile::LIMIT + 1]] {
            std::fs::write(&path, content).unwrap();
            let error = secret.current().await.unwrap_err();
            assert!(matches!(error, AuthError::Configuration { .. }), "{error}");
        }
        std::fs::remove_file(&path).unwrap();
        let text = secret.current().await.unwrap_err().to_string();
        assert!(text.contains("secret`"), "{text}");
    }

    #[tokio::test]
    async fn a_callback_must_give_something() {
        let secret = ClientSecret::from_fn(|| async { Ok("".into()) });
        assert!(secret.current().await.is_err());
        assert_eq!(format!("{secret:?}"), "ClientSecret(Callback)");
    }
}
