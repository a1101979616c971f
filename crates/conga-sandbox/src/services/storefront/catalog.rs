//! Products and their constraint rules.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::names::lookup_id;
use super::query::alias;
use super::query::plain;
use super::query::reading::{missing, show};
use super::shop::kind;
use super::success;
use super::visit::{Visit, all, one_of};
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::pricing::price_list::in_force;
use crate::services::reply::params;

/// A call asks for the rules of at most this many products.
const MAX_PRODUCTS: usize = 1_000;

/// `GET /products/{productId}`: an array with the product, as the client reads it.
pub(super) fn product(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("productId").unwrap_or_default();
    let alias = alias(call)?;
    let shown = Visit::read(world, call, |visit| {
        let kind = kind("Product")?;
        let product = visit.find(&kind, id)?.ok_or_else(|| missing(&kind, id))?;
        show(visit, &kind, vec![product], call, alias)
    })?;
    Ok(success(shown.into()))
}

/// `GET /products/{productId}/rules`
pub(super) fn rules_of_one(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("productId").unwrap_or_default();
    let rules = Visit::read(world, call, |visit| {
        let kind = kind("Product")?;
        visit.find(&kind, id)?.ok_or_else(|| missing(&kind, id))?;
        Rules::of(visit, &[], &[id.to_owned()])?.all(true)
    })?;
    Ok(success(rules.into()))
}

/// `POST /products/rules`
pub(super) fn rules_of_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let ids: Vec<String> = params::rows(call)?
        .iter()
        .filter_map(|row| row.get("Id").and_then(Value::as_str))
        .map(str::to_owned)
        .collect();
    if ids.len() > MAX_PRODUCTS {
        return Err(Failure::invalid(format!(
            "ask for the rules of at most {MAX_PRODUCTS} products at once"
        )));
    }
    let mut flags = Vec::new();
    for flag in ["MatchInOptions", "MatchInPrimaryLines"] {
        if params::text(call, flag).is_some() {
            flags.push((flag, params::flag(call, flag)?));
        }
    }
    let by_product = Visit::read(world, call, |visit| {
        let rules = Rules::of(visit, &flags, &ids)?;
        let by_product = ids
            .iter()
            .map(|id| Ok((id.clone(), rules.of_product(id)?.into())));
        by_product.collect::<Result<Map<String, Value>, Failure>>()
    })?;
    Ok(success(by_product.into()))
}

/// Active rules, each with its conditions and actions.
pub(super) struct Rules {
    rules: Vec<Record>,
    /// The conditions by which they were found.
    found_by: Vec<Record>,
    conditions: Vec<Record>,
    actions: Vec<Record>,
}

impl Rules {
    /// Those that have a condition on one of these products, of the conditions those with these flags.
    pub(super) fn of(
        visit: &Visit<'_>,
        flags: &[(&str, bool)],
        products: &[String],
    ) -> Result<Self, Failure> {
        let read = |object: &str, criteria: Vec<Criteria>| {
            let kind = kind(object)?;
            all(visit.tx(), &visit.object(&kind)?, criteria)
        };
        let mut found_by = read(
            "ConstraintRuleCondition",
            vec![one_of("Product", products.to_vec())],
        )?;
        found_by.retain(|condition| {
            flags.iter().all(|(flag, wanted)| {
                condition
                    .get(*flag)
                    .and_then(Value::as_bool)
                    .unwrap_or(false)
                    == *wanted
            })
        });
        let ids: HashSet<String> = found_by
            .iter()
            .filter_map(|condition| lookup_id(condition, "ConstraintRule"))
            .map(str::to_owned)
            .collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let mut rules = read("ConstraintRule", vec![one_of("Id", ids.clone())])?;
        rules.retain(|rule| in_force(rule, visit.session.now));
        Ok(Self {
            rules,
            found_by,
            conditions: read(
                "ConstraintRuleCondition",
                vec![one_of("ConstraintRule", ids.clone())],
            )?,
            actions: read("ConstraintRuleAction", vec![one_of("ConstraintRule", ids)])?,
        })
    }

    /// All of them.
    pub(super) fn all(&self, alias: bool) -> Result<Vec<Value>, Failure> {
        self.rules
            .iter()
            .map(|rule| self.view(rule, alias))
            .collect()
    }

    fn of_product(&self, product: &str) -> Result<Vec<Value>, Failure> {
        let is_of_product = |rule: &&Record| {
            self.found_by.iter().any(|condition| {
                lookup_id(condition, "Product") == Some(product)
                    && lookup_id(condition, "ConstraintRule") == store::text(rule, "Id")
            })
        };
        self.rules
            .iter()
            .filter(is_of_product)
            .map(|rule| self.view(rule, true))
            .collect()
    }

    fn view(&self, rule: &Record, alias: bool) -> Result<Value, Failure> {
        let mut shown = plain(&kind("ConstraintRule")?, rule, alias);
        for (name, object, parts) in [
            (
                "ConstraintRuleConditions",
                "ConstraintRuleCondition",
                &self.conditions,
            ),
            (
                "ConstraintRuleActions",
                "ConstraintRuleAction",
                &self.actions,
            ),
        ] {
            let kind = kind(object)?;
            let own = parts
                .iter()
                .filter(|part| lookup_id(part, "ConstraintRule") == store::text(rule, "Id"));
            let own: Value = own
                .map(|part| Value::Object(plain(&kind, part, alias)))
                .collect();
            shown.insert(name.to_owned(), own);
        }
        Ok(Value::Object(shown))
    }
}
