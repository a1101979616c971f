//! The text language that lists and queries are filtered by.

use std::fmt;

/// A condition on the fields of records, such as `IsActive = 'true'`.
///
/// Values are quoted here, whatever they hold, so that text from elsewhere stays text:
///
/// ```
/// use conga::Criteria;
///
/// let wanted = Criteria::eq("Name", "O'Hara & Sons")
///     .and(Criteria::eq("IsActive", true).or(Criteria::is_null("Rating")));
/// assert_eq!(wanted.to_string(), "Name = 'O''Hara & Sons' AND (IsActive = 'true' OR Rating IS NULL)");
/// ```
///
/// Of the language, the reference shows `=`, `!=` and `>` with values in single quotes, `true` and dates among them. The other
/// operators, `AND`, `OR`, `NOT` and parentheses are assumed. So is the quoting: a quote is doubled, and a backslash too, which
/// keeps a value inside its quotes whether a server reads SQL's rules or C's. Fields must be indexed (published).
///
/// A text can be used as it is, for what has no function here: `Criteria::from("Amount > '5'")`. It is not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criteria {
    /// The text, or why there is none.
    text: Result<String, String>,
    join: Join,
}

/// What holds a text together at its top: it decides about parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    One,
    And,
    Or,
    Unknown,
}

impl Criteria {
    /// The field equals the value.
    pub fn eq(field: &str, value: impl fmt::Display) -> Self {
        Self::compare(field, "=", value)
    }

    /// The field does not equal the value.
    pub fn ne(field: &str, value: impl fmt::Display) -> Self {
        Self::compare(field, "!=", value)
    }

    /// The field is less than the value. Dates are written as in ISO 8601: `2025-01-31`.
    pub fn lt(field: &str, value: impl fmt::Display) -> Self {
        Self::compare(field, "<", value)
    }

    /// The field is the value, or less.
    pub fn le(field: &str, value: impl fmt::Display) -> Self {
        Self::compare(field, "<=", value)
    }

    /// The field is greater than the value.
    pub fn gt(field: &str, value: impl fmt::Display) -> Self {
        Self::compare(field, ">", value)
    }

    /// The field is the value, or greater.
    pub fn ge(field: &str, value: impl fmt::Display) -> Self {
        Self::compare(field, ">=", value)
    }

    /// The field matches the pattern, in which `%` stands for any run of characters.
    pub fn like(field: &str, pattern: impl fmt::Display) -> Self {
        Self::compare(field, "LIKE", pattern)
    }

    /// The field holds the text.
    pub fn contains(field: &str, text: impl fmt::Display) -> Self {
        Self::compare(field, "CONTAINS", text)
    }

    /// The field equals one of the values. Without values there is no such condition: that is an error of the call.
    pub fn one_of(field: &str, values: impl IntoIterator<Item = impl fmt::Display>) -> Self {
        let values: Vec<String> = values.into_iter().map(quoted).collect();
        if values.is_empty() {
            return Self {
                text: Err(format!("no value is given for {field:?} to be one of")),
                join: Join::One,
            };
        }
        Self::condition(field, &format!("IN ({})", values.join(", ")))
    }

    /// The field has no value.
    pub fn is_null(field: &str) -> Self {
        Self::condition(field, "IS NULL")
    }

    /// The field has a value.
    pub fn is_not_null(field: &str) -> Self {
        Self::condition(field, "IS NOT NULL")
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: impl Into<Self>) -> Self {
        self.join(Join::And, other.into())
    }

    /// One of them holds, or both.
    #[must_use]
    pub fn or(self, other: impl Into<Self>) -> Self {
        self.join(Join::Or, other.into())
    }

    /// The text, for a request.
    ///
    /// # Errors
    ///
    /// What was wrong with a field or with a list of values.
    pub(crate) fn text(&self) -> Result<&str, String> {
        self.text.as_deref().map_err(Clone::clone)
    }

    fn compare(field: &str, operator: &str, value: impl fmt::Display) -> Self {
        Self::condition(field, &format!("{operator} {}", quoted(value)))
    }

    fn condition(field: &str, rest: &str) -> Self {
        let text = if is_field(field) {
            Ok(format!("{field} {rest}"))
        } else {
            Err(format!(
                "{field:?} is no field name; it is letters, digits, `_`, and `.` between the parts of a path"
            ))
        };
        Self {
            text,
            join: Join::One,
        }
    }

    fn join(self, join: Join, other: Self) -> Self {
        let text = match (self.within(join), other.within(join)) {
            (Ok(one), Ok(other)) => Ok(format!(
                "{one} {} {other}",
                if join == Join::And { "AND" } else { "OR" }
            )),
            (Err(problem), _) | (_, Err(problem)) => Err(problem),
        };
        Self { text, join }
    }

