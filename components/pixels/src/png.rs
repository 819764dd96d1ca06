//! A PNG (ISO/IEC 15948), decoded row by row, and written likewise.

use std::io::{Cursor, ErrorKind, Write};

use media::photo::Error;
use png::chunk::ChunkType;
use png::{BitDepth, Decoder, DecodingError as Failure, Encoder, EncodingError, Limits, Reader, Transformations};

use crate::header::{Header, len};
use crate::limits::{BASE_BYTES, MEMORY_BYTES_MAX};
use crate::output::Output;
use crate::raster::Raster;
use crate::stamp::Stamp;
use crate::thumb::{Reduction, Thumb, luma};
use crate::unmarkable::Unmarkable;

/// The most samples of a pixel.
pub(crate) const SAMPLES_MAX: u64 = 4;
/// What says how the samples are to be shown, and how large.
const SHOWN_BY: [&[u8; 4]; 6] = [b"cHRM", b"cICP", b"gAMA", b"iCCP", b"pHYs", b"sRGB"];

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
            b"IHDR" => {
                header.memory_bytes = header.memory_bytes.or_else(|| memory_bytes(bytes, content));
                header.is_interlaced |= content.last() == Some(&1);
            }
            b"acTL" => header.is_animated = true,
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
    told(reduced(bytes, width, height))
}

/// The same, and all of it. Its profile is not read.
pub(crate) fn raster(bytes: &[u8], width: u32, height: u32) -> Result<Option<Raster>, Error> {
    told(reader(bytes, width, height).and_then(|mut reader| whole(&mut reader)))
}

fn told<T>(decoded: Result<T, Failure>) -> Result<Option<T>, Error> {
    decoded.map(Some).or_else(|failure| match failure {
        Failure::LimitsExceeded => Ok(None),
        failure => Err(error(&failure)),
    })
}

fn error(failure: &Failure) -> Error {
    match failure {
        Failure::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => Error::CutOff,
        _ => Error::Damaged,
    }
}

/// What gives the rows of a PNG of this size, eight bits a sample.
fn reader(bytes: &[u8], width: u32, height: u32) -> Result<Reader<Cursor<&[u8]>>, Failure> {
    let limits = Limits { bytes: usize::try_from(MEMORY_BYTES_MAX).unwrap_or(usize::MAX) };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let reader = decoder.read_info()?;
    if reader.info().size() != (width, height) {
        return Err(Failure::IoError(ErrorKind::InvalidData.into()));
    }
    Ok(reader)
}

fn cut_off() -> Failure {
    Failure::IoError(ErrorKind::UnexpectedEof.into())
}

fn reduced(bytes: &[u8], width: u32, height: u32) -> Result<Thumb, Failure> {
    let mut reader = reader(bytes, width, height)?;
    let samples = reader.output_color_type().0.samples();
    let mut reduction = Reduction::new(width, height);
    let passes = if reader.info().interlaced { PASSES.as_slice() } else { ONE_PASS.as_slice() };
    // A pass without a pixel has no rows.
    for [first, step, begin, apart] in passes.iter().filter(|[first, ..]| *first < width) {
        let mut y = *begin;
        while y < height {
            let row = reader.next_row()?.ok_or_else(cut_off)?;
            reduction.row(y, *first, *step, row.data().chunks_exact(samples).map(luma));
            y = y.saturating_add(*apart);
        }
    }
    // Behind the last row stands the checksum of them all.
    reader.next_row()?;
    Ok(reduction.finish())
}

fn whole(reader: &mut Reader<Cursor<&[u8]>>) -> Result<Raster, Failure> {
    let mut pixels = vec![0; reader.output_buffer_size().ok_or(Failure::LimitsExceeded)?];
    let info = reader.next_frame(&mut pixels)?;
    let samples = info.color_type.samples();
    Ok(Raster { width: info.width, height: info.height, samples, pixels, profile: None })
}

/// A PNG of this size with a stamp on it.
pub(crate) fn stamped(bytes: &[u8], width: u32, height: u32, stamp: &Stamp<'_>) -> Result<Vec<u8>, Unmarkable> {
    let unreadable = |failure: Failure| match failure {
        Failure::LimitsExceeded => Unmarkable::TooLarge { width, height },
        failure => Unmarkable::Unreadable(error(&failure)),
    };
    // Nothing but the limit of what may come out can be met.
    let unwritable = |_: EncodingError| Unmarkable::TooManyBytes;
    let mut reader = reader(bytes, width, height).map_err(unreadable)?;
    let mut output = Output::default();
    let mut encoder = Encoder::new(&mut output, width, height);
    let colour = reader.output_color_type().0;
    encoder.set_color(colour);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(unwritable)?;
    for name in SHOWN_BY {
        let content = chunks(bytes).find(|(found, _)| found == name).map(|(_, content)| content);
        content.map(|content| writer.write_chunk(ChunkType(*name), content)).transpose().map_err(unwritable)?;
    }
    let mut stream = writer.stream_writer().map_err(unwritable)?;
    let mut write = |y: u32, row: &mut [u8]| {
        stamp.paint(y, row, colour.samples());
        stream.write_all(row).map_err(|_| Unmarkable::TooManyBytes)
    };
    if reader.info().interlaced {
        let mut raster = whole(&mut reader).map_err(unreadable)?;
        (0..).zip(raster.rows_mut()).try_for_each(|(y, row)| write(y, row))?;
    } else {
        let mut row = Vec::new();
        for y in 0..height {
            row.clear();
            row.extend_from_slice(
                reader.next_row().and_then(|row| row.ok_or_else(cut_off)).map_err(unreadable)?.data(),
            );
            write(y, &mut row)?;
        }
        reader.next_row().map_err(unreadable)?;
    }
    stream.finish().map_err(unwritable)?;
    writer.finish().map_err(unwritable)?;
    Ok(output.into_bytes())
}

/// The chunks before the picture: their names and contents.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes.get(SIGNATURE_BYTES..).unwrap_or_default();
    std::iter::from_fn(move || chunk(&mut rest)).take_while(|(name, _)| name != b"IDAT")
}
