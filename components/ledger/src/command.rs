//! What can be asked of the ledger, and why it may refuse.

use domain::{Credits, Operation, OverBudget, TaskId, Timestamp};

/// Something that is to happen to an account's credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Adds credits, once for each id.
    Grant {
        /// Names the grant.
        id: String,
        /// How many credits.
        amount: Credits,
        /// How a repetition is recognised.
        claim: Claim,
    },
    /// Adds credits to put something right, once for each id.
    AdjustUp {
        /// Names the adjustment.
        id: String,
        /// Why.
        reason: String,
        /// How many credits.
        amount: Credits,
        /// How a repetition is recognised.
        claim: Claim,
    },
    /// Takes credits off to put something right, once for each id; at most the balance.
    AdjustDown {
        /// Names the adjustment.
        id: String,
        /// Why.
        reason: String,
        /// How many credits.
        amount: Credits,
        /// How a repetition is recognised.
        claim: Claim,
    },
    /// Sets credits aside for a task, before any provider hears of it.
    Hold {
        /// The task they are for.
        task: TaskId,
        /// How many credits.
        amount: Credits,
        /// The API key that asks, by its id.
        key: String,
        /// When the task is given up.
        deadline: Timestamp,
        /// Most holds the account may have open.
        open_max: u32,
        /// How a repetition of the request is recognised, where its caller named it.
        claim: Option<Claim>,
    },
    /// Charges for a finished task, at most what was held; the rest goes back.
    Capture {
        /// The task that is charged for.
        task: TaskId,
        /// How many credits.
        amount: Credits,
    },
    /// Gives back what was held for a task that delivered nothing.
    Release {
        /// The task that is given up.
        task: TaskId,
    },
}

/// An operation that was looked for among an account's entries: in its document as it was then, and among those archived before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The operation.
    pub operation: Operation,
    /// No entry up to this one is of the operation. Those after it have to be in the document, or the decision has to wait for another look.
    pub looked: u64,
}

/// Why a command cannot be obeyed. The funds stay as they were.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The balance is smaller than what is to be held or taken off.
    #[error("insufficient credits: required {required}, available {available}")]
    InsufficientCredits {
        /// What was to be held.
        required: Credits,
        /// The balance.
        available: Credits,
    },
    /// The key that asks may not spend so much now.
    #[error(transparent)]
    OverBudget(#[from] OverBudget),
    /// As many holds are open as there may be.
    #[error("{most} tasks are open, and more there may not be")]
    TooManyOpen {
        /// How many there may be.
        most: u32,
    },
    /// More is to be captured than was held.
    #[error("capture of {amount} exceeds the hold of {held}")]
    ExceedsHold {
        /// What was to be captured.
        amount: Credits,
        /// What is held.
        held: Credits,
    },
    /// The request began a task before.
    #[error("the request began {first} before")]
    Repeats {
        /// That task.
        first: TaskId,
    },
    /// The operation's name was used before, for something else.
    #[error("the name of the operation was used for another one")]
    Mismatch,
    /// Operations were archived that the caller has not looked at.
    #[error("operations were archived meanwhile")]
    LookAgain,
    /// No more entries fit until some are archived.
    #[error("the account's document is full")]
    Full,
    /// The amount cannot be represented.
    #[error("the amount is too large")]
    TooLarge,
}
