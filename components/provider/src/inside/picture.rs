//! A picture of the provider inside: a PNG of black and white that says what it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::AspectRatio;

/// A sign is as many dots wide, and one more is empty beside it.
const SIGN_WIDTH: usize = 5;
/// A sign and the space beside it, in dots.
const ADVANCE: usize = 6;
/// A sign is as many dots high.
const SIGN_HEIGHT: usize = 7;
/// The most bytes of a block that is not compressed.
const BLOCK_BYTES_MAX: usize = 65_535;

/// The signs there are, by their columns; of a column the lowest bit is at the top.
const SIGNS: [(char, [u8; SIGN_WIDTH]); 18] = [
    ('0', [0x3e, 0x51, 0x49, 0x45, 0x3e]),
    ('1', [0x00, 0x42, 0x7f, 0x40, 0x00]),
    ('2', [0x42, 0x61, 0x51, 0x49, 0x46]),
    ('3', [0x21, 0x41, 0x45, 0x4b, 0x31]),
    ('4', [0x18, 0x14, 0x12, 0x7f, 0x10]),
    ('5', [0x27, 0x45, 0x45, 0x45, 0x39]),
    ('6', [0x3c, 0x4a, 0x49, 0x49, 0x30]),
    ('7', [0x01, 0x71, 0x09, 0x05, 0x03]),
    ('8', [0x36, 0x49, 0x49, 0x49, 0x36]),
    ('9', [0x06, 0x49, 0x49, 0x29, 0x1e]),
    ('A', [0x7e, 0x11, 0x11, 0x11, 0x7e]),
    ('B', [0x7f, 0x49, 0x49, 0x49, 0x36]),
    ('C', [0x3e, 0x41, 0x41, 0x41, 0x22]),
    ('D', [0x7f, 0x41, 0x41, 0x22, 0x1c]),
    ('E', [0x7f, 0x49, 0x49, 0x49, 0x41]),
    ('F', [0x7f, 0x09, 0x09, 0x09, 0x01]),
    ('S', [0x46, 0x49, 0x49, 0x49, 0x31]),
    ('T', [0x01, 0x01, 0x7f, 0x01, 0x01]),
];

/// The `n`th picture of a job, as an address that has all of it: `TEST`, and below that the job's label and `n`.
pub(super) fn url(ratio: AspectRatio, label: u32, n: u8) -> String {
    let (width, height) = size(ratio);
    let lines = [Line::new("TEST", width, height / 3), Line::new(&format!("{label:08X} {n}"), width, height / 3 * 2)];
    data_url("image/png", &png(width, height, |x, y| lines.iter().any(|line| line.has(x, y))))
}

/// A file as an address that has all of it.
pub(super) fn data_url(media_type: &str, file: &[u8]) -> String {
    format!("data:{media_type};base64,{}", STANDARD.encode(file))
}

/// Width and height of a picture, in pixels; the width is a multiple of 8.
const fn size(ratio: AspectRatio) -> (usize, usize) {
    match ratio {
        AspectRatio::Square => (1_024, 1_024),
        AspectRatio::Landscape16x9 => (1_344, 768),
        AspectRatio::Portrait9x16 => (768, 1_344),
        AspectRatio::Landscape4x3 => (1_152, 896),
        AspectRatio::Portrait3x4 => (896, 1_152),
        AspectRatio::Landscape3x2 => (1_216, 832),
        AspectRatio::Portrait2x3 => (832, 1_216),
    }
}

/// A line of signs in a picture.
struct Line {
    columns: Vec<u8>,
    left: usize,
    top: usize,
    /// The side of a dot, in pixels.
    dot: usize,
}

impl Line {
    /// A line as wide as fits well, around this height.
    fn new(text: &str, width: usize, middle: usize) -> Self {
        // A sign that there is none of is a space.
        let sign = |c| SIGNS.iter().find(|(known, _)| *known == c).map_or([0; SIGN_WIDTH], |(_, columns)| *columns);
        let columns: Vec<u8> =
            text.chars().flat_map(|c| sign(c).into_iter().chain([0; ADVANCE - SIGN_WIDTH])).collect();
        let dot = width.checked_div(columns.len().saturating_add(ADVANCE)).unwrap_or(1).max(1);
        let around = |length: usize| length.saturating_mul(dot) / 2;
        let left = (width / 2).saturating_sub(around(columns.len()));
        Self { left, top: middle.saturating_sub(around(SIGN_HEIGHT)), dot, columns }
    }

    /// Whether there is ink.
    fn has(&self, x: usize, y: usize) -> bool {
        let dot = |at: usize, begin: usize| at.checked_sub(begin)?.checked_div(self.dot);
        let (Some(column), Some(row)) = (dot(x, self.left), dot(y, self.top).filter(|row| *row < SIGN_HEIGHT)) else {
            return false;
        };
        self.columns.get(column).is_some_and(|column| column >> row & 1 == 1)
    }
}

/// A PNG of one bit a pixel, in which all is white but the ink.
fn png(width: usize, height: usize, has_ink: impl Fn(usize, usize) -> bool) -> Vec<u8> {
    let mut rows = Vec::with_capacity(height.saturating_mul(width / 8 + 1));
    for y in 0..height {
        // How the row differs from the one above: not said.
        rows.push(0);
        rows.extend((0..width / 8).map(|byte| {
            (0..8).fold(0, |bits, bit| bits << 1 | u8::from(!has_ink(byte.saturating_mul(8).saturating_add(bit), y)))
        }));
    }
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
    // One bit of grey a pixel, and the only compression, filter and order there are.
    let header = [&number(width)[..], &number(height), &[1, 0, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, content) in [(b"IHDR", header), (b"IDAT", stored(&rows)), (b"IEND", Vec::new())] {
        let named = [&name[..], &content].concat();
        file.extend([&number(content.len())[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat());
    }
    file
}

/// Bytes as a zlib stream that is not compressed.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(BLOCK_BYTES_MAX).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend([length.to_le_bytes(), (!length).to_le_bytes()].as_flattened());
        stream.extend(block);
    }
    stream.extend(adler32(bytes).to_be_bytes());
    stream
}

fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = a.wrapping_add(u32::from(*byte)) % 65_521;
        (a, a.wrapping_add(b) % 65_521)
    });
    b << 16 | a
}
