//! Text on pictures.

use ab_glyph::{Font, FontRef, Glyph, InvalidFont, PxScale, ScaleFont, point};
use image::{Rgb, RgbImage};

/// Draws lines of text in one font.
#[derive(Debug)]
pub struct Text {
    font: FontRef<'static>,
}

impl Text {
    /// A light sans-serif font.
    ///
    /// # Errors
    /// When the font that is built in cannot be read.
    pub fn new() -> Result<Self, InvalidFont> {
        Ok(Self { font: FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT)? })
    }

    /// How wide a line is, in pixels, at a size in pixels.
    pub fn width(&self, line: &str, size: f32) -> f32 {
        self.lay_out(line, size, 0.0, 0.0).1
    }

    /// Breaks a text into at most `lines_max` lines of at most `width` pixels; what does not fit ends in an ellipsis.
    pub fn wrap(&self, text: &str, size: f32, width: f32, lines_max: usize) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            let Some(line) = lines.last_mut() else { break };
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if line.is_empty() || self.width(&longer, size) <= width {
                *line = longer;
            } else {
                lines.push(word.to_owned());
            }
        }
        let cut = lines.len() > lines_max;
        lines.truncate(lines_max);
        let count = lines.len();
        for (n, line) in lines.iter_mut().enumerate() {
            let ending = if cut && n + 1 == count { "…" } else { "" };
            self.shorten(line, ending, size, width);
        }
        lines
    }

    fn shorten(&self, line: &mut String, ending: &str, size: f32, width: f32) {
        let mut ending = ending;
        while !line.is_empty() && self.width(&format!("{line}{ending}"), size) > width {
            line.pop();
            ending = "…";
        }
        line.push_str(ending);
    }

    /// Draws a line with its top left corner at (`x`, `y`).
    pub fn draw(&self, image: &mut RgbImage, line: &str, (x, y): (f32, f32), size: f32, color: Rgb<u8>) {
        for glyph in self.lay_out(line, size, x, y).0 {
            let Some(outline) = self.font.outline_glyph(glyph) else { continue };
            let bounds = outline.px_bounds();
            outline.draw(|column, row, coverage| {
                let at = (
                    whole(bounds.min.x).saturating_add_unsigned(column),
                    whole(bounds.min.y).saturating_add_unsigned(row),
                );
                if let (Ok(x), Ok(y)) = (u32::try_from(at.0), u32::try_from(at.1))
                    && let Some(pixel) = image.get_pixel_mut_checked(x, y)
                {
                    blend(pixel, color, coverage);
                }
            });
        }
    }

    fn lay_out(&self, line: &str, size: f32, x: f32, y: f32) -> (Vec<Glyph>, f32) {
        let font = self.font.as_scaled(PxScale::from(size));
        let (mut glyphs, mut pen) = (Vec::new(), x);
        for character in line.chars().map(|c| if c.is_control() { ' ' } else { c }) {
            let mut glyph = font.scaled_glyph(character);
            glyph.position = point(pen, y + font.ascent());
            pen += font.h_advance(glyph.id);
            glyphs.push(glyph);
        }
        (glyphs, pen - x)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a pixel position; one outside of the picture is left out")]
fn whole(position: f32) -> i32 {
    position as i32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a weighted mean of two bytes is a byte")]
fn blend(pixel: &mut Rgb<u8>, color: Rgb<u8>, coverage: f32) {
    let coverage = coverage.clamp(0.0, 1.0);
    for (channel, wanted) in pixel.0.iter_mut().zip(color.0) {
        *channel = (f32::from(*channel) * (1.0 - coverage) + f32::from(wanted) * coverage) as u8;
    }
}
