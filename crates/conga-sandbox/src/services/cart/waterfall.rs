//! The price waterfall: how the price of a line, or of a sum of lines, came about.
//!
//! A line keeps its way to the adjusted price as JSON text in `PricingSteps`; the last step, to the net price, follows
//! from its `NetPrice`.

use axum::http::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::on_cart;
use super::opened::{Cart, SUMMARY_GROUPS, int, is_product, lookup_of_line};
use super::pricing::units;
use crate::failure::Failure;
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::commerce::listing::{self, Window};
use crate::services::pricing::line::{Point, Source, Step, Waterfall};
use crate::services::pricing::money::{self, Currency, amount_in, number};

/// The charts of a line: their ids, their names, and what they show.
const CHARTS: [(&str, &str, Show); 3] = [
    ("bundle-gross", "Bundle Gross", Show::Bundle),
    ("product-gross", "Product Gross", Show::Product),
    ("product-per-unit", "Product Per Unit", Show::Unit),
];

/// The names of the stops, as [`crate::services::pricing::line`] gives them.
const POINTS: [&str; 5] = [
    "List Price",
    "Base Price",
    "Extended Price",
    "Adjusted Price",
    "Net Price",
];

/// What a chart shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    /// The price with the options of the bundle.
    Bundle,
    /// The price without them.
    Product,
    /// The price of one unit, without them.
    Unit,
}

/// A waterfall as a line keeps it.
pub(super) fn written(waterfall: &Waterfall) -> Value {
    let step = |step: &Step| {
        let (kind, id) = match &step.source {
            Source::Price => ("Price", None),
            Source::Options => ("Options", None),
            Source::Adjustment(id) => ("Adjustment", id.as_deref()),
        };
        json!({"Name": step.name, "Source": kind, "Id": id, "Change": number(step.change)})
    };
    let points = waterfall.points.iter().map(|point| {
        let steps: Vec<Value> = point.steps.iter().map(step).collect();
        json!({"Name": point.name, "Price": number(point.price), "Steps": steps})
    });
    let points: Value = points.collect();
    points.to_string().into()
}

/// The waterfall that a line keeps; empty if it has no price.
pub(super) fn read(line: &Record) -> Waterfall {
    let text = store::text(line, "PricingSteps").unwrap_or("[]");
    let kept: Value = serde_json::from_str(text).unwrap_or_default();
    let amount = |value: &Value| money::amount(value).unwrap_or_default();
    let step = |step: &Value| Step {
        name: step["Name"].as_str().unwrap_or_default().to_owned(),
        source: match step["Source"].as_str() {
            Some("Options") => Source::Options,
            Some("Adjustment") => Source::Adjustment(step["Id"].as_str().map(str::to_owned)),
            _ => Source::Price,
        },
        change: amount(&step["Change"]),
    };
    let points = kept.as_array().into_iter().flatten().filter_map(|point| {
        let name = POINTS.iter().find(|name| point["Name"] == **name)?;
        let steps = point["Steps"].as_array().into_iter().flatten();
        Some(Point {
            name,
            price: amount(&point["Price"]),
            steps: steps.map(step).collect(),
        })
    });
    Waterfall {
        points: points.collect(),
    }
}

/// What an adjustment of a line changes, by its id; `None` while the line has no price by it.
pub(super) fn change_by(line: &Record, adjustment: &str) -> Option<Decimal> {
    let way = read(line);
    let mut steps = way.points.iter().flat_map(|point| &point.steps);
    let step =
        steps.find(|step| matches!(&step.source, Source::Adjustment(Some(id)) if id == adjustment));
    step.map(|step| step.change)
}

/// The whole way of a priced line.
fn whole(line: &Record) -> Option<Waterfall> {
    let adjusted = amount_in(line, "AdjustedPrice")?;
    let net = amount_in(line, "NetPrice")?;
    Some(read(line).end(net - adjusted))
}

/// `GET .../items/{lineitemId}/waterfallchart`
pub(super) fn of_line(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        let line = cart.line(call.path_param("lineitemId").unwrap_or_default())?;
        Ok(all(charts_of_line(&line, &cart.currency(), &[])))
    })
}

/// `GET .../items/{lineitemId}/waterfallchart/{chartId}`
pub(super) fn one_of_line(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        let line = cart.line(call.path_param("lineitemId").unwrap_or_default())?;
        one(call, charts_of_line(&line, &cart.currency(), &[]))
    })
}

/// `GET .../waterfallchart`: the charts of the lines of a page.
pub(super) fn of_cart(world: &World, call: &Call) -> Result<Answer, Failure> {
    let window = Window::of(call)?;
    let wanted = listing::list(call, "chartIds");
    let numbers = listing::numbers(call, "primaryLineNumbers")?;
    on_cart(world, call, |cart| {
        let mut lines = cart.lines()?;
        lines.retain(|line| {
            (numbers.is_empty() || numbers.contains(&int(line, "PrimaryLineNumber")))
                && whole(line).is_some()
        });
        let page = window.cut(lines);
        let currency = cart.currency();
        Ok(page.answer_as(|line| {
            json!({
                "LineItem": lookup_of_line(&line),
                "PrimaryLineNumber": line.get("PrimaryLineNumber"),
                "Charts": charts_of_line(&line, &currency, &wanted),
            })
        }))
    })
}

