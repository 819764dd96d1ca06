//! What has to be seen of a file, and what it comes to.

use domain::Media;

use crate::{Problem, mpeg4, sound, webm};

/// How much of a file's beginning is looked at, in bytes.
pub(crate) const HEAD_BYTES: u32 = 64 * 1024;
/// How much is looked at elsewhere at once, in bytes: a film's header and what stands before it.
const PART_BYTES: u32 = 4 * 1024;
/// Most parts that are looked at, the beginning included.
const PARTS_MAX: u32 = 16;

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) offset: u64,
    pub(crate) len: u32,
}

/// A walk through a file, from part to part. Parts lie one after the other, and may overlap.
#[derive(Debug, Clone)]
pub(crate) struct Walk {
    media: Option<Media>,
    /// What is known already, in the way that its type has.
    seen: Seen,
    parts: u32,
}

#[derive(Debug, Clone)]
enum Seen {
    Nothing,
    /// Pictures.
    Pixels(u32, u32),
    /// Milliseconds, whatever the size of the file.
    Millis(u64),
    /// A WAV file's beginning.
    Wav(Vec<u8>),
    /// Where an MP3 file's sound begins, and its first frame.
    Mp3 {
        begin: u64,
        frame: Vec<u8>,
    },
}

impl Walk {
    /// A walk, and the first part to be seen.
    pub(crate) const fn new() -> (Self, Part) {
        (Self { media: None, seen: Seen::Nothing, parts: 0 }, Part { offset: 0, len: HEAD_BYTES })
    }

    /// What the file is, once its beginning was seen.
    pub(crate) const fn media(&self) -> Option<Media> {
        self.media
    }

    /// Takes a part, which is shorter than was asked for only at the end of the file; returns the next one to be seen, if there is one.
    pub(crate) fn take(&mut self, part: Part, bytes: &[u8]) -> Result<Option<Part>, Problem> {
        self.parts = self.parts.saturating_add(1);
        let media = match self.media {
            Some(media) => media,
            None => *self.media.insert(Media::recognize(bytes).ok_or(Problem::UnknownType)?),
        };
        let next = match media {
            Media::Jpeg | Media::Png | Media::Webp | Media::Svg => {
                self.measure(bytes);
                None
            }
            Media::Wav => {
                self.seen = Seen::Wav(bytes.to_vec());
                None
            }
            Media::Flac => self.plays(sound::flac(bytes)),
            Media::Webm => self.plays(webm::duration(bytes)),
            Media::Ogg => None,
            Media::Mp3 => self.mp3(part, bytes),
            Media::M4a | Media::Mp4 | Media::Mov => self.boxes(part, bytes),
        };
        Ok(next.filter(|next| self.parts < PARTS_MAX && next.offset > part.offset))
    }

    fn measure(&mut self, head: &[u8]) {
        let size = imagesize::blob_size(head).ok();
        let size = size.and_then(|size| Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?)));
        if let Some((width, height)) = size.filter(|(width, height)| *width > 0 && *height > 0) {
            self.seen = Seen::Pixels(width, height);
        }
    }

    fn plays(&mut self, millis: Option<u64>) -> Option<Part> {
        self.seen = millis.map_or(Seen::Nothing, Seen::Millis);
        None
    }

    fn mp3(&mut self, part: Part, bytes: &[u8]) -> Option<Part> {
        let begin = if part.offset == 0 { sound::mp3_begin(bytes) } else { part.offset };
        let frame = usize::try_from(begin.saturating_sub(part.offset)).ok().and_then(|at| bytes.get(at..));
        match frame.filter(|frame| frame.len() >= 64) {
            Some(frame) => {
                let frame = frame.iter().take(256).copied().collect();
                self.seen = Seen::Mp3 { begin, frame };
                None
            }
            // A large picture stands in front.
            None => Some(Part { offset: begin, len: PART_BYTES }),
        }
    }

    /// Goes from box to box until the one with the film's header.
    fn boxes(&mut self, part: Part, bytes: &[u8]) -> Option<Part> {
        let mut at = 0_u64;
        loop {
            let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
            let offset = part.offset.checked_add(at)?;
            let Some(head) = mpeg4::head(rest) else {
                // Beyond what is here, or no box at all.
                let is_cut = rest.len() < usize::try_from(mpeg4::HEAD_BYTES_MAX).ok()?;
                return is_cut.then_some(Part { offset, len: PART_BYTES });
            };
            if &head.name == b"moov" {
                let content = rest.get(usize::try_from(head.length).ok()?..).unwrap_or_default();
                let found = mpeg4::duration(content);
                if found.is_none() && at > 0 {
                    return Some(Part { offset, len: PART_BYTES });
                }
                return self.plays(found);
            }
            at = at.checked_add(head.size?)?;
        }
    }

    /// What it came to, of a file of this size in bytes.
    pub(crate) fn finish(&self, total: u64) -> (Option<u64>, Option<(u32, u32)>) {
        match &self.seen {
            Seen::Nothing => (None, None),
            Seen::Pixels(width, height) => (None, Some((*width, *height))),
            Seen::Millis(millis) => (Some(*millis), None),
            Seen::Wav(head) => (sound::wav(head, total), None),
            Seen::Mp3 { begin, frame } => (sound::mp3(frame, total.saturating_sub(*begin)), None),
        }
    }
}
