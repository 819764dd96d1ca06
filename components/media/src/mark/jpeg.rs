//! A JPEG, from marker to marker until its first scan (ITU-T T.81, annex B): the packet is a segment of its own (ISO 16684-3, 1.1.3), behind
//! those that have to be the first. So is a manifest, in a box of JPEG XT (ISO/IEC 18477-3, annex B).

use super::addition::Addition;
use super::packet::PACKET;
use crate::photo::held::give;
use crate::photo::pieces::take;

/// What one begins with: its start, and a marker.
pub(super) const MAGIC: &[u8] = b"\xff\xd8\xff";
/// Bytes before the first segment.
const START_BYTES: u64 = 2;
/// Bytes before what is in a segment: its marker, and its length.
const SEGMENT_HEAD_BYTES: usize = 4;

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// What was too long for a packet, which refers to it.
const FURTHER_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const EXIF: &[u8] = b"Exif\0\0";
/// What a box begins with that is the first part of the first one: what it is, and its two numbers.
const BOX: &[u8] = b"JP\0\x01\0\0\0\x01";
/// What the boxes of a manifest are called, behind these numbers and their length.
const JUMBF: &[u8] = b"jumb";
/// Where that name is.
const JUMBF_AT: usize = 12;

/// Marks a JPEG.
#[derive(Debug, Clone)]
pub(super) struct Jpeg {
    place: Place,
    pub(super) addition: Addition,
}

#[derive(Debug, Clone)]
enum Place {
    /// At its start, of which so many bytes are left.
    Start(u64),
    /// At the beginning of a segment, with what there is of that.
    Head(Vec<u8>),
    /// In a segment of which so many bytes are left.
    Segment { left: u64, is_kept: bool },
    /// Where there are no segments any more that are read.
    Over,
}

/// What the beginning of a segment says of it.
enum Said {
    /// It is too little.
    Nothing,
    /// The first byte of it is a fill byte, of which there may be any number.
    Fill,
    /// It is a segment, of which so many further bytes are left.
    Segment(u64),
    /// It is none.
    Over,
}

impl Jpeg {
    /// One that gets this manifest, where it is not empty.
    pub(super) fn new(manifest: &[u8]) -> Self {
        let manifest = if manifest.is_empty() { Vec::new() } else { segment(0xeb, &[BOX, manifest].concat()) };
        let mark = segment(0xe1, &[XMP, PACKET.as_bytes()].concat());
        Self { place: Place::Start(START_BYTES), addition: Addition::new(&mark, &manifest) }
    }

    pub(super) fn pass(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let mut rest = chunk;
        while !rest.is_empty() {
            match &mut self.place {
                Place::Start(left) => give(take(&mut rest, left), true, out),
                Place::Head(head) => {
                    let Some((byte, after)) = rest.split_first() else { return };
                    head.push(*byte);
                    rest = after;
                    self.look(out);
                }
                Place::Segment { left, is_kept } => {
                    let is_kept = *is_kept;
                    give(take(&mut rest, left), is_kept, out);
                }
                Place::Over => {
                    give(rest, true, out);
                    return;
                }
            }
            if matches!(self.place, Place::Start(0) | Place::Segment { left: 0, .. }) {
                self.place = Place::Head(Vec::new());
            }
        }
    }

    /// What is left of one that is cut off.
    pub(super) fn rest(&mut self, out: &mut Vec<u8>) {
        self.addition.give(out);
        if let Place::Head(head) = &mut self.place {
            out.append(head);
        }
    }

    /// Goes on as soon as the beginning of a segment says how.
    fn look(&mut self, out: &mut Vec<u8>) {
        let Place::Head(head) = &mut self.place else { return };
        match said(head) {
            Said::Nothing => {}
            Said::Fill => out.extend(head.pop()),
            Said::Segment(left) => {
                let head = std::mem::take(head);
                let (start, name) = head.split_at_checked(SEGMENT_HEAD_BYTES).unwrap_or((&head, &[]));
                let marker = start.get(1).copied().unwrap_or_default();
                let is_kept = match marker {
                    0xe1 => !(name.starts_with(XMP) || name.starts_with(FURTHER_XMP)),
                    0xeb if self.addition.has_manifest() => !is_jumbf(name),
                    _ => true,
                };
                if !(marker == 0xe0 || marker == 0xe1 && name.starts_with(EXIF)) {
                    self.addition.give(out);
                }
                give(start, true, out);
                give(name, is_kept, out);
                self.place = Place::Segment { left, is_kept };
            }
            Said::Over => {
                let mut head = std::mem::take(head);
                self.addition.give(out);
                out.append(&mut head);
                self.place = Place::Over;
            }
        }
    }
}

fn said(head: &[u8]) -> Said {
    match *head {
        [0xff, 0xff, ..] => Said::Fill,
        // A 0xff of data, markers without a segment, the end, and a scan: readers of XMP go no further.
        [0xff, 0x00 | 0x01 | 0xd0..=0xda, ..] => Said::Over,
        [0xff] | [0xff, _] | [0xff, _, _] => Said::Nothing,
        [0xff, marker, a, b, ref name @ ..] => {
            // It counts itself.
            let content = usize::from(u16::from_be_bytes([a, b])).saturating_sub(2);
            let wanted = match marker {
                0xe1 => content.min(FURTHER_XMP.len()),
                0xeb => content.min(JUMBF_AT.saturating_add(JUMBF.len())),
                _ => 0,
            };
            let left = u64::try_from(content.saturating_sub(name.len())).unwrap_or_default();
            if name.len() < wanted { Said::Nothing } else { Said::Segment(left) }
        }
        _ => Said::Over,
    }
}

/// Whether a segment that begins so is of a box as manifests are in.
fn is_jumbf(first: &[u8]) -> bool {
    first.starts_with(b"JP") && first.get(JUMBF_AT..).is_some_and(|name| name.starts_with(JUMBF))
}

/// A segment with this in it.
fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len().saturating_add(2)).unwrap_or(u16::MAX).to_be_bytes();
    [&[0xff, marker][..], &length, content].concat()
}
