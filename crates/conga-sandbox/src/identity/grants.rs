//! What users have granted, and the codes and tokens that stand for it.
//!
//! A code is redeemed once; what comes of it is a grant. A grant has one good refresh token at a time and remembers its access
//! tokens, so that revoking it ends all of them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::error::OAuthError;
use crate::secret::{self, same_secret, sha256};

const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(5);
const DEVICE_LIFETIME: TimeDelta = TimeDelta::minutes(10);
const GRANT_LIFETIME: TimeDelta = TimeDelta::days(30);

/// Seconds between two polls with a device code, at first and by how much more after each that came too soon
/// (RFC 8628, section 3.5).
pub(super) const INTERVAL: i64 = 5;

/// The letters of user codes: none that reads like another, none that makes words (RFC 8628, section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// All grants of a sandbox.
#[derive(Default)]
pub(super) struct Grants(Mutex<State>);

#[derive(Default)]
struct State {
    codes: HashMap<String, Code>,
    devices: HashMap<String, Device>,
    grants: HashMap<GrantId, Grant>,
    refresh_tokens: HashMap<String, RefreshToken>,
    /// Ids of revoked access tokens, with the time until which they would be good.
    revoked: HashMap<String, i64>,
}

/// A user who signed in to a client.
#[derive(Debug, Clone)]
pub(super) struct SignIn {
    pub(super) user_id: String,
    /// When, in seconds of the epoch.
    pub(super) auth_time: i64,
    /// The id of the browser's session.
    pub(super) session: String,
    /// What ties the id token to the client's request.
    pub(super) nonce: Option<String>,
}

/// What a client may have, and from whom.
#[derive(Debug, Clone)]
pub(super) struct Authorization {
    pub(super) client_id: String,
    pub(super) scope: Vec<String>,
    pub(super) sign_in: SignIn,
}

/// Names a grant.
pub(super) type GrantId = Uuid;

/// An authorization code that is out.
struct Code {
    authorization: Authorization,
    redirect_uri: String,
    challenge: String,
    expires: DateTime<Utc>,
    /// The code is kept after use until its tokens are over, so that a second use is noticed.
    used: Option<GrantId>,
}

/// A device code that is out.
struct Device {
    user_code: String,
    client_id: String,
    scope: Vec<String>,
    expires: DateTime<Utc>,
    interval: i64,
    polled: Option<DateTime<Utc>>,
    decision: Option<Option<SignIn>>,
}

/// A request of a device, as the user is asked about it.
#[derive(Debug, Clone)]
pub(super) struct DeviceRequest {
    pub(super) client_id: String,
    pub(super) scope: Vec<String>,
}

struct Grant {
    authorization: Authorization,
    expires: DateTime<Utc>,
    /// Id and expiry of each access token.
    access_tokens: Vec<(String, i64)>,
}

struct RefreshToken {
    grant: GrantId,
    used: bool,
}

/// A refresh token as introspection sees it.
#[derive(Debug, Clone)]
pub(super) struct Refreshable {
    pub(super) authorization: Authorization,
    pub(super) expires: i64,
}

impl Grants {
    /// A code for an authorization, bound to the redirect URI and the PKCE challenge of its request.
    pub(super) fn issue_code(
        &self,
        authorization: Authorization,
        redirect_uri: String,
        challenge: String,
        now: DateTime<Utc>,
    ) -> String {
        let mut state = self.state();
        state.sweep(now);
        let code = secret::token();
        let entry = Code {
            authorization,
            redirect_uri,
            challenge,
            expires: now + CODE_LIFETIME,
            used: None,
        };
        state.codes.insert(code.clone(), entry);
        code
    }

    /// Turns a code into a grant. A second use revokes what the first one gave; a wrong verifier or redirect URI uses the code up.
    pub(super) fn redeem_code(
        &self,
        code: &str,
        client_id: &str,
        redirect_uri: &str,
        verifier: &str,
        now: DateTime<Utc>,
    ) -> Result<(GrantId, Authorization), OAuthError> {
        let mut state = self.state();
        // A code of another client stays good, or anybody could use up a code.
        let entry = state
            .codes
            .get_mut(code)
            .filter(|entry| entry.authorization.client_id == client_id)
            .ok_or_else(|| OAuthError::invalid_grant("the code is not one of this client"))?;
        if let Some(grant) = entry.used {
            state.revoke(grant);
            return Err(OAuthError::invalid_grant(
                "the code was used before; its tokens are revoked, sign in again",
            ));
        }
        let grant = Uuid::new_v4();
        entry.used = Some(grant);
        if entry.expires <= now {
            return Err(OAuthError::invalid_grant(
                "the code has expired; sign in again",
            ));
        }
        if entry.redirect_uri != redirect_uri {
            return Err(OAuthError::invalid_grant(
                "redirect_uri is not the one that the code was sent to",
            ));
        }
        if !same_secret(&sha256(verifier), &entry.challenge) {
            return Err(OAuthError::invalid_grant(
                "code_verifier does not fit the code_challenge",
            ));
        }
        let authorization = entry.authorization.clone();
        state.open(grant, authorization.clone(), now);
        Ok((grant, authorization))
    }

