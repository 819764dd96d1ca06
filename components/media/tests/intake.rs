//! What is kept of photos: the picture and which way up it is, and nothing of where, when and by whom it was taken.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test cannot do without may fail it")]

use media::photo::{Error, Inspection, Intake, Taken};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// Stands in everything that has to go.
const SECRET: &[u8] = b"48.2082N 16.3738E";
/// Most bytes that may be held back: Exif data, and the head of their chunk.
const HELD_BYTES_MAX: usize = 64 * 1024 + 16;

/// What is kept of a file that comes in chunks of this size.
fn take(file: &[u8], chunk: usize) -> (Vec<u8>, Result<Taken, Error>) {
    let (mut intake, mut kept, mut taken) = (Intake::hashing(), Vec::new(), 0);
    for chunk in file.chunks(chunk) {
        if let Err(error) = intake.push(chunk) {
            return (kept, Err(error));
        }
        kept.extend(intake.keep(chunk));
        taken += chunk.len();
        assert!(kept.len() <= taken && taken - kept.len() <= HELD_BYTES_MAX, "{} of {taken} bytes", kept.len());
    }
    kept.extend(intake.rest());
    let taken = intake.finish().inspect(|taken| {
        assert_eq!(taken.sha256, Some(Sha256::digest(&kept).into()), "the hash is of what is kept");
        assert_eq!(taken.crc32, crc32fast::hash(&kept), "and so is the checksum");
    });
    (kept, taken)
}

/// What is kept of a photo that is good, which is good then too.
fn kept(file: &[u8]) -> Vec<u8> {
    let (kept, taken) = take(file, file.len());
    for chunk in [1, 7, 4_096] {
        assert!(take(file, chunk) == (kept.clone(), taken), "in chunks of {chunk} bytes");
    }
    assert_eq!(kept.len(), file.len());
    let mut inspection = Inspection::new();
    inspection.push(&kept).unwrap();
    assert_eq!(inspection.finish(), taken.map(|taken| taken.metadata));
    assert!(!has(&kept, SECRET));
    // Once is enough.
    assert!(take(&kept, 4_096).0 == kept);
    kept
}

fn has(file: &[u8], part: &[u8]) -> bool {
    file.windows(part.len()).any(|window| window == part)
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Exif data with this orientation, in either order of bytes, and with a place.
fn exif(orientation: u8, is_little: bool) -> Vec<u8> {
    let number = |value: u32, bytes: usize| {
        let big = value.to_be_bytes()[4 - bytes..].to_vec();
        if is_little { big.into_iter().rev().collect() } else { big }
    };
    let entry = |tag, kind, count, value: Vec<u8>| [number(tag, 2), number(kind, 2), number(count, 4), value].concat();
    [
        if is_little { b"II".to_vec() } else { b"MM".to_vec() },
        number(42, 2),
        number(8, 4),
        number(2, 2),
        entry(0x0112, 3, 1, [number(orientation.into(), 2), vec![0; 2]].concat()),
        // Where the place is, in a directory of its own.
        entry(0x8825, 4, 1, number(38, 4)),
        number(0, 4),
        number(1, 2),
        // The latitude.
        entry(2, 5, 3, number(56, 4)),
        number(0, 4),
        SECRET.to_vec(),
    ]
    .concat()
}

/// Exif data with nothing but this orientation.
fn least(orientation: u8) -> Vec<u8> {
    [&b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation, 0, 0, 0, 0, 0, 0]].concat()
}

fn segment(marker: u8, content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], &content].concat()
}

/// A real JPEG with these segments behind its first one, and this behind its end.
fn jpeg_with(segments: &[Vec<u8>], behind: &[u8]) -> Vec<u8> {
    let photo = fixture("portrait-01.jpg");
    let (start, rest) = photo.split_at(20);
    [start, &segments.concat(), rest, behind].concat()
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [&name, content].concat();
    let size = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&size[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat()
}

fn riff_chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len()).unwrap().to_le_bytes();
    [&name, &size[..], content, &[0; 1][..content.len() % 2]].concat()
}

