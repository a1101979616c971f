//! Bodies, names and texts that are broken or mean harm: a clear error, nothing lost, nobody let in, and it keeps serving.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::Path;

use common::{Arrival, Browser, authorize_url, first_message, integration_token, request};
use conga_sandbox::{Sandbox, Seed};
use reqwest::header::HeaderValue;
use reqwest::multipart::{Form, Part};
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const ACCOUNTS: &str = "/api/data/v1/Account";
const DOCUMENTS: &str = "/api/document-management/v1/documents";
const FILES: &str = "/api/filestore/v1/files";

struct Signed {
    sandbox: Sandbox,
    token: String,
}

impl Signed {
    async fn start() -> Self {
        Self::with_limit(1024 * 1024).await
    }

    async fn with_limit(bytes: usize) -> Self {
        let builder = Sandbox::builder().seed(Seed::Empty).body_limit(bytes);
        let sandbox = builder.start().await.unwrap();
        let token = integration_token(&sandbox).await;
        Self { sandbox, token }
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        request(&self.sandbox, method, path, &self.token)
    }

    /// Posts an account as these bytes.
    fn post(&self, content_type: &str, body: impl Into<Vec<u8>>) -> RequestBuilder {
        let request = self.request("POST", ACCOUNTS);
        request
            .header("content-type", content_type)
            .body(body.into())
    }

