use domain::{AccountId, BlobLocation, Credits, Media, ProviderName, TaskId, Training, Work};
use media::mark::{MADE_BY_A_MODEL, Marking};

mod signed;

use super::*;
use crate::blobs::{Blob, Reader};
use crate::photos::Hashes;
use crate::testing::{World, run};
use crate::{jobs, photos};

const MADE: &str = "https://us.example/provider-files/code/1/id/picture.png";
const PICTURES: [(&str, Media); 3] =
    [("portrait-01.jpg", Media::Jpeg), ("portrait-04.png", Media::Png), ("portrait-10.webp", Media::Webp)];

fn world(more: &[(&str, &str)]) -> World {
    let variables = [
        ("public_url", "https://us.example"),
        ("signing_secret", "a secret of sixteen bytes or more"),
        ("providers", "cog"),
        ("cog_trainer_url", "http://trainer:5000"),
        ("cog_model_url", "http://model:5000"),
        ("cog_callback_token", "sesame-sesame-16"),
    ];
    World::new(&[&variables, more].concat())
}

fn with_bucket() -> World {
    world(&[
        ("s3_endpoint", "https://s3.example.com"),
        ("s3_bucket", "likeness"),
        ("s3_access_key_id", "an id"),
        ("s3_secret_access_key", "a secret"),
    ])
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn photo(name: &str) -> Vec<u8> {
    fixture(&format!("photos/{name}"))
}

/// What a file becomes that a model made.
fn marked(file: &[u8]) -> Vec<u8> {
    let mut marking = Marking::new();
    let mut marked = marking.pass(file);
    marked.extend(marking.rest());
    marked
}

fn says_so(file: &[u8]) -> bool {
    file.windows(MADE_BY_A_MODEL.len()).any(|window| window == MADE_BY_A_MODEL.as_bytes())
}

fn key() -> BlobKey {
    keys::result(&AccountId::from_random([1; 16]), &TaskId::from_random([2; 16]), 0)
}

/// Keeps what a run made, wherever it is.
fn kept(world: &World, url: &str) -> Kept<(media::Metadata, Digest)> {
    run(keep_media(world, &|_| true, key(), url, MediaKind::Image)).unwrap()
}

fn stored(world: &World, key: BlobKey, size_bytes: u32) -> Vec<u8> {
    let (mut reader, mut all) = (Reader::new(Blob { key, location: BlobLocation::Store, size_bytes }), Vec::new());
    while let Some(piece) = run(reader.next(world)).unwrap() {
        all.extend_from_slice(&piece);
    }
    all
}

/// Copies a picture that a generation made, which is there under [`MADE`].
fn copied(world: &World) -> File {
    let at = world.now();
    let (character, _) = keys::new_character(&AccountId::from_random([1; 16]), [3; 16]);
    let work = Work::Training(Training::of(character));
    let (task, account) = (TaskId::from_random([2; 16]), AccountId::from_random([1; 16]));
    let task = Task::new(task, account, work, Credits::ZERO, at, at, None);
    let provider = jobs::configured(world, ProviderName::Cog).unwrap();
    let files = run(copy(world, &*provider, &task, &[MADE.to_owned()])).unwrap();
    files.into_iter().next().unwrap()
}

#[test]
fn a_picture_is_kept_with_the_word_that_a_machine_made_it_and_is_as_large_as_that() {
    for (name, media) in PICTURES {
        let made = photo(name);
        let expected = marked(&made);
        assert!(says_so(&expected) && !says_so(&made), "{name}");
        for is_measured in [true, false] {
            let world = world(&[]);
            let answers = || if is_measured { world.answers(200, &made) } else { world.answers_unmeasured(&made) };
            answers();
            let file = copied(&world);
            assert_eq!((file.media, file.size_bytes as usize), (media, expected.len()), "{name}");
            assert!(stored(&world, key(), file.size_bytes) == expected, "{name}");

            answers();
            let Kept { metadata: (metadata, sha256), size_bytes, .. } = kept(&world, MADE);
            assert_eq!((metadata.media, metadata.size_bytes as usize), (media, made.len()), "as it came");
            assert_eq!(sha256, Digest::of(marked(&made)), "as it is kept");
            assert_eq!(size_bytes as usize, expected.len(), "{name}");
            assert!(stored(&world, key(), size_bytes) == expected, "{name}");
        }
    }
}

#[test]
fn a_bucket_is_told_how_large_a_marked_picture_is() {
    for (name, media) in PICTURES {
        let (made, world) = (photo(name), with_bucket());
        let expected = marked(&made);
        world.answers(200, &made);
        let file = copied(&world);
        assert_eq!((file.location, file.media), (BlobLocation::Bucket, media));
        assert_eq!((file.size_bytes as usize, world.asked()), (expected.len(), 1));

        // One that does not say its size is fetched twice.
        world.answers_unmeasured(&made);
        world.answers_unmeasured(&made);
        let again = kept(&world, MADE);
        assert_eq!((again.location, again.size_bytes), (BlobLocation::Bucket, file.size_bytes));
        assert_eq!(world.asked(), 3);
        // What it took is as long as it was announced, or else there would be an error.
        assert!(world.uploaded() == [expected.clone(), expected], "{name}");
    }
}

#[test]
fn a_picture_that_came_with_the_report_is_marked_too() {
    let small = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==";
    let world = with_bucket();
    let file = kept(&world, small);
    let [took] = &world.uploaded()[..] else { panic!("it is kept once") };
    assert_eq!((took.len(), says_so(took)), (file.size_bytes as usize, true));
}

#[test]
fn what_is_no_picture_or_none_that_is_whole_is_kept_all_the_same() {
    let film = fixture("media/video.mp4");
    for world in [world(&[]), with_bucket()] {
        world.answers(200, &film);
        let file = kept(&world, MADE);
        assert_eq!((file.metadata.0.media, file.size_bytes as usize), (Media::Mp4, film.len()));
        for (name, _) in PICTURES {
            let whole = photo(name);
            for end in [whole.len() / 2, 40] {
                world.answers(200, &whole[..end]);
                assert_eq!(kept(&world, MADE).size_bytes as usize, marked(&whole[..end]).len(), "{name} until {end}");
            }
        }
    }
}

#[test]
fn a_photo_that_came_in_is_never_marked() {
    let (account, character) =
        (AccountId::from_random([1; 16]), keys::new_character(&AccountId::from_random([1; 16]), [3; 16]).0);
    for (name, _) in PICTURES {
        let (came, world) = (photo(name), world(&[]));
        world.answers(200, &came);
        let url = Url::parse("https://strangers.example/photo").unwrap();
        let photos::Collected { photos, .. } =
            run(photos::collect(&world, &account, &character, 0, &[url], Hashes::Untold, DOWNLOAD_TIME_MAX)).unwrap();
        assert!(stored(&world, keys::photo(&account, &character, 0), photos[0].size_bytes) == came, "{name}");
    }
}
