//! `POST /api/v1/admin/accounts/{account_id}/keys`: makes an API key, and shows it this once.

use domain::limits::{KEY_CHARACTERS_MAX, KEY_MADE_WITHIN, KEY_NETWORKS_MAX, KEYS_MAX, NAME_CHARS_MAX, PRINTABLE};
use domain::{Account, AccountId, CharacterId, KeyDigest, KeyEntry, KeyRecord, Network, Scope, Timestamp};
use http::StatusCode;
use lifecycle::Ports;
use lifecycle::ports::Body;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Decision, keys};

use super::limits::{self, Budget, View};
use super::revoke;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::routes::admin::accounts::test;
use crate::wire::{Request, Response};
use crate::{Code, Error, checks, object};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Post, path: "/api/v1/admin/accounts/{account_id}/keys", access: Access::Operator, needs: &[] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(create(ports, request)))
}

/// What makes a key.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "MakeKey")]
pub(crate) struct Make {
    /// What it is for: 1 to 100 printable characters.
    #[schemars(length(min = 1, max = NAME_CHARS_MAX), regex(pattern = PRINTABLE))]
    label: Option<String>,
    /// All that it may be used for; everything, where it is left out.
    #[schemars(length(min = 1, max = Scope::ALL.len()))]
    scopes: Option<Vec<Scope>>,
    /// The only characters that it may be used for; all, and whatever is about none, where it is left out.
    #[schemars(length(min = 1, max = KEY_CHARACTERS_MAX))]
    characters: Option<Vec<CharacterId>>,
    /// The only networks that it may be used from, of IPv4 or IPv6, such as `203.0.113.0/24`; an address alone is a network of one. Everywhere,
    /// where it is left out.
    #[schemars(length(min = 1, max = KEY_NETWORKS_MAX))]
    networks: Option<Vec<Network>>,
    /// When it ends by itself: a time with its offset from UTC (RFC 3339).
    #[schemars(extend("format" = "date-time"))]
    ends_at: Option<String>,
    /// What it may spend; all that the account has, where it is left out.
    #[serde(default, deserialize_with = "object::read")]
    budget: Option<Budget>,
    /// Whether it is for tests: then it begins with `sk-test-` and is a key of the account for tests that belongs to this one, which is opened
    /// with 1,000,000 credits where there is none.
    test: Option<bool>,
}

/// A key that was made. It is shown this once.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MadeKey {
    /// Whose key it is: with `test`, the account for tests.
    account_id: AccountId,
    key_id: String,
    key: String,
    label: String,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    #[serde(flatten)]
    limits: View,
}

async fn create<P: Ports, B: Body>(ports: &P, mut request: Request<B>) -> Result<Response, Error> {
    let account = checks::account(ports, request.id("account_id")).await?;
    let wanted: Make = if request.content.is_empty() { Make::default() } else { request.json()? };
    let label = checks::name("label", wanted.label.unwrap_or_else(|| "key".to_owned()))?;
    let limits = limits::checked(wanted.scopes, wanted.characters, wanted.networks, wanted.ends_at.as_deref())?;
    let budget = wanted.budget.unwrap_or_default().checked()?;
    let account = if wanted.test.unwrap_or_default() { test::account_of(ports, account).await? } else { account };
    let (key, record) = keys::new_api_key(&account.id, ports.random());
    let now = ports.now();
    let entry = KeyEntry { digest: key.digest(), label, created_at: now, budget };
    let ended = ended(ports, &account, now).await?;
    // Listed first: a key that works and is not listed could not be revoked; one that is listed and does not exist harms nobody.
    let account_key = keys::account(&account.id);
    let listed =
        ports.store().update(&account_key, |account: &Account| match account.with_key(entry.clone(), &ended, now) {
            Some(account) => Decision::Write(account, true),
            None => Decision::Keep(false),
        });
    if !listed.await? {
        let message = format!("An account has at most {KEYS_MAX} keys; revoke one that is not used any more");
        return Err(Error::new(Code::KeyLimitReached, message));
    }
    ports.store().create(&record, KeyRecord::new(account.id.clone(), limits.clone())).await?;
    // A deletion that began meanwhile found the key listed, and not there yet.
    if let Err(deleted) = checks::account(ports, Some(account.id.clone())).await {
        revoke::end(ports, &entry.digest).await?;
        return Err(deleted);
    }
    let made = MadeKey {
        account_id: account.id,
        key_id: entry.digest.key_id().to_owned(),
        key: key.expose().to_owned(),
        label: entry.label,
        created_at: entry.created_at.to_string(),
        limits: View::new(limits, entry.budget.as_ref(), now),
    };
    Ok(Response::success(StatusCode::CREATED, made))
}

/// The keys in an account's list that open nothing any more, and since when: revoked, or never made.
async fn ended<P: Ports>(ports: &P, account: &Account, now: Timestamp) -> Result<Vec<(KeyDigest, Timestamp)>, Error> {
    let mut ended = Vec::new();
    for entry in &account.keys {
        let since = match ports.store().load(&keys::api_key(&entry.digest)).await? {
            Some(record) => record.ended_at(now),
            None => Some(entry.created_at).filter(|at| now.since(*at) >= KEY_MADE_WITHIN),
        };
        ended.extend(since.map(|since| (entry.digest.clone(), since)));
    }
    Ok(ended)
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "makeKey", "Create an API key")
        .may_take::<Make>(json!({
            "label": "web shop",
            "scopes": ["read", "generate"],
            "networks": ["203.0.113.0/24"],
            "ends_at": "2027-12-31T00:00:00Z",
            "budget": { "day": 500, "month": 5_000 },
        }))
        .answers::<MadeKey>(201, "The key. It is shown this once.")
        .fails(&[Code::NotFound, Code::KeyLimitReached, Code::StoreUnsafe])
}
