use domain::{Account, ConsentPolicy, Digest, Operation, Subject, TriggerWord};
use ledger::{Claim, Command};

use super::*;
use crate::testing::{World, run};

const PRICE: Credits = Credits::new(5);

/// A character whose person is asked, of an account with credits for its photos to be kept, and with so many more.
async fn furnish(world: &World, more: u64) -> Character {
    let (account, key, _) = keys::new_account([1; 16]);
    let id = Digest::of_lines(["grant"]);
    let claim = Claim { operation: Operation { fingerprint: id.clone(), id }, looked: 0 };
    let grant = Command::Grant { id: "grant".to_owned(), amount: Credits::new(more), claim };
    let funds = ledger::decide(&ledger::open(&account), &grant, world.now()).unwrap().unwrap();
    world.store().create(&key, Account::new(account.clone(), String::new(), world.now(), funds)).await.unwrap();
    let (id, key) = keys::new_character(&account, [3; 16]);
    let work = Work::Reference { character: id.clone() };
    let ordered = Ordered { work, cost: PRICE, webhook_url: None, key: "key".to_owned() };
    ask(world, &account, &id, &ordered).await.unwrap();
    let character = Character {
        id,
        account,
        name: "Ada".to_owned(),
        trigger_word: TriggerWord::from_random([0; 7]),
        created_at: world.now(),
        photos: Vec::new(),
        warnings: Vec::new(),
        training: TaskId::from_random([4; 16]),
        later_training: None,
        settled: None,
        suspended: None,
        consent: Some(Consent {
            subject: Subject::Other,
            how: None,
            agreed_at: None,
            statement_hash: None,
            recorded_at: world.now(),
            key: "key".to_owned(),
            policy: ConsentPolicy::Confirmed,
            confirmed_at: None,
        }),
        state: CharacterState::AwaitingConsent,
    };
    world.store().create(&key, character.clone()).await.unwrap();
    character
}

async fn stored(world: &World, character: &Character) -> Character {
    world.store().load(&keys::character(&character.account, &character.id)).await.unwrap().unwrap()
}

async fn spent(world: &World, character: &Character) -> Credits {
    funds::load(world, &character.account).await.unwrap().spent
}

async fn swept(world: &World) {
    assert_eq!(sweep(world, world.now().plus(Duration::from_secs(10))).await, Ok(0));
}

fn failed_with(character: &Character) -> Option<FailureCode> {
    match &character.state {
        CharacterState::Failed { error } => Some(error.code),
        _ => None,
    }
}

#[test]
fn of_several_answers_the_first_counts() {
    let world = World::new(&[]);
    run(async {
        let character = furnish(&world, 100).await;
        for _ in 0..2 {
            agree(&world, &character).await.unwrap();
        }
        refuse(&world, &character).await.unwrap();
        let kept = stored(&world, &character).await;
        assert_eq!((&kept.state, kept.is_confirmed()), (&CharacterState::Referenced, true));
        assert_eq!(spent(&world, &character).await, PRICE);
        let left: Option<Ordered> = world.store().read(&keys::ordered(&kept.account, &kept.id)).await.unwrap();
        assert!(left.is_none());
    });
}

#[test]
fn a_claim_whose_request_died_is_gone_on_with_an_hour_later() {
    let world = World::new(&[]);
    run(async {
        let character = furnish(&world, 100).await;
        let Character { account, id, .. } = &character;
        let claimed_for = TaskId::from_random([7; 16]);
        enter(&world, UploadQueue::Answers, account, id, Some(claimed_for.clone())).await.unwrap();
        let claimed = |current: &Character| {
            let consent = current.consent.clone().map(|said| Consent { confirmed_at: Some(world.now()), ..said });
            Some(Character {
                training: claimed_for.clone(),
                state: CharacterState::Training,
                consent,
                ..current.clone()
            })
        };
        change(&world, account, id, claimed).await.unwrap();
        // Another click of the same moment, which claimed nothing.
        enter(&world, UploadQueue::Answers, account, id, Some(TaskId::from_random([8; 16]))).await.unwrap();
        swept(&world).await;
        assert_eq!(stored(&world, &character).await.state, CharacterState::Training);
        world.later(ANSWERED_AFTER);
        swept(&world).await;
        swept(&world).await;
        assert_eq!(stored(&world, &character).await.state, CharacterState::Referenced);
        assert_eq!(spent(&world, &character).await, PRICE);
    });
}

#[test]
fn who_does_not_answer_in_time_and_who_cannot_pay_are_told_apart() {
    let world = World::new(&[]);
    run(async {
        let character = furnish(&world, 1).await;
        agree(&world, &character).await.unwrap();
        assert_eq!(failed_with(&stored(&world, &character).await), Some(FailureCode::TrainingSubmitFailed));
        assert_eq!(spent(&world, &character).await, Credits::ZERO);
    });
    let world = World::new(&[]);
    run(async {
        let character = furnish(&world, 100).await;
        world.later(CONSENT_WAIT_MAX);
        // Too late, and not ended yet.
        agree(&world, &character).await.unwrap();
        assert_eq!(stored(&world, &character).await.state, CharacterState::AwaitingConsent);
        swept(&world).await;
        assert_eq!(failed_with(&stored(&world, &character).await), Some(FailureCode::ConsentRefused));
    });
}
