//! What becomes of each thing that is deleted.

use crate::stop::Left;

/// What becomes of a thing that is deleted.
#[derive(Debug)]
pub enum Outcome {
    /// It is gone.
    Deleted,
    /// There was none, or it was deleted before.
    None,
    /// It remains, for a reason that says until when.
    Remains {
        /// Why.
        reason: String,
        /// Whether a repetition could delete it.
        again: bool,
    },
}

impl Outcome {
    /// Whether a repetition could delete more.
    pub const fn again(&self) -> bool {
        matches!(self, Self::Remains { again: true, .. })
    }

    /// Why something remains, and until when; nothing where nothing does.
    pub fn reason(self) -> Option<String> {
        match self {
            Self::Remains { reason, .. } => Some(reason),
            Self::Deleted | Self::None => None,
        }
    }

    /// What remains of jobs that a provider may go on with; nothing where that is nothing.
    pub(crate) fn of_left(left: Left) -> Option<Self> {
        let (reason, again) = match left {
            Left::Nothing => return None,
            Left::Something => (
                "It may go on at its provider, which has not said that it is over. Send this request again to ask once more; the sweep asks, too, \
                 for about two days",
                true,
            ),
            Left::Unknown => (
                "Its provider never said whether it took the job, and cannot be asked any more; the operator has to look there",
                false,
            ),
        };
        Some(Self::Remains { reason: reason.to_owned(), again })
    }
}

/// What became of one thing.
#[derive(Debug)]
pub struct Object {
    /// What it is.
    pub name: &'static str,
    /// What became of it.
    pub outcome: Outcome,
    /// How many there were, where there can be several.
    pub count: Option<usize>,
}

impl Object {
    pub(super) const fn one(name: &'static str, outcome: Outcome) -> Self {
        Self { name, outcome, count: None }
    }

    pub(super) const fn counted(name: &'static str, count: usize) -> Self {
        let outcome = if count == 0 { Outcome::None } else { Outcome::Deleted };
        Self { name, outcome, count: Some(count) }
    }
}
