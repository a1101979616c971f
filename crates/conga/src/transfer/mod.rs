//! Files on their way: what is uploaded, at once or in parts, and what is downloaded.
//!
//! | room | what lives there |
//! |---|---|
//! | `content` | what is uploaded, read piece by piece |
//! | `sending` | an upload: at once where it is short, else in parts |
//! | `parts` | an upload in parts, and the state in which it can be stored |
//! | `download` | an answer that is saved, streamed or read |

mod content;
mod download;
mod parts;
mod sending;

pub use content::Content;
pub use download::Download;
pub(crate) use parts::InParts;
pub use parts::UploadState;
pub(crate) use sending::{Plan, Sending, sending_options};

/// How far an upload or a download has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The bytes that went over so far.
    pub bytes: u64,
    /// The bytes that there are in all, where that is known.
    pub length: Option<u64>,
}

/// What is told of progress.
pub(crate) type OnProgress = Box<dyn FnMut(Progress) + Send>;
