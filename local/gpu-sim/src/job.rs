//! Jobs: trainings and predictions are one kind of object under two paths.

use serde_json::{Value, json};

use crate::Misbehaviour;

/// The two kinds of job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Photos to a model.
    Training,
    /// A prompt to pictures.
    Prediction,
}

impl Kind {
    /// The path segment of its kind.
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
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) model: String,
    pub(crate) version: String,
    pub(crate) input: Value,
    pub(crate) destination: Option<String>,
    pub(crate) webhook: Option<String>,
    pub(crate) events: Vec<String>,
    pub(crate) status: &'static str,
    pub(crate) created_at: jiff::Timestamp,
    pub(crate) started_at: Option<jiff::Timestamp>,
    pub(crate) completed_at: Option<jiff::Timestamp>,
    pub(crate) output: Value,
    pub(crate) error: Value,
    pub(crate) logs: String,
    pub(crate) misbehaviour: Vec<Misbehaviour>,
    pub(crate) deliveries: Vec<Delivery>,
}

/// A callback that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The job's status it told of.
    pub status: &'static str,
    /// The HTTP status it was answered with; nothing when there was no answer.
    pub answer: Option<u16>,
}

/// How long outputs of a prediction are kept, in seconds.
pub(crate) const OUTPUT_LIFETIME_SECONDS: i64 = 60 * 60;

impl Job {
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.status, "succeeded" | "failed" | "canceled" | "aborted")
    }

    pub(crate) fn is(&self, misbehaviour: Misbehaviour) -> bool {
        self.misbehaviour.contains(&misbehaviour)
    }

    /// The object as the API gives it.
    pub(crate) fn to_json(&self, base_url: &str) -> Value {
        let removed = self.kind == Kind::Prediction
            && self
                .completed_at
                .is_some_and(|at| jiff::Timestamp::now().as_second() - at.as_second() > OUTPUT_LIFETIME_SECONDS);
        let url = format!("{base_url}/v1/{}/{}", self.kind.path(), self.id);
        let predict_time = self.started_at.zip(self.completed_at).map(|(start, end)| seconds(start, end));
        let metrics = match predict_time {
            Some(predict_time) => {
                let total = self.completed_at.map(|end| seconds(self.created_at, end));
                json!({ "predict_time": predict_time, "total_time": total })
            }
            None => json!({}),
        };
        json!({
            "id": self.id, "model": self.model, "version": self.version, "input": self.input,
            "logs": if removed { "" } else { self.logs.as_str() },
            "output": if removed { &Value::Null } else { &self.output },
            "error": self.error, "status": self.status, "data_removed": removed, "source": "api",
            "created_at": self.created_at.to_string(),
            "started_at": self.started_at.map(|at| at.to_string()),
            "completed_at": self.completed_at.map(|at| at.to_string()),
            "metrics": metrics, "webhook": self.webhook, "webhook_events_filter": self.events,
            "urls": { "get": url, "cancel": format!("{url}/cancel"), "web": format!("{base_url}/p/{}", self.id) },
        })
    }
}

fn seconds(start: jiff::Timestamp, end: jiff::Timestamp) -> f64 {
    end.duration_since(start).as_secs_f64()
}

/// A job as a test sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct JobView {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: Kind,
    /// Its status, as the API writes it.
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
