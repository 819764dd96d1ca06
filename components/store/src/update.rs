//! The compare-and-swap loop: the only way a document changes.
//!
//! Read the current value, decide on it, swap. A swap that is not known to have taken effect is looked for by its nonce in the document
//! before the decision is made again, on what is there now. Bounded, with growing random pauses between the attempts.

use std::time::Duration;

use crate::document::{self, Stored};
use crate::{Backend, Document, DocumentKey, Error, Store};

/// How often a change is tried before the caller is told of a conflict.
const ATTEMPTS_MAX: u32 = 12;
/// Longest pause before the second attempt; it doubles with every one.
const PAUSE_FIRST_MAX: Duration = Duration::from_millis(4);
/// Longest pause before any attempt.
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// What becomes of a document, and what the caller of the update learns.
#[derive(Debug)]
pub enum Decision<T, R> {
    /// The document is replaced.
    Write(T, R),
    /// It stays as it is.
    Keep(R),
}

impl<B: Backend> Store<B> {
    /// Changes a document: `decide` says what becomes of it, from what it is now. It may be asked again when others were faster.
    ///
    /// Returns what the decision that took effect said.
    ///
    /// # Errors
    /// [`Error::Missing`] without a document; [`Error::Conflict`] when others were faster every time, nothing being written;
    /// [`Error::Unavailable`] when the store failed and it is not known whether the change took effect; [`Error::Corrupt`].
    pub async fn update<T: Document, R>(
        &self,
        key: &DocumentKey<T>,
        decide: impl Fn(&T) -> Decision<T, R>,
    ) -> Result<R, Error> {
        let nonce = format!("{:016x}", u64::from_le_bytes(self.backend.random()));
        let mut undecided: Option<R> = None;
        for attempt in 0..ATTEMPTS_MAX {
            self.pause(attempt).await;
            let (value, swap) = self.backend.current(key.as_str()).await?;
            let Some(value) = value else {
                return Err(Error::Missing { key: key.as_str().to_owned() });
            };
            let stored: Stored<T> = document::decode(key, &value)?;
            if let Some(outcome) = undecided.take().filter(|_| stored.written_by(&nonce)) {
                return Ok(outcome);
            }
            let (body, outcome) = match decide(&stored.body) {
                Decision::Keep(outcome) => return Ok(outcome),
                Decision::Write(body, outcome) => (body, outcome),
            };
            let next = document::encode(key, &stored.next(body, &nonce))?;
            // A store that fails here may have swapped all the same: both answers but `true` are looked into.
            if let Ok(true) = self.backend.swap(swap, &next).await {
                return Ok(outcome);
            }
            undecided = Some(outcome);
        }
        self.last_look(key, &nonce, undecided).await
    }

    /// After the last attempt, finds out whether it took effect.
    async fn last_look<T: Document, R>(
        &self,
        key: &DocumentKey<T>,
        nonce: &str,
        undecided: Option<R>,
    ) -> Result<R, Error> {
        let (value, _) = self.backend.current(key.as_str()).await?;
        let stored: Option<Stored<T>> = value.map(|bytes| document::decode(key, &bytes)).transpose()?;
        undecided
            .filter(|_| stored.is_some_and(|stored| stored.written_by(nonce)))
            .ok_or_else(|| Error::Conflict { key: key.as_str().to_owned(), attempts: ATTEMPTS_MAX })
    }

    async fn pause(&self, attempt: u32) {
        if attempt == 0 {
            return;
        }
        let most = PAUSE_FIRST_MAX.saturating_mul(1 << attempt.min(16)).min(PAUSE_MAX);
        let share = f64::from(u32::from_le_bytes(self.backend.random())) / f64::from(u32::MAX);
        self.backend.sleep(most.mul_f64(share)).await;
    }
}
