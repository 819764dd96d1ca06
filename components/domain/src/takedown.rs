//! A request to take something down: what it is about, what became of it, and what was erased for it.

use serde::{Deserialize, Serialize};

use crate::limits::TAKEDOWN_TIME_MAX;
use crate::{AccountId, CharacterId, Task, TaskId, Timestamp};

/// What a case is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A character, with all there is of it.
    Character(CharacterId),
    /// The files of a task that is about no character, and what it was asked.
    Task(TaskId),
}

/// Whose a target is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owned {
    /// The account.
    pub account: AccountId,
    /// What of it.
    pub target: Target,
}

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is to be decided.
    Open,
    /// It is being erased: that is not taken back.
    Erasing,
    /// All was erased that can be.
    Erased(Timestamp),
    /// It was wrong: what it was about is handed out again.
    Lifted(Timestamp),
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its number, from 1.
    pub number: u64,
    /// When it was opened.
    pub at: Timestamp,
    /// What it is about.
    pub of: Owned,
    /// Why, in the operator's words.
    pub reason: String,
    /// What the operator calls it elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What became of it.
    pub state: State,
    /// What was erased, by all attempts together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Removed>,
}

impl Case {
    /// Until when it is to be decided.
    pub fn deadline(&self) -> Timestamp {
        self.at.plus(TAKEDOWN_TIME_MAX)
    }

    /// Whether it is over.
    pub const fn is_over(&self) -> bool {
        matches!(self.state, State::Erased(_) | State::Lifted(_))
    }
}

impl Owned {
    /// What is to be taken down where a file of this task is.
    pub fn by(task: &Task) -> Self {
        let target =
            task.work.character().map_or_else(|| Target::Task(task.id.clone()), |id| Target::Character(id.clone()));
        Self { account: task.account.clone(), target }
    }

    /// The id of it.
    pub fn id(&self) -> &str {
        match &self.target {
            Target::Character(id) => id.as_str(),
            Target::Task(id) => id.as_str(),
        }
    }
}

/// What became of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// What it is, as a deletion names it.
    pub object: String,
    /// What became of it.
    pub became: Became,
    /// How many there were, where there can be several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
}

/// What becomes of a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// It is gone.
    Deleted,
    /// There was none.
    None,
    /// It remains, for this reason, which says until when.
    Remains(String),
}

/// Adds what another attempt did: what an earlier one deleted stays deleted, and what remained may be gone now.
pub fn add(removed: &mut Vec<Removed>, attempt: &[Removed]) {
    for now in attempt {
        let Some(known) = removed.iter_mut().find(|known| known.object == now.object) else {
            removed.push(now.clone());
            continue;
        };
        if !(known.became == Became::Deleted && now.became == Became::None) {
            known.became.clone_from(&now.became);
        }
        let counts = [known.count, now.count].into_iter().flatten();
        known.count = counts.reduce(usize::saturating_add);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(object: &str, became: Became, count: Option<usize>) -> Removed {
        Removed { object: object.to_owned(), became, count }
    }

    #[test]
    fn what_several_attempts_did_is_one_story() {
        use Became::{Deleted, None as Nothing, Remains};
        let later = || Remains("later".to_owned());
        let mut removed = Vec::new();
        add(&mut removed, &[one("photos", Deleted, Some(20)), one("results", later(), Some(40))]);
        let second = [one("photos", Nothing, Some(0)), one("results", Deleted, Some(2)), one("weights", Nothing, None)];
        add(&mut removed, &second);
        let told = [one("photos", Deleted, Some(20)), one("results", Deleted, Some(42)), one("weights", Nothing, None)];
        assert_eq!(removed, told);
        add(&mut removed, &[one("results", later(), None)]);
        assert_eq!(removed[1], one("results", later(), Some(42)));
    }
}
