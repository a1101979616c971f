//! The service as its callers see it.

use serde_json::{Value, json};

use crate::services::commerce::shop::{Shop, make};
use crate::services::tenant::{Got, Request, Tenant};

impl Shop {
    fn catalog(&self, operation: &'static str) -> Request<'_> {
        self.tenant
            .call("catalog", operation)
            .header("pricelistid", &self.list)
    }

    /// Puts products in a category below another.
    fn category(&self, name: &str, above: Option<&str>, products: &[&str]) -> String {
        let hierarchy = self
            .tenant
            .call("administration", "list_hierarchies")
            .send();
        let hierarchy = match hierarchy.json.get(0) {
            Some(hierarchy) => hierarchy["Id"].as_str().unwrap().to_owned(),
            None => {
                let made = make(
                    self.tenant.call("administration", "create_hierarchies"),
                    json!({"Name": "Catalog"}),
                );
                let link = self
                    .tenant
                    .call("administration", "create_price_list_categories");
                make(
                    link.path("parentId", &self.list),
                    json!({"Hierarchy": {"Id": made}}),
                );
                made
            }
        };
        let row = json!({"Name": name, "Hierarchy": {"Id": hierarchy}, "Ancestor": above.map(|id| json!({"Id": id}))});
        let category = make(self.tenant.call("administration", "create_categories"), row);
        for product in products {
            let link = self
                .tenant
                .call("administration", "create_category_memberships");
            make(
                link.path("parentId", &category),
                json!({"Product": {"Id": product}}),
            );
        }
        category
    }
}

fn names(got: &Got) -> Vec<&str> {
    assert_eq!(got.status, 200, "{}", got.json);
    let rows = got.json.as_array().unwrap();
    rows.iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect()
}

#[test]
fn products_with_a_price_are_on_sale() {
    let shop = Shop::open();
    // Neither a product without a price nor one that is switched off is on sale.
    make(
        shop.tenant.call("administration", "create_products"),
        json!({"Name": "Free", "IsActive": true}),
    );
    let off = shop
        .tenant
        .call("administration", "update_product")
        .path("Id", &shop.case);
    off.json(json!({"IsActive": false})).send();
    let got = shop
        .catalog("list_products")
        .query("sort", "ASC(name)")
        .send();
    assert_eq!(
        names(&got),
        ["Bundle", "Cloud", "Lamp", "Lens", "Sensor", "Service"]
    );
    assert_eq!(got.headers["content-range"], "items 0-5/6");
    assert_eq!(got.json[0]["hasOptions"], true);
    let some = |name: &'static str, value: &str| {
        let got = shop.catalog("list_products").query(name, value).send();
        names(&got)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(some("filter", "eq(family:'Software')"), ["Cloud"]);
    assert_eq!(some("filter", "eq(Family = 'Software')"), ["Cloud"]);
    assert_eq!(some("query", "LEN"), ["Lens"]);
    assert_eq!(
        some(
            "query",
            "sensor              and more that is not looked at"
        ),
        ["Sensor"]
    );
    assert!(some("query", "%").is_empty());
    let page = shop
        .catalog("list_products")
        .query("sort", "DESC(Name)")
        .query("page", 2)
        .query("limit", 4)
        .send();
    assert_eq!(names(&page), ["Cloud", "Bundle"]);
    shop.catalog("list_products")
        .query("limit", 501)
        .send()
        .errors(400);
    let priced = shop
        .catalog("list_products")
        .query("query", "cloud")
        .query("includes", "prices")
        .send();
    let prices = priced.json[0]["prices"].as_array().unwrap();
    assert_eq!(
        (&prices[0]["listPrice"], &prices[1]["chargeType"]),
        (&json!(10.5), &json!("Set-up Fee"))
    );
    assert_eq!(prices[0]["priceListId"], shop.list.as_str());
}

#[test]
fn the_price_list_is_that_of_the_headers() {
    let shop = Shop::open();
    let active = |name: &'static str, value: &str| {
        shop.tenant
            .call("catalog", "get_active_price_list")
            .header(name, value)
            .send()
    };
    let cheap = make(
        shop.tenant.call("administration", "create_price_lists"),
        json!({"Name": "Cheap", "BasedOnPriceList": {"Id": shop.list}, "IsActive": true}),
    );
    assert_eq!(active("pricelistid", &cheap).json["name"], "Cheap");
    assert_eq!(
        shop.tenant
            .call("catalog", "get_active_price_list")
            .send()
            .json["id"],
        shop.list.as_str()
    );
    let account = shop
        .tenant
        .call("data", "create_account")
        .json(json!({"Name": "A", "PriceList": {"Id": cheap}}))
        .send();
    assert_eq!(
        active("accountid", account.data(201).as_str().unwrap()).json["name"],
        "Cheap"
    );
    let store = make(
        shop.tenant.call("administration", "create_storefronts"),
        json!({"Name": "S", "DefaultPriceList": {"Id": cheap}}),
    );
    assert_eq!(active("storefrontid", &store).json["name"], "Cheap");
    assert_eq!(active("cartid", &shop.cart()).json["name"], "Standard");
    // All of the list that it is based on is on sale here too.
    let all = shop
        .tenant
        .call("catalog", "list_products")
        .header("pricelistid", &cheap)
        .send();
    assert_eq!(names(&all).len(), 7);
    let off = shop
        .tenant
        .call("administration", "update_price_list")
        .path("Id", &cheap);
    off.json(json!({"IsActive": false})).send();
    assert!(active("pricelistid", &cheap).errors(400)[0].contains("is not active"));
    active("pricelistid", "none").errors(400);
    Tenant::empty()
        .call("catalog", "list_products")
        .send()
        .errors(400);
}

