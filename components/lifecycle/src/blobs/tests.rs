use domain::{AccountId, TaskId};
use store::keys;

use super::*;
use crate::testing::{World, run};

const CHUNK: u32 = 256 * 1024;
const SIZE: u32 = 2 * CHUNK + 1_000;

fn bytes() -> Vec<u8> {
    (0..SIZE).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

fn blob(location: BlobLocation) -> Blob {
    let key = keys::result(&AccountId::from_random([1; 16]), &TaskId::from_random([2; 16]), 0);
    Blob { key, location, size_bytes: SIZE }
}

fn kept(world: &World) -> Blob {
    let (blob, mut all) = (blob(BlobLocation::Store), Some(Bytes::from(bytes())));
    let kept = run(keep(world, &blob.key, Some(SIZE), async || Ok::<_, store::Error>(all.take())));
    assert_eq!(kept.unwrap(), BlobLocation::Store);
    blob
}

fn read(world: &World, blob: &Blob, range: Range<u32>) -> Result<Vec<u8>, store::Error> {
    let (mut reader, mut read) = (Reader::new(Slice { blob: blob.clone(), range }), Vec::new());
    while let Some(piece) = run(reader.next(world))? {
        assert!(piece.len() <= CHUNK_BYTES);
        read.extend_from_slice(&piece);
    }
    Ok(read)
}

#[test]
fn every_stretch_is_what_the_whole_has_there() {
    let world = World::new(&[]);
    let (blob, all) = (kept(&world), bytes());
    let places = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, SIZE - 1, SIZE];
    for start in places {
        for end in places.into_iter().filter(|end| *end >= start) {
            let read = read(&world, &blob, start..end).unwrap();
            assert!(read == all[index(start)..index(end)], "{start}..{end}");
        }
    }
}

#[test]
fn no_chunk_is_read_that_the_stretch_is_not_in() {
    let (world, blob) = (World::new(&[]), blob(BlobLocation::Store));
    let mut writer = BlobWriter::new(blob.key.clone());
    run(writer.push(world.store(), &bytes()[..CHUNK_BYTES])).unwrap();
    // Only the first chunk is there.
    assert!(read(&world, &blob, 10..CHUNK).unwrap() == bytes()[10..CHUNK_BYTES]);
    let missing = read(&world, &blob, CHUNK + 5..SIZE).unwrap_err();
    assert!(matches!(&missing, store::Error::Missing { key } if key.ends_with(":1")), "{missing:?}");
}

#[test]
fn a_chunk_of_another_size_than_it_was_ends_the_reading() {
    let (world, blob) = (World::new(&[]), blob(BlobLocation::Store));
    let mut writer = BlobWriter::new(blob.key.clone());
    run(writer.push(world.store(), &bytes()[..1_000])).unwrap();
    run(writer.finish(world.store())).unwrap();
    for range in [0..SIZE, 10..20] {
        let error = read(&world, &blob, range).unwrap_err();
        assert!(error.to_string().contains("shorter than it was"), "{error}");
    }
    let error = read(&world, &Blob { size_bytes: 999, ..blob }, 10..20).unwrap_err();
    assert!(error.to_string().contains("larger than it was"), "{error}");
}

#[test]
fn a_bucket_is_asked_for_the_stretch_alone() {
    let world = World::new(&[
        ("s3_endpoint", "https://s3.example.com"),
        ("s3_bucket", "likeness"),
        ("s3_access_key_id", "an id"),
        ("s3_secret_access_key", "a secret"),
    ]);
    let blob = blob(BlobLocation::Bucket);
    world.answers(206, "ten bytes.");
    assert_eq!(read(&world, &blob, CHUNK..CHUNK + 10).unwrap(), b"ten bytes.");
    // A server that knows no ranges would send the whole.
    world.answers(200, "ten bytes.");
    assert!(read(&world, &blob, CHUNK..CHUNK + 10).is_err());
    world.answers(206, "eleven bytes");
    assert!(read(&world, &blob, CHUNK..CHUNK + 10).is_err());
    assert_eq!(world.asked(), 3);
}
