//! Real portraits, as they are and as people spoil them.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

mod made;

use domain::PerceptualHash;
use image::DynamicImage;
use image::imageops::FilterType;
use made::{fixture, fixtures, interlaced, jpeg};
use media::photo::Error;
use pixels::{Flaw, Look, findings, look, perceptual_hash};

fn is_duplicate(one: &[u8], other: &[u8]) -> bool {
    let found = findings(&[Some(look(one).unwrap()), Some(look(other).unwrap())]);
    found.iter().any(|found| matches!(found.flaw, Flaw::NearDuplicate { .. }))
}

/// What is found of a photo alone.
fn flaws(bytes: &[u8]) -> Vec<&'static str> {
    findings(&[Some(look(bytes).unwrap())]).into_iter().map(|found| found.flaw.as_str()).collect()
}

#[test]
fn fine_portraits_are_fine_and_those_of_one_session_show_it() {
    let looks = fixtures().iter().map(|(_, bytes)| Some(look(bytes).unwrap())).collect::<Vec<Option<Look>>>();
    assert_eq!(looks.len(), 20);
    assert!(looks.iter().flatten().all(|look| look.picture.is_some() && look.is_upright && !look.has_place));
    let found = findings(&looks);
    assert!(found.iter().all(|found| matches!(found.flaw, Flaw::NearDuplicate { .. })), "{found:?}");
    // The same moment in other light.
    for photo in [3, 15] {
        assert!(
            found.iter().any(|found| found.photo == photo && found.flaw == Flaw::NearDuplicate { of: 2 }),
            "{found:?}"
        );
    }
    assert!(found.len() < 8, "{found:?}");
}

#[test]
fn spoilt_portraits_are_found() {
    for (name, bytes) in fixtures().into_iter().step_by(3) {
        let photo = image::load_from_memory(&bytes).unwrap();
        let changed = |change: fn(u8) -> u8| {
            let mut changed = photo.to_rgb8();
            changed.iter_mut().for_each(|sample| *sample = change(*sample));
            jpeg(&DynamicImage::from(changed), 90)
        };
        assert!(flaws(&bytes).is_empty(), "{name}");
        let blurred = photo.fast_blur(8.0);
        assert_eq!(flaws(&jpeg(&blurred, 90)), ["blurred"], "{name}");
        assert_eq!(flaws(&jpeg(&blurred, 30)), ["blurred"], "{name}");
        assert_eq!(flaws(&changed(|sample| sample / 4)), ["too_dark"], "{name}");
        assert_eq!(flaws(&changed(|sample| sample / 3 + 170)), ["too_bright"], "{name}");
        assert!(flaws(&changed(|sample| sample / 2 + 40)).is_empty(), "{name}");
    }
    let photo = image::load_from_memory(&fixture("portrait-05.webp")).unwrap().to_rgb8();
    let burnt = DynamicImage::from(
        image::RgbImage::from_vec(
            photo.width(),
            photo.height(),
            photo.iter().map(|sample| sample.saturating_mul(3)).collect(),
        )
        .unwrap(),
    );
    assert_eq!(flaws(&jpeg(&burnt, 90)), ["too_bright"]);
}

#[test]
fn the_same_photo_in_other_clothes_is_a_duplicate_and_another_one_is_not() {
    for (name, bytes) in fixtures().into_iter().step_by(3) {
        let photo = image::load_from_memory(&bytes).unwrap();
        let (width, height) = (photo.width(), photo.height());
        let others = [
            jpeg(&photo, 30),
            jpeg(&photo.resize_exact(width / 2, height / 2, FilterType::Triangle), 90),
            jpeg(&photo.crop_imm(width / 50, height / 50, width - width / 25, height - height / 25), 90),
            jpeg(&photo.fliph(), 90),
        ];
        for (at, other) in others.iter().enumerate() {
            assert!(is_duplicate(&bytes, other), "{name}: {at}");
        }
    }
    assert!(!is_duplicate(&fixture("portrait-14.png"), &fixture("portrait-03.jpg")));
    assert!(!is_duplicate(&fixture("portrait-11.jpg"), &fixture("portrait-20.webp")));
}

/// Re-encodings as they come about where pictures are passed on: each differs in so few bits that one band is the same for sure. Different
/// pictures, and even the same moment in other light, differ in more.
#[test]
fn a_copy_that_was_saved_anew_is_known_and_another_picture_is_not() {
    let hash = |bytes: &[u8]| perceptual_hash(bytes).unwrap();
    let mut originals = Vec::<(String, PerceptualHash)>::new();
    for (name, bytes) in fixtures() {
        let (photo, original) = (image::load_from_memory(&bytes).unwrap(), hash(&bytes));
        let (width, height) = (photo.width(), photo.height());
        let mut png = std::io::Cursor::new(Vec::new());
        photo.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let scaled = |by: u32, filter| photo.resize_exact(width / by, height / by, filter);
        let copies = [
            png.into_inner(),
            jpeg(&photo, 80),
            jpeg(&photo, 60),
            jpeg(&photo, 30),
            jpeg(&scaled(2, FilterType::Triangle), 90),
            jpeg(&scaled(2, FilterType::Lanczos3), 60),
            jpeg(&scaled(4, FilterType::Lanczos3), 80),
        ];
        for (at, copy) in copies.iter().enumerate() {
            assert!(hash(copy).is_alike(original), "{name}: {at}");
        }
        let other = originals.iter().find(|(_, other)| other.is_alike(original));
        assert!(other.is_none(), "{name}: {other:?}");
        originals.push((name, original));
    }
    let plain = DynamicImage::from(image::RgbImage::from_pixel(64, 64, image::Rgb([9, 9, 9])));
    assert_eq!(perceptual_hash(&jpeg(&plain, 80)), None, "there is nothing to know it by");
}