#[test]
fn a_product_comes_with_all_that_belongs_to_it() {
    let shop = Shop::open();
    let group = make(
        shop.tenant
            .call("administration", "create_attribute_groups"),
        json!({"Name": "Look"}),
    );
    let colour = make(
        shop.tenant.call("administration", "create_attributes"),
        json!({"Name": "Colour", "Type": "Picklist", "IsRequired": true}),
    );
    let member = shop
        .tenant
        .call("administration", "create_attribute_group_members")
        .path("ParentId", &group);
    make(
        member,
        json!({"Name": "Colour", "Attribute": {"Id": colour}}),
    );
    let link = shop
        .tenant
        .call("administration", "create_product_attribute_groups")
        .path("ParentId", &shop.bundle);
    make(
        link,
        json!({"Name": "Look", "AttributeGroup": {"Id": group}}),
    );
    shop.category("Everything", None, &[&shop.bundle]);

    let get = |includes: &str| {
        let request = shop.catalog("get_product").path("productId", &shop.bundle);
        request.query("includes", includes).send()
    };
    let got = get("options,attributes,prices,categories");
    assert_eq!(got.status, 200);
    let options = &got.json["productOptionGroups"][1]["productOptionComponents"][0];
    assert_eq!(options["componentProduct"]["name"], "Lens");
    assert_eq!(options["maxQuantity"], 3);
    let members = &got.json["productAttributeGroups"][0]["attributeGroup"]["attributeGroupMembers"];
    assert_eq!(members[0]["attribute"]["isRequired"], true);
    assert_eq!(
        got.json["productCategories"][0]["category"]["name"],
        "Everything"
    );
    assert_eq!(got.json["prices"][0]["listPrice"], 1000);
    assert!(get("").json.get("prices").is_none());
    let flat = shop.catalog("get_product").path("productId", &shop.bundle);
    let flat = flat.query("includes", "options").query("depth", 0).send();
    assert!(flat.json.get("productOptionGroups").is_none());
    shop.catalog("get_product")
        .path("productId", "none")
        .send()
        .errors(404);

    let ids = json!([shop.sensor, "none", shop.bundle]);
    let many = |lenient: bool| {
        let request = shop
            .catalog("query_product_details")
            .query("suppressWarning", lenient);
        request.json(ids.clone()).send()
    };
    many(false).errors(404);
    assert_eq!(names(&many(true)), ["Sensor", "Bundle"]);
    let compared = shop
        .catalog("compare_products")
        .json(json!([shop.sensor, shop.bundle]))
        .send();
    assert_eq!(compared.json[0]["listPrice"], 100);
    assert_eq!(compared.json[1]["attributes"]["Colour"]["type"], "Picklist");
    let found = shop
        .catalog("search_product_options")
        .path("productId", &shop.bundle)
        .query("query", "L");
    let found = found.send().json;
    assert_eq!(
        (
            found["options"].as_array().unwrap().len(),
            &found["attributes"][0]["name"]
        ),
        (2, &json!("Colour"))
    );
}

