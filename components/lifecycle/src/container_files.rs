//! What Cog containers upload, and where it is fetched from again.
//!
//! A container is given one address for all it makes, with a code in it that only we can have made: it can send no header. It names its
//! files as it likes, the same ones every time, so each gets an address of its own here, which the answer tells. They are gone a day later.

use std::time::Duration;

use domain::{BlobLocation, is_same_secret};
use store::{UploadQueue, keys};

use crate::blobs::Blob;
use crate::ports::Body;
use crate::receive::{self, Limit, Received};
use crate::uploads::{self, File, Upload};
use crate::{Error, Ports, links};

/// Largest file, in bytes: the tar of a training.
const FILE_BYTES_MAX: u32 = 2_000_000_000;
/// Longest time for one; Cog itself gives up after 25 s.
const TIME_MAX: Duration = Duration::from_mins(2);

/// Takes a file that a container calls by this name; says where it can be fetched.
///
/// # Errors
/// Those of [`receive::receive`].
pub async fn receive<P: Ports, B: Body>(ports: &P, name: &str, length: Option<u64>, body: B) -> Result<String, Error> {
    let limit = Limit::new(FILE_BYTES_MAX, TIME_MAX, length)?;
    let id = domain::fresh_id(ports.random());
    let file = File { id, size_bytes: 0, location: BlobLocation::Store };
    let n = uploads::begin(ports, &Upload::File { file: file.clone(), at: ports.now() }).await?;
    let Received { location, size_bytes } = receive::receive(ports, &keys::file(&file.id), limit, body, |_| ()).await?;
    let whole = Upload::File { file: File { size_bytes, location, ..file.clone() }, at: ports.now() };
    ports.store().write(&keys::upload(UploadQueue::Files, n), &whole).await?;
    Ok(format!("{}{n}/{}/{name}", links::provider_files(ports.config())?, file.id))
}

/// The file with this number and id; nothing where there is none, or not all of it.
///
/// # Errors
/// What the store answers.
pub async fn find<P: Ports>(ports: &P, n: u64, id: &str) -> Result<Option<Blob>, Error> {
    Ok(match ports.store().read(&keys::upload(UploadQueue::Files, n)).await? {
        Some(Upload::File { file, .. }) if is_same_secret(&file.id, id) && file.size_bytes > 0 => {
            Some(Blob { key: keys::file(&file.id), location: file.location, size_bytes: file.size_bytes })
        }
        _ => None,
    })
}
