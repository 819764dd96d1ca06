//! The contract, over HTTP: one module a subject. In process, or on the release Wasm files under the runner ([`e2e::Host`]).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test cannot do without may fail it"
)]

mod admin;
mod auth;
mod bodies;
mod bucket;
mod characters;
mod consent;
mod consent_link;
mod cors;
mod create;
mod dataset;
mod deliveries;
mod doctor;
mod engines;
mod events;
mod facts;
mod facts_table;
mod generate;
mod host_calls;
mod idempotency;
mod isolation;
mod keys;
mod later_training;
mod ledger;
mod limits;
mod long_poll;
mod manifests;
mod mcp;
mod misbehaviour;
mod models;
mod openapi;
mod outbound;
mod outlook;
mod photos_check;
mod pictures;
mod pipeline;
mod privacy;
mod proofs;
mod providers;
mod ranges;
mod real_cog;
mod reconcile;
mod references;
mod requests;
mod restart;
mod results;
mod routes;
mod studio;
mod suspended;
mod takedowns;
mod tasks;
mod test_keys;
mod trainers;
mod uploads;
mod verify;
mod wasm;
mod webhook;
