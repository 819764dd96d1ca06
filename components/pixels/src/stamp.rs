//! Where a watermark stands in a picture, and how it is drawn: light signs on a darkened box in the lower right corner.

use domain::Watermark;

use crate::font::{ACROSS, DOWN, has_dot};
use crate::raster::Raster;
use crate::thumb::size;

/// The height of the signs, as a part of the picture's short side.
const PART: u32 = 40;
/// Dots between two signs.
const APART: u32 = 1;
/// Dots of the box around the signs, a side.
const PADDING: u32 = 2;
/// Dots between the box and the picture's edges.
const MARGIN: u32 = 2;
/// By what the ground is divided under the signs.
const DARKER: u8 = 5;

/// A watermark for a picture of one size.
#[derive(Debug)]
pub(crate) struct Stamp<'a> {
    text: &'a [u8],
    /// A dot's side, in pixels.
    dot: u32,
    left: u32,
    top: u32,
    /// Dots of the box.
    across: u32,
}

/// Dots of the box, down.
const BOX_DOWN: u32 = DOWN + 2 * PADDING;

impl<'a> Stamp<'a> {
    /// Nothing where the picture is so small that the text has no room in it.
    pub(crate) fn new(watermark: &'a Watermark, width: u32, height: u32) -> Option<Self> {
        let text = watermark.as_str().as_bytes();
        let signs = u32::try_from(text.len()).ok()?;
        let across = (signs * (ACROSS + APART)).saturating_sub(APART) + 2 * PADDING;
        let wanted = (width.min(height).div_ceil(PART)).div_ceil(DOWN).max(1);
        let dot = wanted.min(width / (across + 2 * MARGIN)).min(height / (BOX_DOWN + 2 * MARGIN));
        let begin = |side: u32, dots: u32| side.checked_sub((dots + MARGIN).checked_mul(dot)?);
        (dot > 0).then_some(())?;
        Some(Self { text, dot, left: begin(width, across)?, top: begin(height, BOX_DOWN)?, across })
    }

    /// Draws it on a whole picture.
    pub(crate) fn stamp(&self, raster: &mut Raster) {
        let samples = raster.samples;
        (0..).zip(raster.rows_mut()).for_each(|(y, row)| self.paint(y, row, samples));
    }

    /// Draws what stands in a row of a picture with so many samples a pixel: see [`Raster`].
    pub(crate) fn paint(&self, y: u32, row: &mut [u8], samples: usize) {
        let Some(down) = y.checked_sub(self.top).and_then(|y| y.checked_div(self.dot)).filter(|down| *down < BOX_DOWN)
        else {
            return;
        };
        let width = size(self.across.saturating_mul(self.dot));
        let pixels = row.chunks_exact_mut(samples.max(1)).skip(size(self.left)).take(width);
        for (x, pixel) in (0_u32..).zip(pixels) {
            let is_light = x.checked_div(self.dot).is_some_and(|across| self.is_light(across, down));
            let has_alpha = samples.is_multiple_of(2);
            let colours = samples.saturating_sub(usize::from(has_alpha));
            for (at, sample) in pixel.iter_mut().enumerate() {
                // What is transparent is not there: neither would the signs be.
                *sample = if is_light || at >= colours { u8::MAX } else { *sample / DARKER };
            }
        }
    }

    /// Whether a dot of the box is one of a sign.
    fn is_light(&self, across: u32, down: u32) -> bool {
        let place = across.checked_sub(PADDING).zip(down.checked_sub(PADDING));
        place.is_some_and(|(across, down)| {
            let sign = self.text.get(size(across / (ACROSS + APART)));
            sign.is_some_and(|sign| has_dot(*sign, across % (ACROSS + APART), down))
        })
    }
}
