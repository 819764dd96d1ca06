//! API keys: made, listed and revoked. A key is shown once, when it is made; only its digest is kept.

use domain::limits::KEYS_MAX;
use domain::{Account, KeyEntry, KeyRecord};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Decision, keys};

use super::{account, checked_name};
use crate::wire::{Request, Response};
use crate::{Code, Error, Ports};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Make {
    #[serde(default)]
    label: Option<String>,
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
    Ok(Response::success(StatusCode::CREATED, view(&entry, ("key", key.expose().into()))))
}

pub(super) async fn list<P: Ports>(ports: &P, id: &str) -> Result<Response, Error> {
    let account = account(ports, id).await?;
    let mut list = Vec::new();
    for entry in &account.keys {
        let record = ports.store().load(&keys::api_key(&entry.digest)).await?;
        let revoked_at = record.and_then(|record| record.revoked_at).map(|at| at.to_string());
        list.push(view(entry, ("revoked_at", revoked_at.into())));
    }
    Ok(Response::success(StatusCode::OK, json!({ "keys": list })))
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
    let revoked_at = revoked.await?.to_string();
    Ok(Response::success(StatusCode::OK, json!({ "key_id": key_id, "revoked_at": revoked_at })))
}

fn view(entry: &KeyEntry, (field, value): (&str, Value)) -> Value {
    json!({ "key_id": entry.digest.key_id(), "label": entry.label, "created_at": entry.created_at.to_string(), field: value })
}
