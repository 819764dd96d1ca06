//! A training submitted to a container, whose trainer is looked at first.
//!
//! Cog 0.17 and later upload an output that is a path. One inside an object they write into the callback: some 300 MB, which nobody takes, so
//! that an hour of work would come to nothing. So a trainer that returns an object is told apart by the container's own description before
//! it is asked to begin. Up to 0.16 both were uploaded; a container that does not say what it returns is taken at its word.

use serde_json::Value;

use super::submit::Submit;
use crate::prediction::text_at;
use crate::{Error, Exchange, Job, Request, Response, Step, Transport};

/// Largest description that is read, in bytes; those of real trainers have some 20 KB.
const SCHEMA_BYTES_MAX: usize = 1024 * 1024;
/// How many references are followed from what a trainer returns to how that looks.
const REFERENCES_MAX: usize = 4;
/// Why a trainer is not asked, and what is to be done.
const RETURNS_AN_OBJECT: &str = "the trainer in the Cog container returns an object, whose weights Cog would send inside its callback, which is \
     too large to be taken; have it return the bare path (docs/operations/cog says how)";

/// A training's submission, after two questions at most.
pub(super) struct Train {
    schema: Option<Result<Request, Error>>,
    health: Option<Result<Request, Error>>,
    submit: Submit,
    asked: Asked,
}

/// What was sent last.
enum Asked {
    Schema,
    Health,
    Submission,
}

impl Train {
    /// The questions for the container's description and for its health, and the submission.
    pub(super) const fn new(schema: Result<Request, Error>, health: Result<Request, Error>, submit: Submit) -> Self {
        Self { schema: Some(schema), health: Some(health), submit, asked: Asked::Schema }
    }
}

impl Exchange for Train {
    type Output = Job;

    fn begin(&mut self) -> Step<Job> {
        self.schema.take().unwrap_or(Err(Error::Unavailable)).into()
    }

    fn receive(&mut self, answer: Result<Response, Transport>) -> Step<Job> {
        let holds: fn(&Value) -> bool = match self.asked {
            Asked::Schema => returns_an_object,
            Asked::Health => is_coglet,
            Asked::Submission => return self.submit.receive(answer),
        };
        if !read(answer).is_some_and(|document| holds(&document)) {
            self.asked = Asked::Submission;
            return self.submit.begin();
        }
        match self.health.take() {
            Some(health) => {
                self.asked = Asked::Health;
                health.into()
            }
            None => Step::Done(Err(Error::Unusable(RETURNS_AN_OBJECT))),
        }
    }
}

/// An answer that is a document. What cannot be had keeps nobody from asking: the submission tells what is wrong.
fn read(answer: Result<Response, Transport>) -> Option<Value> {
    let is_read = |answer: &Response| answer.status().is_success() && answer.body().len() <= SCHEMA_BYTES_MAX;
    serde_json::from_slice(answer.ok().filter(is_read)?.body()).ok()
}

/// Whether the container's description says that its trainer returns an object.
fn returns_an_object(document: &Value) -> bool {
    let schema = |name: &str| document.pointer("/components/schemas")?.get(name);
    // A trainer may be served as a predictor.
    let mut output = schema("TrainingOutput").or_else(|| schema("Output"));
    for _ in 0..REFERENCES_MAX {
        let reference =
            output.and_then(|output| text_at(output, "$ref").or_else(|| text_at(output.pointer("/allOf/0")?, "$ref")));
        let Some(named) = reference.and_then(|reference| schema(reference.strip_prefix("#/components/schemas/")?))
        else {
            break;
        };
        output = Some(named);
    }
    output.is_some_and(|output| text_at(output, "type") == Some("object") || output.get("properties").is_some())
}

/// Whether it is a Cog that uploads no path inside an object.
fn is_coglet(health: &Value) -> bool {
    health.pointer("/version/coglet").is_some_and(Value::is_string)
}
