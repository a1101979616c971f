//! What signing in costs: the cipher of the storefronts, beside OpenSSL and WebCrypto; a storefront's whole token exchange, over
//! loopback; and what each request pays for a token that is at hand.
//!
//!     cargo bench -p conga-benches --bench auth

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot run has nothing to say"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use conga_auth::cipher::{SigningKey, decrypt, encrypt};
use conga_auth::{
    ClientCredentials, Credential, Endpoints, RequestContext, StaticToken, Storefront,
};
use conga_benches::{Comparison, Rival};
use conga_sandbox::Sandbox;
use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use tokio::runtime::Runtime;
use url::Url;

criterion_group!(benches, cipher, exchange, cached_token);
criterion_main!(benches);

const KEY: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";

/// Bodies of these sizes, in bytes of plaintext.
const SIZES: [(usize, &str); 3] = [(64, "64 B"), (1_024, "1 KiB"), (65_536, "64 KiB")];

/// Those who do the same work: a random IV, AES-256-CBC with padding, and base64.
const RIVALS: [(&str, &str); 2] = [
    ("OpenSSL (Python's cryptography)", "measure_cipher.py"),
    ("WebCrypto (Node)", "measure_cipher.mjs"),
];

fn cipher(criterion: &mut Criterion) {
    let mut rivals: Vec<(&str, Rival)> = Vec::new();
    for (name, script) in RIVALS {
        match Rival::start(script) {
            Ok(rival) => rivals.push((name, rival)),
            Err(error) => println!("without {name} ({error}); run tests/interop/setup.sh"),
        }
    }
    let key = SigningKey::parse(KEY).unwrap();
    let mut comparison = Comparison::default();
    for direction in ["encrypt", "decrypt"] {
        for (size, name) in SIZES {
            let task = format!("{direction} {name}");
            let plain = vec![b'x'; size];
            let body = encrypt(&key, &plain);
            let mut group = criterion.benchmark_group(&task);
            group.throughput(Throughput::Bytes(size as u64));
            let mut measure = |program: &str, run: &mut dyn FnMut(u64) -> Duration| {
                compare(&mut group, &mut comparison, &task, program, run);
            };
            measure("conga-auth", &mut |times| {
                let start = Instant::now();
                for _ in 0..times {
                    if direction == "encrypt" {
                        black_box(encrypt(&key, black_box(&plain)));
                    } else {
                        black_box(decrypt(&key, black_box(&body)).unwrap());
                    }
                }
                start.elapsed()
            });
            for (program, rival) in &mut rivals {
                let task = format!("{direction} {size}");
                measure(program, &mut |times| rival.run(&task, times).unwrap());
            }
            group.finish();
        }
    }
    println!("{comparison}");
}

/// Measures one program at one task.
fn compare(
    group: &mut BenchmarkGroup<'_, WallTime>,
    comparison: &mut Comparison,
    task: &str,
    program: &str,
    run: &mut dyn FnMut(u64) -> Duration,
) {
    group.bench_function(program, |bencher| {
        bencher.iter_custom(|times| {
            let time = run(times);
            comparison.add(task, program, time, times);
            time
        });
    });
}

/// A key, then a token for credentials that are encrypted by it, by the sandbox.
fn exchange(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start()).unwrap();
    let storefront = shopper(&sandbox);
    let url: Url = sandbox.storefront_url().parse().unwrap();
    criterion.bench_function("storefront exchange over loopback", |bencher| {
        bencher.to_async(&runtime).iter(async || {
            let headers = storefront
                .headers(&RequestContext::new(&url))
                .await
                .unwrap();
            assert!(storefront.invalidate(&headers).await);
        });
    });
}

/// The headers of a request whose token is at hand.
fn cached_token(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start()).unwrap();
    let account = &sandbox.accounts().api;
    let endpoints = Endpoints::parse(&sandbox.token_url(), sandbox.base_url()).unwrap();
    let api =
        ClientCredentials::builder(endpoints, &account.client_id, account.client_secret.clone())
            .user_id(&account.user_id)
            .build()
            .unwrap();
    let platform: Url = sandbox.base_url().parse().unwrap();
    let storefront: Url = sandbox.storefront_url().parse().unwrap();
    let credentials: [(&str, &dyn Credential, &Url); 3] = [
        ("static token", &StaticToken::new("token"), &platform),
        ("client credentials", &api, &platform),
        ("storefront", &shopper(&sandbox), &storefront),
    ];
    let mut group = criterion.benchmark_group("headers with a token at hand");
    for (name, credential, url) in credentials {
        let request = RequestContext::new(url);
        group.bench_function(name, |bencher| {
            bencher
                .to_async(&runtime)
                .iter(async || black_box(credential.headers(&request).await.unwrap()));
        });
    }
    group.finish();
}

/// A storefront's shopper.
fn shopper(sandbox: &Sandbox) -> Storefront {
    let account = &sandbox.accounts().storefront;
    Storefront::builder(sandbox.storefront_url(), &account.storefront)
        .user(&account.username, account.password.clone())
        .build()
        .unwrap()
}
