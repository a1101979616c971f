//! A tiny web server on this machine, to which the browser brings the answer of a sign-in (RFC 8252, section 7.3).
//!
//! It understands one `GET` per connection, of one path. Everything else is turned away without disturbing the sign-in:
//! browsers open connections that they never use, and ask for icons.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{BoxFuture, Either, FutureExt, select, select_all};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tracing::debug;
use url::{Host, Url};

use crate::AuthError;

/// Listens for the browser.
#[derive(Debug)]
pub(super) struct Listener {
    sockets: Vec<TcpListener>,
    path: String,
}

impl Listener {
    /// Bytes of a request that are read at most. A code and a state need a few hundred.
    const LIMIT: usize = 16 * 1024;

    /// Time for a browser to send its request, and to take its page.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// Listens on a free port. Gives the redirect URI too.
    pub(super) async fn on_free_port() -> Result<(Self, Url), AuthError> {
        let failed = |error| AuthError::system("no port of this machine can be listened on", error);
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let url = Url::parse(&format!("http://{address}/callback")).map_err(|error| {
            AuthError::configuration(format!("{address} makes no redirect URI ({error})"))
        })?;
        let listener = Self {
            sockets: vec![socket],
            path: url.path().to_owned(),
        };
        Ok((listener, url))
    }

    /// Listens where this redirect URI points; `None` where it does not point to this machine by plain HTTP.
    pub(super) async fn for_redirect(url: &Url) -> Result<Option<Self>, AuthError> {
        if url.scheme() != "http" {
            return Ok(None);
        }
        let port = url.port_or_known_default().unwrap_or(80);
        let (first, second) = match url.host() {
            // A browser may try either.
            Some(Host::Domain("localhost")) => (
                SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
                Some(SocketAddr::from((Ipv6Addr::LOCALHOST, port))),
            ),
            Some(Host::Ipv4(address)) if address.is_loopback() => ((address, port).into(), None),
            Some(Host::Ipv6(address)) if address.is_loopback() => ((address, port).into(), None),
            _ => return Ok(None),
        };
        let mut sockets = vec![TcpListener::bind(first).await.map_err(|error| {
            AuthError::system(
                format!(
                    "port {port} of the redirect URI cannot be listened on; end the program that uses it, or paste the answer instead"
                ),
                error,
            )
        })?];
        if let Some(second) = second
            && let Ok(socket) = TcpListener::bind(second).await
        {
            sockets.push(socket);
        }
        Ok(Some(Self {
            sockets,
            path: url.path().to_owned(),
        }))
    }

    pub(super) fn visits(&self) -> Visits<'_> {
        Visits {
            listener: self,
            open: FuturesUnordered::new(),
        }
    }

    async fn accept(&self) -> Option<TcpStream> {
        let accepts = self.sockets.iter().map(|socket| socket.accept().boxed());
        match select_all(accepts).await.0 {
            Ok((stream, _)) => Some(stream),
            Err(error) => {
                debug!(%error, "a connection broke");
                // Without a pause, an error that stays would keep a core busy.
                tokio::time::sleep(Duration::from_millis(50)).await;
                None
            }
        }
    }

    /// Reads one request. `None` where it was none of ours, and has been turned away.
    async fn visit(&self, mut stream: TcpStream) -> Option<Visit> {
        let head = tokio::time::timeout(Self::PATIENCE, read_head(&mut stream))
            .await
            .ok()??;
        let query = match route(&head, &self.path) {
            Ok(query) => query,
            Err(status) => {
                respond(&mut stream, status, &Page::NOT_HERE).await;
                return None;
            }
        };
        Some(Visit { stream, query })
    }
}

/// The requests that come in, however many connections are open.
pub(super) struct Visits<'a> {
    listener: &'a Listener,
    open: FuturesUnordered<BoxFuture<'a, Option<Visit>>>,
}

impl Visits<'_> {
    /// Waits for the next visit to the redirect URI.
    pub(super) async fn next(&mut self) -> Visit {
        loop {
            let accept = pin!(self.listener.accept());
            let accepted = if self.open.is_empty() {
                accept.await
            } else {
                match select(accept, self.open.next()).await {
                    Either::Left((stream, _)) => stream,
                    Either::Right((Some(Some(visit)), _)) => return visit,
                    Either::Right(_) => None,
                }
            };
            if let Some(stream) = accepted {
                self.open.push(self.listener.visit(stream).boxed());
            }
        }
    }
}

/// A browser that waits for its page.
pub(super) struct Visit {
    stream: TcpStream,
    pub(super) query: String,
}

impl Visit {
    /// Shows a page. A browser that has gone does not matter.
    pub(super) async fn show(mut self, page: &Page) {
        let status = if page.good {
            "200 OK"
        } else {
            "400 Bad Request"
        };
        respond(&mut self.stream, status, page).await;
    }
}

/// What the user reads in the browser at the end. The words are fixed: nothing of a request gets into the page.
#[derive(Debug)]
pub(super) struct Page {
    good: bool,
    title: &'static str,
    text: &'static str,
}

