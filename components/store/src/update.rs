//! The compare-and-swap loop: the only way a document changes.
//!
//! Read the current value, decide on it, swap. A swap that is not known to have taken effect is looked for by its nonce in the document
//! before the decision is made again, on what is there now. Bounded, with growing random pauses between the attempts.
//!
//! Those of one process that change the same document share their swaps (see [`queue`](crate::queue)): one leads, the others go aboard.

use std::sync::Arc;
use std::time::Duration;

use crate::document::{self, Stored};
use crate::queue::{Boarding, Seat, Told, Turn};
use crate::{Backend, Document, DocumentKey, Error, Store};

/// How often a change is tried before the caller is told of a conflict: about four seconds, in which some hundred others come before it.
const ATTEMPTS_MAX: u32 = 100;
/// Longest pause before the second attempt; it doubles with every one.
const PAUSE_FIRST_MAX: Duration = Duration::from_millis(4);
/// Longest pause before any attempt: those that change one document are as many as there are instances, each with all its requests.
const PAUSE_MAX: Duration = Duration::from_millis(64);

/// How long whoever waits for another one sleeps before it looks again.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// After so many looks in vain it looks more seldom.
const LOOKS_QUICK: u32 = 64;
/// How long it sleeps from then on; and how long a leader waits at most for those that have still to go aboard, in all.
const LOOK_SELDOM: Duration = Duration::from_millis(16);
/// After so many looks in vain a leader takes too long: after about a second.
const LEADER_LOOKS_MAX: u32 = 120;
/// How long whoever waits does so, before the caller is told of a conflict.
const WAIT_MAX: Duration = Duration::from_secs(10);

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
        self.change(key, self.queues.arrive(key.as_str()), decide).await
    }

    /// The same, ahead of all that wait in this process: for what makes room for them.
    ///
    /// # Errors
    /// As [`Store::update`].
    pub async fn update_ahead<T: Document, R>(
        &self,
        key: &DocumentKey<T>,
        decide: impl Fn(&T) -> Decision<T, R>,
    ) -> Result<R, Error> {
        self.change(key, self.queues.arrive_ahead(key.as_str()), decide).await
    }

    async fn change<T: Document, R>(
        &self,
        key: &DocumentKey<T>,
        seat: Seat,
        decide: impl Fn(&T) -> Decision<T, R>,
    ) -> Result<R, Error> {
        let mut outcomes = Vec::new();
        let mut replace = |value: &[u8], nonce: &str, kept: usize| {
            let stored: Stored<T> = document::decode(key.as_str(), value)?;
            let (next, outcome) = match decide(&stored.body) {
                // Whatever was decided before and may still be written cannot be any more once this is.
                Decision::Keep(outcome) => ((kept > 0).then(|| stored.signed(nonce)), outcome),
                Decision::Write(body, outcome) => (Some(stored.signed(nonce).with(body)), outcome),
            };
            outcomes.truncate(kept);
            outcomes.push(outcome);
            next.map(|next| document::encode(key.as_str(), &next)).transpose()
        };
        let nth = self.swap_until_decided(&seat, key.as_str(), &mut replace).await?;
        outcomes.into_iter().nth(nth).ok_or_else(|| missing(key.as_str()))
    }

    /// The loop itself, on bytes, so that it is compiled once and not for every kind of document. Returns once a decision of `replace`
    /// stands, and which: nothing to write, or written.
    async fn swap_until_decided(&self, seat: &Seat, key: &str, replace: &mut Replace<'_>) -> Result<usize, Error> {
        let mut made = Made::default();
        let (mut seen, mut in_vain, mut waited) = (0, 0_u32, Duration::ZERO);
        while waited < WAIT_MAX {
            let mut pause = LOOK_EVERY;
            let stands = match seat.turn() {
                Turn::Lead => self.lead(seat, key, &mut made, replace).await?,
                Turn::Board(boarding) => board(boarding, key, &mut made, replace)?,
                Turn::Told(Told::Written) => Some(made.latest()),
                Turn::Told(Told::Failed(why)) => return Err(why.into()),
                Turn::Told(Told::InDoubt) => None,
                Turn::Wait { events } => {
                    in_vain = if events == seen { in_vain.saturating_add(1) } else { 0 };
                    seen = events;
                    if in_vain >= LEADER_LOOKS_MAX {
                        seat.depose();
                    }
                    pause = if in_vain < LOOKS_QUICK { LOOK_EVERY } else { LOOK_SELDOM };
                    self.backend.sleep(pause).await;
                    None
                }
            };
            if let Some(nth) = stands {
                return Ok(nth);
            }
            waited = waited.saturating_add(pause);
        }
        self.give_up(key, &mut made).await
    }

    /// Reads and swaps, for all that go aboard. Nothing where another one leads meanwhile.
    async fn lead(
        &self,
        seat: &Seat,
        key: &str,
        made: &mut Made,
        replace: &mut Replace<'_>,
    ) -> Result<Option<usize>, Error> {
        for attempt in 0..ATTEMPTS_MAX {
            self.pause(attempt).await;
            let current = self.backend.current(key).await;
            let (value, swap) = current.inspect_err(|why| seat.fail(why))?;
            let base: Arc<[u8]> = value.ok_or_else(|| missing(key))?.into();
            if let Some(nth) = made.written(key, &base)? {
                return Ok(Some(nth));
            }
            let nonce: Arc<str> = format!("{:016x}", u64::from_le_bytes(self.backend.random())).into();
            let Some(next) = replace(&base, &nonce, made.len())? else { return Ok(Some(made.len())) };
            made.push(&base, &nonce);
            seat.open(base, next, nonce);
            // Who lost to another process does not lose again by waiting: what was read is old soon.
            if attempt == 0 {
                self.wait_for_others(seat).await;
            }
            let Some(next) = seat.close() else { return Ok(None) };
            // A store that fails here may have swapped all the same: both answers but `true` are looked into.
            if self.backend.swap(swap, &next).await == Ok(true) {
                seat.tell(&Told::Written);
                return Ok(Some(made.latest()));
            }
            if !seat.tell(&Told::InDoubt) {
                return Ok(None);
            }
        }
        self.give_up(key, made).await.map(Some)
    }

    /// Waits for those that have still to go aboard.
    async fn wait_for_others(&self, seat: &Seat) {
        let mut waited = Duration::ZERO;
        while waited < LOOK_SELDOM && seat.is_awaited() {
            self.backend.sleep(LOOK_EVERY).await;
            waited = waited.saturating_add(LOOK_EVERY);
        }
    }

    /// Looks one last time whether a decision was written after all.
    async fn give_up(&self, key: &str, made: &mut Made) -> Result<usize, Error> {
        let (value, _) = self.backend.current(key).await?;
        let written = made.written(key, &value.ok_or_else(|| missing(key))?)?;
        written.ok_or_else(|| Error::Conflict { key: key.to_owned() })
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

/// Adds a change to what another one is about to write. Says which decision stands where one was written before.
fn board(
    boarding: Boarding<'_>,
    key: &str,
    made: &mut Made,
    replace: &mut Replace<'_>,
) -> Result<Option<usize>, Error> {
    let Some(open) = boarding.open() else { return Ok(None) };
    let written = made.written(key, &open.base)?;
    if written.is_none() {
        let value = replace(&open.value, &open.nonce, made.len())?;
        made.push(&open.base, &open.nonce);
        boarding.board(value);
    }
    Ok(written)
}

fn missing(key: &str) -> Error {
    Error::Missing { key: key.to_owned() }
}

/// What replaces a value, signed with a nonce, or nothing where it stays. So many decisions before it may still stand.
type Replace<'a> = dyn FnMut(&[u8], &str, usize) -> Result<Option<Vec<u8>>, Error> + 'a;

/// The decisions on a document as it was read last, each a part of another write that may have taken effect, or still may.
#[derive(Default)]
struct Made {
    base: Arc<[u8]>,
    nonces: Vec<Arc<str>>,
}

impl Made {
    fn len(&self) -> usize {
        self.nonces.len()
    }

    /// Which decision was made last.
    fn latest(&self) -> usize {
        self.len().saturating_sub(1)
    }

    fn push(&mut self, base: &Arc<[u8]>, nonce: &Arc<str>) {
        self.base = Arc::clone(base);
        self.nonces.push(Arc::clone(nonce));
    }

    /// Which decision was written, by the document as it is now. Where none was and the document is another one, none can be any more: the
    /// revision that they would replace is gone for good.
    fn written(&mut self, key: &str, now: &[u8]) -> Result<Option<usize>, Error> {
        if self.nonces.is_empty() || *self.base == *now {
            return Ok(None);
        }
        for (nth, nonce) in self.nonces.iter().enumerate() {
            if document::is_written_by(key, now, nonce)? {
                return Ok(Some(nth));
            }
        }
        self.nonces.clear();
        Ok(None)
    }
}
