//! The open connections: at most so many. Where one more comes, the one that has waited longest for a request is closed, so that peers who send
//! nothing keep nobody out.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// The places of all connections.
pub(crate) struct Connections {
    places: Arc<Semaphore>,
    waiting: Mutex<Waiting>,
    /// Told when a connection begins to wait for a request.
    one_waits: Notify,
}

/// The connections that wait for a request, in the order in which they began to.
#[derive(Default)]
struct Waiting {
    turns: u64,
    by_turn: BTreeMap<u64, Arc<Notify>>,
}

/// The place of a connection, for as long as it is open.
pub(crate) struct Place {
    connections: Arc<Connections>,
    turn: AtomicU64,
    close: Arc<Notify>,
    _permit: OwnedSemaphorePermit,
}

/// Says that a request of a connection is being answered, until it is dropped.
pub(crate) struct Busy(Arc<Place>);

impl Connections {
    /// Places for so many.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { places: Arc::new(Semaphore::new(most)), waiting: Mutex::default(), one_waits: Notify::new() })
    }

    /// A place for a connection that was accepted, once there is one. It waits for its first request from now on.
    pub(crate) async fn place(self: &Arc<Self>) -> Option<Arc<Place>> {
        let permit = loop {
            if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
                break permit;
            }
            let freed = Arc::clone(&self.places).acquire_owned();
            if self.close_one() {
                break freed.await.ok()?;
            }
            // All are busy: either one of them ends, or it waits and can be closed.
            tokio::select! {
                permit = freed => break permit.ok()?,
                () = self.one_waits.notified() => {}
            }
        };
        let place = Arc::new(Place {
            connections: Arc::clone(self),
            turn: AtomicU64::new(0),
            close: Arc::default(),
            _permit: permit,
        });
        place.wait();
        Some(place)
    }

    /// Closes the connection that has waited longest, if any waits.
    fn close_one(&self) -> bool {
        let oldest = self.waiting().by_turn.pop_first();
        oldest.is_some_and(|(_, close)| {
            close.notify_one();
            true
        })
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Is ready when the connection has to be closed.
    pub(crate) async fn closed(&self) {
        self.close.notified().await;
    }

    /// A request has come, and is being answered.
    pub(crate) fn busy(self: &Arc<Self>) -> Busy {
        self.leave();
        Busy(Arc::clone(self))
    }

    fn wait(&self) {
        let mut waiting = self.connections.waiting();
        waiting.turns = waiting.turns.wrapping_add(1);
        let turn = waiting.turns;
        self.turn.store(turn, Ordering::Relaxed);
        waiting.by_turn.insert(turn, Arc::clone(&self.close));
        drop(waiting);
        self.connections.one_waits.notify_one();
    }

    fn leave(&self) {
        self.connections.waiting().by_turn.remove(&self.turn.load(Ordering::Relaxed));
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.wait();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// How long a test waits for what must not come.
    const A_WHILE: Duration = Duration::from_millis(50);

    async fn is_closed(place: &Place) -> bool {
        tokio::time::timeout(A_WHILE, place.closed()).await.is_ok()
    }

    #[tokio::test]
    async fn the_one_that_has_waited_longest_makes_room_for_another() {
        let connections = Connections::new(3);
        let (first, second) = (connections.place().await.unwrap(), connections.place().await.unwrap());
        let third = connections.place().await.unwrap();
        // It was asked something, so it has waited for less long than the others.
        drop(first.busy());
        let fourth = tokio::spawn({
            let connections = Arc::clone(&connections);
            async move { connections.place().await.is_some() }
        });
        assert!(is_closed(&second).await && !is_closed(&first).await && !is_closed(&third).await);
        drop(second);
        assert!(fourth.await.unwrap());
    }

    #[tokio::test]
    async fn one_that_is_being_answered_is_not_closed() {
        let connections = Connections::new(1);
        let only = connections.place().await.unwrap();
        let busy = only.busy();
        let another = tokio::spawn({
            let connections = Arc::clone(&connections);
            async move { connections.place().await.is_some() }
        });
        assert!(!is_closed(&only).await && !another.is_finished());
        drop(busy);
        assert!(is_closed(&only).await, "it waits, and somebody else does for its place");
        drop(only);
        assert!(another.await.unwrap());
    }
}
