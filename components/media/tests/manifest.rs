//! A manifest in a picture: where readers look for it, once, and told apart from all the rest.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test cannot do without may fail it")]

use media::mark::{MANIFEST_BYTES_MAX, Marking};

const PICTURES: [&str; 5] =
    ["portrait-01.jpg", "portrait-11.jpg", "portrait-04.png", "portrait-05.webp", "portrait-10.webp"];

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// What looks like a manifest: a box, with this in it.
fn manifest(content: &str) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
    [&length[..], b"jumb", content.as_bytes()].concat()
}

/// What is kept of a file with this manifest, the same without it, and where it is.
fn kept(file: &[u8], manifest: &[u8], chunk: usize) -> (Vec<u8>, Vec<u8>, Option<std::ops::Range<usize>>) {
    let (mut marking, mut kept, mut around) = (Marking::with(manifest.to_vec()), Vec::new(), Vec::new());
    let mut take = |marking: &Marking, piece: Vec<u8>| {
        let (before, behind) = marking.around(&piece);
        around.extend_from_slice(before);
        around.extend_from_slice(behind);
        kept.extend(piece);
    };
    for chunk in file.chunks(chunk) {
        let piece = marking.pass(chunk);
        take(&marking, piece);
    }
    let piece = marking.rest();
    take(&marking, piece);
    assert_eq!(
        kept.len(),
        file.len() + usize::try_from(marking.added().unwrap()).unwrap(),
        "it is as long as was told"
    );
    let place = marking.place().map(|place| place.start.try_into().unwrap()..place.end.try_into().unwrap());
    (kept, around, place)
}

/// The same, in chunks of any size.
fn signed(file: &[u8], manifest: &[u8]) -> (Vec<u8>, std::ops::Range<usize>) {
    let (whole, around, place) = kept(file, manifest, file.len());
    for chunk in [1, 7, 4_096] {
        assert!(
            kept(file, manifest, chunk) == (whole.clone(), around.clone(), place.clone()),
            "chunks of {chunk} bytes"
        );
    }
    let place = place.unwrap();
    assert!([&whole[..place.start], &whole[place.end..]].concat() == around);
    (whole, place)
}

fn count(file: &[u8], part: &[u8]) -> usize {
    file.windows(part.len()).filter(|window| *window == part).count()
}

fn pixels(file: &[u8]) -> Vec<u8> {
    image::load_from_memory(file).unwrap().into_bytes()
}

#[test]
fn every_format_has_its_place_for_a_manifest() {
    let manifest = manifest("who made it");
    for name in PICTURES {
        let file = fixture(name);
        let (kept, place) = signed(&file, &manifest);
        let wrapped = &kept[place.clone()];
        let length = u32::try_from(manifest.len()).unwrap();
        let expected = match name.rsplit('.').next().unwrap() {
            "jpg" => [b"\xff\xeb\0\x1dJP\0\x01\0\0\0\x01", &manifest[..]].concat(),
            "png" => {
                let named = [b"caBX", &manifest[..]].concat();
                [&length.to_be_bytes()[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat()
            }
            // It fills up what is odd.
            _ => [b"C2PA", &length.to_le_bytes()[..], &manifest, &[0]].concat(),
        };
        assert_eq!(wrapped, expected, "{name}");
        assert_eq!(pixels(&kept), pixels(&file), "{name}");
        assert_eq!(count(&kept, b"trainedAlgorithmicMedia"), 1, "{name} has its mark, too");
        if name.ends_with("webp") {
            assert_eq!(u32::from_le_bytes(kept[4..8].try_into().unwrap()) as usize, kept.len() - 8);
            assert_eq!(place.end, kept.len());
        }
    }
}

#[test]
fn what_stands_around_a_manifest_is_the_same_whatever_is_in_it() {
    for name in PICTURES {
        let file = fixture(name);
        let of = |content: &str| kept(&file, &manifest(content), 1_000);
        let ((one, around, place), (other, same, same_place)) = (of("nothing"), of("a thing"));
        assert!(one != other && around == same && place == same_place, "{name}");
    }
}

#[test]
fn a_manifest_that_was_there_before_is_not_read_any_more_where_there_is_another_one() {
    for name in PICTURES {
        let (once, _) = signed(&fixture(name), &manifest("the provider"));
        let (twice, place) = signed(&once, &manifest("who delivers"));
        assert_eq!((count(&twice, b"the provider"), count(&twice, b"who delivers")), (0, 1), "{name}");
        assert_eq!(count(&twice, b"jumb"), 1, "{name}");
        assert!(twice[place].ends_with(b"who delivers") || !name.ends_with("jpg"), "{name}");
        assert_eq!(pixels(&twice), pixels(&once), "{name}");
        // Without one of ours it stays as it is.
        let (marked, ..) = kept(&once, &[], 1_000);
        assert_eq!(count(&marked, b"the provider"), 1, "{name}");
    }
}

#[test]
fn the_largest_manifest_has_room_in_every_format() {
    let largest = manifest(&"x".repeat(MANIFEST_BYTES_MAX - 8));
    for name in PICTURES {
        let (kept, place) = signed(&fixture(name), &largest);
        assert!(place.len() >= MANIFEST_BYTES_MAX);
        assert_eq!(pixels(&kept), pixels(&fixture(name)), "{name}");
    }
}

#[test]
fn what_is_no_picture_has_no_place_for_one() {
    let sound = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/media/sound.wav")).unwrap();
    for file in [sound, b"GIF89a, and more than there is in a head".to_vec()] {
        let (same, around, place) = kept(&file, &manifest("who made it"), 1_000);
        assert!(same == file && around == file && place.is_none());
    }
}
