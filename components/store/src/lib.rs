//! The store port, the key layout and the bounded compare-and-swap loop.
