//! When a training will be ready: by what the provider says of it, and by how long those before it took.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// How many past trainings are remembered.
const KEPT: usize = 100;
/// How many are needed before anything is concluded from them.
const NEEDED: usize = 5;
/// From how much of a training its whole length is concluded, in percent: the beginning is loading and waiting.
const PROGRESS_PERCENT_MIN: u8 = 10;

/// How long the latest trainings took, in whole seconds, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Durations(Vec<u64>);

impl Durations {
    /// With one more; the oldest leaves when there are enough.
    #[must_use]
    pub fn with(mut self, duration: Duration) -> Self {
        self.0.push(duration.as_secs());
        self.0.drain(..self.0.len().saturating_sub(KEPT));
        self
    }

    /// What so many percent of them took at most; nothing while there are too few.
    fn percentile(&self, percent: usize) -> Option<Duration> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1).filter(|last| *last + 1 >= NEEDED)?;
        sorted.get(last.saturating_mul(percent).div_ceil(100)).copied().map(Duration::from_secs)
    }
}

/// When a training that began then will be ready; nothing when nobody can tell, as when it takes longer than nine in ten did.
pub fn ready_at(began: Timestamp, progress_percent: u8, past: &Durations, now: Timestamp) -> Option<Timestamp> {
    if progress_percent >= PROGRESS_PERCENT_MIN {
        let elapsed = now.since(began);
        let whole = elapsed.checked_mul(100)?.checked_div(u32::from(progress_percent))?;
        return Some(began.plus(whole));
    }
    let at = |percent| past.percentile(percent).map(|duration| began.plus(duration)).filter(|at| *at > now);
    at(50).or_else(|| at(90))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn past(durations: impl IntoIterator<Item = u64>) -> Durations {
        durations.into_iter().fold(Durations::default(), |past, taken| past.with(Duration::from_secs(taken)))
    }

    #[test]
    fn progress_says_most() {
        let past = past([100; 10]);
        assert_eq!(ready_at(seconds(0), 25, &past, seconds(60)), Some(seconds(240)));
        assert_eq!(ready_at(seconds(0), 100, &past, seconds(60)), Some(seconds(60)));
        assert_eq!(ready_at(seconds(0), 9, &past, seconds(60)), Some(seconds(100)), "too early to tell");
    }

    #[test]
    fn without_it_the_median_counts_then_nine_in_ten_then_nothing() {
        let past = past([90, 100, 110, 100, 100, 100, 100, 100, 200, 300, 100]);
        assert_eq!(ready_at(seconds(0), 0, &past, seconds(60)), Some(seconds(100)));
        assert_eq!(ready_at(seconds(0), 0, &past, seconds(100)), Some(seconds(200)));
        assert_eq!(ready_at(seconds(0), 0, &past, seconds(200)), None);
        assert_eq!(ready_at(seconds(0), 0, &self::past([100; 4]), seconds(0)), None, "too few to tell");
    }

    #[test]
    fn the_latest_hundred_count() {
        let past = past((0..1_000).map(|n| if n < 900 { 1 } else { 50 }));
        assert_eq!((past.0.len(), past.percentile(50)), (KEPT, Some(Duration::from_secs(50))));
    }
}
