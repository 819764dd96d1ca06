//! A file that is elsewhere, of which a few parts are asked for.

use domain::Media;

use crate::Error;
use crate::walk::{HEAD_BYTES, Part, Walk};

/// How a file may be asked for its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reads {
    /// Most bytes that are asked for at once.
    pub bytes_max: u32,
    /// Most times that a file is asked for a part.
    pub most: u32,
}

impl Reads {
    /// Of one that is with somebody else, where every part costs a request. Each time twice as much until a megabyte, that is enough for a
    /// picture's header however far it may lie.
    pub const ELSEWHERE: Self = Self { bytes_max: 1024 * 1024, most: 16 };
    /// Of one that is kept here, where memory counts more than a read. As many as it takes to come to a picture's header.
    pub const HERE: Self = Self { bytes_max: HEAD_BYTES, most: 192 };
}

/// What is wanted of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// How long it plays.
    Duration,
    /// How large the picture is.
    Pixels,
}

/// What was found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// What the file is.
    pub media: Media,
    /// How long it plays, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Width and height of a picture.
    pub pixels: Option<(u32, u32)>,
    /// Size in bytes, where that is known.
    pub size_bytes: Option<u64>,
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Read so many bytes from there, at most [`Reads::bytes_max`], and bring them to [`Probe::receive`]; fewer at the end of the file.
    Read {
        /// Where they begin.
        offset: u64,
        /// How many.
        len: u32,
    },
    /// It is known.
    Done(Found),
}

/// Looks at a file through a few parts of it.
#[derive(Debug)]
pub struct Probe {
    want: Want,
    allowed: Reads,
    bytes_max: u64,
    walk: Walk,
    /// What the walk has to see next.
    wanted: Part,
    /// What was asked for: the wanted part, and usually more, for what comes next is mostly near.
    asked: Part,
    reads: u32,
    ahead: u32,
}

impl Probe {
    /// Begins to look at a file that may have so many bytes at most.
    pub fn new(want: Want, allowed: Reads, bytes_max: u64) -> Self {
        let (walk, wanted) = Walk::new();
        let asked = Part { offset: 0, len: HEAD_BYTES };
        Self { want, allowed, bytes_max, walk, wanted, asked, reads: 1, ahead: HEAD_BYTES }
    }

    /// The first step.
    pub const fn begin(&self) -> Step {
        Step::Read { offset: self.asked.offset, len: self.asked.len }
    }

    /// Takes the part that was asked for, of a file of `total` bytes where that is known, and returns the next step.
    ///
    /// # Errors
    /// What is wrong with the file, also that it does not say what is wanted.
    pub fn receive(&mut self, bytes: &[u8], total: Option<u64>) -> Result<Step, Error> {
        if bytes.is_empty() {
            let is_empty = total.unwrap_or(self.asked.offset) == 0;
            return Err(if is_empty { Error::Empty } else { Error::UnreadableHeader });
        }
        let bytes = first(bytes, self.asked.len);
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let end = self.asked.offset.saturating_add(len);
        // Where less comes than was asked for, the file ends.
        let total = total.or_else(|| (len < self.asked.len.into()).then_some(end));
        if total.unwrap_or(end) > self.bytes_max {
            return Err(Error::TooLarge { bytes_max: self.bytes_max });
        }
        loop {
            let from = self.wanted.offset.saturating_sub(self.asked.offset);
            let rest = usize::try_from(from).ok().and_then(|from| bytes.get(from..)).unwrap_or_default();
            let is_cut = self.wanted.offset.saturating_add(self.wanted.len.into()) > end;
            if is_cut && from > 0 && total.is_none_or(|total| end < total) {
                return self.read_on(end, total);
            }
            let next = self.walk.take(self.wanted, first(rest, self.wanted.len))?;
            let next = next.map(|next| total.map_or(next, |total| next.within(total)));
            match next.filter(|next| !next.is_tail() && total.is_none_or(|total| next.offset < total)) {
                Some(next) => self.wanted = next,
                None => return self.done(total),
            }
        }
    }

    /// Asks for the wanted part, which is not in what was read to `end`.
    fn read_on(&mut self, end: u64, total: Option<u64>) -> Result<Step, Error> {
        self.reads = self.reads.saturating_add(1);
        if self.reads > self.allowed.most {
            return self.done(total);
        }
        let is_near = self.wanted.offset.saturating_sub(end) <= HEAD_BYTES.into();
        if is_near {
            self.ahead = self.ahead.saturating_mul(2).min(self.allowed.bytes_max);
        }
        let len = if is_near { self.wanted.len.max(self.ahead) } else { self.wanted.len };
        self.asked = Part { offset: self.wanted.offset, len };
        Ok(self.begin())
    }

    fn done(&self, total: Option<u64>) -> Result<Step, Error> {
        let (duration_ms, pixels) = self.walk.finish(total);
        let told = match self.want {
            Want::Duration => duration_ms.is_some(),
            Want::Pixels => pixels.is_some(),
        };
        let media = self.walk.media().filter(|_| told).ok_or(Error::UnreadableHeader)?;
        Ok(Step::Done(Found { media, duration_ms, pixels, size_bytes: total }))
    }
}

