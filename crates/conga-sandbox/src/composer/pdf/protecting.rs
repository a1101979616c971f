//! Encryption of a PDF, with what its readers may do.
//!
//! AES with 256 bits, as in PDF 2.0. Anybody can open the file; whoever has the owner's password may do everything.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::rand;
/// What readers may do without the owner's password.
pub(crate) use lopdf::Permissions;
use lopdf::encryption::crypt_filters::{Aes256CryptFilter, CryptFilter};
use lopdf::{EncryptionState, EncryptionVersion};

use super::super::Fault;
use super::{opened, packed};
use crate::secret;

/// The name of the filter for strings and streams.
const FILTER: &[u8] = b"StdCF";

/// Encrypts a PDF. Without a password there is one that nobody knows.
///
/// # Errors
///
/// For a file that is no PDF or is encrypted already, and for a password with characters that PDF forbids.
pub(crate) fn encrypt(
    document: &[u8],
    permissions: Permissions,
    owner_password: Option<&str>,
) -> Result<Vec<u8>, Fault> {
    let mut document = opened(document)?;
    let failed =
        |error: &dyn std::fmt::Display| Fault::new(format!("the PDF cannot be encrypted: {error}"));
    let mut key = [0; 32];
    rand::fill(&mut key).map_err(|error| failed(&error))?;
    let filter: Arc<dyn CryptFilter> = Arc::new(Aes256CryptFilter);
    let unknown = secret::token();
    let state = EncryptionState::try_from(EncryptionVersion::V5 {
        encrypt_metadata: true,
        crypt_filters: BTreeMap::from([(FILTER.to_vec(), filter)]),
        file_encryption_key: &key,
        stream_filter: FILTER.to_vec(),
        string_filter: FILTER.to_vec(),
        owner_password: owner_password.unwrap_or(&unknown),
        user_password: "",
        permissions,
    })
    .map_err(|error| failed(&error))?;
    document.version = "2.0".to_owned();
    document.encrypt(&state).map_err(|error| failed(&error))?;
    packed(document)
}
