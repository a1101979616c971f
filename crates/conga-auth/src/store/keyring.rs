//! Tokens in the keyring of the operating system: Keychain, Credential Manager, or the Secret Service of a Linux desktop.
//!
//! Keyrings fail in more ways than files: there is none on most servers, some lock themselves, some take a text and lose
//! it, and that of Windows takes short texts only. So the keyring is tried before it is relied on, every text is read back,
//! long ones are split, and a file takes over where the keyring does not do its job.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tracing::warn;

use super::file::FileStore;
use super::{Saved, StoreLock, TokenStore};
use crate::AuthError;
use crate::platform::blocking;

/// Keeps tokens in the keyring of the operating system, or in a file where there is no keyring that works.
///
/// Which of the two is found out when the first token is saved, and remembered beside the file (`<file>.place`) until the
/// sign-in is [forgotten](crate::UserCredential::forget). Where the keyring fails later, the token moves to the file and
/// stays there; a warning is traced, and [`place`](Self::place) tells. Processes take turns by the file's lock.
///
/// ```no_run
/// use conga_auth::{KeyringStore, OAuthClient, Region};
///
/// let client = OAuthClient::builder(Region::Europe, "client-id")
///     .store(KeyringStore::new("conga", "ann", "/home/ann/.local/state/conga/token"))
///     .build()?;
/// # Ok::<(), conga_auth::AuthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct KeyringStore {
    vault: Arc<dyn Vault>,
    user: String,
    file: FileStore,
    /// Bytes that one entry takes.
    part: usize,
}

/// Where a [`KeyringStore`] keeps its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In the keyring.
    Keyring,
    /// In the file.
    File,
}

impl KeyringStore {
    /// Credential Manager takes 2560 bytes an entry. The others have no limit that matters.
    const PART: usize = if cfg!(windows) { 2_400 } else { 60_000 };

    /// A store in the keyring entry of `user` for the program `service`, with `fallback` as the file that takes over.
    pub fn new(
        service: impl Into<String>,
        user: impl Into<String>,
        fallback: impl Into<PathBuf>,
    ) -> Self {
        Self {
            vault: Arc::new(Os(service.into())),
            user: user.into(),
            file: FileStore::new(fallback),
            part: Self::PART,
        }
    }

    /// Where the token is kept; `None` as long as none was saved.
    pub fn place(&self) -> Option<Place> {
        if self.file.exists() {
            return Some(Place::File);
        }
        match fs::read_to_string(self.marker()).ok()?.trim() {
            "keyring" => Some(Place::Keyring),
            "file" => Some(Place::File),
            _ => None,
        }
    }

    fn marker(&self) -> PathBuf {
        self.file.beside(".place")
    }

    /// Remembers the place. Where that fails, it is found out again next time.
    fn remember(&self, place: Place) {
        let name = match place {
            Place::Keyring => "keyring",
            Place::File => "file",
        };
        if let Err(error) = fs::write(self.marker(), name) {
            warn!(%error, "the place of the token could not be remembered");
        }
    }

    /// Whether the keyring keeps what it is given.
    fn probe(&self) -> Result<(), String> {
        let name = format!("{}.probe", self.user);
        let text = SecretString::from(format!("{:032x}", rand::random::<u128>()));
        self.vault.set(&name, &text)?;
        let read = self.vault.get(&name)?;
        self.vault.delete(&name)?;
        match read {
            Some(read) if read.expose_secret() == text.expose_secret() => Ok(()),
            _ => Err("it lost what it was given".to_owned()),
        }
    }

    /// Reads the text: from one entry, or from the parts that it names.
    fn read(&self) -> Result<Option<SecretString>, String> {
        let Some(head) = self.vault.get(&self.user)? else {
            return Ok(None);
        };
        let Some(parts) = Parts::read(head.expose_secret()) else {
            return Ok(Some(head));
        };
        let mut text = String::with_capacity(parts.count * self.part);
        for name in parts.names(&self.user) {
            match self.vault.get(&name)? {
                Some(part) => text.push_str(part.expose_secret()),
                // Half a token is none.
                None => return Ok(None),
            }
        }
        Ok(Some(text.into()))
    }

    /// Replaces the text, and makes sure that it is there. The old parts go last.
    fn write(&self, text: &SecretString) -> Result<(), String> {
        let before = self.parts()?;
        let exposed = text.expose_secret();
        if exposed.len() <= self.part {
            self.vault.set(&self.user, text)?;
        } else {
            let pieces = pieces(exposed, self.part);
            let parts = Parts {
                generation: rand::random(),
                count: pieces.len(),
            };
            for (name, piece) in parts.names(&self.user).zip(pieces) {
                self.vault.set(&name, &piece.into())?;
            }
            self.vault.set(&self.user, &parts.head().into())?;
        }
        match self.read()? {
            Some(read) if read.expose_secret() == exposed => {}
            _ => return Err("it lost what it was given".to_owned()),
        }
        self.delete_parts(before);
        Ok(())
    }

