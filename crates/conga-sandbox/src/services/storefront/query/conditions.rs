//! Conditions, filters and joins, to the store's criteria.
//!
//! A condition on a parent's field asks first for the ids of the parents that meet it. Whatever denies is the reverse of
//! what it denies, so a record without the field or without the parent meets `NotEqual`, as in SOQL.

use chrono::{DateTime, Days, NaiveTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::super::objects::Kind;
use super::super::visit::{all, among, nothing};
use super::Query;
use super::paths::{Path, Paths};
use crate::failure::Failure;
use crate::records::criteria::{Comparison, Criteria, Pattern};
use crate::records::value::{FieldPath, Scalar};

/// A query has at most this many conditions, those of filters and joins included.
const MAX_CONDITIONS: usize = 200;
/// Filters nest this deep.
const MAX_DEPTH: usize = 10;
/// An `In` has at most this many values.
const MAX_VALUES: usize = 2_000;
/// A text in a condition is at most this long, in bytes.
const MAX_TEXT: usize = 4_000;
/// `LastXDays` and `NextXDays` reach this far.
const MAX_DAYS: i64 = 36_500;
/// A search has at most this many words.
const MAX_WORDS: usize = 10;

/// How conditions join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(in super::super) enum Operator {
    #[serde(rename = "AND", alias = "and")]
    And,
    #[serde(rename = "OR", alias = "or")]
    Or,
}

/// A test of a field.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Condition {
    pub(in super::super) field: String,
    pub(in super::super) filter_operator: String,
    pub(in super::super) value: Option<Value>,
    pub(in super::super) val: Option<Value>,
}

/// A group of conditions.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Filter {
    pub(in super::super) conditions: Option<Vec<Condition>>,
    pub(in super::super) filters: Option<Vec<Filter>>,
    pub(in super::super) expression_operator: Option<Operator>,
}

/// That a record of another object meets conditions.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Join {
    pub(in super::super) api_name: String,
    pub(in super::super) from_attribute: String,
    pub(in super::super) to_attribute: String,
    pub(in super::super) conditions: Option<Vec<Condition>>,
    pub(in super::super) filters: Option<Vec<Filter>>,
    pub(in super::super) expression_operator: Option<Operator>,
}

/// What the records of a query meet, all of it; with what the visitor may see.
pub(super) fn compile(
    paths: &mut Paths<'_>,
    kind: &Kind,
    query: &Query,
) -> Result<Vec<Criteria>, Failure> {
    let mut all = Vec::new();
    all.extend(paths.visit.sees(kind)?);
    let mut compiler = Compiler {
        paths,
        left: MAX_CONDITIONS,
    };
    all.extend(compiler.group(
        kind,
        query.conditions.as_deref().unwrap_or_default(),
        query.filters.as_deref().unwrap_or_default(),
        query.expression_operator,
        0,
    )?);
    for join in query.joins.iter().flatten() {
        all.push(compiler.join(kind, join)?);
    }
    if let Some(text) = &query.search_string {
        all.extend(compiler.search(kind, text)?);
    }
    Ok(all)
}

/// What children meet, by their filters.
pub(super) fn filters(
    paths: &mut Paths<'_>,
    kind: &Kind,
    filters: &[Filter],
) -> Result<Option<Criteria>, Failure> {
    let mut compiler = Compiler {
        paths,
        left: MAX_CONDITIONS,
    };
    compiler.group(kind, &[], filters, None, 0)
}

struct Compiler<'p, 'v> {
    paths: &'p mut Paths<'v>,
    /// How many conditions may still come.
    left: usize,
}

impl Compiler<'_, '_> {
    /// The criteria of a group; `None` for an empty one.
    fn group(
        &mut self,
        kind: &Kind,
        conditions: &[Condition],
        filters: &[Filter],
        operator: Option<Operator>,
        depth: usize,
    ) -> Result<Option<Criteria>, Failure> {
        if depth > MAX_DEPTH {
            return Err(Failure::invalid(format!(
                "filters nest more than {MAX_DEPTH} deep"
            )));
        }
        let mut parts = Vec::with_capacity(conditions.len() + filters.len());
        for condition in conditions {
            parts.push(self.condition(kind, condition)?);
        }
        for filter in filters {
            let conditions = filter.conditions.as_deref().unwrap_or_default();
            let filters = filter.filters.as_deref().unwrap_or_default();
            let operator = filter.expression_operator;
            parts.extend(self.group(kind, conditions, filters, operator, depth + 1)?);
        }
        Ok(match operator {
            _ if parts.is_empty() => None,
            Some(Operator::Or) => Some(Criteria::Any(parts)),
            Some(Operator::And) | None => Some(Criteria::All(parts)),
        })
    }

