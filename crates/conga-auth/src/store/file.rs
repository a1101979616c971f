//! Tokens in a file of the user.
//!
//! The file is replaced, never changed, so that a reader sees the old text or the new one. Beside it stands a lock file,
//! locked by the operating system: a holder that is killed has released it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

use super::record::Record;
use super::{Saved, StoreLock, TokenStore};
use crate::AuthError;
use crate::platform::{self, Instant, blocking};

/// Keeps tokens in a file that only its owner can read (mode 0600), in clear text.
///
/// A file that others can read is refused. Processes that share the file refresh one at a time: they lock
/// `<file>.lock`. Put it on a local disk; locks of network file systems may not hold.
///
/// ```no_run
/// use conga_auth::{ClientCredentials, FileStore, Region};
///
/// let credential = ClientCredentials::builder(Region::Europe, "client-id", "client-secret")
///     .store(FileStore::new("/home/ann/.local/state/conga/token"))
///     .build()?;
/// # Ok::<(), conga_auth::AuthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FileStore {
    path: PathBuf,
    patience: Duration,
}

impl FileStore {
    /// Bytes that are read at most. A record is a few kilobytes.
    const LIMIT: u64 = 256 * 1024;

    /// How often a lock that another process holds is tried.
    const POLL: Duration = Duration::from_millis(25);

    /// A store in the file at `path`. Missing folders are made, for their owner only, when something is saved.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            patience: Duration::from_secs(120),
        }
    }

    /// How long to wait for a process that holds the lock. Default: two minutes, longer than a token request may take.
    #[must_use]
    pub fn lock_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The path beside this one, whose name has `suffix` added.
    pub(super) fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(suffix);
        name.into()
    }

    #[cfg(feature = "keyring")]
    pub(super) fn exists(&self) -> bool {
        self.path.exists()
    }

    fn read(&self) -> Result<Option<SecretString>, AuthError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed("it cannot be read", error)),
        };
        let metadata = file
            .metadata()
            .map_err(|error| self.failed("it cannot be read", error))?;
        if !metadata.is_file() || metadata.len() > Self::LIMIT {
            return Err(self.refused("it is no file of tokens; give another path"));
        }
        if is_open_to_others(&metadata) {
            return Err(self.refused(
                "others can read or change it; sign in anew if they may have, else take their rights away (`chmod 600`)",
            ));
        }
        let mut bytes = Vec::with_capacity(metadata.len() as usize);
        file.take(Self::LIMIT)
            .read_to_end(&mut bytes)
            .map_err(|error| self.failed("it cannot be read", error))?;
        Ok(Record::secret(bytes))
    }

    /// Replaces the file. Only the holder of the lock does this, so that one name for the new file is enough.
    fn write(&self, text: &SecretString) -> Result<(), AuthError> {
        let new = self.beside(".new");
        let written = replace(&new, &self.path, text.expose_secret().as_bytes());
        written.map_err(|error| {
            let _ = fs::remove_file(&new);
            self.failed("it cannot be written", error)
        })
    }

    fn remove(&self) -> Result<(), AuthError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.failed("it cannot be removed", error))
            }
            _ => Ok(()),
        }
    }

    fn open_lock(&self) -> Result<File, AuthError> {
        let path = self.beside(".lock");
        if let Some(folder) = path.parent() {
            make_folder(folder).map_err(|error| self.failed("its folder cannot be made", error))?;
        }
        private()
            .truncate(false)
            .create(true)
            .open(&path)
            .map_err(|error| self.failed("its lock file cannot be opened", error))
    }

    fn failed(&self, problem: &str, error: io::Error) -> AuthError {
        let problem = format!("{problem} ({error})");
        AuthError::store(self.name(), problem, true).caused_by(error)
    }

    fn refused(&self, problem: &str) -> AuthError {
        AuthError::store(self.name(), problem, false)
    }

    fn name(&self) -> String {
        format!("the token file `{}`", self.path.display())
    }
}

#[async_trait]
impl TokenStore for FileStore {
    async fn load(&self) -> Result<Option<SecretString>, AuthError> {
        let store = self.clone();
        blocking(move || store.read()).await
    }

    async fn lock(&self) -> Result<Box<dyn StoreLock>, AuthError> {
        let store = self.clone();
        let file = blocking(move || store.open_lock()).await?;
        let until = Instant::now() + self.patience;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => {
                    return Err(self.failed("its lock file cannot be locked", error));
                }
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    platform::sleep(Self::POLL).await;
                }
                Err(TryLockError::WouldBlock) => {
                    let problem = format!(
                        "another process has held its lock for {:?}; see what that process waits for",
                        self.patience
                    );
                    return Err(AuthError::store(self.name(), problem, true));
                }
            }
        }
        Ok(Box::new(Lock {
            store: self.clone(),
            _file: file,
        }))
    }
}

/// The lock lasts until the file is closed.
#[derive(Debug)]
struct Lock {
    store: FileStore,
    _file: File,
}

