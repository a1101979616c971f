//! The storefront cipher against OpenSSL and WebCrypto, both ways: what they encrypt decrypts here, and what is encrypted here decrypts there.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use conga_auth::cipher::{SigningKey, decrypt, encrypt};

use crate::program::skip;

const KEY: &str = "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f";

/// Lengths on both sides of a block's edge, and text that is no ASCII.
fn plaintexts() -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> = [0, 1, 15, 16, 17, 31, 32, 33, 1000]
        .into_iter()
        .map(|length| vec![b'x'; length])
        .collect();
    texts.push(
        r#"{"username":"käufer@example.com","password":"pässwörd ☃"}"#
            .as_bytes()
            .to_vec(),
    );
    texts
}

/// Runs a program with `input` and gives what it prints. `None` where the machine does not have it.
fn run(program: &str, arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let mut child = match Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
    {
        Ok(child) => child,
        Err(error) => {
            skip(&format!("{program} does not start ({error})"));
            return None;
        }
    };
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} failed");
    Some(output.stdout)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn openssl_and_we_read_each_other() {
    let key = SigningKey::parse(KEY).unwrap();
    let mut texts = 0;
    for plain in plaintexts() {
        let iv = [7_u8; 16];
        let Some(cipher) = run(
            "openssl",
            &["enc", "-aes-256-cbc", "-K", KEY, "-iv", &hex(&iv)],
            &plain,
        ) else {
            return;
        };
        let body = BASE64_STANDARD.encode([&iv[..], &cipher].concat());
        assert_eq!(*decrypt(&key, &body).unwrap(), plain);

        let ours = BASE64_STANDARD.decode(encrypt(&key, &plain)).unwrap();
        let (iv, cipher) = ours.split_at(16);
        let theirs = run(
            "openssl",
            &["enc", "-d", "-aes-256-cbc", "-K", KEY, "-iv", &hex(iv)],
            cipher,
        )
        .unwrap();
        assert_eq!(theirs, plain);
        texts += 1;
    }
    println!("{texts} texts, both ways, with OpenSSL");
}

#[test]
fn webcrypto_and_we_read_each_other() {
    const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/cipher.mjs");
    let key = SigningKey::parse(KEY).unwrap();
    let mut texts = 0;
    for plain in plaintexts() {
        let Some(body) = run("node", &[SCRIPT, "encrypt", KEY], &plain) else {
            return;
        };
        assert_eq!(
            *decrypt(&key, std::str::from_utf8(&body).unwrap()).unwrap(),
            plain
        );

        let theirs = run(
            "node",
            &[SCRIPT, "decrypt", KEY],
            encrypt(&key, &plain).as_bytes(),
        )
        .unwrap();
        assert_eq!(theirs, plain);
        texts += 1;
    }
    println!("{texts} texts, both ways, with WebCrypto");
}
