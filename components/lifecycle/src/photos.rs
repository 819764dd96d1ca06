//! A character's photos: fetched, checked and stored before anything is charged. What they say beside their picture is not stored, so
//! nobody gets it from here.

use std::time::Duration;

use domain::{AccountId, CharacterId, Digest, Photo, Warning, WarningCode};
use futures_util::StreamExt;
use futures_util::stream::iter;
use media::photo::{self, Intake, SHORT_SIDE_MIN_PX, Taken};
use store::{BlobKey, keys};
use url::Url;

use crate::blobs::{Blob, Reader};
use crate::download::{DOWNLOAD_TIME_MAX, DownloadError, Kept, download_patiently, inspect};
use crate::pieces::Pieces;
use crate::{BadPhoto, Error, Invalid, Ports, blobs, inputs, links, upright};

/// How many photos are fetched at once. Each takes one chunk of memory, whatever its size.
pub const DOWNLOADS_AT_ONCE: usize = 4;
/// Longest time for all photos that something is begun with: below the request limit of the platforms, the provider's answers included.
const COLLECTION_TIME_MAX: Duration = Duration::from_secs(90);

/// Longest time for turning photos upright, all together.
const TURNING_TIME_MAX: Duration = Duration::from_secs(20);

/// Whether photos are told with the hashes of what is kept of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashes {
    /// With them: what is said of these photos goes by them.
    Told,
    /// Without.
    Untold,
}

impl Hashes {
    /// Those of a character that has a record of consent, or not.
    pub const fn of(has_consent: bool) -> Self {
        if has_consent { Self::Told } else { Self::Untold }
    }

    fn intake(self) -> Intake {
        match self {
            Self::Told => Intake::hashing(),
            Self::Untold => Intake::new(),
        }
    }
}

/// Fetches all photos that something is begun with, as [`collect`] does, and keeps those upright that are turned or mirrored only when they are
/// shown. One that cannot be turned in time stays as it is, which a warning tells.
///
/// # Errors
/// Those of [`collect`]; and what the store answers while a photo is kept anew.
pub async fn collect_upright<P: Ports>(
    ports: &P,
    account: &AccountId,
    character: &CharacterId,
    first: usize,
    urls: &[Url],
    hashes: Hashes,
) -> Result<(Vec<Photo>, Vec<Warning>), Error> {
    let collected = collect(ports, account, character, first, urls, hashes, COLLECTION_TIME_MAX).await?;
    let Collected { mut photos, mut warnings, turned } = collected;
    let give_up_at = ports.now().plus(TURNING_TIME_MAX);
    for n in turned {
        let Some(photo) = photos.get_mut(n) else { continue };
        let number = first.saturating_add(n);
        let key = keys::photo(account, character, number);
        let blob = Blob { key, location: photo.location, size_bytes: photo.size_bytes };
        match Box::pin(upright::turn(ports, &blob, give_up_at, hashes.intake())).await? {
            Some(kept) => *photo = to_photo(&kept, photo.upload.take()),
            None => warnings.push(not_upright(number.saturating_add(1))),
        }
    }
    warnings.sort_by_key(|warning| warning.image);
    Ok((photos, warnings))
}

/// Photos that were fetched.
#[derive(Debug)]
pub struct Collected {
    /// The photos, as they are kept.
    pub photos: Vec<Photo>,
    /// What their owner may want to change.
    pub warnings: Vec<Warning>,
    /// Which of them are turned or mirrored only when they are shown.
    turned: Vec<usize>,
}

/// Fetches all photos into the store, as the character's from number `first` on, within `time_max`.
///
/// # Errors
/// [`Invalid::Photos`] lists every photo that cannot be used; then none stays stored.
pub async fn collect<P: Ports>(
    ports: &P,
    account: &AccountId,
    character: &CharacterId,
    first: usize,
    urls: &[Url],
    hashes: Hashes,
    time_max: Duration,
) -> Result<Collected, Error> {
    let number = |n: usize| first.saturating_add(n);
    let allow_loopback = ports.config().allow_loopback;
    let allowed = &|url: &Url| address::is_allowed(url, allow_loopback);
    let give_up_at = ports.now().plus(time_max);
    let downloads = iter(urls.iter().enumerate())
        .map(|(n, url)| {
            let time_max = give_up_at.since(ports.now()).min(DOWNLOAD_TIME_MAX);
            let key = keys::photo(account, character, number(n));
            async move {
                // One that was uploaded here is read where it is.
                let kept = match inputs::open(ports, url.as_str()).await {
                    Ok(None) => download_patiently(ports, url, &key, time_max, allowed, hashes.intake()).await,
                    Ok(Some(upload)) => copy(ports, upload, &key, hashes.intake()).await,
                    Err(Error::NoSuchFile) => {
                        Err(DownloadError::Permanent("is an upload that is not there, or not any more".to_owned()))
                    }
                    Err(error) => Err(DownloadError::Transient(error.to_string())),
                };
                if kept.is_err() {
                    discard(ports, account, character, std::iter::once(number(n))).await;
                }
                kept
            }
        })
        .buffered(DOWNLOADS_AT_ONCE);
    let outcomes: Vec<Result<Kept<Taken>, DownloadError>> = downloads.collect().await;
    let (mut kept, mut bad) = (Vec::new(), Vec::new());
    for (n, (url, outcome)) in urls.iter().zip(outcomes).enumerate() {
        match outcome {
            Ok(photo) => kept.push((n, photo)),
            Err(DownloadError::Permanent(reason) | DownloadError::Transient(reason)) => {
                bad.push(BadPhoto { image: n + 1, url: url.to_string(), reason });
            }
            Err(DownloadError::Store(error)) => return Err(error.into()),
        }
    }
    if !bad.is_empty() {
        discard(ports, account, character, kept.iter().map(|(n, _)| number(*n))).await;
        return Err(Invalid::Photos { bad, count: urls.len() }.into());
    }
    let taken: Vec<Taken> = kept.iter().map(|(_, photo)| photo.metadata).collect();
    let upload = |url: &Url| links::uploaded_name(ports.config(), url.as_str()).map(str::to_owned);
    let photos = kept.iter().zip(urls).map(|((_, kept), url)| to_photo(kept, upload(url)));
    let turned = taken.iter().enumerate().filter(|(_, taken)| taken.is_turned).map(|(n, _)| n).collect();
    Ok(Collected { photos: photos.collect(), warnings: warnings(first, &taken), turned })
}

