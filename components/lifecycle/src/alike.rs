//! Where the pictures are that look like a given one: for whoever finds a copy somewhere that was saved anew, which has other bytes.
//!
//! The sweep looks at what was delivered, a picture at a time, along the entries that settled tasks: what delivers pictures has no room for what
//! decodes them. What a picture looks like is written into its task, and the result's name into one document for each band of its perceptual
//! hash. A copy has at least one band in common with it.
//!
//! | who dies | what stays |
//! |---|---|
//! | before the task says it | nothing; the next round looks again |
//! | before all bands list it | the next round goes on, for the sweep's mark is not written yet |
//! | the deletion, anywhere | its repetition knows from the task what to take off the lists |
//! | the sweep, while the task is deleted beside it | a name on a list that finds nothing: who reads it looks at the task |

use std::collections::{BTreeMap, VecDeque};

use domain::{Account, BANDS, Entry, File, Media, PerceptualHash, Task, TaskState};
use media::photo::PHOTO_BYTES_MAX;
use pixels::perceptual_hash;
use serde::{Deserialize, Serialize};
use store::{Decision, Document, keys};

use crate::blobs::{self, Blob};
use crate::made::{self, Made};
use crate::{Error, Ports, first_use, history, links};

/// Results that one value of one band lists, at most: some 60 KB. One more drops the oldest.
const LISTED_MAX: usize = 500;
/// Results whose tasks are looked at for one question, at most: those that are most alike.
const LOOKED_UP_MAX: usize = 8;

/// The results that have a value in a band, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Band {
    pictures: VecDeque<Listed>,
}

/// A result and what it looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    hash: PerceptualHash,
    /// Its name, as its URL has it.
    name: String,
}

impl Document for Band {}

impl Band {
    /// With one more; nothing where it is there.
    fn with(&self, picture: &Listed) -> Option<Self> {
        if self.pictures.contains(picture) {
            return None;
        }
        let surplus = self.pictures.len().saturating_add(1).saturating_sub(LISTED_MAX);
        let pictures = self.pictures.iter().skip(surplus).chain([picture]).cloned().collect();
        Some(Self { pictures })
    }

    /// Without one; nothing where it is not there.
    fn without(&self, picture: &Listed) -> Option<Self> {
        let left: VecDeque<_> = self.pictures.iter().filter(|listed| *listed != picture).cloned().collect();
        (left.len() < self.pictures.len()).then_some(Self { pictures: left })
    }
}

/// Looks at the pictures of the task that an entry settled, and lists them.
///
/// # Errors
/// What kept it from being done now; it can be tried again.
pub async fn look<P: Ports>(ports: &P, account: &Account, entry: &Entry) -> Result<(), Error> {
    let Some(task) = history::settled(ports, account, entry).await? else { return Ok(()) };
    let TaskState::Delivered { files, .. } = &task.state else { return Ok(()) };
    let mut hashes = Vec::with_capacity(files.len());
    for (n, file) in files.iter().enumerate() {
        hashes.push(hash_of(ports, &task, n, file).await?);
    }
    let key = keys::task(&task.account, &task.id);
    let noted = ports.store().update(&key, |current: &Task| match current.looked_at(&hashes) {
        Some(next) => Decision::Write(next.clone(), next),
        None => Decision::Keep(current.clone()),
    });
    let task = noted.await?;
    let listed = pictures(&task);
    if listed.is_empty() {
        return Ok(());
    }
    for picture in &listed {
        list(ports, picture).await?;
    }
    // It was deleted meanwhile: what is listed since, the deletion may have missed.
    if ports.store().load(&key).await?.is_none_or(|stored: Task| stored.erased_at.is_some()) {
        forget(ports, &task).await?;
    }
    Ok(())
}

/// What a file of a task looks like; nothing where it is no picture that can be decoded, or is gone.
async fn hash_of<P: Ports>(ports: &P, task: &Task, n: usize, file: &File) -> Result<Option<PerceptualHash>, Error> {
    let is_decoded = matches!(file.media, Media::Jpeg | Media::Png | Media::Webp) && file.size_bytes <= PHOTO_BYTES_MAX;
    let is_over = match &task.state {
        TaskState::Delivered { at, .. } => at.plus(ports.config().results_kept) <= ports.now(),
        _ => true,
    };
    if file.perceptual_hash.is_some() || !is_decoded || is_over || task.erased_at.is_some() {
        return Ok(file.perceptual_hash);
    }
    let key = keys::result(&task.account, &task.id, n);
    match blobs::whole(ports, &Blob { key, location: file.location, size_bytes: file.size_bytes }).await {
        Ok(bytes) => Ok(perceptual_hash(&bytes)),
        Err(store::Error::Missing { .. }) => Ok(None),
        // One that cannot be read keeps no other, and is tried again for a while.
        Err(error) => {
            let cause = format!("file {n} of {}: {error}", task.id);
            Err(Error::NotYet { what: "A picture cannot be looked at yet", cause })
        }
    }
}

/// The files of a task of which it is known what they look like.
fn pictures(task: &Task) -> Vec<Listed> {
    let TaskState::Delivered { files, .. } = &task.state else { return Vec::new() };
    let known = files.iter().enumerate().filter_map(|(n, file)| {
        let hash = file.perceptual_hash?;
        Some(Listed { hash, name: links::result_name(task, n, file) })
    });
    known.collect()
}

async fn list<P: Ports>(ports: &P, picture: &Listed) -> Result<(), Error> {
    for (band, bits) in (0..BANDS).zip(picture.hash.bands()) {
        let place = keys::new_alike(band, bits);
        let listed = first_use::update(ports, &place, keys::alikes(band, bits), |current: &Band| {
            current.with(picture).map_or(Decision::Keep(()), |next| Decision::Write(next, ()))
        });
        listed.await?;
    }
    Ok(())
}

/// The files that look like this picture, those that are most alike first; none that was deleted, and none where it cannot be decoded.
///
/// # Errors
/// What the store answers.
pub async fn of<P: Ports>(ports: &P, picture: &[u8]) -> Result<Vec<Made>, Error> {
    match perceptual_hash(picture) {
        Some(hash) => find(ports, hash).await,
        None => Ok(Vec::new()),
    }
}

async fn find<P: Ports>(ports: &P, hash: PerceptualHash) -> Result<Vec<Made>, Error> {
    let mut alike = BTreeMap::new();
    for (band, bits) in (0..BANDS).zip(hash.bands()) {
        let Some(Band { pictures }) = ports.store().load(&keys::alike(band, bits)).await? else { continue };
        let of_it = pictures.into_iter().filter(|picture| picture.hash.is_alike(hash));
        alike.extend(of_it.map(|picture| ((picture.hash.differs_by(hash), picture.name), picture.hash)));
    }
    let mut found = Vec::new();
    for ((_, name), hash) in alike.into_iter().take(LOOKED_UP_MAX) {
        let made = made::named(ports, &name).await?;
        found.extend(made.filter(|made| made.file.perceptual_hash == Some(hash)));
    }
    Ok(found)
}

/// Takes the files of a task off the lists.
///
/// # Errors
/// What the store answers; a repetition removes what is left.
pub async fn forget<P: Ports>(ports: &P, task: &Task) -> Result<(), Error> {
    for picture in pictures(task) {
        for (band, bits) in (0..BANDS).zip(picture.hash.bands()) {
            let key = keys::alike(band, bits);
            let unlisted = ports.store().update(&key, |current: &Band| {
                current.without(&picture).map_or(Decision::Keep(()), |next| Decision::Write(next, ()))
            });
            match unlisted.await {
                Ok(()) | Err(store::Error::Missing { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
