use std::time::Duration;

use bytes::Bytes;
use domain::{AccountId, BlobLocation, Change, CharacterId, Credits, Digest, TaskId, Work};

use super::*;
use crate::testing::{World, entry, generation, run};
use crate::{blobs, expiry, remains};

const PHOTO: &[u8] = include_bytes!("../../../../tests/fixtures/photos/portrait-05.webp");
const OTHER: &[u8] = include_bytes!("../../../../tests/fixtures/photos/portrait-01.jpg");
const LONG: Duration = Duration::from_mins(1);

/// A task that delivered these files, settled by the entry of its number.
async fn delivered(world: &World, n: u8, pictures: &[(Media, &'static [u8])]) -> Task {
    let account = AccountId::from_random([1; 16]);
    let (id, key) = keys::new_task(&account, [n; 16]);
    let (work, now) = (Work::Generation(generation(CharacterId::from_random([3; 16]), "secret")), world.now());
    let mut files = Vec::new();
    for (at, (media, bytes)) in pictures.iter().enumerate() {
        let mut pieces = vec![Bytes::from_static(bytes)];
        let next = async || Ok::<_, Error>(pieces.pop());
        blobs::keep(world, &keys::result(&account, &id, at), None, next).await.unwrap();
        let size = u32::try_from(bytes.len()).unwrap();
        files.push(File::kept(*media, size, Some(Digest::of(bytes)), BlobLocation::Store));
    }
    let state = TaskState::Delivered { files, at: now };
    let task = Task { state, ..Task::new(id, account, work, Credits::ZERO, now, now, None) };
    world.store().create(&key, task.clone()).await.unwrap();
    task
}

/// An account whose entries settled these tasks.
fn account(world: &World, tasks: &[&Task]) -> Account {
    let id = AccountId::from_random([1; 16]);
    let mut funds = ledger::open(&id);
    let settled = (1..).zip(tasks).map(|(n, task)| entry(n, world.now(), Change::Capture { task: task.id.clone() }));
    funds.entries.extend(settled);
    Account::new(id, String::new(), world.now(), funds)
}

async fn looked(world: &World, tasks: &[&Task]) -> expiry::Walked {
    expiry::look(world, &account(world, tasks), world.now().plus(LONG)).await.unwrap()
}

async fn found(world: &World, hash: PerceptualHash) -> Vec<(TaskId, usize)> {
    find(world, hash).await.unwrap().into_iter().map(|made| (made.task.id, made.n)).collect()
}

async fn stored(world: &World, task: &Task) -> Task {
    world.store().load(&keys::task(&task.account, &task.id)).await.unwrap().unwrap()
}

/// Whether any list names a result.
async fn is_listed(world: &World, hash: PerceptualHash) -> bool {
    let mut bands = Vec::new();
    for (band, bits) in (0..BANDS).zip(hash.bands()) {
        bands.extend(world.store().load(&keys::alike::<Band>(band, bits)).await.unwrap());
    }
    bands.iter().any(|band| !band.pictures.is_empty())
}

/// The hash of a copy in which so many bits differ.
fn copy(hash: PerceptualHash, bits: u32) -> PerceptualHash {
    let mask = (0..bits).fold(0_u64, |mask, n| mask | 1 << (n * 16));
    let [a, b, c, d] = hash.bands().map(u64::from);
    PerceptualHash::new((a | b << 16 | c << 32 | d << 48) ^ mask)
}

#[test]
fn a_picture_is_found_by_its_copies_until_its_task_is_deleted() {
    let (world, hash) = (World::new(&[]), perceptual_hash(PHOTO).unwrap());
    run(async {
        let task = delivered(&world, 2, &[(Media::Jpeg, OTHER), (Media::Webp, PHOTO)]).await;
        assert_eq!(found(&world, hash).await, [], "nobody looked at it yet");
        assert_eq!(looked(&world, &[&task]).await, expiry::Walked { failed: 0, next: None });
        for bits in 0..=3 {
            assert_eq!(found(&world, copy(hash, bits)).await, [(task.id.clone(), 1)], "{bits}");
        }
        assert_eq!(found(&world, copy(hash, 4)).await, []);
        remains::remove(&world, &stored(&world, &task).await).await.unwrap();
        assert_eq!(found(&world, hash).await, []);
        assert!(!is_listed(&world, hash).await && !is_listed(&world, perceptual_hash(OTHER).unwrap()).await);
    });
}

#[test]
fn what_is_most_alike_comes_first() {
    let (world, hash) = (World::new(&[]), perceptual_hash(PHOTO).unwrap());
    run(async {
        let tasks = [delivered(&world, 2, &[(Media::Webp, PHOTO)]).await, delivered(&world, 4, &[]).await];
        let key = keys::task(&tasks[1].account, &tasks[1].id);
        let file =
            File { perceptual_hash: Some(copy(hash, 2)), ..File::kept(Media::Png, 1, None, BlobLocation::Store) };
        let state = TaskState::Delivered { files: vec![file], at: world.now() };
        let like = Task { state, ..tasks[1].clone() };
        world.store().update(&key, |_| Decision::Write(like.clone(), ())).await.unwrap();
        looked(&world, &[&tasks[0], &tasks[1]]).await;
        let names = [0, 1].map(|n: usize| (tasks[n].id.clone(), 0));
        assert_eq!(found(&world, hash).await, names);
        assert_eq!(found(&world, copy(hash, 3)).await, [names[1].clone(), names[0].clone()]);
    });
}

#[test]
fn what_cannot_be_decoded_or_is_gone_is_done_with() {
    let world = World::new(&[]);
    run(async {
        let task = delivered(&world, 2, &[(Media::Png, b"no picture"), (Media::Svg, b"<svg/>")]).await;
        let gone = delivered(&world, 4, &[(Media::Webp, PHOTO)]).await;
        blobs::remove(&world, &keys::result(&gone.account, &gone.id, 0)).await.unwrap();
        assert_eq!(looked(&world, &[&task, &gone]).await, expiry::Walked { failed: 0, next: None });
        assert_eq!([stored(&world, &task).await, stored(&world, &gone).await], [task.clone(), gone.clone()]);
        assert!(!expiry::behind(&world, &account(&world, &[&task, &gone])).await.unwrap().look);
    });
}

#[test]
fn what_died_half_way_is_done_by_the_next_round_and_undone_by_a_deletion() {
    let (world, hash) = (World::new(&[]), perceptual_hash(PHOTO).unwrap());
    run(async {
        let task = delivered(&world, 2, &[(Media::Webp, PHOTO)]).await;
        let key = keys::task(&task.account, &task.id);
        let seen = task.looked_at(&[Some(hash)]).unwrap();
        world.store().update(&key, |_| Decision::Write(seen.clone(), ())).await.unwrap();
        list(&world, &pictures(&seen)[0]).await.unwrap();
        looked(&world, &[&task]).await;
        let bands = world.store().load(&keys::alike::<Band>(0, hash.bands()[0])).await.unwrap().unwrap();
        assert_eq!(bands.pictures.len(), 1, "it is listed once");
        // A deletion that loaded the task before it was looked at.
        remains::remove(&world, &task).await.unwrap();
        assert!(!is_listed(&world, hash).await);
        assert_eq!(stored(&world, &task).await.looked_at(&[Some(hash)]), None, "what is deleted is looked at no more");
        looked(&world, &[&task]).await;
        assert!(!is_listed(&world, hash).await);
    });
}

#[test]
fn a_full_list_drops_its_oldest_and_fits_every_store() {
    let name = |n: usize| format!("{}.{n}.webp", "x".repeat(70));
    let picture = |n: usize| Listed { hash: PerceptualHash::new(u64::MAX), name: name(n) };
    let full = (0..=LISTED_MAX).fold(Band::default(), |band, n| band.with(&picture(n)).unwrap());
    assert_eq!((full.pictures.len(), &full.pictures[0].name), (LISTED_MAX, &name(1)));
    assert_eq!(full.with(&picture(7)), None);
    assert_eq!(full.without(&picture(7)).unwrap().pictures.len(), LISTED_MAX - 1);
    assert_eq!(full.without(&picture(0)), None);
    assert!(serde_json::to_vec(&full).unwrap().len() < 70_000);
}
