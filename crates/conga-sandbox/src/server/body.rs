//! Reading request bodies within limits of size and time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body as HttpBody, BodyDataStream};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use crate::request::{Body, Part, Refusal};
use crate::specification::{Form, Operation, is_utf8, url_encoded};

/// How long a client may pause within a body.
const PAUSE: Duration = Duration::from_secs(30);

/// Bytes of a body that the recorder keeps.
const RECORDED: usize = 1024 * 1024;

/// Bytes that are read and thrown away after a refusal, so that a client which is still sending gets
/// to read the answer: so many at least, and as many as are read of a body that is not refused.
const DRAINED: usize = 1024 * 1024;

/// The beginning of a body, kept for the recorder while the body is read.
#[derive(Debug, Clone, Default)]
pub(super) struct Copy(Arc<Mutex<(BytesMut, bool)>>);

impl Copy {
    fn add(&self, chunk: &[u8]) {
        let mut copy = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = RECORDED - copy.0.len();
        copy.1 |= chunk.len() > room;
        copy.0.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }

    /// What was kept, and whether there was more.
    pub(super) fn take(&self) -> (Bytes, bool) {
        let mut copy = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (bytes, cut) = std::mem::take(&mut *copy);
        (bytes.freeze(), cut)
    }
}

/// A body that is yet to be read.
#[derive(Debug)]
pub(super) struct Incoming {
    stream: BodyDataStream,
    /// As announced; the body may still be longer.
    length: Option<usize>,
    limit: usize,
    copy: Copy,
}

impl Incoming {
    pub(super) fn new(headers: &HeaderMap, body: HttpBody, limit: usize, copy: Copy) -> Self {
        let length = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok())
            .and_then(|length| length.parse().ok());
        Self {
            stream: body.into_data_stream(),
            length,
            limit,
            copy,
        }
    }

    /// Reads the whole body.
    pub(super) async fn read(mut self) -> Result<Bytes, Refusal> {
        if self.length.is_some_and(|length| length > self.limit) {
            return Err(self.too_large());
        }
        let mut bytes = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            if bytes.len() + chunk.len() > self.limit {
                return Err(self.too_large());
            }
            self.copy.add(&chunk);
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }

    /// Reads the body as the operation takes it, and checks it.
    pub(super) async fn read_for(
        self,
        operation: &Operation,
        headers: &HeaderMap,
    ) -> Result<Body, Refusal> {
        let content_type = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let media = content_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let form = operation.body_form(&media);
        if let Some(refusal) = undecoded(headers).or_else(|| match form {
            Ok(Form::Json | Form::UrlEncoded) => foreign_charset(content_type),
            _ => None,
        }) {
            self.drain().await;
            return Err(refusal);
        }
        let body = if let Ok(Form::Multipart) = form {
            Body::Form(self.read_multipart(content_type).await?)
        } else {
            let bytes = self.read().await?;
            if bytes.is_empty() {
                if operation.body_required() {
                    return Err(Refusal::new(StatusCode::BAD_REQUEST, "body: required"));
                }
                return Ok(Body::Empty);
            }
            match form {
                Ok(Form::Json) => Body::Json(json(&bytes)?),
                Ok(Form::UrlEncoded) if is_utf8(&bytes) => Body::Form(url_encoded(&bytes)),
                Ok(Form::UrlEncoded) => return Err(not_text()),
                Ok(_) => Body::Bytes(bytes),
                Err(taken) => return Err(unsupported(&media, &taken)),
            }
        };
        Refusal::unless_empty(operation.check_body(&media, &body))?;
        Ok(body)
    }

    /// Reads and forgets what a client is still sending.
    pub(super) async fn drain(mut self) {
        let mut drained = 0;
        while let Ok(Some(chunk)) = self.chunk().await {
            self.copy.add(&chunk);
            drained += chunk.len();
            if drained > self.limit.max(DRAINED) {
                break;
            }
        }
    }

    async fn read_multipart(self, content_type: &str) -> Result<Vec<Part>, Refusal> {
        let boundary = multer::parse_boundary(content_type).map_err(|_| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "header `Content-Type`: multipart/form-data needs a boundary",
            )
        })?;
        let limit = self.limit;
        let copy = self.copy;
        let stream = self.stream.inspect(move |chunk| {
            if let Ok(chunk) = chunk {
                copy.add(chunk);
            }
        });
        let limits = multer::SizeLimit::new().whole_stream(limit as u64);
        let constraints = multer::Constraints::new().size_limit(limits);
        let mut form = multer::Multipart::with_constraints(stream, boundary, constraints);
        let mut parts = Vec::new();
        loop {
            let field = timed(form.next_field()).await?;
            let Some(mut field) = field.map_err(|error| multipart_fault(&error, limit))? else {
                return Ok(parts);
            };
            let mut bytes = BytesMut::new();
            while let Some(chunk) = timed(field.chunk())
                .await?
                .map_err(|error| multipart_fault(&error, limit))?
            {
                bytes.extend_from_slice(&chunk);
            }
            let name = field.name().map(str::to_owned).ok_or_else(|| {
                let number = parts.len() + 1;
                let message =
                    format!("body: part {number} has no name; give one in its Content-Disposition");
                Refusal::new(StatusCode::BAD_REQUEST, message)
            })?;
            parts.push(Part {
                name,
                file_name: field.file_name().map(str::to_owned),
                content_type: field.content_type().map(ToString::to_string),
                bytes: bytes.freeze(),
            });
        }
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, Refusal> {
        timed(self.stream.next())
            .await?
            .transpose()
            .map_err(|error| {
                tracing::debug!(%error, "a body broke off");
                Refusal::new(StatusCode::BAD_REQUEST, "body: it broke off before its end")
            })
    }

    fn too_large(&self) -> Refusal {
        too_large(self.limit)
    }
}

