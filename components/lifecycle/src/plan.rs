//! What is asked of a provider for a task: the same whoever is asked, and whenever.

mod inside;

use std::time::Duration;

use domain::{
    Character, CharacterState, Generation, Model, ProviderName, Run, Task, TaskId, Training, TrainingRequest, Work,
};
use provider::{Conversation, GenerationJob, Job, Provider, RunJob, TestJob, TrainingJob, registry};

use crate::error::NotReady;
use crate::{Error, Ports, jobs, links, mark};

/// How much longer than its task a job may run: who waits is told first.
const CANCEL_MARGIN: Duration = Duration::from_secs(30);

/// How long before a provider removes what it trained nobody counts on it any more.
const KEPT_MARGIN: Duration = Duration::from_hours(24);

/// What is asked of a provider.
pub enum Plan {
    /// To train a model.
    Training {
        /// How.
        training: Training,
        /// Where the provider pulls the photos from.
        dataset_url: String,
    },
    /// To make pictures.
    Generation {
        /// With what.
        model: Model,
        /// Where our copy of its weights is, if there is one.
        weights_url: Option<String>,
        /// How long ago the character was made, which is before its training ended.
        age: Duration,
        /// The prompt, with the trigger word in it.
        prompt: String,
        /// What else was asked for, and a seed in any case.
        wanted: Generation,
        /// When the provider is to give up by itself, in seconds after the submission.
        cancel_after_seconds: Option<u32>,
    },
    /// Whatever a model does, for this task.
    Run(TaskId, Run),
    /// What an account for tests ordered, whatever it is: the provider inside does it.
    Test(TestJob),
}

impl Plan {
    /// What a task comes to, of this character's where it is about one.
    ///
    /// # Errors
    /// [`Error::NotReady`] for pictures without a model, [`Error::Internal`] when no link can be made.
    pub fn new<P: Ports>(ports: &P, task: &Task, character: Option<&Character>) -> Result<Self, Error> {
        let character = || character.ok_or_else(|| Error::internal(format!("{} is about no character", task.id)));
        if task.account.is_test() {
            if matches!(task.work, Work::Generation(_)) {
                trained(character()?)?;
            }
            return inside::job(task, character, ports.now()).map(Self::Test);
        }
        // A task whose callbacks could not be told from others' is none to begin.
        links::callback(ports.config(), task)?;
        match &task.work {
            Work::Training(training) => Ok(Self::Training {
                training: training.clone(),
                dataset_url: links::dataset(ports.config(), character()?, ports.now())?,
            }),
            Work::Reference { .. } => Err(Error::internal(format!("{}: nobody is asked for it", task.id))),
            Work::Generation(wanted) => Self::generation(ports, task, wanted, character()?),
            Work::Run(run) => Ok(Self::Run(task.id.clone(), run.clone())),
        }
    }

    fn generation<P: Ports>(ports: &P, task: &Task, wanted: &Generation, character: &Character) -> Result<Self, Error> {
        let model = trained(character)?.clone();
        let time = task.deadline.since(ports.now()).saturating_add(CANCEL_MARGIN);
        Ok(Self::Generation {
            weights_url: model
                .weights
                .as_ref()
                .map(|_| links::weights(ports.config(), character, ports.now()))
                .transpose()?,
            model,
            age: ports.now().since(character.created_at),
            prompt: domain::with_trigger_word(&wanted.prompt, &character.trigger_word),
            wanted: Generation { seed: wanted.seed.or_else(|| Some(mark::seed(&task.id))), ..wanted.clone() },
            cancel_after_seconds: u32::try_from(time.as_secs()).ok(),
        })
    }

