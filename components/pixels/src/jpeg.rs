//! A JPEG (ITU-T T.81), decoded at an eighth of its size or so: as small as its cosines allow, and as is asked.

use jpeg_decoder::{CodingProcess, Decoder, Error as Failure, PixelFormat};
use media::photo::Error;

use crate::header::{Header, len};
use crate::limits::{BASE_BYTES, MEMORY_BYTES_MAX};
use crate::raster::Raster;
use crate::thumb::{Reduction, SHORT_PX, Thumb, luma, size};

/// How long the short side of a photo has to stay that is looked at, in pixels: twice the side that is made of it.
pub(crate) const LOOKED_AT_PX: u32 = SHORT_PX * 2;

/// Most scans of a JPEG that is looked at: each may pass over the whole picture and takes but a few bytes. Encoders make about ten.
const SCANS_MAX: usize = 100;
/// A block's side, in pixels.
const BLOCK_PX: u32 = 8;
/// The scale at which a picture stays as large as it is.
const WHOLE: u8 = 8;
/// Bytes of a block's coefficients.
const BLOCK_BYTES: u64 = 128;

/// The frame header, as far as it is looked at.
struct Frame<'a> {
    is_progressive: bool,
    width: u32,
    height: u32,
    /// Each with its name, its sampling factors, and its table.
    components: &'a [[u8; 3]],
}

/// What a JPEG says before its picture, of which the short side is to stay that long, in pixels, or as long as it is.
pub(crate) fn header(bytes: &[u8], short_px: u32) -> Header<'_> {
    let mut header = Header::default();
    let mut rest = bytes;
    while let Some((marker, content)) = segment(&mut rest) {
        match marker {
            0xe1 if content.starts_with(b"Exif\0\0") => header.exif = header.exif.or(Some(content)),
            0xc0..=0xc2 => {
                let scans =
                    bytes.windows(2).filter(|pair| pair == b"\xff\xda").take(SCANS_MAX.saturating_add(1)).count();
                let frame = frame(marker, content).filter(|_| scans <= SCANS_MAX);
                header.memory_bytes = frame.map(|frame| frame.memory_bytes(short_px).saturating_add(len(bytes.len())));
                break;
            }
            // Another process, or no frame at all.
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf | 0xd9 | 0xda => break,
            _ => {}
        }
    }
    header
}

/// Takes the next segment from the front of `rest`: its marker, and its content where it is of a kind with one.
fn segment<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    loop {
        let behind = rest.iter().position(|byte| *byte == 0xff)?;
        let after = rest.get(behind..)?;
        // Any number of fill bytes may stand before a marker.
        let fill = after.iter().position(|byte| *byte != 0xff)?;
        let (marker, after) = after.get(fill..)?.split_first()?;
        *rest = after;
        match marker {
            0x00 | 0x01 | 0xd0..=0xd8 => {}
            0xd9 => return Some((*marker, &[])),
            _ => {
                let (length, _) = after.split_first_chunk::<2>()?;
                let (content, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
                *rest = after;
                return Some((*marker, content.get(2..)?));
            }
        }
    }
}

/// The frame header; nothing where its kind is not decoded.
fn frame(marker: u8, content: &[u8]) -> Option<Frame<'_>> {
    let ([8, a, b, c, d, _], components) = content.split_first_chunk::<6>()? else { return None };
    let (height, width) = (u16::from_be_bytes([*a, *b]).into(), u16::from_be_bytes([*c, *d]).into());
    let (components, _) = components.as_chunks::<3>();
    let is_known = matches!(components.len(), 1 | 3 | 4) && height > 0 && width > 0;
    is_known.then_some(Frame { is_progressive: marker == 0xc2, width, height, components })
}

impl Frame<'_> {
    /// Most memory that decoding takes, in bytes, beside what applications wrote into the file.
    fn memory_bytes(&self, short_px: u32) -> u64 {
        let factors = |[_, factors, _]: &[u8; 3]| (u32::from(factors >> 4), u32::from(factors & 15));
        let (across, down) = self.components.iter().map(factors).fold((1, 1), |(a, b), (c, d)| (a.max(c), b.max(d)));
        let units = (self.width.div_ceil(across * BLOCK_PX), self.height.div_ceil(down * BLOCK_PX));
        let scale = u64::from(scale(self.width, self.height, short_px));
        let component = |component: &[u8; 3]| {
            let (across, down) = factors(component);
            let row = u64::from(units.0) * u64::from(across * down);
            let blocks = row * u64::from(units.1);
            let kept = if self.is_progressive { blocks * BLOCK_BYTES } else { 0 };
            // The plane, its part of the picture, and a row of blocks twice.
            kept + blocks * scale * scale + row * BLOCK_BYTES * 2
        };
        let pixels = u64::from(scaled(self.width, scale)) * u64::from(scaled(self.height, scale));
        // Of inks, colours are made.
        let samples = if self.components.len() == 4 { 7 } else { len(self.components.len()) };
        self.components.iter().map(component).sum::<u64>() + pixels * samples + BASE_BYTES
    }
}

