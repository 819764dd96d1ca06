//! How often a component calls its host: a number that no clock and no load of the machine changes.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How often the instances of a component called their host, by interface and function: each as its WIT names it, such as
/// `wasi:keyvalue/atomics` and `swap`, without a version and without the resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostCalls(BTreeMap<(&'static str, &'static str), u64>);

impl HostCalls {
    /// How often this function was called.
    pub fn count(&self, interface: &str, function: &str) -> u64 {
        self.iter().filter(|((of, name), _)| (*of, *name) == (interface, function)).map(|(_, count)| count).sum()
    }

    /// How often the functions of this interface were called, all together.
    pub fn of(&self, interface: &str) -> u64 {
        self.iter().filter(|((of, _), _)| *of == interface).map(|(_, count)| count).sum()
    }

    /// What was called since an earlier look; what was not called is left out.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let more = self.iter().map(|((of, name), count)| ((of, name), count.saturating_sub(earlier.count(of, name))));
        Self(more.filter(|(_, count)| *count > 0).collect())
    }

    /// Interface, function and count of all that was called.
    pub fn iter(&self) -> impl Iterator<Item = ((&'static str, &'static str), u64)> {
        self.0.iter().map(|(name, count)| (*name, *count))
    }
}

/// Counts the calls of a component's instances.
#[derive(Debug, Default)]
pub(crate) struct Counter(Mutex<HostCalls>);

impl Counter {
    /// One more call.
    pub(crate) fn count(&self, interface: &'static str, function: &'static str) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = calls.0.entry((interface, function)).or_default();
        *count = count.saturating_add(1);
    }

    /// All calls so far.
    pub(crate) fn so_far(&self) -> HostCalls {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_interface_and_function_and_from_one_look_to_the_next() {
        let counter = Counter::default();
        counter.count("a:b/c", "get");
        let before = counter.so_far();
        for function in ["get", "set", "get"] {
            counter.count("a:b/c", function);
        }
        counter.count("a:b/d", "get");
        let calls = counter.so_far();
        assert_eq!((calls.count("a:b/c", "get"), calls.of("a:b/c"), calls.of("a:b/e")), (3, 4, 0));
        let since: Vec<_> = calls.since(&before).iter().collect();
        assert_eq!(since, [(("a:b/c", "get"), 2), (("a:b/c", "set"), 1), (("a:b/d", "get"), 1)]);
    }
}
