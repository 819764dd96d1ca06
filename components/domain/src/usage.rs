//! How often an account asks, and how often it may.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Seconds of a day, which begins at midnight UTC.
const DAY: i64 = 24 * 60 * 60;
/// Seconds of a minute.
const MINUTE: i64 = 60;

/// How often an account asked for something lately. Reads are not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Which day it is about, counted from the Unix epoch.
    day: i64,
    /// Requests of that day.
    today: u32,
    /// Which minute it is about, counted from the Unix epoch.
    minute: i64,
    /// Requests of that minute.
    lately: u32,
    /// Most requests of a day, where this account may do something else than others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
}

/// How often an account may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Most requests of a day.
    pub per_day: u32,
    /// Most requests of a minute.
    pub per_minute: u32,
}

/// What is left of an allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests of this day.
    pub day: Window,
    /// Requests of this minute.
    pub minute: Window,
}

/// What is left of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How long it is, in seconds.
    pub seconds: i64,
    /// Most requests of it.
    pub limit: u32,
    /// How many more there may be.
    pub remaining: u32,
    /// When it ends, and the next begins.
    pub resets_at: Timestamp,
}

/// There may be no more requests until this window ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded(pub Window);

impl Usage {
    /// An account's usage as it begins, with an allowance of its own if it has one.
    pub fn new(per_day: Option<u32>) -> Self {
        Self { per_day, ..Self::default() }
    }

    /// With one more request.
    ///
    /// # Errors
    /// [`Exceeded`] when that would be too many; a request that is refused does not count.
    pub fn counted(&self, allowance: Allowance, now: Timestamp) -> Result<Self, Exceeded> {
        let Quota { day, minute } = self.quota(allowance, now);
        // The longer one first: waiting for the shorter one would not help.
        if let Some(full) = [day, minute].into_iter().find(|window| window.remaining == 0) {
            return Err(Exceeded(full));
        }
        let current = self.at(now);
        Ok(Self { today: current.today.saturating_add(1), lately: current.lately.saturating_add(1), ..current })
    }

    /// What is left of an allowance.
    pub fn quota(&self, allowance: Allowance, now: Timestamp) -> Quota {
        let current = self.at(now);
        let per_day = self.per_day.unwrap_or(allowance.per_day);
        Quota {
            day: window(DAY, current.day, per_day, current.today),
            minute: window(MINUTE, current.minute, allowance.per_minute, current.lately),
        }
    }

    /// The usage as of now: what was counted for a window that is over counts no more. A clock that stepped back gives nothing anew.
    fn at(&self, now: Timestamp) -> Self {
        let mut current = self.clone();
        let (day, minute) = (now.as_seconds().div_euclid(DAY), now.as_seconds().div_euclid(MINUTE));
        if day > self.day {
            (current.day, current.today) = (day, 0);
        }
        if minute > self.minute {
            (current.minute, current.lately) = (minute, 0);
        }
        current
    }
}

fn window(seconds: i64, number: i64, limit: u32, used: u32) -> Window {
    let end = number.saturating_add(1).saturating_mul(seconds).saturating_mul(1_000);
    Window { seconds, limit, remaining: limit.saturating_sub(used), resets_at: Timestamp::from_millis(end) }
}

impl Window {
    /// How long until it ends, in whole seconds, rounded up.
    pub fn left(&self, now: Timestamp) -> Duration {
        Duration::from_secs(self.resets_at.since(now).as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWANCE: Allowance = Allowance { per_day: 5, per_minute: 3 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn as_many_requests_as_allowed_and_no_more_until_the_window_ends() {
        let mut usage = Usage::new(None);
        for _ in 0..3 {
            usage = usage.counted(ALLOWANCE, at(30)).unwrap();
        }
        let Exceeded(window) = usage.counted(ALLOWANCE, at(59)).unwrap_err();
        assert_eq!((window.seconds, window.limit, window.left(at(59))), (60, 3, Duration::from_secs(1)));
        for _ in 0..2 {
            usage = usage.counted(ALLOWANCE, at(60)).unwrap();
        }
        let Exceeded(window) = usage.counted(ALLOWANCE, at(600)).unwrap_err();
        assert_eq!((window.seconds, window.resets_at), (DAY, at(DAY)));
        assert_eq!(usage.quota(ALLOWANCE, at(600)).minute.remaining, 3);
        assert!(usage.counted(ALLOWANCE, at(DAY)).is_ok());
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing_anew() {
        let usage = (0..3).fold(Usage::new(None), |usage, _| usage.counted(ALLOWANCE, at(60)).unwrap());
        assert!(usage.counted(ALLOWANCE, at(59)).is_err());
    }

    #[test]
    fn an_account_can_have_a_limit_of_its_own() {
        let usage = Usage::new(Some(1)).counted(ALLOWANCE, at(0)).unwrap();
        assert_eq!(usage.quota(ALLOWANCE, at(0)).day.limit, 1);
        assert!(usage.counted(ALLOWANCE, at(61)).is_err());
        assert!(Usage::new(Some(0)).counted(ALLOWANCE, at(0)).is_err());
    }
}
