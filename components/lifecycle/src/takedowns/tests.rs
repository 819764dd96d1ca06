use std::time::Duration;

use domain::takedown::Became;
use domain::{
    Account, BlobLocation, Character, CharacterState, Credits, Digest, File, Media, MediaKind, Run, TaskState,
    TriggerWord, Work,
};

use super::*;
use crate::shown;
use crate::testing::{World, order, run};

const HOUR: Duration = Duration::from_hours(1);

async fn account(world: &World) -> AccountId {
    let (id, key, _) = keys::new_account([1; 16]);
    let document = Account::new(id.clone(), String::new(), world.now(), ledger::open(&id));
    world.store().create(&key, document).await.unwrap();
    id
}

/// A character, number `n` of the account.
async fn character(world: &World, n: u8) -> Owned {
    let account = account(world).await;
    let (id, key) = keys::new_character(&account, [n; 16]);
    let character = Character {
        id: id.clone(),
        account: account.clone(),
        name: "Ada".to_owned(),
        trigger_word: TriggerWord::from_random([0; 7]),
        created_at: world.now(),
        photos: Vec::new(),
        warnings: Vec::new(),
        training: TaskId::from_random([n; 16]),
        later_training: None,
        settled: None,
        suspended: None,
        consent: None,
        state: CharacterState::Referenced,
    };
    world.store().create(&key, character).await.unwrap();
    Owned { account, target: Target::Character(id) }
}

/// A task of no character that delivered a file.
async fn task(world: &World) -> Owned {
    let account = account(world).await;
    let run = Run { prompt: Some("secret".to_owned()), ..order("m", MediaKind::Image) };
    let (id, key) = keys::new_task(&account, [9; 16]);
    let new = Task::new(id, account, Work::Run(run), Credits::ZERO, world.now(), world.now(), None);
    let (location, sha256) = (BlobLocation::Store, Some(Digest::of("a")));
    let file = File::kept(Media::Png, 1, sha256, location);
    let task = Task { state: TaskState::Delivered { files: vec![file], at: world.now() }, ..new };
    world.store().create(&key, task.clone()).await.unwrap();
    Owned::by(&task)
}

async fn state_of(world: &World, of: &Owned) -> (bool, bool) {
    let Target::Character(id) = &of.target else { panic!("it is of a character") };
    let character = world.store().load(&keys::character(&of.account, id)).await.unwrap().unwrap();
    (character.suspended.is_some(), character.is_deleted())
}

async fn is_shown(world: &World, of: &Owned) -> bool {
    let Target::Task(id) = &of.target else { panic!("it is of a task") };
    let task = world.store().load(&keys::task(&of.account, id)).await.unwrap().unwrap();
    shown::task(world, task).await.unwrap().erased_at.is_none()
}

async fn opened(world: &World, of: &Owned) -> Case {
    open(world, of.clone(), "on request".to_owned(), None).await.unwrap()
}

async fn swept(world: &World) -> u64 {
    sweep(world, world.now().plus(Duration::from_secs(5))).await.unwrap()
}

#[test]
fn what_a_case_is_about_is_suspended_at_once_and_the_same_request_is_the_same_case() {
    let world = World::new(&[]);
    run(async {
        let of = character(&world, 3).await;
        let case = opened(&world, &of).await;
        assert_eq!((case.number, state_of(&world, &of).await), (1, (true, false)));
        assert_eq!(case.deadline(), world.now().plus(HOUR * 48));
        world.later(HOUR);
        assert_eq!(opened(&world, &of).await, case, "its time does not begin again");

        assert!(matches!(lift(&world, &case).await.unwrap(), Ended::Case(_)));
        assert_eq!(state_of(&world, &of).await, (false, false));
        let again = opened(&world, &of).await;
        assert_eq!((again.number, state_of(&world, &of).await), (2, (true, false)));
        // A repetition of what lifted the one before lifts nothing of this one.
        assert!(matches!(lift(&world, &case).await.unwrap(), Ended::Case(_)));
        assert_eq!(state_of(&world, &of).await, (true, false));
        let all: Vec<u64> = latest(&world).await.unwrap().into_iter().map(|case| case.number).collect();
        assert_eq!(all, [2, 1]);
    });
}

