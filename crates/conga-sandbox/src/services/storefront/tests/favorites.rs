//! Favorites.

use serde_json::json;

use super::*;

const OBJECT: &str = "Apttus_Config2__FavoriteConfiguration__c";

impl Shop {
    fn favorite(&self, body: Value) -> String {
        let got = self.call("create_favorites").json(json!([body])).send();
        data(&got)[0]["Id"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_favorite_is_filled_and_bought_again() {
    let shop = Shop::demo();
    let id = shop.favorite(json!({"Name": "Field day", "Description": "What we take along"}));
    let add = |body: Value| {
        shop.call("add_favorite_items")
            .path("favoriteId", &id)
            .json(body)
    };
    let got = shop
        .on("active", "add_cart_items")
        .json(json!({"FavoriteId": id}))
        .send();
    assert!(refused(&got, 422).contains("empty"));

    data(&add(json!([{"ProductId": product(4), "Quantity": 2}, {"ProductId": product(7)}])).send());
    shop.add(json!([{"ProductId": product(0)}, {"ProductId": product(12)}]));
    let got = add(json!([2])).send();
    assert_eq!(data(&got).as_array().unwrap().len(), 3);
    assert!(refused(&add(json!([9])).send(), 422).contains("LineNumber 9"));
    refused(&add(json!([{"ProductId": "none"}])).send(), 422);

    let lines = shop.add(json!({"FavoriteId": id}));
    assert_eq!(lines.len(), 5);
    assert_eq!(
        (&lines[0]["ProductId"], &lines[0]["Quantity"]),
        (&json!(product(4)), &json!(2))
    );
    // A favorite's lines are nobody's cart.
    assert_eq!(
        shop.query("Apttus_Config2__ProductConfiguration__c", json!({}))
            .len(),
        1
    );
}

#[test]
fn a_favorite_is_its_makers_unless_it_is_public() {
    let shop = Shop::demo();
    let id = shop.favorite(json!({"Name": "Mine"}));
    let see = |caller| {
        let call = shop
            .call("list_records")
            .path("objectName", OBJECT)
            .caller(caller);
        data(&call.send()).as_array().unwrap().len()
    };
    let on = |operation: &str| shop.call(operation).path("favoriteId", &id);
    assert_eq!((see(shopper()), see(guest("g"))), (1, 0));
    refused(&on("delete_favorite").caller(guest("g")).send(), 404);

    let got = on("update_favorite")
        .json(json!({"Scope": "Public", "Name": "Ours"}))
        .send();
    assert_eq!(
        (&data(&got)["Name"], &data(&got)["Scope"]),
        (&json!("Ours"), &json!("Public"))
    );
    assert_eq!(see(guest("g")), 1);
    refused(&on("delete_favorite").caller(guest("g")).send(), 403);
    refused(
        &on("update_favorite")
            .caller(guest("g"))
            .json(json!({"Name": "x"}))
            .send(),
        403,
    );

    let other = shop.favorite(json!({"Name": "Another"}));
    let many = |ids: Value| shop.call("delete_favorites").json(ids).send();
    refused(&many(json!([{"Id": id}, {"Id": "none"}])), 404);
    assert_eq!(see(shopper()), 2);
    assert_eq!(data(&many(json!([{"Id": other}])))[0]["success"], true);
    assert_eq!(on("delete_favorite").send().status, 204);
    assert_eq!(see(shopper()), 0);
    let got = shop
        .call("create_favorites")
        .json(json!([{"Scope": "Private"}]))
        .send();
    assert!(refused(&got, 400).contains("Name"));
}
