//! The compare-and-swap loop: the only way a document changes.
//!
//! Read the current value, decide on it, swap. A swap that is not known to have taken effect is looked for by its nonce in the document
//! before the decision is made again, on what is there now. Bounded, with growing random pauses between the attempts.
//!
//! Those of one process that change the same document share their swaps (see [`queue`](crate::queue)): one leads, the others go aboard.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use crate::document::{self, Stored};
use crate::queue::{Boarding, CHANGES_MAX, Seat, Told, Turn};
use crate::{Backend, Document, DocumentKey, Error, Store};

/// How often a change is tried before the caller is told of a conflict: about four seconds, in which some hundred others come before it.
const ATTEMPTS_MAX: u32 = 100;
/// Longest pause before the second attempt; it doubles with every one.
const PAUSE_FIRST_MAX: Duration = Duration::from_millis(4);
/// Longest pause of who would write a document twice in a row that other processes write, too, and for whom others wait.
const GIVE_WAY_MAX: Duration = Duration::from_millis(16);
/// Among so many writes before one's own are those of others looked for.
const WRITES_LOOKED_AT: usize = 8;
/// Longest pause before any attempt: those that change one document are as many as there are instances, each with all its requests.
const PAUSE_MAX: Duration = Duration::from_millis(64);

/// After so many naps one after the other in which nothing happened a leader takes too long: after about a second.
const LEADER_NAPS_MAX: u32 = 64;
/// After so many such naps in all, about ten seconds, whoever waits is told of a conflict.
const NAPS_MAX: u32 = 640;
/// So is who looked so often: several hundred swaps of others took effect meanwhile.
const TURNS_MAX: u32 = 2_000;

/// What becomes of a document, and what the caller of the update learns.
#[derive(Debug)]
pub enum Decision<T, R> {
    /// The document is replaced.
    Write(T, R),
    /// It stays as it is.
    Keep(R),
}

/// Where whoever changes a document begins to wait for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Behind all others.
    Last,
    /// Before all others: for what makes room for them, and for who has waited already.
    First,
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
        self.update_from(Place::Last, key, decide).await
    }

    /// The same from this place among those of this process that wait to change the document.
    ///
    /// # Errors
    /// As [`Store::update`].
    pub async fn update_from<T: Document, R>(
        &self,
        place: Place,
        key: &DocumentKey<T>,
        decide: impl Fn(&T) -> Decision<T, R>,
    ) -> Result<R, Error> {
        let seat = match place {
            Place::Last => self.queues.arrive(key.as_str()),
            Place::First => self.queues.arrive_ahead(key.as_str()),
        };
        self.change(key, seat, decide).await
    }

    async fn change<T: Document, R>(
        &self,
        key: &DocumentKey<T>,
        seat: Seat,
        decide: impl Fn(&T) -> Decision<T, R>,
    ) -> Result<R, Error> {
        let mut change = Deciding { key, decide, outcomes: Vec::new() };
        let nth = self.swap_until_decided(&seat, key.as_str(), &mut change).await?;
        change.outcomes.into_iter().nth(nth).ok_or_else(|| missing(key.as_str()))
    }

    /// The loop itself, compiled once and not for every kind of document. Returns once a decision stands, and which: nothing to write, or
    /// written.
    async fn swap_until_decided(&self, seat: &Seat, key: &str, change: &mut dyn Change) -> Result<usize, Error> {
        let mut made = Made::default();
        let (mut in_vain, mut at_a_stretch) = (0_u32, 0_u32);
        for _ in 0..TURNS_MAX {
            let stands = match seat.turn() {
                Turn::Lead => self.lead(seat, key, &mut made, change).await?,
                Turn::Board(boarding) => board(boarding, key, &mut made, change)?,
                Turn::Told(Told::Written) => Some(made.latest()),
                Turn::Told(Told::Failed(why)) => return Err(why.into()),
                Turn::Told(Told::InDoubt) => None,
                Turn::Wait { .. } if in_vain >= NAPS_MAX => break,
                Turn::Wait { events } => {
                    if seat.nap(&self.backend, events).await {
                        at_a_stretch = 0;
                    } else {
                        (in_vain, at_a_stretch) = (in_vain.saturating_add(1), at_a_stretch.saturating_add(1));
                        if at_a_stretch >= LEADER_NAPS_MAX {
                            seat.depose();
                        }
                    }
                    None
                }
            };
            if let Some(nth) = stands {
                return Ok(nth);
            }
        }
        self.give_up(key, &mut made).await
    }

    /// Reads and swaps, for all that go aboard. Nothing where another one leads meanwhile.
    async fn lead(
        &self,
        seat: &Seat,
        key: &str,
        made: &mut Made,
        change: &mut dyn Change,
    ) -> Result<Option<usize>, Error> {
        // Whoever loses to another process takes fewer aboard, and so is quicker.
        let (mut places, mut losses, mut has_given_way) = (CHANGES_MAX, 0, false);
        for _ in 0..ATTEMPTS_MAX {
            self.pause(losses).await;
            let current = self.backend.current(key).await;
            let (value, swap) = current.inspect_err(|why| seat.fail(why))?;
            let base: Arc<[u8]> = value.ok_or_else(|| missing(key))?.into();
            if let Some(nth) = made.written(key, &base)? {
                return Ok(Some(nth));
            }
            let mut document = change.read(&base)?;
            let name = self.queues.name(&self.backend);
            if !has_given_way && seat.has_company() && is_to_give_way(change.writers(&*document)?, name) {
                has_given_way = true;
                // Nothing is held back meanwhile: a host may let others wait for it.
                drop(swap);
                self.pause_up_to(GIVE_WAY_MAX).await;
                continue;
            }
            let nonce: Arc<str> = format!("{name}{:016x}", u64::from_le_bytes(self.backend.random())).into();
            if !change.make(&mut *document, &nonce, made.len())? {
                return Ok(Some(made.len()));
            }
            made.push(&base, &nonce);
            seat.open(base, document, nonce, places);
            seat.wait_for_others(&self.backend).await;
            let Some((document, changes)) = seat.close() else { return Ok(None) };
            let done = match change.write(&*document) {
                Ok(next) => self.backend.swap(swap, &next).await == Ok(true),
                // Others made it too large, perhaps: each of them finds out when it leads.
                Err(Error::TooLarge { .. }) if changes > 1 => {
                    places = 1;
                    false
                }
                Err(error) => return Err(error),
            };
            losses = losses.saturating_add(1);
            places = places.div_ceil(2);
            // A store that fails here may have swapped all the same: what is not known to be done is looked into.
            if done {
                seat.tell(&Told::Written);
                return Ok(Some(made.latest()));
            }
            if !seat.tell(&Told::InDoubt) {
                return Ok(None);
            }
        }
        self.give_up(key, made).await.map(Some)
    }

    /// Looks one last time whether a decision was written after all.
    async fn give_up(&self, key: &str, made: &mut Made) -> Result<usize, Error> {
        let (value, _) = self.backend.current(key).await?;
        let written = made.written(key, &value.ok_or_else(|| missing(key))?)?;
        written.ok_or_else(|| Error::Conflict { key: key.to_owned() })
    }

    async fn pause(&self, losses: u32) {
        if losses > 0 {
            self.pause_up_to(PAUSE_FIRST_MAX.saturating_mul(1 << losses.min(16)).min(PAUSE_MAX)).await;
        }
    }

    /// Pauses for a random time.
    async fn pause_up_to(&self, most: Duration) {
        let share = f64::from(u32::from_le_bytes(self.backend.random())) / f64::from(u32::MAX);
        self.backend.sleep(most.mul_f64(share)).await;
    }
}

