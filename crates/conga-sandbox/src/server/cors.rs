//! Cross-origin requests (CORS), for the origins that active connections name.
//!
//! That connections have origins is published. That they go for all services alike, and that no cookie is let
//! through, is assumed.

use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};

use crate::directory::Directory;
use crate::request::Answer;

/// Seconds that a browser may remember what it may send.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Answer headers that scripts may read beside the usual ones.
const EXPOSED: HeaderValue =
    HeaderValue::from_static("WWW-Authenticate, Retry-After, x-conga-sandbox");

/// Lets the script that sent a request read its answer, and send what it asks leave for, if its origin is let through.
pub(super) fn share(directory: &Directory, parts: &Parts, answer: &mut Answer) {
    let Some(origin) = parts.headers.get(header::ORIGIN) else {
        return;
    };
    let headers = &mut answer.headers;
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if !origin
        .to_str()
        .is_ok_and(|origin| directory.allows_origin(origin))
    {
        return;
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    let asked = &parts.headers;
    let asks_leave = asked.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if parts.method == Method::OPTIONS && asks_leave {
        if let Some(methods) = headers.get(header::ALLOW).cloned() {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        }
        if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
        }
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    }
}
