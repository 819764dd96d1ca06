//! Simulated pictures: a photo of the training, cropped to the size asked for, graded by the seed, and marked for what it is.

use std::io::Cursor;

use anyhow::{Context, Result};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::imageops::{self, FilterType};
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};

use crate::Text;

/// What is to be made.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) prompt: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) seed: u64,
    pub(crate) format: Format,
}

/// The output formats there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    Jpg,
    Webp,
}

impl Format {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "png" => Some(Self::Png),
            "jpg" => Some(Self::Jpg),
            "webp" => Some(Self::Webp),
            _ => None,
        }
    }

    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpg => "jpg",
            Self::Webp => "webp",
        }
    }

    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }
}

/// The size of a picture of this aspect ratio, in pixels.
pub(crate) fn size_of(aspect_ratio: &str) -> Option<(u32, u32)> {
    Some(match aspect_ratio {
        "1:1" => (1_024, 1_024),
        "16:9" => (1_344, 768),
        "21:9" => (1_536, 640),
        "3:2" => (1_216, 832),
        "2:3" => (832, 1_216),
        "4:5" => (896, 1_088),
        "5:4" => (1_088, 896),
        "3:4" => (896, 1_152),
        "4:3" => (1_152, 896),
        "9:16" => (768, 1_344),
        "9:21" => (640, 1_536),
        _ => return None,
    })
}

/// A colour grade: what black and white become, and how much of the photo's own colour stays.
struct Grade {
    shadow: [f32; 3],
    light: [f32; 3],
    own_color: f32,
}

const GRADES: [Grade; 6] = [
    Grade { shadow: [18.0, 14.0, 22.0], light: [255.0, 246.0, 232.0], own_color: 0.9 },
    Grade { shadow: [10.0, 24.0, 38.0], light: [255.0, 240.0, 214.0], own_color: 0.55 },
    Grade { shadow: [22.0, 20.0, 20.0], light: [244.0, 241.0, 236.0], own_color: 0.0 },
    Grade { shadow: [44.0, 18.0, 30.0], light: [255.0, 226.0, 196.0], own_color: 0.35 },
    Grade { shadow: [12.0, 34.0, 34.0], light: [236.0, 246.0, 240.0], own_color: 0.5 },
    Grade { shadow: [28.0, 22.0, 52.0], light: [255.0, 232.0, 238.0], own_color: 0.4 },
];

const PAPER: Rgb<u8> = Rgb([247, 244, 238]);
const INK: Rgb<u8> = Rgb([52, 46, 42]);
const MARK: Rgb<u8> = Rgb([176, 62, 38]);

/// Makes a picture from one of the photos and encodes it.
///
/// # Errors
/// When there is no photo, or it cannot be encoded.
pub(crate) fn make(photos: &[RgbImage], order: &Order) -> Result<Vec<u8>> {
    let pick = |count: usize, salt: u32| {
        usize::try_from(order.seed.rotate_left(salt) % u64::try_from(count.max(1)).unwrap_or(1)).unwrap_or(0)
    };
    let photo = photos.get(pick(photos.len(), 0)).context("the version has no photos")?;
    let band = order.height / 9;
    let mut picture = fill(photo, order.width, order.height - band);
    if order.seed % 3 == 1 {
        imageops::flip_horizontal_in_place(&mut picture);
    }
    let grade = GRADES.get(pick(GRADES.len(), 40)).context("a grade")?;
    apply(grade, &mut picture);
    let mut page = RgbImage::from_pixel(order.width, order.height, PAPER);
    imageops::replace(&mut page, &picture, 0, 0);
    write_caption(&mut page, &order.prompt, band)?;
    encode(&page, order.format)
}

/// What the safety filter leaves of a picture.
///
/// # Errors
/// When it cannot be encoded.
pub(crate) fn black(order: &Order) -> Result<Vec<u8>> {
    encode(&RgbImage::new(order.width, order.height), order.format)
}

