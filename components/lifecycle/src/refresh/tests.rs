//! What a container trained, brought here before its character is ready.

mod inside;

use domain::{Account, Character, CharacterState, Credits, MediaKind, ProviderName, TriggerWord};

use super::*;
use crate::testing::{World, order, run};

const UPLOADED: &str = "https://us.example/provider-files/code/1/id/trained_model.tar";

fn world() -> World {
    World::new(&[
        ("public_url", "https://us.example"),
        ("signing_secret", "a secret of sixteen bytes or more"),
        ("providers", "cog"),
        ("cog_trainer_url", "http://trainer:5000"),
        ("cog_model_url", "http://model:5000"),
        ("cog_callback_token", "sesame-sesame-16"),
    ])
}

/// The smallest weights there are: one byte.
fn weights() -> String {
    let header = r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;
    let length = u64::try_from(header.len()).unwrap().to_le_bytes();
    format!("{}{header}a", String::from_utf8(length.to_vec()).unwrap())
}

/// A training that a container has.
async fn training(world: &World) -> Task {
    let (account, key, _) = keys::new_account([1; 16]);
    let document = Account::new(account.clone(), String::new(), world.now(), ledger::open(&account));
    world.store().create(&key, document).await.unwrap();
    let (id, key) = keys::new_task(&account, [2; 16]);
    let (character, character_key) = keys::new_character(&account, [3; 16]);
    let (work, deadline) = (Work::Training(Training::of(character.clone())), world.now().plus(Duration::from_hours(1)));
    let task = Task::new(id.clone(), account.clone(), work, Credits::ZERO, world.now(), deadline, None);
    let task = Task { provider: ProviderName::Cog, job: Some("job".to_owned()), state: TaskState::Processing, ..task };
    world.store().create(&key, task.clone()).await.unwrap();
    let character = Character {
        id: character,
        account,
        name: "Ada".to_owned(),
        trigger_word: TriggerWord::from_random([0; 7]),
        created_at: world.now(),
        photos: Vec::new(),
        warnings: Vec::new(),
        training: id,
        later_training: None,
        settled: None,
        suspended: None,
        consent: None,
        state: CharacterState::Training,
    };
    world.store().create(&character_key, character).await.unwrap();
    task
}

/// The container's one report.
async fn report(world: &World, task: &Task) -> Result<Task, Error> {
    let state = JobState::Succeeded(Output::Images(vec![UPLOADED.to_owned()]));
    let job = Job { id: "job".to_owned(), location: None, state, callback_url: None, progress_percent: None };
    apply(world, task.clone(), &job).await
}

/// Looks at a task, a minute later.
async fn look(world: &World, task: &Task) -> Task {
    world.later(Duration::from_mins(1));
    let task = world.store().load(&keys::task(&task.account, &task.id)).await.unwrap().unwrap();
    refresh(world, task, STALE_AFTER).await.unwrap()
}

async fn character(world: &World) -> CharacterState {
    let (account, _, _) = keys::new_account([1; 16]);
    let (id, _) = keys::new_character(&account, [3; 16]);
    world.store().load(&keys::character(&account, &id)).await.unwrap().unwrap().state
}

#[test]
fn what_a_container_trained_is_copied_until_it_is_here_and_then_its_character_is_ready() {
    let world = world();
    run(async {
        let task = training(&world).await;
        world.answers(503, "");
        assert!(matches!(report(&world, &task).await, Err(Error::NotYet { .. })), "the report is to be sent again");
        // It is not sent again, and nothing answers.
        assert_eq!(look(&world, &task).await.state, TaskState::Processing);
        assert!(matches!(character(&world).await, CharacterState::Training));
        world.answers(200, weights());
        let done = look(&world, &task).await;
        let TaskState::Trained { model } = done.state else { panic!("{:?}", done.state) };
        assert!(model.weights.is_some_and(|weights| weights.size_bytes > 0));
        assert!(matches!(character(&world).await, CharacterState::Ready { model: Model { weights: Some(_), .. } }));
    });
}

#[test]
fn what_cannot_be_copied_by_the_deadline_fails_and_what_never_can_fails_at_once() {
    let failed = |state: &TaskState| matches!(state, TaskState::Failed { .. });
    let late = world();
    run(async {
        let task = training(&late).await;
        assert!(matches!(report(&late, &task).await, Err(Error::NotYet { .. })));
        late.later(Duration::from_hours(1));
        late.answers(200, weights());
        assert!(failed(&look(&late, &task).await.state));
        assert!(matches!(character(&late).await, CharacterState::Failed { .. }));
    });
    for (status, body) in [(404, String::new()), (200, "<!doctype html>".to_owned())] {
        let world = world();
        world.answers(status, &body);
        run(async {
            let task = training(&world).await;
            assert!(failed(&report(&world, &task).await.unwrap().state), "{status}");
            assert!(matches!(character(&world).await, CharacterState::Failed { .. }));
        });
    }
}

#[test]
fn a_copy_that_comes_after_its_task_was_canceled_does_not_stay() {
    let world = world();
    run(async {
        let task = training(&world).await;
        assert!(matches!(report(&world, &task).await, Err(Error::NotYet { .. })));
        let stored = keys::task(&task.account, &task.id);
        let waiting = world.store().load(&stored).await.unwrap().unwrap();
        cancel::cancel(&world, waiting.clone()).await.unwrap();
        world.answers(200, weights());
        let ended = bring(&world, waiting).await.unwrap();
        assert_eq!(ended.state, TaskState::Canceled);
        let copy = keys::weights(&ended.account, ended.work.character().unwrap());
        assert!(matches!(world.store().chunk(&copy, 0).await, Err(store::Error::Missing { .. })));
    });
}

/// A run that a container has, which is to make one video.
async fn video(world: &World) -> Task {
    let (account, key, _) = keys::new_account([1; 16]);
    let document = Account::new(account.clone(), String::new(), world.now(), ledger::open(&account));
    world.store().create(&key, document).await.unwrap();
    let (id, key) = keys::new_task(&account, [2; 16]);
    let work = Work::Run(order("videos", MediaKind::Video));
    let task =
        Task::new(id, account, work, Credits::ZERO, world.now(), world.now().plus(Duration::from_hours(1)), None);
    let task = Task { provider: ProviderName::Cog, job: Some("job".to_owned()), state: TaskState::Processing, ..task };
    world.store().create(&key, task.clone()).await.unwrap();
    task
}

const PICTURE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==";

#[test]
fn what_is_withheld_is_flagged_and_the_task_ends_so_whether_or_not_the_flag_is_kept() {
    for is_kept in [true, false] {
        let world = world();
        run(async {
            let task = video(&world).await;
            if !is_kept {
                // What is there cannot be read as a list of flags.
                world.store().write(&keys::withheld(), &"broken").await.unwrap();
            }
            let state = JobState::Succeeded(Output::Images(vec![PICTURE.to_owned()]));
            let job = Job { id: "job".to_owned(), location: None, state, callback_url: None, progress_percent: None };
            let ended = apply(&world, task.clone(), &job).await.unwrap();
            let TaskState::Failed { error } = &ended.state else { panic!("{:?}", ended.state) };
            assert!(error.message.ends_with("your credits were given back"), "{}", error.message);
            let flags = withheld::all(&world).await;
            let came =
                flags.ok().map(|flags| flags.into_iter().map(|flag| (flag.expected, flag.came)).collect::<Vec<_>>());
            let told = ("1 video".to_owned(), "a file that is image/png, and not video".to_owned());
            assert_eq!(came, is_kept.then(|| vec![told]));
        });
    }
}
