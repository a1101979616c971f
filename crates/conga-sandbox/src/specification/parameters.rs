//! Parameters and form fields: texts that must be read as the type of their schema.

use std::fmt;

use axum::http::{HeaderMap, HeaderValue};
use serde_json::Value;

use super::schema::{Direction, validator};
use super::validate::describe;
use super::{Document, Operation, PathParams};
use crate::request::Part;

/// Headers that OpenAPI 3.0 says are not parameters, whatever a document lists.
const NOT_PARAMETERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// A value that is quoted in a message is cut to this many characters.
const QUOTED: usize = 60;

/// One parameter or form field.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) location: Location,
    pub(super) required: bool,
    kind: Kind,
    /// `style: form` without `explode`: one value may hold many items, separated by commas.
    comma_separated: bool,
    validator: Option<jsonschema::Validator>,
}

/// Where a parameter stands in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Location {
    Path,
    Query,
    Header,
    Form,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path => "path parameter",
            Self::Query => "query parameter",
            Self::Header => "header",
            Self::Form => "form field",
        })
    }
}

/// How a text becomes a JSON value.
#[derive(Debug)]
enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    Items(Box<Kind>),
    /// JSON in a form field; elsewhere its spelling is left to the service.
    Object,
    /// The content of a file, which is not looked at.
    File,
}

impl Parameter {
    /// Reads a parameter object. `None` for one that is no business of the operation.
    pub(super) fn read(document: &Document, parameter: &Value) -> Option<Self> {
        let name = parameter["name"].as_str()?;
        let location = match parameter["in"].as_str()? {
            "path" => Location::Path,
            "query" => Location::Query,
            "header" if NOT_PARAMETERS.contains(&name.to_ascii_lowercase().as_str()) => {
                return None;
            }
            "header" => Location::Header,
            _ => return None,
        };
        let required = parameter["required"] == true;
        let mut read = Self::new(document, name, location, required, &parameter["schema"]);
        read.comma_separated = match location {
            // Texts say of lists of numbers that they are comma-separated, where the schema says that they are repeated: both go.
            Location::Query => {
                let holds_no_comma = match &read.kind {
                    Kind::Items(item) => {
                        matches!(**item, Kind::Integer | Kind::Number | Kind::Boolean)
                    }
                    _ => false,
                };
                parameter["explode"] == false || holds_no_comma
            }
            Location::Path | Location::Header => true,
            Location::Form => false,
        };
        Some(read)
    }

    /// A parameter of the given schema, with one text for each item of an array.
    pub(super) fn new(
        document: &Document,
        name: &str,
        location: Location,
        required: bool,
        schema: &Value,
    ) -> Self {
        Self {
            name: name.to_owned(),
            location,
            required,
            kind: Kind::read(document, schema),
            comma_separated: false,
            validator: validator(document, schema, Direction::Request),
        }
    }

    /// Checks the texts sent for the parameter and says what is wrong with them.
    fn check(&self, texts: &[&str]) -> Option<String> {
        let place = format!("{} `{}`", self.location, self.name);
        let Some(first) = texts.first() else {
            return self.required.then(|| format!("{place}: required"));
        };
        let read = match &self.kind {
            Kind::File => return None,
            Kind::Object if self.location != Location::Form => return None,
            Kind::Items(item) if self.comma_separated => {
                let items: Vec<_> = texts.iter().flat_map(|text| text.split(',')).collect();
                read_items(item, &items)
            }
            Kind::Items(item) => read_items(item, texts),
            kind => kind.read_text(first),
        };
        match read {
            Err(problem) => Some(format!("{place}: {problem}")),
            Ok(value) => {
                let error = self.validator.as_ref()?.iter_errors(&value).next()?;
                Some(format!("{place}: {}", describe(&error)))
            }
        }
    }
}

fn read_items(item: &Kind, texts: &[&str]) -> Result<Value, String> {
    texts.iter().map(|text| item.read_text(text)).collect()
}

