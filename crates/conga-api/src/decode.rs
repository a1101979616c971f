//! From an answer's bytes to its type, as forgiving as the platform is loose.

use serde::de::DeserializeOwned;

use crate::{ErrorBody, ErrorKind};

/// Reads a successful answer. Where the body is empty or `null` (the platform answers 204 where it documents 200), the first of
/// `null`, `[]` and `{}` that `T` takes stands for it.
pub(crate) fn decode<T: DeserializeOwned>(answer: &ErrorBody) -> Result<T, ErrorKind> {
    let raw = answer.raw.trim_ascii();
    if raw.is_empty() || raw == b"null" {
        return ["null", "[]", "{}"]
            .iter()
            .find_map(|nothing| serde_json::from_str(nothing).ok())
            .ok_or_else(|| failure(answer, "it is empty".into()));
    }
    serde_json::from_slice(raw).map_err(|error| {
        // Once more, slower, for the place.
        let mut deserializer = serde_json::Deserializer::from_slice(raw);
        let problem = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
            Err(located) if located.path().iter().next().is_some() => {
                format!(
                    "at `{}`: {}",
                    located.path(),
                    without_values(located.inner())
                )
            }
            _ => without_values(&error),
        };
        failure(answer, problem)
    })
}

/// serde's message without the value that it quotes: that is payload.
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match (
        text.find('"').or_else(|| text.find('`')),
        text.find(", expected"),
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
        let answer = ErrorBody {
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
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
            assert_eq!(read::<i32>(nothing), Err("it is empty".into()));
        }
    }

    #[test]
    fn a_problem_names_the_place_and_not_the_value() {
        let problem = read::<ApiResponse<Vec<BTreeMap<String, i32>>>>(
            r#"{"Data":[{"a":1},{"b":"123-45-6789"}]}"#,
        )
        .unwrap_err();
        assert_eq!(
            problem,
            "at `Data[1].b`: invalid type: string, expected i32 at line 1 column 37"
        );
        assert!(
            read::<i32>("<html>")
                .unwrap_err()
                .contains("expected value")
        );
    }
}