/// A real WebP, extended by these features and these chunks behind its picture.
fn webp_with(features: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
    let photo = fixture("portrait-10.webp");
    // 1024 x 768 pixels.
    let extended = riff_chunk(*b"VP8X", &[features, 0, 0, 0, 0xff, 3, 0, 0xff, 2, 0]);
    let file = [b"WEBP", &extended[..], &photo[12..], &chunks.concat()].concat();
    [b"RIFF", &u32::try_from(file.len()).unwrap().to_le_bytes()[..], &file].concat()
}

#[test]
fn a_photo_that_says_nothing_else_is_kept_as_it_is() {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/photos")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for name in names.filter(|name| name.starts_with("portrait")) {
        let file = fixture(&name);
        assert!(kept(&file) == file, "{name}");
    }
}

#[test]
fn a_jpeg_keeps_its_picture_its_colours_and_which_way_up_it_is() {
    let profile = segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", &[7; 3_000]]);
    let colours = segment(0xee, &[b"Adobe\0\x64\0\0\0\0\x01"]);
    for is_little in [true, false] {
        let segments = [
            segment(0xe1, &[b"Exif\0\0", &exif(6, is_little), &vec![9; 60_000]]),
            segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>", SECRET]),
            profile.clone(),
            segment(0xe2, &[b"MPF\0", SECRET]),
            segment(0xed, &[b"Photoshop 3.0\0", SECRET]),
            vec![0xff; 5],
            segment(0xfe, &[SECRET]),
            colours.clone(),
            segment(0xe7, &[]),
            segment(0xeb, &[b"JP", SECRET]),
        ];
        let photo = jpeg_with(&[], &[]);
        let file = jpeg_with(&segments, &jpeg_with(&[segment(0xe1, &[b"Exif\0\0", &exif(3, true)])], SECRET));
        let kept = kept(&file);
        let begin = 20 + segments.concat().len();
        let end = begin + photo.len() - 20;
        assert!(kept[..20] == photo[..20] && kept[begin..end] == photo[20..], "the picture is another one");
        assert!(kept[end..].iter().all(|byte| *byte == 0), "there is something behind the picture");
        let only = [&b"Exif\0\0"[..], &least(6), &[0; 100]].concat();
        assert!(has(&kept[..200], &only) && has(&kept, &profile) && has(&kept, &colours));
        for gone in [&b"xmpmeta"[..], b"MPF", b"Photoshop", b"JP", &[9; 9]] {
            assert!(!has(&kept[..begin], gone), "{gone:?}");
        }
    }
}

#[test]
fn an_upright_jpeg_keeps_no_exif_data_at_all() {
    for orientation in [0, 1, 9] {
        let kept = kept(&jpeg_with(&[segment(0xe1, &[b"Exif\0\0", &exif(orientation, true)])], &[]));
        assert!(!has(&kept, b"Exif"));
    }
}

#[test]
fn a_png_keeps_what_it_is_shown_by() {
    let photo = fixture("portrait-04.png");
    let (head, rest) = photo.split_at(33);
    let (colours, text) = (chunk(*b"gAMA", &45_455_u32.to_be_bytes()), [b"Comment\0", SECRET].concat());
    let chunks = [
        colours.clone(),
        chunk(*b"tEXt", &text),
        chunk(*b"zTXt", &text),
        chunk(*b"iTXt", &text),
        chunk(*b"tIME", &[7, 0xea, 6, 9, 6, 9, 6]),
        chunk(*b"eXIf", &[&exif(8, false)[..], &vec![9; 100_000]].concat()),
        chunk(*b"eXIf", b"II*\0"),
        chunk(*b"caBX", SECRET),
    ];
    let kept = kept(&[head, &chunks.concat(), rest, SECRET].concat());
    let begin = 33 + chunks.concat().len();
    assert!(kept[begin..].starts_with(rest) && kept.starts_with(&[head, &colours].concat()));
    assert!(has(&kept, &[b"eXIf", &least(8)[..], &[0; 100]].concat()));
    for gone in [&b"tEXt"[..], b"zTXt", b"iTXt", b"tIME", b"caBX", b"Comment", &[9; 9]] {
        assert!(!has(&kept[..begin], gone), "{gone:?}");
    }
}

