//! A lost submission looked for in the list of jobs, newest first.

use domain::Timestamp;
use serde_json::Value;
use url::Url;

use super::answer::{self, Asked};
use super::api::{Api, path};
use super::wire;
use crate::{Error, Exchange, Job, Kind, Response, Step, Transport};

/// The most pages asked for, of 100 jobs each.
pub(super) const PAGES_MAX: usize = 10;

/// How far Replicate's clock may be behind ours, in milliseconds.
const CLOCK_SKEW_MS: i64 = 10 * 60 * 1000;

/// The letters of `2026-03-01T12:00:00`: equal lengths and one time zone, so that they sort as the times do.
const SECOND_BYTES: usize = 19;

/// A search through the pages of the list.
pub(super) struct Find {
    api: Api,
    kind: Kind,
    callback_url: String,
    oldest: String,
    pages: usize,
}

impl Find {
    pub(super) fn new(api: Api, kind: Kind, callback_url: String, since: Timestamp) -> Self {
        let oldest = Timestamp::from_millis(since.as_millis().saturating_sub(CLOCK_SKEW_MS)).to_string();
        Self { api, kind, callback_url, oldest, pages: 0 }
    }

    fn search(&mut self, page: &Value) -> Result<Step<Option<Job>>, Error> {
        self.pages += 1;
        for listed in page.get("results").and_then(Value::as_array).ok_or(UNREADABLE)? {
            if wire::text_at(listed, "webhook") == Some(&self.callback_url) {
                return Ok(Step::Done(wire::job(listed).map(Some)));
            }
            if wire::text_at(listed, "created_at").is_some_and(|created_at| self.is_before(created_at)) {
                return Ok(Step::Done(Ok(None)));
            }
        }
        match wire::text_at(page, "next") {
            None => Ok(Step::Done(Ok(None))),
            Some(_) if self.pages >= PAGES_MAX => Err(Error::Unavailable),
            Some(next) => Ok(self.api.get_url(&Url::parse(next).map_err(|_| UNREADABLE)?).into()),
        }
    }

    fn is_before(&self, created_at: &str) -> bool {
        let utc = created_at.ends_with('Z') || created_at.ends_with("+00:00");
        match (created_at.get(..SECOND_BYTES), self.oldest.get(..SECOND_BYTES)) {
            (Some(created_at), Some(oldest)) => utc && created_at < oldest,
            _ => false,
        }
    }
}

impl Exchange for Find {
    type Output = Option<Job>;

    fn begin(&mut self) -> Step<Option<Job>> {
        self.api.get(&[path(self.kind)]).into()
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