    /// The text as a part of a join.
    fn within(&self, join: Join) -> Result<String, String> {
        let text = self.text.clone()?;
        Ok(if self.join == join || self.join == Join::One {
            text
        } else {
            format!("({text})")
        })
    }
}

/// The text. A criteria that cannot be written shows why.
impl fmt::Display for Criteria {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Ok(text) | Err(text) => f.write_str(text),
        }
    }
}

impl From<&str> for Criteria {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Criteria {
    fn from(text: String) -> Self {
        Self {
            text: Ok(text),
            join: Join::Unknown,
        }
    }
}

/// The value as a text of the language.
pub(crate) fn quoted(value: impl fmt::Display) -> String {
    format!(
        "'{}'",
        value.to_string().replace('\\', r"\\").replace('\'', "''")
    )
}

/// Whether a text is the name of a field, or a path of such names.
pub(crate) fn is_field(text: &str) -> bool {
    text.split('.')
        .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parentheses_stand_where_joins_differ() {
        let (a, b, c) = (
            Criteria::eq("A", 1),
            Criteria::ne("B", 2),
            Criteria::gt("C.D_c", "2025-01-01"),
        );
        let shown = |criteria: Criteria| criteria.to_string();
        assert_eq!(
            shown(a.clone().and(b.clone()).and(c.clone())),
            "A = '1' AND B != '2' AND C.D_c > '2025-01-01'"
        );
        assert_eq!(
            shown(a.clone().or(b.clone()).and(c.clone())),
            "(A = '1' OR B != '2') AND C.D_c > '2025-01-01'"
        );
        assert_eq!(
            shown(a.clone().and(b.clone()).or(c.clone())),
            "(A = '1' AND B != '2') OR C.D_c > '2025-01-01'"
        );
        assert_eq!(
            shown(a.and("X = 'x' OR Y = 'y'")),
            "A = '1' AND (X = 'x' OR Y = 'y')"
        );
    }

    #[test]
    fn every_operator_has_its_text() {
        let all = [
            Criteria::lt("F", 1.5),
            Criteria::le("F", 1),
            Criteria::ge("F", 1),
            Criteria::like("F", "a%"),
            Criteria::contains("F", "a"),
            Criteria::one_of("F", ["a", "b'"]),
            Criteria::is_null("F"),
            Criteria::is_not_null("F"),
        ];
        let texts: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "F < '1.5'",
                "F <= '1'",
                "F >= '1'",
                "F LIKE 'a%'",
                "F CONTAINS 'a'",
                "F IN ('a', 'b''')",
                "F IS NULL",
                "F IS NOT NULL"
            ]
        );
    }

    #[test]
    fn what_cannot_be_written_is_told() {
        for field in ["", "Name = 'x' OR Name", "a..b", ".a", "Näme", "a b"] {
            let problem = Criteria::eq("Ok", 1)
                .and(Criteria::eq(field, "x"))
                .text()
                .unwrap_err();
            assert!(problem.contains("no field name"), "{problem}");
        }
        assert!(Criteria::one_of("Id", [""; 0]).text().is_err());
    }

    /// The value of `F = '...'` by SQL's rules: a quote is doubled, a backslash is itself. `None` where the text goes on after it.
    fn read_sql(text: &str) -> Option<String> {
        let rest = text.strip_prefix("F = '")?;
        let mut value = String::new();
        let mut chars = rest.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\'' if chars.peek() == Some(&'\'') => {
                    chars.next();
                    value.push('\'');
                }
                '\'' => return chars.next().is_none().then_some(value),
                c => value.push(c),
            }
        }
        None
    }

    /// The same by both rules: a backslash before a quote or a backslash escapes it.
    fn read_both(text: &str) -> Option<String> {
        let rest = text.strip_prefix("F = '")?;
        let mut value = String::new();
        let mut chars = rest.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, chars.peek()) {
                ('\\', Some(&next)) if matches!(next, '\'' | '\\') => {
                    chars.next();
                    value.push(next);
                }
                ('\'', Some('\'')) => {
                    chars.next();
                    value.push('\'');
                }
                ('\'', _) => return chars.next().is_none().then_some(value),
                (c, _) => value.push(c),
            }
        }
        None
    }

    proptest! {
        #[test]
        fn a_value_stays_inside_its_quotes(value in r#"[a-z'"\\ =%()\n]{0,12}|\PC*"#) {
            let text = Criteria::eq("F", &value).to_string();
            prop_assert_eq!(read_both(&text), Some(value.clone()));
            prop_assert_eq!(read_sql(&text), Some(value.replace('\\', r"\\")));
        }
    }
}