/// `GET .../summarygroups/{summarygroupId}/waterfallchart`
pub(super) fn of_group(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| Ok(all(charts_of_group(cart, call)?)))
}

/// `GET .../summarygroups/{summarygroupId}/waterfallchart/{chartId}`
pub(super) fn one_of_group(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| one(call, charts_of_group(cart, call)?))
}

fn charts_of_line(line: &Record, currency: &Currency, wanted: &[String]) -> Vec<Value> {
    let Some(way) = whole(line) else {
        return Vec::new();
    };
    let units = units(line);
    let charts = CHARTS
        .iter()
        .filter(|(id, ..)| wanted.is_empty() || wanted.iter().any(|one| one == id));
    charts
        .map(|(id, name, show)| {
            let way = match show {
                Show::Bundle => way.clone(),
                Show::Product => without_options(&way),
                Show::Unit => without_options(&way).per_unit(units, currency),
            };
            chart(
                id,
                name,
                lookup_of_line(line),
                &way,
                currency,
                *show == Show::Unit,
            )
        })
        .collect()
}

/// The waterfall of a sum: at each stop the sum of the lines' stops, the steps of one name as one.
fn charts_of_group(cart: &Cart<'_>, call: &Call) -> Result<Vec<Value>, Failure> {
    let id = call.path_param("summarygroupId").unwrap_or_default();
    let group = SUMMARY_GROUPS.find(cart.session.tx, cart.id(), id)?;
    let fits = |line: &Record, field: &str| match store::text(&group, field) {
        Some(word) => store::text(line, field) == Some(word),
        None => true,
    };
    let mut sum = Waterfall::default();
    for line in cart.lines()? {
        if !is_product(&line) || !fits(&line, "ChargeType") || !fits(&line, "Frequency") {
            continue;
        }
        let Some(way) = whole(&line) else {
            continue;
        };
        if sum.points.is_empty() {
            sum = Waterfall {
                points: way
                    .points
                    .iter()
                    .map(|point| Point {
                        price: Decimal::ZERO,
                        steps: Vec::new(),
                        ..point.clone()
                    })
                    .collect(),
            };
        }
        for (total, point) in sum.points.iter_mut().zip(way.points) {
            total.price += point.price;
            for step in point.steps {
                match total.steps.iter_mut().find(|known| known.name == step.name) {
                    Some(known) => known.change += step.change,
                    None => total.steps.push(step),
                }
            }
        }
    }
    if sum.points.is_empty() {
        return Ok(Vec::new());
    }
    let (id, name, _) = CHARTS[0];
    let chart = chart(
        id,
        name,
        lookup_of_line(&group),
        &sum,
        &cart.currency(),
        false,
    );
    Ok(vec![chart])
}

fn without_options(way: &Waterfall) -> Waterfall {
    let mut options = Decimal::ZERO;
    let points = way.points.iter().map(|point| {
        let (left_out, steps): (Vec<_>, Vec<_>) = point
            .steps
            .iter()
            .cloned()
            .partition(|step| step.source == Source::Options);
        options += left_out.iter().map(|step| step.change).sum::<Decimal>();
        Point {
            name: point.name,
            price: point.price - options,
            steps,
        }
    });
    Waterfall {
        points: points.collect(),
    }
}

fn chart(
    id: &str,
    name: &str,
    subject: Value,
    way: &Waterfall,
    currency: &Currency,
    per_unit: bool,
) -> Value {
    let value = if per_unit {
        "PerUnitValue"
    } else {
        "GrossValue"
    };
    let points = (1..).zip(&way.points).map(|(sequence, point)| {
        let steps = point
            .steps
            .iter()
            .map(|step| json!({"AdjustmentName": step.name, value: number(step.change)}));
        let adjustments: Vec<Value> = steps.collect();
        json!({
            "Name": point.name,
            "DisplayName": point.name,
            "Sequence": sequence,
            "IsNetPrice": point.name == "Net Price",
            value: number(point.price),
            "Adjustments": adjustments,
        })
    });
    let points: Vec<Value> = points.collect();
    json!({
        "Id": id,
        "Name": name,
        "Subject": subject,
        "Currency": currency.code,
        "PricePoints": points,
    })
}

/// All charts; 204 if there are none, since nothing has a price.
fn all(charts: Vec<Value>) -> Answer {
    if charts.is_empty() {
        Answer::empty(StatusCode::NO_CONTENT)
    } else {
        Answer::json(StatusCode::OK, charts.into())
    }
}

fn one(call: &Call, charts: Vec<Value>) -> Result<Answer, Failure> {
    let id = call.path_param("chartId").unwrap_or_default();
    if charts.is_empty() {
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    }
    let chart = charts.into_iter().find(|chart| chart["Id"] == id);
    let chart = chart.ok_or_else(|| {
        let known = CHARTS.map(|(id, ..)| id).join(", ");
        Failure::not_found(format!("there is no chart '{id}'; there are: {known}"))
    })?;
    Ok(Answer::json(StatusCode::OK, chart))
}
