//! The contact sheet: the pictures on one page, the photos they come from below.

use std::path::PathBuf;

use anyhow::{Context, Result};
use gpu_sim::Text;
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

const PAPER: Rgb<u8> = Rgb([233, 228, 219]);
const INK: Rgb<u8> = Rgb([43, 39, 36]);
const FAINT: Rgb<u8> = Rgb([110, 100, 90]);
const MARK: Rgb<u8> = Rgb([176, 62, 38]);

const WIDTH: u32 = 1_600;
const MARGIN: u32 = 64;
const GAP: u32 = 24;
const HEAD: u32 = 150;
const FOOT: u32 = 90;

/// Lays out a sheet for a character.
pub(crate) fn lay_out(name: &str, prompt: &str, pictures: &[RgbImage], photos: &[PathBuf]) -> Result<RgbImage> {
    let text = Text::new().context("the font")?;
    let columns = u32::try_from(pictures.len().max(1))?;
    let picture_width = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) / columns;
    let first = pictures.first().context("no pictures")?;
    let picture_height = picture_width * first.height() / first.width();
    let photo_columns = u32::try_from(photos.len().max(1))?;
    let photo_side = (WIDTH - 2 * MARGIN - (photo_columns - 1) * GAP / 2) / photo_columns;
    let strip_top = HEAD + picture_height + 2 * GAP + 44;
    let mut sheet = RgbImage::from_pixel(WIDTH, strip_top + photo_side + FOOT, PAPER);

    write(&text, &mut sheet, name, (MARGIN, 42), 46.0, INK);
    write(&text, &mut sheet, &format!("“{prompt}”"), (MARGIN, 100), 24.0, FAINT);
    for (x, picture) in columns_from(picture_width, GAP).zip(pictures) {
        let small = imageops::resize(picture, picture_width, picture_height, FilterType::Triangle);
        imageops::replace(&mut sheet, &small, x, i64::from(HEAD));
    }
    let caption = format!("Trained on {} photos", photos.len());
    write(&text, &mut sheet, &caption, (MARGIN, HEAD + picture_height + 2 * GAP), 22.0, FAINT);
    for (x, photo) in columns_from(photo_side, GAP / 2).zip(photos) {
        let photo = image::open(photo).with_context(|| photo.display().to_string())?;
        let side = photo.width().min(photo.height());
        // From the top: that is where faces are.
        let square = photo.crop_imm((photo.width() - side) / 2, 0, side, side);
        let small = square.resize(photo_side, photo_side, FilterType::Triangle).to_rgb8();
        imageops::replace(&mut sheet, &small, x, i64::from(strip_top));
    }
    let foot = strip_top + photo_side + 32;
    write(&text, &mut sheet, "SIMULATED", (MARGIN, foot), 22.0, MARK);
    let note = "No GPU was used: these pictures are made from the photos themselves. Photos: NASA, public domain.";
    write(&text, &mut sheet, note, (MARGIN + 130, foot), 22.0, FAINT);
    Ok(sheet)
}

/// Where columns of this width begin.
fn columns_from(width: u32, gap: u32) -> impl Iterator<Item = i64> {
    (0..).map(move |n: u32| i64::from(MARGIN + n * (width + gap)))
}

#[expect(clippy::cast_precision_loss, reason = "positions on a page are small")]
fn write(text: &Text, sheet: &mut RgbImage, line: &str, (x, y): (u32, u32), size: f32, color: Rgb<u8>) {
    text.draw(sheet, line, (x as f32, y as f32), size, color);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_its_place() {
        let photo = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/photos/portrait-05.webp"));
        let pictures = vec![RgbImage::from_pixel(896, 1_152, MARK); 4];
        let sheet = lay_out("A name", "a prompt", &pictures, &vec![photo; 12]).unwrap();
        assert_eq!(sheet.width(), WIDTH);
        let red = sheet.pixels().filter(|pixel| **pixel == MARK).count();
        let pictures_area = 4 * 350 * 450;
        assert!(red.abs_diff(pictures_area) < pictures_area / 50, "{red}");
    }

    #[test]
    fn a_sheet_needs_a_picture() {
        assert!(lay_out("A name", "a prompt", &[], &[]).is_err());
    }
}
