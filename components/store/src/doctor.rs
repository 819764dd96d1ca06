//! Whether a store can be trusted with money: a few calls under keys of their own, and what each of them shows.
//!
//! Some of what stores get wrong is allowed for here ([`Verdict::Tolerated`]): nothing relies on it. What is left would lose money.

use std::time::Duration;

use futures_util::future::join_all;

use crate::port::{Backend, VALUE_BYTES_MAX};
use crate::{KEY_CHARS_MAX, Unavailable};

/// Writers at once in the checks for lost updates and for claims.
const WRITERS: usize = 5;
/// How often one of them tries one increment.
const TRIES_MAX: usize = 200;
/// When what an examination that died left behind may be forgotten.
const LIFETIME: Duration = Duration::from_hours(1);

/// How hard a store is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// A few increments by swap from each side: under two seconds on every store.
    Quick,
    /// Two hundred from each of five sides: the conformance suite.
    Thorough,
}

impl Effort {
    /// Increments of each writer.
    const fn increments(self) -> usize {
        match self {
            Self::Quick => 4,
            Self::Thorough => 200,
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was checked.
    pub check: &'static str,
    /// How it went.
    pub verdict: Verdict,
}

/// How a check went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As it should.
    Passed,
    /// Not as the interface says, and nothing here relies on it.
    Tolerated(&'static str),
    /// So that money would be lost.
    Failed(String),
}

/// Whether money is safe on a store where this was found.
pub fn is_safe(findings: &[Finding]) -> bool {
    !findings.iter().any(|finding| matches!(finding.verdict, Verdict::Failed(_)))
}

type Outcome = Result<Verdict, Unavailable>;

/// Examines a store, under keys that nobody else has and that are removed again. There may be several handles of it, as several clients
/// have them; the second of two sides, and every further one, uses the next.
pub async fn examine<B: Backend>(sides: &[B], effort: Effort) -> Vec<Finding> {
    let Some(backend) = sides.first() else { return Vec::new() };
    let prefix = format!("doctor:{}", domain::fresh_id(backend.random()));
    let patient = Patient { backend, other: sides.get(1).unwrap_or(backend), sides, prefix, effort };
    let outcomes: [(&'static str, Outcome); 10] = [
        ("What is written is read at once", patient.reads_what_was_written().await),
        ("What is removed is gone", patient.forgets_what_was_removed().await),
        ("Values of 256 KB and every letter of a key are kept", patient.keeps_large_values().await),
        ("A swap that is done is said to be done", patient.admits_a_swap().await),
        ("A swap of what is no more is refused", patient.refuses_a_stale_swap().await),
        ("Of two who create the same, one does", patient.creates_once().await),
        ("A value that comes back is told from the one before", patient.tells_values_apart().await),
        ("Counters count", patient.counts().await),
        ("Of several who claim the same, one gets it", patient.grants_one_claim().await),
        ("Increments by swap from several sides all count", patient.loses_no_update().await),
    ];
    let finding = |(check, outcome): (&'static str, Outcome)| Finding {
        check,
        verdict: outcome.unwrap_or_else(|error| Verdict::Failed(error.to_string())),
    };
    outcomes.into_iter().map(finding).collect()
}

struct Patient<'a, B> {
    backend: &'a B,
    other: &'a B,
    sides: &'a [B],
    prefix: String,
    effort: Effort,
}

impl<B: Backend> Patient<'_, B> {
    fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), Unavailable> {
        self.backend.set(key, value, Some(LIFETIME)).await
    }

    async fn reads_what_was_written(&self) -> Outcome {
        let key = self.key("written");
        self.set(&key, b"1").await?;
        let (current, _) = self.backend.current(&key).await?;
        let plain = self.backend.get(&key).await?;
        self.backend.delete(&key).await?;
        Ok(match (current.as_deref(), plain.as_deref()) {
            (Some(b"1"), Some(b"1")) => Verdict::Passed,
            (Some(b"1"), _) => Verdict::Tolerated("plain reads are stale here; every document is read for a swap"),
            _ => Verdict::Failed("a value that was just written is not there".to_owned()),
        })
    }

    async fn forgets_what_was_removed(&self) -> Outcome {
        let key = self.key("removed");
        self.set(&key, b"1").await?;
        self.backend.delete(&key).await?;
        let (current, _) = self.backend.current(&key).await?;
        Ok(passed_if(current.is_none(), "a value that was removed is still there"))
    }

    async fn keeps_large_values(&self) -> Outcome {
        let letters: String = ('a'..='z').chain('A'..='Z').chain('0'..='9').chain("._:-".chars()).collect();
        let mut key = self.key(&letters);
        key.extend(std::iter::repeat_n('x', KEY_CHARS_MAX.saturating_sub(key.len())));
        let value: Vec<u8> = (0..=u8::MAX).cycle().take(VALUE_BYTES_MAX).collect();
        self.set(&key, &value).await?;
        let (current, _) = self.backend.current(&key).await?;
        self.backend.delete(&key).await?;
        Ok(passed_if(current.as_ref() == Some(&value), "a large value comes back different"))
    }

