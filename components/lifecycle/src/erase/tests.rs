use domain::limits::LEDGER_PAGE_ENTRIES;
use domain::{
    Account, AccountId, Change, Consent, ConsentPolicy, Credits, Digest, Entry, Marker, Operation, Subject, TaskId,
    Work,
};

use super::*;
use crate::testing::{World, entry, generation, run};

/// Tasks of a large account: more than one request looks at.
const TASKS: u64 = 320;

fn account() -> AccountId {
    AccountId::from_random([1; 16])
}

fn task_id(n: u64) -> TaskId {
    TaskId::from_random(u128::from(n).to_be_bytes())
}

fn operation(seq: u64) -> Operation {
    let id = Digest::of_lines(["request", &seq.to_string()]);
    Operation { fingerprint: id.clone(), id }
}

fn hold(seq: u64) -> Entry {
    let held = entry(seq, Timestamp::from_millis(0), Change::Hold { task: task_id(seq) });
    Entry { operation: Some(operation(seq)), ..held }
}

fn canceled(n: u64, character: &CharacterId) -> Task {
    let work = Work::Generation(generation(character.clone(), "secret"));
    let at = Timestamp::from_millis(0);
    let task = Task::new(task_id(n), account(), work, Credits::ZERO, at, at, None);
    Task { state: TaskState::Canceled, ..task }
}

fn consent(now: Timestamp) -> Consent {
    Consent {
        subject: Subject::Other,
        how: Some("Ada signed at her kitchen table".to_owned()),
        agreed_at: Some(now),
        statement_hash: Some(Digest::of_lines(["statement"])),
        recorded_at: now,
        key: "key".to_owned(),
        policy: ConsentPolicy::Attested,
        confirmed_at: None,
    }
}

/// A character that has all these tasks in its account's ledger.
async fn furnish(world: &World) -> Character {
    let store = world.store();
    let (account_id, key, _) = keys::new_account([1; 16]);
    let mut funds = ledger::open(&account_id);
    funds.archived = TASKS;
    store.create(&key, Account::new(account_id.clone(), String::new(), world.now(), funds)).await.unwrap();
    let entries: Vec<Entry> = (1..=TASKS).map(hold).collect();
    for (page, entries) in (0..).zip(entries.chunks_exact(LEDGER_PAGE_ENTRIES)) {
        store.write(&keys::ledger_page(&account_id, page), &entries.to_vec()).await.unwrap();
    }
    let (id, key) = keys::new_character(&account_id, [3; 16]);
    for n in 1..=TASKS {
        let (_, key) = keys::new_task(&account_id, u128::from(n).to_be_bytes());
        store.create(&key, canceled(n, &id)).await.unwrap();
    }
    let character = Character {
        id,
        account: account_id,
        name: "Ada".to_owned(),
        trigger_word: TriggerWord::from_random([0; 7]),
        created_at: world.now(),
        photos: Vec::new(),
        warnings: Vec::new(),
        training: task_id(TASKS + 1),
        later_training: None,
        settled: None,
        suspended: None,
        consent: Some(consent(world.now())),
        state: CharacterState::Training,
    };
    store.create(&key, character.clone()).await.unwrap();
    character
}

#[test]
fn a_deletion_goes_on_where_it_stopped_until_it_is_over() {
    let world = World::new(&[]);
    run(async {
        let character = furnish(&world).await;
        let reached = keys::erasing(&character.account, &character.id);
        let mut requests = 0;
        // Every request has time for one step only.
        while !erase_until(&world, character.clone(), world.now()).await.unwrap().is_complete() {
            requests += 1;
            assert!(requests < 30, "it never ends");
            assert!(world.store().read(&reached).await.unwrap().is_some());
        }
        for n in 1..=TASKS {
            let task = world.store().load(&keys::task(&character.account, &task_id(n))).await.unwrap().unwrap();
            assert!(task.erased_at.is_some(), "{n}");
        }
        assert_eq!(world.store().read(&reached).await.unwrap(), None);
    });
}

#[test]
fn nothing_of_what_was_said_of_the_persons_consent_stays() {
    let world = World::new(&[]);
    run(async {
        let character = furnish(&world).await;
        assert!(character.consent.is_some());
        assert!(erase(&world, character.clone()).await.unwrap().is_complete());
        let left = world.store().load(&keys::character(&character.account, &character.id)).await.unwrap().unwrap();
        assert_eq!((&left.consent, left.photo_hashes()), (&None, Vec::new()));
        assert!(!serde_json::to_string(&left).unwrap().contains("Ada"));
    });
}

#[test]
fn the_answers_to_the_requests_of_a_deleted_character_go_with_it() {
    let world = World::new(&[]);
    run(async {
        let character = furnish(&world).await;
        let answer = |n| keys::answer::<String>(&character.account, &operation(n).id);
        for n in [1, TASKS] {
            world.store().write(&answer(n), &"secret".to_owned()).await.unwrap();
        }
        let report = erase(&world, character.clone()).await.unwrap();
        assert!(report.is_complete());
        for n in [1, TASKS] {
            assert_eq!(world.store().read(&answer(n)).await.unwrap(), None, "{n}");
        }
        let count = |report: &Report, name| report.objects.iter().find(|one| one.name == name).unwrap().count;
        let tasks = usize::try_from(TASKS).unwrap();
        assert_eq!((count(&report, "stored_answers"), count(&report, "prompts")), (Some(2), Some(tasks)));
        let again = erase(&world, character).await.unwrap();
        assert_eq!((count(&again, "stored_answers"), count(&again, "prompts")), (Some(0), Some(0)), "once each");
    });
}

#[test]
fn an_answer_that_is_stored_after_the_deletion_does_not_stay() {
    let world = World::new(&[]);
    run(async {
        let character = furnish(&world).await;
        for n in 1..=TASKS {
            let marker = Marker { fingerprint: operation(n).fingerprint, at: world.now(), task: Some(task_id(n)) };
            world
                .store()
                .write(&keys::request(&character.account, &operation(n).id, marker.at), &marker)
                .await
                .unwrap();
        }
        let answer = keys::answer::<String>(&character.account, &operation(7).id);
        let stored = async || {
            world.store().write(&answer, &"secret".to_owned()).await.unwrap();
            remains::answer_of_the_deleted(&world, &character.account, &operation(7)).await.unwrap();
            world.store().read(&answer).await.unwrap().is_some()
        };
        assert!(stored().await);
        erase(&world, character.clone()).await.unwrap();
        assert!(!stored().await);
    });
}

#[test]
fn photos_that_a_training_stored_and_never_added_go_with_their_character() {
    let world = World::new(&[]);
    run(async {
        let claimed = Character { later_training: Some(task_id(7)), ..furnish(&world).await };
        let key = keys::photo(&claimed.account, &claimed.id, 4);
        let mut bytes = Some(bytes::Bytes::from_static(b"x"));
        blobs::keep(&world, &key, Some(1), async || Ok::<_, Error>(bytes.take())).await.unwrap();
        photos(&world, &claimed).await.unwrap();
        assert!(world.store().chunk(&key, 0).await.is_err());
    });
}
