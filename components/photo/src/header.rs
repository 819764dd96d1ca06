//! The part of a photo that says how large the picture is, picked out of the bytes as they pass.
//!
//! PNG and WebP say it in their first bytes. A JPEG says it in its frame header, and before that may come megabytes that
//! have nothing to do with it: EXIF, colour profiles, a portrait's depth map. Those application segments are passed over,
//! so what is kept stays small whatever a camera wrote.

use crate::{Format, Problem};

/// The most bytes kept of a header. The tables that may stand before a JPEG's frame header take a few kilobytes.
pub(crate) const HEADER_BYTES_MAX: usize = 64 * 1024;

/// Where PNG (24 bytes) and all three kinds of WebP (at most 30) have told their dimensions.
const FIXED_HEADER_BYTES: usize = 30;

/// A photo's header, collected from chunks.
#[derive(Debug, Default, Clone)]
pub(crate) struct Header {
    format: Option<Format>,
    kept: Vec<u8>,
    next: Next,
}

/// What to do with the bytes that come next.
#[derive(Debug, Default, Clone, Copy)]
enum Next {
    /// Read a JPEG segment's marker and length, which begin here in what is kept.
    Segment { start: usize },
    /// Keep so many bytes; then comes a segment.
    Keep(usize),
    /// Pass over so many bytes; then comes a segment.
    Pass(usize),
    /// Nothing more is of use.
    #[default]
    Ignore,
}

impl Header {
    /// Takes the next bytes of the photo.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), Problem> {
        let mut rest = chunk;
        if self.format.is_none() {
            let missing = Format::MAGIC_BYTES.saturating_sub(self.kept.len());
            let (magic, after) = rest.split_at(missing.min(rest.len()));
            self.kept.extend_from_slice(magic);
            if self.kept.len() < Format::MAGIC_BYTES {
                return Ok(());
            }
            self.recognize()?;
            rest = after;
        }
        self.walk(rest);
        Ok(())
    }

    /// Returns the format, the width and the height in pixels.
    pub(crate) fn finish(mut self) -> Result<(Format, u32, u32), Problem> {
        let format = match self.format {
            Some(format) => format,
            None => self.recognize()?,
        };
        let marked = match format {
            Format::Jpeg => true,
            Format::Png => self.kept.get(12..16) == Some(b"IHDR"),
            Format::Webp => self.kept.get(12..15) == Some(b"VP8"),
        };
        let size = imagesize::blob_size(&self.kept).ok().filter(|_| marked).ok_or(Problem::UnreadableHeader)?;
        match (u32::try_from(size.width), u32::try_from(size.height)) {
            (Ok(width @ 1..), Ok(height @ 1..)) => Ok((format, width, height)),
            _ => Err(Problem::UnreadableHeader),
        }
    }

    fn recognize(&mut self) -> Result<Format, Problem> {
        let format = Format::recognize(&self.kept).ok_or(Problem::UnknownFormat)?;
        self.format = Some(format);
        let first = std::mem::take(&mut self.kept);
        match format {
            Format::Jpeg => {
                let (start_of_image, segments) = first.split_at(2.min(first.len()));
                self.kept.extend_from_slice(start_of_image);
                self.next = Next::Segment { start: self.kept.len() };
                self.walk(segments);
            }
            Format::Png | Format::Webp => {
                self.kept = first;
                self.next = Next::Keep(FIXED_HEADER_BYTES.saturating_sub(self.kept.len()));
            }
        }
        Ok(format)
    }

    fn walk(&mut self, mut rest: &[u8]) {
        while !rest.is_empty() && self.kept.len() < HEADER_BYTES_MAX {
            let (taken, next) = match self.next {
                Next::Ignore => return,
                Next::Segment { start } => (1, self.read_marker(rest, start)),
                Next::Keep(bytes) => {
                    let taken = bytes.min(rest.len()).min(HEADER_BYTES_MAX - self.kept.len());
                    self.kept.extend(rest.iter().take(taken));
                    (taken, self.after(bytes - taken, Next::Keep))
                }
                Next::Pass(bytes) => {
                    let taken = bytes.min(rest.len());
                    (taken, self.after(bytes - taken, Next::Pass))
                }
            };
            self.next = next;
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    fn after(&self, bytes_left: usize, same: fn(usize) -> Next) -> Next {
        match (bytes_left, self.format) {
            (0, Some(Format::Jpeg)) => Next::Segment { start: self.kept.len() },
            (0, _) => Next::Ignore,
            (left, _) => same(left),
        }
    }

    /// Takes one more byte of a segment's marker and length (ITU-T T.81, B.1.1.4) and says what follows.
    fn read_marker(&mut self, rest: &[u8], start: usize) -> Next {
        self.kept.extend(rest.first());
        let segment = self.kept.get(start..).unwrap_or_default();
        match *segment {
            // Any number of fill bytes may stand before a marker (B.1.1.2).
            [0xff, 0xff] => {
                self.kept.pop();
                Next::Segment { start }
            }
            [0xff] | [0xff, _] | [0xff, _, _] => Next::Segment { start },
            [0xff, marker, high, low] => {
                let content = usize::from(u16::from_be_bytes([high, low])).saturating_sub(2);
                match marker {
                    APP0..=APP15 | COM => {
                        self.kept.truncate(start);
                        self.after(content, Next::Pass)
                    }
                    _ => self.after(content, Next::Keep),
                }
            }
            _ => Next::Ignore,
        }
    }
}

const APP0: u8 = 0xe0;
const APP15: u8 = 0xef;
const COM: u8 = 0xfe;
