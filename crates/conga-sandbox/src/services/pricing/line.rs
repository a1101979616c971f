//! The price of one line, and its way there.

use rust_decimal::Decimal;

use super::adjustment::{Adjustment, Kind, Prices};
use super::money::{self, Currency};

/// What the price of a line depends on.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// The list price of one unit.
    pub(crate) list_price: Decimal,
    /// The base price of one unit.
    pub(crate) base_price: Decimal,
    /// How many units; for an option, of all its bundles.
    pub(crate) quantity: Decimal,
    /// How many times a recurring price is paid; one for a price that is paid once.
    pub(crate) term: Decimal,
    /// Whether the price is for the line, however many units it has.
    pub(crate) flat: bool,
    /// The sum of the options' prices.
    pub(crate) options: Decimal,
    /// Adjustments by price rules, which make the extended price.
    pub(crate) rules: Vec<Adjustment>,
    /// Manual adjustments and incentives, which make the adjusted price.
    pub(crate) adjustments: Vec<Adjustment>,
    pub(crate) currency: Currency,
}

/// The price of a line.
#[derive(Debug, Clone)]
pub(crate) struct Priced {
    /// The base price of one unit, overridden by an adjustment if there is one of that kind.
    pub(crate) base_price: Decimal,
    pub(crate) base_extended: Decimal,
    pub(crate) extended: Decimal,
    /// What the group's adjustment starts from.
    pub(crate) adjusted: Decimal,
    /// The way to the adjusted price.
    pub(crate) waterfall: Waterfall,
}

/// The way from the list price to the net price.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waterfall {
    pub(crate) points: Vec<Point>,
}

/// A stop on the way: a price that has a name.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) name: &'static str,
    /// The price of the line's whole quantity and term.
    pub(crate) price: Decimal,
    /// What led from the stop before to this one. The changes add up to the difference of the two.
    pub(crate) steps: Vec<Step>,
}

/// A step on the way.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) source: Source,
    /// What it adds to the price; below zero for a discount.
    pub(crate) change: Decimal,
}

/// Where a step comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The price list, or the group's adjustment.
    Price,
    /// The options of a bundle.
    Options,
    /// An adjustment: the id of its record, if it has one.
    Adjustment(Option<String>),
}

/// The price is beyond what is kept exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the price goes beyond 10,000,000,000,000; give a smaller quantity, term or price")]
pub(crate) struct TooLarge;

impl Line {
    /// The line's price.
    pub(crate) fn price(&self) -> Result<Priced, TooLarge> {
        self.try_price()
            .filter(|priced| {
                let mut points = priced.waterfall.points.iter();
                points.all(|point| point.price.abs() < money::MOST)
            })
            .ok_or(TooLarge)
    }

    fn try_price(&self) -> Option<Priced> {
        let currency = &self.currency;
        let quantity = if self.flat {
            Decimal::ONE
        } else {
            self.quantity
        };
        let units = quantity.checked_mul(self.term)?;
        let list = currency.round(self.list_price.checked_mul(units)?);
        let standard = currency.round(self.base_price.checked_mul(units)?);

        let mut way = Way::starting("List Price", list);
        way.step("Price list", Source::Price, standard);
        let (overrides, adjustments): (Vec<_>, Vec<_>) = self
            .adjustments
            .iter()
            .partition(|adjustment| adjustment.kind == Kind::BasePrice);
        let mut base_price = self.base_price;
        let mut prices = Prices {
            list,
            base: standard,
            units,
        };
        for adjustment in overrides {
            base_price = adjustment.amount;
            way.adjust(adjustment, prices, currency)?;
        }
        let base = way.price;
        prices.base = base;
        way.stop("Base Price");
        way.step("Options", Source::Options, base.checked_add(self.options)?);
        for adjustment in &self.rules {
            way.adjust(adjustment, prices, currency)?;
        }
        let extended = way.price;
        way.stop("Extended Price");
        for adjustment in adjustments {
            way.adjust(adjustment, prices, currency)?;
        }
        let adjusted = way.price;
        way.stop("Adjusted Price");
        Some(Priced {
            base_price,
            base_extended: base,
            extended,
            adjusted,
            waterfall: way.waterfall,
        })
    }
}

impl Waterfall {
    /// Goes on to the net price, by the line's share in its group's adjustment.
    pub(crate) fn end(mut self, share: Decimal) -> Self {
        let adjusted = self
            .points
            .last()
            .map_or(Decimal::ZERO, |point| point.price);
        let mut way = Way {
            waterfall: Self::default(),
            price: adjusted,
            steps: Vec::new(),
        };
        way.step("Group adjustment", Source::Price, adjusted + share);
        way.stop("Net Price");
        self.points.append(&mut way.waterfall.points);
        self
    }

    /// The same way for one unit. Each stop is the gross one divided and rounded, each step the difference of two.
    pub(crate) fn per_unit(&self, units: Decimal, currency: &Currency) -> Self {
        let unit = |gross: Decimal| {
            let exact = gross.checked_div(units).unwrap_or_default();
            currency.round(exact)
        };
        let mut gross = Decimal::ZERO;
        let mut points = Vec::with_capacity(self.points.len());
        for (at, point) in self.points.iter().enumerate() {
            let mut steps = Vec::with_capacity(point.steps.len());
            for step in &point.steps {
                let change = unit(gross + step.change) - unit(gross);
                gross += step.change;
                steps.push(Step {
                    change,
                    ..step.clone()
                });
            }
            if at == 0 {
                gross = point.price;
            }
            points.push(Point {
                price: unit(point.price),
                steps,
                ..point.clone()
            });
        }
        Self { points }
    }
}

/// A waterfall while it is made.
struct Way {
    waterfall: Waterfall,
    price: Decimal,
    steps: Vec<Step>,
}

impl Way {
    fn starting(name: &'static str, price: Decimal) -> Self {
        let mut way = Self {
            waterfall: Waterfall::default(),
            price,
            steps: Vec::new(),
        };
        way.stop(name);
        way
    }

    /// Goes on to this price; nothing is told of a step that changes nothing.
    fn step(&mut self, name: &str, source: Source, price: Decimal) {
        if price != self.price {
            self.steps.push(Step {
                name: name.to_owned(),
                source,
                change: price - self.price,
            });
        }
        self.price = price;
    }

    fn adjust(
        &mut self,
        adjustment: &Adjustment,
        prices: Prices,
        currency: &Currency,
    ) -> Option<()> {
        let price = adjustment.apply(self.price, prices, currency)?;
        self.steps.push(Step {
            name: adjustment.name.clone(),
            source: Source::Adjustment(adjustment.id.clone()),
            change: price.checked_sub(self.price)?,
        });
        self.price = price;
        Some(())
    }

    fn stop(&mut self, name: &'static str) {
        self.waterfall.points.push(Point {
            name,
            price: self.price,
            steps: std::mem::take(&mut self.steps),
        });
    }
}
