//! What an account has here of its own files, so that no account fills the storage; and which attempt to put a file here was the first to end.
//!
//! It all stands in one document of the account, which changes by compare-and-swap and forgets by itself what is over.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Decision, Document, keys};

use crate::budget::{self, Budget};
use crate::config::Room;
use crate::uploads::File;
use crate::{Error, Invalid, Ports, blobs, first_use};

/// When to come again where it is not known when there is room.
const MOMENT: Duration = Duration::from_millis(300);
/// The period in which all accounts' uploads are counted.
const DAY: Duration = Duration::from_hours(24);

/// An account's files, by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelf {
    files: BTreeMap<String, Place>,
}

impl Document for Shelf {}

/// What is kept for one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// How many bytes it has, or may have as long as it is not there.
    bytes: u32,
    /// When it counts no more.
    ends: Timestamp,
    /// The file, once all of it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<File>,
}

/// What an account has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Bytes.
    pub bytes: u64,
    /// Files.
    pub files: u32,
}

/// There is no room for one more file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Full {
    /// When the next one is over that takes up room.
    until: Option<Timestamp>,
}

impl Shelf {
    /// Without what is over.
    fn at(&self, now: Timestamp) -> Self {
        let files = self.files.iter().filter(|(_, place)| place.ends > now);
        Self { files: files.map(|(id, place)| (id.clone(), place.clone())).collect() }
    }

    fn left(&self, room: Room) -> Left {
        let bytes = self.files.values().fold(0_u64, |sum, place| sum.saturating_add(place.bytes.into()));
        let files = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        Left { bytes: room.bytes.saturating_sub(bytes), files: room.files.saturating_sub(files) }
    }

    /// With room for one more file.
    fn reserved(&self, id: &str, place: Place, room: Room, now: Timestamp) -> Result<Self, Full> {
        let mut next = self.at(now);
        let left = next.left(room);
        if left.files == 0 || left.bytes < place.bytes.into() {
            return Err(Full { until: next.files.values().map(|place| place.ends).min() });
        }
        next.files.insert(id.to_owned(), place);
        Ok(next)
    }

    /// With a file that is there now; nothing where there is one already.
    fn placed(&self, id: &str, file: File, ends: Timestamp, now: Timestamp) -> Option<Self> {
        let mut next = self.at(now);
        if next.file(id).is_some() {
            return None;
        }
        next.files.insert(id.to_owned(), Place { bytes: file.size_bytes, ends, file: Some(file) });
        Some(next)
    }

    fn file(&self, id: &str) -> Option<&File> {
        self.files.get(id)?.file.as_ref()
    }
}

/// Reserves room for a file of at most so many bytes, until then; says what is left.
///
/// # Errors
/// [`Invalid::NoRoom`], and what the store answers.
pub async fn reserve<P: Ports>(
    ports: &P,
    account: &AccountId,
    id: &str,
    bytes: u32,
    ends: Timestamp,
) -> Result<Left, Error> {
    let (room, now) = (ports.config().upload_room, ports.now());
    let reserved =
        update(ports, account, |shelf| match shelf.reserved(id, Place { bytes, ends, file: None }, room, now) {
            Ok(next) => {
                let left = next.left(room);
                Decision::Write(next, Ok(left))
            }
            Err(full) => Decision::Keep(Err(full)),
        });
    let left = reserved.await?.map_err(|Full { until }| {
        let message = format!(
            "The account may have {} uploads of {} bytes in all, and has no room for this one until some are over",
            room.files, room.bytes
        );
        Error::from(Invalid::NoRoom { message, after: until.map_or(MOMENT, |until| until.since(now)) })
    })?;
    let budget = Budget {
        counter: keys::UPLOAD_BYTES,
        before: keys::upload_bytes_before(),
        period: DAY,
        bytes_max: room.bytes_per_day,
    };
    if budget::count(ports, &budget, bytes).await? {
        return Ok(left);
    }
    release(ports, account, id).await;
    let message = "All accounts together uploaded as much today as this deployment takes in a day".to_owned();
    Err(Invalid::NoRoom { message, after: budget::until_next(DAY, now) }.into())
}

/// Says that a file is there, unless another attempt was faster: whether this one counts. It does until then.
///
/// # Errors
/// What the store answers; then it is not known which one counts.
pub async fn place<P: Ports>(
    ports: &P,
    account: &AccountId,
    id: &str,
    file: &File,
    ends: Timestamp,
) -> Result<bool, Error> {
    let now = ports.now();
    let placed = update(ports, account, |shelf| match shelf.placed(id, file.clone(), ends, now) {
        Some(next) => Decision::Write(next, true),
        // Whoever repeats it is told the same.
        None => Decision::Keep(shelf.file(id).is_some_and(|known| known.id == file.id)),
    });
    placed.await
}