#[async_trait]
impl StoreLock for Lock {
    async fn save(&mut self, text: &SecretString) -> Result<Saved, AuthError> {
        let (store, text) = (self.store.clone(), text.clone());
        blocking(move || store.write(&text)).await?;
        Ok(Saved::Kept)
    }

    async fn clear(&mut self) -> Result<(), AuthError> {
        let store = self.store.clone();
        blocking(move || store.remove()).await
    }

    async fn release(self: Box<Self>) {}
}

fn replace(new: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    // A file that a killed process left behind may have other rights.
    match fs::remove_file(new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().create_new(true).open(new)?;
    file.write_all(content)?;
    file.sync_all()?;
    drop(file);
    fs::rename(new, path)?;
    // The new name lasts once the folder is written. Not every system can open one.
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Opens for writing; what is created is for its owner only.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(unix)]
fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o077 != 0
}

/// Windows gives a file the rights of its folder; that of a user's profile is closed to others.
#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, FileStore) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("token");
        (folder, FileStore::new(path))
    }

    async fn save(store: &FileStore, text: &str) {
        let mut lock = store.lock().await.unwrap();
        let saved = lock.save(&text.into()).await.unwrap();
        assert_eq!(saved, Saved::Kept);
        lock.release().await;
    }

    async fn load(store: &FileStore) -> Option<String> {
        let text = store.load().await.unwrap();
        text.map(|text| text.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn a_text_is_kept_replaced_and_cleared() {
        let (_folder, store) = store();
        assert_eq!(load(&store).await, None);
        for text in ["one", "a longer one", "2"] {
            save(&store, text).await;
            assert_eq!(load(&store).await.as_deref(), Some(text));
        }
        let mut lock = store.lock().await.unwrap();
        lock.clear().await.unwrap();
        lock.clear().await.unwrap();
        drop(lock);
        assert_eq!(load(&store).await, None);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_can_read_what_is_written() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};

        let (folder, store) = store();
        // Left behind by a killed process, and open to all.
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(store.beside(".new"), "junk").unwrap();
        fs::set_permissions(store.beside(".new"), fs::Permissions::from_mode(0o666)).unwrap();
        save(&store, "secret").await;
        for path in [store.path.clone(), store.beside(".lock")] {
            assert_eq!(
                fs::metadata(&path).unwrap().mode() & 0o777,
                0o600,
                "{path:?}"
            );
        }
        for mode in [0o640, 0o604, 0o620, 0o660, 0o666] {
            fs::set_permissions(&store.path, fs::Permissions::from_mode(mode)).unwrap();
            let error = store.load().await.unwrap_err();
            assert!(error.to_string().contains("chmod 600"), "{error}");
            assert!(!error.is_retryable());
        }
    }

    #[tokio::test]
    async fn one_holds_the_lock_at_a_time() {
        let (_folder, store) = store();
        let lock = store.lock().await.unwrap();
        let impatient = store.clone().lock_patience(Duration::from_millis(60));
        let error = impatient.lock().await.unwrap_err();
        assert!(error.is_retryable());
        assert!(error.to_string().contains("another process"), "{error}");
        drop(lock);
        impatient.lock().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_reader_sees_the_old_text_or_the_new_one() {
        let (_folder, store) = store();
        let text = |letter: &str| letter.repeat(100_000);
        save(&store, &text("a")).await;
        let writer = store.clone();
        let writes = tokio::spawn(async move {
            for letter in ["b", "a"].into_iter().cycle().take(50) {
                save(&writer, &text(letter)).await;
            }
        });
        while !writes.is_finished() {
            let read = load(&store).await.unwrap();
            assert_eq!(read.len(), 100_000);
            let first = &read[..1];
            assert!(read.bytes().all(|byte| byte == first.as_bytes()[0]));
        }
        writes.await.unwrap();
    }

    #[tokio::test]
    async fn a_failed_write_leaves_the_old_text_and_no_litter() {
        let (_folder, store) = store();
        save(&store, "old").await;
        let mut lock = store.lock().await.unwrap();
        // A folder stands where the new file would be written.
        fs::create_dir_all(store.beside(".new").join("x")).unwrap();
        assert!(lock.save(&"new".into()).await.unwrap_err().is_retryable());
        assert_eq!(load(&store).await.as_deref(), Some("old"));
    }

    #[tokio::test]
    async fn what_is_no_token_file_is_refused_or_ignored() {
        let (_folder, store) = store();
        save(&store, &"x".repeat(300 * 1024)).await;
        assert!(!store.load().await.unwrap_err().is_retryable());
        let folder = FileStore::new(std::env::temp_dir());
        assert!(folder.load().await.is_err());
        save(&store, "").await;
        let mut file = private().open(&store.path).unwrap();
        file.write_all(&[0xff, 0xfe]).unwrap();
        assert_eq!(load(&store).await, None, "it is not text");
    }
}
