//! What a call gives.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    path::Path,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt;
use http::{HeaderMap, StatusCode, header::CONTENT_DISPOSITION};
use tokio::io::AsyncWriteExt;

use crate::{Error, ErrorKind};

/// A call under way.
pub type Pending<T> = Pin<Box<dyn Future<Output = Result<Response<T>, Error>> + Send>>;

/// A value with the status and the headers that it came with. Reads like the value itself.
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    status: StatusCode,
    headers: HeaderMap,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, status: StatusCode, headers: HeaderMap) -> Self {
        Self {
            value,
            status,
            headers,
        }
    }

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The answer's headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The id under which the server knows the request.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    /// The file name that the server suggests (`Content-Disposition`). It is foreign text: never use it as a path as it is.
    pub fn file_name(&self) -> Option<&str> {
        let disposition = self.headers.get(CONTENT_DISPOSITION)?.to_str().ok()?;
        let (_, name) = disposition.split_once("filename=")?;
        Some(
            name.split(';')
                .next()
                .unwrap_or(name)
                .trim()
                .trim_matches('"'),
        )
    }

    /// The same answer with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Response<U> {
        Response {
            value: f(self.value),
            status: self.status,
            headers: self.headers,
        }
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Response<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

/// Leaves the headers out: some of them are secret.
impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}

/// The headers under which a request id may come. None is documented; these are what gateways of this make send.
const REQUEST_IDS: [&str; 4] = [
    "x-request-id",
    "x-correlation-id",
    "request-id",
    "x-amzn-requestid",
];

pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    REQUEST_IDS
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok())
}

/// A body as it arrives. There is no time limit on it; drop it to stop.
pub struct ByteStream {
    stream: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    operation: String,
    length: Option<u64>,
}

impl ByteStream {
    pub(crate) fn new(response: reqwest::Response, operation: String) -> Self {
        Self {
            length: response.content_length(),
            stream: Box::pin(response.bytes_stream()),
            operation,
        }
    }

    /// The length that the server announced.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Everything, in memory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Broken`] where the connection ends early.
    pub async fn bytes(mut self) -> Result<Bytes, Error> {
        let mut all = Vec::with_capacity(
            self.length
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(0)
                .min(1 << 20),
        );
        while let Some(chunk) = self.next().await {
            all.extend_from_slice(&chunk?);
        }
        Ok(all.into())
    }

    /// Writes everything to a file and gives its length. The file appears under its name only when it is whole.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Broken`] where the connection ends early, [`ErrorKind::File`] where the file cannot be written.
    pub async fn save(mut self, path: impl AsRef<Path>) -> Result<u64, Error> {
        let path = path.as_ref();
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(".partial");
        let partial = path.with_file_name(name);
        let written = self.write_to(&partial).await;
        let moved = match written {
            Ok(length) => tokio::fs::rename(&partial, path)
                .await
                .map(|()| length)
                .map_err(|e| self.file_error(e)),
            Err(error) => Err(error),
        };
        if moved.is_err() {
            // The error that led here is the one to tell; a partial file left behind is only untidy.
            let _ = tokio::fs::remove_file(&partial).await;
        }
        moved
    }

    async fn write_to(&mut self, path: &Path) -> Result<u64, Error> {
        let mut file = tokio::fs::File::create(path)
            .await
            .map_err(|e| self.file_error(e))?;
        let mut length = 0;
        while let Some(chunk) = self.next().await {
            let chunk = chunk?;
            file.write_all(&chunk)
                .await
                .map_err(|e| self.file_error(e))?;
            length += chunk.len() as u64;
        }
        file.sync_all().await.map_err(|e| self.file_error(e))?;
        Ok(length)
    }

    fn file_error(&self, error: std::io::Error) -> Error {
        Error::new(&self.operation, ErrorKind::File(error))
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.as_mut().poll_next(cx).map(|next| {
            next.map(|chunk| {
                chunk.map_err(|e| Error::new(&self.operation, ErrorKind::Broken(e.without_url())))
            })
        })
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
