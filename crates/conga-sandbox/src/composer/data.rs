//! What fields are looked up in.

use serde_json::{Map, Value};

/// Data nests at most this deep; what lies deeper is not found.
const MAX_DEPTH: usize = 16;

/// The data of a merge: an object whose arrays are data sets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Data(Map<String, Value>);

/// A row, and the rows around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    row: &'a Value,
    around: Option<&'a Scope<'a>>,
}

impl Data {
    /// Data without fields.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds the fields of an object; those that are there already are replaced.
    pub(crate) fn with_fields(mut self, fields: &Map<String, Value>) -> Self {
        self.0.extend(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        self
    }

    /// Adds a data set or a lookup under a name.
    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// Calls `work` with the outermost scope.
    pub(super) fn scoped<T>(&self, work: impl FnOnce(&Scope<'_>) -> T) -> T {
        let root = Value::Object(self.0.clone());
        work(&Scope {
            row: &root,
            around: None,
        })
    }
}

impl<'a> Scope<'a> {
    /// The scope of a row within.
    pub(super) fn within(&'a self, row: &'a Value) -> Scope<'a> {
        Scope {
            row,
            around: Some(self),
        }
    }

    /// The value of a field: of the row, else of the rows around it.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        let found = resolve(self.row, name, 0);
        found.or_else(|| self.around.and_then(|around| around.value(name)))
    }

    /// The rows of a data set. `MAIN` is the data itself; a value that is no array is one row; a set that is nowhere has
    /// none.
    pub(super) fn rows(&self, name: &str) -> Vec<&'a Value> {
        let found = match name {
            name if name.eq_ignore_ascii_case("MAIN") => Some(self.root()),
            name => self.value(name).or_else(|| find_array(self.root(), name)),
        };
        match found {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(rows)) => rows.iter().collect(),
            Some(row) => vec![row],
        }
    }

    fn root(&self) -> &'a Value {
        self.around.map_or(self.row, Scope::root)
    }
}

/// A field of an object. A dot or an underscore in the name may lead into an object.
fn resolve<'a>(value: &'a Value, name: &str, depth: usize) -> Option<&'a Value> {
    let fields = value.as_object()?;
    if let Some(found) = field(fields, name) {
        return Some(found);
    }
    if depth >= MAX_DEPTH {
        return None;
    }
    let mut splits = name.char_indices().filter(|(_, c)| matches!(c, '.' | '_'));
    splits.find_map(|(at, _)| {
        let (first, rest) = (name.get(..at)?, name.get(at + 1..)?);
        let inner = match field(fields, first)? {
            // Outside of a region, a data set stands for its first row.
            Value::Array(rows) => rows.first()?,
            inner => inner,
        };
        resolve(inner, rest, depth + 1)
    })
}

fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).or_else(|| {
        let folded = name.to_lowercase();
        let mut fields = fields.iter();
        fields
            .find(|(key, _)| key.to_lowercase() == folded)
            .map(|(_, value)| value)
    })
}

/// The first array under this key, however deep it lies: level by level.
fn find_array<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let mut level = vec![value];
    for _ in 0..MAX_DEPTH {
        let mut next = Vec::new();
        for value in level {
            match value {
                Value::Object(fields) => {
                    if let Some(found) = field(fields, name).filter(|found| found.is_array()) {
                        return Some(found);
                    }
                    next.extend(fields.values());
                }
                Value::Array(rows) => next.extend(rows),
                _ => {}
            }
        }
        level = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn data(value: Value) -> Data {
        Data::new().with_fields(value.as_object().unwrap())
    }

    #[test]
    fn a_field_is_found_whatever_its_case_and_through_lookups() {
        let data = data(json!({
            "Name": "Quote 7", "Account": {"Name": "Halden", "Owner": {"Name": "Ann"}},
            "Total_Price_c": 5, "Größe": "L", "Lines": [{"Part": "lens"}, {"Part": "arm"}],
        }));
        data.scoped(|scope| {
            let value = |name: &str| scope.value(name).cloned().unwrap_or_default();
            assert_eq!(value("NAME"), "Quote 7");
            assert_eq!(value("account.name"), "Halden");
            assert_eq!(value("ACCOUNT_NAME"), "Halden");
            assert_eq!(value("ACCOUNT_OWNER_NAME"), "Ann");
            assert_eq!(value("Account.Owner.Name"), "Ann");
            assert_eq!(value("total_price_c"), 5);
            assert_eq!(value("GRÖSSE"), Value::Null);
            assert_eq!(value("größe"), "L");
            assert_eq!(value("Lines.Part"), "lens");
            assert_eq!(value("Name.Name"), Value::Null);
            assert_eq!(value(""), Value::Null);
        });
    }

    #[test]
    fn a_row_hides_what_is_around_it() {
        let data = data(json!({"Name": "outer", "City": "Oslo", "Lines": [{"Name": "inner"}]}));
        data.scoped(|scope| {
            let rows = scope.rows("LINES");
            let within = scope.within(rows[0]);
            assert_eq!(within.value("Name").unwrap(), "inner");
            assert_eq!(within.value("City").unwrap(), "Oslo");
        });
    }

    #[test]
    fn a_data_set_is_found_wherever_it_lies() {
        let data = data(json!({
            "Lines": [{"Parts": [{"N": 1}]}, {"Parts": [{"N": 2}, {"N": 3}]}], "One": {"N": 4}, "Gone": null,
        }));
        data.scoped(|scope| {
            assert_eq!(scope.rows("lines").len(), 2);
            assert_eq!(scope.rows("parts").len(), 1);
            let second = scope.within(scope.rows("lines")[1]);
            assert_eq!(second.rows("parts").len(), 2);
            assert_eq!(scope.rows("one").len(), 1);
            assert_eq!(scope.rows("main").len(), 1);
            assert_eq!(second.rows("MAIN")[0]["One"]["N"], 4);
            assert!(scope.rows("gone").is_empty());
            assert!(scope.rows("nowhere").is_empty());
        });
    }

    #[test]
    fn a_name_of_a_thousand_dots_is_looked_up_in_no_time() {
        let mut deep = json!({});
        for _ in 0..100 {
            deep = json!({"a": deep});
        }
        let data = data(deep);
        let name = vec!["a"; 1_000].join(".");
        data.scoped(|scope| assert!(scope.value(&name).is_none()));
    }
}
