//! What an API key may spend a day and a month. It stands in the account's document: it changes with the write that holds the credits, or gives
//! them back.

use serde::{Deserialize, Serialize};

use crate::{Credits, Timestamp};

/// Seconds of a day, which begins at midnight UTC.
const DAY: i64 = 24 * 60 * 60;

/// What a key may spend, and what it spent lately.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyBudget {
    /// Of a day; without it, as much as there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Allotment>,
    /// Of a calendar month; without it, as much as there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<Allotment>,
}

/// The credits of one window of time after another. Stored as three numbers: an account has fifty keys, and one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(Credits, i64, Credits)", into = "(Credits, i64, Credits)")]
pub struct Allotment {
    /// Most credits that tasks begun in one window of time may cost.
    pub limit: Credits,
    /// The window it was used in last, as a number that grows by one.
    window: i64,
    /// What tasks begun in that window cost, or hold.
    used: Credits,
}

/// A key's budget does not reach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key has {left} of {limit} credits left this {window}, and {required} are needed")]
pub struct OverBudget {
    /// What was to be held.
    pub required: Credits,
    /// What is left.
    pub left: Credits,
    /// What there is in all.
    pub limit: Credits,
    /// Of what: `day` or `month`.
    pub window: &'static str,
}

impl KeyBudget {
    /// A budget of which nothing was used.
    pub fn new(day: Option<Credits>, month: Option<Credits>) -> Self {
        Self { day: day.map(Allotment::new), month: month.map(Allotment::new) }
    }

    /// With so many more credits used.
    ///
    /// # Errors
    /// [`OverBudget`], for the day before the month.
    pub fn with(&self, required: Credits, now: Timestamp) -> Result<Self, OverBudget> {
        let with = |allotment: Option<&Allotment>, number: i64, window: &'static str| {
            let Some(allotment) = allotment else { return Ok(None) };
            allotment.with(required, number).map(Some).map_err(|left| {
                let limit = allotment.limit;
                OverBudget { required, left, limit, window }
            })
        };
        let day = with(self.day.as_ref(), day(now), "day")?;
        Ok(Self { day, month: with(self.month.as_ref(), month(now), "month")? })
    }

    /// With credits given back that were used at some time.
    #[must_use]
    pub fn without(&self, credits: Credits, used_at: Timestamp) -> Self {
        let without = |allotment: Option<&Allotment>, number| allotment.map(|it| it.without(credits, number));
        Self { day: without(self.day.as_ref(), day(used_at)), month: without(self.month.as_ref(), month(used_at)) }
    }
}

impl From<(Credits, i64, Credits)> for Allotment {
    fn from((limit, window, used): (Credits, i64, Credits)) -> Self {
        Self { limit, window, used }
    }
}

impl From<Allotment> for (Credits, i64, Credits) {
    fn from(Allotment { limit, window, used }: Allotment) -> Self {
        (limit, window, used)
    }
}

impl Allotment {
    const fn new(limit: Credits) -> Self {
        Self { limit, window: 0, used: Credits::ZERO }
    }

    /// What was used in the window that `now` is in.
    pub fn used_in_day(&self, now: Timestamp) -> Credits {
        self.used_in(day(now))
    }

    /// What was used in the month that `now` is in.
    pub fn used_in_month(&self, now: Timestamp) -> Credits {
        self.used_in(month(now))
    }

    fn used_in(&self, number: i64) -> Credits {
        if self.current(number) == self.window { self.used } else { Credits::ZERO }
    }

    /// The window that counts. One just before the latest is that of a clock that is a little behind: two servers must not begin a window
    /// anew again and again at midnight. One that is farther off begins anew, or a clock that was wrong once would lock the key.
    const fn current(&self, number: i64) -> i64 {
        if number.saturating_add(1) == self.window { self.window } else { number }
    }

    /// # Errors
    /// What is left, where that is too little.
    fn with(&self, required: Credits, number: i64) -> Result<Self, Credits> {
        let before = self.used_in(number);
        let left = self.limit.minus(before).unwrap_or(Credits::ZERO);
        left.minus(required).ok_or(left)?;
        let used = before.plus(required).ok_or(left)?;
        Ok(Self { limit: self.limit, window: self.current(number), used })
    }

