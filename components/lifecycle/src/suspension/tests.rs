use domain::{
    Account, Credits, Digest, File, Media, MediaKind, Operation, Outputs, ProviderRequest, Run, Task, TaskState,
    TriggerWord, Work,
};
use ledger::{Claim, Command};
use serde_json::Map;
use store::NewKey;

use super::*;
use crate::submit::{self, Begun, Order};
use crate::testing::{World, order, run};
use crate::{funds, shown};

const PRICE: Credits = Credits::new(15);
const TAKEN: &str = r#"{"id":"abc","status":"starting"}"#;
const CANCELED: &str = r#"{"id":"abc","status":"canceled"}"#;

fn world() -> World {
    World::new(&[
        ("providers", "replicate"),
        ("replicate_api_token", "r8_x"),
        ("public_url", "https://likeness.example"),
        ("signing_secret", "0123456789abcdef0123456789abcdef"),
    ])
}

/// A character whose pictures go by its photos, of an account that has credits for one.
async fn furnish(world: &World) -> Character {
    let (account, key, _) = keys::new_account([1; 16]);
    let id = Digest::of_lines(["grant"]);
    let claim = Claim { operation: Operation { fingerprint: id.clone(), id }, looked: 0 };
    let grant = Command::Grant { id: "grant".to_owned(), amount: PRICE, claim };
    let funds = ledger::decide(&ledger::open(&account), &grant, world.now()).unwrap().unwrap();
    world.store().create(&key, Account::new(account.clone(), String::new(), world.now(), funds)).await.unwrap();
    let (id, key) = keys::new_character(&account, [3; 16]);
    let character = Character {
        id,
        account,
        name: "Ada".to_owned(),
        trigger_word: TriggerWord::from_random([0; 7]),
        created_at: world.now(),
        photos: Vec::new(),
        warnings: Vec::new(),
        training: domain::TaskId::from_random([4; 16]),
        later_training: None,
        settled: None,
        suspended: None,
        consent: None,
        state: domain::CharacterState::Referenced,
    };
    world.store().create(&key, character.clone()).await.unwrap();
    character
}

/// A picture of it that is asked for.
fn picture(world: &World, character: &Character) -> (Task, NewKey<Task>) {
    let request = ProviderRequest {
        provider: domain::ProviderName::Replicate,
        model: "acme/pictures".to_owned(),
        input: Map::new(),
        seed: None,
        ignored: Vec::new(),
        outputs: Outputs::default(),
        output_hosts: Vec::new(),
    };
    let work = Work::Run(Run {
        prompt: Some("rain".to_owned()),
        character: Some(character.id.clone()),
        requests: vec![request],
        ..order("pictures", MediaKind::Image)
    });
    let (id, key) = keys::new_task(&character.account, [2; 16]);
    let deadline = world.now().plus(std::time::Duration::from_mins(10));
    (Task::new(id, character.account.clone(), work, PRICE, world.now(), deadline, None), key)
}

async fn begin(world: &World, character: &Character) -> Begun {
    let (task, key) = picture(world, character);
    let order = Order { task, key, character: Some(character), key_id: "key", operation: None };
    submit::begin(world, order).await.unwrap()
}

async fn stored(world: &World, character: &Character) -> Character {
    world.store().load(&keys::character(&character.account, &character.id)).await.unwrap().unwrap()
}

async fn balance(world: &World, character: &Character) -> Credits {
    funds::load(world, &character.account).await.unwrap().balance
}

#[test]
fn what_is_under_way_is_canceled_and_its_credits_come_back() {
    let world = world();
    run(async {
        let character = furnish(&world).await;
        world.answers(201, TAKEN);
        let begun = begin(&world, &character).await;
        assert_eq!((begun.task.state, begun.funds.balance), (TaskState::Processing, Credits::ZERO));
        world.answers(200, CANCELED);
        let at = world.now();
        assert_eq!(suspend(&world, &character, SuspensionReason::Takedown).await, Ok(1));
        let suspension = Suspension { at, reason: SuspensionReason::Takedown };
        assert_eq!(stored(&world, &character).await.suspended, Some(suspension));
        assert_eq!(balance(&world, &character).await, PRICE);
        // Done again it finds nothing, and it is suspended since the first time.
        world.later(std::time::Duration::from_secs(1));
        assert_eq!(suspend(&world, &character, SuspensionReason::Takedown).await, Ok(0));
        assert_eq!(stored(&world, &character).await.suspended, Some(suspension));
    });
}

#[test]
fn who_held_before_the_suspension_could_see_it_asks_no_provider() {
    let world = world();
    run(async {
        let before = furnish(&world).await;
        suspend(&world, &before, SuspensionReason::Withdrawn).await.unwrap();
        let begun = begin(&world, &before).await;
        assert_eq!((begun.task.state, world.asked()), (TaskState::Canceled, 0));
        assert_eq!(balance(&world, &before).await, PRICE);
    });
}

#[test]
fn a_takedown_is_lifted_or_becomes_a_withdrawal_which_stays() {
    let world = world();
    run(async {
        let character = furnish(&world).await;
        let (account, id) = (&character.account, &character.id);
        let reason = async || stored(&world, &character).await.suspended.map(|suspension| suspension.reason);
        assert_eq!(lift(&world, account, id).await, Ok(false));
        suspend(&world, &character, SuspensionReason::Takedown).await.unwrap();
        assert_eq!((lift(&world, account, id).await, reason().await), (Ok(true), None));
        for said in [SuspensionReason::Takedown, SuspensionReason::Withdrawn, SuspensionReason::Takedown] {
            suspend(&world, &character, said).await.unwrap();
        }
        assert_eq!(lift(&world, account, id).await, Ok(false));
        assert_eq!(reason().await, Some(SuspensionReason::Withdrawn));
        assert_eq!(lift(&world, account, &CharacterId::from_random([9; 16])).await, Ok(false));
    });
}

#[test]
fn what_was_made_is_shown_of_no_suspended_character() {
    let world = world();
    run(async {
        let character = furnish(&world).await;
        let file = File::kept(Media::Png, 1, None, domain::BlobLocation::Store);
        let (task, _) = picture(&world, &character);
        let made = Task { state: TaskState::Delivered { files: vec![file], at: world.now() }, ..task.clone() };
        let is_hidden = async |task: &Task| shown::task(&world, task.clone()).await.unwrap().erased_at.is_some();
        assert!(!is_hidden(&made).await);
        suspend(&world, &character, SuspensionReason::Takedown).await.unwrap();
        assert!(is_hidden(&made).await && !is_hidden(&task).await);
        let tasks = shown::tasks(&world, vec![made.clone(), task, made.clone()]).await.unwrap();
        assert_eq!(tasks.iter().map(|task| task.erased_at.is_some()).collect::<Vec<_>>(), [true, false, true]);
        lift(&world, &character.account, &character.id).await.unwrap();
        assert!(!is_hidden(&made).await);
    });
}
