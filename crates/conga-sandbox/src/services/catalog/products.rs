//! Lists of products.

use serde_json::Value;

use super::details::{self, Includes};
use super::shelf::browse;
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::request::{Answer, Call};
use crate::services::World;

/// `GET /products`
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    answer(world, call, Vec::new())
}

/// `POST /services`
pub(super) fn services(world: &World, call: &Call) -> Result<Answer, Failure> {
    answer(world, call, vec![are_services()])
}

/// That a product is a service.
pub(super) fn are_services() -> Criteria {
    Criteria::is("ProductType", "Service")
}

/// A page of the products on sale that fit these conditions too.
pub(super) fn answer(
    world: &World,
    call: &Call,
    conditions: Vec<Criteria>,
) -> Result<Answer, Failure> {
    let object = Object::internal("Product");
    let includes = Includes::of(call, 0)?;
    browse(world, call, |shelf| {
        let mut page = shelf.products(call, &object, conditions)?.page(shelf.tx)?;
        for product in &mut page.records {
            *product = details::shown(shelf, product, &includes)?;
        }
        Ok(page.array_as(Value::Object))
    })
}
