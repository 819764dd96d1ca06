//! A caller's own files: announced, put there once, and fetched by whoever knows their names.

use std::time::Duration;

use bytes::Bytes;
use data_url::DataUrl;
use domain::{AccountId, BlobLocation, is_same_secret};
use store::{UploadQueue, keys};

use crate::blobs::{Blob, Reader};
use crate::ports::Body;
use crate::receive::{self, Limit, Received};
use crate::uploads::{self, File, Input, Upload};
use crate::{Error, Invalid, Ports, blobs, input_types, links};

/// Longest time for one upload.
const TIME_MAX: Duration = Duration::from_mins(5);

/// Takes the bytes of the announced upload number `n`; `length` is how many there will be, where that was said.
///
/// # Errors
/// [`Invalid`], which says what is wrong with them, and what the store answers; then none of them stay.
pub async fn receive<P: Ports, B: Body>(
    ports: &P,
    n: u64,
    input: Input,
    length: Option<u64>,
    body: B,
) -> Result<(), Error> {
    let limit = Limit::new(input.size_max, TIME_MAX, length)?;
    let key = keys::file(&input.file.id);
    if input.file.size_bytes > 0 {
        // What was put there before gives way: its chunks could be more than there are now.
        blobs::remove(ports, &key).await?;
    }
    let mut first = Vec::new();
    let look = |bytes: &[u8]| first.extend(bytes.iter().take(media::MAGIC_BYTES.saturating_sub(first.len())));
    let kept = receive::receive(ports, &key, limit, body, look).await;
    let Received { location, size_bytes } =
        match kept.and_then(|received| input_types::check(&input.media_type, &first, received.size_bytes).map(|()| received).map_err(Error::from)) {
            Ok(received) => received,
            Err(error) => {
                blobs::remove(ports, &key).await?;
                return Err(error);
            }
        };
    let file = File { size_bytes, location, ..input.file.clone() };
    ports.store().write(&keys::upload(UploadQueue::Files, n), &Upload::Input(Input { file, ..input })).await?;
    Ok(())
}

/// The upload of this name, which only whoever was given it knows, and its number.
///
/// # Errors
/// What the store answers.
pub async fn find<P: Ports>(ports: &P, name: &str) -> Result<Option<(u64, Input)>, Error> {
    let mut parts = name.split('.');
    let (Some(n), Some(id), Some(extension), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let Ok(n) = n.parse::<u64>() else { return Ok(None) };
    match ports.store().read(&keys::upload(UploadQueue::Files, n)).await? {
        Some(Upload::Input(input)) if is_same_secret(&input.file.id, id) && input.extension == extension => {
            Ok(Some((n, input)))
        }
        _ => Ok(None),
    }
}

/// Where an upload's bytes are; nothing until all of them are there.
pub fn blob(input: &Input) -> Option<Blob> {
    let File { id, size_bytes, location } = &input.file;
    (*size_bytes > 0).then(|| Blob { key: keys::file(id), location: *location, size_bytes: *size_bytes })
}

/// Where the bytes are of what a URL of one of our uploads leads to; nothing where it leads elsewhere.
///
/// # Errors
/// [`Error::NoSuchFile`] where it leads to an upload that is not there, and what the store answers.
pub async fn locate<P: Ports>(ports: &P, url: &str) -> Result<Option<Blob>, Error> {
    let Some(name) = links::uploaded_name(ports.config(), url) else { return Ok(None) };
    let (_, input) = find(ports, name).await?.ok_or(Error::NoSuchFile)?;
    let blob = blob(&input).filter(|_| !uploads::time_left(&input, ports.now()).is_zero());
    blob.ok_or(Error::NoSuchFile).map(Some)
}

/// The bytes behind a URL that leads to one of our uploads, without asking ourselves over HTTP; nothing where it leads elsewhere.
///
/// # Errors
/// As [`locate`].
pub async fn open<P: Ports>(ports: &P, url: &str) -> Result<Option<Reader<P::Body>>, Error> {
    Ok(locate(ports, url).await?.map(Reader::new))
}

/// Whether a URL leads to one of our uploads.
pub fn is_ours<P: Ports>(ports: &P, url: &str) -> bool {
    links::uploaded_name(ports.config(), url).is_some()
}

/// Keeps a picture that came in a field of a request as an upload, and says where it can be fetched.
///
/// # Errors
/// [`Invalid::Input`] where it is no picture, and what the store answers.
pub async fn keep_data<P: Ports>(ports: &P, account: &AccountId, field: &str, url: &str) -> Result<String, Error> {
    let invalid = |reason: &str| Error::from(Invalid::Input(format!("`{field}`: the data: URI {reason}")));
    let data = DataUrl::process(url).map_err(|_| invalid("cannot be read"))?;
    let (bytes, _) = data.decode_to_vec().map_err(|_| invalid("is not base64"))?;
    let media = input_types::picture(&bytes).map_err(|reason| invalid(&reason))?;
    let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let id = domain::fresh_id(ports.random());
    let input = Input {
        file: File { id: id.clone(), size_bytes: 0, location: BlobLocation::Store },
        account: account.clone(),
        media_type: media.media_type().to_owned(),
        extension: media.extension().to_owned(),
        size_max: size,
        at: ports.now(),
    };
    let n = uploads::begin(ports, &Upload::Input(input.clone())).await?;
    let mut piece = Some(Bytes::from(bytes));
    let location = blobs::keep(ports, &keys::file(&id), Some(size), async || Ok::<_, Error>(piece.take())).await?;
    let file = File { size_bytes: size, location, ..input.file.clone() };
    ports.store().write(&keys::upload(UploadQueue::Files, n), &Upload::Input(Input { file, ..input })).await?;
    Ok(links::uploaded(ports.config(), &format!("{n}.{id}.{}", media.extension())))
}
