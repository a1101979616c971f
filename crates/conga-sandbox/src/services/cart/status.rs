//! What a cart tells of itself: its status with lines and sums, its configuration, its numbers.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::lines::COMPONENTS;
use super::opened::{ADJUSTMENTS, Cart, LINES, TIERS, int, is_set, product_id, unprocessable};
use super::{adjustments, configuration, groups, on_cart};
use crate::failure::Failure;
use crate::records::criteria::{Criteria, filter};
use crate::records::objects::Object;
use crate::records::selection::{Selection, Start};
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::commerce::children::Children;
use crate::services::commerce::fields;
use crate::services::commerce::listing::{Window, list, numbers, values};
use crate::services::reply::params;

const OPTION_GROUPS: Children = Children {
    object: "ProductOptionGroup",
    owner: "Product",
};

/// `GET .../status`
pub(super) fn status(world: &World, call: &Call) -> Result<Answer, Failure> {
    let window = Window::of(call)?;
    let includes = list(call, "includes");
    let wants = |name: &str| {
        includes
            .iter()
            .any(|include| include.eq_ignore_ascii_case(name))
    };
    on_cart(world, call, |cart| {
        let lines = wanted_lines(cart, call)?;
        let page = window.cut(lines);
        let mut shown = Vec::with_capacity(page.records.len());
        for line in &page.records {
            let mut line = line.clone();
            fields::expand(cart.session.tx, &mut line, &includes)?;
            if wants("usage-tiers") {
                let tiers = TIERS.of(
                    cart.session.tx,
                    store::text(&line, "Id").unwrap_or_default(),
                )?;
                line.insert("UsagePriceTiers".to_owned(), array(tiers));
            }
            shown.push(Value::Object(line));
        }
        let mut response = cart.record.clone();
        response.insert("LineItems".to_owned(), shown.into());
        response.insert("SummaryGroups".to_owned(), array(groups::sums(cart)?));
        if wants("adjustments") {
            let all = ADJUSTMENTS.of(cart.session.tx, cart.id())?;
            let all = all
                .into_iter()
                .map(|one| adjustments::shown(cart, one).map(Value::Object));
            response.insert(
                "AdjustmentLineItems".to_owned(),
                all.collect::<Result<_, _>>()?,
            );
        }
        if params::flag(call, "includeConfigResponse")? {
            response.insert(
                "ConfigResponse".to_owned(),
                configurations(cart, &page.records)?,
            );
        }
        let pending = cart.is_price_pending();
        let body = json!({
            "CartResponse": response,
            "CartId": cart.id(),
            "Status": cart.status(),
            "IsPricePending": pending,
            "IsPricingPending": pending,
            "IsPriceProcessingPending": pending,
            "IsPriceTotalingPending": pending,
            "IsCartProcessingPending": pending,
            "IsCartFinalizationPending": false,
            "ErrorMessage": first_error(cart)?,
            "NextPollIntervalMs": if pending { json!(500) } else { Value::Null },
        });
        Ok(page.mark(Answer::json(StatusCode::OK, body)))
    })
}

/// `GET .../configstatus`
pub(super) fn configuration(world: &World, call: &Call) -> Result<Answer, Failure> {
    let window = Window::of(call)?;
    let with_lines = list(call, "includes")
        .iter()
        .any(|one| one.eq_ignore_ascii_case("line-items"));
    on_cart(world, call, |cart| {
        let page = window.cut(wanted_lines(cart, call)?);
        let mut body =
            json!({"CartId": cart.id(), "ConfigStatus": configurations(cart, &page.records)?});
        if with_lines && let Some(body) = body.as_object_mut() {
            body.insert("LineItems".to_owned(), array(page.records.clone()));
        }
        Ok(page.mark(Answer::json(StatusCode::OK, body)))
    })
}

/// `GET .../line-numbers`
pub(super) fn line_numbers(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        let lines = wanted_lines(cart, call)?;
        let numbers = lines
            .iter()
            .filter(|line| is_set(line, "IsPrimaryLine"))
            .map(|line| {
                json!({
                    "Id": line.get("Id"),
                    "Name": line.get("Name"),
                    "LineNumber": line.get("LineNumber"),
                    "PrimaryLineNumber": line.get("PrimaryLineNumber"),
                    "ParentBundleNumber": line.get("ParentBundleNumber"),
                })
            });
        Ok(Answer::json(StatusCode::OK, numbers.collect()))
    })
}

