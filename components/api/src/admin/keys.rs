//! API keys: made, listed and revoked. A key is shown once, when it is made; only its digest is kept.

use domain::limits::{KEYS_MAX, NAME_CHARS_MAX, PRINTABLE};
use domain::{Account, KeyEntry, KeyRecord};
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Decision, keys};

use super::{account, checked_name};
use crate::wire::{Request, Response};
use crate::{Code, Error, Ports};

/// What makes a key.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "MakeKey")]
pub(crate) struct Make {
    /// What it is for: 1 to 100 printable characters.
    #[schemars(length(min = 1, max = NAME_CHARS_MAX), regex(pattern = PRINTABLE))]
    label: Option<String>,
}

/// A key that was made. It is shown this once.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MadeKey {
    key_id: String,
    key: String,
    label: String,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
}

/// A key of an account.
#[derive(Serialize, JsonSchema)]
struct Key {
    key_id: String,
    label: String,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    #[schemars(extend("format" = "date-time"))]
    revoked_at: Option<String>,
}

/// All keys of an account.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Keys {
    keys: Vec<Key>,
}

/// A key that works no more.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RevokedKey {
    key_id: String,
    #[schemars(extend("format" = "date-time"))]
    revoked_at: String,
}

pub(super) async fn make<P: Ports>(ports: &P, request: &Request, id: &str) -> Result<Response, Error> {
    let account = account(ports, id).await?;
    let wanted: Make = if request.body()?.is_empty() { Make::default() } else { request.json()? };
    let label = checked_name("label", wanted.label.unwrap_or_else(|| "key".to_owned()))?;
    let (key, record) = keys::new_api_key(ports.random());
    let entry = KeyEntry { digest: key.digest(), label, created_at: ports.now() };
    // Listed first: a key that works and is not listed could not be revoked; one that is listed and does not exist harms nobody.
    let account_key = keys::account(&account.id);
    let listed = ports.store().update(&account_key, |account: &Account| {
        if account.keys.len() >= KEYS_MAX {
            return Decision::Keep(false);
        }
        let mut account = account.clone();
        account.keys.push(entry.clone());
        Decision::Write(account, true)
    });
    if !listed.await? {
        return Err(Error::new(
            Code::KeyLimitReached,
            format!("An account has at most {KEYS_MAX} keys, revoked ones included"),
        ));
    }
    ports.store().create(&record, KeyRecord { account: account.id, revoked_at: None }).await?;
    let made = MadeKey {
        key_id: entry.digest.key_id().to_owned(),
        key: key.expose().to_owned(),
        label: entry.label,
        created_at: entry.created_at.to_string(),
    };
    Ok(Response::success(StatusCode::CREATED, made))
}

pub(super) async fn list<P: Ports>(ports: &P, id: &str) -> Result<Response, Error> {
    let account = account(ports, id).await?;
    let mut list = Vec::new();
    for entry in &account.keys {
        let record = ports.store().load(&keys::api_key(&entry.digest)).await?;
        list.push(Key {
            key_id: entry.digest.key_id().to_owned(),
            label: entry.label.clone(),
            created_at: entry.created_at.to_string(),
            revoked_at: record.and_then(|record| record.revoked_at).map(|at| at.to_string()),
        });
    }
    Ok(Response::success(StatusCode::OK, Keys { keys: list }))
}

pub(super) async fn revoke<P: Ports>(ports: &P, id: &str, key_id: &str) -> Result<Response, Error> {
    let account = account(ports, id).await?;
    let entry = account.keys.iter().find(|entry| entry.digest.key_id() == key_id);
    let entry = entry.ok_or_else(|| Error::new(Code::NotFound, "Key not found"))?;
    let now = ports.now();
    let record_key = keys::api_key(&entry.digest);
    let revoked = ports.store().update(&record_key, |record: &KeyRecord| match record.revoked_at {
        Some(at) => Decision::Keep(at),
        None => Decision::Write(KeyRecord { revoked_at: Some(now), ..record.clone() }, now),
    });
    let revoked = RevokedKey { key_id: key_id.to_owned(), revoked_at: revoked.await?.to_string() };
    Ok(Response::success(StatusCode::OK, revoked))
}
