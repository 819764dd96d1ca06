//! The runner, driven with a real component: the release build of `tests/probe`.

mod contained;
mod outbound;
mod refused;
mod requests;
mod served;
mod stores;
mod support;
mod swaps;