/// How many of a block's eight pixels are decoded a side: as few as leave the short side that long.
fn scale(width: u32, height: u32, short_px: u32) -> u8 {
    let is_enough = |scale: &u8| scaled(width.min(height), (*scale).into()) >= short_px;
    [1, 2, 4].into_iter().find(is_enough).unwrap_or(WHOLE)
}

fn scaled(side: u32, scale: u64) -> u32 {
    u32::try_from((u64::from(side) * scale).div_ceil(BLOCK_PX.into())).unwrap_or(side)
}

/// Decodes a JPEG of this size; nothing where it is of a kind that is not decoded.
pub(crate) fn decode(bytes: &[u8], width: u32, height: u32) -> Result<Option<Thumb>, Error> {
    told(reduced(bytes, width, height))
}

/// The same, and all of it: its short side stays that long, in pixels, or as long as it is.
pub(crate) fn raster(bytes: &[u8], width: u32, height: u32, short_px: u32) -> Result<Option<Raster>, Error> {
    told(decoded(bytes, width, height, short_px).map(|decoded| {
        let Decoded { width, height, format, pixels, profile } = decoded;
        let (samples, pixels, profile) = match format {
            // The profile is one of inks.
            PixelFormat::CMYK32 => (3, pixels.chunks_exact(4).flat_map(mixed).collect(), None),
            _ => (format.pixel_bytes(), pixels, profile),
        };
        Raster { width: width.into(), height: height.into(), samples, pixels, profile }
    }))
}

fn told<T>(decoded: Result<T, Failure>) -> Result<Option<T>, Error> {
    decoded.map(Some).or_else(|failure| match failure {
        Failure::Unsupported(_) => Ok(None),
        Failure::Io(_) => Err(Error::CutOff),
        _ => Err(Error::Damaged),
    })
}

/// A picture as the decoder gives it.
struct Decoded {
    width: u16,
    height: u16,
    format: PixelFormat,
    pixels: Vec<u8>,
    /// Its colour profile.
    profile: Option<Vec<u8>>,
}

fn decoded(bytes: &[u8], width: u32, height: u32, short_px: u32) -> Result<Decoded, Failure> {
    let mut decoder = Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(usize::try_from(MEMORY_BYTES_MAX).unwrap_or(usize::MAX));
    let scale = scale(width, height, short_px);
    let side = |side: u32| u16::try_from(scaled(side, scale.into())).unwrap_or(u16::MAX);
    if scale == WHOLE {
        decoder.read_info()?;
    } else {
        // It takes the smallest scale at which one side is long enough: the short one.
        let (width, height) = if width < height { (side(width), u16::MAX) } else { (u16::MAX, side(height)) };
        decoder.scale(width, height)?;
    }
    let info = decoder.info().ok_or_else(|| Failure::Format("no frame".to_owned()))?;
    if (info.width, info.height) != (side(width), side(height)) || info.coding_process == CodingProcess::Lossless {
        return Err(Failure::Format("another frame than its first one".to_owned()));
    }
    let pixels = decoder.decode()?;
    Ok(Decoded {
        width: info.width,
        height: info.height,
        format: info.pixel_format,
        pixels,
        profile: decoder.icc_profile(),
    })
}

fn reduced(bytes: &[u8], width: u32, height: u32) -> Result<Thumb, Failure> {
    let Decoded { width, height, format, pixels, .. } = decoded(bytes, width, height, LOOKED_AT_PX)?;
    let mut reduction = Reduction::new(width.into(), height.into());
    let bytes_per_pixel = format.pixel_bytes().max(1);
    let rows = pixels.chunks_exact(size(width.into()).saturating_mul(bytes_per_pixel).max(1));
    for (y, row) in (0..u32::from(height)).zip(rows) {
        let pixels = row.chunks_exact(bytes_per_pixel);
        match format {
            PixelFormat::CMYK32 => reduction.row(y, 0, 1, pixels.map(printed)),
            _ => reduction.row(y, 0, 1, pixels.map(luma)),
        }
    }
    Ok(reduction.finish())
}

/// The luma of a pixel that is printed in four inks: so much of each.
fn printed(inks: &[u8]) -> u8 {
    let [cyan, magenta, yellow, black] = *inks else { return 0 };
    let coloured = luma(&[255 - cyan, 255 - magenta, 255 - yellow]);
    u8::try_from(u32::from(coloured) * u32::from(255 - black) / 255).unwrap_or(u8::MAX)
}

/// Red, green and blue of such a pixel.
fn mixed(inks: &[u8]) -> [u8; 3] {
    let [cyan, magenta, yellow, black] = *inks else { return [0; 3] };
    let light = |ink: u8| u8::try_from(u32::from(255 - ink) * u32::from(255 - black) / 255).unwrap_or(u8::MAX);
    [light(cyan), light(magenta), light(yellow)]
}