/// `GET .../group/status`: the lines by the values of a field; with `isMetadata` only these and their numbers.
pub(super) fn group(world: &World, call: &Call) -> Result<Answer, Failure> {
    let window = Window::of(call)?;
    let field = values(call, "group").next().unwrap_or_default();
    let field = crate::records::value::capitalised(field);
    let metadata = params::flag(call, "isMetadata")?;
    on_cart(world, call, |cart| {
        let page = window.cut(wanted_lines(cart, call)?);
        let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for line in &page.records {
            let value = line.get(&field);
            let name = value.and_then(|value| value.get("Name").or(Some(value)));
            let name = match name {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            groups
                .entry(name)
                .or_default()
                .push(Value::Object(line.clone()));
        }
        let shown = groups.into_iter().map(|(name, lines)| {
            let count = lines.len();
            let lines = if metadata { Value::Null } else { lines.into() };
            json!({"Group": name, "Count": count, "LineItems": lines})
        });
        Ok(page.mark(Answer::json(StatusCode::OK, shown.collect())))
    })
}

/// `GET .../bundle/{lineNumber}/details`: the groups of options that a bundle has, and what is chosen.
pub(super) fn bundle(world: &World, call: &Call) -> Result<Answer, Failure> {
    let text = call.path_param("lineNumber").unwrap_or_default();
    let number: i64 = text
        .parse()
        .map_err(|_| unprocessable(format!("'{text}' is no line number; it is a whole number")))?;
    on_cart(world, call, |cart| {
        let lines = cart.lines()?;
        let own = lines
            .iter()
            .find(|line| int(line, "PrimaryLineNumber") == number);
        let line = own.ok_or_else(|| super::items::no_line(number))?;
        let product = product_id(line).unwrap_or_default();
        let components = COMPONENTS.of(cart.session.tx, product)?;
        let mut groups = Vec::new();
        for group in OPTION_GROUPS.of(cart.session.tx, product)? {
            let id = store::text(&group, "Id");
            let within = components
                .iter()
                .filter(|component| fields::lookup_id(component, "ProductOptionGroup") == id);
            let options = within.map(|component| {
                let chosen = lines.iter().find(|line| {
                    int(line, "ParentBundleNumber") == number
                        && fields::lookup_id(line, "ProductOption") == store::text(component, "Id")
                });
                json!({
                    "Component": component,
                    "IsSelected": chosen.is_some(),
                    "PrimaryLineNumber": chosen.map(|line| int(line, "PrimaryLineNumber")),
                    "Quantity": chosen.and_then(|line| line.get("Quantity")),
                })
            });
            let options: Vec<Value> = options.collect();
            groups.push(json!({"OptionGroup": group, "Options": options}));
        }
        let body = json!({
            "LineItem": line,
            "OptionGroups": groups,
            "Messages": configuration::missing(cart.session.tx, &lines, line)?,
        });
        Ok(Answer::json(StatusCode::OK, body))
    })
}

/// The lines that a call asks for: by `primaryLineNumbers`, else by `lineNumbers`, and by its filters.
fn wanted_lines(cart: &Cart<'_>, call: &Call) -> Result<Vec<Record>, Failure> {
    let primary = numbers(call, "primaryLineNumbers")?;
    let own = numbers(call, "lineNumbers")?;
    let object = Object::internal(LINES.object);
    let filters: Vec<&str> = values(call, "filter").collect();
    let conditions = filter::parse(&filters, call.query_param("filterExpression"), &object)?;
    let mut lines = match conditions {
        Some(condition) => {
            let conditions = vec![Criteria::is(LINES.owner, cart.id()), condition];
            let page = Selection::matching(&object, conditions).page(
                cart.session.tx,
                &Start::default(),
                u64::MAX,
            )?;
            let mut lines: Vec<Record> = page
                .records
                .into_iter()
                .map(|stored| stored.record)
                .collect();
            lines.sort_by_key(|line| (int(line, "LineNumber"), int(line, "ItemSequence")));
            lines
        }
        None => cart.lines()?,
    };
    if !primary.is_empty() {
        lines.retain(|line| primary.contains(&int(line, "PrimaryLineNumber")));
    } else if !own.is_empty() {
        lines.retain(|line| own.contains(&int(line, "LineNumber")));
    }
    Ok(lines)
}

fn configurations(cart: &Cart<'_>, lines: &[Record]) -> Result<Value, Failure> {
    let all = cart.lines()?;
    let primary = lines.iter().filter(|line| is_set(line, "IsPrimaryLine"));
    let statuses = primary.map(|line| {
        let messages = configuration::missing(cart.session.tx, &all, line)?;
        Ok(json!({
            "PrimaryLineNumber": line.get("PrimaryLineNumber"),
            "ConfigStatus": if messages.is_empty() { "Complete" } else { "Pending" },
            "Messages": messages,
        }))
    });
    statuses.collect()
}

fn first_error(cart: &Cart<'_>) -> Result<Value, Failure> {
    let lines = cart.lines()?;
    let faulty = lines
        .iter()
        .find(|line| store::text(line, "PricingStatus") == Some("Error"));
    Ok(faulty
        .and_then(|line| line.get("StatusDetails"))
        .cloned()
        .unwrap_or_default())
}

fn array(records: Vec<Record>) -> Value {
    records.into_iter().map(Value::Object).collect()
}
