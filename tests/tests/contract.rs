//! Every generated operation of every service, called through the generated client over HTTP: what arrives is what is published, and
//! the answer decodes.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may fail, and says what it found"
)]

use std::sync::Arc;

use conga_api::{Api, RetryPolicy, Transport, operations::Host};
use conga_auth::{ClientCredentials, Credential, Endpoints, Storefront};
use conga_sandbox::Sandbox;
use conga_tests::{call_every_operation, contract::Cases};

/// Bodies of a hundred fields, nested: unoptimised code takes more stack for them than a test's thread has.
const STACK: usize = 256 * 1024 * 1024;

#[test]
fn every_operation_keeps_to_the_published_specification() {
    let run = || {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_stack_size(STACK)
            .build()
            .unwrap()
            .block_on(call_all())
    };
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}

async fn call_all() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = api(&sandbox);
    let mut cases = Cases::new(&sandbox);
    call_every_operation(&api, &mut cases).await;

    let (mut total, mut called) = (0, 0);
    for (service, in_document, done) in &cases.counts {
        println!("{service:<34} {done:>4} / {in_document}");
        total += in_document;
        called += done;
    }
    println!("called {called} / {total}");
    assert!(
        cases.faults.is_empty(),
        "{} faults:\n{}",
        cases.faults.len(),
        cases.faults.join("\n")
    );
    assert_eq!(called, total);
    assert_eq!(
        total,
        conga_api::operations::SERVICES
            .iter()
            .map(|service| service.operations.len())
            .sum::<usize>()
    );
}

fn api(sandbox: &Sandbox) -> Api {
    let accounts = sandbox.accounts();
    let endpoints = Endpoints::parse(&sandbox.token_url(), sandbox.base_url()).unwrap();
    let account = &accounts.integration;
    let platform: Arc<dyn Credential> = Arc::new(
        ClientCredentials::builder(
            endpoints,
            account.client_id.clone(),
            account.client_secret.clone(),
        )
        .build()
        .unwrap(),
    );
    let shopper = &accounts.storefront;
    let storefront: Arc<dyn Credential> = Arc::new(
        Storefront::builder(sandbox.storefront_url(), shopper.storefront.clone())
            .user(shopper.username.clone(), shopper.password.clone())
            .build()
            .unwrap(),
    );
    let transport = |credential: &Arc<dyn Credential>| {
        Transport::builder(sandbox.base_url().parse().unwrap())
            .credential(credential.clone())
            // Behaviour has tests of its own; here every answer is built from the schema.
            .header(
                "x-conga-sandbox".parse().unwrap(),
                "schema".parse().unwrap(),
            )
            .retry(RetryPolicy::never())
            .build()
            .unwrap()
    };
    Api::new(transport(&platform))
        .with_host(Host::XAuthor, transport(&platform))
        .with_host(Host::TurboEngines, transport(&platform))
        .with_host(Host::DiscoveryAi, transport(&platform))
        .with_host(Host::Salesforce, transport(&storefront))
}
