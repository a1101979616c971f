//! Files on disk.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures_util::StreamExt;
use reqwest::{Body, multipart};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncWriteExt},
    task::spawn_blocking,
};
use tokio_util::io::ReaderStream;

use crate::{ByteStream, Error};

/// Files are read in pieces of this many bytes.
const PIECE: usize = 64 * 1024;

/// A regular file and the length that it has now. The error for another one, such as a pipe, says what to do `instead`.
pub async fn open(path: &Path, instead: &str) -> io::Result<(File, u64)> {
    let file = File::open(path).await?;
    let metadata = file.metadata().await?;
    if !metadata.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("it is no regular file{instead}"),
        ));
    }
    Ok((file, metadata.len()))
}

/// A part of a form, read from a file as it is sent: as much as the file has now, even if it grows meanwhile.
pub(crate) async fn file_part(path: &Path) -> io::Result<multipart::Part> {
    let (file, length) = open(path, ", so its length is not known; give its bytes").await?;
    let stream = ReaderStream::with_capacity(file.take(length), PIECE);
    let body = Body::wrap_stream(stream);
    Ok(multipart::Part::stream_with_length(body, length))
}

/// A part of a form.
pub(crate) fn bytes_part(bytes: &Bytes) -> multipart::Part {
    multipart::Part::stream_with_length(bytes.clone(), bytes.len() as u64)
}

/// Writes all of a stream to a file, which has its name only once it is whole. Gives its length in bytes.
pub(crate) async fn save(stream: &mut ByteStream, path: &Path) -> Result<u64, Error> {
    let (partial, file) = match Partial::create(path).await {
        Ok(created) => created,
        Err(error) => return Err(stream.file_error(path, &error)),
    };
    let length = write(stream, file, path).await?;
    let kept = partial.keep(path).await;
    kept.map_err(|error| stream.file_error(path, &error))?;
    Ok(length)
}

async fn write(stream: &mut ByteStream, mut file: File, path: &Path) -> Result<u64, Error> {
    let mut length = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        file.write_all(&chunk)
            .await
            .map_err(|error| stream.file_error(path, &error))?;
        length += chunk.len() as u64;
    }
    // tokio reports a failed last write to `flush` only.
    let written = match file.flush().await {
        Ok(()) => file.sync_all().await,
        error => error,
    };
    written.map_err(|error| stream.file_error(path, &error))?;
    Ok(length)
}

/// A file that is not whole yet. Dropped before [`keep`](Self::keep), it is removed.
struct Partial(PathBuf);

impl Partial {
    async fn create(path: &Path) -> io::Result<(Self, File)> {
        let Some(name) = path.file_name() else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the path ends in no file name",
            ));
        };
        let mut partial = std::ffi::OsString::from(".");
        partial.push(name);
        // Two downloads to one name must not write into one file.
        partial.push(format!(".{:016x}.partial", rand::random::<u64>()));
        let partial = path.with_file_name(partial);
        // Where nobody waits for it any longer the file is made all the same, and removed with the answer.
        let (partial, file) = in_background(move || {
            let mut options = OpenOptions::new();
            let file = options.write(true).create_new(true).open(&partial)?;
            Ok((Self(partial), file))
        })
        .await?;
        Ok((partial, File::from_std(file)))
    }

    async fn keep(self, path: &Path) -> io::Result<()> {
        let path = path.to_owned();
        in_background(move || fs::rename(&self.0, path)).await
    }
}

/// Work on files, which blocks. Once begun it goes on to its end; where nobody waits for it any longer, what it gave is dropped.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await?
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Nothing is there once it was kept; and one left behind is only untidy.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, task::Poll};

    use super::*;

    #[test]
    fn a_file_is_gone_that_nobody_waits_for_any_longer() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(1)
            .build()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        runtime.block_on(async {
            // The only thread for files is busy until the future is gone.
            let (free, busy) = mpsc::channel::<()>();
            let _busy = spawn_blocking(move || busy.recv());
            let path = folder.path().join("a.bin");
            let mut create = Box::pin(Partial::create(&path));
            assert!(matches!(futures_util::poll!(&mut create), Poll::Pending));
            drop(create);
            drop(free);
            spawn_blocking(|| {}).await.unwrap();
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
