//! A photo's luma, reduced to the one size at which all photos are compared.

/// The short side of the reduced picture, in pixels; a smaller photo keeps its own. Grain and the blocks of a JPEG are gone there, and blur
/// that is to be seen in training at 512 pixels is not.
pub(crate) const SHORT_PX: u32 = 256;
/// Its longest side, in pixels: of a strip, the short one is shorter.
const LONG_PX: u32 = 1024;

/// A grey picture of at least one pixel, row by row from the top.
#[derive(Debug, Clone)]
pub(crate) struct Thumb {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) luma: Vec<u8>,
}

impl Thumb {
    /// Its rows.
    pub(crate) fn rows(&self) -> std::slice::ChunksExact<'_, u8> {
        self.luma.chunks_exact(size(self.width).max(1))
    }

    /// The same at this size, which may not be larger than `u8::MAX` a side.
    pub(crate) fn reduced(&self, width: u8, height: u8) -> Self {
        let mut reduction = Reduction::to(self.width, self.height, width.into(), height.into());
        for (y, row) in (0..self.height).zip(self.rows()) {
            reduction.row(y, 0, 1, row.iter().copied());
        }
        reduction.finish()
    }
}

/// A picture on its way to become smaller: each of its pixels counts by the area that it covers of the new ones. A sum is never more than
/// 255 times the pixels of the photo, so none wraps.
#[derive(Debug)]
pub(crate) struct Reduction {
    columns: Vec<Share>,
    rows: Vec<Share>,
    /// The row at hand, and all that came before, row by row.
    line: Vec<u64>,
    sums: Vec<u64>,
    /// What a pixel of the new picture adds up to where it is quite full.
    area: u64,
}

/// Where a line of pixels goes: into a new one, and what is over into the next.
#[derive(Debug, Clone, Copy)]
struct Share {
    to: usize,
    first: u64,
    rest: u64,
}

impl Reduction {
    /// Begins with a photo of this size, which is reduced to [`SHORT_PX`].
    pub(crate) fn new(width: u32, height: u32) -> Self {
        let (short, long) = (u64::from(width.min(height)), u64::from(width.max(height)));
        // The stronger one of two ways to make it smaller, as a fraction.
        let (by, of) = match (u64::from(SHORT_PX), u64::from(LONG_PX)) {
            (_, long_px) if long * u64::from(SHORT_PX) > short * long_px && long > long_px => (long_px, long),
            (short_px, _) if short > short_px => (short_px, short),
            _ => (1, 1),
        };
        let scaled = |side: u32| u32::try_from((u64::from(side) * by).div_ceil(of)).unwrap_or(side);
        Self::to(width, height, scaled(width), scaled(height))
    }

    fn to(width: u32, height: u32, new_width: u32, new_height: u32) -> Self {
        let (new_width, new_height) = (new_width.max(1), new_height.max(1));
        let line = vec![0; size(new_width)];
        let sums = vec![0; size(new_width).saturating_mul(size(new_height))];
        let area = u64::from(width).saturating_mul(height.into()).max(1);
        Self { columns: shares(width, new_width), rows: shares(height, new_height), line, sums, area }
    }

    /// Takes pixels of a row: the first one stands in column `first`, the next ones `step` columns apart.
    pub(crate) fn row(&mut self, y: u32, first: u32, step: u32, luma: impl Iterator<Item = u8>) {
        self.line.fill(0);
        let columns = self.columns.iter().skip(size(first)).step_by(size(step.max(1)));
        // Neighbours mostly go to the same place, so they are added up first.
        let (mut place, mut sum) = (0, 0_u64);
        for (share, luma) in columns.zip(luma) {
            if share.to != place {
                add(&mut self.line, place, sum);
                (place, sum) = (share.to, 0);
            }
            sum = sum.wrapping_add(u64::from(luma).wrapping_mul(share.first));
            if share.rest > 0 {
                add(&mut self.line, place, sum);
                (place, sum) = (share.to.saturating_add(1), u64::from(luma).wrapping_mul(share.rest));
            }
        }
        add(&mut self.line, place, sum);
        let Some(Share { to, first, rest }) = self.rows.get(size(y)).copied() else { return };
        let width = self.line.len();
        let below = self.sums.get_mut(to.saturating_mul(width)..).unwrap_or_default();
        let (here, next) = below.split_at_mut(width.min(below.len()));
        for (share, row) in [(first, here), (rest, next)] {
            if share > 0 {
                row.iter_mut()
                    .zip(&self.line)
                    .for_each(|(sum, value)| *sum = sum.wrapping_add(value.wrapping_mul(share)));
            }
        }
    }

