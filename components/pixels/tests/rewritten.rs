//! Photos turned the way they are shown, and pictures with a text in the corner, compared with what another decoder makes of them.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

mod counting;
mod made;

use counting::{alone, counted};
use domain::Watermark;
use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView, ImageFormat, RgbImage};
use made::{chunk, fixture, grey_jpeg, interlaced, jpeg, turned};
use pixels::{MEMORY_BYTES_MAX, REWRITTEN_BYTES_MAX, Unmarkable, look, upright, watermark};

fn text(text: &str) -> Watermark {
    text.parse().unwrap()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn decoded(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).unwrap()
}

/// A small picture no part of which looks like another.
fn small() -> DynamicImage {
    let portrait = decoded(&fixture("portrait-01.jpg"));
    portrait.resize_exact(60, 44, image::imageops::FilterType::Triangle)
}

/// By how much two pictures differ at most, and in the mean, where the first one has no watermark.
fn difference(one: &DynamicImage, other: &DynamicImage, is_counted: impl Fn(u32, u32) -> bool) -> (u32, u32) {
    assert_eq!(one.dimensions(), other.dimensions());
    let (one, other) = (one.to_rgba8(), other.to_rgba8());
    let pixels = one.enumerate_pixels().filter(|(x, y, _)| is_counted(*x, *y));
    let samples = pixels.flat_map(|(x, y, pixel)| pixel.0.into_iter().zip(other.get_pixel(x, y).0));
    let (most, sum, count) = samples.fold((0, 0, 0), |(most, sum, count), (one, other)| {
        let differs = u32::from(one.abs_diff(other));
        (differs.max(most), sum + differs, count + 1)
    });
    (most, sum / count)
}

#[test]
fn a_photo_is_turned_the_way_it_is_shown() {
    let photo = small();
    for (orientation, format) in (2..=8).zip([ImageFormat::Jpeg, ImageFormat::Png].into_iter().cycle()) {
        let bytes = match format {
            ImageFormat::Jpeg => jpeg(&photo, 98),
            _ => encoded(&photo, format),
        };
        let mut expected = decoded(&bytes);
        expected.apply_orientation(Orientation::from_exif(orientation).unwrap());
        let found = upright(&turned(bytes, orientation)).unwrap().unwrap();
        assert!(!found.windows(4).any(|bytes| bytes == b"Exif"));
        assert!(look(&found).unwrap().is_upright);
        let (most, mean) = difference(&decoded(&found), &expected, |_, _| true);
        assert!(most < 40 && mean < 4, "{orientation}: {most}, {mean}");
    }
}

#[test]
fn all_formats_are_turned_and_what_is_upright_stays() {
    let others = [
        (fixture("portrait-05.webp"), decoded(&fixture("portrait-05.webp"))),
        (interlaced(60, 44, &small().to_rgb8()), small()),
        (encoded(&small().to_luma8().into(), ImageFormat::Png), small().to_luma8().into()),
    ];
    for (bytes, expected) in others {
        assert_eq!(upright(&bytes), Ok(None));
        assert_eq!(upright(&turned(bytes.clone(), 1)), Ok(None));
        assert_eq!(upright(&turned(bytes.clone(), 9)), Ok(None));
        let found = decoded(&upright(&turned(bytes, 8)).unwrap().unwrap());
        let (_, mean) = difference(&found, &expected.rotate270(), |_, _| true);
        assert!(mean < 4, "{mean}");
    }
    let clear = DynamicImage::from(image::RgbaImage::from_pixel(20, 10, image::Rgba([9, 9, 9, 0])));
    let found = decoded(&upright(&turned(encoded(&clear, ImageFormat::Png), 6)).unwrap().unwrap());
    assert_eq!((found.dimensions(), found.to_rgb8().get_pixel(3, 3).0), ((10, 20), [255; 3]));
    assert_eq!(upright(&turned(encoded(&small(), ImageFormat::WebP), 6)), Ok(None), "it is one without loss");
}

#[test]
fn a_large_photo_keeps_what_trainers_use() {
    let sides = |width, height| {
        let photo = decoded(&upright(&turned(grey_jpeg(width, height, false), 6)).unwrap().unwrap());
        photo.dimensions()
    };
    assert_eq!(sides(8_160, 6_120), (1_530, 2_040));
    assert_eq!(sides(4_032, 3_024), (1_512, 2_016));
    assert_eq!(sides(2_040, 1_530), (1_530, 2_040));
    assert_eq!(sides(1, 90), (90, 1));
}

