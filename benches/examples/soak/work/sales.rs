//! Carts that become orders; mail.

use std::time::Duration;

use conga::{commerce::carts::NewItem, email::Attachment};
use rand::RngExt as _;
use serde_json::{Value, json};

use super::Worker;
use crate::ledger::{Claim, Kind, NOTHING};

impl Worker {
    /// A cart is made, filled, priced, and becomes an order.
    pub(super) async fn order(&mut self) {
        let name = self.name();
        let ledger = &self.scene.clone().ledger;
        ledger.making(Kind::Cart, &name, 0);
        let carts = self.client().carts();
        let cart = json!({"Name": name, "PriceList": {"Id": self.scene.price_list}});
        let told = self.call(carts.create(&cart)).await;
        ledger.made(Kind::Cart, &name, told.claim());
        let Some(record) = told.done() else { return };
        let cart = carts.open(record.get("Id").and_then(Value::as_str).unwrap_or_default());

        ledger.changing(Kind::Cart, &name, 1);
        let item = NewItem::new(&self.scene.product).quantity(2);
        let item = item.attribute("Voltage", "230 V");
        let add = cart.add([item]).without_default_options();
        let claim = self.call(add).await.claim();
        ledger.changed(Kind::Cart, &name, 1, claim);
        if claim != Claim::Done || self.call(cart.price()).await.claim() != Claim::Done {
            return;
        }
        ledger.making(Kind::Order, &name, NOTHING);
        let told = self.call(cart.order(&json!({"Name": name}))).await;
        ledger.made(Kind::Order, &name, told.claim());
        let Some(order) = told.done() else { return };
        let id = order.get("Id").and_then(Value::as_str).unwrap_or_default();
        let orders = self.client().orders();
        if let Some(read) = self.call(orders.get(id)).await.done()
            && read.get("Name") != Some(&name.as_str().into())
        {
            self.broken(format!("the order {name} has another name"));
        }
    }

    /// A mail goes out, now and then with a document, and is followed.
    pub(super) async fn send_mail(&mut self) {
        let name = self.name();
        let ledger = &self.scene.clone().ledger;
        ledger.making(Kind::Mail, &name, NOTHING);
        let mail = self.client().email().send(&name, "It goes on.");
        let mut mail = mail.from("soak@meridian.example").to("ann@example.com");
        // The sandbox refuses an attachment without content.
        if self.dice.random_bool(0.3)
            && let Some(document) = self.documents.iter().rfind(|document| document.length > 0)
        {
            mail = mail.attach(Attachment::version(&document.version));
        }
        let told = self.call(mail).await;
        ledger.made(Kind::Mail, &name, told.claim());
        let Some(sent) = told.done() else { return };
        let delivery = sent.delivery().first_wait(Duration::from_millis(50));
        if let Some(statuses) = self.call(delivery).await.done()
            && !(statuses.len() == 1 && statuses[0].is_delivered())
        {
            self.broken(format!("the mail {name} is not delivered: {statuses:?}"));
        }
    }
}
