//! How often an account may ask: counted where something is to change, told with every answer.
//!
//! Reads are free, polling above all, and cost no write. What is counted stands in a document of its own: never in the way of the account's
//! credits.

use domain::{AccountId, Exceeded, Quota, Timestamp, Usage, Window};
use http::{HeaderName, Method};
use lifecycle::Ports;
use store::{Decision, keys};

use crate::wire::{Request, Response};
use crate::{Code, Error};

const X_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// An account's quota once this request was counted, and whether it may go on.
pub(crate) struct Counted {
    quota: Option<Quota>,
    exceeded: Option<Exceeded>,
    at: Timestamp,
}

/// Counts a request that is to change something.
///
/// # Errors
/// [`Code::StoreUnavailable`] where it cannot be counted now: a limit that is passed over where an account asks too often is none. What is
/// counted is the account's own, so nobody else's requests wait for it.
pub(crate) async fn count<P: Ports, B>(ports: &P, request: &Request<B>, account: &AccountId) -> Result<Counted, Error> {
    let (key, now, allowance) = (keys::usage(account), ports.now(), ports.config().allowance);
    let told = |usage: &Usage, exceeded| Counted { quota: Some(usage.quota(allowance, now)), exceeded, at: now };
    let counted = if is_read(request) {
        ports.store().load(&key).await.map(|usage| told(&usage.unwrap_or_default(), None))
    } else {
        let update = ports.store().update(&key, |usage: &Usage| match usage.counted(allowance, now) {
            Ok(next) => Decision::Write(next.clone(), told(&next, None)),
            Err(exceeded) => Decision::Keep(told(usage, Some(exceeded))),
        });
        update.await
    };
    counted.or_else(|error| {
        ports.log(&format!("a request of {account} is not counted: {error}"));
        goes_on(error, is_read(request)).map(|()| Counted { quota: None, exceeded: None, at: now })
    })
}

/// What is left of an account's quota, as a read is told it: nothing where the store does not say. No answer waits for that.
pub(crate) async fn look<P: Ports>(ports: &P, account: &AccountId) -> Counted {
    let (now, allowance) = (ports.now(), ports.config().allowance);
    let usage = ports.store().load(&keys::usage(account)).await.inspect_err(|error| {
        ports.log(&format!("what {account} may ask is not told: {error}"));
    });
    let quota = usage.ok().map(|usage| usage.unwrap_or_default().quota(allowance, now));
    Counted { quota, exceeded: None, at: now }
}

/// Whether a request goes on that the store did not count: one that changes nothing does, and one whose document no request can put right.
fn goes_on(error: store::Error, is_read: bool) -> Result<(), Error> {
    match error {
        store::Error::Unavailable(_) | store::Error::Conflict { .. } if !is_read => Err(error.into()),
        _ => Ok(()),
    }
}

fn is_read<B>(request: &Request<B>) -> bool {
    matches!(request.method, Method::GET | Method::HEAD)
}

impl Counted {
    /// Makes sure that the request may go on.
    ///
    /// # Errors
    /// [`Code::RateLimited`].
    pub(crate) fn check(&self) -> Result<(), Error> {
        let Some(Exceeded(window)) = self.exceeded else { return Ok(()) };
        let stretch = if window.seconds > 60 { "day" } else { "minute" };
        let message =
            format!("Rate limit exceeded. Limit: {}/{stretch}. Resets at: {}", window.limit, window.resets_at);
        Err(Error::new(Code::RateLimited, message).retry_after(window.left(self.at)))
    }

    /// The same answer, with what is left: in the vendor's headers the day, in the standard's both.
    pub(crate) fn on<R>(&self, response: Response<R>) -> Response<R> {
        let Some(Quota { day, minute }) = self.quota else { return response };
        let policy = |name, window: Window| format!("\"{name}\";q={};w={}", window.limit, window.seconds);
        let left =
            |name, window: Window| format!("\"{name}\";r={};t={}", window.remaining, window.left(self.at).as_secs());
        response
            .with(X_LIMIT, &day.limit.to_string())
            .with(X_REMAINING, &day.remaining.to_string())
            .with(X_RESET, &day.resets_at.to_string())
            .with(POLICY, &format!("{}, {}", policy("day", day), policy("minute", minute)))
            .with(LIMIT, &format!("{}, {}", left("day", day), left("minute", minute)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_busy_store_does_not_count_is_not_let_through() {
        let busy = || store::Error::Conflict { key: "usage".to_owned() };
        let refused = goes_on(busy(), false).unwrap_err();
        assert_eq!(refused.code, Code::StoreUnavailable);
        assert!(refused.retry_after.is_some());
        let out_of_reach = store::Error::from(store::Unavailable("no answer".to_owned()));
        assert_eq!(goes_on(out_of_reach, false).unwrap_err().code, Code::StoreUnavailable);
        assert!(goes_on(busy(), true).is_ok(), "reads are not counted");
        let too_large = store::Error::TooLarge { key: "usage".to_owned(), size_bytes: 1 };
        assert!(goes_on(too_large, false).is_ok(), "nobody could ask for anything any more");
    }
}
