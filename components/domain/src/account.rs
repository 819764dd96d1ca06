//! Accounts: a customer's funds and keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Credits, KeyDigest, TaskId, Timestamp};

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
}

/// An account's credits: `granted = balance + held + spent`, always. Changed only by the `ledger` crate's decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funds {
    /// All credits ever granted.
    pub granted: Credits,
    /// What can be used now.
    pub balance: Credits,
    /// All credits ever charged for finished work.
    pub spent: Credits,
    /// Credits set aside, by the task they are for. This is also recovery's to-do list: every open hold has a task to finish.
    pub holds: BTreeMap<TaskId, Hold>,
    /// The latest grants' ids, oldest first, so that a repeated grant is recognised.
    pub grants: Vec<String>,
    /// The latest tasks captured or released, oldest first, so that a late hold for one is recognised.
    pub settled: Vec<TaskId>,
}

/// Credits set aside for one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// How many.
    pub amount: Credits,
    /// Since when.
    pub since: Timestamp,
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
