//! Jobs that are taken, refused and canceled, whichever protocol they come by.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::task::JoinHandle;

use crate::job::Job;
use crate::state::Shared;
use crate::{Misbehaviour, deliver, run};

/// Why a submission is not taken that is to be refused.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    Throttled,
    OutOfCredit,
    InvalidInput,
    Internal,
}

/// Whether a job is to be refused.
pub(crate) fn refusal(job: &Job) -> Option<Refusal> {
    let refusals = [
        (Misbehaviour::Throttle, Refusal::Throttled),
        (Misbehaviour::Broke, Refusal::OutOfCredit),
        (Misbehaviour::Refuse, Refusal::InvalidInput),
        (Misbehaviour::Error, Refusal::Internal),
    ];
    refusals.into_iter().find(|(misbehaviour, _)| job.is(*misbehaviour)).map(|(_, refusal)| refusal)
}

/// Lets a job run that the state has taken.
pub(crate) fn run_in_background(shared: &Arc<Shared>, key: usize) -> JoinHandle<()> {
    tokio::spawn(run::run(Arc::clone(shared), key))
}

/// Cancels a job, and tells so. False if it is over.
pub(crate) fn cancel(shared: &Arc<Shared>, key: usize) -> bool {
    let mut canceled = None;
    shared.change(key, |job| {
        if !job.is_terminal() {
            job.status = "canceled";
            job.completed_at = Some(jiff::Timestamp::now());
            canceled = Some(job.clone());
        }
    });
    let Some(job) = canceled else { return false };
    let shared = Arc::clone(shared);
    tokio::spawn(async move { deliver::finished(&shared, &job).await });
    true
}

/// A response whose body breaks off at once: the caller has no answer, and cannot know whether the job was accepted.
pub(crate) fn dropped(status: StatusCode) -> Response {
    let broken = axum::body::Body::from_stream(BrokenOff);
    (status, [(header::CONTENT_TYPE, "application/json")], broken).into_response()
}

struct BrokenOff;

impl futures_util::Stream for BrokenOff {
    type Item = Result<axum::body::Bytes, std::io::Error>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into())))
    }
}
