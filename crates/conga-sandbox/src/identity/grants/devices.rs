//! Device codes (RFC 8628).

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store::{Change, from_json, from_millis, to_json};
use super::{Authorization, Granted, Grants, SignIn};
use crate::identity::error::OAuthError;
use crate::secret::{self, sha256};

/// How long a code waits for the user.
pub(super) const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Seconds between two polls with a device code, at first and by how much more after each that came too soon
/// (RFC 8628, section 3.5).
pub(in crate::identity) const INTERVAL: i64 = 5;

/// The letters of user codes: none that reads like another, none that makes words (RFC 8628, section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// A device code that is out.
#[derive(Serialize, Deserialize)]
struct Device {
    request: DeviceRequest,
    /// Seconds to leave between two polls.
    interval: i64,
    /// When it last polled.
    polled: Option<DateTime<Utc>>,
    decision: Decision,
}

/// Where the user stands.
#[derive(Serialize, Deserialize)]
enum Decision {
    Open,
    Denied,
    Allowed(SignIn),
}

/// The request of a device, as the user is asked about it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::identity) struct DeviceRequest {
    pub(in crate::identity) client_id: String,
    pub(in crate::identity) scope: Vec<String>,
}

impl Grants {
    /// A device code and a user code, with the seconds that they live.
    pub(in crate::identity) async fn issue_device_code(
        &self,
        request: DeviceRequest,
        now: DateTime<Utc>,
    ) -> Result<(String, String, i64), OAuthError> {
        self.change(move |change| {
            change.sweep(now)?;
            let user_code = loop {
                let user_code = user_code();
                if change.device("user_code", &user_code)?.is_none() {
                    break user_code;
                }
            };
            let device_code = secret::token();
            let device = Device {
                request,
                interval: INTERVAL,
                polled: None,
                decision: Decision::Open,
            };
            change.transaction.execute(
                "INSERT INTO auth_devices (hash, user_code, body, expires) VALUES (?, ?, ?, ?)",
                params![
                    sha256(&device_code),
                    user_code,
                    to_json(&device)?,
                    (now + LIFETIME).timestamp_millis()
                ],
            )?;
            Ok((device_code, user_code, LIFETIME.num_seconds()))
        })
        .await
    }

    /// The request behind a user code that nobody has decided yet.
    pub(in crate::identity) async fn device_request(
        &self,
        user_code: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<DeviceRequest>, OAuthError> {
        let user_code = user_code.to_owned();
        self.change(move |change| {
            let open = change.open_device(&user_code, now)?;
            Ok(open.map(|(_, device)| device.request))
        })
        .await
    }

    /// Records what the user decides, `None` for no; tells whether it was in time.
    pub(in crate::identity) async fn decide_device(
        &self,
        user_code: &str,
        sign_in: Option<SignIn>,
        now: DateTime<Utc>,
    ) -> Result<bool, OAuthError> {
        let user_code = user_code.to_owned();
        self.change(move |change| {
            let Some((hash, mut device)) = change.open_device(&user_code, now)? else {
                return Ok(false);
            };
            device.decision = sign_in.map_or(Decision::Denied, Decision::Allowed);
            change.save_device(&hash, &device)?;
            Ok(true)
        })
        .await
    }

    /// Turns a device code into a grant, once the user has decided.
    pub(in crate::identity) async fn poll_device(
        &self,
        device_code: &str,
        client_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Granted, OAuthError> {
        let (hash, client_id) = (sha256(device_code), client_id.to_owned());
        let refuse = |code, why| Ok(Err(OAuthError::new(code, why)));
        self.change(move |change| {
            let found = change.device("hash", &hash)?;
            let Some((_, mut device, expires)) =
                found.filter(|(_, device, _)| device.request.client_id == client_id)
            else {
                return refuse(
                    "invalid_grant",
                    "the device code is not one of this client, or was used",
                );
            };
            if expires <= now {
                return refuse(
                    "expired_token",
                    "the device code has expired; get a new one",
                );
            }
            let polled = device.polled.replace(now);
            if polled.is_some_and(|polled| now - polled < TimeDelta::seconds(device.interval)) {
                device.interval = device.interval.saturating_add(INTERVAL);
                change.save_device(&hash, &device)?;
                return refuse(
                    "slow_down",
                    "polled too soon; wait five seconds longer from now on",
                );
            }
            if let Decision::Open = device.decision {
                change.save_device(&hash, &device)?;
                return refuse("authorization_pending", "the user has not decided yet");
            }
            change
                .transaction
                .execute("DELETE FROM auth_devices WHERE hash = ?", [&hash])?;
            let Decision::Allowed(sign_in) = device.decision else {
                return refuse("access_denied", "the user said no");
            };
            let authorization = Authorization {
                client_id: device.request.client_id,
                scope: device.request.scope,
                sign_in,
            };
            change.grant(authorization, None, now).map(Ok)
        })
        .await?
    }
}

impl Change<'_> {
    /// A device by its `hash` or its `user_code`: the hash of its code, itself, and when it expires.
    fn device(
        &self,
        column: &'static str,
        value: &str,
    ) -> rusqlite::Result<Option<(String, Device, DateTime<Utc>)>> {
        let statement = format!("SELECT hash, body, expires FROM auth_devices WHERE {column} = ?");
        self.transaction
            .query_row(&statement, [value], |row| {
                let device = from_json(&row.get::<_, String>(1)?)?;
                Ok((row.get(0)?, device, from_millis(row.get(2)?)?))
            })
            .optional()
    }

    /// The device that shows a user code, if it waits for a decision.
    fn open_device(
        &self,
        user_code: &str,
        now: DateTime<Utc>,
    ) -> rusqlite::Result<Option<(String, Device)>> {
        let found = self.device("user_code", user_code)?;
        Ok(found
            .filter(|(_, device, expires)| {
                *expires > now && matches!(device.decision, Decision::Open)
            })
            .map(|(hash, device, _)| (hash, device)))
    }

    fn save_device(&self, hash: &str, device: &Device) -> rusqlite::Result<()> {
        self.transaction.execute(
            "UPDATE auth_devices SET body = ? WHERE hash = ?",
            [&to_json(device)?, hash],
        )?;
        Ok(())
    }
}

/// Eight letters with a dash in the middle.
fn user_code() -> String {
    let bytes = Uuid::new_v4();
    // The version and variant bits of a UUID are in bytes 6 and 8, which are left out.
    let letters = [0, 1, 2, 3, 4, 5, 9, 10].map(|index| {
        let byte = usize::from(bytes.as_bytes()[index]);
        char::from(LETTERS[byte % LETTERS.len()])
    });
    let (left, right) = letters.split_at(4);
    format!("{}-{}", String::from_iter(left), String::from_iter(right))
}

/// A user code as a user may type it, in any case and with or without the dash; `None` for what cannot be one.
pub(in crate::identity) fn normalised(typed: &str) -> Option<String> {
    let letters: String = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let (left, right) = letters.split_at_checked(4).filter(|_| letters.len() == 8)?;
    Some(format!("{left}-{right}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_codes_are_read_as_people_type_them() {
        let code = user_code();
        assert_eq!(code.len(), 9);
        let typed = code.to_lowercase().replace('-', " ");
        assert_eq!(normalised(&typed), Some(code));
        for other in ["", "ab", "äöüäöüäö", "BCDF-GHJ", "BCDF-GHJKL"] {
            assert_eq!(normalised(other), None, "{other}");
        }
    }
}
