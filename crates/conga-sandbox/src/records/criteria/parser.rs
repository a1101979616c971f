//! Tokens to a [`Criteria`], by recursive descent.

use super::lexer::{Kind, Token, tokens};
use super::{Comparison, Criteria, CriteriaError, MAX_CONDITIONS, MAX_DEPTH, MAX_VALUES, Pattern};
use crate::records::objects::Object;
use crate::records::value::{FieldPath, Scalar};

/// A `LIKE` or `CONTAINS` takes a text of at most this many characters.
const MAX_PATTERN: usize = 4_000;

/// Words that cannot stand for a field.
const RESERVED: [&str; 10] = [
    "AND", "OR", "NOT", "IN", "IS", "LIKE", "CONTAINS", "NULL", "TRUE", "FALSE",
];

pub(crate) fn parse(text: &str, object: &Object) -> Result<Criteria, CriteriaError> {
    let mut parser = Parser {
        text,
        object,
        tokens: tokens(text)?,
        next: 0,
        conditions: 0,
    };
    let criteria = parser.any(0)?;
    let token = parser.peek();
    match token.kind {
        Kind::End => Ok(criteria),
        Kind::Symbol(")") => Err(parser.fault(&token, "this ')' closes nothing,")),
        _ => Err(parser.unexpected(&token, "AND, OR or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    object: &'a Object,
    tokens: Vec<Token>,
    next: usize,
    conditions: usize,
}

impl Parser<'_> {
    fn any(&mut self, depth: usize) -> Result<Criteria, CriteriaError> {
        let mut parts = vec![self.all(depth)?];
        while self.take_word("OR") {
            parts.push(self.all(depth)?);
        }
        Ok(one_or(parts, Criteria::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Criteria, CriteriaError> {
        let mut parts = vec![self.term(depth)?];
        while self.take_word("AND") {
            parts.push(self.term(depth)?);
        }
        Ok(one_or(parts, Criteria::All))
    }

    fn term(&mut self, depth: usize) -> Result<Criteria, CriteriaError> {
        let token = self.peek();
        if depth > MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} deep");
            return Err(self.fault(&token, message));
        }
        if self.take_word("NOT") {
            return Ok(not(self.term(depth + 1)?));
        }
        if !self.take_symbol("(") {
            return self.condition();
        }
        let inner = self.any(depth + 1)?;
        if self.take_symbol(")") {
            return Ok(inner);
        }
        let wanted = format!("AND, OR or ')' for the '(' of column {}", token.at + 1);
        Err(self.unexpected(&self.peek(), &wanted))
    }

    fn condition(&mut self) -> Result<Criteria, CriteriaError> {
        let field = self.field()?;
        self.conditions += 1;
        if self.conditions > MAX_CONDITIONS {
            let message = format!("more than {MAX_CONDITIONS} conditions");
            return Err(self.fault(&self.peek(), message));
        }
        let operator = self.peek();
        let negated = self.take_word("NOT");
        let word = self.take();
        let condition = match &word.kind {
            kind if kind.is_word("LIKE") => {
                Criteria::Like(field, Pattern::parse(&self.pattern("LIKE")?))
            }
            kind if kind.is_word("CONTAINS") => {
                Criteria::Like(field, Pattern::containing(&self.pattern("CONTAINS")?))
            }
            kind if kind.is_word("IN") => Criteria::In(field, self.values()?),
            _ if negated => return Err(self.unexpected(&word, "LIKE, CONTAINS or IN after NOT")),
            kind if kind.is_word("IS") => {
                let negated = self.take_word("NOT");
                if !self.take_word("NULL") {
                    let wanted = if negated {
                        "NULL after IS NOT"
                    } else {
                        "NULL or NOT NULL after IS"
                    };
                    return Err(self.unexpected(&self.peek(), wanted));
                }
                let null = Criteria::In(field, vec![None]);
                return Ok(if negated { not(null) } else { null });
            }
            Kind::Symbol("=") => Criteria::In(field, vec![self.value("=")?]),
            Kind::Symbol(symbol @ ("!=" | "<>")) => {
                not(Criteria::In(field, vec![self.value(symbol)?]))
            }
            Kind::Symbol(symbol @ ("<" | "<=" | ">" | ">=")) => self.order(field, symbol)?,
            _ => {
                let wanted = format!("an operator after '{field}'");
                return Err(self.unexpected(&operator, &wanted));
            }
        };
        Ok(if negated { not(condition) } else { condition })
    }

    fn order(&mut self, field: FieldPath, symbol: &str) -> Result<Criteria, CriteriaError> {
        let comparison = match symbol {
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            _ => Comparison::GreaterOrEqual,
        };
        let token = self.peek();
        match self.value(symbol)? {
            Some(value) => Ok(Criteria::Order(field, comparison, value)),
            None => Err(self.fault(&token, "null has no order; use IS NULL or IS NOT NULL")),
        }
    }

    fn field(&mut self) -> Result<FieldPath, CriteriaError> {
        let token = self.take();
        let Kind::Word(word) = &token.kind else {
            return Err(self.unexpected(&token, "a field"));
        };
        if RESERVED
            .iter()
            .any(|reserved| word.eq_ignore_ascii_case(reserved))
        {
            return Err(self.unexpected(&token, "a field"));
        }
        let Some(path) = FieldPath::parse(word) else {
            return Err(self.fault(&token, format!("'{word}' is no field")));
        };
        match self.object.check_filter(&path) {
            Ok(()) => Ok(path),
            Err(message) => Err(self.fault(&token, message)),
        }
    }

    /// A value; `None` for null.
    fn value(&mut self, after: &str) -> Result<Option<Scalar>, CriteriaError> {
        let token = self.take();
        match &token.kind {
            Kind::Text(text) | Kind::Date(text) => Ok(Some(Scalar::text(text))),
            Kind::Number(number) => Ok(Some(Scalar::number(*number))),
            kind if kind.is_word("true") => Ok(Some(Scalar::text("true"))),
            kind if kind.is_word("false") => Ok(Some(Scalar::text("false"))),
            kind if kind.is_word("null") => Ok(None),
            Kind::Word(word)
                if !RESERVED
                    .iter()
                    .any(|known| word.eq_ignore_ascii_case(known)) =>
            {
                let message = format!("text needs quotes: write '{word}' with them");
                Err(self.fault(&token, message))
            }
            Kind::End => {
                let message = format!("expected a value after '{after}'");
                Err(self.fault(&token, message))
            }
            _ => Err(self.unexpected(&token, &format!("a value after '{after}'"))),
        }
    }

    fn values(&mut self) -> Result<Vec<Option<Scalar>>, CriteriaError> {
        if !self.take_symbol("(") {
            return Err(self.unexpected(&self.peek(), "'(' after IN"));
        }
        let mut values = vec![self.value("(")?];
        while self.take_symbol(",") {
            if values.len() == MAX_VALUES {
                let message = format!("more than {MAX_VALUES} values");
                return Err(self.fault(&self.peek(), message));
            }
            values.push(self.value(",")?);
        }
        if self.take_symbol(")") {
            Ok(values)
        } else {
            Err(self.unexpected(&self.peek(), "',' or ')' after a value of IN"))
        }
    }

    fn pattern(&mut self, operator: &str) -> Result<String, CriteriaError> {
        let token = self.take();
        match token.kind {
            Kind::Text(text) if text.chars().count() <= MAX_PATTERN => Ok(text),
            Kind::Text(_) => {
                let message = format!("more than {MAX_PATTERN} characters after {operator}");
                Err(self.fault(&token, message))
            }
            _ => Err(self.unexpected(&token, &format!("a text in quotes after {operator}"))),
        }
    }

    fn peek(&self) -> Token {
        self.tokens.get(self.next).cloned().unwrap_or(Token {
            kind: Kind::End,
            at: self.text.chars().count(),
        })
    }

    fn take(&mut self) -> Token {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn take_if(&mut self, wanted: impl Fn(&Kind) -> bool) -> bool {
        let found = self
            .tokens
            .get(self.next)
            .is_some_and(|token| wanted(&token.kind));
        self.next += usize::from(found);
        found
    }

    fn take_word(&mut self, keyword: &str) -> bool {
        self.take_if(|kind| kind.is_word(keyword))
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        self.take_if(|kind| matches!(kind, Kind::Symbol(found) if *found == symbol))
    }

    fn unexpected(&self, token: &Token, wanted: &str) -> CriteriaError {
        let message = format!("expected {wanted}, found {}", token.kind.describe());
        self.fault(token, message)
    }

    fn fault(&self, token: &Token, message: impl Into<String>) -> CriteriaError {
        CriteriaError::new(self.text, token.at, message)
    }
}

fn one_or(mut parts: Vec<Criteria>, join: fn(Vec<Criteria>) -> Criteria) -> Criteria {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}

fn not(criteria: Criteria) -> Criteria {
    Criteria::Not(Box::new(criteria))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(criteria: &str) -> Result<Criteria, String> {
        let object = Object::standard("Account").unwrap();
        super::super::parse(criteria, &object).map_err(|error| error.to_string())
    }

    fn equal(field: &str, value: Scalar) -> Criteria {
        Criteria::In(FieldPath::parse(field).unwrap(), vec![Some(value)])
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let name = |value| equal("Name", Scalar::text(value));
        assert_eq!(
            account("Name = 'a' OR Name = 'b' AND Name = 'c' OR NOT Name = 'd'"),
            Ok(Criteria::Any(vec![
                name("a"),
                Criteria::All(vec![name("b"), name("c")]),
                not(name("d")),
            ]))
        );
        assert_eq!(
            account("(Name = 'a' or (Name = 'b')) and Name = 'c'"),
            Ok(Criteria::All(vec![
                Criteria::Any(vec![name("a"), name("b")]),
                name("c"),
            ]))
        );
    }

    #[test]
    fn every_operator_is_read() {
        let name = FieldPath::parse("Name").unwrap();
        let text = || Scalar::text("a");
        let order = |comparison| Criteria::Order(name.clone(), comparison, text());
        let one = || Criteria::In(name.clone(), vec![Some(text())]);
        let null = || Criteria::In(name.clone(), vec![None]);
        let like = || Criteria::Like(name.clone(), Pattern::parse("a%"));
        let contains = || Criteria::Like(name.clone(), Pattern::containing("a%"));
        let list = || {
            let values = vec![Some(text()), Some(Scalar::number(5.0)), None];
            Criteria::In(name.clone(), values)
        };
        for (criteria, wanted) in [
            ("Name='a'", one()),
            ("Name != \"a\"", not(one())),
            ("Name <> 'a'", not(one())),
            ("Name < 'a'", order(Comparison::Less)),
            ("Name <= 'a'", order(Comparison::LessOrEqual)),
            ("Name > 'a'", order(Comparison::Greater)),
            ("Name >= 'a'", order(Comparison::GreaterOrEqual)),
            ("Name LIKE 'a%'", like()),
            ("Name Not Like 'a%'", not(like())),
            ("Name CONTAINS 'a%'", contains()),
            ("Name NOT CONTAINS 'a%'", not(contains())),
            ("Name IN ('a', 5, null)", list()),
            ("Name not in('a',5,NULL)", not(list())),
            ("Name IS NULL", null()),
            ("Name = null", null()),
            ("Name IS NOT NULL", not(null())),
            ("Name != null", not(null())),
        ] {
            assert_eq!(account(criteria), Ok(wanted), "{criteria}");
        }
    }

    #[test]
    fn the_published_examples_are_read() {
        let custom = Object::custom("Any_c").unwrap();
        for criteria in [
            "IsActive = 'true'",
            "IsDeleted != 'true'",
            "Name='X'",
            "CreatedDate > '2025-01-01'",
            "Status = 'Active'",
            "FromFrequency = 'Daily'",
            "FromUOM = 'Box'",
            "SourceCurrency = 'USD'",
            "UserGroupId = 'abcd'",
        ] {
            assert!(super::super::parse(criteria, &custom).is_ok(), "{criteria}");
        }
    }

    #[test]
    fn an_error_points_at_the_place() {
        for (criteria, wanted) in [
            ("", "expected a field, found the end at column 1\n  \n  ^"),
            (
                "Name",
                "expected an operator after 'Name', found the end at column 5\n  Name\n      ^",
            ),
            (
                "Name =",
                "expected a value after '=' at column 7\n  Name =\n        ^",
            ),
            (
                "Name = Acme",
                "text needs quotes: write 'Acme' with them at column 8\n  Name = Acme\n         ^",
            ),
            (
                "Name = 'a' Site = 'b'",
                "expected AND, OR or the end, found 'Site' at column 12\n  Name = 'a' Site = 'b'\n             ^",
            ),
            (
                "Name = 'a' AND",
                "expected a field, found the end at column 15\n  Name = 'a' AND\n                ^",
            ),
            (
                "(Name = 'a'",
                "expected AND, OR or ')' for the '(' of column 1, found the end at column 12\n  (Name = 'a'\n             ^",
            ),
            (
                "Name = 'a')",
                "this ')' closes nothing, at column 11\n  Name = 'a')\n            ^",
            ),
            (
                "Name = 'a",
                "this quote is never closed, opened at column 8\n  Name = 'a\n         ^",
            ),
            (
                "Name == 'a'",
                "expected a value after '=', found '=' at column 7\n  Name == 'a'\n        ^",
            ),
            (
                "Name & 'a'",
                "unexpected character '&' at column 6\n  Name & 'a'\n       ^",
            ),
            (
                "Name LIKE 5",
                "expected a text in quotes after LIKE, found the number 5 at column 11\n  Name LIKE 5\n            ^",
            ),
            (
                "Name IN 'a'",
                "expected '(' after IN, found a text at column 9\n  Name IN 'a'\n          ^",
            ),
            (
                "Name IN ('a' 'b')",
                "expected ',' or ')' after a value of IN, found a text at column 14\n  Name IN ('a' 'b')\n               ^",
            ),
            (
                "Name IN ()",
                "expected a value after '(', found ')' at column 10\n  Name IN ()\n           ^",
            ),
            (
                "Name IS 'a'",
                "expected NULL or NOT NULL after IS, found a text at column 9\n  Name IS 'a'\n          ^",
            ),
            (
                "Name NOT 'a'",
                "expected LIKE, CONTAINS or IN after NOT, found a text at column 10\n  Name NOT 'a'\n           ^",
            ),
            (
                "Name > null",
                "null has no order; use IS NULL or IS NOT NULL at column 8\n  Name > null\n         ^",
            ),
            (
                "AnnualRevenue > 5k",
                "'5k' is neither a number nor a date; text needs quotes, at column 17\n  AnnualRevenue > 5k\n                  ^",
            ),
            (
                "name = 'a'",
                "Account has no field 'name'; names keep their case: 'Name' at column 1\n  name = 'a'\n  ^",
            ),
            (
                "Name = 'é' AND Colour = 'red'",
                "Account has no field 'Colour'; the names of custom fields end in _c at column 16\n  Name = 'é' AND Colour = 'red'\n                 ^",
            ),
            (
                "Name.First = 'a'",
                "'Name.First' reaches into 'Name', which is no lookup at column 1\n  Name.First = 'a'\n  ^",
            ),
        ] {
            assert_eq!(
                account(criteria),
                Err(format!("Criteria: {wanted}")),
                "{criteria}"
            );
        }
    }

    #[test]
    fn a_long_criteria_shows_the_part_around_the_fault() {
        let criteria = format!("{}Name =\n'x' y", "Name = 'x' AND ".repeat(20));
        let error = account(&criteria).unwrap_err();
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(
            lines[0],
            "Criteria: expected AND, OR or the end, found 'y' at column 312"
        );
        assert!(lines[1].ends_with("Name = 'x' AND Name = 'x' y"), "{error}");
        let place = lines[2].find('^').unwrap();
        assert_eq!(&lines[1][place..], "y");
    }
}
