//! What Cog containers upload, and where it is fetched from again.
//!
//! A container is given one address for all it makes, with a code in it that only we can have made: it can send no header. It names its
//! files as it likes, the same ones every time, so each gets an address of its own here, which the answer tells. They are gone a day later.

use std::time::Duration;

use domain::{BlobLocation, is_same_secret};
use store::keys;

use crate::blobs::Blob;
use crate::fetch::within;
use crate::ports::{Body, SendError};
use crate::uploads::{self, File, Upload};
use crate::{Error, Invalid, Ports, blobs, links};

/// Largest file, in bytes: the tar of a training.
const FILE_BYTES_MAX: u32 = 2_000_000_000;
/// Longest time for one; Cog itself gives up after 25 s.
const TIME_MAX: Duration = Duration::from_mins(2);

/// Takes a file that a container calls by this name; says where it can be fetched.
///
/// # Errors
/// [`Invalid::TooLarge`] and [`Invalid::BrokenOff`], and what the store answers.
pub async fn receive<P: Ports, B: Body>(
    ports: &P,
    name: &str,
    length: Option<u64>,
    mut body: B,
) -> Result<String, Error> {
    if length.is_some_and(|length| length > FILE_BYTES_MAX.into()) {
        return Err(too_large());
    }
    let id = domain::fresh_id(ports.random());
    let file = File { id, size_bytes: 0, location: BlobLocation::Store };
    let n = uploads::begin(ports, &Upload::File { file: file.clone(), at: ports.now() }).await?;
    let mut received = 0_u32;
    let next = async || {
        let piece = body.chunk().await.map_err(broken_off)?;
        let bytes = piece.as_ref().map_or(0, bytes::Bytes::len);
        received = u32::try_from(bytes).ok().and_then(|bytes| received.checked_add(bytes)).unwrap_or(u32::MAX);
        if received > FILE_BYTES_MAX { Err(too_large()) } else { Ok(piece) }
    };
    let length = length.and_then(|length| u32::try_from(length).ok());
    let kept = within(ports, TIME_MAX, blobs::keep(ports, &keys::file(&file.id), length, next)).await;
    let location = kept.unwrap_or_else(|| Err(broken_off(SendError::TimedOut)))?;
    let whole = Upload::File { file: File { size_bytes: received, location, ..file.clone() }, at: ports.now() };
    ports.store().write(&keys::upload(n), &whole).await?;
    Ok(format!("{}{n}/{}/{name}", links::provider_files(ports.config())?, file.id))
}

/// The file with this number and id; nothing where there is none, or not all of it.
///
/// # Errors
/// What the store answers.
pub async fn find<P: Ports>(ports: &P, n: u64, id: &str) -> Result<Option<Blob>, Error> {
    Ok(match ports.store().read(&keys::upload(n)).await? {
        Some(Upload::File { file, .. }) if is_same_secret(&file.id, id) && file.size_bytes > 0 => {
            Some(Blob { key: keys::file(&file.id), location: file.location, size_bytes: file.size_bytes })
        }
        _ => None,
    })
}

fn too_large() -> Error {
    Invalid::TooLarge("The file is larger than 2 GB".to_owned()).into()
}

fn broken_off(error: SendError) -> Error {
    Invalid::BrokenOff(error.reason()).into()
}
