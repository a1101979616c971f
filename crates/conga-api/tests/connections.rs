//! How connections come about: through proxies, and with certificates of one's own against the server of OpenSSL.

#![cfg(feature = "rustls")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may fail, and says why it was skipped"
)]

mod common;
#[path = "../../conga-auth/tests/support/tool.rs"]
#[allow(unreachable_pub, reason = "it is shared")]
mod tool;

use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use bytes::Bytes;
use common::{answering, builder, ok, requests};
use conga_api::{Error, ErrorKind, HttpOptions, Response, RetryPolicy};
use http::Method;
use reqwest::{Certificate, Identity, Proxy};
use serde_json::{Value, json};
use tempfile::TempDir;

#[tokio::test]
async fn requests_go_through_the_proxy() {
    let proxy = answering([ok(json!({}))]).await;
    let through = Proxy::all(proxy.uri())
        .unwrap()
        .basic_auth("ann", "hunter2");
    let options = HttpOptions::new().proxy(through);
    assert!(!format!("{options:?}").contains("hunter2"));
    let transport = builder("http://conga.invalid")
        .http(options)
        .build()
        .unwrap();
    let call = transport.request(Method::GET, "/a");
    call.send::<Value>().await.unwrap();
    let (_, requests) = requests(&proxy).await;
    assert_eq!(requests[0].headers["host"], "conga.invalid");
    assert!(requests[0].headers.contains_key("proxy-authorization"));
}

#[tokio::test]
async fn connecting_has_a_time_limit_of_its_own() {
    // Takes no connection: the system's queue for it holds one, and that is full.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        queue.push(stream);
    }
    let transport = builder(&format!("http://{address}"))
        .http(HttpOptions::new().connect_timeout(Duration::from_millis(100)))
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let call = transport.request(Method::POST, "/a");
    let error = call.send::<Value>().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Connect(_)), "{error:?}");
    assert!(!error.may_have_been_processed());
}

/// An authority, a certificate of it for `localhost` and one for a client; and OpenSSL's server that shows the first and may ask for the
/// second.
struct Tls {
    folder: TempDir,
    port: u16,
    server: Child,
}

impl Tls {
    fn start(asks_for_client: bool) -> Option<Self> {
        if tool::missing("openssl") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let new_key = ["req", "-newkey", "rsa:2048", "-nodes"];
        let authority = [
            "-x509", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test",
        ];
        openssl(folder.path(), &[&new_key[..], &authority].concat());
        for (name, extension) in [
            ("server", "subjectAltName=DNS:localhost"),
            ("client", "extendedKeyUsage=clientAuth"),
        ] {
            let [key, asked, issued] = ["key", "csr", "pem"].map(|end| format!("{name}.{end}"));
            let subject = format!("/CN={name}");
            let request = [
                "-keyout", &key, "-out", &asked, "-subj", &subject, "-addext", extension,
            ];
            openssl(folder.path(), &[&new_key[..], &request].concat());
            let sign = [
                "x509",
                "-req",
                "-days",
                "2",
                "-in",
                &asked,
                "-out",
                &issued,
                "-copy_extensions",
                "copy",
            ];
            let by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
            openssl(folder.path(), &[&sign[..], &by].concat());
        }
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let accept = format!("127.0.0.1:{port}");
        let mut server = Command::new("openssl");
        server
            .args([
                "s_server",
                "-www",
                "-accept",
                &accept,
                "-cert",
                "server.pem",
                "-key",
                "server.key",
            ])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if asks_for_client {
            server.args(["-CAfile", "ca.pem", "-Verify", "2", "-verify_return_error"]);
        }
        let mut server = server.spawn().unwrap();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(server.try_wait().unwrap().is_none(), "openssl ended");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self {
            folder,
            port,
            server,
        })
    }

    fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(name)).unwrap()
    }

    fn authority(&self) -> HttpOptions {
        let authority = Certificate::from_pem(&self.file("ca.pem")).unwrap();
        HttpOptions::new().root_certificate(authority)
    }

    async fn get(&self, options: HttpOptions) -> Result<Response<Bytes>, Error> {
        let transport = builder(&format!("https://localhost:{}", self.port))
            .http(options)
            .retry(RetryPolicy::never())
            .build()
            .unwrap();
        transport.request(Method::GET, "/").send_raw().await
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let run = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_where_it_is_given() {
    let Some(tls) = Tls::start(false) else {
        return;
    };
    let error = tls.get(HttpOptions::new()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Connect(_)), "{error:?}");
    let answer = tls.get(tls.authority()).await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_client_shows_who_it_is() {
    let Some(tls) = Tls::start(true) else {
        return;
    };
    assert!(tls.get(tls.authority()).await.is_err());
    let pem = [tls.file("client.key"), tls.file("client.pem")].concat();
    let identity = Identity::from_pem(&pem).unwrap();
    let answer = tls.get(tls.authority().identity(identity)).await.unwrap();
    assert_eq!(answer.status(), 200);
}