/// Scales and crops a photo so that it fills this size; faces tend to be above the middle, so less is cut there.
fn fill(photo: &RgbImage, width: u32, height: u32) -> RgbImage {
    let (own_width, own_height) = (u64::from(photo.width()), u64::from(photo.height()));
    let (w, h) = (u64::from(width), u64::from(height));
    let (crop_width, crop_height) =
        if own_width * h > own_height * w { (own_height * w / h, own_height) } else { (own_width, own_width * h / w) };
    let narrow = |value: u64| u32::try_from(value).unwrap_or(u32::MAX).max(1);
    let (x, y) = ((own_width - crop_width) / 2, (own_height - crop_height) / 12);
    let crop = imageops::crop_imm(photo, narrow(x), narrow(y), narrow(crop_width), narrow(crop_height)).to_image();
    imageops::resize(&crop, width, height, FilterType::Triangle)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixel arithmetic within 0 to 255"
)]
fn apply(grade: &Grade, picture: &mut RgbImage) {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let [r, g, b] = pixel.0.map(f32::from);
        let luma = (0.299 * r + 0.587 * g + 0.114 * b) / 255.0;
        let (dx, dy) = (x as f32 / width - 0.5, y as f32 / height - 0.5);
        let vignette = 1.0 - 0.55 * (dx * dx + dy * dy);
        for ((channel, own), (shadow, light)) in
            pixel.0.iter_mut().zip([r, g, b]).zip(grade.shadow.iter().zip(grade.light))
        {
            let toned = shadow + (light - shadow) * luma;
            *channel = ((own * grade.own_color + toned * (1.0 - grade.own_color)) * vignette).clamp(0.0, 255.0) as u8;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes in pixels are small")]
fn write_caption(page: &mut RgbImage, prompt: &str, band: u32) -> Result<()> {
    let text = Text::new().context("the font")?;
    let (width, top, band) = (page.width() as f32, (page.height() - band) as f32, band as f32);
    let (margin, size) = (band * 0.28, band * 0.25);
    let mark = "SIMULATED";
    let mark_size = band * 0.3;
    let mark_width = text.width(mark, mark_size);
    let middle = |size: f32| top + (band - size) / 2.0;
    // Drawn twice, a hair apart: the font has no bold face.
    for shift in [0.0, 0.7] {
        text.draw(page, mark, (width - margin - mark_width + shift, middle(mark_size)), mark_size, MARK);
    }
    let lines = text.wrap(prompt, size, width - mark_width - 3.0 * margin, 2);
    let block = size * 1.25 * lines.len() as f32;
    for (n, line) in lines.iter().enumerate() {
        text.draw(page, line, (margin, top + (band - block) / 2.0 + size * 1.25 * n as f32), size, INK);
    }
    Ok(())
}

fn encode(page: &RgbImage, format: Format) -> Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    let (width, height, color) = (page.width(), page.height(), ExtendedColorType::Rgb8);
    match format {
        Format::Png => {
            let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, PngFilter::Sub);
            encoder.write_image(page, width, height, color)?;
        }
        Format::Jpg => JpegEncoder::new_with_quality(&mut bytes, 88).write_image(page, width, height, color)?,
        Format::Webp => WebPEncoder::new_lossless(&mut bytes).write_image(page, width, height, color)?,
    }
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(prompt: &str, format: Format, seed: u64) -> Order {
        Order { prompt: prompt.into(), width: 896, height: 1_152, seed, format }
    }

    #[test]
    fn every_format_is_an_image_of_the_size_asked_for() {
        let photos = [RgbImage::from_pixel(60, 90, Rgb([120, 90, 70]))];
        for format in [Format::Png, Format::Jpg, Format::Webp] {
            let bytes = make(&photos, &order("x", format, 3)).unwrap();
            let decoded = image::load_from_memory(&bytes).unwrap();
            assert_eq!((decoded.width(), decoded.height()), (896, 1_152), "{format:?}");
        }
    }

    #[test]
    fn any_prompt_can_be_written() {
        let photos = [RgbImage::from_pixel(90, 60, Rgb([120, 90, 70]))];
        for prompt in ["", "肖像 портрет 🙂", "a\u{0}b\nc", &"long ".repeat(1_000), &"x".repeat(5_000)] {
            assert!(make(&photos, &order(prompt, Format::Jpg, 1)).is_ok());
        }
    }

    #[test]
    fn pictures_differ_by_their_seed() {
        let photos =
            [RgbImage::from_pixel(60, 90, Rgb([120, 90, 70])), RgbImage::from_pixel(60, 90, Rgb([20, 90, 70]))];
        let picture = |seed| make(&photos, &order("x", Format::Png, seed)).unwrap();
        assert_eq!(picture(7), picture(7));
        assert_ne!(picture(0), picture(1));
    }
}
