//! The service as its callers see it.

mod adjustments;
mod carts;
mod checkout;
mod items;
mod prices;
