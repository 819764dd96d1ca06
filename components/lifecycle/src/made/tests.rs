use domain::{AccountId, BlobLocation, CharacterId, Credits, Media, TaskId, Work};

use super::*;
use crate::remains;
use crate::testing::{World, generation, run};

fn file(bytes: &str) -> File {
    let (location, sha256) = (BlobLocation::Store, Some(Digest::of(bytes)));
    File::kept(Media::Png, 1, sha256, location)
}

/// A task that delivered these files, which are on record.
async fn delivered(world: &World, id: u8, files: &[File]) -> Task {
    let task = begun(world, id).await;
    note(world, &task, files).await.unwrap();
    let state = TaskState::Delivered { files: files.to_vec(), at: world.now() };
    let task = Task { state, ..task };
    let (_, key) = keys::new_task(&task.account, [id; 16]);
    world.store().create(&key, task.clone()).await.unwrap();
    task
}

async fn begun(world: &World, id: u8) -> Task {
    let (account, now) = (AccountId::from_random([1; 16]), world.now());
    let work = Work::Generation(generation(CharacterId::from_random([3; 16]), "secret"));
    let task = Task::new(TaskId::from_random([id; 16]), account, work, Credits::ZERO, now, now, None);
    let (_, key) = keys::new_task(&task.account, [id; 16]);
    world.store().create(&key, task.clone()).await.unwrap();
    task
}

/// Which file has these bytes.
async fn found(world: &World, bytes: &str) -> Option<(TaskId, usize)> {
    find(world, &Digest::of(bytes)).await.unwrap().map(|made| (made.task.id, made.n))
}

#[test]
fn a_file_is_found_by_its_bytes_until_its_task_is_deleted() {
    let world = World::new(&[]);
    run(async {
        let task = delivered(&world, 2, &[file("a"), file("b")]).await;
        assert_eq!(found(&world, "b").await, Some((task.id.clone(), 1)));
        assert_eq!(found(&world, "c").await, None);
        remains::remove(&world, &task).await.unwrap();
        assert_eq!(found(&world, "b").await, None);
        let left = world.store().read(&keys::made(&Digest::of("b"))).await.unwrap();
        assert_eq!(left, None, "nothing is left on record");
    });
}

#[test]
fn of_the_same_bytes_made_twice_the_first_is_found_as_long_as_it_is_there() {
    let world = World::new(&[]);
    run(async {
        let first = delivered(&world, 2, &[file("a")]).await;
        let second = delivered(&world, 4, &[file("a")]).await;
        assert_eq!(found(&world, "a").await, Some((first.id.clone(), 0)));
        remains::remove(&world, &second).await.unwrap();
        assert_eq!(found(&world, "a").await, Some((first.id.clone(), 0)), "it goes with its own task only");
        remains::remove(&world, &first).await.unwrap();
        let third = delivered(&world, 5, &[file("a")]).await;
        assert_eq!(found(&world, "a").await, Some((third.id, 0)));
    });
}

#[test]
fn a_record_of_a_task_that_did_not_complete_finds_nothing_and_holds_no_place() {
    let world = World::new(&[]);
    run(async {
        let task = begun(&world, 2).await;
        note(&world, &task, &[file("a")]).await.unwrap();
        assert_eq!(found(&world, "a").await, None);
        let next = delivered(&world, 4, &[file("a")]).await;
        assert_eq!(found(&world, "a").await, Some((next.id, 0)));
    });
}
