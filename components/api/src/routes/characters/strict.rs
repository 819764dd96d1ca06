//! `strict`: photos that `POST /api/v1/photos/check` would warn of are refused, and nothing is charged.

use domain::{AccountId, CharacterId, Photo, Warning, WarningCode};
use lifecycle::{Ports, looks, photos};
use serde_json::json;
use url::Url;

use crate::{Code, Error};

/// Looks at photos that are kept already, and refuses what is to be changed; then none stays stored.
///
/// # Errors
/// [`Code::PhotosRefused`], with every warning; [`Code::ImageDownloadFailed`] where one cannot be decoded; and what the store answers.
pub(super) async fn look<P: Ports>(
    ports: &P,
    of: (&AccountId, &CharacterId),
    photos: &[Photo],
    urls: &[Url],
    warnings: Vec<Warning>,
) -> Result<Vec<Warning>, Error> {
    let (account, character) = of;
    let seen = looks::look(ports, account, character, photos, urls).await.map_err(Error::from);
    let judged = seen.and_then(|findings| judge(looks::merged(warnings, findings)));
    if judged.is_err() {
        photos::discard(ports, account, character, 0..photos.len()).await;
    }
    judged
}

fn judge(warnings: Vec<Warning>) -> Result<Vec<Warning>, Error> {
    let bad: Vec<&Warning> = warnings.iter().filter(|warning| is_to_be_changed(warning.code)).collect();
    if bad.is_empty() {
        return Ok(warnings);
    }
    let list: Vec<&str> = bad.iter().map(|warning| warning.message.as_str()).collect();
    let message = format!("The photos are refused because `strict` is set, nothing was charged: {}", list.join("; "));
    Err(Error {
        details: bad.iter().map(|warning| json!(warning)).collect(),
        ..Error::new(Code::PhotosRefused, message)
    })
}

/// Whether its owner can do anything about it that makes the pictures better.
const fn is_to_be_changed(code: WarningCode) -> bool {
    !matches!(code, WarningCode::LocationRemoved | WarningCode::NotLookedAt)
}
