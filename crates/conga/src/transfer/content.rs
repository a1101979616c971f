//! What is uploaded, read piece by piece.

use std::{
    fmt,
    io::{self, Cursor},
    path::{Path, PathBuf},
    pin::Pin,
};

use bytes::{Bytes, BytesMut};
use conga_api::platform::open;
use tokio::io::{AsyncRead, AsyncReadExt};

/// What is uploaded: a file on disk, bytes in memory, or whatever a reader gives.
///
/// It is read as it is sent, a part at a time, and never as a whole. Paths and bytes become one by themselves:
///
/// ```no_run
/// # async fn run(client: conga::Client, socket: tokio::net::TcpStream) -> Result<(), conga::Error> {
/// use conga::Content;
///
/// let documents = client.documents();
/// documents.upload("offer.pdf", Content::file("/var/spool/offer-7.pdf")).await?;
/// documents.upload("note.txt", "made in memory").await?;
/// documents.upload("scan.pdf", Content::reader(socket)).await?;
/// # Ok(())
/// # }
/// ```
pub struct Content(Source);

enum Source {
    File(PathBuf),
    Bytes(Bytes),
    Reader(Reader),
}

type Reader = Pin<Box<dyn AsyncRead + Send>>;

impl Content {
    /// A file on disk. It is opened when the upload begins.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self(Source::File(path.as_ref().to_owned()))
    }

    /// Bytes in memory.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Source::Bytes(bytes.into()))
    }

    /// Whatever a reader gives until its end. Its length is not known beforehand.
    pub fn reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self(Source::Reader(Box::pin(reader)))
    }

    pub(crate) async fn open(self) -> io::Result<Pieces> {
        let (reader, length): (Reader, _) = match self.0 {
            Source::File(path) => {
                let instead = "; open it, and upload it by `Content::reader`";
                let (file, length) = open(&path, instead).await.map_err(|error| {
                    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
                })?;
                (Box::pin(file), Some(length))
            }
            Source::Bytes(bytes) => {
                let length = bytes.len() as u64;
                (Box::pin(Cursor::new(bytes)), Some(length))
            }
            Source::Reader(reader) => (reader, None),
        };
        Ok(Pieces {
            reader,
            length,
            ahead: None,
        })
    }
}

impl From<&Path> for Content {
    fn from(path: &Path) -> Self {
        Self::file(path)
    }
}

impl From<PathBuf> for Content {
    fn from(path: PathBuf) -> Self {
        Self::file(path)
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::bytes(bytes)
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::bytes(bytes)
    }
}

impl From<&'static str> for Content {
    fn from(text: &'static str) -> Self {
        Self::bytes(text)
    }
}

/// Shows where a file is, not what is in it.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::File(path) => f.debug_tuple("Content").field(path).finish(),
            Source::Bytes(bytes) => write!(f, "Content({} bytes)", bytes.len()),
            Source::Reader(_) => f.write_str("Content(reader)"),
        }
    }
}

/// A content that is being read.
pub(crate) struct Pieces {
    reader: Reader,
    length: Option<u64>,
    /// What was read to see whether there is more.
    ahead: Option<[Bytes; 2]>,
}

impl Pieces {
    /// The bytes in all, where that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        self.length
    }

    /// Everything, where it is no longer than one piece; then nothing is left to read. At most two pieces are in memory.
    pub(crate) async fn whole(&mut self, size: usize) -> io::Result<Option<Bytes>> {
        let first = self.read(size).await?;
        let second = if first.len() == size {
            self.read(size).await?
        } else {
            Bytes::new()
        };
        if second.is_empty() {
            return Ok(Some(first));
        }
        self.ahead = Some([first, second]);
        Ok(None)
    }

    /// The next piece: of this size, or what is left; empty after the last.
    pub(crate) async fn next(&mut self, size: usize) -> io::Result<Bytes> {
        match self.ahead.take() {
            Some([first, second]) if !first.is_empty() => {
                self.ahead = Some([Bytes::new(), second]);
                Ok(first)
            }
            Some([_, second]) => Ok(second),
            None => self.read(size).await,
        }
    }

    /// Everything, in memory.
    pub(crate) async fn rest(&mut self) -> io::Result<Bytes> {
        let mut bytes = Vec::new();
        self.reader.read_to_end(&mut bytes).await?;
        Ok(bytes.into())
    }

    async fn read(&mut self, size: usize) -> io::Result<Bytes> {
        let mut piece = BytesMut::new();
        let mut reader = (&mut self.reader).take(size as u64);
        while reader.read_buf(&mut piece).await? > 0 {}
        Ok(piece.freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_fits_one_piece_is_whole_and_the_rest_comes_in_pieces() {
        for (length, size, expected) in [
            (0, 4, vec![0]),
            (3, 4, vec![3]),
            (4, 4, vec![4]),
            (5, 4, vec![4, 1]),
            (8, 4, vec![4, 4]),
            (11, 4, vec![4, 4, 3]),
        ] {
            let bytes: Vec<u8> = (0..length).collect();
            let mut pieces = Content::bytes(bytes.clone()).open().await.unwrap();
            assert_eq!(pieces.length(), Some(u64::from(length)));
            let mut found = Vec::new();
            match pieces.whole(size).await.unwrap() {
                Some(whole) => found.push(whole),
                None => loop {
                    let piece = pieces.next(size).await.unwrap();
                    if piece.is_empty() {
                        break;
                    }
                    found.push(piece);
                },
            }
            let lengths: Vec<usize> = found.iter().map(Bytes::len).collect();
            assert_eq!(lengths, expected, "{length} by {size}");
            assert_eq!(found.concat(), bytes);
        }
    }
}
