//! An account's credits and the entries that account for them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::{Credits, Digest, TaskId, Timestamp};

/// An account's credits: `granted = balance + held + spent`, always. Changed only by the `ledger` crate's decisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funds {
    /// All credits ever granted, adjustments included.
    pub granted: Credits,
    /// What can be used now.
    pub balance: Credits,
    /// All credits ever charged for finished work.
    pub spent: Credits,
    /// Credits set aside, by the task they are for. This is also recovery's to-do list: every open hold has a task to finish.
    pub holds: BTreeMap<TaskId, Hold>,
    /// How many entries were moved to pages of their own: always whole pages.
    pub archived: u64,
    /// The latest entries, oldest first, numbered from `archived + 1`.
    pub entries: Vec<Entry>,
    /// The hash of the latest entry; before the first, one of the account's id.
    pub head: Digest,
}

/// Credits set aside for one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// How many.
    pub amount: Credits,
    /// Since when.
    pub since: Timestamp,
    /// The API key that asked for the task, by its id.
    pub key: String,
    /// When the task is given up, as it was told when it began; a training that begins again elsewhere has longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
}

/// One change of an account's credits. Never changed once it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// What changed, and what for.
    pub change: Change,
    /// How many credits the change is about.
    pub amount: Credits,
    /// The balance after it.
    pub balance: Credits,
    /// What is held after it.
    pub held: Credits,
    /// What is spent after it.
    pub spent: Credits,
    /// The API key that asked for it, by its id; none where the administrator did.
    pub key: Option<String>,
    /// The operation a repetition is recognised by.
    pub operation: Option<Operation>,
    /// Covers everything above and the hash of the entry before.
    pub hash: Digest,
    /// In the first entry of a page: the number of the last [`Change::Hold`] before it, by which tasks are found without what lies between; 0
    /// where there is none. Nothing where an earlier version wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_hold: Option<u64>,
}

impl Entry {
    /// The number of the last hold up to this entry, where the entry tells.
    const fn last_hold_with_it(&self) -> Option<u64> {
        match self.change {
            Change::Hold { .. } => Some(self.seq),
            _ => self.last_hold,
        }
    }

    /// Before which entry whoever walks back from hold to hold looks next; nothing where no hold is left.
    pub fn holds_before(&self) -> Option<u64> {
        let before = self.last_hold.map_or(self.seq, |hold| hold.saturating_add(1));
        Some(before).filter(|before| *before > 1)
    }
}

/// What an entry changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Change {
    /// Credits were granted.
    Grant {
        /// Names the grant.
        id: String,
    },
    /// Credits were added by hand, to put something right.
    AdjustUp {
        /// Names the adjustment.
        id: String,
        /// Why.
        reason: String,
    },
    /// Credits were taken off by hand, to put something right.
    AdjustDown {
        /// Names the adjustment.
        id: String,
        /// Why.
        reason: String,
    },
    /// Credits were set aside for a task.
    Hold {
        /// The task.
        task: TaskId,
    },
    /// A task delivered: `amount` was charged, the rest of its hold went back.
    Capture {
        /// The task.
        task: TaskId,
    },
    /// A task delivered nothing: its hold went back.
    Release {
        /// The task.
        task: TaskId,
    },
}

/// What a caller asked for, so that the same request is recognised when it comes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// The digest of the name the caller gave it: an `Idempotency-Key`, a grant's id.
    pub id: Digest,
    /// The digest of what was asked: the same name for something else is a mistake of the caller's.
    pub fingerprint: Digest,
}

/// Where an operation is remembered once its entry has left the account's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// What was asked.
    pub fingerprint: Digest,
    /// When.
    pub at: Timestamp,
    /// The task it began, if it began one.
    pub task: Option<TaskId>,
}

impl Change {
    /// What changed, in a word.
    pub fn kind(&self) -> &'static str {
        self.into()
    }

    /// What for: a task, or the name of a grant or adjustment.
    pub fn subject(&self) -> &str {
        match self {
            Self::Grant { id } | Self::AdjustUp { id, .. } | Self::AdjustDown { id, .. } => id,
            Self::Hold { task } | Self::Capture { task } | Self::Release { task } => task.as_str(),
        }
    }

    /// The task, where it is about one.
    pub const fn task(&self) -> Option<&TaskId> {
        match self {
            Self::Grant { .. } | Self::AdjustUp { .. } | Self::AdjustDown { .. } => None,
            Self::Hold { task } | Self::Capture { task } | Self::Release { task } => Some(task),
        }
    }

    /// Why, where somebody had to say so.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::AdjustUp { reason, .. } | Self::AdjustDown { reason, .. } => Some(reason),
            _ => None,
        }
    }
}

impl Funds {
    /// The number of the latest entry; 0 before the first.
    pub fn last_seq(&self) -> u64 {
        self.archived.saturating_add(u64::try_from(self.entries.len()).unwrap_or(u64::MAX))
    }

    /// The number of the latest entry that held credits; 0 where none did, and nothing where only archived ones can tell.
    pub fn last_hold(&self) -> Option<u64> {
        let known = self.entries.iter().rev().find_map(Entry::last_hold_with_it);
        known.or_else(|| (self.archived == 0).then_some(0))
    }

    /// How many tasks have credits set aside.
    pub fn open_tasks(&self) -> u32 {
        u32::try_from(self.holds.len()).unwrap_or(u32::MAX)
    }

    /// What is held, all tasks together; nothing when it cannot be represented.
    pub fn held(&self) -> Option<Credits> {
        self.holds.values().try_fold(Credits::ZERO, |sum, hold| sum.plus(hold.amount))
    }
}
