//! The platform's wrapper round its answers.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// `{Success, Data, Errors, StatusCode, ...}`: what most services wrap their answers in.
///
/// The reference publishes a copy of it for every type of `Data`; not every copy has every field. `Success: false` never gets
/// here: it becomes an [`Error`](crate::Error), whatever the HTTP status.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct ApiResponse<T> {
    /// Whether the call did what it was asked to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    /// What was asked for. `None` stands for `null` and for an absent field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<T>,
    /// Faults that did not keep the call from succeeding, of single rows for example.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub errors: Vec<Message>,
    /// What went well, but not quite as asked.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub warnings: Vec<Message>,
    /// The name of the status (`OK`, `Created`), or its number as text.
    #[serde(
        default,
        deserialize_with = "text_or_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub status_code: Option<String>,
    /// How many records there are; of the page or in all, by operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_count: Option<i64>,
    /// Whether a further page follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_more_records: Option<bool>,
    /// Where the further page starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Timing details, where the server gives them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Value>,
    /// Time that the server took. The unit is not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_time: Option<f64>,
}

// Not derived: derived, it would ask that `T` has a default as well.
impl<T> Default for ApiResponse<T> {
    fn default() -> Self {
        Self {
            success: None,
            data: None,
            errors: Vec::new(),
            warnings: Vec::new(),
            status_code: None,
            record_count: None,
            has_more_records: None,
            next_cursor: None,
            profile: None,
            total_time: None,
        }
    }
}

/// An entry of `Errors` or `Warnings`: an object with a `Message` and whatever else the service adds, or a bare text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Message(pub Value);

impl Message {
    /// The text for people, where there is one.
    pub fn text(&self) -> Option<&str> {
        match &self.0 {
            Value::String(text) => Some(text),
            Value::Object(fields) => ["Message", "message", "Detail", "detail", "Title", "title"]
                .iter()
                .find_map(|key| fields.get(*key)?.as_str()),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self)
    }
}

fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Message>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => Vec::new(),
        Value::Array(items) => items.into_iter().map(Message).collect(),
        // One error that was not put into a list.
        other => vec![Message(other)],
    })
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_may_be_missing_or_null() {
        let empty: ApiResponse<Vec<i32>> = serde_json::from_str("{}").unwrap();
        assert!(empty.data.is_none() && empty.errors.is_empty());
        let nulls: ApiResponse<Vec<i32>> = serde_json::from_str(
            r#"{"Success":true,"Data":null,"Errors":null,"Warnings":null,"StatusCode":null,"RecordCount":null,"Extra":1}"#,
        )
        .unwrap();
        assert_eq!(nulls.success, Some(true));
    }

    #[test]
    fn a_status_is_a_name_or_a_number_and_an_error_an_object_or_a_text() {
        let response: ApiResponse<String> = serde_json::from_str(
            r#"{"StatusCode":200,"Errors":[{"Message":"row 2"},"row 3"],"Data":"x"}"#,
        )
        .unwrap();
        assert_eq!(response.status_code.as_deref(), Some("200"));
        assert_eq!(
            response
                .errors
                .iter()
                .filter_map(Message::text)
                .collect::<Vec<_>>(),
            ["row 2", "row 3"]
        );
    }
}
