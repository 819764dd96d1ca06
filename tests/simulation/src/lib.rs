//! The production handlers on simulated ports, in one thread, from one seed.
//!
//! A history is a world with a store, a provider, a clock and clients. Every handler is a process that does one effect at a time - a store
//! call, a request out - and a seed decides whose is next, what fails before or after it took effect, who dies, which callbacks get lost,
//! doubled, late, forged, and when the clock jumps. Then the world calms down, the sweep runs, and [`check`] asks for every invariant.
//! The same seed makes the same history.
//!
//! | module | |
//! |---|---|
//! | [`world`] | what all share: clock, randomness, faults, and the story that is told of a history |
//! | [`executor`] | processes, one effect at a time, and who dies |
//! | [`kv`] | stores that behave as SQLite, DynamoDB, Cosmos and a linearizable one do |
//! | [`outside`] | what can be reached by HTTP, and how that fails; [`files`] are what can be fetched there |
//! | [`gpu`], [`callbacks`] | the providers, and what they report |
//! | [`owners`] | the servers of those who want to be told |
//! | [`ports`] | the handlers' ports on all that |
//! | [`clients`], [`orders`], [`looks`] | what customers and the operator do |
//! | [`takedowns`] | what an operator does who is asked to take somebody's pictures down |
//! | [`history`] | one history from its seed |
//! | [`evidence`] | what was seen |
//! | [`watch`], [`check`] | what must hold at every write, and in the end |
//! | [`round`], [`hostile`] | a calm world in which one thing is broken; one in which a customer is hostile and a provider silent |
//! | [`crashes`] | every crash point of every handler, one after the other |
//! | [`command`], [`args`] | the command line; the deliberate bugs, where they are compiled in |

pub mod args;
pub mod callbacks;
pub mod check;
pub mod clients;
pub mod command;
pub mod crashes;
pub mod evidence;
pub mod executor;
pub mod files;
pub mod gpu;
pub mod history;
pub mod hostile;
pub mod kv;
pub mod looks;
pub mod orders;
pub mod outside;
pub mod owners;
pub mod persons;
pub mod ports;
pub mod round;
pub mod takedowns;
pub mod watch;
pub mod world;
