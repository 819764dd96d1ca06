use domain::{BlobLocation, Change, Credits, Entry, MediaKind, Run, TaskState, Work};

use super::*;
use crate::blobs::{self, Blob};
use crate::testing::{World, entry, order, run};
use crate::uploads::File;

/// Tasks of the account: more than are looked at before the mark is written.
const TASKS: u8 = 50;

fn task_id(n: u8) -> TaskId {
    TaskId::from_random([n; 16])
}

fn hold(n: u8) -> Entry {
    entry(n.into(), Timestamp::from_millis(0), Change::Hold { task: task_id(n) })
}

fn canceled(n: u8, account: &AccountId) -> Task {
    let work = Work::Run(Run { prompt: Some("secret".to_owned()), ..order("songs", MediaKind::Music) });
    let at = Timestamp::from_millis(0);
    Task { state: TaskState::Canceled, ..Task::new(task_id(n), account.clone(), work, Credits::ZERO, at, at, None) }
}

/// An account that has these tasks, and one upload.
async fn furnish(world: &World) -> AccountId {
    let (id, key, _) = keys::new_account([1; 16]);
    let mut funds = ledger::open(&id);
    funds.entries = (1..=TASKS).map(hold).collect();
    let account = Account::new(id.clone(), "Ada".to_owned(), world.now(), funds);
    world.store().create(&key, account).await.unwrap();
    for n in 1..=TASKS {
        let (_, key) = keys::new_task(&id, [n; 16]);
        world.store().create(&key, canceled(n, &id)).await.unwrap();
    }
    let ends = world.now().plus(Duration::from_hours(1));
    shelf::reserve(world, &id, "announced", 3, ends).await.unwrap();
    let mut bytes = Some(bytes::Bytes::from_static(b"abc"));
    let location =
        blobs::keep(world, &keys::file("put"), Some(3), async || Ok::<_, Error>(bytes.take())).await.unwrap();
    let file = File { id: "put".to_owned(), size_bytes: 3, location };
    assert!(shelf::place(world, &id, "announced", &file, ends).await.unwrap());
    id
}

#[test]
fn nothing_but_the_ledger_is_left_of_an_account_however_often_it_was_cut_off() {
    let world = World::new(&[]);
    run(async {
        let account = furnish(&world).await;
        let put = Blob { key: keys::file("put"), location: BlobLocation::Store, size_bytes: 3 };
        let bytes = async || blobs::part(&world, &put, 0, 3).await;
        assert_eq!(bytes().await.unwrap().as_ref(), b"abc");
        let mut requests = 0;
        loop {
            // A clock that stands still gives each request either no time or all of it.
            let give_up_at = world.now().plus(Duration::from_secs(u64::from(requests > 0)));
            let closed = close_until(&world, &account, 1, give_up_at).await.unwrap();
            requests += 1;
            if closed.next.is_none() {
                assert_eq!((closed.tasks, closed.again), (u64::from(TASKS), false));
                break;
            }
        }
        assert_eq!(requests, 2);
        for n in 1..=TASKS {
            let task = world.store().load(&keys::task(&account, &task_id(n))).await.unwrap().unwrap();
            let Work::Run(run) = &task.work else { panic!("{task:?}") };
            assert!(task.erased_at.is_some() && run.prompt.is_none(), "{n}");
        }
        assert_eq!(funds::document(&world, &account).await.unwrap().name, "");
        assert_eq!(shelf::find(&world, &account, "announced").await.unwrap(), None);
        assert!(bytes().await.is_err());
    });
}