#[test]
fn a_webp_keeps_what_it_is_shown_by() {
    let (has_exif, has_xmp) = (0x08, 0x04);
    let chunks = [
        riff_chunk(*b"EXIF", &[&b"Exif\0\0"[..], &exif(6, true)].concat()),
        riff_chunk(*b"XMP ", &[b"<x:xmpmeta>", SECRET].concat()),
        riff_chunk(*b"abcd", SECRET),
    ];
    let file = webp_with(has_exif | has_xmp, &chunks);
    let kept = kept(&[&file[..], SECRET].concat());
    let begin = file.len() - chunks.concat().len();
    assert_eq!(kept[20], has_exif);
    assert!(kept[21..begin] == file[21..begin], "the picture is another one");
    assert!(has(&kept[begin..], &[&b"EXIF"[..], &file[begin + 4..begin + 8], &least(6), &[0; 20]].concat()));
    for gone in [&b"XMP "[..], b"xmpmeta", b"abcd"] {
        assert!(!has(&kept[begin..], gone), "{gone:?}");
    }
}

#[test]
fn whoever_takes_out_the_place_says_that_it_was_there() {
    let png = fixture("portrait-04.png");
    let (head, rest) = png.split_at(33);
    let files = |exif: &[u8]| {
        [
            jpeg_with(&[segment(0xe1, &[b"Exif\0\0", exif])], &[]),
            [head, &chunk(*b"eXIf", exif), rest].concat(),
            webp_with(0x08, &[riff_chunk(*b"EXIF", exif)]),
        ]
    };
    for (exif, had_place) in [(exif(1, true), true), (least(6), false)] {
        for file in files(&exif) {
            assert_eq!(take(&file, 1_000).1.map(|taken| taken.had_place), Ok(had_place));
        }
    }
}

#[test]
fn what_is_cut_off_or_damaged_is_refused_as_ever_and_no_byte_is_missing() {
    let photo = jpeg_with(&[segment(0xe1, &[b"Exif\0\0", &exif(6, true)])], &[]);
    for end in [22, 25, 60, 5_000] {
        let (kept, metadata) = take(&photo[..end], 10);
        assert!(metadata.is_err() && kept.len() == end && !has(&kept, SECRET), "{end}: {metadata:?}");
    }
    let mut png = fixture("portrait-04.png");
    png.splice(33..33, [0, 0, 0, 1].into_iter().chain(*b"tEXtx").chain([1; 4]));
    assert_eq!(take(&png, 1_000).1, Err(Error::Damaged));
}

proptest! {
    #[test]
    fn any_bytes_are_kept_alike_in_any_chunks_and_no_more_than_came(
        magic in prop_oneof![
            Just(b"\xff\xd8\xff".to_vec()), Just(b"\x89PNG\r\n\x1a\n".to_vec()), Just(b"\xff\xd8\xff\xe1\xff\xf0Exif\0\0".to_vec()),
            Just(b"\x89PNG\r\n\x1a\n\x00\x7f\xff\xffeXIfMM\0*".to_vec()),
            Just(b"RIFF\0\0\x7f\0WEBPVP8X\x0a\0\0\0".to_vec()), Just(b"RIFF\0\0\x7f\0WEBPEXIF\xff\xff\x10\0II*\0".to_vec()),
        ],
        noise in proptest::collection::vec(prop_oneof![Just(0xff_u8), Just(0xe1), Just(0xda), Just(0), any::<u8>()], 0..300),
        padding in 0_usize..200_000,
        chunk in 1_usize..9_000,
    ) {
        let mut file = [magic, noise].concat();
        file.resize(file.len() + padding, 0xe1);
        let (kept, metadata) = take(&file, chunk);
        prop_assert_eq!(kept.len(), file.len());
        prop_assert!(take(&file, file.len()) == (kept, metadata));
    }
}