/// Adds a change to what another one is about to write. Says which decision stands where one was written before.
fn board(
    mut boarding: Boarding<'_>,
    key: &str,
    made: &mut Made,
    change: &mut dyn Change,
) -> Result<Option<usize>, Error> {
    let Some(open) = boarding.open() else { return Ok(None) };
    let written = made.written(key, &open.base)?;
    if written.is_none() {
        change.make(&mut *open.document, &open.nonce, made.len())?;
        made.push(&open.base, &open.nonce);
        boarding.board();
    }
    Ok(written)
}

/// Whether the latest write was of this process, and others write the document, too: whoever was quickest is so again, if it does not wait.
fn is_to_give_way(writers: &[String], name: &str) -> bool {
    let is_ours = |writer: &String| writer.starts_with(name);
    let mut latest = writers.iter().rev().take(WRITES_LOOKED_AT);
    latest.next().is_some_and(is_ours) && !latest.all(is_ours)
}

fn missing(key: &str) -> Error {
    Error::Missing { key: key.to_owned() }
}

/// A change of a document of some kind.
trait Change {
    /// A document of this kind, as it is stored.
    fn read(&self, value: &[u8]) -> Result<Box<dyn Any + Send>, Error>;

    /// Decides on a document, and changes it so: where something is to be written, it is signed with this nonce. Whether it is. So many
    /// decisions before this one may still stand.
    fn make(&mut self, document: &mut dyn Any, nonce: &str, kept: usize) -> Result<bool, Error>;

    /// Who wrote a document, the latest last.
    fn writers<'a>(&self, document: &'a dyn Any) -> Result<&'a [String], Error>;

    /// What is stored of a document of this kind.
    fn write(&self, document: &dyn Any) -> Result<Vec<u8>, Error>;
}

struct Deciding<'a, F, R, T> {
    key: &'a DocumentKey<T>,
    decide: F,
    outcomes: Vec<R>,
}

impl<F, R, T: 'static> Deciding<'_, F, R, T> {
    fn of<'a>(&self, document: &'a dyn Any) -> Result<&'a Stored<T>, Error> {
        document.downcast_ref().ok_or_else(|| self.another_kind())
    }

    /// Those of one queue change documents of one kind: all have the same key.
    fn another_kind(&self) -> Error {
        Error::Corrupt { key: self.key.as_str().to_owned(), reason: "it is of another kind".to_owned() }
    }
}

impl<T: Document, R, F: Fn(&T) -> Decision<T, R>> Change for Deciding<'_, F, R, T> {
    fn read(&self, value: &[u8]) -> Result<Box<dyn Any + Send>, Error> {
        let stored: Stored<T> = document::decode(self.key.as_str(), value)?;
        Ok(Box::new(stored))
    }

    fn make(&mut self, document: &mut dyn Any, nonce: &str, kept: usize) -> Result<bool, Error> {
        let stored = document.downcast_mut::<Stored<T>>().ok_or_else(|| self.another_kind())?;
        let (body, outcome) = match (self.decide)(&stored.body) {
            Decision::Keep(outcome) => (None, outcome),
            Decision::Write(body, outcome) => (Some(body), outcome),
        };
        self.outcomes.truncate(kept);
        self.outcomes.push(outcome);
        // Whatever was decided before and may still be written cannot be any more once this is.
        let is_written = body.is_some() || kept > 0;
        if is_written {
            stored.sign(nonce);
        }
        if let Some(body) = body {
            stored.body = body;
        }
        Ok(is_written)
    }

    fn writers<'a>(&self, document: &'a dyn Any) -> Result<&'a [String], Error> {
        Ok(&self.of(document)?.writers)
    }

    fn write(&self, document: &dyn Any) -> Result<Vec<u8>, Error> {
        document::encode(self.key.as_str(), self.of(document)?)
    }
}

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
