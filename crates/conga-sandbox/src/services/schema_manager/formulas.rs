//! The functions of formula fields, and the check of an expression.
//!
//! Neither functions nor grammar are published. Assumed are those of the formulas that Conga's customers know from
//! Salesforce: fields by name, texts in quotes, numbers, `+ - * / ^ &`, comparisons, `&&`, `||`, `!` and the functions below.

use axum::http::StatusCode;
use serde_json::json;

use super::{ASSUMED, Behaviour, Call, Definition, Failure, Reply, World};
use super::{defined, params, path, required};
use crate::request::Answer;

pub(super) const BEHAVIOUR: Behaviour = Behaviour {
    operations: &["list_formula_functions", "validate_object_field_expression"],
    basis: ASSUMED,
    carry_out: |world, call| match call.operation {
        "list_formula_functions" => Ok(list()),
        _ => validate(world, call),
    },
};

/// Name, what goes in, what comes out.
const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("ABS", "number", "the number without its sign"),
    ("AND", "condition, ...", "whether all conditions hold"),
    (
        "BEGINS",
        "text, start",
        "whether the text begins with the start",
    ),
    (
        "CASE",
        "value, match, result, ..., other",
        "the result of the match, or the other",
    ),
    ("CEILING", "number", "the next whole number up"),
    (
        "CONTAINS",
        "text, part",
        "whether the text contains the part",
    ),
    ("DATE", "year, month, day", "a date"),
    ("DAY", "date", "the day of the month"),
    ("FLOOR", "number", "the next whole number down"),
    ("IF", "condition, then, else", "one of two values"),
    ("ISBLANK", "value", "whether there is no value"),
    ("LEFT", "text, count", "the first characters"),
    ("LEN", "text", "the number of characters"),
    ("LOWER", "text", "the text in lower case"),
    ("MAX", "number, ...", "the greatest number"),
    ("MID", "text, start, count", "characters from the middle"),
    ("MIN", "number, ...", "the least number"),
    ("MOD", "number, divisor", "the remainder"),
    ("MONTH", "date", "the month"),
    ("NOT", "condition", "whether the condition does not hold"),
    ("NOW", "", "the time now"),
    ("OR", "condition, ...", "whether one condition holds"),
    ("RIGHT", "text, count", "the last characters"),
    (
        "ROUND",
        "number, digits",
        "the number with so many digits behind the point",
    ),
    (
        "SUBSTITUTE",
        "text, old, new",
        "the text with one part replaced",
    ),
    ("TEXT", "value", "the value as a text"),
    ("TODAY", "", "the date today"),
    ("TRIM", "text", "the text without blanks around it"),
    ("UPPER", "text", "the text in upper case"),
    ("VALUE", "text", "the text as a number"),
    ("YEAR", "date", "the year"),
];

/// Parentheses and signs nest at most this deep.
const MAX_DEPTH: usize = 50;
/// Operators, longer ones first.
const OPERATORS: [&str; 14] = [
    "&&", "||", "<=", ">=", "<>", "!=", "==", "<", ">", "=", "+", "-", "*", "/",
];

/// Checks an expression over the object's fields; gives the fields that it names.
pub(super) fn check(definition: &Definition, expression: &str) -> Result<Vec<String>, Failure> {
    let mut reader = Reader {
        definition,
        whole: expression,
        rest: expression,
        fields: Vec::new(),
    };
    reader.expression(0)?;
    if reader.rest.is_empty() {
        Ok(reader.fields)
    } else {
        Err(reader.fault("expected an operator or the end"))
    }
}

fn list() -> Answer {
    let functions = FUNCTIONS.iter().map(|(name, takes, gives)| {
        json!({"Name": name, "Syntax": format!("{name}({takes})"), "Description": gives})
    });
    Reply::new(StatusCode::OK, functions.collect()).into_answer()
}

fn validate(world: &World, call: &Call) -> Result<Answer, Failure> {
    let definition = defined(world, call)?;
    let expression = required(params::row(call)?, "Expression")?;
    let fields = check(&definition, expression)?;
    if fields.iter().any(|field| field == path(call, "fieldName")) {
        return Err(Failure::invalid(
            "Expression: a field cannot be calculated from itself",
        ));
    }
    Ok(Reply::new(StatusCode::OK, json!({"IsValid": true, "Fields": fields})).into_answer())
}

/// Reads an expression by recursive descent. What binds tighter does not matter to a check.
struct Reader<'a> {
    definition: &'a Definition,
    whole: &'a str,
    /// What is yet to be read.
    rest: &'a str,
    fields: Vec<String>,
}

impl<'a> Reader<'a> {
    fn expression(&mut self, depth: usize) -> Result<(), Failure> {
        if depth > MAX_DEPTH {
            return Err(self.fault(&format!("nested more than {MAX_DEPTH} deep")));
        }
        loop {
            self.operand(depth)?;
            if !OPERATORS
                .iter()
                .chain(&["^", "&"])
                .any(|symbol| self.take(symbol))
            {
                return Ok(());
            }
        }
    }

    fn operand(&mut self, depth: usize) -> Result<(), Failure> {
        while ["-", "+", "!"].iter().any(|sign| self.take(sign)) {}
        self.blanks();
        if self.take("(") {
            self.expression(depth + 1)?;
            return self.close();
        }
        match self.rest.chars().next() {
            Some(quote @ ('\'' | '"')) => self.text(quote),
            Some(c) if c.is_ascii_digit() => {
                self.word(|c| c.is_ascii_digit() || c == '.');
                Ok(())
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => self.name(depth),
            _ => Err(self.fault("expected a field, a value or a function")),
        }
    }

    fn text(&mut self, quote: char) -> Result<(), Failure> {
        let mut escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            if c == quote && !escaped {
                self.rest = &self.rest[at + c.len_utf8()..];
                return Ok(());
            }
            escaped = c == '\\' && !escaped;
        }
        Err(self.fault("this quote is never closed"))
    }

    fn name(&mut self, depth: usize) -> Result<(), Failure> {
        let before = self.rest;
        let name = self.word(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
        if !self.take("(") {
            let is_value = ["true", "false", "null"]
                .iter()
                .any(|word| name.eq_ignore_ascii_case(word));
            let root = name.split('.').next().unwrap_or_default();
            if !is_value && self.definition.field(root).is_none() {
                self.rest = before;
                return Err(self.fault(&format!("{} has no field '{root}'", self.definition.name)));
            }
            if !is_value && !self.fields.iter().any(|field| field == root) {
                self.fields.push(root.to_owned());
            }
            return Ok(());
        }
        if !FUNCTIONS
            .iter()
            .any(|(known, ..)| name.eq_ignore_ascii_case(known))
        {
            self.rest = before;
            return Err(self.fault(&format!("there is no function '{name}'")));
        }
        if self.take(")") {
            return Ok(());
        }
        loop {
            self.expression(depth + 1)?;
            if !self.take(",") {
                return self.close();
            }
        }
    }

    fn close(&mut self) -> Result<(), Failure> {
        if self.take(")") {
            Ok(())
        } else {
            Err(self.fault("expected ')'"))
        }
    }

    fn word(&mut self, part: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.blanks();
        word
    }

    fn take(&mut self, symbol: &str) -> bool {
        self.blanks();
        let Some(rest) = self.rest.strip_prefix(symbol) else {
            return false;
        };
        self.rest = rest;
        self.blanks();
        true
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn fault(&self, message: &str) -> Failure {
        let read = self.whole.len() - self.rest.len();
        let column = self.whole[..read].chars().count() + 1;
        Failure::invalid(format!("Expression: {message} at column {column}"))
    }
}
