//! MPEG-4 and `QuickTime` files: boxes in boxes, of which some say how long the film is.
//!
//! A film's header and its edit lists say it in one number each, and its tracks' tables for every frame. Whoever plays it goes by the tables, so
//! the greater counts.

use crate::number::{big, millis};

/// The most bytes of a box's head.
const HEAD_BYTES_MAX: usize = 16;
/// How much of a header box has to be there to be read.
const HEADER_BYTES: usize = 32;
/// Bytes of a table's entry: how many frames, and how long each of them is.
const ENTRY_BYTES: usize = 8;
/// Most entries of an edit list that is read; cameras write one or two.
const EDITS_MAX: u64 = 64;
/// How much longer than a film its tracks may be without counting, in milliseconds: encoders begin and end with some silence that nobody hears.
const PADDING_MILLIS_MAX: u64 = 100;

/// A box's head: its name, how long that head is, and how long the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    name: [u8; 4],
    length: u64,
    /// Nothing where it goes on to the end of what it is in.
    size: Option<u64>,
}

/// Reads a box's head; nothing where there is none, or where it claims to be shorter than itself.
fn head(bytes: &[u8]) -> Option<Head> {
    let name = bytes.get(4..8)?.try_into().ok()?;
    let (length, size) = match big(bytes, 0, 4)? {
        0 => (8, None),
        1 => (16, Some(big(bytes, 8, 8)?)),
        size => (8, Some(size)),
    };
    size.is_none_or(|size| size >= length).then_some(Head { name, length, size })
}

/// What is known of a film, from the boxes that were seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Film {
    /// Where the boxes end that the next one is in, the innermost last.
    ends: Vec<u64>,
    /// Units of a second that its header and its edit lists count in.
    scale: u64,
    /// The most that those say, in milliseconds.
    claimed: u64,
    /// Units of a second that the track's table counts in.
    track_scale: Option<u64>,
    /// The table that is being read.
    table: Option<Table>,
    /// The longest track by its table, in milliseconds.
    longest: Option<u64>,
    /// Whether all of the film's header was seen, and nothing in it makes it unreadable.
    is_complete: bool,
}

/// A table of how long frames are.
#[derive(Debug, Clone, Copy)]
struct Table {
    entries: u64,
    sum: u64,
    end: u64,
}

impl Film {
    /// Reads what is there, from this place on; where to go on, or nothing where it is over.
    pub(crate) fn read(&mut self, from: u64, bytes: &[u8]) -> Option<u64> {
        let mut at = from;
        loop {
            let rest = usize::try_from(at.checked_sub(from)?).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
            match self.step(at, rest)? {
                Step::On(next) if next > at => at = next,
                Step::On(_) => return None,
                Step::More(next) => return Some(next),
            }
        }
    }

    /// One box, or a piece of a table; nothing where it is over.
    fn step(&mut self, at: u64, rest: &[u8]) -> Option<Step> {
        if let Some(table) = self.table {
            return self.entries(table, at, rest);
        }
        while self.ends.last().is_some_and(|end| at >= *end) {
            self.ends.pop();
            if self.ends.is_empty() {
                self.is_complete = true;
                return None;
            }
        }
        let within = self.ends.last().copied();
        if within.is_some_and(|end| end.saturating_sub(at) < 8) {
            return within.map(Step::On);
        }
        let Some(head) = head(rest) else {
            // Beyond what is here, or no box at all.
            return (rest.len() < HEAD_BYTES_MAX).then_some(Step::More(at));
        };
        let end = match head.size {
            Some(size) => at.checked_add(size)?,
            None => within?,
        };
        if within.is_some_and(|within| end > within) {
            return None;
        }
        let content = usize::try_from(head.length).ok().and_then(|length| rest.get(length..)).unwrap_or_default();
        match (self.ends.len(), &head.name) {
            (0, b"moov") | (1, b"trak") | (2, b"mdia" | b"edts") | (3, b"minf") | (4, b"stbl") => {
                if &head.name == b"trak" {
                    self.track_scale = None;
                }
                self.ends.push(end);
                return at.checked_add(head.length).map(Step::On);
            }
            // Its frames are described elsewhere.
            (1, b"mvex") => return None,
            (1, b"mvhd") | (3, b"mdhd" | b"elst") | (5, b"stts") => {
                let size = end.saturating_sub(at).saturating_sub(head.length);
                let needed = usize::try_from(size).unwrap_or(usize::MAX).min(needed(head.name));
                if content.len() < needed {
                    return Some(Step::More(at));
                }
                self.content(head.name, content, at.checked_add(head.length)?, end)?;
                if self.table.is_some() {
                    return at.checked_add(head.length)?.checked_add(8).map(Step::On);
                }
            }
            _ => {}
        }
        Some(Step::On(end))
    }

