//! The cipher of the storefront token exchange: AES-256 in CBC mode with PKCS#7 padding, as one base64 string.
//!
//! A body is the padded standard base64 of a 16 byte IV followed by the ciphertext. The key is the 32 bytes that the
//! storefront's key endpoint hands out as 64 hexadecimal digits. Both directions are here: a client encrypts, a server
//! (or a test) decrypts.
//!
//! # What this does not give
//!
//! CBC hides, but does not authenticate: whoever holds the wire can change a body, and learns from a server that answers
//! differently to bad padding than to a wrong password what the body says (a *padding oracle*). The format is the
//! platform's, so it cannot be mended here, but this module adds nothing to the problem:
//!
//! - [`CipherError`] tells apart only what the length and the alphabet of the body tell everyone. Whatever depends on
//!   the decrypted bytes is the one error [`CipherError::Undecryptable`].
//! - The padding is judged without a branch or an index that depends on the decrypted bytes, so that the time to reject
//!   a body does not say where it went wrong.
//!
//! A server must do its part: answer [`CipherError::Undecryptable`], a plaintext that is not the expected JSON and wrong
//! credentials with the same words and the same status, and let a key work only once and not for long.
//!
//! ```
//! use conga_auth::cipher::{SigningKey, decrypt, encrypt};
//!
//! let key = SigningKey::parse("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")?;
//! let body = encrypt(&key, b"{\"username\":\"ann\"}");
//! assert_eq!(decrypt(&key, &body)?.as_slice(), b"{\"username\":\"ann\"}");
//! # Ok::<(), conga_auth::cipher::CipherError>(())
//! ```

use std::fmt;
use std::hint::black_box;

use aes::Aes256;
use aes::cipher::{Block, BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// Bytes in a block, and so in an IV.
pub const BLOCK: usize = 16;

/// A 256 bit key. Wiped from memory when dropped; `Debug` does not show it.
#[derive(Clone)]
pub struct SigningKey(Zeroizing<[u8; 32]>);

impl SigningKey {
    /// Reads a key from 64 hexadecimal digits, in either case.
    ///
    /// # Errors
    ///
    /// [`CipherError::InvalidKey`] for anything else.
    pub fn parse(hex: &str) -> Result<Self, CipherError> {
        let digits: &[u8; 64] = hex
            .as_bytes()
            .try_into()
            .map_err(|_| CipherError::InvalidKey)?;
        let mut key = Self(Zeroizing::new([0; 32]));
        for (byte, pair) in key.0.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(key)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([REDACTED])")
    }
}

/// Why a key or a body was refused. Says nothing about the plaintext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CipherError {
    /// The key is not 64 hexadecimal digits.
    #[error("the key is not 64 hexadecimal digits; fetch a new one from the key endpoint")]
    InvalidKey,
    /// The body is not padded standard base64.
    #[error("the body is not base64 (standard alphabet, padded, without line breaks)")]
    NotBase64,
    /// The body holds less than an IV and one block.
    #[error("the body is too short: it holds less than an IV and one block (32 bytes)")]
    TooShort,
    /// The ciphertext is not a whole number of blocks.
    #[error("the body is not a whole number of 16 byte blocks; it was probably cut")]
    NotWholeBlocks,
    /// The body has the right form, but not under this key: wrong key, changed bytes, bad padding, all the same.
    #[error("the body cannot be decrypted; fetch a new key and encrypt again")]
    Undecryptable,
}

/// Encrypts under a fresh random IV. The answer is base64 of the IV and the ciphertext.
///
/// The IV comes from a cryptographic generator seeded by the operating system; the same plaintext never gives the same
/// body twice.
pub fn encrypt(key: &SigningKey, plaintext: &[u8]) -> String {
    encrypt_with_iv(key, rand::random(), plaintext)
}

/// Encrypts under a given IV: for test vectors and comparison with other implementations only.
///
/// Two messages under one key and IV show whether they begin alike; use [`encrypt`] for everything that is sent.
pub fn encrypt_with_iv(key: &SigningKey, iv: [u8; BLOCK], plaintext: &[u8]) -> String {
    let padding = BLOCK - plaintext.len() % BLOCK;
    // The buffer never grows, so that the plaintext leaves no copy behind; encryption then overwrites it in place.
    let mut body = Zeroizing::new(Vec::with_capacity(BLOCK + plaintext.len() + padding));
    body.extend_from_slice(&iv);
    body.extend_from_slice(plaintext);
    body.extend(std::iter::repeat_n(padding as u8, padding));
    let (blocks, _) = Block::<Aes256>::slice_as_chunks_mut(&mut body[BLOCK..]);
    cbc::Encryptor::<Aes256>::new((&*key.0).into(), (&iv).into()).encrypt_blocks(blocks);
    STANDARD.encode(&*body)
}

