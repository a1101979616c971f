//! From an answer's bytes to its type, as forgiving as the platform is loose.

use std::sync::LazyLock;

use http::{HeaderMap, header::CONTENT_TYPE};
use memchr::memmem;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{ErrorBody, ErrorKind, place};

/// Reads a successful answer. Where the body is empty or `null` (the platform answers 204 where it documents 200), the first of
/// `null`, `[]`, `{}` and `""` that `T` takes stands for it. Plain text that is no JSON stands for a string.
///
/// There is one decoder for all of that: each further kind of input would compile every answer's type once more.
pub(crate) fn decode<T: DeserializeOwned>(answer: &ErrorBody) -> Result<T, ErrorKind> {
    let parse = |text: &str| serde_json::from_str::<T>(text);
    let raw = json(&answer.raw);
    // Checked as a whole, which takes a fraction of what checking each text in it does.
    let text = str::from_utf8(raw).map_err(|error| {
        let at = error.valid_up_to();
        failure(answer, format!("it is no UTF-8 from its byte {at} on"))
    })?;
    if matches!(text, "" | "null") {
        return ["null", "[]", "{}", r#""""#]
            .into_iter()
            .find_map(|nothing| parse(nothing).ok())
            .ok_or_else(|| failure(answer, "it is empty".into()));
    }
    let error = match parse(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if let Some(value) = plain_text(answer, text).and_then(|text| parse(&text).ok()) {
        return Ok(value);
    }
    let path = place::path(raw, error.line(), error.column());
    let problem = without_values(&error);
    Err(failure(
        answer,
        if path.is_empty() {
            problem
        } else {
            format!("at `{path}`: {problem}")
        },
    ))
}

/// The JSON of a body: without white space and the byte order mark that .NET may write.
pub(crate) fn json(raw: &[u8]) -> &[u8] {
    raw.strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(raw)
        .trim_ascii()
}

/// Whether a body is announced as JSON, of whatever flavour.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .map(|text| text.trim().to_ascii_lowercase());
    media_type.is_some_and(|text| text.ends_with("/json") || text.ends_with("+json"))
}

/// Whether a body is an envelope that says `Success: false`. Few bodies hold the words at all; only those are parsed for it.
pub(crate) fn says_failure(raw: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(rename = "Success", alias = "success")]
        success: Option<bool>,
    }
    const WORD: &[u8] = b"uccess\"";
    static FINDER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(WORD));
    let suspicious = !says_success(raw)
        && FINDER.find_iter(raw).any(|at| {
            raw[at + WORD.len()..]
                .trim_ascii_start()
                .strip_prefix(b":")
                .is_some_and(|value| value.trim_ascii_start().starts_with(b"false"))
        });
    suspicious
        && serde_json::from_slice::<Envelope>(json(raw))
            .is_ok_and(|envelope| envelope.success == Some(false))
}