    fn condition(&mut self, kind: &Kind, condition: &Condition) -> Result<Criteria, Failure> {
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            Failure::invalid(format!(
                "the query has more than {MAX_CONDITIONS} conditions"
            ))
        })?;
        let fault =
            |what: String| Failure::invalid(format!("condition on '{}': {what}", condition.field));
        let path = self.paths.resolve(kind, &condition.field)?;
        let test = Test::read(condition, self.paths.visit.session.now).map_err(fault)?;
        let criteria = self.reach(&path, test.criteria(&path.field))?;
        Ok(if test.denied { not(criteria) } else { criteria })
    }

    /// Brings a criteria on the field of a parent down to the record.
    fn reach(&mut self, path: &Path, leaf: Criteria) -> Result<Criteria, Failure> {
        let mut criteria = leaf;
        for (lookup, parent) in path.parents.iter().rev() {
            let ids = self.paths.visit.ids(parent, vec![criteria])?;
            let ids = ids.iter().map(|id| Some(Scalar::text(id)));
            criteria = among(lookup.clone(), ids.collect());
        }
        Ok(criteria)
    }

    fn join(&mut self, kind: &Kind, join: &Join) -> Result<Criteria, Failure> {
        let other = Kind::named(&join.api_name).ok_or_else(|| {
            Failure::invalid(format!(
                "join: there is no object '{}' in this storefront",
                join.api_name
            ))
        })?;
        let from = self.paths.resolve(kind, &join.from_attribute)?;
        let to = self.paths.resolve(&other, &join.to_attribute)?;
        let mut criteria: Vec<Criteria> = self.paths.visit.sees(&other)?.into_iter().collect();
        criteria.extend(self.group(
            &other,
            join.conditions.as_deref().unwrap_or_default(),
            join.filters.as_deref().unwrap_or_default(),
            join.expression_operator,
            0,
        )?);
        let object = self.paths.visit.object(&other)?;
        let mut values = Vec::new();
        for record in all(self.paths.visit.tx(), &object, criteria)? {
            let value = Scalar::of(&self.paths.value(&to, &record)?);
            // Null joins nothing.
            if value.is_some() && !values.contains(&value) {
                values.push(value);
            }
        }
        let leaf = among(from.field.clone(), values);
        self.reach(&from, leaf)
    }

    /// That each word stands in some text field.
    fn search(&mut self, kind: &Kind, text: &str) -> Result<Option<Criteria>, Failure> {
        let words: Vec<&str> = text
            .split(|c: char| c.is_whitespace() || c == '*' || c == '"')
            .filter(|word| !word.is_empty())
            .collect();
        if words.is_empty() {
            return Ok(None);
        }
        if words.len() > MAX_WORDS || text.len() > MAX_TEXT {
            return Err(Failure::invalid(format!(
                "searchString: more than {MAX_WORDS} words"
            )));
        }
        let names = self.paths.names(kind)?;
        let system = [
            "Id",
            "ETag",
            "ExternalId",
            "CreatedDate",
            "ModifiedDate",
            "CreatedBy",
            "ModifiedBy",
        ];
        let fields: Vec<FieldPath> = names
            .known()
            .iter()
            .filter(|name| !system.contains(&name.as_str()))
            .filter_map(|name| FieldPath::parse(name))
            .collect();
        let words = words.into_iter().map(|word| {
            let fields = fields.iter();
            let any = fields.map(|field| Criteria::Like(field.clone(), Pattern::containing(word)));
            let any: Vec<Criteria> = any.collect();
            if any.is_empty() {
                nothing()
            } else {
                Criteria::Any(any)
            }
        });
        Ok(Some(Criteria::All(words.collect())))
    }
}

/// A test of one field; denied, it is of the records that do not meet it.
#[derive(Debug, Clone, PartialEq)]
struct Test {
    denied: bool,
    what: What,
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    OneOf(Vec<Option<Scalar>>),
    /// Null is among these values, so the record has another.
    NoneOf(Vec<Option<Scalar>>),
    Order(Comparison, Scalar),
    /// From an instant to just before another.
    Within(Scalar, Scalar),
    Like(Pattern),
    /// The alternatives of a multi-select picklist: all values of one of them.
    Includes(Vec<Vec<String>>),
}

