//! The certificate that pictures are signed with: whether it belongs to its key, and is valid for a while.

use std::time::Duration;

use c2pa::Credential;
use lifecycle::Ports;
use store::doctor::Verdict;

use crate::finding::{About, Finding};

/// How long before its end one is told of: certificates take some days to get.
const WARNING_TIME: Duration = Duration::from_hours(30 * 24);
const CHECK: &str = "Pictures are signed with a certificate that is valid";

/// Nothing where there is none.
pub(crate) fn examine<P: Ports>(ports: &P) -> Option<Finding> {
    let config = ports.config();
    let verdict = match Credential::read(&config.c2pa_certificate, &config.c2pa_key).transpose()? {
        Err(invalid) => Verdict::Failed(format!("no picture is delivered: {}", invalid.0)),
        Ok(credential) => {
            let [now, soon] = [ports.now(), ports.now().plus(WARNING_TIME)].map(|at| at.to_string());
            ends(credential.not_after(), &now, &soon)
        }
    };
    Some(Finding { about: About::Certificate, check: CHECK, verdict })
}

/// What it means that a certificate ends then. Times are as RFC 3339 writes them in UTC, which go by their letters.
fn ends(not_after: &str, now: &str, soon: &str) -> Verdict {
    if not_after <= now {
        return Verdict::Failed(format!(
            "c2pa_certificate ended at {not_after}: readers believe no picture signed with it; get a new one"
        ));
    }
    if not_after <= soon {
        return Verdict::Tolerated("c2pa_certificate ends within 30 days: get a new one before");
    }
    Verdict::Passed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_ends_is_told_of_before() {
        let ends = |not_after| ends(not_after, "2026-11-30T05:54:18.000Z", "2026-12-30T05:54:18.000Z");
        assert!(matches!(ends("2026-11-30T05:54:17Z"), Verdict::Failed(_)));
        assert!(matches!(ends("2026-12-01T00:00:00Z"), Verdict::Tolerated(_)));
        assert!(matches!(ends("2027-11-30T05:54:18Z"), Verdict::Passed));
    }
}
