//! From a price list to an activated order, on the platform and at the storefront.

use conga::{
    Client, Error, Record, SortDirection, StorefrontQuery,
    commerce::{
        Filter,
        carts::{CartPricing, NewItem, Shopping},
    },
};
use conga_sandbox::Sandbox;
use serde_json::{Value, json};

use super::administrator;

fn id(record: &Record) -> &str {
    record["Id"].as_str().unwrap()
}

/// What is the same wherever the cart is.
async fn buy(
    cart: &impl Shopping,
    items: Vec<NewItem>,
) -> Result<(Vec<Record>, Record, Record), Error> {
    let lines = cart.add(items).await?;
    let priced = cart.price().await?;
    let order = cart.order(&json!({"Name": "PO 1"})).await?;
    Ok((lines, priced, order))
}

/// The demo company's products with these codes, in this order.
async fn products(client: &Client, codes: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for code in codes {
        let answer: Value = client
            .raw()
            .get("/api/revenue-admin/v1/products")
            .query("filter", format_args!("eq(ProductCode:'{code}')"))
            .send::<Value>()
            .await
            .unwrap()
            .into_inner();
        found.push(answer[0]["Id"].as_str().unwrap().to_owned());
    }
    found
}

async fn new_cart(client: &Client) -> Record {
    let lists = client.price_lists();
    let filter = Filter::eq("Name", "Standard USD").and(Filter::eq("IsActive", true));
    let list = lists.list().filter(filter).page(1).await.unwrap();
    let cart = json!({"Name": "New laboratory", "PriceList": {"Id": id(&list.records[0])}});
    client.carts().create(&cart).await.unwrap()
}

#[tokio::test]
async fn a_cart_of_the_platform_becomes_an_order_by_way_of_a_quote() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let bought = products(&client, &["ORB-400", "AQK-R", "SRV-LVC"]).await;
    let cart = new_cart(&client).await;
    let cart = client.carts().open(id(&cart));
    let lines = cart
        .add([
            NewItem::new(&bought[0])
                .quantity(2)
                .attribute("Voltage", "230 V"),
            NewItem::new(&bought[1]).quantity(60),
            NewItem::new(&bought[2])
                .quantity(7)
                .field("SellingTerm", 36),
        ])
        .await
        .unwrap();
    assert_eq!(lines[0]["PricingStatus"], "Pending");
    // Another process waits for the prices.
    let stored = serde_json::to_string(cart.price().job()).unwrap();
    let pricing: CartPricing = serde_json::from_str(&stored).unwrap();
    let status = administrator(&sandbox).poll(pricing).await.unwrap();
    assert!(status.error_message.is_none() || status.error_message == Some(Value::Null));
    let groups = status.cart["SummaryGroups"].as_array().unwrap();
    let grand = groups
        .iter()
        .find(|group| group["LineType"] == "Grand Total")
        .unwrap();
    assert_eq!(grand["NetPrice"], 114_098.8);
    let stored = cart.items().list().stream().try_collect().await.unwrap();
    let spectrometer = stored
        .iter()
        .find(|line| line["Id"] == lines[0]["Id"])
        .unwrap();
    assert_eq!(spectrometer["Attribute"]["Voltage"], "230 V");
    assert!(
        cart.waterfall()
            .await
            .unwrap()
            .as_array()
            .is_some_and(|charts| !charts.is_empty())
    );

    let quote = cart.quote(&json!({"Name": "Laboratory"})).await.unwrap();
    let quotes = client.quotes();
    quotes
        .update(id(&quote), &json!({"Description": "as spoken"}))
        .await
        .unwrap();
    let read = quotes
        .get(id(&quote))
        .includes(["line-items"])
        .await
        .unwrap();
    assert_eq!(
        (&read["Description"], &read["GrandTotal"]["Value"]),
        (&json!("as spoken"), &json!(114_098.8))
    );
    assert!(read["LineItems"].as_array().unwrap().len() >= 3);
    let copy = quotes
        .clone_quote(id(&quote), &json!({"Name": "Again"}))
        .await
        .unwrap();
    assert_eq!(copy["Name"], "Again");
    let drafts = quotes
        .list()
        .filter(Filter::eq("ApprovalStage", "Draft"))
        .stream();
    assert!(drafts.try_collect().await.unwrap().len() >= 2);
    quotes.delete(id(&copy)).await.unwrap();
    assert!(quotes.get(id(&copy)).await.unwrap_err().is_not_found());

    let order = quotes.accept(id(&quote)).await.unwrap();
    let orders = client.orders();
    let lines = orders
        .lines(id(&order))
        .list()
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert!(lines.len() >= 3);
    orders.confirm(id(&order)).await.unwrap();
    orders.activate(id(&order)).await.unwrap();
    let active = orders.activation(id(&order)).await.unwrap();
    assert_eq!(active["Status"], "Activated");
}

#[tokio::test]
async fn carts_of_the_platform_and_of_the_storefront_are_shopped_with_alike() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let cart = new_cart(&client).await;
    let reagents = &products(&client, &["AQK-R"]).await[0];
    let items = vec![NewItem::new(reagents).quantity(10)];
    let (lines, priced, order) = buy(&client.carts().open(id(&cart)), items).await.unwrap();
    assert_eq!(
        (lines.len(), &priced["LineItems"][0]["PricingStatus"]),
        (1, &json!("Complete"))
    );
    assert_eq!(
        client.orders().get(id(&order)).await.unwrap()["Name"],
        "PO 1"
    );

    let account = &sandbox.accounts().storefront;
    let shopper = Client::builder()
        .storefront(sandbox.storefront_url(), "ECommerce")
        .shopper(&account.username, account.password.as_str())
        .build()
        .unwrap();
    let shop = shopper.storefront().unwrap();
    let kits: Vec<Record> = shop
        .query("Product2", &StorefrontQuery::new())
        .await
        .unwrap();
    let kit = kits
        .iter()
        .find(|product| product["Name"] == "AquaKit")
        .unwrap();
    let items = vec![NewItem::new(id(kit)).quantity(2)];
    let (lines, priced, order) = buy(&shop.cart("active"), items).await.unwrap();
    assert_eq!(
        (lines.len(), &priced["LineItems"][0]["NetPrice"]),
        (1, &json!(699))
    );
    assert_eq!(order["Name"], "PO 1");
    assert!(shop.cart("active").get().await.unwrap().get("Id").is_none());
}

