//! OAuth clients that others wrote sign in to the sandbox, and check its tokens.

use conga_sandbox::Sandbox;

use crate::program::Program;

/// What each client says `ok` to.
const STEPS: [&str; 7] = [
    "client credentials",
    "authorization code with PKCE",
    "refusal",
    "refresh token",
    "device code",
    "introspection and revocation",
    "new signing key",
];

/// Runs the client against a fresh sandbox.
async fn signs_in_by_every_grant(client: &str) {
    let sandbox = Sandbox::start().await.unwrap();
    let Some(mut client) = Program::start(client, &[&sandbox.issuer()]) else {
        return;
    };
    let mut done = Vec::new();
    while let Some(line) = client.line().await {
        if line == "waiting for a new signing key" {
            sandbox.rotate_signing_key().await.unwrap();
            client.tell("done").await;
        } else if let Some(step) = line.strip_suffix(": ok") {
            done.push(step.to_owned());
        }
    }
    client.end().await;
    assert_eq!(done, STEPS);
    let requests = sandbox.requests();
    let faults = requests.iter().filter(|one| one.status.is_server_error());
    assert_eq!(faults.count(), 0);
}

#[tokio::test]
async fn authlib_signs_in_by_every_grant() {
    signs_in_by_every_grant("authlib_client.py").await;
}

#[tokio::test]
async fn openid_client_signs_in_by_every_grant() {
    signs_in_by_every_grant("openid_client.mjs").await;
}