/// Copies a photo that was uploaded here.
async fn copy<P: Ports>(
    ports: &P,
    upload: Reader<P::Body>,
    key: &BlobKey,
    intake: Intake,
) -> Result<Kept<Taken>, DownloadError> {
    let size = upload.size_bytes();
    photo::check_size(size.into())?;
    inspect(ports, key, Some(size), intake, Pieces::Kept(upload)).await
}

/// Removes photos, given by number, that no character came of; what fails here only leaves them stored, for the sweep to find.
pub async fn discard<P: Ports>(
    ports: &P,
    account: &AccountId,
    character: &CharacterId,
    photos: impl Iterator<Item = usize>,
) {
    if let Err(error) = blobs::remove_photos(ports, account, character, photos).await {
        ports.log(&format!("photos of {character} stay stored: {error}"));
    }
}

fn to_photo(kept: &Kept<Taken>, upload: Option<String>) -> Photo {
    let Kept { metadata: Taken { metadata, crc32, sha256, .. }, size_bytes, location } = *kept;
    Photo { format: metadata.format, size_bytes, crc32, sha256: sha256.map(Digest::of_bytes), location, upload }
}

fn not_upright(image: usize) -> Warning {
    let message = format!(
        "Photo {image} is stored turned or mirrored and could not be turned, so a trainer may see it so: turn it upright in an editor and save it anew"
    );
    Warning { image, code: WarningCode::NotUpright, message }
}

fn warnings(first: usize, photos: &[Taken]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (n, taken) in photos.iter().enumerate() {
        let photo = &taken.metadata;
        let image = first.saturating_add(n).saturating_add(1);
        if photo.short_side() < SHORT_SIDE_MIN_PX {
            let message = format!(
                "Photo {image} is {} x {} pixels; at least {SHORT_SIDE_MIN_PX} on the short side gives better results",
                photo.width, photo.height
            );
            warnings.push(Warning { image, code: WarningCode::LowResolution, message });
        }
        if taken.had_place {
            let message = format!("Photo {image} said where it was taken; that is not kept, and no provider gets it");
            warnings.push(Warning { image, code: WarningCode::LocationRemoved, message });
        }
        if let Some(same) = photos.iter().take(n).position(|other| has_the_same_bytes(other, taken)) {
            warnings.push(repeated(first.saturating_add(n), first.saturating_add(same)));
        }
    }
    warnings
}

/// That a photo is the same as an earlier one, both counted from 0.
pub fn repeated(photo: usize, earlier: usize) -> Warning {
    let (image, same) = (photo.saturating_add(1), earlier.saturating_add(1));
    let message = format!("Photo {image} is byte for byte the same as photo {same}; another one would teach more");
    Warning { image, code: WarningCode::DuplicateImage, message }
}

/// Whether two photos are the same, by size and checksum: two others agree in both once in four thousand million.
fn has_the_same_bytes(one: &Taken, other: &Taken) -> bool {
    (one.metadata, one.crc32) == (other.metadata, other.crc32)
}

#[cfg(test)]
mod tests {
    use domain::Format;
    use media::photo::Metadata;

    use super::*;

    fn taken(width: u32, height: u32, crc32: u32) -> Taken {
        let metadata = Metadata { format: Format::Jpeg, width, height, size_bytes: 1 };
        Taken { metadata, had_place: false, is_turned: false, crc32, sha256: None }
    }

    #[test]
    fn small_and_repeated_photos_are_told_by_number() {
        let warnings = warnings(4, &[taken(512, 900, 1), taken(511, 900, 2), taken(512, 900, 1)]);
        let told: Vec<_> = warnings.iter().map(|warning| (warning.image, warning.code)).collect();
        assert_eq!(told, [(6, WarningCode::LowResolution), (7, WarningCode::DuplicateImage)]);
        assert!(warnings[1].message.contains("photo 5"));
    }
}