impl Page {
    pub(super) const SIGNED_IN: Self = Self {
        good: true,
        title: "You are signed in",
        text: "You can close this window and go back to the program.",
    };
    pub(super) const DECLINED: Self = Self {
        good: false,
        title: "The sign-in was declined",
        text: "Nothing was changed. To sign in after all, go back to the program and start again.",
    };
    pub(super) const FAILED: Self = Self {
        good: false,
        title: "The sign-in did not work",
        text: "The program that started it says why. You can close this window.",
    };
    pub(super) const FOREIGN: Self = Self {
        good: false,
        title: "This page belongs to another sign-in",
        text: "The program still waits for its own. Go back to the window that it opened.",
    };
    const NOT_HERE: Self = Self {
        good: false,
        title: "There is nothing here",
        text: "This address only takes the answer of a sign-in.",
    };

    fn html(&self) -> String {
        let Self { title, text, .. } = self;
        format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
             <style>:root{{color-scheme:light dark}}\
             body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1rem;\
             color:#1a1a1a;background:#fff}}h1{{font-size:1.75rem;line-height:1.25;text-wrap:balance}}\
             @media(prefers-color-scheme:dark){{body{{color:#eee;background:#1a1a1a}}}}</style></head>\
             <body><main><h1>{title}</h1><p>{text}</p></main></body></html>\n"
        )
    }
}

/// Reads up to the empty line that ends the head of a request.
async fn read_head(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::with_capacity(2_048);
    loop {
        if stream.read_buf(&mut head).await.ok()? == 0 || head.len() > Listener::LIMIT {
            return None;
        }
        if head.windows(4).any(|end| end == b"\r\n\r\n") {
            return Some(head);
        }
    }
}

/// The query of a request for `path`, or the status with which it is turned away.
fn route(head: &[u8], path: &str) -> Result<String, &'static str> {
    const BAD: &str = "400 Bad Request";
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = std::str::from_utf8(line).map_err(|_| BAD)?;
    let mut words = line.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(BAD);
    };
    if !version.starts_with("HTTP/1.") {
        return Err(BAD);
    }
    if method != "GET" {
        return Err("405 Method Not Allowed");
    }
    match target.split_once('?') {
        Some((asked, query)) if asked == path => Ok(query.to_owned()),
        _ => Err("404 Not Found"),
    }
}

async fn respond(stream: &mut TcpStream, status: &str, page: &Page) {
    let html = page.html();
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         content-security-policy: default-src 'none'; style-src 'unsafe-inline'\r\n\
         x-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\ncache-control: no-store\r\nallow: GET\r\n\
         connection: close\r\n\r\n{html}",
        html.len()
    );
    let write = async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await
    };
    let outcome = tokio::time::timeout(Listener::PATIENCE, write).await;
    debug!(status, ?outcome, "page shown");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn routed(head: &str) -> Result<String, &'static str> {
        route(head.as_bytes(), "/callback")
    }

    #[test]
    fn only_a_get_of_the_path_is_taken() {
        let query = routed("GET /callback?code=a&state=b HTTP/1.1\r\nhost: x\r\n\r\n");
        assert_eq!(query.unwrap(), "code=a&state=b");
        for (head, status) in [
            ("GET /favicon.ico HTTP/1.1\r\n\r\n", "404 Not Found"),
            ("GET /callback HTTP/1.1\r\n\r\n", "404 Not Found"),
            ("GET /callback/x?code=a HTTP/1.1\r\n\r\n", "404 Not Found"),
            (
                "POST /callback?code=a HTTP/1.1\r\n\r\n",
                "405 Method Not Allowed",
            ),
            ("GET /callback?code=a\r\n\r\n", "400 Bad Request"),
            ("GET /callback?a b HTTP/1.1\r\n\r\n", "400 Bad Request"),
            ("GET /callback?code=a HTTP/2\r\n\r\n", "400 Bad Request"),
            ("\r\n\r\n", "400 Bad Request"),
        ] {
            assert_eq!(routed(head), Err(status), "{head}");
        }
    }

    #[test]
    fn pages_are_complete_html() {
        for page in [
            Page::SIGNED_IN,
            Page::DECLINED,
            Page::FAILED,
            Page::FOREIGN,
            Page::NOT_HERE,
        ] {
            let html = page.html();
            for part in [
                "<!doctype html>",
                "lang=\"en\"",
                "<title>",
                "<main><h1>",
                "</html>",
            ] {
                assert!(html.contains(part), "{html}");
            }
        }
    }

    #[tokio::test]
    async fn a_redirect_elsewhere_is_not_listened_for() {
        for url in [
            "https://localhost/cb",
            "http://app.example/cb",
            "app:/cb",
            "http://10.0.0.1/cb",
        ] {
            let url = Url::parse(url).unwrap();
            assert!(
                Listener::for_redirect(&url).await.unwrap().is_none(),
                "{url}"
            );
        }
    }

    #[tokio::test]
    async fn a_port_in_use_is_told() {
        let (_listener, url) = Listener::on_free_port().await.unwrap();
        let error = Listener::for_redirect(&url).await.unwrap_err();
        assert!(
            error.to_string().contains("end the program that uses it"),
            "{error}"
        );
    }

    proptest! {
        #[test]
        fn any_request_is_routed_or_turned_away(head in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = route(&head, "/callback");
        }

        #[test]
        fn any_query_is_passed_on(query in "[!-~]{0,80}") {
            let head = format!("GET /callback?{query} HTTP/1.1\r\n\r\n");
            prop_assert_eq!(routed(&head), Ok(query));
        }
    }
}