/// Whether an envelope says `Success: true` where that is seen without reading it whole: as its first field, or as one of its last
/// if those after it are plain. Where there is no bracket up to the last one, the field is that of the outermost object.
fn says_success(raw: &[u8]) -> bool {
    static FINDER: LazyLock<memmem::Finder<'static>> =
        LazyLock::new(|| memmem::Finder::new(br#","Success":true"#));
    const END: usize = 128;
    let end = &raw[raw.len().saturating_sub(END)..];
    raw.starts_with(br#"{"Success":true"#)
        || FINDER.find(end).is_some_and(|at| {
            let after = &end[at..end.len() - 1];
            !after.iter().any(|byte| b"{}[]".contains(byte))
        })
}

/// A body that is announced as plain text, and not what is left of an object or a list, as a string of JSON.
fn plain_text(answer: &ErrorBody, text: &str) -> Option<String> {
    let announced = answer.media_type()?.trim_start();
    let is_plain = announced
        .get(.."text/plain".len())
        .is_some_and(|start| start.eq_ignore_ascii_case("text/plain"));
    (is_plain && !text.starts_with(['{', '['])).then(|| serde_json::to_string(text).ok())?
}

/// serde's message without the value that it quotes: that is payload.
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match (
        text.find('"').or_else(|| text.find('`')),
        // The last one: the value may hold the word as well.
        text.rfind(", expected"),
    ) {
        (Some(quote), Some(expected)) if quote < expected => {
            format!("{}{}", text[..quote].trim_end(), &text[expected..])
        }
        _ => text,
    }
}

fn failure(answer: &ErrorBody, problem: String) -> ErrorKind {
    ErrorKind::Decode {
        body: Box::new(answer.clone()),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::ApiResponse;

    fn read<T: DeserializeOwned>(raw: &str) -> Result<T, String> {
        read_as("application/json", raw)
    }

    fn read_as<T: DeserializeOwned>(media_type: &str, raw: &str) -> Result<T, String> {
        let answer = ErrorBody {
            status: http::StatusCode::OK,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, media_type.parse().unwrap())]),
            raw: raw.to_owned().into(),
        };
        decode(&answer).map_err(|kind| match kind {
            ErrorKind::Decode { problem, .. } => problem,
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn nothing_is_an_empty_value() {
        for nothing in ["", "  \n", "null"] {
            assert_eq!(
                read::<serde_json::Value>(nothing),
                Ok(serde_json::Value::Null)
            );
            assert_eq!(read::<Vec<i32>>(nothing), Ok(Vec::new()));
            assert_eq!(read::<BTreeMap<String, i32>>(nothing), Ok(BTreeMap::new()));
            assert!(read::<ApiResponse<i32>>(nothing).unwrap().data.is_none());
            assert_eq!(read::<String>(nothing), Ok(String::new()));
            assert_eq!(read::<i32>(nothing), Err("it is empty".into()));
        }
    }

    #[test]
    fn plain_text_is_a_string_where_it_is_no_json() {
        let text = "text/plain; charset=utf-8";
        assert_eq!(read_as::<String>(text, "done"), Ok("done".into()));
        assert_eq!(read_as::<String>(text, r#""done""#), Ok("done".into()));
        assert_eq!(read_as(text, "done"), Ok(serde_json::json!("done")));
        assert_eq!(read_as::<i32>(text, "7"), Ok(7));
        assert!(read_as::<i32>(text, "seven").is_err());
        assert!(read_as::<serde_json::Value>(text, r#"{"a":"#).is_err());
        assert!(read_as::<serde_json::Value>("text/html", "<html>").is_err());
    }

    #[test]
    fn what_is_no_utf_8_is_a_problem_with_its_place() {
        let answer = ErrorBody {
            status: http::StatusCode::OK,
            headers: HeaderMap::new(),
            raw: b" {\"Name\":\"M\xfcller\"}".to_vec().into(),
        };
        let kind = decode::<serde_json::Value>(&answer).unwrap_err();
        let ErrorKind::Decode { body, problem } = kind else {
            panic!("{kind:?}");
        };
        assert_eq!(problem, "it is no UTF-8 from its byte 10 on");
        assert_eq!(body.raw, answer.raw);
    }

    #[test]
    fn a_byte_order_mark_is_no_matter() {
        assert_eq!(read::<i32>("\u{feff}7\r\n"), Ok(7));
        assert!(says_failure("\u{feff}{\"Success\":false}".as_bytes()));
    }

    #[test]
    fn only_an_envelope_says_failure() {
        assert!(says_failure(br#"{"Success" : false, "Data": null}"#));
        assert!(says_failure(br#"{"success":false}"#));
        assert!(says_failure(
            br#"{"Success":false,"Data":{"A":1,"Success":true}}"#
        ));
        assert!(says_failure(
            br#"{"Success":false,"Data":"{\"A\":1,\"Success\":true"}"#
        ));
        for other in [
            r#"{"Success":true,"Data":{"Success":false}}"#,
            r#"{"Data":{"Success":false},"Success":true,"Warnings":null}"#,
            r#"{"Data":[{"Success":false},{"A":1,"Success":true}]}"#,
            r#"{"Success":null,"Data":[{"success":false}]}"#,
            r#"[{"Success":false}]"#,
            r#"{"text":"Success\":false"}"#,
            r#"{"Success":"false"}"#,
            r#"{"Success":false"#,
            "",
        ] {
            assert!(!says_failure(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn json_has_flavours() {
        for (media_type, yes) in [
            ("application/json", true),
            ("Application/Problem+JSON; charset=utf-8", true),
            ("text/json", true),
            ("application/octet-stream", false),
            ("application/jsonl", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, media_type.parse().unwrap())]);
            assert_eq!(is_json(&headers), yes, "{media_type}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn a_problem_names_the_place_and_not_the_value() {
        let problem = read::<ApiResponse<Vec<BTreeMap<String, i32>>>>(
            r#"{"Data":[{"a":1},{"b":"123-45-6789"}]}"#,
        )
        .unwrap_err();
        assert_eq!(
            problem,
            "at `Data[1].b`: invalid type: string, expected i32 at line 1 column 35"
        );
        let problem = read::<i32>(r#""a, expected 123-45-6789""#).unwrap_err();
        assert!(!problem.contains("123-45"), "{problem}");
        assert!(
            read::<i32>("<html>")
                .unwrap_err()
                .contains("expected value")
        );
    }
}
