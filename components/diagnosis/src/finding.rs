//! What a check finds, and the time it has for it.

use std::time::Duration;

use lifecycle::Ports;
use lifecycle::fetch::within;
use store::doctor::Verdict;
use strum::IntoStaticStr;

/// Longest time of one check. There are at most four after one another, and a platform may end a request after 30 seconds.
pub(crate) const CHECK_TIME_MAX: Duration = Duration::from_secs(5);

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum About {
    /// Where photos and pictures are.
    Bucket,
    /// Who trains and makes pictures.
    Provider,
    /// Where the public is to reach this.
    PublicUrl,
    /// What pictures are signed with.
    Certificate,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Of what.
    pub about: About,
    /// What was checked.
    pub check: &'static str,
    /// How it went, and what to do about it.
    pub verdict: Verdict,
}

/// What a check finds, in its time.
pub(crate) async fn in_time<P: Ports>(
    ports: &P,
    about: About,
    check: &'static str,
    verdict: impl Future<Output = Verdict>,
) -> Finding {
    let verdict = within(ports, CHECK_TIME_MAX, verdict).await;
    let late = || Verdict::Failed(format!("there was no answer within {} s", CHECK_TIME_MAX.as_secs()));
    Finding { about, check, verdict: verdict.unwrap_or_else(late) }
}
