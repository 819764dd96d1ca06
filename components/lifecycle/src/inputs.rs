//! A caller's own files: announced, put there once, and fetched by whoever knows their names. Which attempt to put one there counts is decided
//! on its account's [`shelf`].

use std::time::Duration;

use bytes::Bytes;
use data_url::DataUrl;
use domain::{AccountId, BlobLocation, Media, Timestamp, is_same_secret};
use media::photo::Cleaning;
use store::{UploadQueue, keys};

use crate::blobs::{Blob, Reader};
use crate::ports::Body;
use crate::receive::{self, Limit, Received};
use crate::shelf::{self, Left};
use crate::uploads::{self, File, Input, Upload};
use crate::{Error, Invalid, Ports, blobs, input_types, links};

/// Longest time for one upload.
const TIME_MAX: Duration = Duration::from_mins(5);

/// Announces a file of at most `input.size_max` bytes: it is on record, and has room until `until`. Returns its number, and the room that is left.
///
/// # Errors
/// [`Invalid::NoRoom`], and what the store answers.
pub async fn announce<P: Ports>(ports: &P, input: &Input, until: Timestamp) -> Result<(u64, Left), Error> {
    let left = shelf::reserve(ports, &input.account, &input.file.id, input.size_max, until).await?;
    Ok((uploads::begin(ports, &Upload::Input(input.clone())).await?, left))
}

/// Takes the bytes of the announced upload number `n`; `length` is how many there will be, where that was said. The first attempt that ends
/// well counts, and what it brought stays as it is; one that broke off may be repeated.
///
/// # Errors
/// [`Invalid`], which says what is wrong with them, also [`Invalid::Taken`], and what the store answers; then none of them stay.
pub async fn receive<P: Ports, B: Body>(
    ports: &P,
    n: u64,
    input: Input,
    length: Option<u64>,
    body: B,
) -> Result<(), Error> {
    if blob(&input).is_some() {
        return Err(taken());
    }
    let limit = Limit::new(input.size_max, TIME_MAX, length)?;
    // What an attempt brings is on record before its first byte is kept, and where no other attempt's is.
    let attempt = File { id: domain::fresh_id(ports.random()), size_bytes: 0, location: BlobLocation::Store };
    let number = uploads::begin(ports, &Upload::File { file: attempt.clone(), at: ports.now() }).await?;
    match put(ports, &input, attempt.clone(), limit, body).await {
        Ok(Some(file)) => {
            ports
                .store()
                .write(&keys::upload(UploadQueue::Files, n), &Upload::Input(Input { put: Some(file), ..input }))
                .await?;
            Ok(())
        }
        // What the store did not say for certain is left to the sweep: it may count.
        Err(error) if error.is_of_the_store() => Err(error),
        failed => {
            blobs::remove(ports, &keys::file(&attempt.id)).await?;
            ports.store().remove(&keys::upload::<Upload>(UploadQueue::Files, number)).await?;
            Err(failed.err().unwrap_or_else(taken))
        }
    }
}

/// Keeps and checks what an attempt brings; nothing where another one was faster.
async fn put<P: Ports, B: Body>(
    ports: &P,
    input: &Input,
    attempt: File,
    limit: Limit,
    body: B,
) -> Result<Option<File>, Error> {
    let mut first = Vec::new();
    let look = |bytes: &[u8]| first.extend(bytes.iter().take(media::MAGIC_BYTES.saturating_sub(first.len())));
    let Received { location, size_bytes } =
        receive::receive(ports, &keys::file(&attempt.id), limit, body, look, cleaning(&input.media_type)).await?;
    input_types::check(&input.media_type, &first, size_bytes)?;
    let file = File { size_bytes, location, ..attempt };
    let counts = shelf::place(ports, &input.account, &input.file.id, &file, uploads::ends(input)).await?;
    Ok(counts.then_some(file))
}

/// What takes out of a picture that was announced so what it says beside that.
fn cleaning(media_type: &str) -> Option<Cleaning> {
    Media::ALL.iter().find(|media| media.media_type() == media_type).and_then(|media| Cleaning::new(*media))
}

fn taken() -> Error {
    let message = "The file is there already, and stays as it is; announce another one";
    Invalid::Taken(message.to_owned()).into()
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
        Some(Upload::Input(mut input)) if is_same_secret(&input.file.id, id) && input.extension == extension => {
            if blob(&input).is_none() {
                // Whoever put it there may have died before it was on record here.
                input.put = shelf::find(ports, &input.account, &input.file.id).await?;
            }
            Ok(Some((n, input)))
        }
        _ => Ok(None),
    }
}

/// Removes an account's upload by its name; one that is not there any more, or another account's, is passed over.
///
/// # Errors
/// What the store or the bucket answers; a repetition goes on.
pub async fn remove<P: Ports>(ports: &P, account: &AccountId, name: &str) -> Result<(), Error> {
    let Some((n, input)) = find(ports, name).await?.filter(|(_, input)| input.account == *account) else {
        return Ok(());
    };
    if let Some(blob) = blob(&input) {
        blobs::remove(ports, &blob.key).await?;
    }
    Ok(ports.store().remove(&keys::upload::<Upload>(UploadQueue::Files, n)).await?)
}

/// Where an upload's bytes are; nothing until all of them are there.
pub fn blob(input: &Input) -> Option<Blob> {
    let File { id, size_bytes, location } = input.put.as_ref().unwrap_or(&input.file);
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
        put: None,
    };
    let (n, _) = announce(ports, &input, uploads::ends(&input)).await?;
    let mut piece = Some(Bytes::from(Cleaning::whole(media, bytes)));
    let location = blobs::keep(ports, &keys::file(&id), Some(size), async || Ok::<_, Error>(piece.take())).await?;
    let file = File { size_bytes: size, location, ..input.file.clone() };
    ports.store().write(&keys::upload(UploadQueue::Files, n), &Upload::Input(Input { file, ..input })).await?;
    Ok(links::uploaded(ports.config(), &format!("{n}.{id}.{}", media.extension())))
}
