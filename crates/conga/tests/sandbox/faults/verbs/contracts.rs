//! Contracts, the moves of their life, and what they know of their documents.

use conga::{Criteria, Part, Record, composer::OutputFormat};
use futures_util::future::{BoxFuture, FutureExt};
use serde_json::{Value, json};

use super::{At, Verb, done, id, is_it, nothing, read, read_one, uploaded};

pub(super) const VERBS: &[Verb] = &[
    Verb::new(
        "contracts create",
        "contracts/create_contract",
        nothing,
        |at| {
            let contract = json!({"Name": at.name, "RecordType": "MSA"});
            done(at.client.contracts().create(&contract))
        },
    )
    .seen(|at| named(at, ""))
    .stands_for(&[
        "document information of a contract create of a file",
        "objects create",
        "objects create a field",
        "search create a setting",
    ]),
    Verb::new("contracts get", "contracts/get_contract", contract, |at| {
        read(&at, at.client.contracts().get(at.id()), is_it)
    })
    .stands_for(&["document information of a contract get"]),
    Verb::new(
        "contracts list, query",
        "contracts/query_contracts",
        contract,
        |at| {
            let named = Criteria::eq("Name", &at.name);
            let query = at.client.contracts().query().criteria(named);
            read_one(&at, query.stream().try_collect(), is_it)
        },
    )
    .stands_for(&["document information of a contract list, query"]),
    Verb::new(
        "contracts update",
        "contracts/update_contract",
        contract,
        |at| {
            let change = json!({"Name": format!("{} changed", at.name), "RecordType": "MSA"});
            done(at.client.contracts().update(at.id(), &change))
        },
    )
    .seen(|at| named(at, " changed"))
    .stands_for(&[
        "objects update",
        "objects update a field",
        "search update a setting",
    ]),
    Verb::new(
        "contracts delete",
        "contracts/delete_contract",
        contract,
        |at| done(at.client.contracts().delete(at.id())),
    )
    .seen(deleted)
    .stands_for(&["search delete a setting"]),
    Verb::new(
        "contracts delete many",
        "contracts/delete_contracts",
        contract,
        |at| done(at.client.contracts().delete_many(&at.ids)),
    )
    .seen(deleted),
    Verb::new(
        "contracts submit",
        "contracts/submit_contract",
        contract,
        |at| done(at.client.contracts().submit(at.id())),
    )
    .seen(|at| stands(at, "Submitted Request")),
    Verb::new(
        "contracts activate",
        "contracts/activate_contract",
        signed,
        |at| done(at.client.contracts().activate(at.id(), &[""; 0])),
    )
    .seen(|at| stands(at, "Activated")),
    Verb::new(
        "contracts amend",
        "contracts/amend_contract",
        active,
        |at| done(at.client.contracts().amend(at.id())),
    )
    .seen(|at| named(at, " Amended")),
    Verb::new(
        "contracts renew",
        "contracts/renew_contract",
        active,
        |at| done(at.client.contracts().renew(at.id())),
    )
    .seen(|at| named(at, " Renewed")),
    Verb::new(
        "contracts cancel",
        "contracts/cancel_contract",
        contract,
        |at| done(at.client.contracts().cancel(at.id())),
    )
    .seen(|at| stands(at, "Cancelled Request")),
    Verb::new(
        "contracts expire",
        "contracts/expire_contract",
        active,
        |at| done(at.client.contracts().expire(at.id())),
    )
    .seen(|at| stands(at, "Expired")),
    Verb::new(
        "contracts terminate",
        "contracts/terminate_contract",
        active,
        |at| done(at.client.contracts().terminate(at.id())),
    )
    .seen(|at| stands(at, "Terminated")),
    Verb::new(
        "contracts clone",
        "contracts/clone_contract",
        contract,
        |at| done(at.client.contracts().clone_contract(at.id())),
    )
    .seen(|at| async move { named(at, "%").await - 1 }.boxed()),
    Verb::new(
        "document information of a contract update",
        "contracts/update_contract_document",
        with_document,
        |at| {
            let contracts = at.client.contracts();
            let file = Part::bytes("again.txt", "as written");
            done(contracts.update_document(at.id(), at.other_id(), file))
        },
    )
    .seen(|at| {
        async move {
            let versions = at.client.documents().versions(at.other_id()).await;
            versions.unwrap().records.len() - 1
        }
        .boxed()
    }),
    Verb::new(
        "documents as PDF generate of a contract",
        "contracts/generate_contract_document",
        with_template,
        |at| {
            let documents = at.client.contract_documents(at.id());
            done(documents.generate(at.other_id()).to(OutputFormat::Txt))
        },
    )
    .seen(documents)
    .stands_for(&[
        "documents as PDF generate anew of a contract",
        "documents as PDF generate beside a contract",
        "documents as PDF preview of a contract",
        "documents as PDF join of a contract",
        "documents as PDF protect of a contract",
    ]),
];

fn new_contract(at: &At) -> Value {
    json!({
        "Name": at.name, "RecordType": "MSA",
        "ContractStartDate": "2026-01-01T00:00:00", "ContractEndDate": "2099-12-31T00:00:00",
    })
}

fn contract(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        vec![id(&at
            .client
            .contracts()
            .create(&new_contract(&at))
            .await
            .unwrap())]
    }
    .boxed()
}

/// One that waits to be activated.
fn signed(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let ids = contract(at.clone()).await;
        for action in ["GENERATE", "SEND_FOR_SIGNATURE", "SIGN"] {
            let path = "/api/clm/v1/contracts/{contractId}/update-contract-lifecycle-status";
            let call = at.client.raw().post(path).path("contractId", &ids[0]);
            let step = call.json(&json!({"LifeCycleAction": action}));
            step.send::<Value>().await.unwrap();
        }
        ids
    }
    .boxed()
}

fn active(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let ids = signed(at.clone()).await;
        let contracts = at.client.contracts();
        contracts.activate(&ids[0], &[""; 0]).await.unwrap();
        ids
    }
    .boxed()
}

/// A contract, and a template.
fn with_template(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let mut ids = contract(at.clone()).await;
        ids.extend(uploaded(&at, "Between {{Name}} and us").await);
        ids
    }
    .boxed()
}

/// A contract, and a document of it.
fn with_document(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let ids = with_template(at.clone()).await;
        let documents = at.client.contract_documents(&ids[0]);
        let made = documents.generate(&ids[1]).to(OutputFormat::Txt);
        let document = made.await.unwrap().document_id.unwrap();
        vec![ids[0].clone(), document]
    }
    .boxed()
}

/// How many contracts have the name with this at its end: `%` for anything.
fn named(at: At, end: &'static str) -> BoxFuture<'static, usize> {
    async move {
        let criteria = Criteria::like("Name", format!("%{}{end}", at.name));
        let query = at.client.contracts().query().criteria(criteria);
        query.stream().try_collect().await.unwrap().len()
    }
    .boxed()
}

fn stands(at: At, status: &'static str) -> BoxFuture<'static, usize> {
    async move {
        let contract: Record = at.client.contracts().get(at.id()).await.unwrap();
        usize::from(contract["Status"] == status)
    }
    .boxed()
}

fn deleted(at: At) -> BoxFuture<'static, usize> {
    async move { 1 - named(at, "").await }.boxed()
}

/// How many documents the contract has.
fn documents(at: At) -> BoxFuture<'static, usize> {
    async move {
        let documents = at.client.contracts().documents(at.id());
        documents.stream().try_collect().await.unwrap().len()
    }
    .boxed()
}
