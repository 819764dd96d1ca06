//! Photos looked at before a training is paid for: decoded one at a time, and told what their owner may want to change.

use std::time::Duration;

use domain::{AccountId, CharacterId, Photo, Timestamp, Warning, WarningCode};
use media::photo::PHOTO_BYTES_MAX;
use pixels::{Finding, Flaw, Look};
use serde::{Deserialize, Serialize};
use store::{BlobKey, keys};
use url::Url;

use crate::blobs::{self, Blob};
use crate::photos::{Collected, DOWNLOADS_AT_ONCE, Hashes};
use crate::uploads::{self, Upload};
use crate::{BadPhoto, Error, Invalid, Ports, photos};

/// Memory for a set whose photos are looked at, in bytes: the file of one of them, and as much again towards what decoding takes. Only one photo
/// is decoded at a time, whoever's; so this bounds how many files wait beside it.
pub const LOOK_BYTES: usize = 2 * PHOTO_BYTES_MAX as usize;
/// Longest time for looking at a set that something is begun with: below the request limit of the platforms, with the time for fetching it.
const TIME_MAX: Duration = Duration::from_secs(20);
/// How long a check begins with further photos. With the time for those that it began with last it is below 30 s, which some platforms give.
const CHECK_TIME_MAX: Duration = Duration::from_secs(10);
/// Longest time for fetching the few photos that a check looks at next.
const CHECK_FETCH_TIME_MAX: Duration = Duration::from_secs(12);

/// A photo that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// How it looks.
    pub look: Look,
    /// Its size in bytes and their checksum, as they would be kept.
    pub bytes: (u32, u32),
}

/// What a check came to.
#[derive(Debug)]
pub struct Checked {
    /// The photos that were looked at, from the first on: fewer than there are where the time was over.
    pub looked: Vec<Looked>,
    /// What their owner may want to change of these.
    pub warnings: Vec<Warning>,
}

/// Fetches photos, looks at them, and removes them again, a few at a time: those behind the ones that were looked at before, as many as there is
/// time for and at least one. Says what their owner may want to change of all that were looked at by then.
///
/// # Errors
/// [`Invalid::Photos`] lists every photo that cannot be used, also of those that cannot be decoded. And what the store answers.
pub async fn check<P: Ports>(
    ports: &P,
    account: &AccountId,
    urls: &[Url],
    before: Vec<Looked>,
) -> Result<Checked, Error> {
    let ((character, _), (training, _)) =
        (keys::new_character(account, ports.random()), keys::new_task(account, ports.random()));
    // Whoever dies here leaves photos that no character knows.
    let upload = Upload::Photos { account: account.clone(), character: character.clone(), training, at: ports.now() };
    let n = uploads::begin(ports, &upload).await?;
    let checked = go_on(ports, account, &character, urls, before).await;
    uploads::end(ports, &upload, n).await;
    checked
}

async fn go_on<P: Ports>(
    ports: &P,
    account: &AccountId,
    character: &CharacterId,
    urls: &[Url],
    before: Vec<Looked>,
) -> Result<Checked, Error> {
    let stop_at = ports.now().plus(CHECK_TIME_MAX);
    let (mut looked, mut warnings, mut bad) = (before, Vec::new(), Vec::new());
    let mut done = looked.len();
    let begun = done;
    while let Some(next) = urls.get(done..).filter(|next| !next.is_empty()) {
        if done > begun && ports.now() >= stop_at {
            break;
        }
        let next = next.get(..DOWNLOADS_AT_ONCE).unwrap_or(next);
        match few(ports, account, character, done, next).await {
            Ok((seen, told)) => {
                looked.extend(seen);
                warnings.extend(told);
            }
            Err(Error::Invalid(Invalid::Photos { bad: few, .. })) => {
                let numbered = |photo: BadPhoto| BadPhoto { image: photo.image.saturating_add(done), ..photo };
                bad.extend(few.into_iter().map(numbered));
            }
            Err(error) => return Err(error),
        }
        done = done.saturating_add(next.len());
    }
    if !bad.is_empty() {
        return Err(Invalid::Photos { bad, count: urls.len() }.into());
    }
    let looks: Vec<Option<Look>> = looked.iter().map(|photo| Some(photo.look)).collect();
    let repeated = looked.iter().enumerate().filter_map(|(n, photo)| {
        let same = looked.iter().take(n).position(|other| other.bytes == photo.bytes)?;
        Some(photos::repeated(n, same))
    });
    // Of those that came together it was told as they came.
    let repeated: Vec<Warning> = repeated.filter(|warning| !is_told(&warnings, warning.image, warning.code)).collect();
    warnings.extend(repeated);
    Ok(Checked { warnings: merged(warnings, pixels::findings(&looks)), looked })
}

