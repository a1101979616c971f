//! The language that lists of the revenue services are filtered by.

use std::fmt;

use crate::criteria::{is_field, quoted};

/// A condition on the fields of records, such as `eq(Name:'Orbit 400')`.
///
/// Values are quoted here, whatever they hold, so that text from elsewhere stays text:
///
/// ```
/// use conga::commerce::Filter;
///
/// let wanted = Filter::eq("SoldToAccount.Id", "a1").and(Filter::eq("Status", "Draft").or(Filter::like("Name", "O'Hara")));
/// assert_eq!(wanted.to_string(), "eq(SoldToAccount.Id:'a1') eq(Status:'Draft') LIKE(Name:'O''Hara') [1 AND (2 OR 3)]");
/// ```
///
/// Every condition is a `filter` of its own, and a `filterExpression` joins them by their numbers where it is not all by `AND`
/// (published, as are `eq`, `in` and `LIKE`). The other functions are assumed; so is the quoting, which is that of
/// [`Criteria`](crate::Criteria). A text is one condition as it is: `Filter::from("gt(Quantity:'5')")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The conditions, or why there is one that cannot be written.
    conditions: Result<Vec<String>, String>,
    join: Join,
}

/// How the conditions are joined: by their places among them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Join {
    One(usize),
    All(Vec<Join>),
    Any(Vec<Join>),
}

impl Filter {
    /// The field equals the value.
    pub fn eq(field: &str, value: impl fmt::Display) -> Self {
        Self::function("eq", field, &[quoted(value)])
    }

    /// The field does not equal the value.
    pub fn ne(field: &str, value: impl fmt::Display) -> Self {
        Self::function("ne", field, &[quoted(value)])
    }

    /// The field is less than the value. Dates are written as in ISO 8601: `2025-01-31`.
    pub fn lt(field: &str, value: impl fmt::Display) -> Self {
        Self::function("lt", field, &[quoted(value)])
    }

    /// The field is the value, or less.
    pub fn le(field: &str, value: impl fmt::Display) -> Self {
        Self::function("le", field, &[quoted(value)])
    }

    /// The field is greater than the value.
    pub fn gt(field: &str, value: impl fmt::Display) -> Self {
        Self::function("gt", field, &[quoted(value)])
    }

    /// The field is the value, or greater.
    pub fn ge(field: &str, value: impl fmt::Display) -> Self {
        Self::function("ge", field, &[quoted(value)])
    }

    /// The field holds the text, or matches it where it has wildcards (assumed).
    pub fn like(field: &str, text: impl fmt::Display) -> Self {
        Self::function("LIKE", field, &[quoted(text)])
    }

    /// The field equals one of the values. Without values there is no such condition: that is an error of the call.
    pub fn one_of(field: &str, values: impl IntoIterator<Item = impl fmt::Display>) -> Self {
        let values: Vec<String> = values.into_iter().map(quoted).collect();
        if values.is_empty() {
            return Self::of(Err(format!("no value is given for {field:?} to be one of")));
        }
        Self::function("in", field, &values)
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: impl Into<Self>) -> Self {
        self.joined(other.into(), |mut one, other| {
            match &mut one {
                Join::All(parts) => parts.push(other),
                _ => one = Join::All(vec![one, other]),
            }
            one
        })
    }

    /// One of them holds, or both.
    #[must_use]
    pub fn or(self, other: impl Into<Self>) -> Self {
        self.joined(other.into(), |mut one, other| {
            match &mut one {
                Join::Any(parts) => parts.push(other),
                _ => one = Join::Any(vec![one, other]),
            }
            one
        })
    }

    /// The conditions, and the expression that joins them, where it takes one.
    ///
    /// # Errors
    ///
    /// What was wrong with a field or with a list of values.
    pub(super) fn parts(&self) -> Result<(&[String], Option<String>), String> {
        let conditions = self.conditions.as_deref().map_err(Clone::clone)?;
        let expression = self.join.has_any().then(|| self.join.to_string());
        Ok((conditions, expression))
    }

