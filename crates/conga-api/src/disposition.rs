//! The file name in `Content-Disposition` (RFC 6266).

use http::{HeaderMap, header::CONTENT_DISPOSITION};
use percent_encoding::percent_decode_str;

/// The file name that an answer suggests, without folders: `filename*` before `filename`, as the RFC has it.
pub(crate) fn file_name(headers: &HeaderMap) -> Option<String> {
    let value = String::from_utf8_lossy(headers.get(CONTENT_DISPOSITION)?.as_bytes());
    let parameters = parameters(&value);
    let find = |wanted| parameters.iter().find(|(name, _)| name == wanted);
    let extended = find("filename*").and_then(|(_, value)| extended(value));
    let name = extended.or_else(|| find("filename").map(|(_, value)| value.clone()))?;
    let name = name.rsplit(['/', '\\']).next()?.trim();
    let names_a_file = !matches!(name, "" | "." | "..") && !name.contains(char::is_control);
    names_a_file.then(|| name.to_owned())
}

/// `UTF-8'en'na%C3%AFve.pdf`. Other character sets are as good as never seen.
fn extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let decoded = percent_decode_str(encoded).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

/// The parameters of a header value, `type; a=b; c="d;e"`, their names in lower case.
fn parameters(value: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut parameter = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for c in value.chars().chain([';']) {
        match c {
            _ if escaped => {
                parameter.push(c);
                escaped = false;
            }
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                if let Some((name, value)) = parameter.split_once('=') {
                    parameters.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                }
                parameter.clear();
            }
            c => parameter.push(c),
        }
    }
    parameters
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_name_is_read_as_servers_write_it() {
        for (value, name) in [
            (r#"attachment; filename="a b.pdf""#, Some("a b.pdf")),
            ("attachment; filename=plain.pdf; size=3", Some("plain.pdf")),
            (
                r#"attachment; FileName="x;y \"z\".pdf""#,
                Some(r#"x;y "z".pdf"#),
            ),
            (
                "attachment; filename=naive.pdf; filename*=UTF-8''na%C3%AFve.pdf",
                Some("naïve.pdf"),
            ),
            (
                "attachment; filename*=utf-8'fr'%e2%82%ac.pdf",
                Some("€.pdf"),
            ),
            (
                "attachment; filename*=KOI8-R''%c1; filename=a.pdf",
                Some("a.pdf"),
            ),
            (r#"attachment; filename="Übung.pdf""#, Some("Übung.pdf")),
            ("attachment; filename=../../etc/passwd", Some("passwd")),
            (r#"attachment; filename=C:\temp\a.pdf"#, Some("a.pdf")),
            ("attachment; filename*=UTF-8''..%2F..", None),
            ("attachment; filename*=UTF-8''a%00b", None),
            ("attachment; filename=\"\"", None),
            ("attachment", None),
            ("inline; filename=\"open", None),
        ] {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            let headers = HeaderMap::from_iter([(CONTENT_DISPOSITION, value.clone())]);
            assert_eq!(file_name(&headers).as_deref(), name, "{value:?}");
        }
        assert_eq!(file_name(&HeaderMap::new()), None);
    }
}