/// Waits for the client, but not for ever.
async fn timed<T>(reading: impl Future<Output = T>) -> Result<T, Refusal> {
    tokio::time::timeout(PAUSE, reading).await.map_err(|_| {
        Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("body: nothing arrived for {} seconds", PAUSE.as_secs()),
        )
    })
}

fn json(bytes: &[u8]) -> Result<serde_json::Value, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| not_text())?;
    // RFC 8259 lets a reader pass over the mark that some writers begin with.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).map_err(|error| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            format!("body: not valid JSON: {error}"),
        )
    })
}

fn not_text() -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "body: not UTF-8; send it as UTF-8")
}

/// Why a body that was compressed is not read.
fn undecoded(headers: &HeaderMap) -> Option<Refusal> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    codings.find(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))?;
    let refusal = Refusal::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "header `Content-Encoding`: bodies are read as they are; send it without compression",
    );
    let identity = HeaderValue::from_static("identity");
    Some(refusal.with_header(header::ACCEPT_ENCODING, identity))
}

/// Why a text in another encoding than UTF-8 is not read.
fn foreign_charset(content_type: &str) -> Option<Refusal> {
    let parameters = content_type.split(';').skip(1);
    let charset = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, charset)| charset.trim().trim_matches('"'))?;
    let is_known = ["utf-8", "utf8", "us-ascii"]
        .iter()
        .any(|known| charset.eq_ignore_ascii_case(known));
    (!is_known).then(|| {
        let charset: String = charset.chars().take(40).collect();
        Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("header `Content-Type`: expected charset=utf-8, got {charset}"),
        )
    })
}

fn too_large(limit: usize) -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("body: longer than the limit of {limit} bytes"),
    )
}

fn unsupported(media: &str, taken: &str) -> Refusal {
    let sent = if media.is_empty() { "none" } else { media };
    Refusal::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!("header `Content-Type`: expected {taken}, got {sent}"),
    )
}

fn multipart_fault(error: &multer::Error, limit: usize) -> Refusal {
    match error {
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => {
            too_large(limit)
        }
        error => Refusal::new(
            StatusCode::BAD_REQUEST,
            format!("body: not valid multipart/form-data: {error}"),
        ),
    }
}
