//! A lost submission looked for in the list of jobs, newest first.
//!
//! What is listed says what each job was asked for, and nothing of where it reports to. Inputs are removed an hour after a job's end. So the
//! whole time since the submission is looked through, and where two jobs could be the one, or one could that shows no input, nothing is
//! decided: a job that is said not to be there is begun again, and is paid for twice.

use domain::Timestamp;
use serde_json::Value;
use url::Url;

use super::answer::{self, Asked};
use super::api::{Api, path};
use super::wire;
use crate::sought::Verdict;
use crate::{Error, Exchange, Job, Proof, Response, Sought, Step, Transport};

/// The most pages asked for, of 100 jobs each.
pub(super) const PAGES_MAX: usize = 10;

/// How far Replicate's clock may be behind ours, in milliseconds.
const CLOCK_SKEW_MS: i64 = 10 * 60 * 1000;

/// The letters of `2026-03-01T12:00:00`: equal lengths and one time zone, so that they sort as the times do.
const SECOND_BYTES: usize = 19;

/// A search through the pages of the list.
pub(super) struct Find {
    api: Api,
    sought: Sought,
    /// Jobs from before this time end the search.
    oldest: String,
    submitted_at: String,
    pages: usize,
    found: Option<Job>,
    /// Whether several are.
    is_several: bool,
    /// Whether there is a job that could be the one, and is not known to be.
    in_doubt: bool,
}

impl Find {
    pub(super) fn new(api: Api, sought: Sought) -> Self {
        let oldest = Timestamp::from_millis(sought.since.as_millis().saturating_sub(CLOCK_SKEW_MS)).to_string();
        let submitted_at = sought.since.to_string();
        Self { api, sought, oldest, submitted_at, pages: 0, found: None, is_several: false, in_doubt: false }
    }

    fn search(&mut self, page: &Value) -> Result<Step<Option<Job>>, Error> {
        self.pages += 1;
        for listed in page.get("results").and_then(Value::as_array).ok_or(UNREADABLE)? {
            if is_before(listed, &self.oldest) {
                return self.decide();
            }
            match self.judge(listed) {
                Verdict::No => {}
                Verdict::Yes if self.found.is_none() => self.found = Some(wire::job(listed)?),
                Verdict::Yes => self.is_several = true,
                Verdict::Unknown => self.in_doubt = true,
            }
        }
        match wire::text_at(page, "next") {
            None => self.decide(),
            Some(_) if self.pages >= PAGES_MAX => Err(Error::Unavailable),
            Some(next) => Ok(self.api.get_url(&Url::parse(next).map_err(|_| UNREADABLE)?).into()),
        }
    }

    fn judge(&self, listed: &Value) -> Verdict {
        let is_removed = listed.get("data_removed").and_then(Value::as_bool) == Some(true);
        let Some(input) = listed.get("input").and_then(Value::as_object).filter(|_| !is_removed) else {
            return Verdict::Unknown;
        };
        match (self.sought.mark.is_in(input), self.sought.proof) {
            (Verdict::Yes, Proof::Nothing) => Verdict::Unknown,
            (Verdict::Yes, Proof::SameResult) if is_before(listed, &self.submitted_at) => Verdict::Unknown,
            (verdict, _) => verdict,
        }
    }

    fn decide(&mut self) -> Result<Step<Option<Job>>, Error> {
        let is_certain = self.found.is_some() && self.sought.proof == Proof::Unique || !self.in_doubt;
        if is_certain && !self.is_several { Ok(Step::Done(Ok(self.found.take()))) } else { Err(Error::Unavailable) }
    }
}

/// Whether a listed job was certainly created before this time.
fn is_before(listed: &Value, time: &str) -> bool {
    let Some(created_at) = wire::text_at(listed, "created_at") else { return false };
    let utc = created_at.ends_with('Z') || created_at.ends_with("+00:00");
    match (created_at.get(..SECOND_BYTES), time.get(..SECOND_BYTES)) {
        (Some(created_at), Some(time)) => utc && created_at < time,
        _ => false,
    }
}

impl Exchange for Find {
    type Output = Option<Job>;

    fn begin(&mut self) -> Step<Option<Job>> {
        self.api.get(&[path(self.sought.kind())]).into()
    }

    fn receive(&mut self, answer: Result<Response, Transport>) -> Step<Option<Job>> {
        let page =
            answer::read(Asked::Question, answer, |body| serde_json::from_slice::<Value>(body).map_err(|_| UNREADABLE));
        match page.and_then(|page| self.search(&page)) {
            Ok(step) => step,
            // No list is not the same as no job in it.
            Err(Error::NotFound) => Step::Done(Err(UNREADABLE)),
            Err(error) => Step::Done(Err(error)),
        }
    }
}

const UNREADABLE: Error = Error::Malformed("list of jobs");
