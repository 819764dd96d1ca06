//! A character whose pictures go by its photos is trained on them later. One training at a time: who claims the character adds photos to it, so
//! no two of them add under the same numbers.

use domain::limits::PHOTOS_MAX;
use domain::{AccountId, Character, CharacterId, CharacterState, Photo, TaskId, Warning};
use store::keys;

use crate::character::change;
use crate::{Error, Ports, blobs};

/// Claims a character for a training, as it is; nothing where it is not as it was any more, another training's for example.
///
/// # Errors
/// What the store answers.
pub async fn claim<P: Ports>(ports: &P, character: &Character, training: &TaskId) -> Result<Option<Character>, Error> {
    let Character { account, id, photos, .. } = character;
    let claimed = |current: &Character| {
        let is_free = current.state == CharacterState::Referenced && current.later_training.is_none();
        let as_it_was = is_free && current.photos == *photos;
        as_it_was.then(|| Character { later_training: Some(training.clone()), ..current.clone() })
    };
    change(ports, account, id, claimed).await
}

/// Adds photos to the character that this training claimed; nothing where that was deleted. They stay, whatever comes of the training.
///
/// # Errors
/// What the store answers.
pub async fn add<P: Ports>(
    ports: &P,
    claimed: &Character,
    training: &TaskId,
    photos: &[Photo],
    warnings: &[Warning],
) -> Result<Option<Character>, Error> {
    let added = |current: &Character| {
        (is_claimed(current, training) && !current.is_deleted()).then(|| Character {
            photos: [&claimed.photos, photos].concat(),
            warnings: [&claimed.warnings, warnings].concat(),
            ..current.clone()
        })
    };
    change(ports, &claimed.account, &claimed.id, added).await
}

/// Gives up the claim of a training that came to nothing, and removes the photos that it stored and did not add. Done again later, it removes
/// those that took effect only after that; where another training has the character by then, its own upload sees to them.
///
/// # Errors
/// What the store answers; then the character may be claimed still.
pub async fn unclaim<P: Ports>(
    ports: &P,
    account: &AccountId,
    character: &CharacterId,
    training: &TaskId,
) -> Result<(), Error> {
    let stored: Option<Character> = ports.store().load(&keys::character(account, character)).await?;
    let Some(stored) = stored else { return Ok(()) };
    // While it is claimed: otherwise others may add theirs under these numbers. One that is no reference any more is claimed by nobody.
    let is_open = stored.state == CharacterState::Referenced && !is_claimed(&stored, training);
    let Some(claimed) = (if is_open { claim(ports, &stored, training).await? } else { Some(stored) }) else {
        return Ok(());
    };
    blobs::remove_photos(ports, account, character, claimed.photos.len()..PHOTOS_MAX).await?;
    let freed = |current: &Character| {
        is_claimed(current, training).then(|| Character { later_training: None, ..current.clone() })
    };
    change(ports, account, character, freed).await.map(drop)
}

fn is_claimed(character: &Character, training: &TaskId) -> bool {
    character.later_training.as_ref() == Some(training)
}
