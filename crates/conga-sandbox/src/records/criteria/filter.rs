//! The filter dialect of the revenue services: a function over a field and values.
//!
//! ```text
//! filter=eq(Name:'Orbit 400')&filter=in(Scope:'Public','Private')&filterExpression=1 OR 2
//! sort=DESC(ModifiedDate)
//! ```
//!
//! Published are these shapes with `eq`, `in` and `LIKE`, and that an expression joins the filters by their numbers,
//! all by AND if there is none. The other functions are assumed: `ne`, `gt`, `ge`, `lt`, `le` (also `neq`, `gte`,
//! `lte`), `notin`, `contains`, `startswith`, `endswith`, `isnull`, `isnotnull`; words in any case. `like` without a
//! wildcard finds its text anywhere. A field may be written with a small first letter, as some schemas do, and with `=`
//! for the colon, as one published example does.

use super::lexer::{Kind, tokens};
use super::{Comparison, Criteria, MAX_CONDITIONS, MAX_DEPTH, MAX_VALUES, Pattern};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::Direction;
use crate::records::value::{FieldPath, Scalar, capitalised};

/// The criteria of these filters, joined by the expression; `None` if there are none.
pub(crate) fn parse(
    filters: &[&str],
    expression: Option<&str>,
    object: &Object,
) -> Result<Option<Criteria>, Failure> {
    if filters.len() > MAX_CONDITIONS {
        return Err(Failure::invalid(format!(
            "filter: more than {MAX_CONDITIONS} filters"
        )));
    }
    let mut conditions = Vec::with_capacity(filters.len());
    for filter in filters {
        conditions.push(condition(filter, object)?);
    }
    match expression.filter(|expression| !expression.trim().is_empty()) {
        Some(expression) => Expression::new(expression, &conditions)?.parse().map(Some),
        None if conditions.is_empty() => Ok(None),
        None => Ok(Some(Criteria::All(conditions))),
    }
}

/// The field and direction of a sort such as `DESC(ModifiedDate)`; a bare field is ascending.
pub(crate) fn sort(text: &str) -> Result<(String, Direction), Failure> {
    let text = text.trim();
    let (word, field) = match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        Some((word, field)) => (word.trim(), field.trim()),
        None => ("asc", text),
    };
    let direction = match word.to_ascii_lowercase().as_str() {
        "asc" => Direction::Ascending,
        "desc" => Direction::Descending,
        _ => {
            return Err(Failure::invalid(format!(
                "sort: '{text}' is no sort; write ASC(Name) or DESC(Name)"
            )));
        }
    };
    Ok((capitalised(field), direction))
}

/// The field and the value of a filter that is an `eq` with one text; `None` for any other.
pub(crate) fn equals(text: &str) -> Option<(String, String)> {
    let mut kinds = tokens(text).ok()?.into_iter().map(|token| token.kind);
    let function = kinds.next().filter(|kind| kind.is_word("eq"));
    match (
        function?,
        kinds.next()?,
        kinds.next()?,
        kinds.next()?,
        kinds.next()?,
    ) {
        (_, Kind::Symbol("("), Kind::Word(field), Kind::Symbol(":" | "="), Kind::Text(value)) => {
            Some((capitalised(&field), value))
        }
        _ => None,
    }
}

