//! What is measured in a reduced picture.

use serde::{Deserialize, Serialize};

use crate::thumb::{Thumb, size};

/// How a photo looks, in a few numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// How sharp its sharpest quarter is: the variance of the Laplacian, as if its contrast were full.
    pub sharpness: u32,
    /// The luma that all but its darkest 5 % reach.
    pub dark: u8,
    /// The luma that its lightest 5 % reach.
    pub bright: u8,
    /// How much of its middle is burnt out to white, in percent.
    pub burnt: u8,
    /// A perceptual hash: of pictures that look alike, few bits differ.
    pub hash: u64,
    /// The mean lumas around the person: from the lower left up, along the top, and down on the right.
    pub border: [u8; BORDER],
}

/// Cells of the border.
pub(crate) const BORDER: usize = 18;
/// The picture's cells a side, the outermost of which are the border. Below stands the person.
const CELLS: u8 = 8;
/// How far down the border goes, in cells.
const BORDER_DOWN: usize = 6;
/// Tiles a side, of which the sharpest quarter counts: what is behind a person may be out of focus.
const TILES: u32 = 8;
/// The least contrast that is stretched: below it there is more grain than picture.
const CONTRAST_MIN: u32 = 64;
/// From this luma on there is nothing left to be seen.
const BURNT_MIN: u8 = 250;
/// The bits of a hash that are the other ones in a mirror: those of waves that rise on one side and fall on the other.
pub(crate) const MIRRORED: u64 = 0x00ff_00ff_00ff_00ff;
/// The side of the picture that is hashed, and how many of its cosines are.
const HASHED: (u8, u8) = (32, 8);

impl Picture {
    /// Measures a picture.
    pub(crate) fn of(thumb: &Thumb) -> Self {
        let mut counts = [0_usize; 256];
        for luma in &thumb.luma {
            if let Some(count) = counts.get_mut(usize::from(*luma)) {
                *count = count.saturating_add(1);
            }
        }
        let at = |percent: usize| {
            let mut left = thumb.luma.len().saturating_mul(percent) / 100;
            let reached = counts.iter().position(|count| left.checked_sub(*count).map(|rest| left = rest).is_none());
            u8::try_from(reached.unwrap_or_default()).unwrap_or(u8::MAX)
        };
        let contrast = u32::from(at(99).saturating_sub(at(1))).max(CONTRAST_MIN);
        Self {
            sharpness: sharpness(thumb, contrast),
            dark: at(5),
            bright: at(95),
            burnt: burnt(thumb),
            hash: hash(thumb),
            border: border(thumb),
        }
    }
}

/// The variance of the Laplacian, whose mean is nought in all but the smallest tiles.
fn sharpness(thumb: &Thumb, contrast: u32) -> u32 {
    let mut tiles = [(0_u64, 0_u64); (TILES * TILES) as usize];
    let rows = thumb.rows().zip(thumb.rows().skip(1)).zip(thumb.rows().skip(2));
    for (y, ((above, row), below)) in (0_u32..).zip(rows) {
        let places = above.iter().skip(1).zip(row.windows(3)).zip(below.iter().skip(1));
        for (x, ((above, row), below)) in (0_u32..).zip(places) {
            let [left, middle, right] = *row else { continue };
            let around = i32::from(*above) + i32::from(*below) + i32::from(left) + i32::from(right);
            let edge = u64::from((around - 4 * i32::from(middle)).unsigned_abs());
            let tile = (y * TILES / thumb.height.max(1)) * TILES + x * TILES / thumb.width.max(1);
            if let Some((sum, count)) = tiles.get_mut(size(tile)) {
                *sum = sum.saturating_add(edge * edge);
                *count = count.saturating_add(1);
            }
        }
    }
    let mut means = tiles.map(|(sum, count)| sum.checked_div(count).unwrap_or_default());
    means.sort_unstable_by(|a, b| b.cmp(a));
    let counted = means.len() / 4;
    let mean =
        means.iter().take(counted).sum::<u64>().checked_div(u64::try_from(counted).unwrap_or(1)).unwrap_or_default();
    let contrast = u64::from(contrast);
    u32::try_from((mean * 255 * 255).checked_div(contrast * contrast).unwrap_or_default()).unwrap_or(u32::MAX)
}

/// How much of the middle half of its width and height is white, in percent.
fn burnt(thumb: &Thumb) -> u8 {
    let middle = |side: u32| (size(side / 4), size(side.div_ceil(2)));
    let ((left, width), (top, height)) = (middle(thumb.width), middle(thumb.height));
    let lumas = thumb.rows().skip(top).take(height).flat_map(|row| row.iter().skip(left).take(width));
    let white = lumas.filter(|luma| **luma >= BURNT_MIN).count();
    let percent = white.saturating_mul(100).checked_div(width.saturating_mul(height)).unwrap_or_default();
    u8::try_from(percent).unwrap_or(100)
}

/// A bit for each of the slowest cosines: whether there is more of it than of most.
fn hash(thumb: &Thumb) -> u64 {
    let (side, kept) = HASHED;
    let small = thumb.reduced(side, side);
    let wave = |frequency: u8, at: u8| {
        (f32::from(frequency) * (f32::from(at) + 0.5) * std::f32::consts::PI / f32::from(side)).cos()
    };
    let transform = |values: &[f32]| -> Vec<f32> {
        let sum = |frequency| (0..side).zip(values).map(|(at, value)| value * wave(frequency, at)).sum();
        (0..kept).map(sum).collect()
    };
    let rows =
        small.rows().map(|row| transform(&row.iter().copied().map(f32::from).collect::<Vec<_>>())).collect::<Vec<_>>();
    let column = |at: usize| rows.iter().filter_map(|row| row.get(at).copied()).collect::<Vec<_>>();
    let cosines = (0..usize::from(kept)).flat_map(|at| transform(&column(at))).collect::<Vec<_>>();
    let mut sorted = cosines.clone();
    sorted.sort_unstable_by(f32::total_cmp);
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    cosines.iter().fold(0, |bits, cosine| bits << 1 | u64::from(*cosine > median))
}

fn border(thumb: &Thumb) -> [u8; BORDER] {
    let cells = thumb.reduced(CELLS, CELLS);
    let side = |at: usize| cells.rows().take(BORDER_DOWN).skip(1).filter_map(move |row| row.get(at).copied());
    let left = side(0).collect::<Vec<_>>().into_iter().rev();
    let around =
        left.chain(cells.rows().next().unwrap_or_default().iter().copied()).chain(side(usize::from(CELLS) - 1));
    let mut border = [0; BORDER];
    border.iter_mut().zip(around).for_each(|(place, luma)| *place = luma);
    border
}