    /// A device code and a user code, with the seconds that they live.
    pub(super) fn issue_device_code(
        &self,
        client_id: &str,
        scope: Vec<String>,
        now: DateTime<Utc>,
    ) -> (String, String, i64) {
        let mut state = self.state();
        state.sweep(now);
        let user_code = loop {
            let user_code = user_code();
            if state.device(&user_code).is_none() {
                break user_code;
            }
        };
        let device_code = secret::token();
        let device = Device {
            user_code: user_code.clone(),
            client_id: client_id.to_owned(),
            scope,
            expires: now + DEVICE_LIFETIME,
            interval: INTERVAL,
            polled: None,
            decision: None,
        };
        state.devices.insert(device_code.clone(), device);
        (device_code, user_code, DEVICE_LIFETIME.num_seconds())
    }

    /// The request behind a user code that nobody has decided yet.
    pub(super) fn device_request(
        &self,
        user_code: &str,
        now: DateTime<Utc>,
    ) -> Option<DeviceRequest> {
        let mut state = self.state();
        let device = state.device(user_code)?;
        (device.expires > now && device.decision.is_none()).then(|| DeviceRequest {
            client_id: device.client_id.clone(),
            scope: device.scope.clone(),
        })
    }

    /// Records what the user decides, `None` for no; tells whether it was in time.
    pub(super) fn decide_device(
        &self,
        user_code: &str,
        decision: Option<SignIn>,
        now: DateTime<Utc>,
    ) -> bool {
        let mut state = self.state();
        let device = state
            .device(user_code)
            .filter(|device| device.expires > now && device.decision.is_none());
        match device {
            Some(device) => {
                device.decision = Some(decision);
                true
            }
            None => false,
        }
    }

    /// Turns a device code into a grant, once the user has decided.
    pub(super) fn poll_device(
        &self,
        device_code: &str,
        client_id: &str,
        now: DateTime<Utc>,
    ) -> Result<(GrantId, Authorization), OAuthError> {
        let mut state = self.state();
        let device = state
            .devices
            .get_mut(device_code)
            .filter(|device| device.client_id == client_id)
            .ok_or_else(|| {
                OAuthError::invalid_grant("the device code is not one of this client, or was used")
            })?;
        if device.expires <= now {
            return Err(OAuthError::new(
                "expired_token",
                "the device code has expired; get a new one",
            ));
        }
        let polled = device.polled.replace(now);
        if polled.is_some_and(|polled| now - polled < TimeDelta::seconds(device.interval)) {
            device.interval += INTERVAL;
            return Err(OAuthError::new(
                "slow_down",
                "polled too soon; wait five seconds longer from now on",
            ));
        }
        let Some(decision) = device.decision.clone() else {
            return Err(OAuthError::new(
                "authorization_pending",
                "the user has not decided yet",
            ));
        };
        let Some(device) = state.devices.remove(device_code) else {
            return Err(OAuthError::invalid_grant("the device code was used"));
        };
        let sign_in =
            decision.ok_or_else(|| OAuthError::new("access_denied", "the user said no"))?;
        let authorization = Authorization {
            client_id: device.client_id,
            scope: device.scope,
            sign_in,
        };
        let grant = Uuid::new_v4();
        state.open(grant, authorization.clone(), now);
        Ok((grant, authorization))
    }

    /// The first refresh token of a grant.
    pub(super) fn issue_refresh_token(&self, grant: GrantId) -> String {
        self.state().new_refresh_token(grant)
    }

