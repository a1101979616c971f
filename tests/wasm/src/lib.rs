//! A program in WebAssembly that uses the client. `tests/node.rs` runs it in Node, against the sandbox.

#![cfg(target_family = "wasm")]

use std::time::Duration;

use conga::{CallOptions, Client, Criteria};
use serde_json::{Value, json};
use wasm_bindgen::{JsError, prelude::wasm_bindgen};

/// Signs in by client credentials, works with records and files, and tells what came of it.
#[wasm_bindgen]
pub async fn run(
    token_url: String,
    base_url: String,
    client_id: String,
    client_secret: String,
) -> Result<String, JsError> {
    let client = Client::builder()
        .endpoints(token_url, base_url)
        .client_credentials(client_id, client_secret)
        .build()?;

    let accounts = client.records("Account");
    for number in 1..=5 {
        let account = json!({"Name": format!("Juniper {number}"), "Type": "Gardener"});
        accounts.create(&account).await?;
    }
    let gardeners = accounts
        .list()
        .criteria(Criteria::eq("Type", "Gardener"))
        .page_size(2);
    let listed = gardeners.stream().try_collect().await?;
    let mut names: Vec<&Value> = listed.iter().filter_map(|row| row.get("Name")).collect();
    names.sort_by_key(|name| name.to_string());

    let files = client.files();
    files.upload("notes/size.txt", "Größe: 5 µm").await?;
    let text = files.download("notes/size.txt").bytes().await?;
    let unsaved = files.download("notes/size.txt").save("size.txt").await;

    let patience = Duration::from_millis(500);
    let late = accounts.get("any").with_deadline(patience).await;

    let told = json!({
        "names": names,
        "text": String::from_utf8_lossy(&text),
        "unsaved": unsaved.err().map(|error| error.to_string()),
        "late": late.err().map(|error| error.to_string()),
    });
    Ok(told.to_string())
}
