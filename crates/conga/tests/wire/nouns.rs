//! The README's table of nouns, held to the code and to the published operations: every call of it is made, and what was sent is
//! compared with the operation that the table names.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use conga::{
    ApiConnectionType, By, Client, Criteria, Error, Part, Record, RetryPolicy, StorefrontQuery,
    commerce::carts::NewItem,
    composer::{Protection, ProtectionLevel},
    conga_auth::StaticToken,
    integration_users::Role,
    operations, reqwest,
};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{SHOP, let_shoppers_in, sent};

/// A row of the table, and how to make its call.
struct Row {
    noun: &'static str,
    verb: &'static str,
    call: &'static str,
    operation: &'static str,
    make: fn(Client, Args) -> BoxFuture<'static, ()>,
}

/// What the calls of the table are given.
struct Args {
    id: &'static str,
    other_id: &'static str,
    ids: [&'static str; 1],
    record: Value,
    records: [Value; 1],
    file: &'static str,
    content: Vec<u8>,
    part: Part,
    object: &'static str,
    field: &'static str,
    words: &'static str,
    numbers: [u32; 1],
    criteria: Criteria,
    items: [NewItem; 1],
    level: ProtectionLevel,
    protection: Protection,
    query: StorefrontQuery,
    time: Duration,
    kind: ApiConnectionType,
    role: Role,
}

impl Args {
    fn new() -> Self {
        Self {
            id: "1",
            other_id: "2",
            ids: ["1"],
            record: json!({}),
            records: [json!({})],
            file: "offer.pdf",
            content: b"%PDF-1.7".to_vec(),
            part: Part::bytes("offer.pdf", "%PDF-1.7"),
            object: "Account",
            field: "Name",
            words: "juniper",
            numbers: [1],
            criteria: Criteria::eq("Name", "Juniper"),
            items: [NewItem::new("p")],
            level: ProtectionLevel::Comments,
            protection: Protection::pdf([]),
            query: StorefrontQuery::new(),
            time: Duration::from_secs(60),
            kind: ApiConnectionType::ApiToApi,
            role: Role::named("Administrator"),
        }
    }
}

/// Rows of nouns: `verb, operation: call;`, with `=>` before what else it takes to send the call.
macro_rules! table {
    ($client:ident, $args:ident; $($noun:literal { $($verb:literal, $operation:literal: $call:expr $(=> $rest:ident($($arg:expr)?))?;)* })*) => {
        vec![$($(Row {
            noun: $noun,
            verb: $verb,
            call: stringify!($call),
            operation: $operation,
            make: |$client, $args| Box::pin(async move {
                let sent = async {
                    let _ = &$args;
                    let _ = $call$(.$rest($($arg)?))?.await;
                    Ok::<(), Error>(())
                };
                sent.await.unwrap();
            }),
        }),*),*]
    };
}

fn rows() -> Vec<Row> {
    table! { client, args;
        "accounts" {
            "create", "data/create_account": client.accounts().create(&args.record);
            "get", "data/get_account": client.accounts().get(args.id);
            "list", "data/list_accounts": client.accounts().list() => page(1);
            "query", "data/query_accounts": client.accounts().query() => page();
            "update", "data/update_account": client.accounts().update(args.id, &args.record);
            "delete", "data/delete_account": client.accounts().delete(args.id);
        }
        "contacts" {
            "create", "data/create_contact": client.contacts().create(&args.record);
            "get", "data/get_contact": client.contacts().get(args.id);
            "list", "data/list_contacts": client.contacts().list() => page(1);
            "query", "data/query_contacts": client.contacts().query() => page();
            "update", "data/update_contact": client.contacts().update(args.id, &args.record);
            "delete", "data/delete_contact": client.contacts().delete(args.id);
        }
        "opportunities" {
            "create", "data/create_opportunity": client.opportunities().create(&args.record);
            "get", "data/get_opportunity": client.opportunities().get(args.id);
            "list", "data/list_opportunities": client.opportunities().list() => page(1);
            "query", "data/query_opportunities": client.opportunities().query() => page();
            "update", "data/update_opportunity": client.opportunities().update(args.id, &args.record);
            "delete", "data/delete_opportunity": client.opportunities().delete(args.id);
        }
        "any other object" {
            "create", "data/create_custom_object_record": client.records("Widget_c").create(&args.record);
            "get", "data/get_custom_object_record": client.records("Widget_c").get(args.id);
            "list", "data/list_custom_object_records": client.records("Widget_c").list() => page(1);
            "query", "data/query_custom_object_records": client.records("Widget_c").query() => page();
            "update", "data/update_custom_object_record": client.records("Widget_c").update(args.id, &args.record);
            "delete", "data/delete_custom_object_record": client.records("Widget_c").delete(args.id);
            "upsert", "data/bulk_upsert_custom_object_records": client.records("Widget_c").upsert(By::ExternalId, &args.record);
            "get by external id", "data/get_custom_object_record_by_external_id": client.records("Widget_c").get_by_external_id(args.id);
            "update by external id", "data/update_custom_object_record_by_external_id": client.records("Widget_c").update_by_external_id(args.id, &args.record);
            "delete by external id", "data/delete_custom_object_record_by_external_id": client.records("Widget_c").delete_by_external_id(args.id);
            "create many", "data/bulk_create_custom_object_records": client.records("Widget_c").bulk_create(&args.records);
            "update many", "data/bulk_update_custom_object_records": client.records("Widget_c").bulk_update(By::Id, &args.records);
            "upsert many", "data/bulk_upsert_custom_object_records": client.records("Widget_c").bulk_upsert(By::ExternalId, &args.records);
            "delete many", "data/bulk_delete_custom_object_records": client.records("Widget_c").bulk_delete(By::Id, &args.ids);
        }
        "contracts" {
            "create", "contracts/create_contract": client.contracts().create(&args.record);
            "get", "contracts/get_contract": client.contracts().get(args.id);
            "list, query", "contracts/query_contracts": client.contracts().query() => page();
            "update", "contracts/update_contract": client.contracts().update(args.id, &args.record);
            "delete", "contracts/delete_contract": client.contracts().delete(args.id);
            "delete many", "contracts/delete_contracts": client.contracts().delete_many(&args.ids);
            "submit", "contracts/submit_contract": client.contracts().submit(args.id);
            "activate", "contracts/activate_contract": client.contracts().activate(args.id, &args.ids);
            "amend", "contracts/amend_contract": client.contracts().amend(args.id);
            "renew", "contracts/renew_contract": client.contracts().renew(args.id);
            "cancel", "contracts/cancel_contract": client.contracts().cancel(args.id);
            "expire", "contracts/expire_contract": client.contracts().expire(args.id);
            "terminate", "contracts/terminate_contract": client.contracts().terminate(args.id);
            "clone", "contracts/clone_contract": client.contracts().clone_contract(args.id);
            "import many", "contracts/create_import_job": client.contracts().import(args.part) => start();
        }
        "document information of a contract" {
            "get", "contracts/get_contract_document": client.contracts().document(args.id, args.other_id);
            "list, query", "contracts/query_contract_documents": client.contracts().documents(args.id) => page();
            "create (with the document)", "contracts/upload_contract_document": client.contract_documents(args.id).upload(args.part);
            "create of a file", "contracts/link_contract_document_large": client.contract_documents(args.id).link("quotes/a.pdf");
            "update", "contracts/update_contract_document": client.contracts().update_document(args.id, args.other_id, args.part);
        }
        "document metadata" {
            "create (with the document)", "document-management/upload_document": client.documents().upload(args.file, args.content);
            "get", "document-management/get_document_metadata": client.documents().latest(args.id);
            "list of a record", "document-management/list_object_document_versions": client.documents().of_record(args.object, args.id);
            "list of versions", "document-management/list_document_versions": client.documents().versions(args.id);
            "query", "document-management/search_documents": client.documents().search() => page();
            "update", "document-management/update_document_metadata": client.documents().edit(args.id).description(args.words);
            "delete", "document-management/delete_document": client.documents().delete(args.id);
            "check out", "document-management/update_document_metadata": client.documents().check_out(args.id, "ann");
            "check in", "document-management/update_document_metadata": client.documents().check_in(args.id);
            "delete many", "document-management/delete_documents": client.documents().delete_many(args.ids);
            "delete a version", "document-management/delete_document_version": client.documents().delete_version(args.id, args.other_id);
            "delete for good", "document-management/delete_document": client.documents().delete_for_good(args.id);
            "duplicate", "document-management/clone_document": client.documents().duplicate(args.id);
            "look whether it exists", "document-management/check_document_exists": client.documents().exists(args.id);
        }
        "documents as PDF" {
            "get", "document-management/download_document": client.documents().download(args.id) => bytes();
            "convert", "ingress/convert_documents": client.composer().convert(args.id).to_pdf() => start();
            "join", "ingress/join_documents": client.composer().join(args.ids).to_pdf() => start();
            "generate", "ingress/generate_documents": client.composer().merge(args.id, &args.record).to_pdf() => start();
            "protect", "ingress/protect_documents": client.composer().protect(args.id, args.protection) => start();
            "generate of a contract", "contracts/generate_contract_document": client.contract_documents(args.id).generate(args.other_id).to_pdf();
            "generate of many contracts", "contracts/generate_contract_document": client.contracts().generate_each(args.ids, args.other_id).to_pdf();
            "preview of a contract", "contracts/preview_contract_document": client.contract_documents(args.id).preview(args.other_id).to_pdf();
            "join of a contract", "contracts/join_contract_documents": client.contract_documents(args.id).join(args.ids, args.file).to_pdf();
            "protect of a contract", "contracts/protect_contract_document": client.contract_documents(args.id).protect(args.other_id, args.level);
            "generate anew of a contract", "contracts/regenerate_contract_document": client.contract_documents(args.id).regenerate(args.other_id).to_pdf();
            "generate beside a contract", "contracts/generate_contract_supporting_document": client.contract_documents(args.id).generate_supporting(args.other_id).to_pdf();
        }
        "files" {
            "create", "file-store/upload_file": client.files().upload("quotes/a.pdf", args.content);
            "get", "file-store/get_file_info": client.files().info("quotes/a.pdf");
            "list", "file-store/list_file_names": client.files().list("quotes") => page();
            "download", "file-store/download_file": client.files().download("quotes/a.pdf") => bytes();
            "download as ZIP", "file-store/download_files": client.files().zip("quotes", args.ids) => bytes();
            "delete", "file-store/delete_file": client.files().delete("quotes/a.pdf");
            "delete many", "file-store/bulk_delete_files": client.files().delete_many("quotes", args.ids);
            "look whether it exists", "file-store/check_file_exists": client.files().exists("quotes/a.pdf");
            "share", "file-store/create_file_shared_uri": client.files().share("quotes/a.pdf", args.time);
            "list of a folder", "file-store/list_folder": client.files().list_folder("quotes") => page();
            "create a folder", "file-store/create_folder": client.files().create_folder("quotes");
            "empty a folder", "file-store/delete_folder_contents": client.files().empty_folder("quotes") => start();
            "limits", "file-store/get_file_limits": client.files().limits();
        }
        "e-mail" {
            "send", "email/send_email": client.email().send(args.words, args.words).to("ann@example.com");
            "send by template", "email/bulk_send_emails_v2": client.email().send_template(args.id).to("ann@example.com");
            "status", "email/get_email_job": client.email().status(args.id);
        }
        "proposals (quotes)" {
            "create", "quote/create_quotes": client.quotes().create(&args.record);
            "get", "quote/get_quote": client.quotes().get(args.id);
            "list, query", "quote/list_quotes": client.quotes().list() => page(1);
            "update", "quote/update_quote": client.quotes().update(args.id, &args.record);
            "update many", "quote/update_quotes": client.quotes().update_many(&args.records);
            "upsert", "quote/upsert_quote": client.quotes().upsert(&args.record);
            "delete", "quote/delete_quote": client.quotes().delete(args.id);
            "delete many", "quote/delete_quotes": client.quotes().delete_many(&args.ids);
            "clone", "quote/clone_quote": client.quotes().clone_quote(args.id, &args.record);
            "clone by external id", "quote/clone_quote_by_external_id": client.quotes().clone_by_external_id(args.id, &args.record);
            "accept", "quote/accept_quote": client.quotes().accept(args.id);
            "make an agreement", "quote/create_agreement_from_quote": client.quotes().make_agreement(args.id, &args.record);
        }
        "orders" {
            "create", "order/create_orders": client.orders().create(&args.record);
            "get", "order/get_order": client.orders().get(args.id);
            "list, query", "order/list_orders": client.orders().list() => page(1);
            "update", "order/update_order": client.orders().update(args.id, &args.record);
            "update many", "order/update_orders": client.orders().update_many(&args.records);
            "delete", "order/delete_order": client.orders().delete(args.id);
            "delete many", "order/delete_orders": client.orders().delete_many(&args.ids);
            "confirm", "order/confirm_order": client.orders().confirm(args.id);
            "activate", "order/activate_order": client.orders().activate(args.id);
            "cancel", "order/cancel_order": client.orders().cancel(args.id);
            "change", "order/change_order": client.orders().change(args.id);
            "accept a change", "order/accept_order_change": client.orders().accept_change(args.id);
            "revert a change", "order/revert_order_change": client.orders().revert_change(args.id);
        }
        "line items (of an order)" {
            "create", "order/create_order_line_items": client.orders().lines(args.id).create(&args.record);
            "get", "order/get_order_line_item": client.orders().lines(args.id).get(args.other_id);
            "list, query", "order/list_order_line_items": client.orders().lines(args.id).list() => page(1);
            "update", "order/update_order_line_item": client.orders().lines(args.id).update(args.other_id, &args.record);
            "update many", "order/update_order_line_items": client.orders().lines(args.id).update_many(&args.records);
        }
        "product configurations (carts)" {
            "create", "cart/create_carts": client.carts().create(&args.record);
            "get", "cart/get_cart": client.carts().get(args.id);
            "list, query", "cart/list_carts": client.carts().list() => page(1);
            "update", "cart/update_cart": client.carts().update(args.id, &args.record);
            "update many", "cart/update_carts": client.carts().update_many(&args.records);
            "delete", "cart/delete_cart": client.carts().delete(args.id);
            "delete many", "cart/delete_carts": client.carts().delete_many(&args.ids);
            "launch", "cart/activate_quote_cart": client.carts().launch_for_quote(args.id);
            "add", "cart/create_cart_items": client.carts().open(args.id).add(args.items);
            "price", "cart/get_cart_status": client.carts().open(args.id).price();
            "reprice", "cart/reprice_cart": client.carts().open(args.id).reprice(&args.numbers);
            "waterfall", "cart/list_cart_waterfall_charts": client.carts().open(args.id).waterfall();
            "waterfall of a line", "cart/list_cart_item_waterfall_charts": client.carts().open(args.id).line_waterfall(args.other_id);
            "finalize", "cart/finalize_cart": client.carts().open(args.id).finalize();
            "quote", "cart/create_quote_from_cart": client.carts().open(args.id).quote(&args.record);
            "order", "cart/create_order_from_cart": client.carts().open(args.id).order(&args.record);
            "activate", "cart/activate_cart": client.carts().open(args.id).activate();
            "abandon", "cart/abandon_cart": client.carts().open(args.id).abandon();
        }
        "cart line items" {
            "create", "cart/create_cart_items": client.carts().items(args.id).create(&args.record);
            "list, query", "cart/list_cart_items": client.carts().items(args.id).list() => page(1);
            "update", "cart/update_cart_items": client.carts().items(args.id).update_many(&args.records);
            "delete", "cart/delete_cart_items": client.carts().items(args.id).delete_many(&args.ids);
        }
        "price lists" {
            "create", "administration/create_price_lists": client.price_lists().create(&args.record);
            "get", "administration/get_price_list": client.price_lists().get(args.id);
            "list, query", "administration/list_price_lists": client.price_lists().list() => page(1);
            "update", "administration/update_price_list": client.price_lists().update(args.id, &args.record);
            "update many", "administration/update_price_lists": client.price_lists().update_many(&args.records);
            "delete", "administration/delete_price_list": client.price_lists().delete(args.id);
            "delete many", "administration/delete_price_lists": client.price_lists().delete_many(&args.ids);
        }
        "prices of a price list" {
            "create", "administration/create_price_list_items": client.price_lists().items(args.id).create(&args.record);
            "get", "administration/get_price_list_item": client.price_lists().items(args.id).get(args.other_id);
            "list, query", "administration/list_price_list_items": client.price_lists().items(args.id).list() => page(1);
            "update", "administration/update_price_list_item": client.price_lists().items(args.id).update(args.other_id, &args.record);
            "update many", "administration/update_price_list_items": client.price_lists().items(args.id).update_many(&args.records);
            "delete", "administration/delete_price_list_item": client.price_lists().items(args.id).delete(args.other_id);
            "delete many", "administration/delete_price_list_items": client.price_lists().items(args.id).delete_many(&args.ids);
        }
        "users" {
            "create", "user-management/create_user": client.users().create(&args.record);
            "get", "user-management/get_user": client.users().get(args.id);
            "get who signed in", "user-management/get_current_user": client.users().me();
            "list, query", "user-management/list_users": client.users().list() => page(1);
            "update", "user-management/update_user": client.users().update(args.id, &args.record);
            "deactivate", "user-management/deactivate_user": client.users().deactivate(args.id);
            "restore", "user-management/restore_user": client.users().restore(args.id);
        }
        "API connections" {
            "create", "user-management/create_api_connection": client.api_connections().create_api_to_api(args.id).client_name(args.words);
            "get", "user-management/get_api_connection": client.api_connections().get(args.id, args.kind);
            "list", "user-management/list_api_connections": client.api_connections().list() => page(1);
            "activate", "user-management/update_api_connection_status": client.api_connections().activate(args.id, args.kind);
            "deactivate", "user-management/update_api_connection_status": client.api_connections().deactivate(args.id, args.kind);
        }
        "integration users" {
            "create", "user-management/create_user": client.integration_users().create("Nightly", "Sync", args.words, args.role);
            "client id", "user-management/get_user_secret": client.integration_users().client_id(args.id);
            "new secret", "user-management/regenerate_user_secret": client.integration_users().generate_secret(args.id);
        }
        "objects" {
            "list", "schema-manager/list_object_metadata": client.objects().list() => page(1);
            "describe", "schema-manager/get_object_metadata": client.objects().describe(args.object);
            "describe a field", "schema-manager/get_field_metadata": client.objects().field(args.object, args.field);
            "create", "schema-manager/create_object": client.objects().create(&args.record);
            "update", "schema-manager/update_object": client.objects().update(args.object, &args.record);
            "create a field", "schema-manager/create_object_field": client.objects().create_field(args.object, &args.record);
            "update a field", "schema-manager/update_object_field": client.objects().update_field(args.object, args.field, &args.record);
        }
        "search" {
            "advanced", "search/query_objects": client.search().advanced(args.object, args.criteria) => page();
            "full text", "search/query_objects": client.search().full_text(args.object, args.words) => page();
            "type-ahead", "search/query_objects": client.search().type_ahead(args.object, args.words) => page();
            "global", "search/search_objects": client.search().global(args.words);
            "by other objects", "search/query_multiple_objects": client.search().related(args.object).referring_to(args.field, args.object, args.criteria) => page();
            "by words of documents", "search/query_multiple_objects": client.search().related(args.object).in_documents(args.words) => page();
            "searched fields", "search/list_object_indexed_fields": client.search().indexed_fields(args.object);
            "list settings", "search/list_settings": client.search().settings().list();
            "get a setting", "search/get_setting": client.search().settings().get(args.object);
            "create a setting", "search/create_setting": client.search().settings().create(&args.record);
            "update a setting", "search/update_setting": client.search().settings().update(args.object, &args.record);
            "delete a setting", "search/delete_setting": client.search().settings().delete(args.object);
        }
        "storefront" {
            "get a product", "salesforce-cpq-v5/get_product": client.storefront()?.product::<Record>(args.id);
            "get", "salesforce-cpq-v5/get_record": client.storefront()?.get::<Record>(args.object, args.id);
            "query", "salesforce-cpq-v5/query_records": client.storefront()?.query::<Record>(args.object, &args.query);
            "list", "salesforce-cpq-v5/query_records": client.storefront()?.list::<Record>(args.object, args.query).stream() => try_collect();
            "cart", "salesforce-cpq-v5/get_cart": client.storefront()?.active_cart::<Record>();
            "create a cart", "salesforce-cpq-v5/create_cart": client.storefront()?.create_cart(&args.record);
            "cart of an order", "salesforce-cpq-v5/create_cart_from_order": client.storefront()?.cart_of_order(args.id);
            "cart of a quote", "salesforce-cpq-v5/create_cart_from_quote": client.storefront()?.cart_of_quote(args.id);
            "finalize a quote", "salesforce-cpq-v5/finalize_quote": client.storefront()?.finalize_quote(args.id);
            "account", "salesforce-cpq-v5/get_default_account": client.storefront()?.account();
            "price list", "salesforce-cpq-v5/get_active_price_list": client.storefront()?.price_list();
            "settings", "salesforce-cpq-v5/get_active_storefront": client.storefront()?.details();
        }
        "shoppers' carts" {
            "get", "salesforce-cpq-v5/get_cart": client.storefront()?.cart(args.id).get();
            "update", "salesforce-cpq-v5/update_cart": client.storefront()?.cart(args.id).update(&args.record);
            "delete", "salesforce-cpq-v5/delete_cart": client.storefront()?.cart(args.id).delete();
            "clone", "salesforce-cpq-v5/clone_cart": client.storefront()?.cart(args.id).clone_cart();
            "add", "salesforce-cpq-v5/add_cart_items": client.storefront()?.cart(args.id).add(args.items);
            "add a favorite", "salesforce-cpq-v5/add_cart_items": client.storefront()?.cart(args.id).add_favorite(args.other_id);
            "update a line", "salesforce-cpq-v5/update_cart_item": client.storefront()?.cart(args.id).update_item(args.other_id, &args.record);
            "remove lines", "salesforce-cpq-v5/delete_cart_items": client.storefront()?.cart(args.id).remove(&args.ids);
            "apply a promotion", "salesforce-cpq-v5/apply_cart_promotion": client.storefront()?.cart(args.id).apply_promotion("SPRING");
            "remove a promotion", "salesforce-cpq-v5/remove_cart_promotion": client.storefront()?.cart(args.id).remove_promotion("SPRING");
            "price", "salesforce-cpq-v5/get_cart": client.storefront()?.cart(args.id).price();
            "reprice", "salesforce-cpq-v5/price_cart": client.storefront()?.cart(args.id).reprice();
            "quote", "salesforce-cpq-v5/create_proposal_from_cart": client.storefront()?.cart(args.id).quote(&args.record);
            "order", "salesforce-cpq-v5/check_out_cart": client.storefront()?.cart(args.id).order(&args.record);
            "abandon", "salesforce-cpq-v5/abandon_cart": client.storefront()?.cart(args.id).abandon();
        }
        "shoppers' favorites" {
            "create", "salesforce-cpq-v5/create_favorites": client.storefront()?.favorites().create(&args.record);
            "update", "salesforce-cpq-v5/update_favorite": client.storefront()?.favorites().update(args.id, &args.record);
            "add", "salesforce-cpq-v5/add_favorite_items": client.storefront()?.favorites().add(args.id, [(args.other_id, 2)]);
            "add lines of the cart", "salesforce-cpq-v5/add_favorite_items": client.storefront()?.favorites().add_lines(args.id, &args.numbers);
            "delete", "salesforce-cpq-v5/delete_favorite": client.storefront()?.favorites().delete(args.id);
        }
    }
}

/// A server of both, the platform and a storefront, and a client of it.
async fn tenant(http: &reqwest::Client) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({})))
        .mount(&server)
        .await;
    let_shoppers_in(&server).await;
    let client = Client::builder()
        .base_uri(server.uri())
        .credential(Arc::new(StaticToken::new("token")))
        .storefront(format!("{}{SHOP}", server.uri()), "ECommerce")
        .retry(RetryPolicy::never())
        .http_client(http.clone())
        .build()
        .unwrap();
    (server, client)
}

