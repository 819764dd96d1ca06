//! Bodies that somebody puts here: kept as they come, within a size and a time.

use std::time::Duration;

use domain::BlobLocation;
use media::photo::Cleaning;
use store::BlobKey;

use crate::fetch::within;
use crate::ports::{Body, SendError};
use crate::{Error, Invalid, Ports, blobs};

/// What a body has to keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    bytes_max: u32,
    time_max: Duration,
    length: Option<u32>,
}

impl Limit {
    /// The limit of a body with these many bytes, where it says so.
    ///
    /// # Errors
    /// [`Invalid::TooLarge`] where they are too many.
    pub fn new(bytes_max: u32, time_max: Duration, length: Option<u64>) -> Result<Self, Error> {
        let fits = |length| u32::try_from(length).ok().filter(|length| *length <= bytes_max);
        let length = length.map(|length| fits(length).ok_or_else(|| too_large(bytes_max))).transpose()?;
        Ok(Self { bytes_max, time_max, length })
    }
}

/// A body that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// Where its bytes are.
    pub location: BlobLocation,
    /// How many they are.
    pub size_bytes: u32,
}

/// Keeps a body under `key`, as `cleaning` leaves it, and lets `look` see its bytes as they come. Where it fails, some of them may stay.
///
/// # Errors
/// [`Invalid::TooLarge`] and [`Invalid::BrokenOff`], and what the store answers.
pub async fn receive<P: Ports, B: Body>(
    ports: &P,
    key: &BlobKey,
    limit: Limit,
    mut body: B,
    mut look: impl FnMut(&[u8]),
    mut cleaning: Option<Cleaning>,
) -> Result<Received, Error> {
    let Limit { bytes_max, time_max, length } = limit;
    let mut size_bytes = 0_u32;
    let next = async || {
        let piece = body.chunk().await.map_err(broken_off)?;
        let bytes: &[u8] = piece.as_deref().unwrap_or_default();
        look(bytes);
        size_bytes = u32::try_from(bytes.len()).ok().and_then(|len| size_bytes.checked_add(len)).unwrap_or(u32::MAX);
        if size_bytes > bytes_max {
            return Err(too_large(bytes_max));
        }
        Ok(match (piece, &mut cleaning) {
            (Some(piece), Some(cleaning)) => Some(cleaning.pass(&piece).into()),
            // What it holds back comes once, behind the last piece.
            (None, Some(_)) => cleaning.take().map(|mut cleaning| cleaning.rest().into()),
            (piece, None) => piece,
        })
    };
    let kept = within(ports, time_max, blobs::keep(ports, key, length, next)).await;
    let location = kept.unwrap_or_else(|| Err(broken_off(SendError::TimedOut)))?;
    Ok(Received { location, size_bytes })
}

fn too_large(bytes_max: u32) -> Error {
    Invalid::TooLarge(format!("The file is larger than it may be: {bytes_max} bytes")).into()
}

fn broken_off(error: SendError) -> Error {
    Invalid::BrokenOff(error.reason()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_says_it_is_too_large_is_refused_before_it_comes() {
        let limit = |length| Limit::new(10, Duration::from_secs(1), length);
        assert!(limit(None).is_ok_and(|limit| limit.length.is_none()));
        assert!(limit(Some(10)).is_ok_and(|limit| limit.length == Some(10)));
        for length in [11, u64::from(u32::MAX) + 10, u64::MAX] {
            assert!(matches!(limit(Some(length)), Err(Error::Invalid(Invalid::TooLarge(_)))), "{length}");
        }
    }
}
