//! How much memory the largest photos take that are looked at, counted.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

mod counting;
mod made;

use counting::{alone, counted};
use made::{chunk, fixture, grey_jpeg};
use pixels::{MEMORY_BYTES_MAX, PIXELS_MAX, look, memory_needed};

fn needed(bytes: &[u8]) -> u64 {
    memory_needed(bytes).unwrap().unwrap_or(u64::MAX)
}

/// The largest JPEG of this width that is looked at.
fn largest(width: u16, is_progressive: bool) -> Vec<u8> {
    let is_larger = |height: &u16| {
        let photo = grey_jpeg(width, *height, is_progressive);
        needed(&photo) <= MEMORY_BYTES_MAX
    };
    let height = (1..4_000).map(|units| units * 64).take_while(|height| is_larger(height)).last().unwrap();
    grey_jpeg(width, height, is_progressive)
}

fn png(width: u32, height: u32, depth: png::BitDepth, colour: png::ColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    encoder.set_compression(png::Compression::Fastest);
    let mut writer = encoder.write_header().unwrap();
    let row = vec![9; width as usize * colour.samples() * (depth as usize) / 8];
    let mut stream = writer.stream_writer().unwrap();
    (0..height).for_each(|_| std::io::Write::write_all(&mut stream, &row).unwrap());
    stream.finish().unwrap();
    drop(writer);
    bytes
}

/// A lossy WebP that says it is of this size.
fn claims(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = fixture("portrait-05.webp");
    bytes.splice(26..30, [width.to_le_bytes(), height.to_le_bytes()].concat());
    bytes
}

#[test]
fn no_photo_takes_more_memory_than_was_said_before() {
    let alone = alone();
    // A phone's 12 megapixels of either kind, and the largest there are.
    let baseline = grey_jpeg(8_160, 6_120, false);
    let progressive = grey_jpeg(4_032, 3_024, true);
    let mut noted = fixture("portrait-04.png");
    (0..5).for_each(|_| drop(noted.splice(33..33, chunk(*b"eXIf", &vec![7; 1_000_000]))));
    let photos = [
        ("baseline", baseline, 8160, true),
        ("baseline, as a strip", grey_jpeg(20_000, 400, false), 20000, true),
        ("progressive", progressive, 4032, true),
        ("progressive, largest", largest(4_000, true), 4000, true),
        ("png", png(4_000, 3_000, png::BitDepth::Eight, png::ColorType::Rgb), 0, true),
        ("png in wide rows", png(300_000, 9, png::BitDepth::Sixteen, png::ColorType::Rgba), 0, true),
        ("png with much beside it", noted, 0, true),
        ("webp", fixture("portrait-05.webp"), 0, true),
        ("webp of a phone", claims(4_000, 3_000), 0, false),
    ];
    for (name, bytes, width, is_decoded) in photos {
        let needed = needed(&bytes);
        assert!(needed <= MEMORY_BYTES_MAX, "{name} needs {needed}");
        let (taken, seen) = counted(&alone, width, || look(&bytes));
        println!("{name}: {} KB of {} KB", taken / 1_000, needed / 1_000);
        assert!(taken <= needed, "{name} takes {taken} of {needed}");
        assert_eq!(seen.is_ok_and(|look| look.picture.is_some()), is_decoded, "{name}");
    }
}

#[test]
fn what_would_take_too_much_is_not_decoded_at_all() {
    let alone = alone();
    let (width, height) = (8_000, 6_300);
    assert!(u64::from(width) * u64::from(height) > PIXELS_MAX);
    let strip = png(1_000_000, 2, png::BitDepth::Eight, png::ColorType::Rgba);
    let lossless = {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(64, 64).write_to(&mut bytes, image::ImageFormat::WebP).unwrap();
        bytes.into_inner()
    };
    let scans = [&grey_jpeg(64, 64, true)[..], &b"\xff\xda".repeat(100)].concat();
    let photos = [
        grey_jpeg(6_000, 4_000, true),
        grey_jpeg(width, height, false),
        strip,
        lossless,
        scans,
        claims(16_000, 16_000),
    ];
    for bytes in photos {
        let (taken, seen) = counted(&alone, 0, || look(&bytes));
        let seen = seen.unwrap();
        assert!(seen.picture.is_none() && taken < 1_000, "{} x {}", seen.width, seen.height);
    }
}