/// One filter.
fn condition(text: &str, object: &Object) -> Result<Criteria, Failure> {
    let fault = |what: String| {
        Failure::invalid(format!(
            "filter '{text}': {what}; write it as eq(Name:'a text')"
        ))
    };
    let all = tokens(text).map_err(|error| Failure::invalid(format!("filter: {error}")))?;
    let mut kinds = all.into_iter().map(|token| token.kind).peekable();
    let Some(Kind::Word(function)) = kinds.next() else {
        return Err(fault("a function comes first".to_owned()));
    };
    if kinds.next() != Some(Kind::Symbol("(")) {
        return Err(fault(format!("'(' comes after {function}")));
    }
    // A field may be named by its label, in several words.
    let mut name = String::new();
    while let Some(Kind::Word(word)) = kinds.next_if(|kind| matches!(kind, Kind::Word(_))) {
        name.push_str(&word);
    }
    let field = FieldPath::parse(&capitalised(&name))
        .ok_or_else(|| fault(format!("'{name}' is no field")))?;
    object.check_path(&field).map_err(fault)?;
    let mut values = Vec::new();
    if kinds
        .next_if(|kind| matches!(kind, Kind::Symbol(":" | "=")))
        .is_some()
    {
        loop {
            values.push(match kinds.next() {
                Some(Kind::Text(text) | Kind::Date(text)) => Value::Text(text),
                Some(Kind::Number(number)) => Value::Number(number),
                Some(kind) if kind.is_word("true") => Value::Text("true".to_owned()),
                Some(kind) if kind.is_word("false") => Value::Text("false".to_owned()),
                Some(kind) if kind.is_word("null") => Value::Null,
                Some(kind) => {
                    return Err(fault(format!("a value is wanted, not {}", kind.describe())));
                }
                None => return Err(fault("a value is wanted".to_owned())),
            });
            if values.len() > MAX_VALUES {
                return Err(fault(format!("more than {MAX_VALUES} values")));
            }
            if kinds.next_if_eq(&Kind::Symbol(",")).is_none() {
                break;
            }
        }
    }
    if kinds.next() != Some(Kind::Symbol(")")) || kinds.next() != Some(Kind::End) {
        return Err(fault("it ends with ')'".to_owned()));
    }
    combine(&function, field, values).map_err(fault)
}

/// A value of a filter.
enum Value {
    Text(String),
    Number(f64),
    Null,
}

impl Value {
    fn scalar(&self) -> Option<Scalar> {
        match self {
            Self::Text(text) => Some(Scalar::text(text)),
            Self::Number(number) => Some(Scalar::number(*number)),
            Self::Null => None,
        }
    }
}

fn combine(function: &str, field: FieldPath, values: Vec<Value>) -> Result<Criteria, String> {
    let word = function.to_ascii_lowercase();
    let wanted = match word.as_str() {
        "isnull" | "isnotnull" => 0..=0,
        "in" | "notin" => 1..=MAX_VALUES,
        _ => 1..=1,
    };
    if !wanted.contains(&values.len()) {
        return Err(format!(
            "{function} takes {} values, not {}",
            if *wanted.end() > 1 {
                "one or more".to_owned()
            } else {
                wanted.end().to_string()
            },
            values.len()
        ));
    }
    let scalars = || values.iter().map(Value::scalar).collect();
    let order = |comparison| match values.first().and_then(Value::scalar) {
        Some(value) => Ok(Criteria::Order(field.clone(), comparison, value)),
        None => Err("null has no order; use isnull or isnotnull".to_owned()),
    };
    let text = || match values.first() {
        Some(Value::Text(text)) if text.len() <= 4_000 => Ok(text.as_str()),
        _ => Err(format!(
            "{function} takes a text in quotes, of at most 4000 characters"
        )),
    };
    let like = |pattern| Ok(Criteria::Like(field.clone(), pattern));
    match word.as_str() {
        "eq" | "in" => Ok(Criteria::In(field, scalars())),
        "ne" | "neq" | "notin" => Ok(not(Criteria::In(field, scalars()))),
        "gt" => order(Comparison::Greater),
        "ge" | "gte" => order(Comparison::GreaterOrEqual),
        "lt" => order(Comparison::Less),
        "le" | "lte" => order(Comparison::LessOrEqual),
        "like" => match text()? {
            pattern if pattern.contains(['%', '_']) => like(Pattern::parse(pattern)),
            part => like(Pattern::containing(part)),
        },
        "contains" => like(Pattern::containing(text()?)),
        "startswith" => like(Pattern::starting(text()?)),
        "endswith" => like(Pattern::ending(text()?)),
        "isnull" => Ok(Criteria::In(field, vec![None])),
        "isnotnull" => Ok(not(Criteria::In(field, vec![None]))),
        _ => Err(format!(
            "there is no function {function}; use eq, ne, gt, ge, lt, le, in, notin, like, contains, startswith, \
             endswith, isnull or isnotnull"
        )),
    }
}

