//! Whose turn it is to change a value of a store. A swap that another one beats was made for nothing, and where many change one value most
//! would be. So whoever reads a value to swap it has a turn until it did, and the others wait, in their order of arrival.
//!
//! Nothing depends on it: a swap compares, whoever's turn it is. So nobody waits long, and an instance that has a turn waits for no other, or
//! two could wait for each other.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

/// Longest time that somebody waits for a turn: then it goes on without.
const WAIT_MAX: Duration = Duration::from_millis(250);

/// A store's label, and a key in it.
type Name = (Arc<str>, String);
type Line = Arc<tokio::sync::Mutex<()>>;

/// The values that somebody changes now.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<Name, Line>>);

/// A turn. When it goes, the next one's begins.
pub(crate) struct Turn {
    guard: Option<OwnedMutexGuard<()>>,
    name: Name,
    turns: Arc<Turns>,
    _of: Instance,
}

/// Stands for an instance: clones of one are the same.
#[derive(Clone, Default)]
pub(crate) struct Instance(Arc<()>);

impl Turns {
    /// Waits for a turn; nothing where it takes too long.
    pub(crate) async fn take(self: &Arc<Self>, instance: &Instance, label: &Arc<str>, key: &str) -> Option<Turn> {
        let name = (Arc::clone(label), key.to_owned());
        let line = Arc::clone(self.lines().entry(name.clone()).or_default());
        let guard = if instance.has_turns() {
            line.try_lock_owned().ok()
        } else {
            tokio::time::timeout(WAIT_MAX, line.lock_owned()).await.ok()
        };
        if guard.is_none() {
            self.forget(&name);
        }
        guard.map(|guard| Turn { guard: Some(guard), name, turns: Arc::clone(self), _of: instance.clone() })
    }

    /// Forgets a line in which nobody is.
    fn forget(&self, name: &Name) {
        let mut lines = self.lines();
        if lines.get(name).is_some_and(|line| Arc::strong_count(line) == 1) {
            lines.remove(name);
        }
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Name, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.guard.take());
        self.turns.forget(&self.name);
    }
}

impl Instance {
    /// Each turn has a clone.
    fn has_turns(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turns")
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn label() -> Arc<str> {
        "default".into()
    }

    #[tokio::test]
    async fn turns_come_in_the_order_of_arrival_and_nothing_stays_of_them() {
        let turns = Arc::new(Turns::default());
        let first = turns.take(&Instance::default(), &label(), "a").await.unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let waiting: Vec<_> = (0..5)
            .map(|n| {
                let (turns, order) = (Arc::clone(&turns), Arc::clone(&order));
                tokio::spawn(async move {
                    let turn = turns.take(&Instance::default(), &label(), "a").await;
                    order.lock().unwrap().push((n, turn.is_some()));
                })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(order.lock().unwrap().is_empty());
        drop(first);
        for waiting in waiting {
            waiting.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4].map(|n| (n, true)));
        assert!(turns.lines().is_empty());
    }

    #[tokio::test]
    async fn nobody_waits_long_and_an_instance_that_has_a_turn_not_at_all() {
        let turns = Arc::new(Turns::default());
        let (one, other) = (Instance::default(), Instance::default());
        let has = turns.take(&one, &label(), "a").await.unwrap();
        assert!(turns.take(&other, &label(), "a").await.is_none(), "in the end it goes on without");
        let others = turns.take(&other, &label(), "b").await.unwrap();
        let at_once = turns.take(&one, &label(), "b").now_or_never();
        assert!(at_once.is_some_and(|turn| turn.is_none()));
        assert!(turns.take(&one, &label(), "c").await.is_some());
        drop((has, others));
        assert!(turns.take(&one, &label(), "b").await.is_some());
        assert!(turns.lines().is_empty());
    }
}
