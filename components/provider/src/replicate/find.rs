//! A lost submission looked for in the list of jobs, newest first.

use domain::Timestamp;
use serde::Deserialize;
use url::Url;

use super::answer::{self, Asked};
use super::api::Api;
use super::path;
use super::wire::{Maybe, WireJob, lenient};
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

/// A page of the list.
#[derive(Deserialize)]
struct Page {
    results: Vec<Maybe<WireJob>>,
    #[serde(default, deserialize_with = "lenient")]
    next: Option<String>,
}

impl Find {
    pub(super) fn new(api: Api, kind: Kind, callback_url: String, since: Timestamp) -> Self {
        let oldest = Timestamp::from_millis(since.as_millis().saturating_sub(CLOCK_SKEW_MS)).to_string();
        Self { api, kind, callback_url, oldest, pages: 0 }
    }

    fn search(&mut self, page: Page) -> Step<Option<Job>> {
        self.pages += 1;
        for wire in page.results.into_iter().filter_map(Maybe::value) {
            if wire.webhook.as_ref() == Some(&self.callback_url) {
                return Step::Done(wire.into_job().map(Some));
            }
            if wire.created_at.is_some_and(|created_at| self.is_before(&created_at)) {
                return Step::Done(Ok(None));
            }
        }
        match page.next {
            None => Step::Done(Ok(None)),
            Some(_) if self.pages >= PAGES_MAX => Step::Done(Err(Error::Unavailable)),
            Some(next) => match Url::parse(&next) {
                Ok(url) => self.api.get_url(&url).into(),
                Err(_) => Step::Done(Err(Error::Malformed("next page"))),
            },
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
        let page = |body: &[u8]| serde_json::from_slice(body).map_err(|_| Error::Malformed("list of jobs"));
        match answer::read(Asked::Question, answer, page) {
            Ok(page) => self.search(page),
            Err(Error::NotFound) => Step::Done(Err(Error::Malformed("list of jobs"))),
            Err(error) => Step::Done(Err(error)),
        }
    }
}