    /// The conversation that starts it at a provider.
    pub fn start(&self, provider: &dyn Provider, name: ProviderName, callback_url: String) -> Conversation<Job> {
        match self {
            Self::Training { training, dataset_url } => match training.request_to(name).cloned() {
                Some(TrainingRequest { trainer, zip, mut input, .. }) => {
                    input.insert(zip, dataset_url.as_str().into());
                    provider.start_training(&TrainingJob { trainer, input, callback_url })
                }
                None => provider::not_offered(),
            },
            Self::Generation { model, weights_url, age, prompt, wanted, cancel_after_seconds } => provider
                .start_generation(&GenerationJob {
                    callback_url,
                    cancel_after_seconds: *cancel_after_seconds,
                    ..job(
                        name,
                        named(model, weights_url.as_deref(), name, still_keeps(name, *age)),
                        prompt.clone(),
                        wanted,
                    )
                }),
            Self::Run(task, run) => {
                let request = mark::request(task, run, name);
                let (model, input) = request.map(|request| (request.model, request.input)).unwrap_or_default();
                provider.start_run(&RunJob { model, input, callback_url })
            }
            Self::Test(job) => job.start(),
        }
    }
}

/// How a model is named to a provider: as it named it itself, if it trained it and still keeps that; by our copy of its weights otherwise, if
/// there is one.
fn named(model: &Model, weights_url: Option<&str>, name: ProviderName, still_keeps: bool) -> provider::Model {
    match weights_url {
        Some(url) if model.provider != name || !still_keeps => provider::Model::Weights(url.to_owned()),
        _ => provider::Model::Own(model.name.clone()),
    }
}

/// Whether a provider still keeps what it trained for a character of this age: then nothing is pulled again, and it has the file at hand.
fn still_keeps(name: ProviderName, age: Duration) -> bool {
    age.saturating_add(KEPT_MARGIN) < registry::models_kept(name)
}

/// A character's model.
///
/// # Errors
/// [`Error::NotReady`] as long as there is none.
pub fn trained(character: &Character) -> Result<&Model, Error> {
    match &character.state {
        CharacterState::Ready { model } => Ok(model),
        CharacterState::AwaitingConsent => Err(Error::NotReady(NotReady::Unanswered)),
        CharacterState::Training => Err(Error::NotReady(NotReady::Training)),
        CharacterState::Referenced | CharacterState::Failed { .. } | CharacterState::Deleted { .. } => {
            Err(Error::NotReady(NotReady::Failed))
        }
    }
}

/// A generation as a provider is asked for it.
fn job(name: ProviderName, model: provider::Model, prompt: String, wanted: &Generation) -> GenerationJob {
    GenerationJob {
        model,
        prompt,
        aspect_ratio: wanted.aspect_ratio,
        num_outputs: wanted.num_outputs,
        seed: wanted.seed,
        lora_scale_percent: wanted.lora_scale_percent,
        output_format: wanted.output_format,
        generator: wanted.generator.clone().filter(|generator| generator.provider == name),
        callback_url: String::new(),
        cancel_after_seconds: None,
    }
}

/// What was asked for that this provider has no place for.
pub fn ignored<P: Ports>(ports: &P, name: ProviderName, wanted: &Generation) -> Vec<String> {
    let Ok(provider) = jobs::configured(ports, name) else { return Vec::new() };
    let job = job(name, provider::Model::Own(String::new()), String::new(), wanted);
    provider.ignored(&job).into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use domain::Base;

    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn who_still_keeps_what_it_trained_is_given_that_and_others_our_copy() {
        use ProviderName::{Cog, Fal, Replicate};
        let copy = provider::Model::Weights("https://us.example/weights".to_owned());
        let own = provider::Model::Own("its own name".to_owned());
        for (trained_at, asked, days, expected) in [
            (Replicate, Replicate, 1_000, &own),
            (Replicate, Fal, 1, &copy),
            (Replicate, Cog, 1, &copy),
            (Fal, Replicate, 1, &copy),
            (Fal, Fal, 28, &own),
            (Fal, Fal, 29, &copy),
            (Fal, Cog, 1, &copy),
            (Cog, Replicate, 1, &copy),
            (Cog, Fal, 1, &copy),
            (Cog, Cog, 0, &copy),
        ] {
            let keeps = still_keeps(asked, DAY * days);
            let model = Model {
                provider: trained_at,
                name: "its own name".to_owned(),
                source: None,
                base: Base::default(),
                weights: None,
            };
            let named_with = |url| named(&model, url, asked, keeps);
            assert_eq!(&named_with(Some("https://us.example/weights")), expected, "{trained_at:?}, {asked:?}, {days}");
            assert_eq!(named_with(None), own, "there is no copy of it");
        }
    }
}