#[test]
fn a_profile_of_colours_stays() {
    let profile = [&b"ICC_PROFILE\0\x01\x01"[..], b"a profile"].concat();
    let length = u16::try_from(profile.len() + 2).unwrap().to_be_bytes();
    let mut photo = jpeg(&small(), 90);
    photo.splice(2..2, [b"\xff\xe2", &length[..], &profile].concat());
    let has_profile = |bytes: &[u8]| bytes.windows(9).any(|bytes| bytes == b"a profile");
    assert!(has_profile(&upright(&turned(photo.clone(), 3)).unwrap().unwrap()));
    assert!(has_profile(&watermark(&photo, &text("A")).unwrap()));
    let mut png = encoded(&small(), ImageFormat::Png);
    png.splice(33..33, [chunk(*b"gAMA", &45_455_u32.to_be_bytes()), chunk(*b"tEXt", b"Comment\0secret")].concat());
    let marked = watermark(&png, &text("A")).unwrap();
    assert!(marked.windows(4).any(|name| name == b"gAMA") && !marked.windows(6).any(|text| text == b"secret"));
}

/// Where the box of a text begins: of a picture that is as small, a dot is a pixel.
fn box_begins(picture: &DynamicImage, dot: u32, signs: u32) -> (u32, u32) {
    let (width, height) = picture.dimensions();
    (width - (signs * 6 - 1 + 4 + 2) * dot, height - (7 + 4 + 2) * dot)
}

#[test]
fn a_watermark_changes_its_corner_and_nothing_else() {
    let portrait = decoded(&fixture("portrait-01.jpg")).thumbnail(500, 500);
    let picture = portrait.crop_imm(0, 0, 300, 290);
    let alpha = {
        let mut alpha = picture.to_rgba8();
        alpha.enumerate_pixels_mut().for_each(|(x, y, pixel)| pixel.0[3] = u8::try_from((x + y) % 256).unwrap());
        DynamicImage::from(alpha)
    };
    let lossy = fixture("portrait-05.webp");
    let pictures = [
        ("jpeg", jpeg(&picture, 95), 30, ImageFormat::Jpeg),
        ("grey jpeg", encoded(&picture.to_luma8().into(), ImageFormat::Jpeg), 30, ImageFormat::Jpeg),
        ("png", encoded(&picture, ImageFormat::Png), 0, ImageFormat::Png),
        ("png with alpha", encoded(&alpha, ImageFormat::Png), 0, ImageFormat::Png),
        ("grey png", encoded(&picture.to_luma8().into(), ImageFormat::Png), 0, ImageFormat::Png),
        ("interlaced png", interlaced(300, 290, &picture.to_rgb8()), 0, ImageFormat::Png),
        ("webp", lossy, 0, ImageFormat::WebP),
    ];
    for (name, bytes, differs_by, format) in pictures {
        let marked = watermark(&bytes, &text("Made by AI")).unwrap();
        assert_eq!(image::guess_format(&marked).unwrap(), format, "{name}");
        assert_eq!(marked, watermark(&bytes, &text("Made by AI")).unwrap(), "{name}");
        assert_ne!(marked, watermark(&bytes, &text("Made by KI")).unwrap(), "{name}");
        let (before, after) = (decoded(&bytes), decoded(&marked));
        assert_eq!(before.color().channel_count(), after.color().channel_count(), "{name}");
        let short = before.width().min(before.height());
        let dot = short.div_ceil(40).div_ceil(7);
        let (left, top) = box_begins(&before, dot, 10);
        // The blocks of a JPEG reach beyond it.
        let reach = if differs_by > 0 { 8 } else { 0 };
        let is_outside = |x, y| x + reach < left || y + reach < top;
        let (most, mean) = difference(&before, &after, is_outside);
        assert!(most <= differs_by && mean <= 2, "{name}: {most}, {mean}");
        // The first sign is an M: its left stroke is light, and left of it is darkened ground.
        let after = after.to_rgba8();
        let pixel = |x: u32, y: u32| after.get_pixel(left + x * dot + dot / 2, top + y * dot + dot / 2).0;
        let [sign, ground] = [pixel(2, 5), pixel(0, 5)];
        assert!(sign[..3].iter().all(|sample| *sample > 215) && sign[3] == 255, "{name}: {sign:?}");
        assert!(ground[..3].iter().all(|sample| *sample < 90) && ground[3] == 255, "{name}: {ground:?}");
    }
}