    /// Reads a box that says something; nothing where it cannot be read.
    fn content(&mut self, name: [u8; 4], content: &[u8], at: u64, end: u64) -> Option<()> {
        match &name {
            b"mvhd" => {
                let (scale, duration) = header(content)?;
                self.scale = scale;
                self.claimed = self.claimed.max(millis(duration, scale)?);
            }
            b"mdhd" => self.track_scale = Some(header(content)?.0),
            b"elst" => self.claimed = self.claimed.max(millis(edits(content)?, self.scale)?),
            _ => {
                let entries = big(content, 4, 4)?;
                let fits = end.checked_sub(at)?.checked_sub(8)? >= entries.checked_mul(8)?;
                self.table = Some(Table { entries, sum: 0, end }).filter(|_| fits);
                self.table?;
            }
        }
        Some(())
    }

    fn entries(&mut self, mut table: Table, at: u64, rest: &[u8]) -> Option<Step> {
        let mut place = at;
        for entry in rest.chunks_exact(ENTRY_BYTES) {
            if table.entries == 0 {
                break;
            }
            let length = big(entry, 0, 4)?.checked_mul(big(entry, 4, 4)?)?;
            table.sum = table.sum.checked_add(length)?;
            table.entries = table.entries.saturating_sub(1);
            place = place.checked_add(8)?;
        }
        if table.entries > 0 {
            self.table = Some(table);
            return Some(Step::More(place));
        }
        self.table = None;
        self.longest = self.longest.max(Some(millis(table.sum, self.track_scale?)?));
        Some(if table.end > at { Step::On(table.end) } else { Step::More(table.end) })
    }

    /// How long the film is, where its header was seen to its end and has a track with a table.
    pub(crate) fn millis(&self) -> Option<u64> {
        let longest = self.longest.filter(|longest| self.is_complete && *longest > 0)?;
        let is_padding = longest <= self.claimed.saturating_add(PADDING_MILLIS_MAX);
        Some(if is_padding && self.claimed > 0 { self.claimed } else { longest.max(self.claimed) })
    }
}

/// What comes after a step.
enum Step {
    /// The next one, at this place.
    On(u64),
    /// More of the file has to be seen, from this place on.
    More(u64),
}

/// How much of a box's content has to be there, where it has so much.
fn needed(name: [u8; 4]) -> usize {
    match &name {
        b"stts" => 8,
        b"elst" => 8 + 20 * usize::try_from(EDITS_MAX).unwrap_or(usize::MAX),
        _ => HEADER_BYTES,
    }
}

/// Units of a second and how many of them, of a film's or a track's header.
fn header(content: &[u8]) -> Option<(u64, u64)> {
    let (scale, duration, unknown) = match content.first()? {
        0 => (big(content, 12, 4)?, big(content, 16, 4)?, u64::from(u32::MAX)),
        1 => (big(content, 20, 4)?, big(content, 24, 8)?, u64::MAX),
        _ => return None,
    };
    Some((scale, if duration == unknown { 0 } else { duration }))
}

/// How long all that an edit list shows is together.
fn edits(content: &[u8]) -> Option<u64> {
    let (is_long, count) = (*content.first()? == 1, big(content, 4, 4)?);
    let (entry, number) = if is_long { (20, 8) } else { (12, 4) };
    let count = usize::try_from(count).ok().filter(|_| count <= EDITS_MAX)?;
    (0..count).try_fold(0_u64, |sum, n| sum.checked_add(big(content, 8 + n * entry, number)?))
}