    /// What was used in another window is not given back to this one.
    fn without(&self, credits: Credits, number: i64) -> Self {
        if number != self.window {
            return self.clone();
        }
        Self { used: self.used.minus(credits).unwrap_or(Credits::ZERO), ..self.clone() }
    }
}

/// The day's number, from the Unix epoch.
fn day(at: Timestamp) -> i64 {
    at.as_seconds().div_euclid(DAY)
}

/// The month's number, from the year 0.
fn month(at: Timestamp) -> i64 {
    let date = at.utc();
    i64::from(date.year()).saturating_mul(12).saturating_add(i64::from(u8::from(date.month())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIDNIGHT: i64 = 1_796_083_200_000; // 2026-12-01T00:00:00Z

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(MIDNIGHT + seconds * 1_000)
    }

    fn budget(day: u64, month: u64) -> KeyBudget {
        KeyBudget::new(Some(Credits::new(day)), Some(Credits::new(month)))
    }

    fn over(outcome: Result<KeyBudget, OverBudget>) -> (u64, &'static str) {
        let over = outcome.unwrap_err();
        (over.left.amount(), over.window)
    }

    #[test]
    fn a_day_and_a_month_end_at_midnight_utc() {
        assert_eq!(at(0).to_string(), "2026-12-01T00:00:00.000Z");
        let five = Credits::new(5);
        let eve = budget(5, 12).with(five, at(-1)).unwrap();
        assert_eq!(over(eve.with(Credits::new(1), at(-1))), (0, "day"));
        let first = eve.with(five, at(1)).unwrap();
        let second = first.with(five, at(DAY)).unwrap();
        assert_eq!(over(second.with(five, at(2 * DAY))), (2, "month"));
        assert!(second.with(five, at(31 * DAY)).is_ok());
    }

    #[test]
    fn a_clock_a_little_behind_does_not_begin_the_day_anew_and_one_far_ahead_does_not_lock_the_key() {
        let five = Credits::new(5);
        let today = budget(5, 100).with(five, at(1)).unwrap();
        assert_eq!(over(today.with(five, at(-1))), (0, "day"));
        let jumped = budget(5, 100).with(five, at(400 * DAY)).unwrap();
        assert!(jumped.with(five, at(0)).is_ok());
    }

    #[test]
    fn what_is_given_back_late_does_not_make_another_day_longer() {
        let five = Credits::new(5);
        let eve = budget(5, 100).with(five, at(-1)).unwrap();
        assert!(eve.without(five, at(-1)).with(five, at(-1)).is_ok());
        let today = eve.with(five, at(1)).unwrap().without(five, at(-1));
        assert_eq!(over(today.with(Credits::new(1), at(2))), (0, "day"));
    }

    proptest! {
        /// Whatever is held and given back, tasks begun in one day never cost more than its limit.
        #[test]
        fn no_day_costs_more_than_its_limit(
            limit in 0_u64..50,
            steps in prop::collection::vec((0_u64..20, 0_i64..3 * DAY, any::<bool>()), 0..60),
        ) {
            let mut budget = KeyBudget::new(Some(Credits::new(limit)), None);
            let (mut clock, mut open) = (0, Vec::new());
            let mut spent = std::collections::BTreeMap::<i64, u64>::new();
            for (amount, later, give_back) in steps {
                clock += later / 10;
                if give_back && let Some((amount, since)) = open.pop() {
                    budget = budget.without(Credits::new(amount), at(since));
                    *spent.get_mut(&since.div_euclid(DAY)).unwrap() -= amount;
                } else if let Ok(with) = budget.with(Credits::new(amount), at(clock)) {
                    budget = with;
                    open.push((amount, clock));
                    *spent.entry(clock.div_euclid(DAY)).or_default() += amount;
                }
                prop_assert!(spent.values().all(|spent| *spent <= limit), "{spent:?}");
            }
        }
    }
}
