//! A PNG (ISO/IEC 15948), decoded row by row.

use std::io::{Cursor, ErrorKind};

use media::photo::Error;
use png::{Decoder, DecodingError as Failure, Limits, Transformations};

use crate::header::{Header, len};
use crate::limits::{BASE_BYTES, MEMORY_BYTES_MAX};
use crate::thumb::{Reduction, Thumb, luma};

/// Bytes before the first chunk.
const SIGNATURE_BYTES: usize = 8;
/// Most rows that a decoder keeps, the outgrown places of which included.
const ROWS: u64 = 16;
/// Where the passes of an interlaced picture begin, and how far apart their pixels are: across, and down.
const PASSES: [[u32; 4]; 7] =
    [[0, 8, 0, 8], [4, 8, 0, 8], [0, 4, 4, 8], [2, 4, 0, 4], [0, 2, 2, 4], [1, 2, 0, 2], [0, 1, 1, 2]];
/// A picture that is not interlaced.
const ONE_PASS: [[u32; 4]; 1] = [[0, 1, 0, 1]];

/// What a PNG says beside its picture.
pub(crate) fn header(bytes: &[u8]) -> Header<'_> {
    let mut header = Header::default();
    let mut rest = bytes.get(SIGNATURE_BYTES..).unwrap_or_default();
    while let Some((name, content)) = chunk(&mut rest) {
        match &name {
            b"IHDR" => header.memory_bytes = header.memory_bytes.or_else(|| memory_bytes(bytes, content)),
            b"eXIf" => header.exif = header.exif.or(Some(content)),
            b"IEND" => break,
            _ => {}
        }
    }
    header
}

/// Takes the next chunk from the front of `rest`: its name and content.
fn chunk<'a>(rest: &mut &'a [u8]) -> Option<([u8; 4], &'a [u8])> {
    let (size, after) = rest.split_first_chunk::<4>()?;
    let (name, after) = after.split_first_chunk::<4>()?;
    let (content, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*size)).ok()?)?;
    let (_checksum, after) = after.split_first_chunk::<4>()?;
    *rest = after;
    Some((*name, content))
}

/// Most memory that decoding takes, in bytes: rows as they are stored, one as it is shown, and the largest chunk with a copy.
fn memory_bytes(bytes: &[u8], content: &[u8]) -> Option<u64> {
    let [a, b, c, d, _, _, _, _, depth, colour, ..] = *content else { return None };
    let samples = match colour {
        0 | 3 => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        _ => return None,
    };
    let width = u64::from(u32::from_be_bytes([a, b, c, d]));
    let row = (width * samples * u64::from(depth)).div_ceil(8) + 1;
    Some(
        row.saturating_mul(ROWS)
            .saturating_add(width * 4)
            .saturating_add(len(bytes.len()) * 2)
            .saturating_add(BASE_BYTES),
    )
}

/// Decodes a PNG of this size; nothing where a limit of the decoder is met.
pub(crate) fn decode(bytes: &[u8], width: u32, height: u32) -> Result<Option<Thumb>, Error> {
    reduced(bytes, width, height).or_else(|failure| match failure {
        Failure::LimitsExceeded => Ok(None),
        Failure::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => Err(Error::CutOff),
        _ => Err(Error::Damaged),
    })
}

fn reduced(bytes: &[u8], width: u32, height: u32) -> Result<Option<Thumb>, Failure> {
    let limits = Limits { bytes: usize::try_from(MEMORY_BYTES_MAX).unwrap_or(usize::MAX) };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info()?;
    if reader.info().size() != (width, height) {
        return Err(Failure::IoError(ErrorKind::InvalidData.into()));
    }
    let samples = reader.output_color_type().0.samples();
    let mut reduction = Reduction::new(width, height);
    let passes = if reader.info().interlaced { PASSES.as_slice() } else { ONE_PASS.as_slice() };
    // A pass without a pixel has no rows.
    for [first, step, begin, apart] in passes.iter().filter(|[first, ..]| *first < width) {
        let mut y = *begin;
        while y < height {
            let row = reader.next_row()?.ok_or(Failure::IoError(ErrorKind::UnexpectedEof.into()))?;
            reduction.row(y, *first, *step, row.data().chunks_exact(samples).map(luma));
            y = y.saturating_add(*apart);
        }
    }
    // Behind the last row stands the checksum of them all.
    reader.next_row()?;
    Ok(Some(reduction.finish()))
}
