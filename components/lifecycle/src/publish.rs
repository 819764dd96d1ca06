//! Models that were just trained: a provider says that a training is done, and pushes the version that it made a little later.

use std::time::Duration;

use domain::{Task, Timestamp, Work};
use provider::{Conversation, Job};
use store::keys;

use crate::Ports;
use crate::jobs::{self, ConversationError};

/// How long after a training's end its version may not be known yet.
const PUBLISHED_WITHIN: Duration = Duration::from_mins(1);
/// How often it is tried until then.
const TRIED_EVERY: Duration = Duration::from_secs(2);

/// Submits a task; as long as its model's version may only not be there yet, again.
///
/// # Errors
/// What the provider answers in the end.
pub async fn submit<P: Ports>(
    ports: &P,
    task: &Task,
    start: &dyn Fn() -> Conversation<Job>,
) -> Result<Job, ConversationError> {
    let mut outcome = jobs::converse(ports, start()).await;
    if !is_unknown(&outcome) {
        return outcome;
    }
    let Some(trained_at) = trained_at(ports, task).await else { return outcome };
    let give_up_at = trained_at.plus(PUBLISHED_WITHIN).min(task.deadline);
    while is_unknown(&outcome) && ports.now() < give_up_at {
        ports.log(&format!("{} does not know the version for {} yet", task.provider, task.id));
        ports.sleep(TRIED_EVERY).await;
        outcome = jobs::converse(ports, start()).await;
    }
    outcome
}

const fn is_unknown(outcome: &Result<Job, ConversationError>) -> bool {
    matches!(outcome, Err(ConversationError { error: provider::Error::UnknownVersion, .. }))
}

/// When the training of the task's character ended.
async fn trained_at<P: Ports>(ports: &P, task: &Task) -> Option<Timestamp> {
    let Work::Generation(generation) = &task.work else { return None };
    let character = ports.store().load(&keys::character(&task.account, &generation.character)).await.ok()??;
    let training = ports.store().load(&keys::task(&task.account, &character.training)).await.ok()??;
    training.state.is_terminal().then_some(training.heard_at)
}

#[cfg(test)]
mod tests {
    use domain::{
        AccountId, Base, Character, CharacterState, Credits, Model, ProviderName, TaskId, TaskState, Training,
        TriggerWord,
    };
    use provider::{ReplicateConfig, RunJob};

    use super::*;
    use crate::testing::{World, generation, run};

    const UNKNOWN: &str = r#"{"title":"Invalid version or not permitted","status":422}"#;
    const TAKEN: &str = r#"{"id":"abc","status":"starting"}"#;

    /// A generation of a character whose training has ended so long ago, in a world that answers so.
    fn outcome(ended_ago: Duration, answers: &[(u16, &str)]) -> (Result<Job, ConversationError>, usize) {
        let world = World::new(&[("providers", "replicate"), ("replicate_api_token", "r8_x")]);
        for (status, body) in answers {
            world.answers(*status, body);
        }
        run(async {
            let task = furnish(&world).await;
            world.later(ended_ago);
            let replicate = provider::Replicate::new(ReplicateConfig::read(domain::setting::Values::new(&|name| {
                (name == "replicate_api_token").then(|| "r8_x".to_owned())
            })));
            let replicate = replicate.unwrap();
            let job = RunJob { model: "a/b".to_owned(), input: serde_json::Map::new(), callback_url: String::new() };
            let start = || provider::Provider::start_run(&replicate, &job);
            (submit(&world, &task, &start).await, world.asked())
        })
    }

    async fn furnish(world: &World) -> Task {
        let account = AccountId::from_random([1; 16]);
        let (later, model) = (world.now().plus(Duration::from_hours(1)), "acme/m:1".to_owned());
        let (character, character_key) = keys::new_character(&account, [2; 16]);
        let (training, training_key) = keys::new_task(&account, [3; 16]);
        let new = |id: TaskId, work| Task::new(id, account.clone(), work, Credits::ZERO, world.now(), later, None);
        let trained = Model {
            provider: ProviderName::Replicate,
            name: model,
            source: None,
            base: Base::default(),
            weights: None,
        };
        let work = Work::Training(Training::of(character.clone()));
        let task = Task { state: TaskState::Trained { model: trained.clone() }, ..new(training.clone(), work) };
        world.store().create(&training_key, task).await.unwrap();
        let ready = Character {
            id: character.clone(),
            account: account.clone(),
            name: String::new(),
            trigger_word: TriggerWord::from_random([0; 7]),
            created_at: world.now(),
            photos: Vec::new(),
            warnings: Vec::new(),
            training,
            later_training: None,
            settled: None,
            suspended: None,
            consent: None,
            state: CharacterState::Ready { model: trained },
        };
        world.store().create(&character_key, ready).await.unwrap();
        let wanted = generation(character, "x");
        new(TaskId::from_random([4; 16]), Work::Generation(wanted))
    }

    #[test]
    fn a_version_that_is_not_there_right_after_its_training_is_asked_for_again() {
        let (outcome, asked) = outcome(Duration::ZERO, &[(422, UNKNOWN), (422, UNKNOWN), (201, TAKEN)]);
        assert_eq!((outcome.unwrap().id.as_str(), asked), ("abc", 3));
    }

    #[test]
    fn a_version_that_never_comes_is_given_up() {
        let (outcome, asked) = outcome(Duration::ZERO, &[(422, UNKNOWN); 50]);
        assert_eq!(outcome.unwrap_err().error, provider::Error::UnknownVersion);
        assert_eq!(asked, 31, "a minute, every two seconds");
    }

    #[test]
    fn a_version_that_was_there_long_ago_is_gone() {
        let (outcome, asked) = outcome(PUBLISHED_WITHIN, &[(422, UNKNOWN)]);
        assert_eq!((outcome.unwrap_err().error, asked), (provider::Error::UnknownVersion, 1));
    }
}
