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
        if let Some(warnings) = messages(warnings) {
            self.set("Warnings", warnings);
        }
        self
    }

    /// Adds errors, where a call went well in part.
    pub(crate) fn with_errors(mut self, errors: Vec<String>) -> Self {
        if let Some(errors) = messages(errors) {
            self.set("Errors", errors);
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
pub(crate) fn success(data: Value) -> Answer {
    warned(data, Vec::new())
}

/// The same with warnings, if there are any.
pub(crate) fn warned(data: Value, warnings: Vec<String>) -> Answer {
    let warnings = messages(warnings);
    let envelope = json!({"Success": true, "Data": data, "Warnings": warnings, "Errors": null});
    Answer::json(StatusCode::OK, envelope)
}

/// Warnings or errors as envelopes list them; none for none.
fn messages(words: Vec<String>) -> Option<Value> {
    let listed = words.into_iter().map(|message| json!({"Message": message}));
    let listed: Vec<Value> = listed.collect();
    (!listed.is_empty()).then(|| listed.into())
}

/// Reading of parameters and bodies. The engine has checked them against the specification; the
/// checks here are for what it leaves open.
pub(crate) mod params {
    use axum::http::StatusCode;
    use bytes::Bytes;
    use serde::de::DeserializeOwned;
    use serde_json::Value;

    use crate::failure::Failure;
    use crate::records::store::Record;
    use crate::request::{Body, Call, Part};

    /// A query parameter that is not empty.
    pub(crate) fn text<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
        call.query_param(name).filter(|value| !value.is_empty())
    }

    /// All values of a query parameter that are not empty.
    pub(crate) fn texts<'a>(call: &'a Call, name: &str) -> Vec<&'a str> {
        let named = call
            .query
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
            .collect()
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

    /// A JSON body in the shape of a published schema; all its fields at their defaults where nothing was sent.
    pub(crate) fn read<T: DeserializeOwned + Default>(call: &Call) -> Result<T, Failure> {
        let Some(body) = call.json() else {
            return Ok(T::default());
        };
        T::deserialize(body)
            .map_err(|error| Failure::invalid(format!("the body is not as documented: {error}")))
    }

    /// The files in a form's field.
    pub(crate) fn files<'a>(call: &'a Call, field: &'a str) -> impl Iterator<Item = &'a Part> {
        parts(call, field).filter(|part| part.file_name.is_some())
    }

    /// The text in a form's field, if it is not empty.
    pub(crate) fn form_text<'a>(call: &'a Call, field: &'a str) -> Option<&'a str> {
        form_texts(call, field).next()
    }

    /// All texts in a form's field that are not empty.
    pub(crate) fn form_texts<'a>(call: &'a Call, field: &'a str) -> impl Iterator<Item = &'a str> {
        let texts = parts(call, field).filter_map(|part| str::from_utf8(&part.bytes).ok());
        texts.filter(|text| !text.is_empty())
    }

    /// The JSON object in a form's field.
    pub(crate) fn form_object(call: &Call, field: &str) -> Result<Option<Record>, Failure> {
        let parsed = form_text(call, field).map(|text| {
            serde_json::from_str(text)
                .map_err(|_| Failure::invalid(format!("{field} is a JSON object")))
        });
        parsed.transpose()
    }

    /// A body that is taken as it is.
    ///
    /// # Errors
    ///
    /// 415 for a form: the operations that take bytes document no body, so nothing else refuses it.
    pub(crate) fn bytes(call: &Call) -> Result<Bytes, Failure> {
        let media = call.headers.get(axum::http::header::CONTENT_TYPE);
        let is_form = media.is_some_and(|media| media.as_bytes().starts_with(b"multipart/"));
        match &call.body {
            Body::Bytes(_) if is_form => Err(Failure::Refused(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "send the bytes as the body itself, as application/octet-stream, not as a form"
                    .to_owned(),
            )),
            Body::Bytes(bytes) => Ok(bytes.clone()),
            Body::Empty | Body::Json(_) | Body::Form(_) => Ok(Bytes::new()),
        }
    }

    fn parts<'a>(call: &'a Call, field: &'a str) -> impl Iterator<Item = &'a Part> {
        let parts = match &call.body {
            Body::Form(parts) => parts.as_slice(),
            _ => &[],
        };
        parts.iter().filter(move |part| part.name == field)
    }
}
