use domain::{Account, AccountId, Change, CharacterId, Credits, TaskState};

use super::*;
use crate::testing::{World, entry, generation, run};

const DAY: Duration = Duration::from_hours(24);

/// A generation that was canceled, whose settlement is the first entry of its account.
async fn furnish(world: &World) -> (Account, Task) {
    let store = world.store();
    let (id, account_key, _) = keys::new_account([1; 16]);
    let (task_id, task_key) = keys::new_task(&id, [2; 16]);
    let (now, zero) = (world.now(), Credits::ZERO);
    let work = Work::Generation(generation(CharacterId::from_random([3; 16]), "secret"));
    let task =
        Task { state: TaskState::Canceled, ..Task::new(task_id.clone(), id.clone(), work, zero, now, now, None) };
    store.create(&task_key, task.clone()).await.unwrap();
    let mut funds = ledger::open(&id);
    funds.entries.push(entry(1, now, Change::Release { task: task_id }));
    let account = Account::new(id, String::new(), now, funds);
    store.create(&account_key, account.clone()).await.unwrap();
    (account, task)
}

async fn is_kept(world: &World, account: &AccountId, task: &Task) -> bool {
    let stored = world.store().load(&keys::task(account, &task.id)).await.unwrap().unwrap();
    assert_eq!(stored.state, TaskState::Canceled, "what became of it stays");
    stored.erased_at.is_none()
}

#[test]
fn what_a_task_was_asked_goes_when_its_time_is_over_and_not_before() {
    let world = World::new(&[("tasks_kept_days", "8")]);
    run(async {
        let (account, task) = furnish(&world).await;
        let tidy = async || tidy(&world, &account, world.now().plus(DAY)).await.unwrap();
        world.later(DAY * 7);
        assert!(tidy().await.next.is_some() && is_kept(&world, &account.id, &task).await);
        assert!(behind(&world, &account).await.unwrap().tidy, "it is come back to");
        // Photos are kept for longer, 30 days.
        world.later(DAY);
        assert!(tidy().await.next.is_some() && !is_kept(&world, &account.id, &task).await);
        world.later(DAY * 22);
        assert_eq!(tidy().await, Walked { failed: 0, next: None });
        assert!(!behind(&world, &account).await.unwrap().tidy);
    });
}