    /// The reduced picture, once all rows were taken. What did not come is black.
    pub(crate) fn finish(self) -> Thumb {
        let mean = |sum: &u64| u8::try_from(sum / self.area).unwrap_or(u8::MAX);
        let width = self.line.len();
        let height = self.sums.len().checked_div(width).unwrap_or_default();
        let side = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Thumb { width: side(width), height: side(height), luma: self.sums.iter().map(mean).collect() }
    }
}

/// Where each of `old` lines goes. A new one is `old` units wide, and an old one `new` units, so that all shares are whole numbers.
fn shares(old: u32, new: u32) -> Vec<Share> {
    let (old, new) = (u64::from(old), u64::from(new));
    let share = |at: u64| {
        let to = at.saturating_mul(new).checked_div(old).unwrap_or_default();
        let first = to.saturating_add(1).saturating_mul(old).saturating_sub(at.saturating_mul(new)).min(new);
        Share { to: usize::try_from(to).unwrap_or(usize::MAX), first, rest: new.saturating_sub(first) }
    };
    (0..old).map(share).collect()
}

fn add(line: &mut [u64], place: usize, value: u64) {
    if let Some(sum) = line.get_mut(place) {
        *sum = sum.wrapping_add(value);
    }
}

/// The luma of a pixel: grey, red-green-blue, each with or without alpha, which is laid on white.
pub(crate) fn luma(pixel: &[u8]) -> u8 {
    let (colour, alpha) = match *pixel {
        [grey] => (grey.into(), 255),
        [grey, alpha] => (grey.into(), u32::from(alpha)),
        [red, green, blue] => (weighted(red, green, blue), 255),
        [red, green, blue, alpha] => (weighted(red, green, blue), u32::from(alpha)),
        _ => (0, 255),
    };
    u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}

/// By ITU-R BT.601.
fn weighted(red: u8, green: u8, blue: u8) -> u32 {
    (u32::from(red) * 77 + u32::from(green) * 150 + u32::from(blue) * 29) / 256
}

/// A side of a picture, as a count.
pub(crate) fn size(side: u32) -> usize {
    usize::try_from(side).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduce(width: u32, height: u32, pixel: impl Fn(u32, u32) -> u8) -> Thumb {
        let mut reduction = Reduction::new(width, height);
        (0..height).for_each(|y| reduction.row(y, 0, 1, (0..width).map(|x| pixel(x, y))));
        reduction.finish()
    }

    #[test]
    fn the_short_side_becomes_the_same_and_a_strip_stays_short() {
        let sides = |width, height| {
            let Thumb { width, height, luma } = reduce(width, height, |_, _| 7);
            assert!(luma.iter().all(|luma| *luma == 7), "the area is not full");
            (width, height)
        };
        assert_eq!(sides(400, 300), (342, 256));
        assert_eq!(sides(256, 999), (256, 999));
        assert_eq!(sides(100, 200), (100, 200));
        assert_eq!(sides(1, 50_000), (1, 1024));
        assert_eq!(sides(5_000, 700), (1024, 144));
    }

    #[test]
    fn a_pixel_counts_by_its_area() {
        // Three columns on two: the middle one counts half in each.
        let thumb = Thumb { width: 3, height: 1, luma: vec![30, 60, 90] }.reduced(2, 1);
        assert_eq!(thumb.luma, [40, 80]);
    }

    #[test]
    fn what_is_transparent_is_white() {
        assert_eq!(
            [luma(&[0, 0]), luma(&[10, 10, 10, 0]), luma(&[10, 10, 10, 255]), luma(&[0, 0, 0, 128])],
            [255, 255, 10, 127]
        );
        assert_eq!([luma(&[255; 3]), luma(&[7])], [255, 7]);
    }
}