#[test]
fn a_case_ends_one_way() {
    let world = World::new(&[]);
    run(async {
        let of = character(&world, 3).await;
        let case = opened(&world, &of).await;
        let erased = |ended| match ended {
            Ended::Case(Case { state: State::Erased(_), removed, .. }) => removed,
            other => panic!("{other:?}"),
        };
        let until = world.now().plus(HOUR);
        let removed = erased(erase(&world, &case, until).await.unwrap());
        assert!(removed.iter().any(|one| one.object == "character" && one.became == Became::Deleted), "{removed:?}");
        assert_eq!(state_of(&world, &of).await, (true, true));
        assert_eq!(erased(erase(&world, &case, until).await.unwrap()), removed, "nothing is done again");
        assert!(matches!(lift(&world, &case).await.unwrap(), Ended::Otherwise(_)));

        let other = opened(&world, &character(&world, 4).await).await;
        lift(&world, &other).await.unwrap();
        assert!(matches!(erase(&world, &other, until).await.unwrap(), Ended::Otherwise(_)));
        assert_eq!(state_of(&world, &other.of).await, (false, false));
    });
}

#[test]
fn where_no_character_is_the_files_of_the_task_are_withheld() {
    let world = World::new(&[]);
    run(async {
        let of = task(&world).await;
        assert!(is_shown(&world, &of).await);
        let case = opened(&world, &of).await;
        assert!(!is_shown(&world, &of).await);
        lift(&world, &case).await.unwrap();
        assert!(is_shown(&world, &of).await);
        let case = opened(&world, &of).await;
        assert!(
            matches!(erase(&world, &case, world.now().plus(HOUR)).await.unwrap(), Ended::Case(case) if case.is_over())
        );
        assert!(!is_shown(&world, &of).await);
    });
}

#[test]
fn what_is_not_decided_in_its_time_is_erased_by_the_sweep_and_nothing_before() {
    let world = World::new(&[]);
    run(async {
        let (of, other) = (character(&world, 3).await, character(&world, 4).await);
        assert_eq!(swept(&world).await, 0);
        opened(&world, &of).await;
        // A request that died before its case was written.
        world.store().next(keys::TAKEDOWNS).await.unwrap();
        world.later(HOUR);
        opened(&world, &other).await;
        world.later(HOUR * 46);
        assert_eq!((swept(&world).await, state_of(&world, &of).await), (0, (true, false)));
        world.later(HOUR);
        assert_eq!((swept(&world).await, state_of(&world, &of).await), (0, (true, true)));
        assert_eq!(state_of(&world, &other).await, (true, false), "its own time is not over");
        world.later(HOUR);
        assert_eq!((swept(&world).await, state_of(&world, &other).await), (0, (true, true)));
        let mark = world.store().read::<sweep::Swept>(&keys::swept_takedowns()).await.unwrap().unwrap();
        assert_eq!(mark, sweep::Swept { upto: 3, left: Vec::new() });
    });
}

#[test]
fn a_case_that_cannot_be_erased_keeps_no_other_and_is_tried_again() {
    // Nothing answers for the bucket.
    let world = World::new(&[
        ("s3_endpoint", "https://s3.example"),
        ("s3_bucket", "bucket"),
        ("s3_access_key_id", "id"),
        ("s3_secret_access_key", "key"),
    ]);
    run(async {
        let (of, other) = (task(&world).await, character(&world, 4).await);
        opened(&world, &of).await;
        opened(&world, &other).await;
        world.later(HOUR * 48);
        assert_eq!(swept(&world).await, 2, "both fail, for the bucket is out of reach");
        assert_eq!(state_of(&world, &other).await, (true, true), "and both were tried");
        assert_eq!(swept(&world).await, 0, "not at once again");
        world.later(HOUR);
        (0..10).for_each(|_| world.answers(204, ""));
        assert_eq!(swept(&world).await, 0);
        let states: Vec<bool> = latest(&world).await.unwrap().iter().map(Case::is_over).collect();
        assert_eq!(states, [true, true]);
    });
}
