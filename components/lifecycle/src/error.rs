//! What can go wrong between an order and its end: the few cases that decide something. `api` turns them into HTTP, last.

use std::time::Duration;

use ledger::Rejection;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The ledger refused; nothing was held.
    #[error("the ledger refused: {0}")]
    Refused(Rejection),
    /// The doctor found that the store would lose money, so no credits are touched.
    #[error("the store is not safe for money")]
    StoreUnsafe,
    /// The store failed, or has what it should not have.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The character cannot be pictured.
    #[error("the character is not ready: {0:?}")]
    NotReady(NotReady),
    /// Something is to be had from a provider that it does not give now; the same call can be made again.
    #[error("{cause}")]
    NotYet {
        /// What is missing, in words for whoever called.
        what: &'static str,
        /// What really happened, for the operator's log.
        cause: String,
    },
    /// A callback does not come from where it should.
    #[error("a callback was refused")]
    Unsigned,
    /// The file is not there, or not any more.
    #[error("there is no such file")]
    NoSuchFile,
    /// What the caller sent cannot be used.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// Nothing the caller can change; the text is for the operator's log.
    #[error("{0}")]
    Internal(String),
}

/// Why a character cannot be pictured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReady {
    /// The person pictured has not agreed yet.
    Unanswered,
    /// Its training goes on.
    Training,
    /// Its training failed, or it was deleted.
    Failed,
}

/// What is wrong with what a caller sent, in words for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// There is no such model here.
    #[error("{0}")]
    Model(String),
    /// A prompt is needed.
    #[error("{0}")]
    Prompt(String),
    /// A URL may not be fetched, or what is behind it is not what it should be.
    #[error("{0}")]
    Url(String),
    /// Photos that cannot be used.
    #[error("{} of {count} photos cannot be used", bad.len())]
    Photos {
        /// Which.
        bad: Vec<BadPhoto>,
        /// Of how many.
        count: usize,
    },
    /// A field, or a body.
    #[error("{0}")]
    Input(String),
    /// There is something in its place already, which stays.
    #[error("{0}")]
    Taken(String),
    /// The account has as much here as it may have.
    #[error("{message}")]
    NoRoom {
        /// What it may have.
        message: String,
        /// When some of it is over.
        after: Duration,
    },
    /// More bytes than are taken.
    #[error("{0}")]
    TooLarge(String),
    /// The body broke off before its end.
    #[error("the body broke off: {0}")]
    BrokenOff(&'static str),
}

/// A photo that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPhoto {
    /// Which, from 1.
    pub image: usize,
    /// Where it was to be fetched.
    pub url: String,
    /// Why, in words that follow the URL.
    pub reason: String,
}

impl Error {
    /// Something that nobody but the operator can change.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }

    /// Whether the store may be out of reach or too busy: whatever else needs it would fail as well.
    pub const fn is_of_the_store(&self) -> bool {
        matches!(
            self,
            Self::Store(store::Error::Unavailable(_) | store::Error::Conflict { .. })
                | Self::Refused(Rejection::LookAgain | Rejection::Full)
        )
    }

    /// Whether this is the hold's refusal, so that certainly nothing was held.
    pub const fn refuses_the_hold(&self) -> bool {
        matches!(
            self,
            Self::Refused(
                Rejection::InsufficientCredits { .. }
                    | Rejection::OverBudget(_)
                    | Rejection::TooManyOpen { .. }
                    | Rejection::Repeats { .. }
                    | Rejection::Mismatch
            )
        )
    }
}
