//! What the calls share: reading parameters and bodies, writing the envelope.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::request::{Answer, envelope};

/// A call that went well.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    envelope: Value,
}

impl Reply {
    /// The envelope around `data`.
    pub(crate) fn new(status: StatusCode, data: Value) -> Self {
        Self {
            status,
            envelope: envelope(status, data, None),
        }
    }

    /// Tells whether there are more records, and the cursor that leads to them.
    pub(crate) fn paged(mut self, more: bool, next: Option<String>) -> Self {
        self.set("HasMoreRecords", more.into());
        self.set("NextCursor", next.into());
        self
    }

    /// Tells how many records there are in all, where that is not the length of `Data`.
    pub(crate) fn counted(mut self, total: impl Into<Value>) -> Self {
        self.set("RecordCount", total.into());
        self
    }

    /// Adds warnings.
    pub(crate) fn warned(mut self, warnings: Vec<String>) -> Self {
        if !warnings.is_empty() {
            let warnings = warnings
                .into_iter()
                .map(|message| json!({"Message": message}));
            self.set("Warnings", warnings.collect());
        }
        self
    }

    /// The answer.
    pub(crate) fn into_answer(self) -> Answer {
        Answer::json(self.status, self.envelope)
    }

    fn set(&mut self, field: &str, value: Value) {
        if let Some(envelope) = self.envelope.as_object_mut() {
            envelope.insert(field.to_owned(), value);
        }
    }
}

/// The envelope of services that publish no more of it than `Success`, `Data`, `Warnings` and `Errors`.
#[allow(dead_code, reason = "services use what they need")]
pub(crate) fn success(data: Value) -> Answer {
    let envelope = json!({"Success": true, "Data": data, "Warnings": null, "Errors": null});
    Answer::json(StatusCode::OK, envelope)
}

/// Reading of parameters and bodies. The engine has checked them against the specification; the
/// checks here are for what it leaves open.
pub(crate) mod params {
    use serde_json::Value;

    use crate::failure::Failure;
    use crate::records::store::Record;
    use crate::request::Call;

    /// A query parameter that is not empty.
    pub(crate) fn text<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
        call.query_param(name).filter(|value| !value.is_empty())
    }

    /// A query parameter that is true or false; false unless given.
    pub(crate) fn flag(call: &Call, name: &str) -> Result<bool, Failure> {
        match text(call, name) {
            None => Ok(false),
            Some(word) if word.eq_ignore_ascii_case("true") => Ok(true),
            Some(word) if word.eq_ignore_ascii_case("false") => Ok(false),
            Some(word) => Err(Failure::invalid(format!(
                "{name} is true or false, not '{word}'"
            ))),
        }
    }

    /// A query parameter that is a number.
    pub(crate) fn int(call: &Call, name: &str) -> Result<Option<i64>, Failure> {
        let parsed = text(call, name).map(|word| {
            word.parse()
                .map_err(|_| Failure::invalid(format!("{name} is a whole number, not '{word}'")))
        });
        parsed.transpose()
    }

    /// A body that is one record.
    pub(crate) fn row(call: &Call) -> Result<&Record, Failure> {
        call.json()
            .and_then(Value::as_object)
            .ok_or_else(|| Failure::invalid("the body is a JSON object: one record"))
    }

    /// A body that is an array with something in it.
    pub(crate) fn rows(call: &Call) -> Result<&[Value], Failure> {
        call.json()
            .and_then(Value::as_array)
            .filter(|rows| !rows.is_empty())
            .map(Vec::as_slice)
            .ok_or_else(|| Failure::invalid("the body is a JSON array with at least one entry"))
    }
}
