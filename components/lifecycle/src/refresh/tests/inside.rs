//! What an account for tests orders, over all of its time: no variable is set, and nobody outside answers.

use domain::limits::TEST_TASK_TIME_MAX;
use domain::{AccountId, Character, CharacterState, Credits, Digest, Operation, TriggerWord};
use ledger::{Claim, Command};

use super::super::*;
use crate::funds;
use crate::submit::{Begun, Order};
use crate::testing::{World, generation, run};

const GRANTED: Credits = Credits::new(1_000);
const PRICE: Credits = Credits::new(500);

async fn account(world: &World) -> AccountId {
    let (id, key, _) = keys::new_test_account([1; 16]);
    let operation = Operation { id: Digest::of("grant"), fingerprint: Digest::of("grant") };
    let grant = Command::Grant { id: "grant".to_owned(), amount: GRANTED, claim: Claim { operation, looked: 0 } };
    let funds = ledger::decide(&ledger::open(&id), &grant, world.now()).unwrap().unwrap();
    let document = domain::Account::new(id.clone(), String::new(), world.now(), funds);
    world.store().create(&key, document).await.unwrap();
    id
}

/// Begins a training of a character with this name, which may take an hour.
async fn train(world: &World, name: &str) -> Task {
    let account = account(world).await;
    let (character, character_key) = keys::new_character(&account, [2; 16]);
    let (id, key) = keys::new_task(&account, [3; 16]);
    let character = Character {
        id: character.clone(),
        account: account.clone(),
        name: name.to_owned(),
        trigger_word: TriggerWord::from_random([0; 7]),
        created_at: world.now(),
        photos: Vec::new(),
        warnings: Vec::new(),
        training: id.clone(),
        later_training: None,
        settled: None,
        suspended: None,
        consent: None,
        state: CharacterState::Training,
    };
    world.store().create(&character_key, character.clone()).await.unwrap();
    let work = Work::Training(Training::of(character.id.clone()));
    let deadline = world.now().plus(Duration::from_hours(1));
    let task = Task::new(id, account, work, PRICE, world.now(), deadline, None);
    let order = Order { task, key, character: Some(&character), key_id: "key", operation: None };
    let Begun { task, funds } = submit::begin(world, order).await.unwrap();
    assert_eq!((funds.balance, &task.state), (Credits::new(500), &TaskState::Processing));
    task
}

/// The task so long afterwards, and the account's balance.
async fn after(world: &World, task: &Task, time: Duration) -> (TaskState, Credits) {
    world.later(time);
    let task = world.store().load(&keys::task(&task.account, &task.id)).await.unwrap().unwrap();
    let task = refresh(world, task, STALE_AFTER).await.unwrap();
    (task.state, funds::load(world, &task.account).await.unwrap().balance)
}

#[test]
fn a_training_is_over_as_soon_as_somebody_looks_after_two_seconds() {
    let world = World::new(&[]);
    run(async {
        let task = train(&world, "Ada").await;
        assert_eq!(task.provider, ProviderName::Test);
        let early = after(&world, &task, Duration::from_secs(1)).await;
        assert_eq!(early, (TaskState::Processing, Credits::new(500)));
        let (state, balance) = after(&world, &task, Duration::from_secs(1)).await;
        assert!(matches!(state, TaskState::Trained { .. }), "{state:?}");
        assert_eq!((balance, world.asked()), (Credits::new(500), 0));
        let durations: Option<domain::Durations> = world.store().read(&keys::durations()).await.unwrap();
        assert_eq!(durations, None, "how long real ones take is not known by it");
    });
}

#[test]
fn what_is_lost_is_given_up_after_five_minutes_whatever_the_deployments_time_is() {
    let world = World::new(&[]);
    run(async {
        let task = train(&world, "Ada, sim:lost").await;
        assert_eq!(task.deadline, task.created_at.plus(TEST_TASK_TIME_MAX));
        let almost = TEST_TASK_TIME_MAX.checked_sub(Duration::from_millis(1)).unwrap();
        assert_eq!(after(&world, &task, almost).await, (TaskState::Processing, Credits::new(500)));
        let (state, balance) = after(&world, &task, Duration::from_millis(1)).await;
        assert!(matches!(state, TaskState::Failed { .. }), "{state:?}");
        assert_eq!((balance, world.asked()), (GRANTED, 0));
        // Nothing goes on there, so it is not looked at for days.
        let account = funds::document(&world, &task.account).await.unwrap();
        let later = account.stops.values().map(|stop| stop.at).max().unwrap_or(world.now());
        world.later(later.since(world.now()));
        crate::stop::sweep(&world, &account, world.now().plus(Duration::from_mins(1))).await.unwrap();
        assert!(funds::document(&world, &task.account).await.unwrap().stops.is_empty());
    });
}

#[test]
fn what_fails_gives_its_credits_back_and_what_is_slow_succeeds() {
    for (name, time) in [("sim:fail", 2), ("sim:nsfw", 2), ("sim:slow", 60)] {
        let world = World::new(&[]);
        run(async {
            let task = train(&world, name).await;
            let (state, balance) = after(&world, &task, Duration::from_secs(time)).await;
            let is_slow = name == "sim:slow";
            assert_eq!(matches!(state, TaskState::Trained { .. }), is_slow, "{name}: {state:?}");
            assert_eq!(balance, if is_slow { Credits::new(500) } else { GRANTED }, "{name}");
        });
    }
}

#[test]
fn no_picture_is_begun_of_a_character_that_is_not_ready() {
    let world = World::new(&[]);
    run(async {
        let training = train(&world, "Ada").await;
        let id = training.work.character().unwrap().clone();
        let character = world.store().load(&keys::character(&training.account, &id)).await.unwrap().unwrap();
        let work = Work::Generation(generation(id, "x"));
        let task = Task { work, ..training };
        assert!(matches!(Plan::new(&world, &task, Some(&character)), Err(Error::NotReady(_))));
    });
}