impl Kind {
    fn read(document: &Document, schema: &Value) -> Self {
        let schema = document.resolve(schema);
        match schema["type"].as_str() {
            Some("integer") => Self::Integer,
            Some("number") => Self::Number,
            Some("boolean") => Self::Boolean,
            Some("array") => Self::Items(Box::new(Self::read(document, &schema["items"]))),
            Some("object") => Self::Object,
            Some("string") if schema["format"] == "binary" => Self::File,
            Some(_) => Self::Text,
            None => schema["allOf"]
                .get(0)
                .map_or(Self::Text, |part| Self::read(document, part)),
        }
    }

    fn read_text(&self, text: &str) -> Result<Value, String> {
        let quoted: String = text.chars().take(QUOTED).collect();
        let expected = |what: &str| format!("expected {what}, got `{quoted}`");
        match self {
            Self::Text | Self::File => Ok(Value::from(text)),
            Self::Integer => text
                .parse::<i64>()
                .map(Value::from)
                .map_err(|_| expected("an integer")),
            Self::Number => text
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
                .map(Value::from)
                .ok_or_else(|| expected("a number")),
            // ASP.NET reads booleans without regard to case.
            Self::Boolean if text.eq_ignore_ascii_case("true") => Ok(Value::from(true)),
            Self::Boolean if text.eq_ignore_ascii_case("false") => Ok(Value::from(false)),
            Self::Boolean => Err(expected("true or false")),
            Self::Items(_) | Self::Object => {
                serde_json::from_str(text).map_err(|_| expected("JSON"))
            }
        }
    }
}

impl Operation {
    /// Checks path, query and headers. Empty if all is well.
    ///
    /// Query names are compared without regard to ASCII case, as ASP.NET binds them. Parameters that
    /// the operation does not have are ignored.
    pub(crate) fn check_parameters(
        &self,
        path: &PathParams,
        query: &[(String, String)],
        headers: &HeaderMap,
    ) -> Vec<String> {
        let check = |parameter: &Parameter| match parameter.location {
            Location::Path => {
                let text = path.get(&parameter.name).map(String::as_str);
                parameter.check(text.as_slice())
            }
            Location::Query => {
                let texts: Vec<_> = query
                    .iter()
                    .filter(|(name, _)| name.eq_ignore_ascii_case(&parameter.name))
                    .map(|(_, value)| value.as_str())
                    .collect();
                parameter.check(&texts)
            }
            Location::Header => {
                let values = headers.get_all(&parameter.name).iter();
                match values
                    .map(HeaderValue::to_str)
                    .collect::<Result<Vec<_>, _>>()
                {
                    Ok(texts) => parameter.check(&texts),
                    Err(_) => Some(format!(
                        "{} `{}`: expected ASCII text",
                        parameter.location, parameter.name
                    )),
                }
            }
            Location::Form => None,
        };
        self.parameters.iter().filter_map(check).collect()
    }
}

/// Checks the parts of a form against its fields. Parts that the form does not have are ignored.
pub(super) fn check_form(fields: &[Parameter], parts: &[Part]) -> Vec<String> {
    let check = |field: &Parameter| {
        let parts: Vec<_> = parts
            .iter()
            .filter(|part| part.name == field.name)
            .collect();
        if matches!(&field.kind, Kind::File)
            || matches!(&field.kind, Kind::Items(item) if matches!(**item, Kind::File))
        {
            let missing = field.required && parts.is_empty();
            return missing.then(|| format!("{} `{}`: required", field.location, field.name));
        }
        let texts: Result<Vec<_>, _> = parts
            .iter()
            .map(|part| std::str::from_utf8(&part.bytes))
            .collect();
        match texts {
            Ok(texts) => field.check(&texts),
            Err(_) => Some(format!(
                "{} `{}`: expected UTF-8 text",
                field.location, field.name
            )),
        }
    };
    fields.iter().filter_map(check).collect()
}
