//! The answer that carries a file, whole or in part.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::Transaction;

use super::File;
use crate::failure::Failure;
use crate::request::Answer;

/// What stands percent-encoded in the `filename*` of RFC 5987.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The part of a content that a caller wants.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    All,
    Part(Range<u64>),
    Nothing,
}

/// The answer that carries a file as an attachment under its name: 206 with the bytes that the request's `Range` asks
/// for, 304 if its `If-None-Match` names the content, 416 if the range lies beyond the end.
pub(crate) fn answer(
    tx: &Transaction<'_>,
    headers: &HeaderMap,
    file: &File,
) -> Result<Answer, Failure> {
    let etag = format!("\"{}\"", file.etag());
    let sent = |name: HeaderName| {
        let value = headers.get(name);
        value.and_then(|value| value.to_str().ok())
    };
    if sent(header::IF_NONE_MATCH).is_some_and(|tags| names(tags, &etag)) {
        return Ok(named(Answer::empty(StatusCode::NOT_MODIFIED), &etag, file));
    }
    let is_same = sent(header::IF_RANGE).is_none_or(|tag| tag == etag);
    let wanted = match sent(header::RANGE).filter(|_| is_same) {
        Some(range) => wanted(range, file.size),
        None => Wanted::All,
    };
    let media = file.media_type.clone();
    let answer = match wanted {
        Wanted::All => Answer::bytes(StatusCode::OK, media, super::read(tx, file)?),
        Wanted::Part(range) => {
            let shown = format!("bytes {}-{}/{}", range.start, range.end - 1, file.size);
            let bytes = super::read_range(tx, file, range)?;
            let answer = Answer::bytes(StatusCode::PARTIAL_CONTENT, media, bytes);
            with(answer, header::CONTENT_RANGE, shown)
        }
        Wanted::Nothing => {
            let answer = Answer::failure(
                StatusCode::RANGE_NOT_SATISFIABLE,
                [format!(
                    "the file has {} bytes; ask for a range within",
                    file.size
                )],
            );
            let shown = format!("bytes */{}", file.size);
            return Ok(with(answer, header::CONTENT_RANGE, shown));
        }
    };
    Ok(named(answer, &etag, file))
}

/// The answer that carries bytes that no file holds, as an attachment under this name.
pub(crate) fn attachment(name: &str, media_type: &str, bytes: Vec<u8>) -> Answer {
    let answer = Answer::bytes(StatusCode::OK, media_type.to_owned(), bytes);
    disposed(answer, name)
}

fn named(answer: Answer, etag: &str, file: &File) -> Answer {
    let answer = with(answer, header::ETAG, etag.to_owned());
    let answer = with(answer, header::ACCEPT_RANGES, "bytes".to_owned());
    disposed(answer, &file.name)
}

/// Whatever the content is, a browser saves it and does not run it.
fn disposed(answer: Answer, name: &str) -> Answer {
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' => '_',
            c if c.is_ascii() && !c.is_ascii_control() => c,
            _ => '_',
        })
        .collect();
    let encoded = utf8_percent_encode(name, ENCODED);
    let value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    let answer = with(answer, header::CONTENT_DISPOSITION, value);
    with(answer, header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned())
}

fn with(answer: Answer, name: HeaderName, value: String) -> Answer {
    match HeaderValue::try_from(value) {
        Ok(value) => answer.with_header(name, value),
        Err(_) => answer,
    }
}

/// Whether a list of entity tags names this one.
fn names(tags: &str, etag: &str) -> bool {
    tags.split(',')
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == etag || tag == "*")
}

/// Reads a `Range`. One that is not understood, and one of several parts, is passed over, as RFC 9110 allows.
fn wanted(range: &str, size: u64) -> Wanted {
    let parts = range.strip_prefix("bytes=").map(str::trim);
    let Some((first, last)) = parts.and_then(|parts| parts.split_once('-')) else {
        return Wanted::All;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(length)) if first.is_empty() => size.saturating_sub(length)..size,
        _ => return Wanted::All,
    };
    if range.is_empty() {
        Wanted::Nothing
    } else {
        Wanted::Part(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        let cases = [
            ("bytes=0-9", Wanted::Part(0..10)),
            ("bytes=90-", Wanted::Part(90..100)),
            ("bytes=-5", Wanted::Part(95..100)),
            ("bytes=-500", Wanted::Part(0..100)),
            ("bytes=50-500", Wanted::Part(50..100)),
            ("bytes=50-18446744073709551615", Wanted::Part(50..100)),
            ("bytes=100-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=9-3", Wanted::All),
            ("bytes=0-1,5-6", Wanted::All),
            ("bytes=a-b", Wanted::All),
            ("bytes=-", Wanted::All),
            ("items=0-9", Wanted::All),
        ];
        for (range, expected) in cases {
            assert_eq!(wanted(range, 100), expected, "{range}");
        }
        assert_eq!(wanted("bytes=0-", 0), Wanted::Nothing);
    }
}