    fn remove(&self) -> Result<(), String> {
        let before = self.parts()?;
        self.vault.delete(&self.user)?;
        self.delete_parts(before);
        Ok(())
    }

    fn parts(&self) -> Result<Option<Parts>, String> {
        let head = self.vault.get(&self.user)?;
        Ok(head.and_then(|head| Parts::read(head.expose_secret())))
    }

    fn delete_parts(&self, parts: Option<Parts>) {
        for name in parts.iter().flat_map(|parts| parts.names(&self.user)) {
            if let Err(problem) = self.vault.delete(&name) {
                warn!(problem, "an old part of a token stays in the keyring");
            }
        }
    }

    /// Saves to the keyring where that is the place, or may become it. `Ok(false)` sends the text to the file.
    fn save(&self, text: &SecretString) -> bool {
        let place = self.place();
        if place == Some(Place::File) {
            return false;
        }
        let saved = match place {
            None => self.probe().and_then(|()| self.write(text)),
            Some(_) => self.write(text),
        };
        match saved {
            Ok(()) => {
                self.remember(Place::Keyring);
                true
            }
            Err(problem) => {
                warn!(
                    problem,
                    "the keyring does not work; the token is kept in a file"
                );
                false
            }
        }
    }

    fn failed(&self, problem: String) -> AuthError {
        let problem = format!("{problem}; unlock it, or sign in again");
        AuthError::store("the keyring", problem, true)
    }
}

#[async_trait]
impl TokenStore for KeyringStore {
    async fn load(&self) -> Result<Option<SecretString>, AuthError> {
        let store = self.clone();
        let place = blocking(move || Ok(store.place())).await?;
        if place == Some(Place::File) {
            return self.file.load().await;
        }
        let store = self.clone();
        blocking(move || match (store.read(), place) {
            (Ok(text), _) => Ok(text),
            // Nothing was ever saved here, so that a keyring which does not work hides nothing.
            (Err(_), None) => Ok(None),
            (Err(problem), Some(_)) => Err(store.failed(problem)),
        })
        .await
    }

    async fn lock(&self) -> Result<Box<dyn StoreLock>, AuthError> {
        Ok(Box::new(Lock {
            store: self.clone(),
            file: self.file.lock().await?,
        }))
    }
}

#[derive(Debug)]
struct Lock {
    store: KeyringStore,
    file: Box<dyn StoreLock>,
}

#[async_trait]
impl StoreLock for Lock {
    async fn save(&mut self, text: &SecretString) -> Result<Saved, AuthError> {
        let (store, copy) = (self.store.clone(), text.clone());
        if blocking(move || Ok(store.save(&copy))).await? {
            return Ok(Saved::Kept);
        }
        // From here on the file is read before the keyring, so that what the keyring still holds is never taken for new.
        let saved = self.file.save(text).await?;
        let store = self.store.clone();
        blocking(move || {
            store.remember(Place::File);
            let _ = store.remove();
            Ok(())
        })
        .await?;
        Ok(saved)
    }

    async fn clear(&mut self) -> Result<(), AuthError> {
        let store = self.store.clone();
        blocking(move || {
            let removed = store.remove();
            match (removed, store.place()) {
                (Err(problem), Some(Place::Keyring)) => Err(store.failed(problem)),
                _ => Ok(()),
            }
        })
        .await?;
        self.file.clear().await?;
        let store = self.store.clone();
        blocking(move || {
            let _ = fs::remove_file(store.marker());
            Ok(())
        })
        .await
    }

    async fn release(self: Box<Self>) {
        self.file.release().await;
    }
}

/// The parts of a long text, as its entry names them.
#[derive(Debug, PartialEq)]
struct Parts {
    generation: u32,
    count: usize,
}

impl Parts {
    /// No token has more.
    const MOST: usize = 200;

    fn head(&self) -> String {
        format!("parts:{:08x}:{}", self.generation, self.count)
    }

    fn read(head: &str) -> Option<Self> {
        let (generation, count) = head.strip_prefix("parts:")?.split_once(':')?;
        let count = count.parse().ok().filter(|count| *count <= Self::MOST)?;
        let generation = u32::from_str_radix(generation, 16).ok()?;
        Some(Self { generation, count })
    }

    fn names(&self, user: &str) -> impl Iterator<Item = String> {
        (0..self.count).map(move |number| format!("{user}.{:08x}.{number}", self.generation))
    }
}

/// Cuts a text into pieces of at most `size` bytes, between characters.
fn pieces(mut text: &str, size: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    while !text.is_empty() {
        let cut = text.floor_char_boundary(size.max(4));
        let (piece, rest) = text.split_at(cut);
        pieces.push(piece);
        text = rest;
    }
    pieces
}