#[test]
fn a_required_attribute_makes_a_configuration_complete() {
    let shop = Shop::open();
    let group = make(
        shop.tenant
            .call("administration", "create_attribute_groups"),
        json!({"Name": "Look"}),
    );
    let colour = make(
        shop.tenant.call("administration", "create_attributes"),
        json!({"Name": "Colour", "IsRequired": true}),
    );
    let member = shop
        .tenant
        .call("administration", "create_attribute_group_members")
        .path("ParentId", &group);
    make(
        member,
        json!({"Name": "Colour", "Attribute": {"Id": colour}}),
    );
    let link = shop
        .tenant
        .call("administration", "create_product_attribute_groups")
        .path("ParentId", &shop.sensor);
    make(
        link,
        json!({"Name": "Look", "AttributeGroup": {"Id": group}}),
    );
    let on = shop
        .tenant
        .call("administration", "update_product")
        .path("Id", &shop.sensor);
    on.json(json!({"HasAttributes": true})).send();
    let cart = shop.cart();
    let line = shop.add(&cart, &shop.sensor, json!({}))[0].clone();
    assert_eq!(line["ConfigStatus"], "Pending");
    let row = json!([{"Id": line["Id"], "Attribute": {"Colour": "red"}}]);
    let updated = shop.on(&cart, "update_cart_items").json(row).send();
    assert_eq!(updated.json[0]["ConfigStatus"], "Complete");
}

