use bytes::Bytes;

use super::*;
use crate::testing::{World, run};

const HOUR: Duration = Duration::from_hours(1);

fn file(at: Timestamp) -> Upload {
    let file = File { id: "f".repeat(32), size_bytes: 1, location: BlobLocation::Store };
    Upload::File { file, at }
}

/// Photos of a request that died: no character and no hold came of them.
fn photos(n: u8, at: Timestamp) -> Upload {
    Upload::Photos {
        account: AccountId::from_random([1; 16]),
        character: CharacterId::from_random([n; 16]),
        training: TaskId::from_random([n; 16]),
        at,
    }
}

/// Puts an upload on record, and keeps a byte of it. Returns its number.
async fn put(world: &World, upload: &Upload) -> u64 {
    let n = begin(world, upload).await.unwrap();
    let mut all = Some(Bytes::from_static(b"x"));
    let more = async || Ok::<_, store::Error>(all.take());
    blobs::keep(world, &blob(upload).key, Some(1), more).await.unwrap();
    n
}

fn blob(upload: &Upload) -> blobs::Blob {
    let key = match upload {
        Upload::Photos { account, character, .. } | Upload::MorePhotos { account, character, .. } => {
            keys::photo(account, character, 0)
        }
        Upload::File { file, .. } | Upload::Input(Input { file, .. }) => keys::file(&file.id),
    };
    blobs::Blob { key, location: BlobLocation::Store, size_bytes: 1 }
}

/// Whether an upload is on record, and whether there are bytes of it: both or none.
async fn is_there(world: &World, upload: &Upload, n: u64) -> bool {
    let record = world.store().read::<Upload>(&keys::upload(upload.queue(), n)).await.unwrap();
    let bytes = blobs::part(world, &blob(upload), 0, 1).await;
    assert_eq!(record.is_some(), bytes.is_ok());
    record.is_some()
}

async fn swept(world: &World) -> u64 {
    sweep(world, world.now().plus(HOUR)).await.unwrap()
}

#[test]
fn photos_are_removed_in_time_though_a_file_before_them_lives_longer() {
    let world = World::new(&[]);
    run(async {
        let file = file(world.now());
        let photos = photos(1, world.now());
        let (first, second) = (put(&world, &file).await, put(&world, &photos).await);
        world.later(HOUR / 2);
        assert_eq!(swept(&world).await, 0);
        assert!(is_there(&world, &photos, second).await, "its request may run");
        world.later(HOUR);
        assert_eq!(swept(&world).await, 0);
        assert!(is_there(&world, &file, first).await && !is_there(&world, &photos, second).await);
        world.later(HOUR * 24);
        assert_eq!(swept(&world).await, 0);
        assert!(!is_there(&world, &file, first).await);
    });
}

#[test]
fn one_that_begins_in_the_future_keeps_none_after_it_and_is_removed_when_it_ends() {
    let world = World::new(&[]);
    run(async {
        let odd = photos(1, world.now().plus(HOUR * 10));
        let fine = photos(2, world.now());
        let (first, second) = (put(&world, &odd).await, put(&world, &fine).await);
        world.later(HOUR * 2);
        assert_eq!(swept(&world).await, 0);
        assert!(is_there(&world, &odd, first).await && !is_there(&world, &fine, second).await);
        // It has begun by now and is no obstacle either.
        let third = put(&world, &photos(3, world.now())).await;
        world.later(HOUR * 8);
        assert_eq!(swept(&world).await, 0);
        assert!(is_there(&world, &odd, first).await && !is_there(&world, &photos(3, world.now()), third).await);
        world.later(HOUR);
        assert_eq!(swept(&world).await, 0);
        assert!(!is_there(&world, &odd, first).await);
    });
}

#[test]
fn what_is_in_use_is_looked_at_again_and_what_came_after_it_is_not_yet() {
    let world = World::new(&[]);
    run(async {
        let (early, late) = (photos(1, world.now()), photos(2, world.now().plus(HOUR / 2)));
        let first = put(&world, &early).await;
        world.later(HOUR / 2);
        let second = put(&world, &late).await;
        swept(&world).await;
        world.later(HOUR / 2);
        swept(&world).await;
        assert!(!is_there(&world, &early, first).await && is_there(&world, &late, second).await);
        world.later(HOUR / 2);
        swept(&world).await;
        assert!(!is_there(&world, &late, second).await);
    });
}