    fn of(conditions: Result<Vec<String>, String>) -> Self {
        Self {
            conditions,
            join: Join::One(0),
        }
    }

    fn function(function: &str, field: &str, values: &[String]) -> Self {
        Self::of(if is_field(field) {
            Ok(vec![format!("{function}({field}:{})", values.join(","))])
        } else {
            Err(format!(
                "{field:?} is no field name; it is letters, digits, `_`, and `.` between the parts of a path"
            ))
        })
    }

    fn joined(self, other: Self, join: impl FnOnce(Join, Join) -> Join) -> Self {
        match (self.conditions, other.conditions) {
            (Ok(mut conditions), Ok(others)) => {
                let join = join(self.join, other.join.after(conditions.len()));
                conditions.extend(others);
                Self {
                    conditions: Ok(conditions),
                    join,
                }
            }
            (Err(problem), _) | (_, Err(problem)) => Self::of(Err(problem)),
        }
    }
}

impl Join {
    /// The same for conditions that stand after `count` others.
    fn after(self, count: usize) -> Self {
        let all = |parts: Vec<Self>| parts.into_iter().map(|part| part.after(count)).collect();
        match self {
            Self::One(at) => Self::One(at + count),
            Self::All(parts) => Self::All(all(parts)),
            Self::Any(parts) => Self::Any(all(parts)),
        }
    }

    fn has_any(&self) -> bool {
        match self {
            Self::One(_) => false,
            Self::All(parts) => parts.iter().any(Self::has_any),
            Self::Any(_) => true,
        }
    }
}

/// As a `filterExpression`, whose numbers count from 1.
impl fmt::Display for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, word) = match self {
            Self::One(at) => return write!(f, "{}", at + 1),
            Self::All(parts) => (parts, "AND"),
            Self::Any(parts) => (parts, "OR"),
        };
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                write!(f, " {word} ")?;
            }
            match part {
                Self::One(_) => write!(f, "{part}")?,
                _ => write!(f, "({part})")?,
            }
        }
        Ok(())
    }
}

/// The conditions, and the expression in brackets. A filter that cannot be written shows why.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            Ok((conditions, None)) => f.write_str(&conditions.join(" ")),
            Ok((conditions, Some(expression))) => {
                write!(f, "{} [{expression}]", conditions.join(" "))
            }
            Err(problem) => f.write_str(&problem),
        }
    }
}

impl From<&str> for Filter {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Filter {
    fn from(text: String) -> Self {
        Self::of(Ok(vec![text]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_joined_by_their_numbers() {
        let [a, b, c, d] = ["A", "B", "C", "D"].map(|field| Filter::eq(field, 1));
        let shown = |filter: &Filter| filter.parts().unwrap().1;
        assert_eq!(shown(&a.clone().and(b.clone()).and(c.clone())), None);
        let nested = a.clone().or(b.clone()).and(c.clone().or(d.clone()));
        assert_eq!(shown(&nested).as_deref(), Some("(1 OR 2) AND (3 OR 4)"));
        let flat = a.clone().and(b).or(c).or(d);
        assert_eq!(shown(&flat).as_deref(), Some("(1 AND 2) OR 3 OR 4"));
        assert_eq!(
            flat.parts().unwrap().0,
            ["eq(A:'1')", "eq(B:'1')", "eq(C:'1')", "eq(D:'1')"]
        );
        let with_text = a.and("in(Scope:'Public','Private')");
        assert_eq!(
            with_text.parts().unwrap().0[1],
            "in(Scope:'Public','Private')"
        );
    }

    #[test]
    fn values_are_quoted_and_fields_are_checked() {
        let odd = Filter::one_of("Name", ["O'Hara", r"back\slash", "') or eq("]);
        assert_eq!(
            odd.to_string(),
            r"in(Name:'O''Hara','back\\slash',''') or eq(')"
        );
        for wrong in [
            Filter::eq("Name)", 1),
            Filter::eq("", 1),
            Filter::one_of("Name", Vec::<String>::new()),
        ] {
            assert!(
                wrong.clone().and(Filter::eq("A", 1)).parts().is_err(),
                "{wrong}"
            );
        }
    }
}