/// Looks at a few photos, the first of which is number `first`, from 0. What was told as they came is in the looks, too.
async fn few<P: Ports>(
    ports: &P,
    account: &AccountId,
    character: &CharacterId,
    first: usize,
    urls: &[Url],
) -> Result<(Vec<Looked>, Vec<Warning>), Error> {
    let Collected { photos, warnings, .. } =
        photos::collect(ports, account, character, first, urls, Hashes::Untold, CHECK_FETCH_TIME_MAX).await?;
    let seen = see(ports, (account, character, first), &photos, urls, None).await;
    photos::discard(ports, account, character, (first..).take(photos.len())).await;
    let bytes = photos.iter().map(|photo| (photo.size_bytes, photo.crc32));
    let seen = seen?.into_iter().flatten().zip(bytes);
    let mut looked: Vec<Looked> = seen.map(|(look, bytes)| Looked { look, bytes }).collect();
    for warning in warnings.iter().filter(|warning| warning.code == WarningCode::LocationRemoved) {
        let place = warning.image.checked_sub(first.saturating_add(1));
        if let Some(photo) = place.and_then(|place| looked.get_mut(place)) {
            photo.look.has_place = true;
        }
    }
    Ok((looked, warnings))
}

/// Looks at photos that are kept. Says what their owner may want to change, beside what was told when they came.
///
/// # Errors
/// As [`check`].
pub async fn look<P: Ports>(
    ports: &P,
    account: &AccountId,
    character: &CharacterId,
    photos: &[Photo],
    urls: &[Url],
) -> Result<Vec<Finding>, Error> {
    let give_up_at = ports.now().plus(TIME_MAX);
    Ok(pixels::findings(&see(ports, (account, character, 0), photos, urls, Some(give_up_at)).await?))
}

/// Looks at photos that are kept, the first of which is number `first`, from 0: as many as there is time for.
async fn see<P: Ports>(
    ports: &P,
    (account, character, first): (&AccountId, &CharacterId, usize),
    photos: &[Photo],
    urls: &[Url],
    give_up_at: Option<Timestamp>,
) -> Result<Vec<Option<Look>>, Error> {
    let (mut looks, mut bad) = (Vec::new(), Vec::new());
    for (n, (photo, url)) in photos.iter().zip(urls).enumerate() {
        if give_up_at.is_some_and(|time| ports.now() >= time) {
            looks.push(None);
            continue;
        }
        match one(ports, keys::photo(account, character, first.saturating_add(n)), photo).await? {
            Ok(look) => looks.push(Some(look)),
            Err(error) => {
                let image = n.saturating_add(1);
                bad.push(BadPhoto { image, url: url.to_string(), reason: error.to_string() });
            }
        }
    }
    if bad.is_empty() { Ok(looks) } else { Err(Invalid::Photos { bad, count: urls.len() }.into()) }
}

async fn one<P: Ports>(ports: &P, key: BlobKey, photo: &Photo) -> Result<Result<Look, media::photo::Error>, Error> {
    let blob = Blob { key, location: photo.location, size_bytes: photo.size_bytes };
    Ok(pixels::look(&blobs::whole(ports, &blob).await?))
}

/// What was told when the photos came, and what was found by looking at them: each once, by photo.
pub fn merged(mut warnings: Vec<Warning>, findings: Vec<Finding>) -> Vec<Warning> {
    for finding in findings {
        let image = finding.photo.saturating_add(1);
        let code = code(finding.flaw);
        let is_same = code == WarningCode::NearDuplicate && is_told(&warnings, image, WarningCode::DuplicateImage);
        if !is_same && !is_told(&warnings, image, code) {
            warnings.push(Warning { image, code, message: finding.to_string() });
        }
    }
    warnings.sort_by_key(|warning| warning.image);
    warnings
}

fn is_told(warnings: &[Warning], image: usize, code: WarningCode) -> bool {
    warnings.iter().any(|told| told.image == image && told.code == code)
}

/// The code of a flaw.
const fn code(flaw: Flaw) -> WarningCode {
    match flaw {
        Flaw::Blurred => WarningCode::Blurred,
        Flaw::TooDark => WarningCode::TooDark,
        Flaw::TooBright => WarningCode::TooBright,
        Flaw::NearDuplicate { .. } => WarningCode::NearDuplicate,
        Flaw::SameBackground { .. } => WarningCode::SameBackground,
        Flaw::NotUpright => WarningCode::NotUpright,
        Flaw::NotLookedAt => WarningCode::NotLookedAt,
        Flaw::Small => WarningCode::LowResolution,
        Flaw::Gps => WarningCode::LocationRemoved,
    }
}
