//! For tests: a tenant that sells something.

use std::time::Duration;

use serde_json::{Value, json};

use crate::services::tenant::{Got, Request, Tenant};

/// A tenant with a price list in US dollars and these products:
///
/// | | price | |
/// |---|---|---|
/// | `sensor` | 100 | |
/// | `cloud` | 10.50 a month, and 200 once for the set-up | |
/// | `service` | 999.99 | cannot be adjusted, nor its quantity changed |
/// | `bundle` | 1000 | with the options below |
/// | `lamp` | 33.33 | required |
/// | `lens` | 50 | 1 to 3 of it, in a group that needs one option |
/// | `case` | 20 | priced with the bundle |
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) tenant: Tenant,
    pub(crate) list: String,
    pub(crate) sensor: String,
    pub(crate) cloud: String,
    pub(crate) service: String,
    pub(crate) bundle: String,
    pub(crate) lamp: String,
    pub(crate) lens: String,
    pub(crate) case: String,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let tenant = Tenant::empty();
        let product = |name: &str, more: Value| {
            let mut row =
                json!({"Name": name, "IsActive": true, "Family": "Hardware", "ProductCode": name});
            row.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            make(tenant.call("administration", "create_products"), row)
        };
        let list = make(
            tenant.call("administration", "create_price_lists"),
            json!({"Name": "Standard", "Currency": "USD", "IsActive": true}),
        );
        let shop = Self {
            sensor: product("Sensor", json!({})),
            cloud: product("Cloud", json!({"Family": "Software"})),
            service: product("Service", json!({"Family": "Services"})),
            bundle: product(
                "Bundle",
                json!({"HasOptions": true, "ConfigurationType": "Bundle"}),
            ),
            lamp: product("Lamp", json!({"ConfigurationType": "Option"})),
            lens: product("Lens", json!({"ConfigurationType": "Option"})),
            case: product("Case", json!({"ConfigurationType": "Option"})),
            list,
            tenant,
        };
        shop.price(&shop.sensor, 100.0, json!({}));
        let monthly = json!({
            "ChargeType": "Subscription Fee", "PriceType": "Recurring", "Frequency": "Monthly",
            "DefaultSellingTerm": 12, "Sequence": 1,
        });
        shop.price(&shop.cloud, 10.5, monthly);
        shop.price(
            &shop.cloud,
            200.0,
            json!({"ChargeType": "Set-up Fee", "PriceMethod": "Flat Price", "Sequence": 2}),
        );
        shop.price(
            &shop.service,
            999.99,
            json!({"AllowManualAdjustment": false, "IsQuantityReadOnly": true}),
        );
        shop.price(&shop.bundle, 1000.0, json!({}));
        shop.price(&shop.lamp, 33.33, json!({}));
        shop.price(&shop.lens, 50.0, json!({}));
        shop.price(&shop.case, 20.0, json!({"PriceIncludedInBundle": true}));
        let group = |name: &str, more: Value| {
            let request = shop
                .tenant
                .call("administration", "create_product_option_groups");
            let mut row = json!({"Name": name});
            row.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            make(request.path("ParentId", &shop.bundle), row)
        };
        let (light, optics) = (
            group("Light", json!({})),
            group("Optics", json!({"MinOptions": 1})),
        );
        let option = |group: &str, product: &str, more: Value| {
            let request = shop
                .tenant
                .call("administration", "create_product_option_components");
            let mut row = json!({
                "Name": "Option", "ParentProduct": {"Id": shop.bundle}, "ComponentProduct": {"Id": product},
            });
            row.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            make(request.path("ParentId", group), row)
        };
        option(
            &light,
            &shop.lamp,
            json!({"IsRequired": true, "DefaultQuantity": 2}),
        );
        option(&light, &shop.case, json!({}));
        option(
            &optics,
            &shop.lens,
            json!({"MinQuantity": 1, "MaxQuantity": 3}),
        );
        shop
    }

    /// Gives a product a price.
    pub(crate) fn price(&self, product: &str, amount: f64, more: Value) -> String {
        let mut row = json!({
            "Name": "Price", "Product": {"Id": product}, "IsActive": true,
            "ListPrice": {"Value": amount}, "Currency": "USD",
        });
        row.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let request = self
            .tenant
            .call("administration", "create_price_list_items");
        make(request.path("parentId", &self.list), row)
    }

    /// A call of the Cart service on a cart.
    pub(crate) fn on(&self, cart: &str, operation: &'static str) -> Request<'_> {
        let request = self.tenant.call("cart", operation);
        let name = if request.template().contains("{cartId}") {
            "cartId"
        } else {
            "Id"
        };
        request.path(name, cart)
    }

    /// A new cart.
    pub(crate) fn cart(&self) -> String {
        let row = json!({"Name": "Mine", "PriceList": {"Id": self.list}});
        make(self.tenant.call("cart", "create_carts"), row)
    }

    /// Adds a product to a cart; the lines.
    #[track_caller]
    pub(crate) fn add(&self, cart: &str, product: &str, more: Value) -> Vec<Value> {
        let mut row = json!({"Product": {"Id": product}});
        row.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let got = self.on(cart, "create_cart_items").json(json!([row])).send();
        assert_eq!(got.status, 200, "{}", got.json);
        got.json.as_array().unwrap().clone()
    }

    /// Lets the time pass that pricing takes.
    pub(crate) fn wait(&self) {
        self.tenant.world.clock.advance(Duration::from_millis(300));
    }

    /// A cart's status once its prices are there.
    pub(crate) fn priced(&self, cart: &str) -> Got {
        self.wait();
        let got = self.on(cart, "get_cart_status").send();
        assert_eq!(got.status, 200, "{}", got.json);
        assert_eq!(got.json["IsPricePending"], false);
        got
    }

    /// The lines of a cart once its prices are there.
    pub(crate) fn lines(&self, cart: &str) -> Vec<Value> {
        let got = self.priced(cart);
        got.json["CartResponse"]["LineItems"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// The net price of the cart, and of each of its sums, by name.
    pub(crate) fn sum(&self, cart: &str, name: &str) -> f64 {
        let got = self.priced(cart);
        let groups = got.json["CartResponse"]["SummaryGroups"]
            .as_array()
            .unwrap();
        let group = groups.iter().find(|group| group["Name"] == name);
        group.unwrap_or_else(|| panic!("no {name} in {groups:#?}"))["NetPrice"]
            .as_f64()
            .unwrap()
    }

    /// A finalized cart with two sensors.
    pub(crate) fn finalized(&self) -> String {
        let cart = self.cart();
        self.add(&cart, &self.sensor, json!({"Quantity": 2}));
        self.wait();
        let got = self
            .on(&cart, "finalize_cart")
            .json(json!({"hasAcceptedWarning": true}))
            .send();
        assert_eq!(got.status, 200, "{}", got.json);
        cart
    }
}

/// Makes one record by a call for many; its id.
#[track_caller]
pub(crate) fn make(request: Request<'_>, row: Value) -> String {
    let got = request.json(json!([row])).send();
    assert!(got.status < 300, "{}", got.json);
    got.json[0]["Id"].as_str().unwrap().to_owned()
}
