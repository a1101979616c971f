//! The verbs that are put under faults.

use conga::{
    By, Client, Criteria,
    commerce::{Filter, carts::NewItem},
    composer::OutputFormat,
};
use futures_util::future::{BoxFuture, FutureExt};
use serde_json::json;

use super::Verb;

pub(super) const VERBS: &[Verb] = &[
    Verb {
        name: "records create",
        operation: "data.create_account",
        prepare: nothing,
        run: |client, name, _| {
            async move {
                let accounts = client.accounts();
                accounts.create(&json!({"Name": name})).await.map(drop)
            }
            .boxed()
        },
        seen: Some(accounts_named),
    },
    Verb {
        name: "records get",
        operation: "data.get_account",
        prepare: account,
        run: |client, _, id| async move { client.accounts().get(id).await.map(drop) }.boxed(),
        seen: None,
    },
    Verb {
        name: "records list",
        operation: "data.list_accounts",
        prepare: account,
        run: |client, name, _| {
            async move {
                let named = client
                    .accounts()
                    .list()
                    .criteria(Criteria::eq("Name", name));
                named.stream().try_collect().await.map(drop)
            }
            .boxed()
        },
        seen: None,
    },
    Verb {
        name: "records query",
        operation: "data.query_accounts",
        prepare: account,
        run: |client, name, _| {
            async move {
                let named = client
                    .accounts()
                    .query()
                    .criteria(Criteria::eq("Name", name));
                named.stream().try_collect().await.map(drop)
            }
            .boxed()
        },
        seen: None,
    },
    Verb {
        name: "records update",
        operation: "data.update_account",
        prepare: account,
        run: |client, name, id| {
            async move {
                let change = json!({"Name": format!("{name} changed")});
                client.accounts().update(id, &change).await.map(drop)
            }
            .boxed()
        },
        seen: Some(|client, name, id| accounts_named(client, format!("{name} changed"), id)),
    },
    Verb {
        name: "records upsert",
        operation: "data.upsert_account",
        prepare: nothing,
        run: |client, name, _| {
            async move {
                let record = json!({"Name": name, "ExternalId": name});
                let accounts = client.accounts();
                accounts.upsert(By::ExternalId, &record).await.map(drop)
            }
            .boxed()
        },
        seen: Some(accounts_named),
    },
    Verb {
        name: "records delete",
        operation: "data.delete_account",
        prepare: account,
        run: |client, _, id| async move { client.accounts().delete(id).await.map(drop) }.boxed(),
        seen: Some(|client, name, id| {
            async move { 1 - accounts_named(client, name, id).await }.boxed()
        }),
    },
    Verb {
        name: "records bulk create",
        operation: "data.create_accounts",
        prepare: nothing,
        run: |client, name, _| {
            async move {
                let rows = [
                    json!({"Name": name}),
                    json!({"Name": format!("{name} too")}),
                ];
                let report = client.accounts().bulk_create(&rows).await;
                report.complete().map(drop)
            }
            .boxed()
        },
        seen: Some(accounts_named),
    },
    Verb {
        name: "contracts create",
        operation: "contracts.create_contract",
        prepare: nothing,
        run: |client, name, _| {
            async move {
                let contract = json!({"Name": name, "RecordType": "MSA"});
                client.contracts().create(&contract).await.map(drop)
            }
            .boxed()
        },
        seen: Some(|client, name, _| {
            async move {
                let named = client
                    .contracts()
                    .query()
                    .criteria(Criteria::eq("Name", name));
                named.stream().try_collect().await.unwrap().len()
            }
            .boxed()
        }),
    },
    Verb {
        name: "quotes create",
        operation: "quote.create_quotes",
        prepare: nothing,
        run: |client, name, _| {
            async move {
                client
                    .quotes()
                    .create(&json!({"Name": name}))
                    .await
                    .map(drop)
            }
            .boxed()
        },
        seen: Some(|client, name, _| {
            async move {
                let named = client.quotes().list().filter(Filter::eq("Name", name));
                named.stream().try_collect().await.unwrap().len()
            }
            .boxed()
        }),
    },
    Verb {
        name: "carts create",
        operation: "cart.create_carts",
        prepare: price_list,
        run: |client, name, list| {
            async move {
                let cart = json!({"Name": name, "PriceList": {"Id": list}});
                client.carts().create(&cart).await.map(drop)
            }
            .boxed()
        },
        seen: Some(|client, name, _| {
            async move {
                let named = client.carts().list().filter(Filter::eq("Name", name));
                named.stream().try_collect().await.unwrap().len()
            }
            .boxed()
        }),
    },
    Verb {
        name: "carts add",
        operation: "cart.create_cart_items",
        prepare: cart,
        run: |client, _, cart| {
            async move {
                let product = product(&client).await?;
                let item = NewItem::new(product).quantity(3);
                client.carts().open(cart).add([item]).await.map(drop)
            }
            .boxed()
        },
        seen: Some(|client, _, cart| {
            async move {
                let items = client.carts().open(cart).items().list();
                items.stream().try_collect().await.unwrap().len()
            }
            .boxed()
        }),
    },
    Verb {
        name: "documents upload",
        operation: "document-management.upload_document",
        prepare: nothing,
        run: |client, name, _| {
            async move {
                let upload = client.documents().upload("note.txt", "as spoken");
                upload.attached_to("Account", name).await.map(drop)
            }
            .boxed()
        },
        seen: Some(documents_of),
    },
    Verb {
        name: "documents download",
        operation: "document-management.download_document",
        prepare: |client, _| {
            async move {
                let upload = client
                    .documents()
                    .upload("note.txt", "as spoken".repeat(100).into_bytes());
                upload.await.unwrap().id
            }
            .boxed()
        },
        run: |client, _, version| {
            async move {
                // Its length is the only sign of a file that a gateway cut short.
                let download = client.documents().download(&version).expect_length(900);
                download.bytes().await.map(drop)
            }
            .boxed()
        },
        seen: None,
    },
    Verb {
        name: "files upload",
        operation: "file-store.upload_file",
        prepare: nothing,
        run: |client, name, _| {
            async move {
                let upload = client
                    .files()
                    .upload(&format!("{name}/note.txt"), "as spoken");
                upload.await.map(drop)
            }
            .boxed()
        },
        seen: Some(|client, name, _| {
            async move {
                client
                    .files()
                    .list(&name)
                    .stream()
                    .try_collect()
                    .await
                    .unwrap()
                    .len()
            }
            .boxed()
        }),
    },
    Verb {
        name: "composer merge",
        operation: "ingress.generate_documents",
        prepare: |client, _| {
            async move {
                let upload = client.documents().upload("note.txt", "Dear {{Name}}");
                upload.await.unwrap().document_id
            }
            .boxed()
        },
        run: |client, name, template| {
            async move {
                let merge = client.composer().merge(&template, &json!({"Name": "Ann"}));
                merge
                    .for_record("Account", name)
                    .to(OutputFormat::Txt)
                    .await
                    .map(drop)
            }
            .boxed()
        },
        seen: Some(documents_of),
    },
    Verb {
        name: "search",
        operation: "search.query_objects",
        prepare: account,
        run: |client, name, _| {
            async move {
                let named = client
                    .search()
                    .advanced("Account", Criteria::eq("Name", name));
                named.page().await.map(drop)
            }
            .boxed()
        },
        seen: None,
    },
];