    /// Takes a refresh token and gives the next. Using one twice revokes its grant.
    pub(super) fn rotate(
        &self,
        token: &str,
        client_id: &str,
        scope: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(GrantId, Authorization, String), OAuthError> {
        let mut state = self.state();
        let unknown =
            || OAuthError::invalid_grant("the refresh token is not one of this client, or is over");
        let (id, used) = match state.refresh_tokens.get(token) {
            Some(token) => (token.grant, token.used),
            None => return Err(unknown()),
        };
        let grant = state
            .grants
            .get(&id)
            .filter(|grant| grant.authorization.client_id == client_id && grant.expires > now)
            .ok_or_else(unknown)?;
        if used {
            state.revoke(id);
            return Err(OAuthError::invalid_grant(
                "the refresh token was used before; all tokens of the sign-in are revoked, sign in again",
            ));
        }
        let mut authorization = grant.authorization.clone();
        if let Some(asked) = scope {
            let asked: Vec<String> = asked.split_ascii_whitespace().map(str::to_owned).collect();
            if asked.iter().any(|one| !authorization.scope.contains(one)) {
                return Err(OAuthError::new(
                    "invalid_scope",
                    "a scope was not granted when the user signed in",
                ));
            }
            authorization.scope = asked;
        }
        if let Some(token) = state.refresh_tokens.get_mut(token) {
            token.used = true;
        }
        let next = state.new_refresh_token(id);
        Ok((id, authorization, next))
    }

    /// Remembers an access token of a grant; tells whether the grant is still good.
    pub(super) fn remember(&self, grant: GrantId, token_id: &str, expires: i64) -> bool {
        match self.state().grants.get_mut(&grant) {
            Some(grant) => {
                grant.access_tokens.push((token_id.to_owned(), expires));
                true
            }
            None => false,
        }
    }

    /// Revokes a grant with all its tokens.
    pub(super) fn revoke(&self, grant: GrantId) {
        self.state().revoke(grant);
    }

    /// Revokes one access token.
    pub(super) fn revoke_access_token(&self, token_id: String, expires: i64, now: DateTime<Utc>) {
        let mut state = self.state();
        state.sweep(now);
        state.revoked.insert(token_id, expires);
    }

    /// Revokes the grant of a refresh token; `None` if it is not known, else whether it was the client's.
    pub(super) fn revoke_refresh_token(&self, token: &str, client_id: &str) -> Option<bool> {
        let mut state = self.state();
        let id = state.refresh_tokens.get(token)?.grant;
        let own = state.grants.get(&id)?.authorization.client_id == client_id;
        if own {
            state.revoke(id);
        }
        Some(own)
    }

    /// Whether an access token is revoked.
    pub(super) fn is_revoked(&self, token_id: &str) -> bool {
        self.state().revoked.contains_key(token_id)
    }

    /// A refresh token that is good.
    pub(super) fn refreshable(&self, token: &str, now: DateTime<Utc>) -> Option<Refreshable> {
        let state = self.state();
        let token = state
            .refresh_tokens
            .get(token)
            .filter(|token| !token.used)?;
        let grant = state.grants.get(&token.grant)?;
        (grant.expires > now).then(|| Refreshable {
            authorization: grant.authorization.clone(),
            expires: grant.expires.timestamp(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The device that shows a user code.
    fn device(&mut self, user_code: &str) -> Option<&mut Device> {
        self.devices
            .values_mut()
            .find(|device| device.user_code == user_code)
    }

    fn open(&mut self, id: GrantId, authorization: Authorization, now: DateTime<Utc>) {
        let grant = Grant {
            authorization,
            expires: now + GRANT_LIFETIME,
            access_tokens: Vec::new(),
        };
        self.grants.insert(id, grant);
    }

    fn new_refresh_token(&mut self, grant: GrantId) -> String {
        let token = secret::token();
        let entry = RefreshToken { grant, used: false };
        self.refresh_tokens.insert(token.clone(), entry);
        token
    }

    fn revoke(&mut self, id: GrantId) {
        if let Some(grant) = self.grants.remove(&id) {
            self.revoked.extend(grant.access_tokens);
        }
        self.refresh_tokens.retain(|_, token| token.grant != id);
    }

    /// Forgets what is over.
    fn sweep(&mut self, now: DateTime<Utc>) {
        let seconds = now.timestamp();
        let grants = &mut self.grants;
        grants.retain(|_, grant| {
            grant
                .access_tokens
                .retain(|(_, expires)| *expires > seconds);
            grant.expires > now
        });
        self.refresh_tokens
            .retain(|_, token| grants.contains_key(&token.grant));
        self.codes.retain(|_, code| {
            code.expires > now || code.used.is_some_and(|grant| grants.contains_key(&grant))
        });
        // A device that still polls is told for a while that it is too late.
        self.devices
            .retain(|_, device| device.expires + DEVICE_LIFETIME > now);
        self.revoked.retain(|_, expires| *expires > seconds);
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grants").finish_non_exhaustive()
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

/// A user code as a user may type it: in any case, with or without the dash.
pub(super) fn normalised(user_code: &str) -> String {
    let letters: String = user_code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    match letters.split_at_checked(4) {
        Some((left, right)) => format!("{left}-{right}"),
        None => letters,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_codes_are_read_as_people_type_them() {
        let code = user_code();
        assert_eq!(code.len(), 9);
        assert_eq!(normalised(&code.to_lowercase().replace('-', " ")), code);
        assert_eq!(normalised("ab"), "AB");
        assert_eq!(normalised("äöü"), "");
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let grants = Grants::default();
        let start = DateTime::UNIX_EPOCH;
        let authorization = Authorization {
            client_id: "client".to_owned(),
            scope: Vec::new(),
            sign_in: SignIn {
                user_id: "user".to_owned(),
                auth_time: 0,
                session: "session".to_owned(),
                nonce: None,
            },
        };
        let code = grants.issue_code(
            authorization.clone(),
            "uri".to_owned(),
            sha256("verifier"),
            start,
        );
        let (grant, _) = grants
            .redeem_code(&code, "client", "uri", "verifier", start)
            .unwrap();
        grants.issue_refresh_token(grant);
        grants.issue_device_code("client", Vec::new(), start);
        grants.revoke_access_token("id".to_owned(), 3600, start);
        {
            let state = grants.state();
            assert_eq!((state.codes.len(), state.grants.len()), (1, 1));
        }
        grants.state().sweep(start + GRANT_LIFETIME);
        let state = grants.state();
        let left = [
            state.codes.len(),
            state.devices.len(),
            state.grants.len(),
            state.refresh_tokens.len(),
            state.revoked.len(),
        ];
        assert_eq!(left, [0; 5]);
    }
}
