//! Photos as cameras and programs write them, made from a real one: whoever looks at them, they are measured alike.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

use domain::Format;
use media::probe::{Probe, Reads, Step, Want};
use media::{Error, Inspection, photo};
use proptest::prelude::*;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../tests/fixtures/photos/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], length.as_slice(), content].concat()
}

/// A real JPEG of 640 x 640 pixels with this behind its start of image.
fn jpeg_with(inserted: &[u8]) -> Vec<u8> {
    let photo = fixture("portrait-01.jpg");
    let (start, rest) = photo.split_at(2);
    [start, inserted, rest].concat()
}

fn pass(file: &[u8], chunk: usize) -> Result<Option<(u32, u32)>, Error> {
    let mut inspection = Inspection::new(500_000_000);
    for chunk in file.chunks(chunk) {
        inspection.push(chunk)?;
    }
    inspection.finish().map(|metadata| metadata.pixels)
}

fn probe(file: &[u8]) -> Result<Option<(u32, u32)>, Error> {
    let here = probe_by(file, Reads::HERE);
    assert_eq!(probe_by(file, Reads::ELSEWHERE), here);
    here
}

fn probe_by(file: &[u8], allowed: Reads) -> Result<Option<(u32, u32)>, Error> {
    let mut probe = Probe::new(Want::Pixels, allowed, 500_000_000);
    let (mut step, mut reads) = (probe.begin(), 0);
    loop {
        match step {
            Step::Done(found) => return Ok(found.pixels),
            Step::Read { offset, len } => {
                reads += 1;
                assert!(len <= allowed.bytes_max && reads <= allowed.most, "read {reads} of {len} bytes");
                let begin = usize::try_from(offset).unwrap();
                let end = (begin + usize::try_from(len).unwrap()).min(file.len());
                step = probe.receive(file.get(begin..end).unwrap(), Some(file.len() as u64))?;
            }
        }
    }
}

fn train(file: &[u8], chunk: usize) -> Result<(Format, u32, u32), photo::Error> {
    let mut inspection = photo::Inspection::new();
    for chunk in file.chunks(chunk) {
        inspection.push(chunk)?;
    }
    inspection.finish().map(|metadata| (metadata.format, metadata.width, metadata.height))
}

#[test]
fn what_training_takes_the_upscaler_takes_too() {
    let (exif, xmp) = (segment(0xe1, &[&b"Exif\0\0"[..], &vec![7; 60_000]].concat()), segment(0xe1, &vec![7; 20_035]));
    let icc = segment(0xe2, &[&b"ICC_PROFILE\0\x01\x09"[..], &vec![0xff; 65_000]].concat());
    // 65,533 bytes of content are the most that a segment has; 159 of them are just short of 10 MB.
    let far = segment(0xe2, &vec![0xc0; 65_533]).repeat(158);
    let files = [
        ("as it is", jpeg_with(&[])),
        ("70 KB of EXIF and XMP", jpeg_with(&[exif, xmp].concat())),
        ("557 KB of ICC profile", jpeg_with(&icc.repeat(9))),
        ("fill bytes", jpeg_with(&[0xff; 3])),
        ("100 KB of fill bytes", jpeg_with(&vec![0xff; 100_000])),
        ("thousands of empty comments", jpeg_with(&segment(0xfe, &[]).repeat(100_000))),
        ("nearly 10 MB", jpeg_with(&far)),
    ];
    for (name, file) in files {
        assert_eq!(train(&file, 65_536), Ok((Format::Jpeg, 640, 640)), "{name}");
        assert_eq!(pass(&file, 65_536), Ok(Some((640, 640))), "{name}");
        assert_eq!(probe(&file), Ok(Some((640, 640))), "{name}");
    }
}

#[test]
fn every_real_photo_is_measured_as_another_implementation_does() {
    for n in 1..=20 {
        let name = ["jpg", "png", "webp"].map(|ending| format!("portrait-{n:02}.{ending}"));
        let path = |name: &&String| {
            std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/photos"))
                .join(name)
                .exists()
        };
        let name = name.iter().find(path).unwrap();
        let file = fixture(name);
        let size = imagesize::blob_size(&file).unwrap();
        let expected = (u32::try_from(size.width).unwrap(), u32::try_from(size.height).unwrap());
        assert_eq!((pass(&file, 1_000), probe(&file)), (Ok(Some(expected)), Ok(Some(expected))), "{name}");
    }
}

#[test]
fn every_real_photo_can_be_trained_on_until_it_is_cut() {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/photos")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for name in names.filter(|name| name.starts_with("portrait")) {
        let file = fixture(&name);
        assert!(train(&file, 10_000).is_ok(), "{name}");
        assert_eq!(train(&file[..file.len() / 2], 10_000), Err(photo::Error::CutOff), "{name}");
    }
}

#[test]
fn a_frame_header_beyond_the_limit_is_read_by_nobody() {
    let file = jpeg_with(&segment(0xe2, &vec![0xc0; 65_533]).repeat(161));
    assert_eq!(pass(&file, 65_536), Ok(None));
    assert_eq!(probe(&file), Err(Error::UnreadableHeader));
    assert_eq!(train(&file, 65_536), Err(photo::Error::Endless));
}

#[test]
fn a_phones_heic_under_a_jpegs_name_is_refused_as_what_it_is() {
    let file = b"\0\0\0\x24ftypheic\0\0\0\0mif1MiHEMiPrmiafMiHBheic\0\0\0\0";
    assert_eq!(train(file, 5).unwrap_err().to_string(), "is HEIC; a photo has to be a JPEG, PNG or WebP image");
    assert!(pass(file, 5).unwrap_err().to_string().starts_with("is HEIC; "));
    assert!(probe(file).unwrap_err().to_string().starts_with("is HEIC; "));
}

proptest! {
    #[test]
    fn any_picture_is_measured_alike_as_it_passes_and_in_parts(
        magic in prop_oneof![
            Just(b"\xff\xd8\xff".to_vec()), Just(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec()),
            Just(b"RIFF\0\0\0\0WEBPVP8 ".to_vec()), Just(b"RIFF\0\0\0\0WEBPVP8X".to_vec()),
        ],
        noise in proptest::collection::vec(prop_oneof![Just(0xff_u8), Just(0xe1), Just(0xc0), Just(0), any::<u8>()], 0..300),
        padding in 0_usize..200_000,
        chunk in 1_usize..9_000,
    ) {
        let mut file = [magic, noise].concat();
        file.resize(file.len() + padding, 0xff);
        let passed = pass(&file, chunk).unwrap();
        prop_assert_eq!(probe(&file).ok().flatten(), passed);
        // It may be cut off or damaged; what is measured all the same is measured alike.
        if let Ok((_, width, height)) = train(&file, chunk) {
            prop_assert_eq!(Some((width, height)), passed);
        }
    }
}
