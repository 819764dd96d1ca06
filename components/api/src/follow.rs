//! Answers for tasks that go on: where they can be followed, and who would rather follow than wait.

use domain::Task;
use http::header::LOCATION;

use crate::wire::{PREFERENCE_APPLIED, Request, Response};
use crate::{Code, Error};

/// The error for a task that was canceled while its caller waited.
pub(crate) fn canceled() -> Error {
    Error::new(Code::TaskEnded, "It was canceled while you waited; your credits were given back")
}

/// An answer that says where its task can be followed.
pub(crate) fn to_be_followed(answer: Response, task: &Task, polls: bool) -> Response {
    let answer = answer.with(LOCATION, &format!("/api/v1/tasks/{}", task.id));
    if polls { answer.with(PREFERENCE_APPLIED, "respond-async") } else { answer }
}

/// Whether the caller would rather poll: one of the preferences is `respond-async` (RFC 7240).
pub(crate) fn prefers_async<B>(request: &Request<B>) -> bool {
    let values = request.headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|preference| preference.trim().eq_ignore_ascii_case("respond-async"))
}
