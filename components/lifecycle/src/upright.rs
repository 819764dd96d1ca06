//! A photo that is kept turned or mirrored, kept anew as it is shown: trainers may not read what turns it.

use std::time::Duration;

use bytes::Bytes;
use domain::{Format, Timestamp};
use http::StatusCode;
use media::photo::{Inspection, Intake, Taken};

use crate::blobs::{self, Blob, Reader};
use crate::download::{DownloadError, Kept, inspect};
use crate::fetch::within;
use crate::links::Rewriting;
use crate::pieces::Pieces;
use crate::ports::Body;
use crate::rewriting::{self, Failed};
use crate::{Error, Ports};

/// Largest photo that is kept anew, in bytes: it is there whole. Of 2,048 x 2,730 pixels, the most that a photo of a phone becomes, it is half
/// of that.
const TURNED_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long is waited where another picture is being written.
const PAUSE: Duration = Duration::from_secs(1);

/// Keeps a photo anew in its own place, upright. Nothing where that cannot be had until `give_up_at`: then it is as it was.
///
/// # Errors
/// What the store or the bucket answers while it is kept anew; then it may be gone.
pub(crate) async fn turn<P: Ports>(
    ports: &P,
    blob: &Blob,
    give_up_at: Timestamp,
    intake: Intake,
) -> Result<Option<Kept<Taken>>, Error> {
    let Some(photo) = patiently(ports, blob, give_up_at).await else { return Ok(None) };
    // It is shorter now, and nothing may be left behind its end.
    blobs::remove(ports, &blob.key).await?;
    let size_bytes = u32::try_from(photo.len()).ok();
    let kept = inspect(ports, &blob.key, size_bytes, intake, photo.into()).await;
    kept.map(Some).map_err(|error| match error {
        DownloadError::Store(error) => error.into(),
        DownloadError::Permanent(reason) | DownloadError::Transient(reason) => Error::internal(reason),
    })
}

/// Asks until there is room for the photo, or the time is over.
async fn patiently<P: Ports>(ports: &P, blob: &Blob, give_up_at: Timestamp) -> Option<Bytes> {
    let left = || give_up_at.since(ports.now());
    while !left().is_zero() {
        match within(ports, left(), once(ports, blob)).await.unwrap_or(Err(Failed::Busy)) {
            Ok(photo) => return photo,
            Err(Failed::Busy) => ports.sleep(PAUSE.min(left())).await,
            Err(Failed::Refused(reason) | Failed::Unanswered(reason)) => {
                ports.log(&format!("a photo is not turned: the function for that, or the photo, {reason}"));
                return None;
            }
            Err(Failed::Source(error)) => {
                ports.log(&format!("a photo is not turned: {error:?}"));
                return None;
            }
        }
    }
    None
}

/// Has the photo turned; nothing where it is of a kind that is not decoded, or what comes back is none.
async fn once<P: Ports>(ports: &P, blob: &Blob) -> Result<Option<Bytes>, Failed> {
    let photo = Pieces::Kept(Reader::new(blob.clone()));
    let sent = rewriting::send(ports, Rewriting::Upright, blob.size_bytes, photo).await?;
    Ok(if sent.status() == StatusCode::OK { upright(sent.into_body()).await } else { None })
}

/// The photo of an answer, where it is one.
async fn upright<B: Body>(mut body: B) -> Option<Bytes> {
    let (mut bytes, mut inspection) = (Vec::new(), Inspection::new());
    while let Some(piece) = body.chunk().await.ok()? {
        if bytes.len().saturating_add(piece.len()) > TURNED_BYTES_MAX {
            return None;
        }
        inspection.push(&piece).ok()?;
        bytes.extend_from_slice(&piece);
    }
    let photo = inspection.finish().ok()?;
    (photo.format == Format::Jpeg).then(|| bytes.into())
}

#[cfg(test)]
mod tests {
    use domain::{AccountId, CharacterId, Photo, WarningCode};
    use store::keys;

    use super::*;
    use crate::photos::{self, Hashes};
    use crate::ports::SendError;
    use crate::testing::{World, run};

    fn world() -> World {
        World::new(&[("public_url", "https://us.example"), ("signing_secret", "a secret of sixteen bytes or more")])
    }

    fn fixture() -> Vec<u8> {
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/photos/portrait-01.jpg")).unwrap()
    }

    /// The same photo, said to be shown turned by a quarter.
    fn turned() -> Vec<u8> {
        let exif = [&b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06"[..], &[0; 6]].concat();
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let mut photo = fixture();
        photo.splice(2..2, [b"\xff\xe1", &length[..], &exif].concat());
        photo
    }

    /// What is kept of a photo that is turned where this is answered: its document, its bytes, and what is told of it.
    fn collected(world: &World, answers: &[Result<(u16, Vec<u8>), SendError>]) -> (Photo, Vec<u8>, Vec<WarningCode>) {
        let account = AccountId::from_random([1; 16]);
        let character: CharacterId = keys::new_character(&account, [3; 16]).0;
        world.answers(200, turned());
        world.takes(answers.iter().cloned());
        let url = url::Url::parse("https://strangers.example/photo").unwrap();
        let kept = run(photos::collect_upright(world, &account, &character, 0, &[url], Hashes::Told));
        let (mut photos, warnings) = kept.unwrap();
        let photo = photos.pop().unwrap();
        let key = keys::photo(&account, &character, 0);
        let bytes = run(blobs::whole(world, &Blob { key, location: photo.location, size_bytes: photo.size_bytes }));
        (photo, bytes.unwrap().into(), warnings.into_iter().map(|warning| warning.code).collect())
    }

    #[test]
    fn a_turned_photo_is_kept_as_it_is_shown_once_there_is_room_for_it() {
        let world = world();
        // What stands there is shorter than what did.
        let (photo, kept, warnings) = collected(&world, &[Ok((503, Vec::new())), Ok((200, fixture()))]);
        assert!(kept == fixture(), "{} bytes of {}", kept.len(), fixture().len());
        let sent = world.uploaded().iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sent, [turned().len(); 2]);
        assert_eq!((photo.size_bytes as usize, photo.format, warnings), (kept.len(), Format::Jpeg, Vec::new()));
        assert_eq!(photo.sha256, Some(domain::Digest::of(&kept)), "it is told with the hash of what is kept");
        assert_eq!(world.sent_to()[0].path(), "/pictures/upright");
    }

    #[test]
    fn a_photo_that_cannot_be_turned_stays_as_it_is_and_that_is_told() {
        let gone = || Err(SendError::NotConnected);
        let answers = [
            vec![Ok((204, Vec::new()))],
            vec![Ok((422, Vec::new()))],
            vec![gone(), gone()],
            vec![Ok((200, b"no photo".to_vec()))],
            // For as long as that is waited for.
            (0..30).map(|_| Ok((503, Vec::new()))).collect(),
        ];
        for answers in answers {
            let (photo, kept, warnings) = collected(&world(), &answers);
            assert_eq!((photo.size_bytes as usize, warnings), (turned().len(), vec![WarningCode::NotUpright]));
            let told = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06";
            assert!(kept.windows(told.len()).any(|bytes| bytes == told), "it says how it is to be shown");
        }
    }
}
