//! Photos looked at before a training is paid for: decoded one at a time, and told what their owner may want to change.

use std::time::Duration;

use domain::{AccountId, CharacterId, Photo, Warning, WarningCode};
use media::photo::PHOTO_BYTES_MAX;
use pixels::{Finding, Flaw, Look};
use store::keys;
use url::Url;

use crate::blobs::{self, Blob};
use crate::photos::Hashes;
use crate::uploads::{self, Upload};
use crate::{BadPhoto, Error, Invalid, Ports, photos};

/// Memory for a set whose photos are looked at, in bytes: the file of one of them, and as much again towards what decoding takes. Only one photo
/// is decoded at a time, whoever's; so this bounds how many files wait beside it.
pub const LOOK_BYTES: usize = 2 * PHOTO_BYTES_MAX as usize;
/// Longest time for looking at a set: below the request limit of the platforms, with the time for fetching it.
const TIME_MAX: Duration = Duration::from_secs(20);

/// Fetches photos, looks at them, and removes them again. Says what their owner may want to change.
///
/// # Errors
/// [`Invalid::Photos`] lists every photo that cannot be used, also of those that cannot be decoded. And what the store answers.
pub async fn check<P: Ports>(ports: &P, account: &AccountId, urls: &[Url]) -> Result<Vec<Warning>, Error> {
    let ((character, _), (training, _)) =
        (keys::new_character(account, ports.random()), keys::new_task(account, ports.random()));
    // Whoever dies here leaves photos that no character knows.
    let upload = Upload::Photos { account: account.clone(), character: character.clone(), training, at: ports.now() };
    let n = uploads::begin(ports, &upload).await?;
    let seen = async {
        let (kept, warnings) = photos::collect(ports, account, &character, 0, urls, Hashes::Untold).await?;
        let seen = look(ports, account, &character, &kept, urls).await;
        photos::discard(ports, account, &character, 0..kept.len()).await;
        Ok(merged(warnings, seen?))
    };
    let warnings = seen.await;
    uploads::end(ports, &upload, n).await;
    warnings
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
    let (mut looks, mut bad) = (Vec::new(), Vec::new());
    for (n, (photo, url)) in photos.iter().zip(urls).enumerate() {
        if ports.now() >= give_up_at {
            looks.push(None);
            continue;
        }
        match one(ports, keys::photo(account, character, n), photo).await? {
            Ok(look) => looks.push(Some(look)),
            Err(error) => {
                let image = n.saturating_add(1);
                bad.push(BadPhoto { image, url: url.to_string(), reason: error.to_string() });
            }
        }
    }
    if !bad.is_empty() {
        return Err(Invalid::Photos { bad, count: urls.len() }.into());
    }
    Ok(pixels::findings(&looks))
}

async fn one<P: Ports>(
    ports: &P,
    key: store::BlobKey,
    photo: &Photo,
) -> Result<Result<Look, media::photo::Error>, Error> {
    let blob = Blob { key, location: photo.location, size_bytes: photo.size_bytes };
    Ok(pixels::look(&blobs::whole(ports, &blob).await?))
}

/// What was told when the photos came, and what was found by looking at them: each once, by photo.
pub fn merged(mut warnings: Vec<Warning>, findings: Vec<Finding>) -> Vec<Warning> {
    let is_told =
        |warnings: &[Warning], image, code| warnings.iter().any(|told| told.image == image && told.code == code);
    for finding in findings {
        let image = finding.photo.saturating_add(1);
        let Some(code) = code(finding.flaw) else { continue };
        let is_same = code == WarningCode::NearDuplicate && is_told(&warnings, image, WarningCode::DuplicateImage);
        if !is_same && !is_told(&warnings, image, code) {
            warnings.push(Warning { image, code, message: finding.to_string() });
        }
    }
    warnings.sort_by_key(|warning| warning.image);
    warnings
}

/// The code of a flaw; nothing where that is told when a photo comes.
const fn code(flaw: Flaw) -> Option<WarningCode> {
    match flaw {
        Flaw::Blurred => Some(WarningCode::Blurred),
        Flaw::TooDark => Some(WarningCode::TooDark),
        Flaw::TooBright => Some(WarningCode::TooBright),
        Flaw::NearDuplicate { .. } => Some(WarningCode::NearDuplicate),
        Flaw::SameBackground { .. } => Some(WarningCode::SameBackground),
        Flaw::NotUpright => Some(WarningCode::NotUpright),
        Flaw::NotLookedAt => Some(WarningCode::NotLookedAt),
        Flaw::Small | Flaw::Gps => None,
    }
}
