//! The chain of entries: what each one hashes, and the walk that proves an account's credits from its entries alone.
//!
//! The arithmetic here is written a second time on purpose. It shares nothing with the decisions it checks.

use std::collections::BTreeMap;

use domain::{AccountId, Change, Credits, Digest, Entry, Funds, TaskId};
use serde::{Deserialize, Serialize};

/// What the first entry follows on: a hash of the account's id, so that no other account's chain fits.
pub fn anchor(account: &AccountId) -> Digest {
    Digest::of_lines(["likeness ledger 1", account.as_str()])
}

/// The hash of an entry that follows on another one's: its fields in this order, each on a line, absent ones empty.
pub fn hash(previous: &Digest, entry: &Entry) -> Digest {
    let numbers = [
        entry.seq.to_string(),
        entry.at.as_millis().to_string(),
        entry.amount.to_string(),
        entry.balance.to_string(),
        entry.held.to_string(),
        entry.spent.to_string(),
    ];
    let (id, fingerprint) =
        entry.operation.as_ref().map_or(("", ""), |operation| (operation.id.as_str(), operation.fingerprint.as_str()));
    let texts = [
        entry.change.kind(),
        entry.change.subject(),
        entry.change.reason().unwrap_or_default(),
        entry.key.as_deref().unwrap_or_default(),
        id,
        fingerprint,
    ];
    Digest::of_lines([previous.as_str()].into_iter().chain(numbers.iter().map(String::as_str)).chain(texts))
}

/// Whether the funds keep the first invariant: `granted = balance + held + spent`.
pub fn is_balanced(funds: &Funds) -> bool {
    let sum = funds.held().and_then(|held| funds.balance.plus(held)).and_then(|sum| sum.plus(funds.spent));
    sum == Some(funds.granted)
}

/// Something that is not as the entries before say it has to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// An entry is missing or out of order.
    #[error("entry {found} stands where {expected} is due")]
    Gap {
        /// The number that was due.
        expected: u64,
        /// The number that is there.
        found: u64,
    },
    /// An entry, or the one before, was changed after it was written.
    #[error("entry {seq} does not have the hash it was written with")]
    Hash {
        /// The entry.
        seq: u64,
    },
    /// The amounts after an entry do not follow from those before.
    #[error("entry {seq}: balance, held and spent do not follow from the entry before")]
    Amounts {
        /// The entry.
        seq: u64,
    },
    /// A task was held for a second time while its first hold was open.
    #[error("entry {seq} holds again what is held for {task}")]
    HeldTwice {
        /// The entry.
        seq: u64,
        /// The task.
        task: TaskId,
    },
    /// A task was captured or released without an open hold: twice, or out of nothing.
    #[error("entry {seq} settles {task}, which has no open hold")]
    NotHeld {
        /// The entry.
        seq: u64,
        /// The task.
        task: TaskId,
    },
    /// The account's totals or open holds are not those its entries add up to.
    #[error("the account's {what} is not what its entries add up to")]
    Total {
        /// Which of them.
        what: &'static str,
    },
}

/// A walk along the entries of one account, from the first.
#[derive(Debug)]
pub struct Walk {
    seq: u64,
    head: Digest,
    granted: Option<Credits>,
    balance: Option<Credits>,
    spent: Option<Credits>,
    open: BTreeMap<TaskId, Credits>,
}

/// How far a walk has come, written down to be gone on with: what it needs to know of all entries up to there.
///
/// It is worth what whoever wrote it down found out. Entries never change, so those that were found right need no second look; that
/// somebody changed one all the same, or this, only a walk from the first entry finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The number of the last entry.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
    /// All credits granted.
    pub granted: Credits,
    /// The balance after it.
    pub balance: Credits,
    /// What is spent after it.
    pub spent: Credits,
    /// What is held after it, by task.
    pub open: BTreeMap<TaskId, Credits>,
}

impl Walk {
    /// Begins before the account's first entry.
    pub fn new(account: &AccountId) -> Self {
        let zero = Some(Credits::ZERO);
        Self { seq: 0, head: anchor(account), granted: zero, balance: zero, spent: zero, open: BTreeMap::new() }
    }

