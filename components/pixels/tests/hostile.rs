//! Bytes that somebody made to do harm: whatever comes of them, it is an answer.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

mod counting;
mod made;

use std::sync::LazyLock;

use counting::{alone, counted};
use made::{fixture, grey_jpeg, interlaced};
use pixels::{MEMORY_BYTES_MAX, look, memory_needed, upright, watermark};
use proptest::prelude::*;

static PHOTOS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let photo = image::load_from_memory(&fixture("portrait-01.jpg")).unwrap().thumbnail(90, 70).to_rgb8();
    let mut progressive = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut progressive, 80);
    encoder.set_progressive(true);
    let (width, height) = photo.dimensions();
    let side = |side: u32| u16::try_from(side).unwrap();
    encoder.encode(&photo, side(width), side(height), jpeg_encoder::ColorType::Rgb).unwrap();
    let mut png = std::io::Cursor::new(Vec::new());
    photo.write_to(&mut png, image::ImageFormat::Png).unwrap();
    vec![
        made::jpeg(&photo.clone().into(), 80),
        progressive,
        grey_jpeg(100, 60, true),
        png.into_inner(),
        interlaced(width, height, &photo),
        fixture("portrait-15.webp"),
    ]
});

/// How photos begin.
const MAGIC: [&[u8]; 5] = [
    b"\xff\xd8\xff",
    b"\xff\xd8\xff\xc2\0\x11\x08",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"RIFF\xff\xff\0\0WEBPVP8 \xff\0\0\0\x10\0\0\x9d\x01\x2a",
    b"RIFF\xff\xff\0\0WEBPVP8X\x0a\0\0\0",
];

/// Something that begins like a photo.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let magic = prop::sample::select(MAGIC.to_vec());
    let byte = prop_oneof![Just(0xff_u8), Just(0xda), Just(0), any::<u8>()];
    (magic, proptest::collection::vec(byte, 0..400)).prop_map(|(magic, noise)| [magic, &noise].concat())
}

/// A photo with any bytes changed, and cut anywhere.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<bool>(), any::<u8>()), 0..6);
    let cut = proptest::option::weighted(0.3, any::<prop::sample::Index>());
    (prop::sample::select(PHOTOS.clone()), changes, cut).prop_map(|(mut bytes, changes, cut)| {
        for (at, in_head, byte) in changes {
            // Half of them where the tables are.
            let end = if in_head { bytes.len().min(700) } else { bytes.len() };
            bytes.splice(at.index(end)..=at.index(end), [byte]);
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    // One test, for what two take at the same time cannot be told apart.
    #[test]
    fn whatever_the_bytes_are_they_are_answered(bytes in prop_oneof![noise(), damaged()]) {
        is_answered_within_memory(&bytes);
        // Both, so that no photo is left out for what it says of which way up it is.
        let _ = (upright(&bytes), upright(&made::turned(bytes.clone(), 6)));
        let _ = watermark(&bytes, &"AI".parse().unwrap());
    }
}

/// The most pixels of a JPEG whose memory is counted: of a larger one, a thread keeps more rows for a while than Wasm would.
const COUNTED_PIXELS_MAX: u64 = 500_000;

/// Most that is taken for a photo that is not decoded, in bytes. The thread of a JPEG before it may not have ended yet, and is counted here.
const UNDECODED_BYTES_MAX: u64 = 2_000_000;

/// Whatever the answer, it takes no more memory than is said before.
fn is_answered_within_memory(bytes: &[u8]) {
    let needed = memory_needed(bytes).ok().flatten().filter(|needed| *needed <= MEMORY_BYTES_MAX);
    let (taken, seen) = counted(&alone(), 0, || look(bytes));
    let pixels = seen.map_or(u64::MAX, |look| u64::from(look.width) * u64::from(look.height));
    if !bytes.starts_with(b"\xff\xd8") || pixels <= COUNTED_PIXELS_MAX {
        assert!(taken <= needed.unwrap_or(UNDECODED_BYTES_MAX), "{taken} of {needed:?}");
    }
}
