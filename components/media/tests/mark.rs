//! What is kept of pictures that models made: the same pixels, and the word that a model made them, where programs look for it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test cannot do without may fail it")]

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Rgba};
use media::mark::{HEAD_BYTES, MADE_BY_A_MODEL, Marking};
use proptest::prelude::*;

/// Stands in a packet that was there before.
const OTHER: &[u8] = b"<x:xmpmeta>somebody else's";
/// Most bytes that are held back: the head, and the beginning of a segment.
const HELD_BYTES_MAX: usize = 100;

/// What is kept of a file that comes in chunks of this size.
fn pass(file: &[u8], chunk: usize) -> Vec<u8> {
    let (mut marking, mut kept, mut taken) = (Marking::new(), Vec::new(), 0);
    for chunk in file.chunks(chunk) {
        kept.extend(marking.pass(chunk));
        taken += chunk.len();
        let Some(added) = marking.added() else {
            assert!(taken < usize::try_from(HEAD_BYTES).unwrap() && kept.is_empty());
            continue;
        };
        let most = taken + usize::try_from(added).unwrap();
        assert!(kept.len() <= most && kept.len() + HELD_BYTES_MAX >= taken, "{} of {taken} bytes", kept.len());
    }
    kept.extend(marking.rest());
    let added = usize::try_from(marking.added().unwrap()).unwrap();
    assert_eq!(kept.len(), taken + added, "it is as long as was told");
    assert!(marking.rest().is_empty());
    kept
}

/// The same for chunks of any size.
fn kept(file: &[u8]) -> Vec<u8> {
    let kept = pass(file, file.len().max(1));
    for chunk in [1, 7, 4_096] {
        assert!(pass(file, chunk) == kept, "in chunks of {chunk} bytes");
    }
    kept
}

/// What a file becomes that is shown as it was, and says that a model made it.
fn marked(file: &[u8]) -> Vec<u8> {
    let kept = kept(file);
    assert_eq!(pixels(&kept), pixels(file));
    assert_eq!(packets(&kept), 1);
    let decoder = ImageReader::new(Cursor::new(&kept)).with_guessed_format().unwrap().into_decoder();
    let read = String::from_utf8(decoder.unwrap().xmp_metadata().unwrap().unwrap()).unwrap();
    assert!(read.contains(&format!("Iptc4xmpExt:DigitalSourceType=\"{MADE_BY_A_MODEL}\"")), "{read}");
    // Once more changes nothing of what it says.
    assert_eq!(packets(&pass(&kept, 4_096)), 1);
    kept
}

fn pixels(file: &[u8]) -> (u32, u32, Vec<u8>) {
    let picture = image::load_from_memory(file).unwrap();
    (picture.width(), picture.height(), picture.into_bytes())
}

fn packets(file: &[u8]) -> usize {
    file.windows(OTHER.len()).filter(|window| *window == OTHER).count()
        + file.windows(MADE_BY_A_MODEL.len()).filter(|window| *window == MADE_BY_A_MODEL.as_bytes()).count()
}

fn place(file: &[u8], part: &[u8]) -> usize {
    file.windows(part.len()).position(|window| window == part).unwrap()
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn drawn(format: ImageFormat, is_opaque: bool) -> Vec<u8> {
    let alpha = |x: u32| if is_opaque { 255 } else { u8::try_from(x).unwrap() };
    let picture =
        image::RgbaImage::from_fn(37, 23, |x, y| Rgba([u8::try_from(x * y % 251).unwrap(), 9, 200, alpha(x)]));
    let picture = DynamicImage::from(picture);
    let picture = if is_opaque { DynamicImage::from(picture.to_rgb8()) } else { picture };
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn segment(marker: u8, content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], &content].concat()
}

fn png_chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [&name, content].concat();
    let size = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&size[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat()
}

fn riff_chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len()).unwrap().to_le_bytes();
    [&name, &size[..], content, &[0; 1][..content.len() % 2]].concat()
}

fn riff(chunks: &[&[u8]]) -> Vec<u8> {
    let file = [b"WEBP", &chunks.concat()[..]].concat();
    [b"RIFF", &u32::try_from(file.len()).unwrap().to_le_bytes()[..], &file].concat()
}

/// A real WebP, extended by these features and these chunks behind its picture.
fn webp_with(features: u8, chunks: &[&[u8]]) -> Vec<u8> {
    // 1024 x 768 pixels.
    let extended = riff_chunk(*b"VP8X", &[features, 0, 0, 0, 0xff, 3, 0, 0xff, 2, 0]);
    riff(&[&extended, &fixture("portrait-10.webp")[12..], &chunks.concat()])
}

