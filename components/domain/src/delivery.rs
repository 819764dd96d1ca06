//! Telling an owner that a task has ended: when it is tried again, and what it is signed with.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// How long after each failed attempt the next one is made; after the last, no more.
const DELAYS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(24),
];

/// How long whoever settled a task has for the first attempt, before the sweep makes it.
const FIRST_ATTEMPT_TIME: Duration = Duration::from_secs(30);

/// How long a secret that was replaced is still signed with.
pub const SECRET_OVERLAP: Duration = Duration::from_hours(24);

/// A message that has not arrived yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingDelivery {
    /// When the sweep is to try it.
    pub at: Timestamp,
    /// How often it was tried in vain.
    pub failures: u32,
}

impl PendingDelivery {
    /// A message that is being sent for the first time.
    pub fn first(now: Timestamp) -> Self {
        Self { at: now.plus(FIRST_ATTEMPT_TIME), failures: 0 }
    }

    /// A message that nobody has begun to send.
    pub const fn at_once(now: Timestamp) -> Self {
        Self { at: now, failures: 0 }
    }

    /// The same message after one more attempt in vain; nothing when that was the last.
    pub fn again(&self, now: Timestamp) -> Option<Self> {
        let (at, failures) = later(&DELAYS, self.failures, now)?;
        Some(Self { at, failures })
    }
}

/// When something is tried again that failed so often, and how often it failed since; nothing after the last of the delays.
fn later(delays: &[Duration], failures: u32, now: Timestamp) -> Option<(Timestamp, u32)> {
    let delay = usize::try_from(failures).ok().and_then(|failures| delays.get(failures))?;
    Some((now.plus(*delay), failures.saturating_add(1)))
}

/// How long after each look in vain a job that is to be stopped is looked at again; after the last, no more.
const STOP_DELAYS: [Duration; 8] = [
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(24),
];

/// A job that is to be stopped at its provider, and what it made removed there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingStop {
    /// When it is to be looked at.
    pub at: Timestamp,
    /// How often it was looked at in vain.
    pub failures: u32,
}

impl PendingStop {
    /// One that nobody has looked at.
    pub const fn first(now: Timestamp) -> Self {
        Self { at: now, failures: 0 }
    }

    /// The same one after one more look in vain; nothing when that was the last.
    pub fn again(&self, now: Timestamp) -> Option<Self> {
        let (at, failures) = later(&STOP_DELAYS, self.failures, now)?;
        Some(Self { at, failures })
    }
}

/// Which of an account's secrets its messages are signed with. The secrets themselves follow from the deployment's, and are stored nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretGeneration {
    /// How many secrets there were before this one.
    pub number: u32,
    /// When it replaced the one before.
    pub since: Option<Timestamp>,
}

impl SecretGeneration {
    /// The next one.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Self {
        Self { number: self.number.saturating_add(1), since: Some(now) }
    }

    /// When the one before counts no more; nothing when it does not count already.
    pub fn overlaps_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.since.map(|since| since.plus(SECRET_OVERLAP)).filter(|until| now < *until)
    }

    /// The numbers of those that count, the newest first.
    pub fn counting(&self, now: Timestamp) -> Vec<u32> {
        let before = self.overlaps_until(now).and(self.number.checked_sub(1));
        std::iter::once(self.number).chain(before).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_grow_from_five_seconds_to_a_day_and_end() {
        let now = Timestamp::from_millis(0);
        let mut due = PendingDelivery::first(now);
        let mut delays = Vec::new();
        while let Some(next) = due.again(now) {
            delays.push(next.at.since(now).as_secs());
            due = next;
        }
        assert_eq!(delays, [5, 300, 1_800, 7_200, 18_000, 36_000, 86_400]);
    }

    #[test]
    fn a_replaced_secret_counts_for_a_day() {
        let at = |hours| Timestamp::from_millis(0).plus(Duration::from_hours(hours));
        let first = SecretGeneration::default();
        assert_eq!((first.counting(at(0)), first.overlaps_until(at(0))), (vec![0], None));
        let second = first.next(at(1));
        assert_eq!(second.counting(at(24)), [1, 0]);
        assert_eq!(second.counting(at(25)), [1]);
    }
}
