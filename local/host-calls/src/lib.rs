//! How often a component calls its host, and with how many bytes: numbers that no clock and no load of the machine changes.
//!
//! The runner counts the calls of Wasm files, and the native host what the same handlers ask of its ports, under the same names.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Reads, and what belongs to a single compare-and-swap.
pub const ATOMICS: &str = "wasi:keyvalue/atomics";
/// Plain reads and writes.
pub const KEY_VALUE: &str = "spin:key-value/key-value";
/// Requests to the outside.
pub const HTTP: &str = "wasi:http/client";
/// Commands to a Redis server.
pub const REDIS: &str = "spin:redis/redis";

/// The calls of one function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// How many.
    pub count: u64,
    /// Bytes of the values that were written with them, or read: of the store, and of answers from outside.
    pub bytes: u64,
}

/// How often the instances of a component called their host, by interface and function: each as its WIT names it, such as
/// `wasi:keyvalue/atomics` and `swap`, without a version and without the resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostCalls(BTreeMap<(&'static str, &'static str), Calls>);

impl HostCalls {
    /// The calls of this function.
    pub fn get(&self, interface: &str, function: &str) -> Calls {
        let found = self.0.iter().find(|((of, name), _)| (*of, *name) == (interface, function));
        found.map(|(_, calls)| *calls).unwrap_or_default()
    }

    /// How often this function was called.
    pub fn count(&self, interface: &str, function: &str) -> u64 {
        self.get(interface, function).count
    }

    /// How often the functions of this interface were called, all together.
    pub fn of(&self, interface: &str) -> u64 {
        self.iter().filter(|((of, _), _)| *of == interface).map(|(_, calls)| calls.count).sum()
    }

    /// What was called since an earlier look; what was not called is left out.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let more = self.iter().map(|((of, name), calls)| {
            let before = earlier.get(of, name);
            let (count, bytes) = (calls.count.saturating_sub(before.count), calls.bytes.saturating_sub(before.bytes));
            ((of, name), Calls { count, bytes })
        });
        Self(more.filter(|(_, calls)| calls.count > 0).collect())
    }

    /// Interface and function of all that was called, and its calls.
    pub fn iter(&self) -> impl Iterator<Item = ((&'static str, &'static str), Calls)> {
        self.0.iter().map(|(name, calls)| (*name, *calls))
    }
}

/// Counts the calls of a component's instances.
#[derive(Debug, Default)]
pub struct Counter(Mutex<HostCalls>);

impl Counter {
    /// One more call.
    pub fn count(&self, interface: &'static str, function: &'static str) {
        self.add(interface, function, Calls { count: 1, bytes: 0 });
    }

    /// More bytes of a value that a call wrote or read.
    pub fn pass(&self, interface: &'static str, function: &'static str, bytes: usize) {
        self.add(interface, function, Calls { count: 0, bytes: u64::try_from(bytes).unwrap_or(u64::MAX) });
    }

    /// All calls so far.
    pub fn so_far(&self) -> HostCalls {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, interface: &'static str, function: &'static str, more: Calls) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = calls.0.entry((interface, function)).or_default();
        calls.count = calls.count.saturating_add(more.count);
        calls.bytes = calls.bytes.saturating_add(more.bytes);
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
        counter.pass("a:b/c", "get", 7);
        counter.count("a:b/d", "get");
        let calls = counter.so_far();
        assert_eq!((calls.count("a:b/c", "get"), calls.of("a:b/c"), calls.of("a:b/e")), (3, 4, 0));
        let calls_of = |count, bytes| Calls { count, bytes };
        let since: Vec<_> = calls.since(&before).iter().collect();
        let expected = [
            (("a:b/c", "get"), calls_of(2, 7)),
            (("a:b/c", "set"), calls_of(1, 0)),
            (("a:b/d", "get"), calls_of(1, 0)),
        ];
        assert_eq!(since, expected);
    }
}