#[test]
fn pictures_of_every_format_say_that_a_model_made_them() {
    for name in ["portrait-01.jpg", "portrait-11.jpg", "portrait-04.png", "portrait-05.webp", "portrait-10.webp"] {
        marked(&fixture(name));
    }
    for (format, is_opaque) in [
        (ImageFormat::Jpeg, true),
        (ImageFormat::Png, true),
        (ImageFormat::Png, false),
        (ImageFormat::WebP, true),
        (ImageFormat::WebP, false),
    ] {
        marked(&drawn(format, is_opaque));
    }
}

#[test]
fn the_packet_of_a_jpeg_stands_behind_what_has_to_be_first() {
    let file = drawn(ImageFormat::Jpeg, true);
    assert_eq!(file[2..4], [0xff, 0xe0]);
    let first = 2 + 2 + usize::from(u16::from_be_bytes([file[4], file[5]]));
    let exif = segment(0xe1, &[b"Exif\0\0", b"II*\0\x08\0\0\0\0\0\0\0\0\0"]);
    let packet = segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0"]);
    let names = |file: &[u8]| place(&marked(file), &packet[4..]);
    let with = |at: usize, segments: &[&[u8]]| [&file[..at], &segments.concat(), &file[at..]].concat();
    assert_eq!(names(&file), first + 4);
    assert_eq!(names(&with(first, &[&exif])), first + exif.len() + 4);
    assert_eq!(names(&with(first, &[&[0xff; 3], &exif])), first + 3 + exif.len() + 4);
    // Without JFIF.
    let bare = [&file[..2], &file[first..]].concat();
    assert_eq!(names(&bare), 2 + 4);
    assert_eq!(names(&[&file[..2], &exif[..], &file[first..]].concat()), 2 + exif.len() + 4);
}

