//! An answer that is saved, streamed or read.

use std::{fmt, io, path::Path};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use conga_api::{ByteStream, Call, CallOptions, Response};
use http::HeaderMap;
use sha2::{Digest, Sha256};

use super::{OnProgress, Progress};
use crate::Error;

/// A file that is to be downloaded: [save](Self::save) it, [stream](Self::stream) it, or read it into [memory](Self::bytes).
///
/// What arrives is checked: its length against the one that the server announces, and that [was expected](Self::expect_length); its
/// SHA-256 where the answer has one (`Content-Digest` or `Repr-Digest`, RFC 9530; Conga publishes no checksum). Once it has
/// begun to arrive it may take any time, but not be silent for longer than an attempt has.
#[must_use = "nothing is sent before it is saved, streamed or read"]
pub struct Download {
    call: Call,
    expected: Option<u64>,
    progress: Option<OnProgress>,
}

impl Download {
    pub(crate) fn new(call: Call) -> Self {
        Self {
            call,
            expected: None,
            progress: None,
        }
    }

    /// The bytes that the file should have, as its metadata tell. Another length is an error.
    pub fn expect_length(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.expected = bytes.into();
        self
    }

    /// Is told of every piece that arrives.
    pub fn progress(mut self, progress: impl FnMut(Progress) + Send + 'static) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// Writes the file to this path and gives its length in bytes. It has a temporary name in the same folder until it is whole and
    /// checked, then it takes the place of what has that name. An error, or dropping this future, leaves nothing behind but the whole
    /// file, where it was about to have its name.
    ///
    /// # Errors
    ///
    /// [`Error::Call`], also where the file cannot be written, or is not what was announced.
    pub async fn save(self, path: impl AsRef<Path>) -> Result<u64, Error> {
        let stream = self.stream().await?.into_inner();
        Ok(stream.save(path).await?)
    }

    /// The file, in memory.
    ///
    /// # Errors
    ///
    /// [`Error::Call`], also where the file is not what was announced.
    pub async fn bytes(self) -> Result<Bytes, Error> {
        let stream = self.stream().await?.into_inner();
        Ok(stream.bytes().await?)
    }

    /// The file as it arrives, with the answer's headers and the [name](Response::file_name) that they suggest. A file that turns out not
    /// to be what was announced ends with an error.
    ///
    /// # Errors
    ///
    /// [`Error::Call`].
    pub async fn stream(self) -> Result<Response<ByteStream>, Error> {
        let answer = self.call.stream().await?;
        let mut check = Check {
            arrived: 0,
            length: self.expected.or(answer.length()),
            sha256: sha256(answer.headers()),
            hasher: Sha256::new(),
            progress: self.progress,
        };
        Ok(answer.map(|stream| stream.checked(move |chunk| check.see(chunk))))
    }
}

impl CallOptions for Download {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("call", &self.call)
            .field("expected", &self.expected)
            .finish_non_exhaustive()
    }
}

/// What has arrived, and what should have.
struct Check {
    arrived: u64,
    length: Option<u64>,
    sha256: Option<String>,
    hasher: Sha256,
    progress: Option<OnProgress>,
}

impl Check {
    /// Sees the next chunk, or the end.
    fn see(&mut self, chunk: Option<&Bytes>) -> io::Result<()> {
        let Some(chunk) = chunk else {
            return self.end();
        };
        self.arrived += chunk.len() as u64;
        if self.sha256.is_some() {
            self.hasher.update(chunk);
        }
        if let Some(progress) = &mut self.progress {
            progress(Progress {
                bytes: self.arrived,
                length: self.length,
            });
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        let arrived = self.arrived;
        if let Some(length) = self.length.filter(|&length| length != arrived) {
            return Err(invalid(format!(
                "{arrived} bytes came, and the file should have {length}; download it again"
            )));
        }
        let found = encoded(&std::mem::take(&mut self.hasher).finalize());
        match &self.sha256 {
            Some(announced) if *announced != found => Err(invalid(
                "the SHA-256 of what came is not the one that the server announced; download it again"
                    .to_owned(),
            )),
            _ => Ok(()),
        }
    }
}

fn invalid(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

/// The SHA-256 of the answer's body in Base64, where its headers have one: `sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:`.
fn sha256(headers: &HeaderMap) -> Option<String> {
    let digests = ["content-digest", "repr-digest"]
        .into_iter()
        .filter_map(|name| headers.get(name)?.to_str().ok());
    digests
        .flat_map(|digests| digests.split(','))
        .find_map(|digest| {
            let (algorithm, value) = digest.trim().split_once('=')?;
            let value = value.strip_prefix(':')?.strip_suffix(':')?;
            algorithm
                .eq_ignore_ascii_case("sha-256")
                .then(|| value.to_owned())
        })
}

fn encoded(digest: &[u8]) -> String {
    BASE64_STANDARD.encode(digest)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_digest_is_found_among_others() {
        for (value, expected) in [
            ("sha-256=:abc=:", Some("abc=")),
            ("sha-512=:x:, SHA-256=:abc=:", Some("abc=")),
            ("sha-512=:x:", None),
            ("sha-256=abc", None),
        ] {
            for name in ["content-digest", "repr-digest"] {
                let mut headers = HeaderMap::new();
                headers.insert(name, HeaderValue::from_static(value));
                assert_eq!(sha256(&headers).as_deref(), expected, "{name}: {value}");
            }
        }
        assert_eq!(sha256(&HeaderMap::new()), None);
    }
}
