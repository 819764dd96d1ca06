//! What has to be seen of a file, and what it comes to.

use domain::Media;

use crate::recognize::{MAGIC_BYTES, recognize, refuse};
use crate::{Error, mpeg4, ogg, picture, sound, webm};

/// How much of a song's or a film's beginning is looked at, in bytes.
pub(crate) const HEAD_BYTES: u32 = 64 * 1024;
/// How much is looked at elsewhere at once, in bytes: a film's header and what stands before it.
const PART_BYTES: u32 = 4 * 1024;
/// How much of a song's end is looked at, in bytes: as much as a page of Ogg has at most.
pub(crate) const TAIL_BYTES: u32 = 64 * 1024;
/// Most parts of a song or a film that are looked at, its first bytes and its beginning included.
const PARTS_MAX: u32 = 4_096;

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) offset: u64,
    pub(crate) len: u32,
}

impl Part {
    /// The end of the file, wherever that is.
    const TAIL: Self = Self { offset: u64::MAX, len: TAIL_BYTES };

    /// Whether it is the end of the file, of which it is not said where it begins.
    pub(crate) const fn is_tail(self) -> bool {
        self.offset == u64::MAX
    }

    /// The same part of a file of so many bytes, where it is one of its end.
    pub(crate) const fn within(self, total: u64) -> Self {
        if self.is_tail() { Self { offset: total.saturating_sub(self.len as u64), len: self.len } } else { self }
    }
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
    /// An MPEG-4 file's boxes.
    Film(mpeg4::Film),
    /// A `WebM` file's elements.
    Webm(webm::Film),
    /// An Ogg file's stream.
    Ogg(ogg::Stream),
    /// An AAC file's first frames.
    Aac(sound::Average),
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
    pub(crate) fn new() -> (Self, Part) {
        let first = Part { offset: 0, len: u32::try_from(MAGIC_BYTES).unwrap_or(u32::MAX) };
        (Self { media: None, seen: Seen::Nothing, parts: 0 }, first)
    }

    /// What the file is, once its first bytes were seen.
    pub(crate) const fn media(&self) -> Option<Media> {
        self.media
    }

    /// Takes a part, which is shorter than was asked for only at the end of the file; returns the next one to be seen, if there is one.
    pub(crate) fn take(&mut self, part: Part, bytes: &[u8]) -> Result<Option<Part>, Error> {
        self.parts = self.parts.saturating_add(1);
        let next = match self.media {
            Some(media) => self.see(media, part, bytes),
            None => first(*self.media.insert(recognize(bytes).ok_or_else(|| refuse(bytes))?)),
        };
        Ok(next.filter(|next| (next.offset, next.len) > (part.offset, part.len)))
    }

    fn see(&mut self, media: Media, part: Part, bytes: &[u8]) -> Option<Part> {
        let next = match media {
            // However many segments there are: it is their end that has a limit.
            Media::Jpeg => return self.segment(part, bytes),
            Media::Png => self.measures(picture::png(bytes)),
            Media::Webp => self.measures(picture::webp(bytes)),
            Media::Wav => {
                self.seen = Seen::Wav(bytes.to_vec());
                None
            }
            Media::Flac => self.plays(sound::flac(bytes)),
            Media::Webm => self.elements(part, bytes),
            Media::Svg | Media::Json => None,
            Media::Ogg => self.pages(bytes),
            Media::Aac => {
                self.seen = sound::aac(bytes).map_or(Seen::Nothing, Seen::Aac);
                None
            }
            Media::Mp3 => self.mp3(part, bytes),
            Media::M4a | Media::Mp4 | Media::Mov => self.boxes(part, bytes),
        };
        next.filter(|_| self.parts < PARTS_MAX)
    }

    /// Goes from segment to segment until the one with the picture's dimensions.
    fn segment(&mut self, part: Part, bytes: &[u8]) -> Option<Part> {
        match picture::segment(bytes)? {
            picture::Segment::Frame(width, height) => self.measures(Some((width, height))),
            picture::Segment::Other(bytes) => {
                let offset = part.offset.checked_add(bytes).filter(|offset| *offset <= picture::FRAME_OFFSET_MAX)?;
                Some(Part { offset, len: picture::SEGMENT_BYTES })
            }
        }
    }

    fn measures(&mut self, pixels: Option<(u32, u32)>) -> Option<Part> {
        self.seen = pixels.map_or(Seen::Nothing, |(width, height)| Seen::Pixels(width, height));
        None
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

    /// Goes from box to box through the film's header.
    fn boxes(&mut self, part: Part, bytes: &[u8]) -> Option<Part> {
        let mut film = match std::mem::replace(&mut self.seen, Seen::Nothing) {
            Seen::Film(film) => film,
            _ => mpeg4::Film::default(),
        };
        let next = film.read(part.offset, bytes);
        self.seen = Seen::Film(film);
        next.map(|offset| Part { offset, len: PART_BYTES })
    }

    /// Goes from element to element, to the last cluster.
    fn elements(&mut self, part: Part, bytes: &[u8]) -> Option<Part> {
        let mut film = match std::mem::replace(&mut self.seen, Seen::Nothing) {
            Seen::Webm(film) => film,
            _ => webm::Film::default(),
        };
        let next = film.read(part.offset, bytes);
        self.seen = Seen::Webm(film);
        next.map(|offset| Part { offset, len: PART_BYTES })
    }

    /// Looks at the first page, and at the last one.
    fn pages(&mut self, bytes: &[u8]) -> Option<Part> {
        if let Seen::Ogg(stream) = self.seen {
            return self.plays(ogg::duration(stream, bytes));
        }
        self.seen = Seen::Ogg(ogg::stream(bytes)?);
        Some(Part::TAIL)
    }

    /// What it came to, of a file of this size in bytes, where that is known.
    pub(crate) fn finish(&self, total: Option<u64>) -> (Option<u64>, Option<(u32, u32)>) {
        match &self.seen {
            Seen::Nothing | Seen::Ogg(_) => (None, None),
            Seen::Pixels(width, height) => (None, Some((*width, *height))),
            Seen::Millis(millis) => (Some(*millis), None),
            Seen::Film(film) => (film.millis(), None),
            Seen::Webm(film) => (film.millis(), None),
            Seen::Aac(average) => (total.and_then(|total| average.of(total)), None),
            Seen::Wav(head) => (sound::wav(head, total), None),
            Seen::Mp3 { begin, frame } => (sound::mp3(frame, total.map(|total| total.saturating_sub(*begin))), None),
        }
    }
}

/// What is to be seen first of a file that was recognised.
const fn first(media: Media) -> Option<Part> {
    match media {
        Media::Jpeg => Some(Part { offset: picture::FIRST_SEGMENT, len: picture::SEGMENT_BYTES }),
        Media::Png | Media::Webp => Some(Part { offset: 0, len: picture::FIXED_HEADER_BYTES }),
        Media::Svg | Media::Json => None,
        Media::Mp3
        | Media::Wav
        | Media::Ogg
        | Media::Flac
        | Media::Aac
        | Media::M4a
        | Media::Mp4
        | Media::Mov
        | Media::Webm => Some(Part { offset: 0, len: HEAD_BYTES }),
    }
}