#[test]
fn a_packet_that_was_there_before_is_not_read_any_more_and_nothing_else_is_lost() {
    let file = drawn(ImageFormat::Jpeg, true);
    let others = [
        segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", OTHER]),
        segment(0xe1, &[b"http://ns.adobe.com/xmp/extension/\0", OTHER, &vec![7; 60_000]]),
        segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0"]),
        segment(0xe1, &[]),
        segment(0xfe, &[b"a comment"]),
        segment(0xe1, &[b"http://ns.example.com/another-name"]),
    ];
    let kept = marked(&[&file[..20], &others.concat(), &file[20..]].concat());
    place(&kept, &[&others[4][..], &others[5]].concat());

    let file = drawn(ImageFormat::Png, true);
    let others = [
        png_chunk(*b"tEXt", b"Comment\0a comment"),
        png_chunk(*b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", OTHER].concat()),
        png_chunk(*b"zTXt", &[b"Raw profile type xmp\0", OTHER].concat()),
        png_chunk(*b"iTXt", b"XML:com.adobe.xmp\0"),
        png_chunk(*b"tEXt", b""),
    ];
    for at in [33, file.len() - 12] {
        let kept = marked(&[&file[..at], &others.concat(), &file[at..]].concat());
        place(&kept, &others[0]);
        place(&kept, &others[4]);
        let blank = [&[0, 0, 0, 18][..], b"blNk", &[0; 18]].concat();
        place(&kept, &[&blank[..], &crc32fast::hash(&blank[4..]).to_be_bytes(), &others[4]].concat());
    }

    let (has_exif, has_xmp) = (0x08, 0x04);
    let exif = riff_chunk(*b"EXIF", b"II*\0\x08\0\0\0\0\0\0\0\0");
    let kept = marked(&webp_with(has_exif | has_xmp, &[&exif, &riff_chunk(*b"XMP ", OTHER)]));
    assert_eq!(kept[20], has_exif | has_xmp);
    place(&kept, &[&exif[..], b"JUNK"].concat());
    // One that nobody saw, for there was nothing that announced it.
    marked(&riff(&[&fixture("portrait-10.webp")[12..], &riff_chunk(*b"XMP ", OTHER)]));
}

#[test]
fn a_webp_says_how_large_it_is_and_whether_it_can_be_seen_through() {
    for (file, features, width, height) in [
        (fixture("portrait-10.webp"), 0x04, 1_024, 768),
        (drawn(ImageFormat::WebP, true), 0x04, 37, 23),
        (drawn(ImageFormat::WebP, false), 0x14, 37, 23),
        (webp_with(0, &[]), 0x04, 1_024, 768),
    ] {
        let kept = marked(&file);
        let number = |at: usize| u32::from_le_bytes([kept[at], kept[at + 1], kept[at + 2], 0]);
        assert_eq!((kept[20], number(24) + 1, number(27) + 1), (features, width, height));
        assert_eq!(usize::try_from(u32::from_le_bytes(kept[4..8].try_into().unwrap())).unwrap(), kept.len() - 8);
        // What stands behind the end stays there.
        let kept = marked(&[&file[..], b"behind"].concat());
        assert!(kept.ends_with(b"behind"));
    }
}

#[test]
fn a_webp_that_ends_at_an_odd_place_is_filled_up() {
    // As programs write it that forget the padding.
    let whole = webp_with(0, &[&riff_chunk(*b"EXIF", b"odd")]);
    let mut file = whole[..whole.len() - 1].to_vec();
    let size = u32::try_from(file.len() - 8).unwrap().to_le_bytes();
    file[4..8].copy_from_slice(&size);
    assert_eq!(marked(&file), kept(&whole));
}

#[test]
fn what_is_no_such_picture_is_kept_as_it_is() {
    let simple = fixture("portrait-10.webp");
    let altered = |at: usize, bytes: &[u8]| {
        let mut file = simple.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    let files = [
        Vec::new(),
        b"\xff".to_vec(),
        b"GIF89a, and more than there is in a head".to_vec(),
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dCgBI, and more than there is in a head".to_vec(),
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/media/video.mp4")).unwrap(),
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/media/sound.wav")).unwrap(),
        // Its size is not known, or too small, or too large for more.
        altered(4, &[0; 4]),
        altered(4, &[100, 0, 0, 0]),
        altered(4, &[0xff, 0xff, 0xff, 0xff]),
        altered(4, &[0xf6, 0xff, 0xff, 0xff]),
        altered(12, b"ALPH"),
        altered(23, b"not"),
    ];
    for file in files {
        assert!(kept(&file) == file, "{:x?}", &file[..file.len().min(30)]);
    }
}

#[test]
fn what_is_cut_off_anywhere_is_as_long_as_was_told_and_has_all_that_came() {
    for file in [drawn(ImageFormat::Jpeg, true), drawn(ImageFormat::Png, true)] {
        let mark = kept(&file).len() - file.len();
        for end in 31..file.len() {
            let kept = kept(&file[..end]);
            let at = kept.len() - end;
            assert_eq!(at, mark);
            let packet = place(&kept, b"<?xpacket");
            // Before the packet and behind it is what came.
            assert!(kept.starts_with(&file[..end.min(packet.saturating_sub(40))]), "{end}");
            assert!(end < 700 || kept.ends_with(&file[end - 100..end]), "{end}");
        }
    }
    let file = drawn(ImageFormat::WebP, false);
    for end in 31..file.len() {
        let kept = kept(&file[..end]);
        assert!(kept[30..].starts_with(&file[12..end]), "{end}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_kept_alike_in_any_chunks_and_as_many_as_were_told(
        magic in prop_oneof![
            Just(b"\xff\xd8\xff".to_vec()), Just(b"\xff\xd8\xff\xe1\x00\x40http://ns.adobe.com/xap/1.0/\0".to_vec()),
            Just(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec()),
            Just(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR12345678901234567\0\0\x01\0iTXtXML:com.adobe.xmp\0".to_vec()),
            Just(b"RIFF\0\0\x7f\0WEBPVP8X\x0a\0\0\0".to_vec()), Just(b"RIFF\x41\0\0\0WEBPVP8X\x0a\0\0\0".to_vec()),
            Just(b"RIFF\x50\x01\0\0WEBPVP8 \x0a\0\0\x00123\x9d\x01\x2a1234XMP \x10\0\0\0".to_vec()), Just(Vec::new()),
        ],
        noise in proptest::collection::vec(prop_oneof![Just(0xff_u8), Just(0xe1), Just(0xda), Just(0), any::<u8>()], 0..300),
        padding in 0_usize..70_000,
        chunk in 1_usize..9_000,
    ) {
        let mut file = [magic, noise].concat();
        file.resize(file.len() + padding, 0xe1);
        prop_assert!(pass(&file, chunk) == pass(&file, file.len().max(1)));
    }

    #[test]
    fn real_pictures_with_wrong_bytes_never_panic(
        n in 0_usize..4,
        wrong in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..9),
        cut in any::<prop::sample::Index>(),
        chunk in 1_usize..900,
    ) {
        let xmp = riff_chunk(*b"XMP ", OTHER);
        let files = [
            drawn(ImageFormat::Jpeg, true), drawn(ImageFormat::Png, false), drawn(ImageFormat::WebP, false),
            webp_with(0x04, &[&xmp])[..2_000].to_vec(),
        ];
        let mut file = files[n].clone();
        for (place, byte) in wrong {
            let place = place.index(file.len());
            file[place] = byte;
        }
        file.truncate(cut.index(file.len()) + 1);
        prop_assert!(pass(&file, chunk) == pass(&file, file.len()));
    }
}
