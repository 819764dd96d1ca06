//! Jobs, as every protocol has them: what differs is how they are shown.

use serde_json::Value;

use crate::fault::Fault;
use crate::protocol::Protocol;
use crate::work::Work;
use crate::{Misbehaviour, Options};

/// The two kinds of job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Photos to a model.
    Training,
    /// A prompt to pictures.
    Prediction,
}

impl Kind {
    const fn of(work: &Work) -> Self {
        match work {
            Work::Train(_) => Self::Training,
            Work::Generate(_) | Work::Run(_) => Self::Prediction,
        }
    }

    /// The path segment of its kind, at Replicate and Cog.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Training => "trainings",
            Self::Prediction => "predictions",
        }
    }
}

/// A job and everything about it.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Its place among all jobs: ids are given by the protocols, and Cog's callers may use one twice.
    pub(crate) key: usize,
    pub(crate) protocol: Protocol,
    pub(crate) id: String,
    pub(crate) kind: Kind,
    /// What does it, in the protocol's words: Replicate's model, fal's app.
    pub(crate) model: String,
    pub(crate) version: String,
    pub(crate) destination: Option<String>,
    /// The input as it came.
    pub(crate) input: Value,
    /// What that asks for.
    pub(crate) work: Work,
    pub(crate) webhook: Option<String>,
    pub(crate) events: Vec<String>,
    /// How long its files are kept, in seconds, where its caller said so: fal takes that.
    pub(crate) kept_seconds: Option<i64>,
    pub(crate) status: &'static str,
    pub(crate) created_at: jiff::Timestamp,
    pub(crate) started_at: Option<jiff::Timestamp>,
    pub(crate) completed_at: Option<jiff::Timestamp>,
    /// The output as the protocol writes it.
    pub(crate) output: Value,
    pub(crate) fault: Option<Fault>,
    pub(crate) logs: String,
    pub(crate) misbehaviour: Vec<Misbehaviour>,
    pub(crate) deliveries: Vec<Delivery>,
}

/// A callback that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The job's status it told of, in Replicate's words.
    pub status: &'static str,
    /// The HTTP status it was answered with; nothing when there was no answer.
    pub answer: Option<u16>,
}

impl Job {
    /// A job that is about to begin. It misbehaves as all do, and as its input and destination ask for.
    pub(crate) fn new(
        options: &Options,
        protocol: Protocol,
        id: String,
        work: Work,
        input: Value,
        destination: Option<String>,
    ) -> Self {
        let asked = ["prompt", "trigger_word", "trigger_phrase", "default_caption"]
            .map(|field| input.get(field).and_then(Value::as_str).unwrap_or(""));
        let text = format!("{} {}", asked.join(" "), destination.as_deref().unwrap_or(""));
        let mut misbehaviour = options.misbehaviour.clone();
        misbehaviour.extend(Misbehaviour::asked_for_in(&text));
        Self {
            key: 0,
            protocol,
            id,
            kind: Kind::of(&work),
            model: String::new(),
            version: String::new(),
            destination,
            input,
            work,
            webhook: None,
            events: Vec::new(),
            kept_seconds: None,
            status: "starting",
            created_at: jiff::Timestamp::now(),
            started_at: None,
            completed_at: None,
            output: Value::Null,
            fault: None,
            logs: String::new(),
            misbehaviour,
            deliveries: Vec::new(),
        }
    }

    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.status, "succeeded" | "failed" | "canceled" | "aborted")
    }

    pub(crate) fn is(&self, misbehaviour: Misbehaviour) -> bool {
        self.misbehaviour.contains(&misbehaviour)
    }

    /// How long it ran, in seconds; nothing before its end.
    pub(crate) fn run_seconds(&self) -> Option<f64> {
        self.started_at.zip(self.completed_at).map(|(start, end)| end.duration_since(start).as_secs_f64())
    }
}

/// An id of the form that Replicate's and Cog's have: 26 letters and digits.
pub(crate) fn plain_id() -> String {
    let letters = b"abcdefghjkmnpqrstvwxyz0123456789";
    (0..26).filter_map(|_| letters.get(usize::from(rand::random::<u8>() % 32))).copied().map(char::from).collect()
}

/// A job as a test sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct JobView {
    /// Whose protocol it came by: `replicate`, `fal` or `cog`.
    pub provider: &'static str,
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: Kind,
    /// Its status, in Replicate's words.
    pub status: &'static str,
    /// What it was asked for.
    pub input: Value,
    /// Its log so far.
    pub logs: String,
    /// Its callback URL.
    pub webhook: Option<String>,
    /// The callbacks that were sent.
    pub deliveries: Vec<Delivery>,
}

impl From<&Job> for JobView {
    fn from(job: &Job) -> Self {
        Self {
            provider: job.protocol.name(),
            id: job.id.clone(),
            kind: job.kind,
            status: job.status,
            input: job.input.clone(),
            logs: job.logs.clone(),
            webhook: job.webhook.clone(),
            deliveries: job.deliveries.clone(),
        }
    }
}