fn not(criteria: Criteria) -> Criteria {
    Criteria::Not(Box::new(criteria))
}

/// An expression over the filters' numbers: `1 AND (2 OR 3)`.
struct Expression<'a> {
    text: &'a str,
    kinds: Vec<Kind>,
    next: usize,
    conditions: &'a [Criteria],
    /// How many numbers it may still name.
    left: usize,
}

impl<'a> Expression<'a> {
    fn new(text: &'a str, conditions: &'a [Criteria]) -> Result<Self, Failure> {
        let tokens =
            tokens(text).map_err(|error| Failure::invalid(format!("filterExpression: {error}")))?;
        Ok(Self {
            text,
            kinds: tokens.into_iter().map(|token| token.kind).collect(),
            next: 0,
            conditions,
            left: MAX_CONDITIONS,
        })
    }

    fn parse(mut self) -> Result<Criteria, Failure> {
        let criteria = self.any(0)?;
        match self.kinds.get(self.next) {
            None | Some(Kind::End) => Ok(criteria),
            Some(kind) => Err(self.fault(&format!("{} is not expected", kind.describe()))),
        }
    }

    fn any(&mut self, depth: usize) -> Result<Criteria, Failure> {
        let mut parts = vec![self.all(depth)?];
        while self.take_word("OR") {
            parts.push(self.all(depth)?);
        }
        Ok(Criteria::Any(parts))
    }

    fn all(&mut self, depth: usize) -> Result<Criteria, Failure> {
        let mut parts = vec![self.term(depth)?];
        while self.take_word("AND") {
            parts.push(self.term(depth)?);
        }
        Ok(Criteria::All(parts))
    }