#[test]
fn a_category_stands_for_all_below_it() {
    let shop = Shop::open();
    let top = shop.category("Hardware", None, &[]);
    let optics = shop.category("Optics", Some(&top), &[&shop.lens, &shop.lamp]);
    let empty = shop.category("Nothing", Some(&top), &[]);
    let software = shop.category("Software", None, &[&shop.cloud, &shop.service]);
    let in_category = |id: &str| {
        let request = shop
            .catalog("list_category_products")
            .path("categoryId", id);
        request.query("sort", "ASC(Name)").send()
    };
    assert_eq!(names(&in_category(&optics)), ["Lamp", "Lens"]);
    assert_eq!(names(&in_category(&top)), ["Lamp", "Lens"]);
    assert!(names(&in_category(&empty)).is_empty());
    assert_eq!(names(&in_category("All")).len(), 7);
    in_category("none").errors(404);
    let on = shop
        .tenant
        .call("administration", "update_product")
        .path("Id", &shop.service);
    on.json(json!({"ProductType": "Service"})).send();
    let services = shop
        .catalog("query_category_services")
        .path("categoryId", &software);
    assert_eq!(
        names(&services.json(json!({"isPointOfSale": true})).send()),
        ["Service"]
    );
    assert_eq!(
        names(&shop.catalog("query_services").json(json!({})).send()),
        ["Service"]
    );

    assert_eq!(
        names(&shop.catalog("list_categories").send()),
        ["Hardware", "Optics", "Nothing", "Software"]
    );
    let filled = shop
        .catalog("list_categories")
        .query("fetchEmptyCategories", false)
        .send();
    assert_eq!(names(&filled), ["Hardware", "Optics", "Software"]);
    let some = shop
        .catalog("list_categories")
        .query("filter", "startswith(name:'S')")
        .send();
    assert_eq!(names(&some), ["Software"]);
    let one = shop
        .catalog("get_category")
        .path("categoryId", &optics)
        .send();
    assert_eq!(one.json["parentCategories"][0]["name"], "Hardware");
    assert_eq!(one.json["ancestorId"], top.as_str());
    let all = shop
        .catalog("get_category")
        .path("categoryId", "All")
        .send();
    let roots: Vec<&Value> = all.json["childCategories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(roots, ["Hardware", "Software"]);
    // A circle of categories ends somewhere.
    let circle = shop
        .tenant
        .call("administration", "update_category")
        .path("Id", &top);
    circle.json(json!({"Ancestor": {"Id": optics}})).send();
    assert_eq!(
        shop.catalog("get_category")
            .path("categoryId", &optics)
            .send()
            .status,
        200
    );
    assert_eq!(names(&in_category(&top)), ["Lamp", "Lens"]);
}

#[test]
fn a_search_counts_what_each_facet_would_find() {
    let shop = Shop::open();
    let search = |body: Value| {
        shop.catalog("search_products")
            .query("search-type", "Product")
            .json(body)
            .send()
    };
    let got = search(json!({}));
    assert_eq!(got.headers["content-range"], "items 0-6/7");
    let family = &got.json["facets"][0];
    assert_eq!(family["name"], "family");
    let counts: Vec<(&str, u64)> = family["facetValues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| {
            (
                value["name"].as_str().unwrap(),
                value["count"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(counts, [("Hardware", 5), ("Services", 1), ("Software", 1)]);
    let select = |facet: &str, values: &[&str]| {
        let values: Vec<Value> = values
            .iter()
            .map(|value| json!({"name": value, "isSelected": true}))
            .collect();
        json!({"name": facet, "facetValues": values})
    };
    let got = search(json!({"facets": [select("family", &["Software", "Services"])]}));
    assert_eq!(got.json["products"].as_array().unwrap().len(), 2);
    // The other values of the same facet are still on offer.
    assert_eq!(got.json["facets"][0]["facetValues"][0]["count"], 5);
    assert_eq!(got.json["facets"][0]["facetValues"][1]["isSelected"], true);
    let both = json!({"facets": [select("family", &["Hardware"]), select("configurationType", &["Bundle"])]});
    let got = search(both);
    assert_eq!(got.json["products"][0]["name"], "Bundle");
    assert_eq!(
        got.json["facets"][0]["facetValues"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let category = shop.category("Optics", None, &[&shop.lens]);
    let request = shop
        .catalog("search_products")
        .header("categoryid", &category)
        .json(json!({}));
    assert_eq!(request.send().json["products"].as_array().unwrap().len(), 1);
    let typed = shop.catalog("suggest_products").query("query", "se").send();
    assert_eq!(names(&typed), ["Sensor", "Service", "Case"]);
    assert_eq!(typed.json[0]["productCode"], "Sensor");
    shop.catalog("search_products")
        .query("search-type", "Cart")
        .json(json!({}))
        .send()
        .errors(400);
}

#[test]
fn a_favorite_is_bought_again() {
    let shop = Shop::open();
    let cart = shop.cart();
    shop.add(
        &cart,
        &shop.sensor,
        json!({"Quantity": 4, "AdjustmentType": "% Discount", "AdjustmentAmount": 25}),
    );
    shop.add(&cart, &shop.bundle, json!({}));
    let call = |operation| shop.tenant.call("catalog", operation);
    call("create_favorites")
        .json(json!([{"Name": "Nothing"}]))
        .send()
        .errors(400);
    let row = json!([{"name": "Starter", "productConfiguration": {"id": cart}}]);
    let made = call("create_favorites").json(row).send();
    let id = made.json[0]["id"].as_str().unwrap().to_owned();
    let one = |operation| call(operation).path("Id", &id);
    // It is a copy: the cart goes its own way, and is the only one that is listed.
    assert_eq!(shop.on(&cart, "delete_cart").send().status, 200);
    assert_eq!(shop.tenant.call("cart", "list_carts").send().status, 204);
    let preview = one("preview_favorite").send();
    let lines = preview.json["lineItems"].as_array().unwrap();
    assert_eq!((lines.len(), &lines[0]["quantity"]), (3, &json!(4)));

    let other = shop.cart();
    shop.add(&other, &shop.sensor, json!({}));
    let added = one("add_favorite_to_cart").path("cartId", &other).send();
    assert_eq!(added.json[0]["PrimaryLineNumber"], 2);
    assert_eq!(shop.sum(&other, "Grand Total"), 100.0 + 300.0 + 1066.66);
    one("add_favorite_to_cart")
        .path("cartId", &other)
        .query("excludeadjustments", true)
        .send();
    assert_eq!(shop.sum(&other, "Grand Total"), 1466.66 + 400.0 + 1066.66);

    let changed = one("update_favorite")
        .json(json!({"Description": "d", "Scope": "Public"}))
        .send();
    assert_eq!(
        (&changed.json["description"], &changed.json["scope"]),
        (&json!("d"), &json!("Public"))
    );
    let left = one("delete_favorite_items")
        .json(json!([{"primaryLineNumber": 2}]))
        .send();
    assert_eq!(left.json.as_array().unwrap().len(), 1);
    one("delete_favorite_items")
        .json(json!([{"primaryLineNumber": 9}]))
        .send()
        .errors(422);
    assert_eq!(
        names(
            &call("list_favorites")
                .query("filter", "in(Scope:'Public','Private')")
                .send()
        ),
        ["Starter"]
    );
    one("publish_favorite")
        .json(json!(["none"]))
        .send()
        .errors(404);
    let elsewhere = make(
        shop.tenant.call("administration", "create_price_lists"),
        json!({"Name": "Elsewhere", "IsActive": true}),
    );
    assert_eq!(
        one("publish_favorite")
            .json(json!([elsewhere]))
            .send()
            .status,
        200
    );
    assert!(names(&shop.catalog("list_favorites").send()).is_empty());
    assert_eq!(
        names(
            &call("list_favorites")
                .header("pricelistid", &elsewhere)
                .send()
        ),
        ["Starter"]
    );
    assert_eq!(one("delete_favorite").send().status, 200);
    one("get_favorite").send().errors(404);
    call("delete_favorites")
        .json(json!([{"id": id}]))
        .send()
        .errors(404);
}

#[test]
fn locations_are_those_of_the_carts_account() {
    let tenant = Tenant::empty();
    let none = tenant.call("catalog", "list_locations").send();
    assert_eq!((none.status, &none.json), (200, &json!([])));
}
