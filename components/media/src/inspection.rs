//! A file that passes by in pieces.

use domain::Media;

use crate::Error;
use crate::walk::{Part, Walk};

/// What is known of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub media: Media,
    /// Size in bytes.
    pub size_bytes: u32,
    /// How long it plays, in milliseconds, where that could be found out.
    pub duration_ms: Option<u64>,
    /// Width and height, of pictures.
    pub pixels: Option<(u32, u32)>,
}

/// Looks at a file as its bytes pass, and keeps little of them.
#[derive(Debug, Clone)]
pub struct Inspection {
    bytes_max: u64,
    passed: u64,
    walk: Walk,
    /// The part that is to be seen next, and what there is of it.
    wanted: Option<Part>,
    kept: Vec<u8>,
}

impl Inspection {
    /// Begins to look at a file that may have so many bytes at most.
    pub fn new(bytes_max: u64) -> Self {
        let (walk, first) = Walk::new();
        Self { bytes_max, passed: 0, walk, wanted: Some(first), kept: Vec::new() }
    }

    /// Refuses a file by the size that it is announced with.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub const fn check_size(&self, size_bytes: u64) -> Result<(), Error> {
        if size_bytes > self.bytes_max { Err(Error::TooLarge { bytes_max: self.bytes_max }) } else { Ok(()) }
    }

    /// What the file is, once its first bytes have passed.
    pub const fn media(&self) -> Option<Media> {
        self.walk.media()
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// As soon as the bytes so far cannot be the beginning of a file that is taken: there are too many, or the first ones are of no known
    /// type. There is no use in fetching the rest, and [`Self::finish`] would refuse it too.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let begin = self.passed;
        self.passed = begin.saturating_add(len(chunk));
        self.check_size(self.passed)?;
        let mut rest = chunk;
        while let Some(part) = self.wanted.filter(|_| !rest.is_empty()) {
            if part.is_tail() {
                self.keep_last(rest, part.len);
                break;
            }
            let begun = begin.saturating_add(len(chunk).saturating_sub(len(rest)));
            let missing = part.offset.saturating_add(len(&self.kept)).saturating_sub(begun);
            let (_, after) = rest.split_at(usize::try_from(missing).unwrap_or(usize::MAX).min(rest.len()));
            let room = u64::from(part.len).saturating_sub(len(&self.kept));
            let (taken, after) = after.split_at(usize::try_from(room).unwrap_or(usize::MAX).min(after.len()));
            self.kept.extend_from_slice(taken);
            rest = after;
            if len(&self.kept) >= part.len.into() {
                self.see(part)?;
            }
        }
        Ok(())
    }

    /// Keeps the last so many bytes of what was kept and of these.
    fn keep_last(&mut self, bytes: &[u8], count: u32) {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let last = bytes.get(bytes.len().saturating_sub(count)..).unwrap_or(bytes);
        let over = self.kept.len().saturating_add(last.len()).saturating_sub(count);
        self.kept.drain(..over.min(self.kept.len()));
        self.kept.extend_from_slice(last);
    }

    /// Shows a part to the walk. The next one may begin within it.
    fn see(&mut self, part: Part) -> Result<(), Error> {
        self.wanted = self.walk.take(part, &self.kept)?;
        if self.wanted.is_some_and(Part::is_tail) {
            // The end may be within it, too.
            return Ok(());
        }
        let next = self.wanted.map_or(u64::MAX, |next| next.offset.saturating_sub(part.offset));
        let over = usize::try_from(next).unwrap_or(usize::MAX).min(self.kept.len());
        self.kept.drain(..over);
        Ok(())
    }

    /// What is known of the file, now that all of it has passed.
    ///
    /// # Errors
    /// What makes it unacceptable. That it does not say how large it is or how long it plays does not.
    pub fn finish(mut self) -> Result<Metadata, Error> {
        if self.passed == 0 {
            return Err(Error::Empty);
        }
        self.check_size(self.passed)?;
        // The last part is shorter than it was wished for.
        while let Some(part) = self.wanted.filter(|_| !self.kept.is_empty()) {
            self.see(part)?;
        }
        let media = self.walk.media().ok_or(Error::UnknownType)?;
        let (duration_ms, pixels) = self.walk.finish(Some(self.passed));
        let size_bytes = u32::try_from(self.passed).map_err(|_| Error::TooLarge { bytes_max: u32::MAX.into() })?;
        Ok(Metadata { media, size_bytes, duration_ms, pixels })
    }
}

fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing;
    use crate::walk::HEAD_BYTES;

    fn inspect(file: &[u8], chunk: usize) -> Result<Metadata, Error> {
        let mut inspection = Inspection::new(10_000_000);
        for chunk in file.chunks(chunk.max(1)) {
            inspection.push(chunk)?;
        }
        inspection.finish()
    }

    #[test]
    fn files_of_every_type_say_how_long_they_play() {
        for (name, file, media, millis) in testing::files() {
            for chunk in [1, 7, 4_096, 1_000_000] {
                let metadata = inspect(&file, chunk).unwrap();
                assert_eq!((metadata.media, metadata.duration_ms), (media, millis), "{name} by {chunk}");
                assert_eq!(usize::try_from(metadata.size_bytes), Ok(file.len()));
            }
        }
    }

    #[test]
    fn what_is_too_large_or_nothing_is_refused() {
        let mut inspection = Inspection::new(10);
        assert_eq!(
            inspection.push(&[0xff, 0xfb, 0x90, 0, 0, 0, 0, 0, 0, 0, 0]),
            Err(Error::TooLarge { bytes_max: 10 })
        );
        assert_eq!(Inspection::new(10).finish(), Err(Error::Empty));
        assert_eq!(inspect(b"<html>", 2), Err(Error::UnknownType));
    }

    proptest! {
        #[test]
        fn chunks_change_nothing_and_nothing_panics(
            n in 0_usize..testing::files().len(),
            cut in any::<prop::sample::Index>(),
            wrong in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            chunk in 1_usize..9_000,
        ) {
            let (_, mut file, ..) = testing::files().into_iter().cycle().nth(n).unwrap();
            for (place, byte) in wrong {
                let place = place.index(file.len().min(300));
                file[place] = byte;
            }
            file.truncate(cut.index(file.len()) + 1);
            prop_assert_eq!(inspect(&file, chunk), inspect(&file, usize::MAX));
        }

        #[test]
        fn memory_is_bounded_whatever_a_header_claims(
            magic in prop_oneof![
                Just(b"\xff\xd8\xff".to_vec()), Just(b"\x89PNG\r\n\x1a\n".to_vec()), Just(b"RIFF\0\0\0\0WEBPVP8X".to_vec()),
                Just(b"\0\0\0\x18ftypisom".to_vec()), Just(b"ID3\x04\0\0\x7f\x7f\x7f\x7f".to_vec()),
                Just(b"RIFF\0\0\0\0WAVE".to_vec()), Just(b"\x1a\x45\xdf\xa3".to_vec()), Just(testing::ogg(1)), Just(testing::aac(1)),
            ],
            noise in proptest::collection::vec(any::<u8>(), 0..400),
            chunk in 64_usize..90_000,
        ) {
            let file = [magic, noise, vec![0xff; 200_000]].concat();
            let mut inspection = Inspection::new(10_000_000);
            for chunk in file.chunks(chunk) {
                inspection.push(chunk).unwrap();
                prop_assert!(inspection.kept.capacity() <= 2 * HEAD_BYTES as usize);
            }
            inspection.finish().unwrap();
        }
    }
}