#[tokio::test]
async fn price_lists_have_prices() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let lists = client.price_lists();
    let made = lists
        .create_many(&[
            json!({"Name": "Benelux", "Currency": "EUR", "IsActive": true}),
            json!({"Name": "Nordics", "Currency": "EUR", "IsActive": true}),
        ])
        .await
        .unwrap();
    let product = products(&client, &["AQK-R"]).await.remove(0);
    let prices = lists.items(id(&made[0]));
    let price = prices
        .create(&json!({"Name": "Reagents", "Product": {"Id": product}, "ChargeType": "Standard Price", "ListPrice": {"Value": 49.9}}))
        .await
        .unwrap();
    prices
        .update(id(&price), &json!({"ListPrice": {"Value": 44.9}}))
        .await
        .unwrap();
    let found = prices.list().stream().try_collect().await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(prices.get(id(&price)).await.unwrap()["Name"], "Reagents");
    lists
        .update_many(&[json!({"Id": made[1]["Id"], "Description": "closed"})])
        .await
        .unwrap();
    let page = lists.list().page_size(1).page(1).await.unwrap();
    assert_eq!(page.records.len(), 1);
    assert!(page.record_count.is_some_and(|all| all > 2));
    let names = lists
        .list()
        .filter(Filter::one_of("Name", ["Benelux", "Nordics"]));
    let mut names: Vec<Value> = names
        .stream()
        .try_collect()
        .await
        .unwrap()
        .iter()
        .map(|list| list["Name"].clone())
        .collect();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, ["Benelux", "Nordics"]);
    lists.delete_many(&[id(&made[1])]).await.unwrap();
    assert!(lists.get(id(&made[1])).await.is_err());
}

#[tokio::test]
async fn a_shopper_looks_around_keeps_favorites_and_buys_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let account = &sandbox.accounts().storefront;
    let client = Client::builder()
        .storefront(sandbox.storefront_url(), "ECommerce")
        .shopper(&account.username, account.password.as_str())
        .build()
        .unwrap();
    let shop = client.storefront().unwrap();
    assert_eq!(shop.details().await.unwrap()["Name"], "ECommerce");
    let account = shop.account().await.unwrap();
    let list = shop.price_list().await.unwrap();
    assert!(list["Name"].is_string());

    // The catalog comes in pages; it can be left, and taken up again.
    let pages = StorefrontQuery::new().sort("Name", SortDirection::Ascending);
    let all: Vec<Record> = shop.query("Product2", &pages).await.unwrap();
    let pages = pages.page(1, 3);
    let mut stream = shop.list::<Record>("Product2", pages.clone()).stream();
    for product in &all[..4] {
        let next = stream.try_next().await.unwrap().unwrap();
        assert_eq!(next["Id"], product["Id"]);
    }
    let rest = shop.list::<Record>("Product2", pages);
    let rest = rest.starting_at(stream.position().unwrap()).stream();
    assert_eq!(rest.try_collect().await.unwrap().len(), all.len() - 4);
    let named = StorefrontQuery::new().search("AquaKit");
    let found: Vec<Record> = shop.query("Product2", &named).await.unwrap();
    let kit: Record = shop.product(id(&found[0])).await.unwrap();
    assert_eq!(kit["Name"], "AquaKit");

    // A favorite is filled and bought, the order read, and the same bought again.
    let favorites = shop.favorites();
    let favorite = favorites
        .create(&json!({"Name": "Field day"}))
        .await
        .unwrap();
    favorites.add(id(&favorite), [(id(&kit), 2)]).await.unwrap();
    favorites
        .update(id(&favorite), &json!({"Description": "What we take along"}))
        .await
        .unwrap();
    let cart = shop.create_cart(&json!({"Name": "Mine"})).await.unwrap();
    let cart = shop.cart(id(&cart));
    assert_eq!(cart.add_favorite(id(&favorite)).await.unwrap().len(), 1);
    let line = cart.price().await.unwrap()["LineItems"][0].clone();
    assert_eq!(
        (&line["ProductId"], &line["Quantity"]),
        (&kit["Id"], &json!(2))
    );
    let renamed = cart.update(&json!({"Name": "Ours"})).await.unwrap();
    assert_eq!(renamed["Name"], "Ours");
    let order = cart.order(&json!({"Name": "PO 7"})).await.unwrap();
    let order: Record = shop.get("orders", id(&order)).await.unwrap();
    assert_eq!(order["Name"], "PO 7");
    assert_eq!(order["SoldToAccountId"], account["Id"]);
    assert_eq!(order["PriceListId"], list["Id"]);
    let again = shop.cart(shop.cart_of_order(id(&order)).await.unwrap());
    let copy = again.clone_cart().await.unwrap();
    assert_ne!(copy["Id"], again.id());
    let quote = again.quote(&json!({"Name": "Again"})).await.unwrap();
    assert_eq!(quote["Name"], "Again");
    favorites.delete(id(&favorite)).await.unwrap();
    assert!(
        favorites
            .delete(id(&favorite))
            .await
            .unwrap_err()
            .is_not_found()
    );
}
