//! Cases whose time is over, erased by the sweep: found by their numbers, in the order in which their times end.

use std::time::Duration;

use domain::Timestamp;
use domain::takedown::Case;
use serde::{Deserialize, Serialize};
use store::keys;

use super::{Ended, erase, find};
use crate::fetch::within;
use crate::{Error, Ports};

/// How much longer than until `give_up_at` a case may take that was begun with.
const MARGIN: Duration = Duration::from_secs(5);
/// How long after an attempt that did not erase all a case is looked at again.
const AGAIN_AFTER: Duration = Duration::from_mins(5);
/// Cases that are looked at again and again, at most.
const LEFT_MAX: usize = 200;

/// How far along the cases this came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Swept {
    /// The number up to which all were looked at.
    pub(super) upto: u64,
    /// Those before it that are not over, and when each is looked at again: none keeps another.
    pub(super) left: Vec<(u64, Timestamp)>,
}

impl Swept {
    /// Notes that a case was looked at; where it is not over, when it is to be looked at again.
    fn note(&mut self, n: u64, again: Option<Timestamp>) {
        self.upto = self.upto.max(n);
        self.left.retain(|(left, _)| *left != n);
        self.left.extend(again.map(|at| (n, at)));
    }
}

/// Erases the cases whose time is over, until `give_up_at`. Returns how many attempts failed; the log says why.
///
/// # Errors
/// The store is out of reach; the next sweep goes on where this one was.
pub async fn sweep<P: Ports>(ports: &P, give_up_at: Timestamp) -> Result<u64, Error> {
    let last = ports.store().count(keys::TAKEDOWNS).await?;
    if last == 0 {
        return Ok(0);
    }
    let mark = keys::swept_takedowns();
    let before: Swept = ports.store().read(&mark).await?.unwrap_or_default();
    let (mut after, mut failed, mut unavailable) = (before.clone(), 0_u64, None);
    let now = ports.now();
    let again = before.left.iter().filter(|(_, at)| *at <= now).map(|(n, _)| *n);
    for n in again.chain(before.upto.saturating_add(1)..=last) {
        if ports.now() >= give_up_at || (n > before.upto && after.left.len() >= LEFT_MAX) {
            break;
        }
        let case = match find(ports, n).await {
            // One that is not there may be on its way. Only a later one whose time is over says that it is not.
            Ok(None) => continue,
            Ok(Some(case)) => case,
            Err(error) if error.is_of_the_store() => {
                unavailable = Some(error);
                break;
            }
            Err(error) => {
                ports.log(&format!("takedown {n} cannot be read: {error}"));
                failed = failed.saturating_add(1);
                after.note(n, Some(ports.now().plus(AGAIN_AFTER)));
                continue;
            }
        };
        if !case.is_over() && ports.now() < case.deadline() {
            break;
        }
        match end(ports, &case, give_up_at).await {
            Ok(true) => after.note(n, None),
            Ok(false) => after.note(n, Some(ports.now().plus(AGAIN_AFTER))),
            Err(error) => {
                ports.log(&format!("takedown {n} is erased later: {error}"));
                failed = failed.saturating_add(1);
                after.note(n, Some(ports.now().plus(AGAIN_AFTER)));
            }
        }
    }
    if after != before {
        ports.store().write(&mark, &after).await?;
    }
    unavailable.map_or(Ok(failed), Err)
}

/// Erases what a case is about whose time is over; whether it is over then.
async fn end<P: Ports>(ports: &P, case: &Case, give_up_at: Timestamp) -> Result<bool, Error> {
    if case.is_over() {
        return Ok(true);
    }
    let time = give_up_at.since(ports.now()).saturating_add(MARGIN);
    let ended = within(ports, time, Box::pin(erase(ports, case, give_up_at))).await;
    match ended.unwrap_or_else(|| Err(Error::Internal("it took too long".to_owned())))? {
        Ended::Case(case) | Ended::Otherwise(case) => Ok(case.is_over()),
    }
}
