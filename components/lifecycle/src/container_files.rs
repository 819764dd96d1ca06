//! What Cog containers upload, and where it is fetched from again.
//!
//! A container is given one address for all it makes, with a code in it that only we can have made: it can send no header. It names its
//! files as it likes, the same ones every time, so each gets an address of its own here, which the answer tells. They are gone a day later.
//!
//! The code is the same for all containers and jobs, and good for as long as the secret it is made with. So it works only in hours in which
//! some task may be at a container, and for so many bytes an hour: who finds it in a container's arguments can fill no disk with it.

use std::time::Duration;

use domain::{BlobLocation, Timestamp, is_same_secret};
use store::{UploadQueue, keys};

use crate::blobs::Blob;
use crate::budget::{self, Budget};
use crate::ports::Body;
use crate::receive::{self, Limit, Received};
use crate::uploads::{self, File, Upload};
use crate::{Error, Invalid, Ports, links};

/// Largest file, in bytes: the tar of a training.
const FILE_BYTES_MAX: u32 = 2_000_000_000;
/// Most bytes in an hour of the clock, all containers together; a file counts with the length it says, and one that says none as the largest.
const COG_BYTES_PER_HOUR_MAX: u64 = 200_000_000_000;
/// The period in which they are counted.
const HOUR: Duration = Duration::from_hours(1);
/// How much longer than its task a container may upload: it is told to stop then, and may be at it.
const OPEN_MARGIN: Duration = Duration::from_mins(10);
/// Hours that are named at once: more than the longest deadline has.
const HOURS_MAX: u64 = 48;
/// Longest time for one; Cog itself gives up after 25 s.
const TIME_MAX: Duration = Duration::from_mins(2);

/// Lets containers upload from now on until this deadline, and a little longer. Before a container is asked.
///
/// Every hour has a record of its own, which says the same whoever writes it: nobody can end what somebody else began.
///
/// # Errors
/// What the store answers; then the container is not to be asked, as nothing that it makes could come here.
pub async fn expect<P: Ports>(ports: &P, deadline: Timestamp) -> Result<(), Error> {
    let (first, last) = (hour(ports.now()), hour(deadline.plus(OPEN_MARGIN)));
    for hour in (first..=last).take(usize::try_from(HOURS_MAX).unwrap_or(usize::MAX)) {
        ports.store().write(&keys::container_hour(hour % HOURS_MAX), &hour).await?;
    }
    Ok(())
}

/// Whether some task may be at a container now.
async fn is_expected<P: Ports>(ports: &P) -> Result<bool, Error> {
    let now = hour(ports.now());
    Ok(ports.store().read(&keys::container_hour(now % HOURS_MAX)).await? == Some(now))
}

/// The hour since 1970.
fn hour(at: Timestamp) -> u64 {
    budget::number(HOUR, at)
}

/// Counts the bytes of a file that is to come against those of this hour.
async fn count<P: Ports>(ports: &P, bytes: u32) -> Result<(), Error> {
    let budget = Budget {
        counter: keys::CONTAINER_BYTES,
        before: keys::container_bytes_before(),
        period: HOUR,
        bytes_max: COG_BYTES_PER_HOUR_MAX,
    };
    if !budget::count(ports, &budget, bytes).await? {
        let message = format!("Containers uploaded as much as they may in an hour: {COG_BYTES_PER_HOUR_MAX} bytes");
        return Err(Invalid::TooLarge(message).into());
    }
    Ok(())
}

/// Takes a file that a container calls by this name; says where it can be fetched.
///
/// # Errors
/// [`Error::NoSuchFile`] while no task may be at a container, [`Invalid::TooLarge`] also for one that is too much for this hour, and those of
/// [`receive::receive`].
pub async fn receive<P: Ports, B: Body>(ports: &P, name: &str, length: Option<u64>, body: B) -> Result<String, Error> {
    let limit = Limit::new(FILE_BYTES_MAX, TIME_MAX, length)?;
    if !is_expected(ports).await? {
        return Err(Error::NoSuchFile);
    }
    count(ports, length.and_then(|length| u32::try_from(length).ok()).unwrap_or(FILE_BYTES_MAX)).await?;
    let id = domain::fresh_id(ports.random());
    let file = File { id, size_bytes: 0, location: BlobLocation::Store };
    let n = uploads::begin(ports, &Upload::File { file: file.clone(), at: ports.now() }).await?;
    let Received { location, size_bytes } =
        receive::receive(ports, &keys::file(&file.id), limit, body, |_| (), None).await?;
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

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use bytes::Bytes;

    use super::*;
    use crate::testing::{Chunks, World, run};

    fn world() -> World {
        World::new(&[("signing_secret", "a secret of sixteen bytes or more")])
    }

    fn put(world: &World, length: Option<u64>) -> Result<String, Error> {
        let body = Chunks(VecDeque::from([Bytes::from_static(b"it")]));
        run(receive(world, "out.webp", length, body))
    }

    #[test]
    fn a_container_can_upload_only_while_a_task_may_be_at_one() {
        let world = world();
        assert!(matches!(put(&world, Some(2)), Err(Error::NoSuchFile)));
        run(expect(&world, world.now().plus(Duration::from_mins(90)))).unwrap();
        // Another one that is over sooner ends nothing.
        run(expect(&world, world.now())).unwrap();
        let url = put(&world, Some(2)).unwrap();
        world.later(Duration::from_mins(95));
        put(&world, Some(2)).unwrap();
        world.later(Duration::from_hours(2));
        assert!(matches!(put(&world, Some(2)), Err(Error::NoSuchFile)));
        world.later(Duration::from_hours(HOURS_MAX - 3));
        assert!(matches!(put(&world, Some(2)), Err(Error::NoSuchFile)), "not two days later either");
        let id = url.rsplit('/').nth(1).unwrap();
        assert!(run(find(&world, 1, id)).unwrap().is_some(), "what was taken is there");
    }

    #[test]
    fn containers_upload_so_much_in_an_hour_and_again_in_the_next() {
        let world = world();
        run(expect(&world, world.now().plus(Duration::from_hours(3)))).unwrap();
        let most = COG_BYTES_PER_HOUR_MAX / u64::from(FILE_BYTES_MAX);
        for _ in 0..most {
            run(count(&world, FILE_BYTES_MAX)).unwrap();
        }
        for length in [Some(2), None] {
            assert!(matches!(put(&world, length), Err(Error::Invalid(Invalid::TooLarge(_)))), "{length:?}");
        }
        world.later(Duration::from_hours(1));
        put(&world, Some(2)).unwrap();
        put(&world, None).unwrap();
    }
}
