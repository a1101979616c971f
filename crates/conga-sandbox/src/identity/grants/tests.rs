//! What is kept of grants, and for how long.

use chrono::DateTime;

use super::*;
use crate::secret::sha256;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn request() -> CodeRequest {
    CodeRequest {
        authorization: Authorization {
            client_id: "client".to_owned(),
            scope: vec!["offline_access".to_owned()],
            sign_in: SignIn {
                user_id: "user".to_owned(),
                auth_time: 0,
                session: "session".to_owned(),
            },
        },
        nonce: Some("nonce".to_owned()),
        redirect_uri: "uri".to_owned(),
        challenge: sha256(VERIFIER),
    }
}

async fn sign_in(grants: &Grants, now: DateTime<Utc>) -> (String, Granted) {
    let code = grants.issue_code(request(), now).await.unwrap();
    let granted = redeem(grants, &code, now).await.unwrap();
    (code, granted)
}

async fn redeem(grants: &Grants, code: &str, now: DateTime<Utc>) -> Result<Granted, OAuthError> {
    grants
        .redeem_code(code, "client", "uri", VERIFIER, now)
        .await
}

async fn rows(grants: &Grants) -> Vec<i64> {
    let tables = ["grants", "refresh_tokens", "codes", "devices"];
    grants
        .change(move |change| {
            let count = |table| {
                let statement = format!("SELECT count(*) FROM auth_{table}");
                change
                    .transaction
                    .query_row(&statement, [], |row| row.get(0))
            };
            tables.into_iter().map(count).collect()
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn what_is_over_is_forgotten() {
    let grants = Grants::open(None).unwrap();
    let start = DateTime::UNIX_EPOCH;
    sign_in(&grants, start).await;
    let device = DeviceRequest {
        client_id: "client".to_owned(),
        scope: Vec::new(),
    };
    grants.issue_device_code(device, start).await.unwrap();
    assert_eq!(rows(&grants).await, [1, 1, 1, 1]);
    let sweep = async |now| {
        grants
            .change(move |change| change.sweep(now))
            .await
            .unwrap()
    };
    sweep(start + OFFLINE_LIFETIME - TimeDelta::seconds(1)).await;
    assert_eq!(rows(&grants).await, [1, 1, 1, 0]);
    sweep(start + OFFLINE_LIFETIME).await;
    assert_eq!(rows(&grants).await, [0; 4]);
}

#[tokio::test]
async fn a_file_keeps_grants_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.db");
    let now = DateTime::UNIX_EPOCH;
    let (code, token) = {
        let grants = Grants::open(Some(&path)).unwrap();
        let (code, granted) = sign_in(&grants, now).await;
        (code, granted.refresh_token.unwrap())
    };
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in [&code, &token] {
            let mut windows = bytes.windows(secret.len());
            assert!(!windows.any(|part| part == secret.as_bytes()));
        }
    }

    let grants = Grants::open(Some(&path)).unwrap();
    let granted = grants.rotate(&token, "client", None, now).await.unwrap();
    assert_eq!(granted.authorization.sign_in.user_id, "user");
    let next = granted.refresh_token.unwrap();

    // What was used before is still known as used.
    let grants = Grants::open(Some(&path)).unwrap();
    assert!(redeem(&grants, &code, now).await.is_err());
    assert!(grants.rotate(&next, "client", None, now).await.is_err());
    assert_eq!(rows(&grants).await[..2], [0, 0]);
}

#[tokio::test]
async fn of_many_at_once_one_gets_through() {
    let grants = Arc::new(Grants::open(None).unwrap());
    let now = DateTime::UNIX_EPOCH;
    let code = grants.issue_code(request(), now).await.unwrap();
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let (grants, code) = (grants.clone(), code.clone());
            tokio::spawn(async move { redeem(&grants, &code, now).await.is_ok() })
        })
        .collect();
    let mut through = 0;
    for one in tries {
        through += usize::from(one.await.unwrap());
    }
    assert_eq!(through, 1);
    // The others have revoked what it gave.
    assert_eq!(rows(&grants).await[..2], [0, 0]);
}

#[tokio::test]
async fn a_grant_that_is_revoked_takes_no_more_tokens() {
    let grants = Grants::open(None).unwrap();
    let now = DateTime::UNIX_EPOCH;
    let (_, granted) = sign_in(&grants, now).await;
    assert!(
        grants
            .remember(&granted.id, "first", 3600, now)
            .await
            .unwrap()
    );
    grants.revoke(&granted.id).await.unwrap();
    assert!(grants.is_revoked("first"));
    assert!(
        !grants
            .remember(&granted.id, "second", 3600, now)
            .await
            .unwrap()
    );
}