impl Test {
    fn read(condition: &Condition, now: DateTime<Utc>) -> Result<Self, String> {
        let operator = condition.filter_operator.as_str();
        let value = condition
            .val
            .as_ref()
            .filter(|val| !val.is_null())
            .or(condition.value.as_ref());
        let value = value.unwrap_or(&Value::Null);
        let yes = |what| {
            Ok(Self {
                denied: false,
                what,
            })
        };
        let no = |what| Ok(Self { denied: true, what });
        match operator {
            "Equal" => Ok(Self::one_of(equal(value)?, false)),
            "NotEqual" => Ok(Self::one_of(equal(value)?, true)),
            "In" => Ok(Self::one_of(values(value)?, false)),
            "NotIn" => Ok(Self::one_of(values(value)?, true)),
            "LessThan" => yes(order(Comparison::Less, value, now)?),
            "LessEqual" => yes(order(Comparison::LessOrEqual, value, now)?),
            "GreaterThan" => yes(order(Comparison::Greater, value, now)?),
            "GreaterEqual" => yes(order(Comparison::GreaterOrEqual, value, now)?),
            "Like" => yes(What::Like(Pattern::parse(&text(value)?))),
            "NotLike" => no(What::Like(Pattern::parse(&text(value)?))),
            "Contains" => yes(What::Like(Pattern::containing(&text(value)?))),
            "DoesNotContain" => no(What::Like(Pattern::containing(&text(value)?))),
            "BeginsWith" => yes(What::Like(Pattern::starting(&text(value)?))),
            "DoesNotBeginWith" => no(What::Like(Pattern::starting(&text(value)?))),
            "EndsWith" => yes(What::Like(Pattern::ending(&text(value)?))),
            "DoesNotEndWith" => no(What::Like(Pattern::ending(&text(value)?))),
            "Includes" => yes(What::Includes(alternatives(value)?)),
            "Null" => Ok(Self::one_of(vec![None], false)),
            "NotNull" => Ok(Self::one_of(vec![None], true)),
            "On" => yes(days(day(value, now)?, 1)?),
            "Today" => yes(days(now, 1)?),
            "LastXDays" => {
                let count = number_of_days(value)?;
                let first = now
                    .checked_sub_days(Days::new(count))
                    .ok_or("it reaches too far")?;
                yes(days(first, count + 1)?)
            }
            "NextXDays" => {
                let count = number_of_days(value)?;
                let first = now
                    .checked_add_days(Days::new(1))
                    .ok_or("it reaches too far")?;
                yes(days(first, count)?)
            }
            _ => Err(format!(
                "there is no operator '{operator}'; use one such as Equal, In, Contains, GreaterThan or Null"
            )),
        }
    }

    /// A missing parent leaves its fields null. So where null is among the values, this asks for the records that have
    /// another, and denies it.
    fn one_of(values: Vec<Option<Scalar>>, denied: bool) -> Self {
        if values.contains(&None) {
            Self {
                denied: !denied,
                what: What::NoneOf(values),
            }
        } else {
            Self {
                denied,
                what: What::OneOf(values),
            }
        }
    }

    fn criteria(&self, field: &FieldPath) -> Criteria {
        let like = |pattern| Criteria::Like(field.clone(), pattern);
        match &self.what {
            What::OneOf(values) => among(field.clone(), values.clone()),
            What::NoneOf(values) => not(Criteria::In(field.clone(), values.clone())),
            What::Order(comparison, value) => {
                Criteria::Order(field.clone(), *comparison, value.clone())
            }
            What::Within(from, until) => Criteria::All(vec![
                Criteria::Order(field.clone(), Comparison::GreaterOrEqual, from.clone()),
                Criteria::Order(field.clone(), Comparison::Less, until.clone()),
            ]),
            What::Like(pattern) => like(pattern.clone()),
            What::Includes(alternatives) => {
                let chosen = |value: &String| {
                    Criteria::Any(vec![
                        Criteria::In(field.clone(), vec![Some(Scalar::text(value))]),
                        like(Pattern::starting(&format!("{value};"))),
                        like(Pattern::ending(&format!(";{value}"))),
                        like(Pattern::containing(&format!(";{value};"))),
                        Criteria::All(vec![
                            like(Pattern::starting("[")),
                            like(Pattern::containing(
                                &Value::from(value.as_str()).to_string(),
                            )),
                        ]),
                    ])
                };
                let alternatives = alternatives
                    .iter()
                    .map(|all| Criteria::All(all.iter().map(chosen).collect()));
                Criteria::Any(alternatives.collect())
            }
        }
    }
}

fn not(criteria: Criteria) -> Criteria {
    Criteria::Not(Box::new(criteria))
}

