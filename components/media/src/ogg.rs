//! Ogg files with sound: the first page says how fast it plays, the last one how much there is.

use crate::number::{big, little, millis};

const PAGE: &[u8] = b"OggS";
/// Bytes of a page's head before the list of its pieces.
const PAGE_BYTES: usize = 27;
/// What a page says that ends no packet.
const NOTHING_ENDS: u64 = u64::MAX;
/// Samples a second that Opus counts in, whatever it was made from.
const OPUS_RATE: u64 = 48_000;

/// A stream of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stream {
    serial: u64,
    /// Samples a second.
    rate: u64,
    /// Samples at its beginning that nobody hears.
    skipped: u64,
}

/// The stream of a file, from its first page; nothing where that is of no kind that is known here: Vorbis and Opus.
pub(crate) fn stream(head: &[u8]) -> Option<Stream> {
    let pieces = usize::from(*head.get(PAGE_BYTES.checked_sub(1)?)?);
    let packet = head.get(PAGE_BYTES.checked_add(pieces)?..)?;
    let serial = big(head, 14, 4)?;
    if packet.starts_with(b"\x01vorbis") {
        return Some(Stream { serial, rate: little(packet, 12, 4)?, skipped: 0 });
    }
    packet.starts_with(b"OpusHead").then_some(())?;
    Some(Stream { serial, rate: OPUS_RATE, skipped: little(packet, 10, 2)? })
}

/// How long a stream plays, in milliseconds, from the last bytes of its file.
pub(crate) fn duration(stream: Stream, tail: &[u8]) -> Option<u64> {
    let pages = tail.windows(PAGE_BYTES).filter(|page| page.starts_with(PAGE));
    let of_stream = pages.filter(|page| big(page, 14, 4) == Some(stream.serial));
    let last = of_stream.filter_map(|page| little(page, 6, 8)).filter(|end| *end != NOTHING_ENDS).max()?;
    millis(last.saturating_sub(stream.skipped), stream.rate)
}