fn shown(rows: &[Row]) -> String {
    let mut table = String::from("| noun | verb | call | operation |\n|---|---|---|---|\n");
    let mut noun = "";
    for row in rows {
        let first = if row.noun == noun { "" } else { row.noun };
        let call = row.call.replace("args.", "").replace("::<Record>", "");
        let call = call.replace('\n', " ");
        let call = call.split_whitespace().collect::<Vec<_>>().join(" ");
        let (verb, operation) = (row.verb, row.operation);
        let _ = writeln!(table, "| {first} | {verb} | `{call}` | `{operation}` |");
        noun = row.noun;
    }
    table
}

/// Whether a path is one of the template.
fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template
            .zip(path)
            .all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
}

#[test]
fn the_readme_has_the_table() {
    let table = shown(&rows());
    let readme = include_str!("../../README.md");
    assert!(
        readme.contains(&table),
        "the table of the README should be\n\n{table}"
    );
}

#[tokio::test]
async fn every_call_is_the_operation_that_the_table_names() {
    // One for all: it takes its time to read the certificates of the system.
    let http = reqwest::Client::new();
    for row in rows() {
        let (service, id) = row.operation.split_once('/').unwrap();
        let operation = operations::SERVICES
            .iter()
            .find(|known| known.id == service)
            .and_then(|known| known.operations.iter().find(|known| known.id == id))
            .unwrap_or_else(|| panic!("no operation is called {}", row.operation));
        let (server, client) = tenant(&http).await;
        tokio::time::timeout(Duration::from_secs(30), (row.make)(client, Args::new()))
            .await
            .unwrap();
        let mut requests = sent(&server).await;
        requests.retain(|request| !request.contains(&format!("{SHOP}/user")));
        let [request] = &requests[..] else {
            panic!("{}: {requests:?}", row.call);
        };
        let (method, rest) = request.split_once(' ').unwrap();
        let path = rest.split([' ', '?']).next().unwrap();
        assert!(
            method == operation.method && fits(operation.path, path),
            "{} sends {request}, and {} is {} {}",
            row.call,
            row.operation,
            operation.method,
            operation.path
        );
    }
}