fn nothing(_: Client, _: String) -> BoxFuture<'static, String> {
    async { String::new() }.boxed()
}

/// An account of this name.
fn account(client: Client, name: String) -> BoxFuture<'static, String> {
    async move {
        let accounts = client.accounts();
        accounts.create(&json!({"Name": name})).await.unwrap()
    }
    .boxed()
}

/// The demo company's price list.
fn price_list(client: Client, _: String) -> BoxFuture<'static, String> {
    async move {
        let lists = client.price_lists();
        let standard = lists.list().filter(Filter::eq("Name", "Standard USD"));
        let page = standard.page(1).await.unwrap();
        page.records[0]["Id"].as_str().unwrap().to_owned()
    }
    .boxed()
}

/// A cart without lines.
fn cart(client: Client, name: String) -> BoxFuture<'static, String> {
    async move {
        let list = price_list(client.clone(), name.clone()).await;
        let cart = json!({"Name": name, "PriceList": {"Id": list}});
        let cart = client.carts().create(&cart).await.unwrap();
        cart["Id"].as_str().unwrap().to_owned()
    }
    .boxed()
}

/// A product of the demo company.
async fn product(client: &Client) -> Result<String, conga::Error> {
    let products = client.raw().get("/api/revenue-admin/v1/products");
    let products = products.query("filter", "eq(ProductCode:'AQK-R')");
    let found = products.send::<serde_json::Value>().await?.into_inner();
    Ok(found[0]["Id"].as_str().unwrap().to_owned())
}

/// How many accounts have this name.
fn accounts_named(client: Client, name: String, _: String) -> BoxFuture<'static, usize> {
    async move {
        let named = client
            .accounts()
            .list()
            .criteria(Criteria::eq("Name", name));
        named.stream().try_collect().await.unwrap().len()
    }
    .boxed()
}

/// How many documents an account of this id has.
fn documents_of(client: Client, id: String, _: String) -> BoxFuture<'static, usize> {
    async move {
        let documents = client.documents().of_record("Account", &id).await;
        documents.unwrap().records.len()
    }
    .boxed()
}
