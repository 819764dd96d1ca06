//! A WebP (RFC 9649): of a lossy one the luma is decoded, and no more.
//!
//! One without loss, or with alpha, can claim tables that take hundreds of times its own size, before its decoder sees how many; and of one
//! that moves, which picture counts? These are not decoded.

use std::io::{Cursor, ErrorKind};

use image_webp::vp8::{Frame, Vp8Decoder};
use image_webp::{ColorType, DecodingError as Failure, WebPDecoder, WebPEncoder};
use media::photo::Error;

use crate::header::{Header, len};
use crate::limits::{BASE_BYTES, MIB};
use crate::output::Output;
use crate::raster::Raster;
use crate::thumb::{Reduction, Thumb, size};

/// Bytes before the first chunk.
const HEAD_BYTES: usize = 12;
/// The largest part of a picture that a file may claim to have, in bytes: the decoder makes room for it before it reads on.
const CLAIMED_BYTES: u64 = 16 * MIB;
/// The pixels of a macroblock, a side.
const MACROBLOCK_PX: u16 = 16;
/// What a decoder keeps for each pixel, in bytes: of luma one, of colours a half, and the rest for how macroblocks are made.
const BYTES_PER_PIXEL: u64 = 2;

/// The samples of a decoded pixel.
pub(crate) const SAMPLES: u64 = 3;
/// What encoding keeps for each pixel, in bytes: its four differences, and what they become.
pub(crate) const ENCODED_BYTES: u64 = 7;

/// What a WebP says beside its picture.
pub(crate) fn header(bytes: &[u8]) -> Header<'_> {
    let exif = chunks(bytes).find(|(name, _)| name == b"EXIF").map(|(_, content)| content);
    let memory_bytes = lossy(bytes).and_then(|content| {
        let [_, _, _, 0x9d, 0x01, 0x2a, a, b, c, d, ..] = *content else { return None };
        let padded = |side: [u8; 2]| (u16::from_le_bytes(side) & 0x3fff).next_multiple_of(MACROBLOCK_PX);
        let pixels = u64::from(padded([a, b])) * u64::from(padded([c, d]));
        // A part that is not there ends it. All that is there is read into a list that grows, and copied from it.
        let parts = len(content.len()).saturating_add(CLAIMED_BYTES).max(len(content.len()) * 3);
        Some(pixels * BYTES_PER_PIXEL + parts + BASE_BYTES)
    });
    let is_animated = chunks(bytes).any(|(name, _)| matches!(&name, b"ANIM" | b"ANMF"));
    Header { exif, memory_bytes, is_animated, is_interlaced: false }
}

/// The picture, where it is a lossy one and the only one.
fn lossy(bytes: &[u8]) -> Option<&[u8]> {
    let is_other = |name: &[u8; 4]| matches!(name, b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF");
    let is_lossy = !chunks(bytes).any(|(name, _)| is_other(&name));
    chunks(bytes).find(|(name, _)| is_lossy && name == b"VP8 ").map(|(_, content)| content)
}

/// The chunks: their names and contents.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes.get(HEAD_BYTES..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (name, after) = rest.split_first_chunk::<4>()?;
        let (size, after) = after.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
        let (content, after) = after.split_at_checked(size)?;
        // Chunks begin at even places.
        rest = after.get(size % 2..).unwrap_or_default();
        Some((*name, content))
    })
}

/// Decodes a WebP of this size; nothing where it is of a kind that is not decoded.
pub(crate) fn decode(bytes: &[u8], width: u32, height: u32) -> Result<Option<Thumb>, Error> {
    let Some(picture) = lossy(bytes) else { return Ok(None) };
    let frame = Vp8Decoder::decode_frame(picture).map_err(|failure| error(&failure))?;
    if (u32::from(frame.width), u32::from(frame.height)) != (width, height) {
        return Err(Error::Damaged);
    }
    Ok(Some(reduced(&frame)))
}

fn error(failure: &Failure) -> Error {
    match failure {
        Failure::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => Error::CutOff,
        _ => Error::Damaged,
    }
}

/// The same in red, green and blue.
pub(crate) fn raster(bytes: &[u8], width: u32, height: u32) -> Result<Option<Raster>, Error> {
    if lossy(bytes).is_none() {
        return Ok(None);
    }
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|failure| error(&failure))?;
    if decoder.dimensions() != (width, height) || decoder.has_alpha() || decoder.is_animated() {
        return Err(Error::Damaged);
    }
    let mut pixels = vec![0; decoder.output_buffer_size().ok_or(Error::Damaged)?];
    decoder.read_image(&mut pixels).map_err(|failure| error(&failure))?;
    let profile = chunks(bytes).find(|(name, _)| name == b"ICCP").map(|(_, content)| content.to_vec());
    Ok(Some(Raster { width, height, samples: 3, pixels, profile }))
}

/// A picture as a WebP without loss; nothing where that would be larger than [`crate::REWRITTEN_BYTES_MAX`].
pub(crate) fn lossless(raster: Raster) -> Option<Vec<u8>> {
    let Raster { width, height, pixels, profile, .. } = raster;
    let mut output = Output::default();
    let mut encoder = WebPEncoder::new(&mut output);
    encoder.set_icc_profile(profile.unwrap_or_default());
    encoder.encode(&pixels, width, height, ColorType::Rgb8).ok()?;
    Some(output.into_bytes())
}

fn reduced(frame: &Frame) -> Thumb {
    let (width, height) = (u32::from(frame.width), u32::from(frame.height));
    let mut reduction = Reduction::new(width, height);
    let rows = frame.ybuf.chunks_exact(size(width).next_multiple_of(MACROBLOCK_PX.into()).max(1));
    for (y, row) in (0..height).zip(rows) {
        reduction.row(y, 0, 1, row.iter().take(size(width)).map(|luma| full(*luma)));
    }
    reduction.finish()
}

/// Luma as video has it, from 16 to 235, as pictures have it.
fn full(luma: u8) -> u8 {
    u8::try_from(u32::from(luma.saturating_sub(16)) * 255 / 219).unwrap_or(u8::MAX)
}