/// Decrypts what [`encrypt`] makes.
///
/// The plaintext is wiped from memory when dropped.
///
/// # Errors
///
/// [`CipherError`], except [`CipherError::InvalidKey`]. See the [module](self) for what a server must make of them.
pub fn decrypt(
    key: &SigningKey,
    body: impl AsRef<[u8]>,
) -> Result<Zeroizing<Vec<u8>>, CipherError> {
    let body = STANDARD
        .decode(body.as_ref())
        .map_err(|_| CipherError::NotBase64)?;
    let (iv, ciphertext) = body
        .split_first_chunk::<BLOCK>()
        .ok_or(CipherError::TooShort)?;
    if ciphertext.len() < BLOCK {
        return Err(CipherError::TooShort);
    }
    if !ciphertext.len().is_multiple_of(BLOCK) {
        return Err(CipherError::NotWholeBlocks);
    }
    let mut plaintext = Zeroizing::new(ciphertext.to_vec());
    decrypt_blocks(key, iv, &mut plaintext);
    let length = unpadded_length(&plaintext)?;
    plaintext.truncate(length);
    Ok(plaintext)
}

/// Decrypts whole blocks in place, padding and all.
fn decrypt_blocks(key: &SigningKey, iv: &[u8; BLOCK], data: &mut [u8]) {
    let (blocks, _) = Block::<Aes256>::slice_as_chunks_mut(data);
    cbc::Decryptor::<Aes256>::new((&*key.0).into(), iv.into()).decrypt_blocks(blocks);
}

/// The length without the PKCS#7 padding.
///
/// All sixteen bytes of the last block are looked at whatever they hold; one branch is taken, at the end, on the verdict.
fn unpadded_length(plaintext: &[u8]) -> Result<usize, CipherError> {
    let (_, last) = plaintext
        .split_last_chunk::<BLOCK>()
        .ok_or(CipherError::TooShort)?;
    let padding = last[BLOCK - 1];
    // Out of range: 0, or above 16. The subtractions set the high bit where they run below zero.
    let mut bad =
        (u16::from(padding).wrapping_sub(1) | 16_u16.wrapping_sub(u16::from(padding))) >> 15;
    for (distance, byte) in (1_u16..).zip(last.iter().rev()) {
        // All ones where this byte belongs to the padding, that is where distance <= padding.
        let outside = u16::from(padding).wrapping_sub(distance) >> 15;
        let inside = outside.wrapping_sub(1);
        bad = black_box(bad | (inside & u16::from(byte ^ padding)));
    }
    if bad == 0 {
        Ok(plaintext.len() - usize::from(padding))
    } else {
        Err(CipherError::Undecryptable)
    }
}

