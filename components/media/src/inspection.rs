//! A file that passes by in pieces.

use domain::Media;

use crate::Problem;
use crate::walk::{Part, Walk};

/// What is known of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
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
    /// [`Problem::TooLarge`].
    pub const fn check_size(&self, size_bytes: u64) -> Result<(), Problem> {
        if size_bytes > self.bytes_max { Err(Problem::TooLarge { bytes_max: self.bytes_max }) } else { Ok(()) }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Problem::TooLarge`], and [`Problem::UnknownType`] as soon as that is clear.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Problem> {
        let mut rest = chunk;
        while let Some(part) = self.wanted.filter(|_| !rest.is_empty()) {
            let begun = self.passed.saturating_add(len(chunk).saturating_sub(len(rest)));
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
        self.passed = self.passed.saturating_add(len(chunk));
        self.check_size(self.passed)
    }

    /// Shows a part to the walk. The next one may begin within it.
    fn see(&mut self, part: Part) -> Result<(), Problem> {
        self.wanted = self.walk.take(part, &self.kept)?;
        let next = self.wanted.map_or(u64::MAX, |next| next.offset.saturating_sub(part.offset));
        let over = usize::try_from(next).unwrap_or(usize::MAX).min(self.kept.len());
        self.kept.drain(..over);
        Ok(())
    }

    /// What is known of the file, now that all of it has passed.
    ///
    /// # Errors
    /// [`Problem::Empty`] and [`Problem::UnknownType`].
    pub fn finish(mut self) -> Result<Facts, Problem> {
        if self.passed == 0 {
            return Err(Problem::Empty);
        }
        // The last part is shorter than it was wished for.
        while let Some(part) = self.wanted.filter(|_| !self.kept.is_empty()) {
            self.see(part)?;
        }
        let media = self.walk.media().ok_or(Problem::UnknownType)?;
        let (duration_ms, pixels) = self.walk.finish(self.passed);
        let size_bytes = u32::try_from(self.passed).map_err(|_| Problem::TooLarge { bytes_max: u32::MAX.into() })?;
        Ok(Facts { media, size_bytes, duration_ms, pixels })
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

    fn inspect(file: &[u8], chunk: usize) -> Result<Facts, Problem> {
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
                let facts = inspect(&file, chunk).unwrap();
                assert_eq!((facts.media, facts.duration_ms), (media, millis), "{name} by {chunk}");
                assert_eq!(usize::try_from(facts.size_bytes), Ok(file.len()));
            }
        }
    }

    #[test]
    fn what_is_too_large_or_nothing_is_refused() {
        let mut inspection = Inspection::new(10);
        assert_eq!(
            inspection.push(&[0xff, 0xfb, 0x90, 0, 0, 0, 0, 0, 0, 0, 0]),
            Err(Problem::TooLarge { bytes_max: 10 })
        );
        assert_eq!(Inspection::new(10).finish(), Err(Problem::Empty));
        assert_eq!(inspect(b"<html>", 2), Err(Problem::UnknownType));
    }

    proptest! {
        #[test]
        fn chunks_change_nothing_and_nothing_panics(
            n in 0_usize..8,
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
    }
}
