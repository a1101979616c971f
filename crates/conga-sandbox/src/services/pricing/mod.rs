//! Prices: from price lists to lines, from lines to totals, to the cent.
//!
//! | room | what lives there |
//! |---|---|
//! | [`money`] | amounts and currencies |
//! | [`adjustment`] | discounts, markups, overrides |
//! | [`line`] | the price of one line, and its way there |
//! | [`totals`] | the sums of lines, and adjustments of a sum, shared out among its lines |
//! | [`price_list`] | what a price list asks for a product |
//! | [`rules`] | price rules: adjustments that nobody has to ask for |
//!
//! The platform's carts and the storefront's price alike; nothing here knows either.
//!
//! # Assumed
//!
//! Published are the names of the fields, the kinds of adjustment that a price list and a cart take, that the extended
//! price is `(base price + option price) x quantity x term`, that the net price is the adjusted price with the
//! adjustments of its group, that a bundle's price holds its options, that list price and base price start every
//! waterfall, and a cart's summary lines ("Subtotal - Standard Price (One Time)", "Total (One Time)"). Assumed is:
//!
//! *The way.* List price, base price (the price list's own adjustment, a contract price, an override, a minimum or
//! maximum), extended price (options and price rules), adjusted price (manual adjustments, then incentives), net price
//! (the line's share in its group's adjustment). Every stop is an amount for the line's whole quantity and term,
//! rounded half up to the currency's decimals; each step is the difference of two stops, so the steps add up exactly.
//! An amount for one unit is derived from that, and may not multiply back.
//!
//! *Quantity.* A flat price does not grow with the quantity, a one-time price not with the term. An option's quantity
//! is for one bundle, and multiplied by the bundle's.
//!
//! *Adjustments* apply one after the other, each to what the one before left, unless `AdjustmentAppliesTo` names the
//! list price or the base price as what a percentage is of. An amount that applies to one of these is for one unit.
//! A discount ends at zero. "Price Override" sets the price, "Price Factor" multiplies it.
//!
//! *Sharing out.* The adjustment of a group goes to those of its lines that take part, in proportion to their
//! prices; what rounding leaves goes, cent by cent, to those that lost most by it.

pub(crate) mod adjustment;
pub(crate) mod line;
pub(crate) mod money;
pub(crate) mod price_list;
pub(crate) mod rules;
pub(crate) mod totals;

#[cfg(test)]
mod property_tests;
