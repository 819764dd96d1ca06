//! In which order things are made: first those that somebody waits for, as they were asked for, then the others.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Names of what is still to be made.
#[derive(Debug)]
pub(crate) struct Order(Mutex<Line>);

#[derive(Debug)]
struct Line {
    names: VecDeque<String>,
    /// How many at its front are waited for.
    asked: usize,
}

impl Order {
    /// This order, as long as nobody asks.
    pub(crate) fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(Mutex::new(Line { names: names.into_iter().collect(), asked: 0 }))
    }

    /// Puts one behind those that were asked for before, and before all others.
    pub(crate) fn ask(&self, name: &str) {
        let mut line = self.line();
        let at = line.names.iter().position(|known| known == name);
        if let Some(at) = at.filter(|at| *at >= line.asked)
            && let Some(name) = line.names.remove(at)
        {
            let behind = line.asked;
            line.names.insert(behind, name);
            line.asked = behind.saturating_add(1);
        }
    }

    /// Takes the next one; nothing after the last.
    pub(crate) fn next(&self) -> Option<String> {
        let mut line = self.line();
        line.asked = line.asked.saturating_sub(1);
        line.names.pop_front()
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_comes_first_in_the_order_of_asking() {
        let order = Order::new(["a", "b", "c", "d"].map(str::to_owned));
        order.ask("d");
        order.ask("b");
        order.ask("d");
        order.ask("nobody");
        let taken: Vec<_> = std::iter::from_fn(|| order.next()).collect();
        assert_eq!(taken, ["d", "b", "a", "c"]);
        order.ask("a");
        assert_eq!(order.next(), None);
    }

    #[test]
    fn who_asks_later_does_not_come_before_what_was_asked_for() {
        let order = Order::new(["a", "b", "c"].map(str::to_owned));
        order.ask("c");
        assert_eq!(order.next().as_deref(), Some("c"));
        order.ask("b");
        assert_eq!((order.next().as_deref(), order.next().as_deref()), (Some("b"), Some("a")));
    }
}
