//! An exchange of one request.

use super::answer::{self, Asked};
use crate::{Error, Exchange, Request, Response, Step, Transport};

/// One request, and how its answer is read.
pub(super) struct Single<T> {
    request: Option<Result<Request, Error>>,
    asked: Asked,
    read: fn(&[u8]) -> Result<T, Error>,
}

impl<T> Single<T> {
    pub(super) fn question(request: Result<Request, Error>, read: fn(&[u8]) -> Result<T, Error>) -> Self {
        Self { request: Some(request), asked: Asked::Question, read }
    }

    pub(super) fn submission(request: Result<Request, Error>, read: fn(&[u8]) -> Result<T, Error>) -> Self {
        Self { request: Some(request), asked: Asked::Submission, read }
    }
}

impl<T> Exchange for Single<T> {
    type Output = T;

    fn begin(&mut self) -> Step<T> {
        self.request.take().unwrap_or(Err(Error::Unavailable)).into()
    }

    fn receive(&mut self, answer: Result<Response, Transport>) -> Step<T> {
        Step::Done(answer::read(self.asked, answer, self.read))
    }
}