fn equal(value: &Value) -> Result<Vec<Option<Scalar>>, String> {
    let is_false = match value {
        Value::Bool(value) => !value,
        Value::String(word) => word.eq_ignore_ascii_case("false"),
        _ => false,
    };
    // A checkbox is never null in Salesforce.
    let unset = is_false.then_some(None);
    Ok([scalar(value)?].into_iter().chain(unset).collect())
}

fn scalar(value: &Value) -> Result<Option<Scalar>, String> {
    match value {
        Value::String(text) if text.len() > MAX_TEXT => Err(too_long()),
        Value::Object(_) | Value::Array(_) => {
            Err("its value is a text, a number, true, false or null".to_owned())
        }
        value => Ok(Scalar::of(value)),
    }
}

/// The values of an `In`: an array, or a text with commas between them.
fn values(value: &Value) -> Result<Vec<Option<Scalar>>, String> {
    let values: Vec<Option<Scalar>> = match value {
        Value::Array(values) => values.iter().map(scalar).collect::<Result<_, _>>()?,
        Value::String(text) => {
            let parts = text.split(',').map(str::trim);
            parts
                .map(|part| scalar(&part.into()))
                .collect::<Result<_, _>>()?
        }
        value => vec![scalar(value)?],
    };
    if values.len() > MAX_VALUES {
        return Err(format!("it has more than {MAX_VALUES} values"));
    }
    Ok(values)
}

fn order(comparison: Comparison, value: &Value, now: DateTime<Utc>) -> Result<What, String> {
    if is_today(value) {
        let start = day_start(now);
        let end = start
            .checked_add_days(Days::new(1))
            .ok_or("it reaches too far")?;
        return Ok(match comparison {
            Comparison::Less | Comparison::GreaterOrEqual => {
                What::Order(comparison, instant(start))
            }
            Comparison::LessOrEqual => What::Order(Comparison::Less, instant(end)),
            Comparison::Greater => What::Order(Comparison::GreaterOrEqual, instant(end)),
        });
    }
    match scalar(value)? {
        Some(value) => Ok(What::Order(comparison, value)),
        None => Err("null has no order; use Null or NotNull".to_owned()),
    }
}

fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) if text.len() > MAX_TEXT => Err(too_long()),
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err("its value is a text".to_owned()),
    }
}

/// The alternatives of `Includes`, with commas between them; semicolons join values that must all be chosen.
fn alternatives(value: &Value) -> Result<Vec<Vec<String>>, String> {
    let alternatives: Vec<String> = match value {
        Value::Array(values) => values.iter().map(text).collect::<Result<_, _>>()?,
        value => text(value)?
            .split(',')
            .map(|part| part.trim().to_owned())
            .collect(),
    };
    // Each value becomes five conditions.
    if alternatives.len() > MAX_CONDITIONS / 10 {
        return Err(format!(
            "it has more than {} alternatives",
            MAX_CONDITIONS / 10
        ));
    }
    let split = alternatives.iter().map(|all| {
        let values = all
            .split(';')
            .map(str::trim)
            .filter(|value| !value.is_empty());
        values.map(str::to_owned).collect::<Vec<_>>()
    });
    let split: Vec<_> = split.filter(|all| !all.is_empty()).collect();
    if split.is_empty() || split.iter().any(|all| all.len() > 20) {
        return Err("its value names 1 to 20 choices".to_owned());
    }
    Ok(split)
}

fn number_of_days(value: &Value) -> Result<u64, String> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_i64(),
    };
    let number = number.filter(|number| (1..=MAX_DAYS).contains(number));
    let number = number.and_then(|number| u64::try_from(number).ok());
    number.ok_or_else(|| format!("its value is a number of days, 1 to {MAX_DAYS}"))
}

fn day(value: &Value, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    if is_today(value) {
        return Ok(now);
    }
    let text = value.as_str().unwrap_or_default();
    crate::records::value::read_instant(text)
        .ok_or_else(|| "its value is a date, such as 2026-03-01".to_owned())
}

/// So many days from the start of that of an instant.
fn days(first: DateTime<Utc>, count: u64) -> Result<What, String> {
    let start = day_start(first);
    let end = start
        .checked_add_days(Days::new(count))
        .ok_or("it reaches too far")?;
    Ok(What::Within(instant(start), instant(end)))
}

fn day_start(at: DateTime<Utc>) -> DateTime<Utc> {
    at.with_time(NaiveTime::MIN).single().unwrap_or(at)
}

fn instant(at: DateTime<Utc>) -> Scalar {
    Scalar::text(&crate::records::value::date_text(at))
}

fn is_today(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|word| word.eq_ignore_ascii_case("today"))
}

fn too_long() -> String {
    format!("its value is longer than {MAX_TEXT} bytes")
}