/// The first so many bytes, or all where there are fewer.
fn first(bytes: &[u8], count: u32) -> &[u8] {
    usize::try_from(count).ok().and_then(|count| bytes.get(..count)).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn probe(file: &[u8], want: Want) -> (Result<Found, Error>, u32) {
        probe_of(file, Some(file.len() as u64), want)
    }

    fn probe_of(file: &[u8], total: Option<u64>, want: Want) -> (Result<Found, Error>, u32) {
        let (mut probe, mut reads) = (Probe::new(want, Reads::ELSEWHERE, 10_000_000), 0);
        let mut step = probe.begin();
        loop {
            match step {
                Step::Done(found) => return (Ok(found), reads),
                Step::Read { offset, len } => {
                    reads += 1;
                    let begin = usize::try_from(offset).unwrap();
                    let end = (begin + usize::try_from(len).unwrap()).min(file.len());
                    let bytes = file.get(begin..end).unwrap_or_default();
                    match probe.receive(bytes, total) {
                        Ok(next) => step = next,
                        Err(error) => return (Err(error), reads),
                    }
                }
            }
        }
    }

    #[test]
    fn a_few_parts_are_enough() {
        for (name, file, media, millis) in testing::files() {
            let (found, reads) = probe(&file, Want::Duration);
            assert!(reads <= 4, "{name}: {reads}");
            match millis {
                Some(millis) => {
                    assert_eq!(found.map(|found| (found.media, found.duration_ms)), Ok((media, Some(millis))));
                }
                None => assert_eq!(found, Err(Error::UnreadableHeader), "{name}"),
            }
        }
    }

    #[test]
    fn a_film_is_as_long_as_its_frames_whatever_its_header_claims() {
        let long = testing::trak(&[(18_000, 100)]);
        let short = testing::trak(&[(30, 100)]);
        let padded = testing::trak(&[(1, 90), (30, 100)]);
        let many: Vec<(u32, u32)> = vec![(1, 10); 20_000];
        for (name, film, millis) in [
            ("an honest one", testing::film(3_000, &[&short]), Some(3_000)),
            ("one with padded sound", testing::film(3_000, &[&short, &padded]), Some(3_000)),
            ("a header that claims less", testing::film(1_000, &[&long]), Some(1_800_000)),
            ("in any track", testing::film(1_000, &[&short, &long]), Some(1_800_000)),
            ("a header that claims more", testing::film(9_000, &[&short]), Some(9_000)),
            ("a header that claims nothing", testing::film(0, &[&short]), Some(3_000)),
            ("a table of 160 KB", testing::film(1_000, &[&testing::trak(&many)]), Some(200_000)),
            ("no track", testing::film(3_000, &[]), None),
            ("fragments", testing::film(3_000, &[&short, &testing::boxed_as(*b"mvex", &[0; 40])]), None),
        ] {
            let (found, reads) = probe(&film, Want::Duration);
            assert_eq!(found.ok().and_then(|found| found.duration_ms), millis, "{name} in {reads} reads");
        }
        let mut repeated = testing::trak(&[(10, 100)]);
        let edits = testing::edits(&[1_000; 40]);
        let size = u32::try_from(repeated.len() + edits.len()).unwrap().to_be_bytes();
        repeated.splice(..4, size);
        repeated.splice(8..8, edits);
        let (found, _) = probe(&testing::film(1_000, &[&repeated]), Want::Duration);
        assert_eq!(found.map(|found| found.duration_ms), Ok(Some(40_000)), "shown again and again");
    }

    #[test]
    fn a_box_that_hides_a_track_makes_a_film_unreadable() {
        // It claims to be as large as the rest of the file.
        let mut hidden = testing::trak(&[(30, 100)]);
        let free = hidden.windows(4).position(|name| name == b"stsz").unwrap();
        hidden.splice(free - 4..free, 1_000_000_u32.to_be_bytes());
        let film = testing::film(3_000, &[&hidden, &testing::trak(&[(18_000, 100)])]);
        assert_eq!(probe(&film, Want::Duration).0, Err(Error::UnreadableHeader));
    }

    #[test]
    fn a_picture_says_how_large_it_is() {
        let (found, _) = probe(&testing::png(640, 480), Want::Pixels);
        assert_eq!(found.map(|found| found.pixels), Ok(Some((640, 480))));
        assert_eq!(probe(&testing::png(0, 480), Want::Pixels).0, Err(Error::UnreadableHeader));
    }

    #[test]
    fn a_picture_of_unknown_size_is_measured_all_the_same() {
        let large = [testing::png(640, 480), vec![0; 200_000]].concat();
        for file in [testing::png(640, 480), large] {
            let (found, _) = probe_of(&file, None, Want::Pixels);
            assert_eq!(found.map(|found| found.pixels), Ok(Some((640, 480))));
        }
        assert_eq!(probe_of(&[], None, Want::Pixels).0, Err(Error::Empty));
        assert_eq!(probe_of(&[], Some(0), Want::Pixels).0, Err(Error::Empty));
    }
}