#[test]
fn samples_of_sixteen_bits_become_eight() {
    let deep = DynamicImage::from(small().resize(200, 200, image::imageops::FilterType::Triangle).to_rgb16());
    let marked = decoded(&watermark(&encoded(&deep, ImageFormat::Png), &text("AI")).unwrap());
    assert_eq!((marked.dimensions(), marked.color()), (deep.dimensions(), image::ColorType::Rgb8));
}

#[test]
fn what_cannot_be_marked_is_said() {
    let said = |bytes: &[u8]| watermark(bytes, &text("AI")).unwrap_err().to_string();
    let blank = DynamicImage::from(RgbImage::new(64, 64));
    let png = encoded(&blank, ImageFormat::Png);
    let mut animated = png.clone();
    animated.splice(33..33, chunk(*b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]));
    assert_eq!(said(&animated), "is animated");
    assert!(said(&encoded(&blank, ImageFormat::WebP)).starts_with("is a WebP without loss"));
    assert!(said(&encoded(&RgbImage::new(20, 12).into(), ImageFormat::Png)).contains("no room"));
    assert!(said(&png[..png.len() / 2]).contains("cut off"), "{}", said(&png[..png.len() / 2]));
    assert_eq!(
        said(b"GIF89a and more"),
        Unmarkable::Unreadable(media::photo::Error::UnusableFormat("GIF")).to_string()
    );
    assert_eq!(said(b""), "is empty");
    let endless = [png, vec![0; REWRITTEN_BYTES_MAX]].concat();
    assert_eq!(watermark(&endless, &text("AI")), Err(Unmarkable::TooManyBytes));
}

#[test]
fn no_more_memory_is_taken_than_was_said_before() {
    let alone = alone();
    let claims = |width: u16, height: u16| {
        let mut bytes = fixture("portrait-05.webp");
        bytes.splice(26..30, [width.to_le_bytes(), height.to_le_bytes()].concat());
        bytes
    };
    let blank = DynamicImage::from(image::RgbaImage::new(3_000, 2_500));
    let photos = [
        ("baseline", grey_jpeg(3_200, 2_800, false), 3_200),
        ("progressive", grey_jpeg(2_600, 2_000, true), 2_600),
        ("png", encoded(&blank, ImageFormat::Png), 0),
        ("interlaced png", interlaced(1_500, 1_500, &vec![7; 1_500 * 1_500 * 3]), 0),
        ("webp", fixture("portrait-05.webp"), 0),
        ("webp that is cut off", claims(1_500, 1_500), 0),
    ];
    for (name, bytes, width) in photos {
        let (taken, marked) = counted(&alone, width, || watermark(&bytes, &text("Made by AI")));
        let out = marked.as_ref().map_or(0, Vec::len);
        println!("{name}: {} KB, {} KB out", taken / 1_000, out / 1_000);
        assert!(taken <= MEMORY_BYTES_MAX + u64::try_from(out * 3).unwrap(), "{name} takes {taken}");
        assert_eq!(marked.is_ok(), !name.contains("cut off"), "{name}: {marked:?}");
        let (taken, turned) = counted(&alone, width, || upright(&turned(bytes.clone(), 6)));
        let out = turned.as_ref().ok().and_then(Option::as_ref).map_or(0, Vec::len);
        println!("{name}: {} KB, {} KB out", taken / 1_000, out / 1_000);
        // The photo with its Exif data is counted, and what putting them in took.
        assert!(taken <= MEMORY_BYTES_MAX + u64::try_from(out * 3 + bytes.len() * 3).unwrap(), "{name} takes {taken}");
    }
    let too_large = [
        grey_jpeg(6_000, 4_000, false),
        grey_jpeg(4_000, 3_000, true),
        interlaced(2_300, 2_300, &vec![7; 2_300 * 2_300 * 3]),
        claims(3_000, 3_000),
    ];
    for bytes in too_large {
        let (taken, marked) = counted(&alone, 0, || watermark(&bytes, &text("AI")));
        assert!(matches!(marked, Err(Unmarkable::TooLarge { .. })) && taken < 1_000, "{marked:?}, {taken}");
    }
}