    fn term(&mut self, depth: usize) -> Result<Criteria, Failure> {
        if depth > MAX_DEPTH {
            return Err(self.fault(&format!("it is nested more than {MAX_DEPTH} deep")));
        }
        if self.take_word("NOT") {
            return Ok(not(self.term(depth + 1)?));
        }
        if self.take(|kind| *kind == Kind::Symbol("(")) {
            let inner = self.any(depth + 1)?;
            return match self.take(|kind| *kind == Kind::Symbol(")")) {
                true => Ok(inner),
                false => Err(self.fault("a ')' is missing")),
            };
        }
        let Some(Kind::Number(number)) = self.kinds.get(self.next) else {
            return Err(self.fault("the number of a filter is missing"));
        };
        self.next += 1;
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| self.fault("it names too many filters"))?;
        let named = (1..)
            .zip(self.conditions)
            .find(|(at, _)| f64::from(*at) == *number);
        match named {
            Some((_, condition)) => Ok(condition.clone()),
            None => Err(self.fault(&format!(
                "there is no filter {number}; they count from 1 to {}",
                self.conditions.len()
            ))),
        }
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.take(|kind| kind.is_word(word))
    }

    fn take(&mut self, wanted: impl Fn(&Kind) -> bool) -> bool {
        let found = self.kinds.get(self.next).is_some_and(wanted);
        self.next += usize::from(found);
        found
    }

    fn fault(&self, what: &str) -> Failure {
        Failure::invalid(format!(
            "filterExpression '{}': {what}; write it as 1 AND (2 OR 3)",
            self.text
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::criteria;

    fn object() -> Object {
        Object::internal("Product")
    }

    fn read(filters: &[&str], expression: Option<&str>) -> Result<Option<Criteria>, Vec<String>> {
        parse(filters, expression, &object()).map_err(Failure::messages)
    }

    fn same(filters: &[&str], expression: Option<&str>, wanted: &str) {
        // Groups of one are how an expression is read; they mean nothing.
        fn bare(criteria: Criteria) -> Criteria {
            match criteria {
                Criteria::All(parts) | Criteria::Any(parts) if parts.len() == 1 => {
                    parts.into_iter().map(bare).next().unwrap()
                }
                Criteria::All(parts) => Criteria::All(parts.into_iter().map(bare).collect()),
                Criteria::Any(parts) => Criteria::Any(parts.into_iter().map(bare).collect()),
                Criteria::Not(inner) => Criteria::Not(Box::new(bare(*inner))),
                other => other,
            }
        }
        let read = read(filters, expression).unwrap().unwrap();
        assert_eq!(
            bare(read),
            criteria::parse(wanted, &object()).unwrap(),
            "{filters:?}"
        );
    }

    #[test]
    fn functions_mean_what_the_criteria_language_says() {
        for (filter, wanted) in [
            ("eq(Name:'Orbit 400')", "Name = 'Orbit 400'"),
            ("EQ(name:'x')", "Name = 'x'"),
            ("eq(SoldToAccount.Id:'a')", "SoldToAccount.Id = 'a'"),
            (
                "eq(Product Family = 'Hardware')",
                "ProductFamily = 'Hardware'",
            ),
            ("ne(IsActive:true)", "IsActive != 'true'"),
            (
                "in(Scope:'Public','Private')",
                "Scope IN ('Public', 'Private')",
            ),
            (
                "notin(Scope:'Public',null)",
                "Scope NOT IN ('Public', null)",
            ),
            ("gt(ListPrice:10.5)", "ListPrice > 10.5"),
            (
                "le(CreatedDate:'2026-01-01')",
                "CreatedDate <= '2026-01-01'",
            ),
            ("LIKE(Name:'Test')", "Name CONTAINS 'Test'"),
            ("like(Name:'Te%')", "Name LIKE 'Te%'"),
            ("startswith(Name:'50%')", r"Name LIKE '50\%%'"),
            ("endswith(Name:'x')", "Name LIKE '%x'"),
            ("isnull(Family)", "Family IS NULL"),
            ("isnotnull(Family)", "Family IS NOT NULL"),
        ] {
            same(&[filter], None, wanted);
        }
    }

    #[test]
    fn filters_join_by_and_or_by_the_expression() {
        let filters = ["eq(A:1)", "eq(B:2)", "eq(C:3)"];
        same(&filters, None, "A = 1 AND B = 2 AND C = 3");
        same(
            &filters,
            Some("1 AND (2 OR 3)"),
            "A = 1 AND (B = 2 OR C = 3)",
        );
        same(&filters, Some("not 3 or 1"), "NOT C = 3 OR A = 1");
        assert_eq!(read(&[], None), Ok(None));
    }

    #[test]
    fn faults_say_what_to_write() {
        let deep = format!("{}1{}", "(".repeat(60), ")".repeat(60));
        for (filter, expression, words) in [
            ("Name = 'x'", None, "'(' comes after Name"),
            ("eq(Name:x)", None, "a value is wanted, not 'x'"),
            ("eq(Name:'x'", None, "it ends with ')'"),
            ("eq(Name:'x') drop", None, "it ends with ')'"),
            ("eq(:'x')", None, "'' is no field"),
            ("eq(Name)", None, "takes 1 values, not 0"),
            ("gt(Name:null)", None, "null has no order"),
            ("near(Name:'x')", None, "no function near"),
            ("eq(Name:'x')", Some("2"), "there is no filter 2"),
            (
                "eq(Name:'x')",
                Some("1 AND"),
                "the number of a filter is missing",
            ),
            ("eq(Name:'x')", Some("(1"), "a ')' is missing"),
            ("eq(Name:'x')", Some("1 1"), "not expected"),
            ("eq(Name:'x')", Some(&deep), "nested more than"),
        ] {
            let messages = read(&[filter], expression).unwrap_err();
            assert!(messages[0].contains(words), "{filter}: {messages:?}");
        }
    }

    #[test]
    fn a_sort_names_field_and_direction() {
        let read = |text| sort(text).map_err(Failure::messages);
        assert_eq!(
            read("DESC(ModifiedDate)"),
            Ok(("ModifiedDate".to_owned(), Direction::Descending))
        );
        assert_eq!(
            read("asc( name )"),
            Ok(("Name".to_owned(), Direction::Ascending))
        );
        assert_eq!(read("Name"), Ok(("Name".to_owned(), Direction::Ascending)));
        assert!(read("up(Name)").is_err());
    }
}
