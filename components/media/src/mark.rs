//! That a picture was made by a machine, written into it as its bytes pass: XMP with IPTC's word for where a picture comes from, in JPEG, PNG
//! and WebP; and a manifest of C2PA, where one is given.
//!
//! Nothing is decoded, no pixel changes, and the bytes that came are kept as they are but for three things: a WebP's head says the new size and
//! that there is XMP, and XMP that was there before becomes zeros in a place that readers pass over. Were there two, programs would not agree
//! which one counts: Pillow reads the last one in a JPEG or PNG, and the first one in a WebP. A manifest that was there
//! before becomes zeros, too, where another one is given: readers take neither of two.
//!
//! What is no such picture, or has a beginning that cannot be understood, passes through as it is. How many bytes are added is known from the
//! first [`HEAD_BYTES`] on, and holds whatever follows: a bucket has to know a size before the first byte.

mod addition;
mod jpeg;
mod packet;
mod png;
mod webp;

use std::ops::Range;

use addition::Addition;

use crate::photo::held::Held;
use crate::photo::pieces::len;

pub use packet::{DRAWN, DRAWN_ELEMENT, MADE_BY_A_MODEL};

/// How much of a file has to be seen until it is known how many bytes are added.
pub const HEAD_BYTES: u64 = 30;
/// Most bytes of a manifest: it is in one segment of a JPEG.
pub const MANIFEST_BYTES_MAX: usize = 65_000;

/// A picture on its way: fed with chunks of any size, in little memory.
#[derive(Debug, Clone)]
pub struct Marking {
    way: Way,
    manifest: Vec<u8>,
    /// Bytes that are added in the end.
    added: u64,
    /// Bytes that were given.
    given: u64,
    /// Which of them are the manifest.
    place: Option<Range<u64>>,
}

#[derive(Debug, Clone)]
enum Way {
    /// Its first bytes, until it is known what it is.
    Begun(Held),
    Jpeg(jpeg::Jpeg),
    Png(png::Png),
    Webp(webp::Webp),
    /// It is nothing that is marked.
    Plain,
}

impl Default for Marking {
    fn default() -> Self {
        Self::new()
    }
}

impl Marking {
    /// Begins with a file's first byte, whatever it is.
    pub const fn new() -> Self {
        Self::with(Vec::new())
    }

    /// The same, and puts this manifest into a picture: a box of JUMBF of at most [`MANIFEST_BYTES_MAX`], or nothing where it is empty.
    pub const fn with(manifest: Vec<u8>) -> Self {
        Self { way: Way::Begun(Held::until(HEAD_BYTES)), manifest, added: 0, given: 0, place: None }
    }

    /// Which of the bytes that were given are the manifest, with what its format wraps it into; nothing where it is not among them.
    pub const fn place(&self) -> Option<&Range<u64>> {
        self.place.as_ref()
    }

    /// What of these bytes, which were given last, stands before the manifest, and what behind it.
    pub fn around<'a>(&self, last: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let begun = self.given.saturating_sub(len(last.len()));
        let at = |place: u64| usize::try_from(place.saturating_sub(begun)).unwrap_or(usize::MAX).min(last.len());
        let (start, end) =
            self.place.as_ref().map_or((last.len(), last.len()), |place| (at(place.start), at(place.end)));
        (last.get(..start).unwrap_or_default(), last.get(end..).unwrap_or_default())
    }

    /// By how many bytes the file will be longer; nothing until that is known. Then it is as long as that, also where it is cut off.
    pub const fn added(&self) -> Option<u64> {
        match self.way {
            Way::Begun(_) => None,
            _ => Some(self.added),
        }
    }

    /// What there is to be kept by now, of these bytes and of earlier ones.
    pub fn pass(&mut self, chunk: &[u8]) -> Vec<u8> {
        let (mut out, mut rest) = (Vec::with_capacity(chunk.len()), chunk);
        if let Way::Begun(held) = &mut self.way {
            let Some(head) = held.take(&mut rest) else { return out };
            self.begin(&head, &mut out);
        }
        self.follow(rest, &mut out);
        self.note(&out);
        out
    }

    /// What there is to be kept behind the last bytes: nothing, of a picture that is whole and longer than its head.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if let Way::Begun(held) = &mut self.way {
            let head = held.rest();
            self.begin(&head, &mut out);
        }
        match &mut self.way {
            Way::Jpeg(jpeg) => jpeg.rest(&mut out),
            Way::Png(png) => png.rest(&mut out),
            Way::Webp(webp) => webp.rest(&mut out),
            Way::Begun(_) | Way::Plain => {}
        }
        self.note(&out);
        out
    }

    /// Counts what is given, and notes where the manifest is in it.
    fn note(&mut self, out: &[u8]) {
        let addition: Option<&mut Addition> = match &mut self.way {
            Way::Jpeg(jpeg) => Some(&mut jpeg.addition),
            Way::Png(png) => Some(&mut png.addition),
            Way::Webp(webp) => Some(&mut webp.addition),
            Way::Begun(_) | Way::Plain => None,
        };
        if let Some((begun, bytes)) = addition.and_then(Addition::placed) {
            let start = self.given.saturating_add(len(begun));
            self.place = Some(start..start.saturating_add(len(bytes)));
        }
        self.given = self.given.saturating_add(len(out.len()));
    }

    /// Decides by the first bytes what is done with the file, and begins.
    fn begin(&mut self, head: &[u8], out: &mut Vec<u8>) {
        let manifest = std::mem::take(&mut self.manifest);
        if head.starts_with(jpeg::MAGIC) {
            let jpeg = jpeg::Jpeg::new(&manifest);
            (self.added, self.way) = (jpeg.addition.bytes(), Way::Jpeg(jpeg));
        } else if head.starts_with(png::MAGIC) {
            let png = png::Png::new(&manifest);
            (self.added, self.way) = (png.addition.bytes(), Way::Png(png));
        } else if let Some((webp, added)) = webp::Webp::new(head, &manifest) {
            (self.added, self.way) = (added, Way::Webp(webp));
        } else {
            self.way = Way::Plain;
        }
        self.follow(head, out);
    }

    fn follow(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match &mut self.way {
            Way::Jpeg(jpeg) => jpeg.pass(bytes, out),
            Way::Png(png) => png.pass(bytes, out),
            Way::Webp(webp) => webp.pass(bytes, out),
            Way::Begun(_) | Way::Plain => out.extend_from_slice(bytes),
        }
    }
}