fn digit(digit: u8) -> Result<u8, CipherError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(CipherError::InvalidKey),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // NIST SP 800-38A, F.2.5 and F.2.6 (CBC-AES256).
    const KEY: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
    const IV: &str = "000102030405060708090a0b0c0d0e0f";
    const PLAINTEXT: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                             30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
    const CIPHERTEXT: &str = "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d\
                              39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b";

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|pair| digit(pair[0]).unwrap() << 4 | digit(pair[1]).unwrap())
            .collect()
    }

    fn key() -> SigningKey {
        SigningKey::parse(KEY).unwrap()
    }

    fn iv() -> [u8; BLOCK] {
        bytes(IV).try_into().unwrap()
    }

    /// A body of chosen decrypted blocks, padding and all.
    fn body_of(blocks: &[u8]) -> String {
        let mut body = iv().to_vec();
        body.extend_from_slice(blocks);
        let (chunks, _) = Block::<Aes256>::slice_as_chunks_mut(&mut body[BLOCK..]);
        cbc::Encryptor::<Aes256>::new((&*key().0).into(), (&iv()).into()).encrypt_blocks(chunks);
        STANDARD.encode(body)
    }

    #[test]
    fn nist_vectors_encrypt() {
        let body = STANDARD
            .decode(encrypt_with_iv(&key(), iv(), &bytes(PLAINTEXT)))
            .unwrap();
        assert_eq!(body[..BLOCK], iv());
        assert_eq!(body[BLOCK..BLOCK + 64], bytes(CIPHERTEXT));
        assert_eq!(
            body.len(),
            BLOCK + 64 + BLOCK,
            "one whole block of padding follows"
        );
    }

    #[test]
    fn nist_vectors_decrypt() {
        let mut data = bytes(CIPHERTEXT);
        decrypt_blocks(&key(), &iv(), &mut data);
        assert_eq!(data, bytes(PLAINTEXT));
    }

    #[test]
    fn others_make_the_same_body() {
        // By `openssl enc -aes-256-cbc -K $KEY -iv $IV` (3.0) and by `crypto.subtle.encrypt` of Node 20.
        let body = "AAECAwQFBgcICQoLDA0OD9tDN0mrt73Xz3NUAkLN8Is51tyE+U3LyjCjpgZCPLHFOFi/LlIGvBSaB6K7\
                    2lmQEO2/3FxW38aKw1lNMAQuxwZspsyOrsNN+m2nDZta6h8x";
        let plaintext =
            br#"{"username":"customer@myshop.community.com","password":"strongpassword"}"#;
        assert_eq!(encrypt_with_iv(&key(), iv(), plaintext), body);
        assert_eq!(&**decrypt(&key(), body).unwrap(), plaintext);
    }

    #[test]
    fn each_body_has_its_own_iv() {
        let (one, two) = (encrypt(&key(), b"same"), encrypt(&key(), b"same"));
        assert_ne!(one[..20], two[..20]);
    }

    #[test]
    fn keys_are_64_hexadecimal_digits() {
        assert!(SigningKey::parse(&KEY.to_uppercase()).is_ok());
        let cut = &KEY[..63];
        let foreign = KEY.replace('6', "g");
        let wide = format!("{}é", &KEY[..62]);
        for wrong in [
            "",
            cut,
            &foreign,
            &wide,
            &format!("{KEY}0"),
            &format!(" {cut}"),
        ] {
            assert_eq!(
                SigningKey::parse(wrong).unwrap_err(),
                CipherError::InvalidKey,
                "{wrong}"
            );
        }
    }

    #[test]
    fn bodies_of_a_wrong_form_say_so() {
        let of = |length: usize| STANDARD.encode(vec![7; length]);
        let unpadded = of(32).trim_end_matches('=').to_owned();
        for (body, error) in [
            ("not base64!".to_owned(), CipherError::NotBase64),
            (unpadded, CipherError::NotBase64),
            (format!("{}\n", of(32)), CipherError::NotBase64),
            (String::new(), CipherError::TooShort),
            (of(15), CipherError::TooShort),
            (of(16), CipherError::TooShort),
            (of(31), CipherError::TooShort),
            (of(33), CipherError::NotWholeBlocks),
            (of(47), CipherError::NotWholeBlocks),
        ] {
            assert_eq!(decrypt(&key(), &body).unwrap_err(), error, "{body}");
        }
    }

    #[test]
    fn every_bad_padding_is_the_same_error() {
        for padding in 0..=u8::MAX {
            for good in 0..=BLOCK {
                // `good` bytes at the end hold the padding value, the ones before a value that is none.
                let mut block = [0xEE; BLOCK];
                block[BLOCK - good..].fill(padding);
                block[BLOCK - 1] = padding;
                let expected = (1..=BLOCK).contains(&usize::from(padding))
                    && good.max(1) >= usize::from(padding);
                let decrypted = decrypt(&key(), body_of(&block));
                match decrypted {
                    Ok(plaintext) => {
                        assert!(expected, "{block:?}");
                        assert_eq!(plaintext.len(), BLOCK - usize::from(padding));
                    }
                    Err(error) => {
                        assert!(!expected, "{block:?}");
                        assert_eq!(error, CipherError::Undecryptable);
                    }
                }
            }
        }
    }

    #[test]
    fn debug_hides_the_key() {
        assert_eq!(format!("{:?}", key()), "SigningKey([REDACTED])");
    }

    proptest! {
        #[test]
        fn round_trip(key in any::<[u8; 32]>(), plaintext in prop::collection::vec(any::<u8>(), 0..200)) {
            let key = SigningKey(Zeroizing::new(key));
            let body = encrypt(&key, &plaintext);
            prop_assert_eq!(&*decrypt(&key, &body).unwrap(), &plaintext);
        }

        #[test]
        fn text_that_is_no_body_never_panics(body in ".{0,200}") {
            let _ = decrypt(&key(), body);
        }

        #[test]
        fn bytes_that_are_no_body_never_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let decrypted = decrypt(&key(), STANDARD.encode(&body));
            if let Ok(plaintext) = decrypted {
                prop_assert!(plaintext.len() < body.len());
            }
        }

        #[test]
        fn keys_never_panic(text in ".{0,70}") {
            let _ = SigningKey::parse(&text);
        }
    }
}