#[test]
fn all_formats_and_kinds_show_the_same_picture() {
    let bytes = fixture("portrait-09.png");
    let expected = look(&bytes).unwrap();
    let photo = image::load_from_memory(&bytes).unwrap().to_rgb8();
    let (width, height) = photo.dimensions();
    assert_eq!(look(&interlaced(width, height, &photo)).unwrap(), expected);
    let png = |photo: DynamicImage| {
        let mut png = std::io::Cursor::new(Vec::new());
        photo.write_to(&mut png, image::ImageFormat::Png).unwrap();
        png.into_inner()
    };
    let deep = DynamicImage::from(DynamicImage::from(photo.clone()).to_rgb16());
    assert_eq!(look(&png(deep)).unwrap().picture, expected.picture);
    let clear = DynamicImage::from(DynamicImage::from(photo.clone()).to_rgba8());
    assert_eq!(look(&png(clear)).unwrap().picture, expected.picture);
    for is_progressive in [false, true] {
        for kind in [jpeg_encoder::ColorType::Rgb, jpeg_encoder::ColorType::Cmyk, jpeg_encoder::ColorType::Luma] {
            let samples = match kind {
                jpeg_encoder::ColorType::Luma => {
                    photo.pixels().map(|pixel| image::Pixel::to_luma(pixel).0[0]).collect()
                }
                jpeg_encoder::ColorType::Cmyk => {
                    photo.pixels().flat_map(|p| [255 - p.0[0], 255 - p.0[1], 255 - p.0[2], 0]).collect()
                }
                _ => photo.to_vec(),
            };
            let mut jpeg = Vec::new();
            let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 95);
            encoder.set_progressive(is_progressive);
            encoder.encode(&samples, u16::try_from(width).unwrap(), u16::try_from(height).unwrap(), kind).unwrap();
            let (found, expected) = (look(&jpeg).unwrap().picture.unwrap(), expected.picture.unwrap());
            assert!((found.hash ^ expected.hash).count_ones() <= 2, "{kind:?}");
            assert!(
                found.bright.abs_diff(expected.bright) <= 6 && found.dark.abs_diff(expected.dark) <= 6,
                "{kind:?}: {found:?}"
            );
            assert!(found.sharpness.abs_diff(expected.sharpness) < expected.sharpness / 5, "{kind:?}: {found:?}");
        }
    }
}

#[test]
fn exif_data_are_read_in_all_formats() {
    // The place's directory has a latitude.
    let exif = [
        &b"MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\x88\x25\0\x04\0\0\0\x01\0\0\0\x26\0\0\0\0"[..],
        b"\0\x01\0\x02\0\x05\0\0\0\x03\0\0\0\x38\0\0\0\0",
        &[0; 24],
    ]
    .concat();
    let size = |bytes: usize| u32::try_from(bytes).unwrap();
    let mut jpeg = fixture("portrait-01.jpg");
    let length = u16::try_from(exif.len() + 8).unwrap().to_be_bytes();
    jpeg.splice(2..2, [b"\xff\xe1", &length[..], b"Exif\0\0", &exif].concat());
    let mut png = fixture("portrait-04.png");
    png.splice(33..33, made::chunk(*b"eXIf", &exif));
    let mut webp = fixture("portrait-05.webp");
    webp.extend([b"EXIF", &size(exif.len()).to_le_bytes()[..], &exif].concat());
    let total = size(webp.len() - 8).to_le_bytes();
    webp.splice(4..8, total);
    for bytes in [jpeg, png, webp] {
        assert_eq!(flaws(&bytes), ["not_upright", "gps"]);
    }
}

#[test]
fn a_look_is_kept_in_a_few_bytes() {
    let seen = look(&fixture("portrait-01.jpg")).unwrap();
    let text = serde_json::to_string(&seen).unwrap();
    assert!(text.len() < 300, "{text}");
    assert_eq!(serde_json::from_str::<Look>(&text).unwrap(), seen);
    assert!(size_of::<Look>() <= 64);
}

#[test]
fn what_cannot_be_decoded_is_said() {
    for (name, error) in [("portrait-01.jpg", Error::CutOff), ("portrait-04.png", Error::CutOff)] {
        let bytes = fixture(name);
        assert_eq!(look(&bytes[..bytes.len() / 2]), Err(error), "{name}");
    }
    let webp = fixture("portrait-05.webp");
    assert!(look(&webp[..webp.len() / 2]).is_ok_and(|look| look.picture.is_none()), "it has no whole picture");
    let mut png = fixture("portrait-04.png");
    let middle = png.len() / 2;
    png[middle] ^= 0x55;
    assert_eq!(look(&png), Err(Error::Damaged));
    assert_eq!(look(b"GIF89a and more"), Err(Error::UnusableFormat("GIF")));
    assert_eq!(look(b""), Err(Error::Empty));
}
