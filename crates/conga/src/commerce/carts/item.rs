//! What is put into a cart.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::Record;

/// A product that is put into a cart, one of it unless told otherwise.
///
/// ```
/// use conga::commerce::carts::NewItem;
///
/// let item = NewItem::new("p-1").quantity(2.5).field("SellingTerm", 36).attribute("Color_c", "Red");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it is put into a cart by `add`"]
pub struct NewItem {
    pub(super) product_id: String,
    fields: Record,
    pub(super) attributes: Record,
}

impl NewItem {
    /// The product with this id.
    pub fn new(product_id: impl Into<String>) -> Self {
        Self {
            product_id: product_id.into(),
            fields: Map::from_iter([("Quantity".to_owned(), json!(1))]),
            attributes: Record::new(),
        }
    }

    /// How many of it.
    pub fn quantity(self, quantity: impl Into<f64>) -> Self {
        let quantity = quantity.into();
        // A whole number is written as one.
        if quantity.fract() == 0.0 && quantity.abs() < 1e15 {
            self.field("Quantity", quantity as i64)
        } else {
            self.field("Quantity", quantity)
        }
    }

    /// A field of the line, as in `SellingTerm`, or `TxnParentBundleNumber` of an option.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// The value of an attribute of the product.
    pub fn attribute(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.to_owned(), value.into());
        self
    }

    /// The line as the platform takes it. Its attributes go by a call of their own.
    pub(super) fn platform_line(&self) -> PlatformLine<'_> {
        PlatformLine {
            product: Lookup {
                id: &self.product_id,
            },
            fields: &self.fields,
        }
    }

    /// The line as a storefront takes it, with its attributes.
    pub(crate) fn shop_line(&self) -> Value {
        let mut line = self.fields.clone();
        line.insert("ProductId".to_owned(), json!(self.product_id));
        if self.attributes.is_empty() {
            return Value::Object(line);
        }
        json!({"LineItem": line, "ProductAttributes": self.attributes})
    }
}

#[derive(Debug, Serialize)]
pub(super) struct PlatformLine<'a> {
    #[serde(rename = "Product")]
    product: Lookup<'a>,
    #[serde(flatten)]
    fields: &'a Record,
}

#[derive(Debug, Serialize)]
struct Lookup<'a> {
    #[serde(rename = "Id")]
    id: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_for_each_of_the_two() {
        let plain = NewItem::new("p").quantity(3);
        assert_eq!(
            serde_json::to_value(plain.platform_line()).unwrap(),
            json!({"Product": {"Id": "p"}, "Quantity": 3})
        );
        assert_eq!(plain.shop_line(), json!({"ProductId": "p", "Quantity": 3}));
        let configured = NewItem::new("p").quantity(0.5).attribute("Color_c", "Red");
        assert_eq!(
            serde_json::to_value(configured.platform_line()).unwrap(),
            json!({"Product": {"Id": "p"}, "Quantity": 0.5})
        );
        assert_eq!(
            configured.shop_line(),
            json!({"LineItem": {"ProductId": "p", "Quantity": 0.5}, "ProductAttributes": {"Color_c": "Red"}})
        );
    }
}
