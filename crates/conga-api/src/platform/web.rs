//! No files, and no say in how connections are made.

use std::{io, path::Path, time::Duration};

use bytes::Bytes;
use conga_auth::platform::client_builder;
use reqwest::{Client, multipart};
use tokio::io::Empty;
use url::Url;

use crate::{ByteStream, Error, ErrorKind};

/// Fails: there are no files.
pub async fn open(_path: &Path, _instead: &str) -> io::Result<(Empty, u64)> {
    Err(no_files())
}

/// Fails: there are no files.
pub(crate) async fn file_part(_path: &Path) -> io::Result<multipart::Part> {
    Err(no_files())
}

/// A part of a form.
pub(crate) fn bytes_part(bytes: &Bytes) -> multipart::Part {
    multipart::Part::bytes(bytes.to_vec())
}

/// Fails: there are no files.
pub(crate) async fn save(stream: &mut ByteStream, path: &Path) -> Result<u64, Error> {
    Err(stream.file_error(path, &no_files()))
}

fn no_files() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "WebAssembly has no files; go by bytes in memory",
    )
}

/// Settings of an HTTP client. In WebAssembly there are none: `fetch` connects as the program around it does.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct HttpOptions(());

impl HttpOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// None in WebAssembly.
    pub fn client(&self, _host: &Url) -> Result<Client, Error> {
        client_builder(Duration::MAX, false)
            .user_agent(crate::USER_AGENT)
            .build()
            .map_err(|error| {
                let problem = format!("the HTTP client cannot be made: {error}");
                Error::new("transport", ErrorKind::Request(problem))
            })
    }
}
