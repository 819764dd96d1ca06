//! A picture that is decoded whole, and how a JPEG is made of it.

use jpeg_encoder::{Encoder, ImageBuffer, JpegColorType, rgb_to_ycbcr};

use crate::orientation::Orientation;
use crate::output::Output;
use crate::thumb::size;

/// The quality of a JPEG that is made here, of 100: what is lost by saving it once more is not to be seen.
const QUALITY: u8 = 92;

/// A picture of eight bits a sample, row by row from the top.
#[derive(Debug)]
pub(crate) struct Raster {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Of each pixel: 1 grey, 2 grey and alpha, 3 red, green, blue, 4 these and alpha.
    pub(crate) samples: usize,
    pub(crate) pixels: Vec<u8>,
    /// Its colour profile (ICC), where it is known.
    pub(crate) profile: Option<Vec<u8>>,
}

impl Raster {
    /// Its rows.
    pub(crate) fn rows_mut(&mut self) -> std::slice::ChunksExactMut<'_, u8> {
        let bytes = size(self.width).saturating_mul(self.samples).max(1);
        self.pixels.chunks_exact_mut(bytes)
    }

    /// It as a JPEG, turned. Nothing where it would be larger than [`crate::REWRITTEN_BYTES_MAX`], or is too wide or too high for one.
    pub(crate) fn jpeg(&mut self, orientation: Orientation) -> Option<Vec<u8>> {
        let (width, height) = orientation.turned(self.width, self.height);
        let (width, height) = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
        let profile = self.profile.take();
        let mut output = Output::default();
        let mut encoder = Encoder::new(&mut output, QUALITY);
        // One that has no room in a JPEG goes without.
        profile.and_then(|profile| encoder.add_icc_profile(&profile).ok());
        encoder.encode_image(Turned { raster: self, orientation, width, height }).ok()?;
        Some(output.into_bytes())
    }

    /// The samples of a pixel.
    fn pixel(&self, (x, y): (u32, u32)) -> &[u8] {
        let at = size(y).saturating_mul(size(self.width)).saturating_add(size(x)).saturating_mul(self.samples);
        self.pixels.get(at..at.saturating_add(self.samples)).unwrap_or_default()
    }
}

/// A picture as it is shown.
struct Turned<'a> {
    raster: &'a Raster,
    orientation: Orientation,
    width: u16,
    height: u16,
}

impl ImageBuffer for Turned<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        if self.raster.samples < 3 { JpegColorType::Luma } else { JpegColorType::Ycbcr }
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let [first, second, third, _] = buffers;
        let (width, height) = (self.raster.width, self.raster.height);
        for x in 0..self.width {
            let pixel = self.raster.pixel(self.orientation.stored(width, height, x.into(), y.into()));
            let (red, green, blue) = match *pixel {
                [grey] => (grey, grey, grey),
                [grey, alpha] => (on_white(grey, alpha), 0, 0),
                [red, green, blue] => (red, green, blue),
                [red, green, blue, alpha] => (on_white(red, alpha), on_white(green, alpha), on_white(blue, alpha)),
                _ => (0, 0, 0),
            };
            if self.raster.samples < 3 {
                first.push(red);
            } else {
                let (luma, blueness, redness) = rgb_to_ycbcr(red, green, blue);
                first.push(luma);
                second.push(blueness);
                third.push(redness);
            }
        }
    }
}

/// A sample laid on white.
fn on_white(sample: u8, alpha: u8) -> u8 {
    let (sample, alpha) = (u32::from(sample), u32::from(alpha));
    u8::try_from((sample * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}
