//! That a picture was made by a machine, written into it as its bytes pass: XMP with IPTC's word for where a picture comes from, in JPEG, PNG
//! and WebP.
//!
//! Nothing is decoded, no pixel changes, and the bytes that came are kept as they are but for three things: a WebP's head says the new size and
//! that there is XMP, and XMP that was there before becomes zeros in a place that readers pass over. Were there two, programs would not agree
//! which one counts: Pillow reads the last one in a JPEG or PNG, and the first one in a WebP.
//!
//! What is no such picture, or has a beginning that cannot be understood, passes through as it is. How many bytes are added is known from the
//! first [`HEAD_BYTES`] on, and holds whatever follows: a bucket has to know a size before the first byte.

mod jpeg;
mod packet;
mod png;
mod webp;

use crate::photo::held::Held;
use crate::photo::pieces::len;

pub use packet::{DRAWN, DRAWN_ELEMENT, MADE_BY_A_MODEL};

/// How much of a file has to be seen until it is known how many bytes are added.
pub const HEAD_BYTES: u64 = 30;

/// A picture on its way: fed with chunks of any size, in little memory.
#[derive(Debug, Clone)]
pub struct Marking {
    way: Way,
    /// Bytes that are added in the end.
    added: u64,
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
        Self { way: Way::Begun(Held::until(HEAD_BYTES)), added: 0 }
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
        out
    }

    /// Decides by the first bytes what is done with the file, and begins.
    fn begin(&mut self, head: &[u8], out: &mut Vec<u8>) {
        if head.starts_with(jpeg::MAGIC) {
            (self.way, self.added) = (Way::Jpeg(jpeg::Jpeg::default()), len(jpeg::segment().len()));
        } else if head.starts_with(png::MAGIC) {
            (self.way, self.added) = (Way::Png(png::Png::default()), len(png::chunk().len()));
        } else if let Some((webp, added)) = webp::Webp::new(head) {
            (self.way, self.added) = (Way::Webp(webp), added);
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