    async fn admits_a_swap(&self) -> Outcome {
        let key = self.key("admitted");
        self.set(&key, b"1").await?;
        let (_, swap) = self.backend.current(&key).await?;
        let said = self.backend.swap(swap, b"2").await?;
        let (current, _) = self.backend.current(&key).await?;
        self.backend.delete(&key).await?;
        Ok(match (said, current.as_deref()) {
            (true, Some(b"2")) => Verdict::Passed,
            (false, Some(b"2")) => Verdict::Failed(
                "swaps are done and reported as failed, as Spin's key-value store on Redis does: set store_url instead"
                    .to_owned(),
            ),
            _ => Verdict::Failed("a swap that nobody disputed was not done".to_owned()),
        })
    }

    async fn refuses_a_stale_swap(&self) -> Outcome {
        let key = self.key("stale");
        self.set(&key, b"1").await?;
        let (_, first) = self.backend.current(&key).await?;
        let (_, second) = self.other.current(&key).await?;
        self.backend.swap(first, b"2").await?;
        let said = self.other.swap(second, b"3").await?;
        let (current, _) = self.backend.current(&key).await?;
        self.backend.delete(&key).await?;
        Ok(passed_if(!said && current.as_deref() == Some(b"2"), "a swap overwrites what was written since it was read"))
    }

    async fn creates_once(&self) -> Outcome {
        let key = self.key("created");
        let (_, first) = self.backend.current(&key).await?;
        let (_, second) = self.other.current(&key).await?;
        let (one, other) = (self.backend.swap(first, b"1").await?, self.other.swap(second, b"2").await?);
        self.backend.delete(&key).await?;
        let note = "two can create the same here; nothing is created by swap";
        Ok(if one && other { Verdict::Tolerated(note) } else { Verdict::Passed })
    }

    async fn tells_values_apart(&self) -> Outcome {
        let key = self.key("again");
        self.set(&key, b"1").await?;
        let (_, stale) = self.backend.current(&key).await?;
        for value in [b"2", b"1"] {
            let (_, swap) = self.other.current(&key).await?;
            self.other.swap(swap, value).await?;
        }
        let said = self.backend.swap(stale, b"3").await?;
        self.backend.delete(&key).await?;
        let note = "values are compared here; no document ever has the same bytes twice";
        Ok(if said { Verdict::Tolerated(note) } else { Verdict::Passed })
    }

    async fn counts(&self) -> Outcome {
        let key = self.key("counter");
        let sums = [
            self.backend.increment(&key, 1).await?,
            self.backend.increment(&key, 1).await?,
            self.backend.increment(&key, 0).await?,
        ];
        self.backend.delete(&key).await?;
        Ok(passed_if(sums == [1, 2, 2], "a counter does not count"))
    }

    /// One writer for each of them, on the sides in turn.
    fn writers(&self) -> impl Iterator<Item = &B> {
        self.sides.iter().cycle().take(WRITERS)
    }

    async fn grants_one_claim(&self) -> Outcome {
        let key = self.key("claim");
        let claims = join_all(self.writers().map(|side| side.increment(&key, 1))).await;
        let numbers = claims.into_iter().collect::<Result<Vec<i64>, _>>()?;
        self.backend.delete(&key).await?;
        let granted = numbers.iter().filter(|number| **number == 1).count();
        Ok(passed_if(granted == 1, "of several who claim the same at once, not exactly one gets it"))
    }

    async fn loses_no_update(&self) -> Outcome {
        let key = self.key("sum");
        self.set(&key, b"0").await?;
        let added = join_all(self.writers().map(|side| self.add(side, &key))).await;
        added.into_iter().collect::<Result<Vec<()>, _>>()?;
        let (current, _) = self.backend.current(&key).await?;
        self.backend.delete(&key).await?;
        let expected = WRITERS.saturating_mul(self.effort.increments());
        Ok(passed_if(number(current) == expected, "updates from several sides get lost, or count twice"))
    }

    async fn add(&self, side: &B, key: &str) -> Result<(), Unavailable> {
        let mut left = self.effort.increments();
        for _ in 0..left.saturating_mul(TRIES_MAX) {
            if left == 0 {
                break;
            }
            let (value, swap) = side.current(key).await?;
            let next = number(value).saturating_add(1).to_string();
            left = left.saturating_sub(usize::from(side.swap(swap, next.as_bytes()).await?));
        }
        Ok(())
    }
}

fn number(value: Option<Vec<u8>>) -> usize {
    value.and_then(|value| String::from_utf8(value).ok()?.parse().ok()).unwrap_or_default()
}

fn passed_if(passed: bool, otherwise: &str) -> Verdict {
    if passed { Verdict::Passed } else { Verdict::Failed(otherwise.to_owned()) }
}
