//! Bytes that all who upload may bring in a period of the clock, together: storage that is nearly full refuses files before it refuses money.

use std::time::Duration;

use domain::Timestamp;
use store::{CounterKey, RecordKey};

use crate::{Error, Ports};

/// So many bytes in each period.
pub struct Budget {
    /// Counts all bytes that ever came.
    pub counter: CounterKey,
    /// Where it stands how many had come when a period began: its number, and the count.
    pub before: RecordKey<(u64, u64)>,
    /// The period, in whole seconds.
    pub period: Duration,
    /// Most bytes in one.
    pub bytes_max: u64,
}

/// The number of the period that this is in, since 1970.
pub fn number(period: Duration, at: Timestamp) -> u64 {
    u64::try_from(at.as_seconds()).unwrap_or_default().checked_div(period.as_secs()).unwrap_or_default()
}

/// How long it is until the next period.
pub fn until_next(period: Duration, at: Timestamp) -> Duration {
    let seconds = u64::try_from(at.as_seconds()).unwrap_or_default();
    period.saturating_sub(Duration::from_secs(seconds.checked_rem(period.as_secs()).unwrap_or_default()))
}

/// Counts bytes that are to come; whether they are within the budget of this period.
///
/// # Errors
/// What the store answers.
pub async fn count<P: Ports>(ports: &P, budget: &Budget, bytes: u32) -> Result<bool, Error> {
    let now = number(budget.period, ports.now());
    let sum = ports.store().add(budget.counter.clone(), bytes).await?;
    let before = match ports.store().read(&budget.before).await? {
        Some((period, before)) if period == now => before,
        _ => {
            let before = sum.saturating_sub(bytes.into());
            ports.store().write(&budget.before, &(now, before)).await?;
            before
        }
    };
    Ok(sum.saturating_sub(before) <= budget.bytes_max)
}
