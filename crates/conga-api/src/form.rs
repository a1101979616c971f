//! Multipart forms that can be sent again.
//!
//! reqwest sends a form once, as a stream. A [`Form`] keeps what the parts are made of, and every attempt makes a new form of it.

use std::{
    io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use reqwest::multipart;

use crate::{
    ErrorKind,
    platform::{bytes_part, file_part},
};

/// A multipart form.
#[derive(Clone, Debug, Default)]
pub struct Form {
    parts: Vec<(String, Part)>,
}

impl Form {
    /// A form without parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a part. A name may stand several times.
    #[must_use]
    pub fn part(mut self, name: impl Into<String>, part: impl Into<Part>) -> Self {
        self.parts.push((name.into(), part.into()));
        self
    }

    pub(crate) fn push(&mut self, name: &str, part: Part) {
        self.parts.push((name.to_owned(), part));
    }

    /// The body of a form that has plain fields only.
    pub(crate) fn urlencoded(&self) -> Result<String, ErrorKind> {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        for (name, part) in &self.parts {
            match &part.content {
                Content::Bytes(bytes) => text.append_pair(name, &String::from_utf8_lossy(bytes)),
                Content::File(_) => {
                    return Err(ErrorKind::Request(format!(
                        "the field `{name}` is a file, and the operation takes plain fields only"
                    )));
                }
            };
        }
        Ok(text.finish())
    }

    /// What one attempt sends. Files are opened now and read as they are sent.
    pub(crate) async fn build(&self) -> Result<multipart::Form, ErrorKind> {
        let mut form = multipart::Form::new();
        for (name, part) in &self.parts {
            form = form.part(name.clone(), part.build().await?);
        }
        Ok(form)
    }
}

/// One part of a form: a file on disk, or bytes in memory.
#[derive(Clone, Debug)]
pub struct Part {
    content: Content,
    file_name: Option<String>,
    media_type: Option<String>,
}

#[derive(Clone)]
enum Content {
    Bytes(Bytes),
    File(PathBuf),
}

/// Shows where a file is and how long bytes are, not what they are.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::File(path) => path.fmt(f),
        }
    }
}

impl Part {
    /// A file on disk, streamed when it is sent. Its name goes along; its media type is `application/octet-stream` unless told otherwise.
    pub fn file(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        Self {
            file_name: path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned()),
            content: Content::File(path.to_owned()),
            media_type: Some("application/octet-stream".into()),
        }
    }

    /// A file in memory, under the name that the server is to give it.
    pub fn bytes(file_name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self {
            content: Content::Bytes(bytes.into()),
            file_name: Some(file_name.into()),
            media_type: Some("application/octet-stream".into()),
        }
    }

    /// A plain field.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            content: Content::Bytes(text.into().into()),
            file_name: None,
            media_type: None,
        }
    }

    /// The same part under another file name.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// The same part with another media type: `application/pdf`.
    #[must_use]
    pub fn media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    pub(crate) fn json(bytes: Vec<u8>) -> Self {
        Self {
            content: Content::Bytes(bytes.into()),
            file_name: None,
            media_type: Some("application/json".into()),
        }
    }

    async fn build(&self) -> Result<multipart::Part, ErrorKind> {
        let mut part = match &self.content {
            Content::Bytes(bytes) => bytes_part(bytes),
            Content::File(path) => file_part(path).await.map_err(|error| {
                let problem = format!("{}: {error}", path.display());
                ErrorKind::File(io::Error::new(error.kind(), problem))
            })?,
        };
        if let Some(name) = &self.file_name {
            part = part.file_name(name.clone());
        }
        if let Some(media_type) = &self.media_type {
            part = part
                .mime_str(media_type)
                .map_err(|_| ErrorKind::Request(format!("{media_type:?} is no media type")))?;
        }
        Ok(part)
    }
}

impl From<&Path> for Part {
    fn from(path: &Path) -> Self {
        Self::file(path)
    }
}

impl From<PathBuf> for Part {
    fn from(path: PathBuf) -> Self {
        Self::file(path)
    }
}