/// Gives up the room of a file that did not come. What fails here only keeps it until it is over by itself.
pub async fn release<P: Ports>(ports: &P, account: &AccountId, id: &str) {
    let released = update(ports, account, |shelf| {
        let mut next = shelf.clone();
        match next.files.remove(id) {
            Some(Place { file: None, .. }) => Decision::Write(next, ()),
            _ => Decision::Keep(()),
        }
    });
    if let Err(error) = released.await {
        ports.log(&format!("the room of a file of {account} is given up later: {error}"));
    }
}

/// Removes the bytes of all files of an account that is no more.
///
/// # Errors
/// What the store or the bucket answers; a repetition goes on.
pub async fn clear<P: Ports>(ports: &P, account: &AccountId) -> Result<(), Error> {
    let Some(shelf) = ports.store().load(&keys::shelf::<Shelf>(account)).await? else { return Ok(()) };
    for (id, place) in &shelf.files {
        // A file that came within a request has the id that it was announced by.
        for id in std::iter::once(id).chain(place.file.as_ref().map(|file| &file.id)) {
            blobs::remove(ports, &keys::file(id)).await?;
        }
    }
    // What was put there since stays on it, and ends as it would.
    let emptied = update(ports, account, |current| {
        if *current == shelf { Decision::Write(Shelf::default(), ()) } else { Decision::Keep(()) }
    });
    emptied.await
}

/// The file of this id, if all of it is there.
///
/// # Errors
/// What the store answers.
pub async fn find<P: Ports>(ports: &P, account: &AccountId, id: &str) -> Result<Option<File>, Error> {
    let shelf = ports.store().load(&keys::shelf::<Shelf>(account)).await?;
    Ok(shelf.and_then(|shelf| shelf.file(id).cloned()))
}

async fn update<P: Ports, R>(
    ports: &P,
    account: &AccountId,
    decide: impl Fn(&Shelf) -> Decision<Shelf, R>,
) -> Result<R, Error> {
    first_use::update(ports, &keys::new_shelf(account), keys::shelves(account), decide).await
}

#[cfg(test)]
mod tests {
    use domain::BlobLocation;

    use super::*;
    use crate::testing::{World, run};

    const ROOM: Room = Room { bytes: 100, files: 3, bytes_per_day: 1_000 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn place(bytes: u32, ends: i64) -> Place {
        Place { bytes, ends: at(ends), file: None }
    }

    fn file(id: &str, size_bytes: u32) -> File {
        File { id: id.to_owned(), size_bytes, location: BlobLocation::Store }
    }

    #[test]
    fn there_is_room_for_so_many_files_and_bytes_until_some_are_over() {
        let mut shelf = Shelf::default().reserved("a", place(40, 10), ROOM, at(0)).unwrap();
        shelf = shelf.reserved("b", place(60, 20), ROOM, at(0)).unwrap();
        assert_eq!(shelf.left(ROOM), Left { bytes: 0, files: 1 });
        assert_eq!(shelf.reserved("c", place(1, 30), ROOM, at(9)), Err(Full { until: Some(at(10)) }));
        shelf = shelf.reserved("c", place(1, 30), ROOM, at(10)).unwrap();
        shelf = shelf.reserved("d", place(1, 40), ROOM, at(10)).unwrap();
        assert_eq!(shelf.left(ROOM), Left { bytes: 38, files: 0 });
        assert!(shelf.reserved("e", place(1, 40), ROOM, at(10)).is_err());
    }

    #[test]
    fn a_file_takes_up_what_it_has_and_the_first_one_counts() {
        let shelf = Shelf::default().reserved("a", place(100, 10), ROOM, at(0)).unwrap();
        let shelf = shelf.placed("a", file("first", 7), at(50), at(5)).unwrap();
        assert_eq!(shelf.left(ROOM), Left { bytes: 93, files: 2 });
        assert_eq!(shelf.placed("a", file("second", 9), at(50), at(6)), None);
        assert_eq!(shelf.file("a").map(|file| file.id.as_str()), Some("first"));
        // One that was announced before there was this document is there all the same.
        assert!(shelf.placed("b", file("third", 9), at(50), at(6)).is_some());
    }

    #[test]
    fn all_accounts_together_upload_so_much_in_a_day_and_again_in_the_next() {
        let world = World::new(&[("upload_gigabytes_per_day", "1")]);
        run(async {
            let reserve = async |n: u8, id: &str| {
                let (account, ends) = (AccountId::from_random([n; 16]), world.now().plus(DAY));
                reserve(&world, &account, id, 400_000_000, ends).await
            };
            reserve(1, "a").await.unwrap();
            reserve(2, "a").await.unwrap();
            for _ in 0..2 {
                let refused = reserve(3, "a").await.unwrap_err();
                let Error::Invalid(Invalid::NoRoom { after, .. }) = refused else { panic!("{refused}") };
                assert_eq!(after, budget::until_next(DAY, world.now()));
            }
            world.later(budget::until_next(DAY, world.now()));
            assert_eq!(reserve(3, "a").await.unwrap().files, 499, "what was refused takes up no room");
        });
    }
}
