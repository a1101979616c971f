//! Answers that are too large for memory: read as they arrive, saved whole or not at all.

use std::{
    fmt, io,
    path::Path,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, stream};

use crate::{
    Error, ErrorKind,
    error::Past,
    platform::{self, timeout},
};

/// A body as it arrives. It may take as long as it takes, but not pause for longer than an attempt has
/// ([`Options::timeout`](crate::Options::timeout)) while it is read; drop it to stop.
pub struct ByteStream {
    stream: Pin<Box<dyn Stream<Item = Result<Bytes, ErrorKind>> + Send>>,
    operation: String,
    past: Past,
    length: Option<u64>,
    check: Option<Check>,
}

type Check = Box<dyn FnMut(Option<&Bytes>) -> io::Result<()> + Send>;

impl ByteStream {
    /// What of the body was read already, and the rest of it, which may be silent for so long.
    pub(crate) fn new(
        first: Bytes,
        rest: platform::Response,
        silence: Duration,
        operation: String,
        past: Past,
    ) -> Self {
        // What is left of it where it is known at all; it counts down as it is read.
        let length = rest.content_length().map(|rest| rest + first.len() as u64);
        let first = stream::iter((!first.is_empty()).then_some(Ok(first)));
        // The time runs only while somebody waits for a chunk: a slow reader is not the server's fault.
        let rest = stream::try_unfold(rest, move |mut rest| async move {
            match timeout(silence, rest.chunk()).await {
                Ok(Ok(chunk)) => Ok(chunk.map(|chunk| (chunk, rest))),
                Ok(Err(error)) => Err(ErrorKind::of_http(error)),
                Err(_) => Err(ErrorKind::Timeout {
                    after: Some(silence),
                }),
            }
        });
        Self {
            stream: Box::pin(first.chain(rest)),
            operation,
            // The server has answered success: it has done what was asked.
            past: Past {
                unsure: true,
                ..past
            },
            length,
            check: None,
        }
    }

    /// The same body, of which `check` sees every chunk as it arrives, and `None` at its end. An error that it gives takes the place of
    /// what it saw and ends the stream ([`ErrorKind::File`]): the file is then not kept.
    #[must_use]
    pub fn checked(
        mut self,
        check: impl FnMut(Option<&Bytes>) -> io::Result<()> + Send + 'static,
    ) -> Self {
        self.check = Some(Box::new(check));
        self
    }

    /// The length that the server announced.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Everything, in memory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Broken`] where the connection ends early, [`ErrorKind::Timeout`] where it falls silent.
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

    /// Writes everything to a file and gives its length in bytes. Until it is whole it has a temporary name in the same folder, then it
    /// takes the place of what has that name. An error, or dropping this future, leaves nothing behind but the whole file, where it was
    /// about to have its name.
    ///
    /// # Errors
    ///
    /// As for [`bytes`](Self::bytes), and [`ErrorKind::File`] where the file cannot be written.
    pub async fn save(mut self, path: impl AsRef<Path>) -> Result<u64, Error> {
        platform::save(&mut self, path.as_ref()).await
    }

    pub(crate) fn file_error(&self, path: &Path, error: &io::Error) -> Error {
        let problem = format!("{}: {error}", path.display());
        self.error(ErrorKind::File(io::Error::new(error.kind(), problem)))
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(&self.operation, kind).with_past(self.past)
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = match ready!(self.stream.as_mut().poll_next(cx)).transpose() {
            Ok(next) => next,
            Err(kind) => return Poll::Ready(Some(Err(self.error(kind)))),
        };
        if let Some(check) = &mut self.check
            && let Err(problem) = check(next.as_ref())
        {
            self.check = None;
            self.stream = Box::pin(stream::empty());
            return Poll::Ready(Some(Err(self.error(ErrorKind::File(problem)))));
        }
        Poll::Ready(next.map(Ok))
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
