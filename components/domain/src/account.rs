//! Accounts: a customer's funds and keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Funds, KeyDigest, Listing, PendingDelivery, PendingStop, SecretGeneration, TaskId, Timestamp};

/// An account's document. Its [`Funds`] are the only unit of money there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account's id.
    pub id: AccountId,
    /// What the administrator calls it.
    pub name: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// Its credits.
    pub funds: Funds,
    /// Its API keys, in the order they were made.
    pub keys: Vec<KeyEntry>,
    /// The tasks whose end their owner is still to be told of: written with what settles them.
    #[serde(default)]
    pub deliveries: BTreeMap<TaskId, PendingDelivery>,
    /// The tasks that are over here, whose jobs are to be stopped at their providers: written with what settles them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stops: BTreeMap<TaskId, PendingStop>,
    /// Where it stands what of this account is due.
    #[serde(default)]
    pub due: Listing,
    /// What those messages are signed with.
    #[serde(default)]
    pub webhook_secret: SecretGeneration,
}

impl Account {
    /// An account as it is opened.
    pub const fn new(id: AccountId, name: String, created_at: Timestamp, funds: Funds) -> Self {
        Self {
            id,
            name,
            created_at,
            funds,
            keys: Vec::new(),
            deliveries: BTreeMap::new(),
            stops: BTreeMap::new(),
            due: Listing { page: 0, closed: 0 },
            webhook_secret: SecretGeneration { number: 0, since: None },
        }
    }
}

/// One of an account's keys, as its account lists it. Whether it is still good stands in its own [`KeyRecord`] only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyEntry {
    /// The key's digest.
    pub digest: KeyDigest,
    /// What the administrator calls it.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A key's own document, found by the key's digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Whose key it is.
    pub account: AccountId,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}
