//! The compare-and-swap loop: the only way a document changes.
//!
//! Read the current value, decide on it, swap. A swap that is not known to have taken effect is looked for by its nonce in the document
//! before the decision is made again, on what is there now. Bounded, with growing random pauses between the attempts.

use std::time::Duration;

use crate::document::{self, Stored};
use crate::{Backend, Document, DocumentKey, Error, Store};

/// How often a change is tried before the caller is told of a conflict: about four seconds, in which some hundred others come before it.
const ATTEMPTS_MAX: u32 = 40;
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
        let mut latest = None;
        let mut replace = |value: &[u8]| {
            let stored: Stored<T> = document::decode(key.as_str(), value)?;
            let (next, outcome) = match decide(&stored.body) {
                Decision::Keep(outcome) => (None, outcome),
                Decision::Write(body, outcome) => {
                    (Some(document::encode(key.as_str(), &stored.next(body, &nonce))?), outcome)
                }
            };
            latest = Some(outcome);
            Ok(next)
        };
        self.swap_until_decided(key.as_str(), &nonce, &mut replace).await?;
        latest.ok_or_else(|| Error::Missing { key: key.as_str().to_owned() })
    }

    /// The loop itself, on bytes, so that it is compiled once and not for every kind of document. Returns once the latest decision of
    /// `replace` stands: nothing to write, or written.
    async fn swap_until_decided(&self, key: &str, nonce: &str, replace: &mut Replace<'_>) -> Result<(), Error> {
        let missing = || Error::Missing { key: key.to_owned() };
        let mut in_doubt = false;
        for attempt in 0..ATTEMPTS_MAX {
            self.pause(attempt).await;
            let (value, swap) = self.backend.current(key).await?;
            let value = value.ok_or_else(missing)?;
            if in_doubt && document::is_written_by(key, &value, nonce)? {
                return Ok(());
            }
            let Some(next) = replace(&value)? else { return Ok(()) };
            // A store that fails here may have swapped all the same: both answers but `true` are looked into.
            if self.backend.swap(swap, &next).await == Ok(true) {
                return Ok(());
            }
            in_doubt = true;
        }
        let (value, _) = self.backend.current(key).await?;
        if document::is_written_by(key, &value.ok_or_else(missing)?, nonce)? {
            return Ok(());
        }
        Err(Error::Conflict { key: key.to_owned(), attempts: ATTEMPTS_MAX })
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

/// What replaces a value, or nothing where it stays.
type Replace<'a> = dyn FnMut(&[u8]) -> Result<Option<Vec<u8>>, Error> + 'a;