    /// Goes on where another walk was.
    pub fn resume(at: &Checkpoint) -> Self {
        let Checkpoint { seq, hash, granted, balance, spent, open } = at.clone();
        Self { seq, head: hash, granted: Some(granted), balance: Some(balance), spent: Some(spent), open }
    }

    /// Where the walk is; nothing where the amounts cannot be represented.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        Some(Checkpoint {
            seq: self.seq,
            hash: self.head.clone(),
            granted: self.granted?,
            balance: self.balance?,
            spent: self.spent?,
            open: self.open.clone(),
        })
    }

    /// Takes the next entry. What is wrong with it does not hide what is wrong with those after it.
    pub fn step(&mut self, entry: &Entry) -> Vec<Flaw> {
        let (seq, mut flaws) = (entry.seq, Vec::new());
        let expected = self.seq.saturating_add(1);
        if seq != expected {
            flaws.push(Flaw::Gap { expected, found: seq });
        }
        if hash(&self.head, entry) != entry.hash {
            flaws.push(Flaw::Hash { seq });
        }
        if let Err(flaw) = self.apply(entry) {
            flaws.push(flaw);
        }
        let held = self.open.values().try_fold(Credits::ZERO, |sum, amount| sum.plus(*amount));
        let after = (self.balance, held, self.spent);
        if flaws.is_empty() && after != (Some(entry.balance), Some(entry.held), Some(entry.spent)) {
            flaws.push(Flaw::Amounts { seq });
        }
        (self.seq, self.head) = (seq, entry.hash.clone());
        (self.balance, self.spent) = (Some(entry.balance), Some(entry.spent));
        flaws
    }

    fn apply(&mut self, entry: &Entry) -> Result<(), Flaw> {
        let (seq, amount) = (entry.seq, entry.amount);
        let plus = |sum: Option<Credits>| sum.and_then(|sum| sum.plus(amount));
        let minus = |sum: Option<Credits>| sum.and_then(|sum| sum.minus(amount));
        match &entry.change {
            Change::Grant { .. } | Change::AdjustUp { .. } => {
                (self.granted, self.balance) = (plus(self.granted), plus(self.balance));
            }
            Change::AdjustDown { .. } => (self.granted, self.balance) = (minus(self.granted), minus(self.balance)),
            Change::Hold { task } => {
                self.balance = minus(self.balance);
                if self.open.insert(task.clone(), amount).is_some() {
                    return Err(Flaw::HeldTwice { seq, task: task.clone() });
                }
            }
            Change::Capture { task } | Change::Release { task } => {
                let held = self.open.remove(task).ok_or_else(|| Flaw::NotHeld { seq, task: task.clone() })?;
                let charged = if matches!(entry.change, Change::Capture { .. }) { amount } else { Credits::ZERO };
                let rest = held.minus(charged);
                self.balance = self.balance.zip(rest).and_then(|(balance, rest)| balance.plus(rest));
                self.spent = self.spent.and_then(|spent| spent.plus(charged));
            }
        }
        Ok(())
    }

    /// Ends the walk: whether the account's totals and open holds are those of its entries.
    pub fn finish(&self, funds: &Funds) -> Vec<Flaw> {
        let held: BTreeMap<_, _> = funds.holds.iter().map(|(task, hold)| (task.clone(), hold.amount)).collect();
        let totals = [
            ("granted", self.granted == Some(funds.granted)),
            ("balance", self.balance == Some(funds.balance)),
            ("spent", self.spent == Some(funds.spent)),
            ("open holds", self.open == held),
            ("latest hash", self.head == funds.head),
            ("sum of balance, held and spent", is_balanced(funds)),
        ];
        totals.into_iter().filter(|(_, right)| !right).map(|(what, _)| Flaw::Total { what }).collect()
    }

    /// The number of the entry the walk has come to.
    pub const fn seq(&self) -> u64 {
        self.seq
    }
}
