//! Conversations played in tests: answers, and what was asked for them.

use domain::AspectRatio;
use serde_json::{Value, json};

use crate::{Conversation, Error, GenerationJob, JobRef, Model, Request, Response, Step, TrainingJob, Transport};

/// An answer, or why there is none.
pub(crate) type Answer = Result<Response, Transport>;

pub(crate) fn answer(status: u16, body: &Value) -> Answer {
    raw_answer(status, body.to_string())
}

#[expect(clippy::unnecessary_wraps, reason = "an answer among those that were lost")]
pub(crate) fn raw_answer(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    Ok(http::Response::builder().status(status).body(body.into()).unwrap())
}

/// Plays an exchange against these answers, all of which it must want, and returns what it asked and came to.
pub(crate) fn play<T>(mut exchange: Conversation<T>, answers: Vec<Answer>) -> (Vec<Request>, Result<T, Error>) {
    let mut requests = Vec::new();
    let mut step = exchange.begin();
    let mut answers = answers.into_iter();
    loop {
        match step {
            Step::Send(request) => requests.push(request),
            Step::Done(outcome) => {
                assert_eq!(answers.count(), 0, "some answers were not asked for; the outcome came before");
                return (requests, outcome);
            }
        }
        step = exchange.receive(answers.next().expect("one more answer was asked for"));
    }
}

/// Method and URL of each request.
pub(crate) fn lines(requests: &[Request]) -> Vec<String> {
    requests.iter().map(|request| format!("{} {}", request.method(), request.uri())).collect()
}

pub(crate) fn body(request: &Request) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

/// A job as it is asked about.
pub(crate) fn known(id: &str) -> JobRef {
    JobRef { id: id.to_owned(), location: None }
}

/// A training as it is wanted.
pub(crate) fn training_job(trainer: &str, callback_url: &str) -> TrainingJob {
    let input = json!({"zip": "https://us.example/datasets/1.zip?mac=abcd", "word": "CHAR1N2K3M4", "steps": 1000});
    TrainingJob {
        trainer: trainer.to_owned(),
        input: serde_json::from_value(input).unwrap(),
        callback_url: callback_url.to_owned(),
    }
}

/// A generation as it is wanted.
pub(crate) fn generation_job(callback_url: &str, model: Model) -> GenerationJob {
    GenerationJob {
        model,
        prompt: "CHAR1N2K3M4 in a modern office".to_owned(),
        aspect_ratio: AspectRatio::Portrait2x3,
        num_outputs: 2,
        seed: None,
        lora_scale_percent: None,
        output_format: None,
        generator: None,
        callback_url: callback_url.to_owned(),
        cancel_after_seconds: None,
    }
}