    /// The names of all accounts.
    async fn accounts(&self) -> Vec<String> {
        let answer = self.request("GET", ACCOUNTS).send().await.unwrap();
        let body: Value = answer.json().await.unwrap();
        let records = body["Data"].as_array().unwrap().iter();
        records
            .map(|record| record["Name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// How many documents there are, in any version.
    async fn documents(&self) -> usize {
        let request = self.request("POST", "/api/search/v1/document/query");
        let answer = request.json(&serde_json::json!({})).send().await.unwrap();
        let body: Value = answer.json().await.unwrap();
        body["Data"].as_array().unwrap().len()
    }

    /// Sends bytes and, if `ends`, no more; what is answered until the connection ends. `TOKEN` stands for a good one.
    async fn raw(&self, head: &str, body: &[u8], ends: bool) -> String {
        let address = self.sandbox.base_url().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = head.replace("TOKEN", &self.token).replace('\n', "\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        // Whoever is refused early may not take the rest.
        let _ = stream.write_all(body).await;
        if ends {
            let _ = stream.shutdown().await;
        }
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// Asserts a refusal with this status, which says so in these words.
async fn assert_refused(answer: Response, status: u16, words: &str) {
    assert_eq!(answer.status(), status, "{words}");
    let message = first_message(answer).await;
    assert!(message.contains(words), "{message}");
}

#[tokio::test]
async fn texts_are_utf_8() {
    let signed = Signed::start().await;
    let utf_16: Vec<u8> = "\u{feff}{\"Name\": \"a\"}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let plain = "application/json";
    let cases: [(&str, &[u8], u16, &str); 10] = [
        (plain, b"{\"Name\": \"\xff\xfe\"}", 400, "not UTF-8"),
        (plain, b"{\"Name\": \"\xed\xa0\x80\"}", 400, "not UTF-8"),
        (plain, &utf_16, 400, "not UTF-8"),
        (plain, br#"{"Name": "\ud800"}"#, 400, "not valid JSON"),
        (
            plain,
            br#"{"Name": "a", "AnnualRevenue": 1e999}"#,
            400,
            "not valid JSON",
        ),
        (
            plain,
            br#"{"Name": "a"} {"Name": "b"}"#,
            400,
            "not valid JSON",
        ),
        (
            "application/json; charset=utf-16",
            &utf_16,
            415,
            "charset=utf-8, got utf-16",
        ),
        (
            "application/json; charset=\"ISO-8859-1\"",
            b"{\"Name\": \"\xe4\"}",
            415,
            "charset=utf-8",
        ),
        (
            "application/xml",
            b"<Name>a</Name>",
            415,
            "expected application/json",
        ),
        (
            "application/x-www-form-urlencoded",
            b"Name=a",
            415,
            "expected application/json",
        ),
    ];
    for (content_type, body, status, words) in cases {
        let answer = signed.post(content_type, body).send().await.unwrap();
        assert_refused(answer, status, words).await;
    }
    let depth = 5_000;
    let deep = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let answer = signed.post(plain, deep).send().await.unwrap();
    assert_refused(answer, 400, "recursion limit").await;

    for coding in ["gzip", "br", "nonsense", "identity, gzip"] {
        let request = signed
            .post(plain, "{\"Name\": \"a\"}")
            .header("content-encoding", coding);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["accept-encoding"], "identity");
        assert_refused(answer, 415, "without compression").await;
    }
    assert_eq!(signed.accounts().await, [] as [&str; 0]);

    for (content_type, body) in [
        (plain, "\u{feff}{\"Name\": \"marked\"}"),
        (
            "application/json; charset=UTF-8",
            "{\"Name\": \"\u{e4}\u{1f980}\\u0000\"}",
        ),
    ] {
        let request = signed
            .post(content_type, body)
            .header("content-encoding", "identity");
        assert_eq!(request.send().await.unwrap().status(), 201);
    }
    assert_eq!(signed.accounts().await, ["marked", "\u{e4}\u{1f980}\0"]);
}

#[tokio::test]
async fn addresses_and_headers_are_checked() {
    let signed = Signed::start().await;
    let get = async |path: &str| signed.request("GET", path).send().await.unwrap();
    assert_refused(
        get(&format!("{ACCOUNTS}?filter=%FF")).await,
        400,
        "query: not UTF-8",
    )
    .await;
    assert_refused(
        get(&format!("{ACCOUNTS}/%FF")).await,
        404,
        "no operation has this path",
    )
    .await;
    assert_eq!(get(&format!("{ACCOUNTS}/%00")).await.status(), 404);
    assert_eq!(
        get(&format!("{ACCOUNTS}/..%2F..%2Fetc%2Fpasswd"))
            .await
            .status(),
        404
    );

    let hidden = HeaderValue::from_bytes(b"b\xc3\xa4d").unwrap();
    let url = format!("{}{ACCOUNTS}", signed.sandbox.base_url());
    let request = reqwest::Client::new()
        .get(url)
        .header("authorization", &hidden);
    assert_eq!(request.send().await.unwrap().status(), 401);

    let long = "x".repeat(100_000);
    let answer = signed
        .raw(&format!("GET /{long} HTTP/1.1\nhost: x\n\n"), b"", true)
        .await;
    assert!(answer.starts_with("HTTP/1.1 414"), "{answer:.80}");
    let many: String = (0..500).map(|number| format!("x-{number}: y\n")).collect();
    for headers in [many, format!("x-long: {}\n", "x".repeat(1_000_000))] {
        let head =
            format!("GET {ACCOUNTS} HTTP/1.1\nhost: x\nauthorization: Bearer TOKEN\n{headers}\n");
        let answer = signed.raw(&head, b"", true).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
            "{answer:.80}"
        );
    }
    assert_eq!(get(ACCOUNTS).await.status(), 200);
}

#[tokio::test]
async fn bodies_that_break_off_change_nothing() {
    let signed = Signed::start().await;
    let head = format!(
        "POST {ACCOUNTS} HTTP/1.1\nhost: x\nauthorization: Bearer TOKEN\ncontent-type: application/json\n"
    );
    let whole = b"{\"Name\": \"a\"}";
    let cases: [(&str, &[u8]); 7] = [
        ("content-length: 1000\n\n", whole),
        (
            "transfer-encoding: chunked\n\n",
            b"5\r\n{\"Nam\r\nnonsense\r\n",
        ),
        (
            "transfer-encoding: chunked\n\n",
            b"ffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        ),
        (
            "transfer-encoding: chunked\n\n",
            b"d\r\n{\"Name\": \"a\"}\r\n",
        ),
        ("transfer-encoding: gzip, chunked\n\n", b"zz\r\n"),
        ("content-length: -1\n\n", whole),
        ("content-length: 13\ncontent-length: 14\n\n", whole),
    ];
    for (rest, body) in cases {
        let answer = signed.raw(&format!("{head}{rest}"), body, true).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{rest}: {answer}"
        );
    }
    // Both lengths: the chunks count, and nothing that follows is taken for a request.
    let smuggled = b"0\r\n\r\nGET /api/none HTTP/1.1\r\nhost: x\r\n\r\n";
    let both = format!("{head}content-length: 4\ntransfer-encoding: chunked\n\n");
    let answer = signed.raw(&both, smuggled, true).await;
    assert!(
        answer.is_empty() || answer.matches("HTTP/1.1").count() <= 2,
        "{answer}"
    );
    assert!(!answer.contains("HTTP/1.1 2"), "{answer}");
    assert_eq!(signed.accounts().await, [] as [&str; 0]);
}

#[tokio::test]
async fn forms_that_break_off_or_are_malformed_keep_no_file() {
    let signed = Signed::start().await;
    let head = |length: usize| {
        format!(
            "POST {DOCUMENTS}/upload HTTP/1.1\nhost: x\nconnection: close\nauthorization: Bearer TOKEN\n\
             content-type: multipart/form-data; boundary=b\ncontent-length: {length}\n\n"
        )
    };
    let part = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\ncontent\r\n";
    let whole = format!("{part}--b--\r\n");
    let long_header = format!("--b\r\nx-long: {}\r\n{}", "x".repeat(500_000), &part[5..]);
    let many_headers: String = (0..1_000)
        .map(|number| format!("x-{number}: y\r\n"))
        .collect();
    let cases = [
        // The connection ends in a part's head, in its content, before the last boundary.
        ("--b\r\ncontent-dispo".to_owned(), 1_000),
        (part[..part.len() - 5].to_owned(), 1_000),
        (part.to_owned(), 1_000),
        // The body is as long as was said, but not whole.
        (part.to_owned(), part.len()),
        (String::new(), 0),
        ("no boundary at all".to_owned(), 18),
        (
            whole.replace("--b", "--other"),
            whole.replace("--b", "--other").len(),
        ),
        // Parts without what they need.
        ("--b\r\n\r\ncontent\r\n--b--\r\n".to_owned(), 23),
        (
            "--b\r\ncontent-disposition: form-data\r\n\r\nx\r\n--b--\r\n".to_owned(),
            49,
        ),
        (
            "--b\r\ncontent-disposition: form-data; filename=\"a.txt\"\r\n\r\nx\r\n--b--\r\n"
                .to_owned(),
            68,
        ),
        ("--b\r\nnot a header\r\n\r\nx\r\n--b--\r\n".to_owned(), 32),
        (
            format!("--b\r\n{many_headers}{}", &part[5..]),
            many_headers.len() + part.len(),
        ),
    ];
    for (body, length) in cases {
        let answer = signed.raw(&head(length), body.as_bytes(), true).await;
        let begin: String = body.chars().take(70).collect();
        assert!(
            answer.starts_with("HTTP/1.1 400") && answer.contains("body"),
            "{begin:?}: {answer}"
        );
    }
    assert_eq!(signed.documents().await, 0);
    // A long head is still a head.
    let long_header = format!("{long_header}--b--\r\n");
    let answer = signed
        .raw(&head(long_header.len()), long_header.as_bytes(), false)
        .await;
    assert!(
        answer.starts_with("HTTP/1.1 2") || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
    let kept = signed.documents().await;
    let answer = signed
        .raw(&head(whole.len()), whole.as_bytes(), false)
        .await;
    assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    assert_eq!(signed.documents().await, kept + 1);
}

#[tokio::test]
async fn whoever_sends_too_much_is_told() {
    let signed = Signed::with_limit(100_000).await;
    let long = vec![b'x'; 700_000];
    let chunks = |long: &[u8]| {
        let chunks: Vec<_> = long
            .chunks(10_000)
            .map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec()))
            .collect();
        reqwest::Body::wrap_stream(futures_util::stream::iter(chunks))
    };
    let json = "application/json";
    let part = || Form::new().part("file", Part::bytes(long.clone()).file_name("long.bin"));
    let requests = [
        signed.post(json, long.clone()),
        signed
            .request("POST", ACCOUNTS)
            .header("content-type", json)
            .body(chunks(&long)),
        signed
            .request("POST", &format!("{DOCUMENTS}/upload"))
            .multipart(part()),
        signed
            .request("POST", &format!("{FILES}/a/long.bin/upload"))
            .multipart(part()),
    ];
    for request in requests {
        let answer = request.send().await.unwrap();
        assert_refused(answer, 413, "longer than the limit of 100000 bytes").await;
    }
    // Signing in has a limit of its own.
    let form = [("grant_type", "x".repeat(700_000))];
    let request = reqwest::Client::new()
        .post(signed.sandbox.token_url())
        .form(&form);
    assert_eq!(request.send().await.unwrap().status(), 413);
    assert_eq!(signed.accounts().await, [] as [&str; 0]);
    assert_eq!(signed.documents().await, 0);
}

/// The names of everything in a folder.
fn listing(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn no_name_leads_out_of_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let builder = Sandbox::builder()
        .seed(Seed::Empty)
        .data_file(inner.join("sandbox.db"));
    let sandbox = builder.start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let signed = Signed { sandbox, token };
    let before = (listing(folder.path()), listing(&inner));

    // The File Store has folders, and a path that leaves them is refused.
    for path in [
        "..%2F..%2Fetc/passwd",
        "a%2F..%2F../b.txt",
        "..%5C..%5Cwindows/boot.ini",
        "a/..%2Fb.txt",
        "a/%2Fetc%2Fpasswd",
        "a/..",
        "a/C:%5Cboot.ini",
        "a/b%00.txt",
        "a/b%0D%0Ax-evil: 1.txt",
    ] {
        let form = Form::new().part("file", Part::bytes(b"x".as_slice()).file_name("a.txt"));
        let upload = signed
            .request("POST", &format!("{FILES}/{path}/upload"))
            .multipart(form);
        let status = upload.send().await.unwrap().status().as_u16();
        assert!((400..500).contains(&status), "{path}: {status}");
    }
    // Document Management goes by the last part of what the file is called.
    let mut ids = Vec::new();
    for (given, kept) in [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\boot.pdf", "boot.pdf"),
        ("/etc/shadow.zip", "shadow.zip"),
        (
            "<img src=x onerror=alert(1)>;\u{202e}--.txt",
            "<img src=x onerror=alert(1)>;--.txt",
        ),
    ] {
        let part = Part::bytes(given.as_bytes().to_vec()).file_name(given);
        let form = Form::new().part("file", part);
        let upload = signed
            .request("POST", &format!("{DOCUMENTS}/upload"))
            .multipart(form);
        let answer: Value = upload.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["Success"], true, "{answer}");
        let id = answer["Data"]["Id"].as_str().unwrap().to_owned();
        let download = signed.request("GET", &format!("{DOCUMENTS}/{id}/download"));
        let answer = download.send().await.unwrap();
        let shown = answer.headers()["content-disposition"].to_str().unwrap();
        let (_, name) = shown.split_once("filename=\"").unwrap();
        assert_eq!(name.split_once('"').unwrap().0, kept);
        assert!(
            shown.starts_with("attachment;") && !shown.contains('/'),
            "{shown}"
        );
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert_eq!(answer.text().await.unwrap(), given);
        ids.push(id);
    }
    for name in ["..", "../..", "a/"] {
        let form = Form::new().part("file", Part::bytes(b"x".as_slice()).file_name(name));
        let upload = signed
            .request("POST", &format!("{DOCUMENTS}/upload"))
            .multipart(form);
        assert_refused(upload.send().await.unwrap(), 400, "the file has no name").await;
    }
    // An archive of a folder has names and no paths.
    for name in ["a.txt", "b;c=d.txt"] {
        let form = Form::new().part("file", Part::bytes(b"x".as_slice()).file_name("../x"));
        let upload = signed
            .request("POST", &format!("{FILES}/deep%2Fer/{name}/upload"))
            .multipart(form);
        assert!(upload.send().await.unwrap().status().is_success());
    }
    let archive = signed.request("GET", &format!("{FILES}/deep%2Fer/download"));
    let bytes = archive.send().await.unwrap().bytes().await.unwrap();
    let archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    assert_eq!(names, ["a.txt", "b;c=d.txt"]);

    assert_eq!((listing(folder.path()), listing(&inner)), before);
}

#[tokio::test]
async fn an_archive_that_means_harm_makes_no_object() {
    use std::io::Write as _;

    let signed = Signed::start().await;
    let pack = |entries: &[(&str, &[u8])]| {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            let options = zip::write::SimpleFileOptions::default();
            writer.start_file(*name, options).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let bomb = vec![b' '; 200 * 1024 * 1024];
    let deep = "[".repeat(100_000);
    let cases = [
        b"PK\x03\x04 but no archive".to_vec(),
        pack(&[("bomb.json", &bomb)]),
        pack(&[("../../deep.json", deep.as_bytes())]),
        pack(&[("../escape.json", b"{\"Name\": \"../../x\"}")]),
        pack(&[("binary.json", b"\xff\xfe\x00")]),
        pack(&[]),
    ];
    for archive in cases {
        let form = Form::new().part("file", Part::bytes(archive).file_name("../../import.zip"));
        let import = signed
            .request("POST", "/api/schema/v1/objects/customschema/import")
            .multipart(form);
        let answer = import.send().await.unwrap();
        assert_eq!(answer.headers()["x-conga-sandbox"], "behaviour");
        assert_eq!(answer.status(), 400);
    }
}

#[tokio::test]
async fn pages_show_what_was_sent_as_text() {
    const TEXT: &str = "\"><script>alert(1)</script>'; DROP TABLE users;--";
    let signed = Signed::start().await;
    let sandbox = &signed.sandbox;
    let browser = Browser::new();
    let mut pages = Vec::new();
    let mut keep = |arrival: Arrival| match arrival {
        Arrival::Page(page) => pages.push(page),
        Arrival::Elsewhere(url) => assert!(!url.as_str().contains("<script>"), "{url}"),
    };
    for name in [
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
        "nonce",
        "prompt",
        "login_hint",
        "display",
    ] {
        keep(browser.open(&authorize_url(sandbox, &[(name, TEXT)])).await);
    }
    for path in [
        "/connect/endsession",
        "/device",
        "/consent",
        "/account/login",
    ] {
        for name in [
            "id_token_hint",
            "user_code",
            "returnUrl",
            "state",
            "client_id",
            "post_logout_redirect_uri",
        ] {
            let url = format!("{}{path}", sandbox.issuer());
            let url = url::Url::parse_with_params(&url, [(name, TEXT)]).unwrap();
            keep(browser.open(url.as_str()).await);
        }
    }
    let login = browser
        .open(&authorize_url(sandbox, &[]))
        .await
        .page("Sign in");
    let fields = [("user_name", TEXT), ("password", TEXT)];
    keep(browser.submit(&login, &fields).await);
    assert!(pages.len() > 10, "{}", pages.len());
    for page in &pages {
        assert!(page.status < 500, "{}", page.html);
        assert!(!page.html.contains("<script"), "{}", page.html);
    }
    // Somewhere it is shown.
    assert!(
        pages
            .iter()
            .any(|page| page.html.contains("&lt;script&gt;"))
    );
}
