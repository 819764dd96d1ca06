//! Room for the bodies that an instance reads at the same time: a request that finds none is refused before it takes any.
//!
//! An instance has 128 MiB for all its requests, up to 16 at once, and running out of it ends them all. So each asks for as much as its body can
//! come to, and gives it back with the body.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::{Code, Error};

/// Memory for the bodies of all requests of an instance together, in bytes: half of what an instance has.
pub const ROOM_BYTES: usize = 64 * 1024 * 1024;

/// How often a body can be there while it is read: its bytes, and where they are moved to when there are more than was known.
pub(crate) const READ_COPIES: usize = 3;
/// How often a body of ours can be there once it is read: its text, the values made of it, those that count, and a copy for each provider. A
/// picture that comes with a request is all of these.
pub(crate) const KEPT_COPIES: usize = 8;
/// How often a provider's report can be there once it is read: its text, what was signed, and the values made of it.
pub(crate) const REPORT_COPIES: usize = 3;
/// Memory for a value or a name beside its bytes: an object with one name takes 416 bytes, which is three of them.
pub(crate) const NODE_BYTES: usize = 160;
/// Memory for a body that is passed on as it comes, in bytes: a piece that has come, one that waits, and the chunk of 256 KiB they become.
pub(crate) const STREAM_BYTES: usize = 1024 * 1024;

/// When to come again where there is no room: most bodies are read in less.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The room of an instance, shared by its requests.
#[derive(Debug, Clone)]
pub struct Room(Rc<Cell<usize>>);

/// A part of it, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    room: Room,
    bytes: Cell<usize>,
}

impl Default for Room {
    fn default() -> Self {
        Self::of(ROOM_BYTES)
    }
}

impl Room {
    /// Room for so many bytes.
    pub fn of(bytes: usize) -> Self {
        Self(Rc::new(Cell::new(bytes)))
    }

    /// Takes a part of it.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`] where there is not so much left.
    pub(crate) fn take(&self, bytes: usize) -> Result<Permit, Error> {
        let permit = Permit { room: self.clone(), bytes: Cell::new(0) };
        permit.resize(bytes)?;
        Ok(permit)
    }
}

impl Permit {
    /// Makes it as large as is needed from now on.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`] where there is not so much left; it stays as it is.
    pub(crate) fn resize(&self, bytes: usize) -> Result<(), Error> {
        let free = self.room.0.get().saturating_add(self.bytes.get());
        let left = free.checked_sub(bytes).ok_or_else(busy)?;
        self.room.0.set(left);
        self.bytes.set(bytes);
        Ok(())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.room.0.set(self.room.0.get().saturating_add(self.bytes.get()));
    }
}

fn busy() -> Error {
    Error::new(Code::StoreUnavailable, "Too much is being read right now; send it again in a moment")
        .retry_after(RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use json::{NODES_MAX, REPORT_NODES_MAX};

    use super::*;
    use crate::body::{BODY_BYTES_MAX, REPORT_BYTES_MAX};

    /// Requests that an instance answers at the same time, on the runner; Spin's default is the same.
    const AT_ONCE: usize = 16;
    /// Memory that an instance has, in bytes.
    const INSTANCE_BYTES: usize = 128 * 1024 * 1024;

    #[test]
    fn what_is_taken_is_not_there_for_others_until_it_is_given_back() {
        let room = Room::of(100);
        let first = room.take(60).unwrap();
        let refused = room.take(41).unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (Code::StoreUnavailable, Some(RETRY_AFTER)));
        let second = room.take(40).unwrap();
        drop(first);
        assert!(room.take(61).is_err());
        drop(second);
        assert!(room.take(100).is_ok());
    }

    #[test]
    fn a_permit_grows_as_far_as_there_is_room_and_stays_as_it_is_where_there_is_none() {
        let room = Room::of(100);
        let (first, second) = (room.take(10).unwrap(), room.take(50).unwrap());
        assert!(first.resize(51).is_err());
        assert!(first.resize(50).is_ok());
        assert!(second.resize(20).is_ok() && first.resize(80).is_ok());
        drop((first, second));
        assert_eq!(room.0.get(), 100);
    }

    #[test]
    fn the_largest_bodies_fit_one_by_one_and_no_number_of_them_fills_an_instance() {
        let largest = [
            BODY_BYTES_MAX * READ_COPIES,
            BODY_BYTES_MAX * KEPT_COPIES + NODES_MAX * NODE_BYTES,
            REPORT_BYTES_MAX * READ_COPIES,
            REPORT_BYTES_MAX * REPORT_COPIES + REPORT_NODES_MAX * NODE_BYTES,
            STREAM_BYTES,
        ];
        for bytes in largest {
            let room = Room::default();
            let taken: Vec<Permit> = (0..AT_ONCE).filter_map(|_| room.take(bytes).ok()).collect();
            assert!(!taken.is_empty(), "{bytes}: none fits");
            assert!(taken.len() * bytes <= ROOM_BYTES && ROOM_BYTES <= INSTANCE_BYTES / 2);
        }
        let bodies: Vec<_> = (0..AT_ONCE).map(|_| Room::default().take(BODY_BYTES_MAX * READ_COPIES)).collect();
        assert!(bodies.iter().all(Result::is_ok), "all that an instance answers at once can be read");
    }
}
