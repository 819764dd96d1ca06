//! Conversations about a job: begun, canceled, asked about.

use http::Method;
use serde_json::Value;

use super::api::{Api, App};
use super::{answer, wire};
use crate::{Error, Exchange, Job, JobFailure, JobRef, JobState, Request, Response, Step, Transport, progress};

/// One request, whose answer is read by what was asked.
pub(super) struct Ask {
    api: Api,
    request: Option<Result<Request, Error>>,
    /// The job that is to be canceled; nothing where one is begun.
    canceled: Option<JobRef>,
}

impl Ask {
    pub(super) fn submission(api: &Api, request: Result<Request, Error>) -> Self {
        Self { api: api.clone(), request: Some(request), canceled: None }
    }

    pub(super) fn cancellation(api: &Api, app: Option<&App>, job: &JobRef) -> Self {
        let request = api.about(Method::PUT, app, job, Some("cancel"));
        Self { api: api.clone(), request: Some(request), canceled: Some(job.clone()) }
    }

    fn submitted(&self, answer: Result<Response, Transport>) -> Result<Job, Error> {
        let response = answer::accepted(answer, Error::Ambiguous)?;
        let value = answer::parse(response.body());
        // It said yes, so something runs, whatever else it said.
        let id = wire::request_id(&value).ok_or(Error::Ambiguous)?;
        let location = value.get("response_url").and_then(Value::as_str).and_then(|url| self.api.location(url));
        Ok(Job { id, location, state: JobState::Queued, callback_url: None, progress_percent: None })
    }
}

/// A job goes on, or is over in a way that only its result tells.
fn running(job: &JobRef) -> Job {
    let JobRef { id, location } = job.clone();
    Job { id, location, state: JobState::Running, callback_url: None, progress_percent: None }
}

impl Exchange for Ask {
    type Output = Job;

    fn begin(&mut self) -> Step<Job> {
        self.request.take().unwrap_or(Err(Error::Unavailable)).into()
    }

    fn receive(&mut self, answer: Result<Response, Transport>) -> Step<Job> {
        let Some(canceled) = &self.canceled else { return Step::Done(self.submitted(answer)) };
        Step::Done(match answer::accepted(answer, Error::Unavailable) {
            // It was too late.
            Ok(_) | Err(Error::Refused { status: 400, .. }) => Ok(running(canceled)),
            Err(error) => Err(error),
        })
    }
}

/// A request deleted, with all that is kept of it.
pub(super) struct Deletion(Option<Result<Request, Error>>);

impl Deletion {
    pub(super) const fn new(request: Result<Request, Error>) -> Self {
        Self(Some(request))
    }
}

impl Exchange for Deletion {
    type Output = ();

    fn begin(&mut self) -> Step<()> {
        self.0.take().unwrap_or(Err(Error::Unavailable)).into()
    }

    fn receive(&mut self, answer: Result<Response, Transport>) -> Step<()> {
        Step::Done(answer::accepted(answer, Error::Unavailable).map(drop))
    }
}

/// How a job is: its status, and once that says completed, its result. Why it failed the result tells best.
pub(super) struct Status {
    api: Api,
    app: Option<App>,
    job: JobRef,
    completed: bool,
    /// What the status said of a failure.
    failure: Option<JobFailure>,
}

impl Status {
    pub(super) fn new(api: Api, app: Option<&App>, job: &JobRef) -> Self {
        Self { api, app: app.cloned(), job: job.clone(), completed: false, failure: None }
    }

    fn status(&mut self, answer: Result<Response, Transport>) -> Result<Step<Job>, Error> {
        let response = answer::accepted(answer, Error::Unavailable)?;
        let value = answer::parse(response.body());
        let state = match value.get("status").and_then(Value::as_str) {
            Some("COMPLETED") => {
                self.completed = true;
                self.failure = answer::failure_in_status(&value);
                return Ok(self.api.about(Method::GET, self.app.as_ref(), &self.job, None).into());
            }
            Some("IN_QUEUE") => JobState::Queued,
            Some(_) => JobState::Running,
            None => return Err(Error::Malformed("status")),
        };
        let logs = value.get("logs").and_then(Value::as_array).into_iter().flatten();
        let lines: Vec<&str> = logs.filter_map(|line| line.get("message")?.as_str()).collect();
        Ok(self.done(state, progress::percent(&lines.join("\n"))))
    }

    fn result(&self, answer: Result<Response, Transport>) -> Result<Step<Job>, Error> {
        let response = answer.map_err(|_| Error::Unavailable)?;
        let value = answer::parse(response.body());
        if let Some(failure) = answer::failure_of_a_job(&response, &value) {
            return Ok(self.done(JobState::Failed(failure), None));
        }
        if let Some(failure) = &self.failure {
            return Ok(self.done(JobState::Failed(failure.clone()), None));
        }
        if response.status().is_success() {
            return Ok(self.done(JobState::Succeeded(wire::output(&value)), None));
        }
        Err(answer::accepted(Ok(response), Error::Unavailable).err().unwrap_or(Error::Unavailable))
    }

    fn done(&self, state: JobState, progress_percent: Option<u8>) -> Step<Job> {
        Step::Done(Ok(Job { state, progress_percent, ..running(&self.job) }))
    }
}

impl Exchange for Status {
    type Output = Job;

    fn begin(&mut self) -> Step<Job> {
        self.api.about(Method::GET, self.app.as_ref(), &self.job, Some("status")).into()
    }

    fn receive(&mut self, answer: Result<Response, Transport>) -> Step<Job> {
        let step = if self.completed { self.result(answer) } else { self.status(answer) };
        step.unwrap_or_else(|error| Step::Done(Err(error)))
    }
}
