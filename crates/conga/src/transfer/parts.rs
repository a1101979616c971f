//! An upload in parts, and the state in which it can be stored.

use std::collections::BTreeMap;

use conga_api::{Call, Transport};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{content::Pieces, sending::Sending};
use crate::{Error, Request, answer::OneRecord, request::Future};

/// The highest number of a part (published for the File Store, taken to hold for Document Management too).
const MOST_PARTS: u32 = 10_000;

/// Where an upload in parts has come to: store it, and another process picks the upload up.
///
/// It names the upload and the parts that are over. It holds no content, and no credential.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct UploadState<P> {
    pub(crate) place: P,
    part_size: usize,
    parts: BTreeMap<u32, Part>,
}

/// A part that is over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
struct Part {
    /// What the server answered to it.
    etag: String,
    /// The SHA-256 of what was sent, in hexadecimal digits.
    sha256: String,
}

impl<P> UploadState<P> {
    /// An upload of which nothing is over.
    pub(super) fn new(place: P, part_size: usize) -> Self {
        Self {
            place,
            part_size,
            parts: BTreeMap::new(),
        }
    }

    /// The parts that are over.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    fn has(&self, number: u32, sha256: &str) -> bool {
        self.parts
            .get(&number)
            .is_some_and(|part| part.sha256 == sha256)
    }
}

/// An upload in parts that was started: its calls, and what comes of it.
pub(crate) trait InParts: Clone + Send + Sync + 'static {
    type Output: Send + 'static;

    /// Brings a part, which is still to be put in as the body.
    fn put(&self, transport: &Transport, number: u32) -> Call;

    /// Joins the parts, by the tag of each.
    fn complete(&self, transport: &Transport, etags: BTreeMap<u32, String>) -> Call;

    /// Ends it without a file.
    fn abort(&self, transport: &Transport) -> Call;

    /// Sends the call that joins the parts, and gives what came of it.
    fn finish(&self, transport: &Transport, complete: Call) -> Future<Result<Self::Output, Error>>;
}

/// Sends the parts that are not over yet, and gives the call that joins them.
///
/// A part is over where the state has it with the same content. Any other is sent, in place of one of its number: so the file is
/// that of this content, even where it was another when the upload began.
pub(super) async fn send<P: InParts>(
    sending: &mut Sending<P>,
    state: &mut UploadState<P>,
    mut pieces: Pieces,
) -> Result<Call, Error> {
    let (mut number, mut sent) = (0, 0);
    loop {
        let piece = pieces.next(state.part_size).await.map_err(Error::Content)?;
        if piece.is_empty() {
            break;
        }
        number += 1;
        if number > MOST_PARTS {
            return Err(Error::Request(format!(
                "the content has more than {MOST_PARTS} parts; upload it in larger ones (`part_size`)"
            )));
        }
        let length = piece.len() as u64;
        let sha256 = hexadecimal(&Sha256::digest(&piece));
        if !state.has(number, &sha256) {
            let call = state.place.put(&sending.transport, number);
            let call = call.bytes("application/octet-stream", piece);
            let Sent { etag } = Request::new::<OneRecord<Sent>>(call).await?;
            state.parts.insert(number, Part { etag, sha256 });
            sending.tell_state(state);
        }
        sent += length;
        sending.tell_progress(sent, pieces.length());
    }
    state.parts.retain(|&part, _| part <= number);
    let etags = state.parts.iter();
    let etags = etags.map(|(&number, part)| (number, part.etag.clone()));
    Ok(state.place.complete(&sending.transport, etags.collect()))
}

/// The size of a part, which is larger than asked for where there would be too many of them.
pub(super) fn part_size(asked: usize, length: Option<u64>) -> usize {
    let needed = length.unwrap_or(0).div_ceil(u64::from(MOST_PARTS));
    asked.max(usize::try_from(needed).unwrap_or(usize::MAX))
}

/// The published `UploadPartResponse` and `FileUploadPartResponse`.
#[derive(Deserialize)]
struct Sent {
    #[serde(rename = "ETag")]
    etag: String,
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_where_there_would_be_too_many() {
        assert_eq!(part_size(10, None), 10);
        assert_eq!(part_size(10, Some(100_000)), 10);
        assert_eq!(part_size(10, Some(100_001)), 11);
    }
}