/// A keyring, by the names of its entries. Problems are told in words, which hold no secret.
trait Vault: fmt::Debug + Send + Sync {
    fn get(&self, name: &str) -> Result<Option<SecretString>, String>;
    fn set(&self, name: &str, text: &SecretString) -> Result<(), String>;
    /// Success where there was nothing, too.
    fn delete(&self, name: &str) -> Result<(), String>;
}

/// The keyring of the operating system, for this program.
#[derive(Debug)]
struct Os(String);

impl Os {
    fn entry(&self, name: &str) -> Result<keyring::Entry, String> {
        keyring::Entry::new(&self.0, name).map_err(|error| error.to_string())
    }
}

impl Vault for Os {
    fn get(&self, name: &str) -> Result<Option<SecretString>, String> {
        match self.entry(name)?.get_secret() {
            Ok(bytes) => super::record::Record::secret(bytes)
                .map(Some)
                .ok_or_else(|| "its entry is no text".to_owned()),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    fn set(&self, name: &str, text: &SecretString) -> Result<(), String> {
        let entry = self.entry(name)?;
        let set = entry.set_secret(text.expose_secret().as_bytes());
        set.map_err(|error| error.to_string())
    }

    fn delete(&self, name: &str) -> Result<(), String> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;

    /// A keyring in memory that fails as told.
    #[derive(Debug, Default)]
    struct Fake {
        entries: Mutex<BTreeMap<String, String>>,
        trouble: Mutex<Trouble>,
    }

    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    enum Trouble {
        #[default]
        None,
        /// There is no keyring.
        Absent,
        /// It takes everything and keeps nothing.
        Forgetful,
        /// It takes short texts only.
        Short(usize),
    }

    impl Vault for Fake {
        fn get(&self, name: &str) -> Result<Option<SecretString>, String> {
            match *self.trouble.lock().unwrap() {
                Trouble::Absent => Err("there is none".to_owned()),
                _ => Ok(self
                    .entries
                    .lock()
                    .unwrap()
                    .get(name)
                    .map(|t| t.as_str().into())),
            }
        }

        fn set(&self, name: &str, text: &SecretString) -> Result<(), String> {
            let text = text.expose_secret();
            match *self.trouble.lock().unwrap() {
                Trouble::Absent => return Err("there is none".to_owned()),
                Trouble::Forgetful => return Ok(()),
                Trouble::Short(limit) if text.len() > limit => return Err("too long".to_owned()),
                _ => {}
            }
            self.entries
                .lock()
                .unwrap()
                .insert(name.to_owned(), text.to_owned());
            Ok(())
        }

        fn delete(&self, name: &str) -> Result<(), String> {
            match *self.trouble.lock().unwrap() {
                Trouble::Absent => Err("there is none".to_owned()),
                _ => {
                    self.entries.lock().unwrap().remove(name);
                    Ok(())
                }
            }
        }
    }

    impl Fake {
        fn becomes(&self, trouble: Trouble) {
            *self.trouble.lock().unwrap() = trouble;
        }

        fn names(&self) -> Vec<String> {
            self.entries.lock().unwrap().keys().cloned().collect()
        }
    }

    fn store(trouble: Trouble) -> (tempfile::TempDir, Arc<Fake>, KeyringStore) {
        let folder = tempfile::tempdir().unwrap();
        let vault = Arc::new(Fake::default());
        vault.becomes(trouble);
        let store = KeyringStore {
            vault: Arc::clone(&vault) as Arc<dyn Vault>,
            user: "ann".to_owned(),
            file: FileStore::new(folder.path().join("token")),
            part: 100,
        };
        (folder, vault, store)
    }

    async fn save(store: &KeyringStore, text: &str) {
        let mut lock = store.lock().await.unwrap();
        assert_eq!(lock.save(&text.into()).await.unwrap(), Saved::Kept);
        lock.release().await;
    }

    async fn load(store: &KeyringStore) -> Option<String> {
        let text = store.load().await.unwrap();
        text.map(|text| text.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn a_keyring_that_works_is_used() {
        let (_folder, vault, store) = store(Trouble::None);
        assert_eq!((load(&store).await, store.place()), (None, None));
        for text in ["one", "two"] {
            save(&store, text).await;
            assert_eq!(load(&store).await.as_deref(), Some(text));
        }
        assert_eq!(store.place(), Some(Place::Keyring));
        assert_eq!(vault.names(), ["ann"], "nothing is left of the probe");
        assert!(!store.file.exists());
    }

    #[tokio::test]
    async fn long_texts_are_split_and_leave_no_parts_behind() {
        let (_folder, vault, store) = store(Trouble::Short(100));
        for text in [
            "é".repeat(500),
            "x".repeat(250),
            "short".to_owned(),
            "y".repeat(101),
        ] {
            save(&store, &text).await;
            assert_eq!(load(&store).await.unwrap(), text);
            let parts = if text.len() > 100 {
                text.len().div_ceil(100)
            } else {
                0
            };
            assert_eq!(vault.names().len(), 1 + parts);
        }
        let mut lock = store.lock().await.unwrap();
        lock.clear().await.unwrap();
        assert!(vault.names().is_empty());
        assert_eq!((load(&store).await, store.place()), (None, None));
    }

    #[tokio::test]
    async fn half_a_token_is_none() {
        let (_folder, vault, store) = store(Trouble::None);
        save(&store, &"x".repeat(250)).await;
        let part = vault.names().into_iter().nth(2).unwrap();
        vault.entries.lock().unwrap().remove(&part);
        assert_eq!(load(&store).await, None);
    }

    #[tokio::test]
    async fn a_keyring_that_does_not_work_is_found_out_before_it_is_relied_on() {
        for trouble in [Trouble::Absent, Trouble::Forgetful] {
            let (_folder, vault, store) = store(trouble);
            assert_eq!(load(&store).await, None);
            save(&store, "fresh").await;
            assert_eq!(load(&store).await.as_deref(), Some("fresh"));
            assert_eq!(store.place(), Some(Place::File));
            // The choice is remembered, also where a keyring turns up.
            vault.becomes(Trouble::None);
            save(&store, "next").await;
            assert_eq!(load(&store).await.as_deref(), Some("next"));
            assert!(vault.names().is_empty());
            let mut lock = store.lock().await.unwrap();
            lock.clear().await.unwrap();
            assert_eq!((load(&store).await, store.place()), (None, None));
        }
    }

    #[tokio::test]
    async fn a_keyring_that_breaks_later_loses_no_fresh_token() {
        for trouble in [Trouble::Absent, Trouble::Forgetful, Trouble::Short(3)] {
            let (_folder, vault, store) = store(Trouble::None);
            save(&store, "old").await;
            vault.becomes(trouble);
            save(&store, "fresh").await;
            assert_eq!(load(&store).await.as_deref(), Some("fresh"), "{trouble:?}");
            vault.becomes(Trouble::None);
            assert_eq!(load(&store).await.as_deref(), Some("fresh"), "{trouble:?}");
            assert_eq!(store.place(), Some(Place::File));
        }
    }

    #[tokio::test]
    async fn a_locked_keyring_is_an_error_and_not_a_missing_sign_in() {
        let (_folder, vault, store) = store(Trouble::None);
        save(&store, "kept").await;
        vault.becomes(Trouble::Absent);
        let error = store.load().await.unwrap_err();
        assert!(error.is_retryable());
        assert!(error.to_string().contains("unlock it"), "{error}");
        let mut lock = store.lock().await.unwrap();
        assert!(lock.clear().await.is_err());
        vault.becomes(Trouble::None);
        assert_eq!(load(&store).await.as_deref(), Some("kept"));
    }

    #[test]
    fn heads_are_told_from_texts() {
        let parts = Parts {
            generation: 0xab,
            count: 3,
        };
        assert_eq!(parts.head(), "parts:000000ab:3");
        assert_eq!(Parts::read(&parts.head()), Some(parts));
        for text in [
            "{\"version\":1}",
            "parts:",
            "parts:x:1",
            "parts:1:-1",
            "parts:1:999999",
        ] {
            assert_eq!(Parts::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn pieces_make_the_text_again(text in ".{0,400}", size in 1..200_usize) {
            let pieces = pieces(&text, size);
            prop_assert_eq!(pieces.concat(), text.as_str());
            prop_assert!(pieces.iter().all(|piece| piece.len() <= size.max(4)));
        }

        #[test]
        fn any_head_is_read_or_refused(head in ".*") {
            let _ = Parts::read(&head);
        }

        #[test]
        fn any_entries_are_a_text_or_none(
            count in 0..300_usize, parts in prop::collection::vec(prop::option::of(".{0,9}"), 0..5),
        ) {
            let (_folder, vault, store) = store(Trouble::None);
            let head = Parts { generation: 7, count };
            {
                let mut entries = vault.entries.lock().unwrap();
                entries.insert("ann".to_owned(), head.head());
                for (name, part) in head.names("ann").zip(&parts) {
                    entries.extend(part.clone().map(|part| (name, part)));
                }
            }
            let whole: Option<String> = parts.iter().take(count).cloned().collect();
            let whole = whole.filter(|_| count <= parts.len());
            // A head with too many parts is none of ours, and so the text itself.
            let expected = match count > Parts::MOST {
                true => Some(head.head()),
                false => whole,
            };
            let text = store.read().unwrap();
            prop_assert_eq!(text.as_ref().map(|text| text.expose_secret()), expected.as_deref());
        }
    }
}
