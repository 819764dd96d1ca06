//! A training started: whose account, which version of the trainer, the submission, and the destination where it lacks.

use serde::Serialize;
use serde_json::{Map, Value};

use super::answer::{self, Asked};
use super::api::Api;
use super::config::{Name, Trainer};
use super::wire;
use crate::{Error, Exchange, Job, Response, Step, TrainingJob, Transport};

/// The conversation that starts a training, of at most five requests.
pub(super) struct StartTraining {
    api: Api,
    trainer: Trainer,
    model: Name,
    job: TrainingJob,
    stage: Stage,
}

/// What was asked last.
enum Stage {
    Account,
    TrainerVersion { owner: Name },
    Submission(Target),
    Destination(Target),
    Resubmission(Target),
    Over,
}

/// Where a training is asked for, and where its model goes.
struct Target {
    version: Name,
    owner: Name,
}

impl StartTraining {
    pub(super) fn new(api: Api, trainer: Trainer, model: Name, job: TrainingJob) -> Self {
        Self { api, trainer, model, job, stage: Stage::Account }
    }

    fn ask(&mut self, stage: Stage) -> Step<Job> {
        let trainer = [self.trainer.owner.as_str(), self.trainer.name.as_str()];
        let request = match &stage {
            Stage::Account => self.api.get(&["account"]),
            Stage::TrainerVersion { .. } => self.api.get(&[&["models"], &trainer[..]].concat()),
            Stage::Submission(target) | Stage::Resubmission(target) => self.submit(target),
            Stage::Destination(target) => self.api.post(&["models"], &NewModel::new(&target.owner, &self.model)),
            Stage::Over => Err(Error::Unavailable),
        };
        self.stage = stage;
        request.into()
    }

    fn submit(&self, target: &Target) -> Result<crate::Request, Error> {
        let trainer = &self.trainer;
        let segments =
            ["models", trainer.owner.as_str(), trainer.name.as_str(), "versions", target.version.as_str(), "trainings"];
        let training = Training {
            destination: format!("{}/{}", target.owner.as_str(), self.model.as_str()),
            input: &self.job.input,
            webhook: &self.job.callback_url,
            webhook_events_filter: ["start", "completed"],
        };
        self.api.post(&segments, &training)
    }

    fn proceed(&mut self, stage: Stage, answer: Result<Response, Transport>) -> Result<Step<Job>, Error> {
        match stage {
            Stage::Account => {
                let owner = answer::read(Asked::Question, answer, parse_owner)?;
                Ok(match self.trainer.version.clone() {
                    Some(version) => self.ask(Stage::Submission(Target { version, owner })),
                    None => self.ask(Stage::TrainerVersion { owner }),
                })
            }
            Stage::TrainerVersion { owner } => {
                let version = answer::read(Asked::Question, answer, parse_latest_version)?;
                Ok(self.ask(Stage::Submission(Target { version, owner })))
            }
            Stage::Submission(target) => match answer {
                Ok(response) if answer::lacks_destination(&response) => Ok(self.ask(Stage::Destination(target))),
                answer => Ok(Step::Done(answer::read(Asked::Submission, answer, wire::parse_job))),
            },
            Stage::Destination(target) => {
                match answer {
                    Ok(response) if answer::model_exists(&response) => {}
                    answer => answer::read(Asked::Question, answer, |_| Ok(()))?,
                }
                Ok(self.ask(Stage::Resubmission(target)))
            }
            Stage::Resubmission(_) => Ok(Step::Done(answer::read(Asked::Submission, answer, wire::parse_job))),
            Stage::Over => Err(Error::Unavailable),
        }
    }
}

impl Exchange for StartTraining {
    type Output = Job;

    fn begin(&mut self) -> Step<Job> {
        self.ask(Stage::Account)
    }

    fn receive(&mut self, answer: Result<Response, Transport>) -> Step<Job> {
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        self.proceed(stage, answer).unwrap_or_else(|error| Step::Done(Err(error)))
    }
}

fn parse_owner(body: &[u8]) -> Result<Name, Error> {
    parse_name(body, "/username").ok_or(Error::Malformed("account"))
}

fn parse_latest_version(body: &[u8]) -> Result<Name, Error> {
    parse_name(body, "/latest_version/id").ok_or(Error::Malformed("version of the trainer"))
}

fn parse_name(body: &[u8], pointer: &str) -> Option<Name> {
    let value: Value = serde_json::from_slice(body).ok()?;
    Name::parse(value.pointer(pointer)?.as_str()?)
}

/// The private model that trained versions go to.
#[derive(Serialize)]
struct NewModel<'a> {
    owner: &'a str,
    name: &'a str,
    visibility: &'static str,
    /// Must be named; what a trained version really runs on is Replicate's choice.
    hardware: &'static str,
    description: &'static str,
}

impl<'a> NewModel<'a> {
    fn new(owner: &'a Name, model: &'a Name) -> Self {
        Self {
            owner: owner.as_str(),
            name: model.as_str(),
            visibility: "private",
            hardware: "gpu-t4",
            description: "Characters trained by Likeness, one a version.",
        }
    }
}

#[derive(Serialize)]
struct Training<'a> {
    destination: String,
    input: &'a Map<String, Value>,
    webhook: &'a str,
    webhook_events_filter: [&'static str; 2],
}
