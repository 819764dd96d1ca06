//! What happens to a task between its order and its end, and afterwards. The API is not known here: no status, no header, and no JSON but the
//! bytes that [`Ports::message`] hands over. Only [`links`] builds our own URLs, for the links that we hand out.
//!
//! From the bottom up; nothing points back:
//!
//! | modules | what they are for |
//! |---|---|
//! | [`ports`], [`config`], [`error`] | the world, the deployment's settings, what can go wrong |
//! | [`address`], [`fetch`], [`redirects`], [`blobs`], [`links`] | strangers' URLs, answers from outside, bytes kept, links handed out |
//! | [`listing`], [`funds`], [`claims`], [`journal`], [`history`] | what is due of an account; the ledger: asked, claimed from, read back |
//! | [`receive`], [`later_training`], [`uploads`], [`input_types`], [`shelf`], [`inputs`], [`container_files`], [`download`], [`photos`], [`measure`], [`copies`] | files that come in |
//! | [`shown`] | what may be shown of tasks |
//! | [`mark`], [`jobs`], [`publish`], [`choice`], [`plan`], [`models`] | the providers: a job recognised, spoken with, chosen, what is asked of them |
//! | [`proofs`] | what is signed for anybody to verify |
//! | [`task`], [`notify`], [`settle`], [`cancel`], [`stop`] | a task changed, told of, ended, settled, and stopped where it goes on |
//! | [`latest`], [`withheld`] | what happened lately, kept for the operator: results that could not be handed out |
//! | [`outputs`], [`weights`], [`made`], [`remains`] | what was made: copied, kept, found by its bytes, removed |
//! | [`submit`], [`runs`], [`refresh`], [`wait`], [`callback`] | a task begun, brought up to date, waited for, reported on |
//! | [`erase`], [`suspension`], [`consents`], [`close`], [`takedowns`], [`expiry`], [`audit`], [`sweep`], [`rounds`] | afterwards |

pub mod alike;
pub mod audit;
pub mod blobs;
pub mod budget;
pub mod callback;
pub mod callers;
pub mod cancel;
mod character;
pub mod choice;
pub mod claims;
pub mod close;
pub mod config;
pub mod consents;
pub mod container_files;
pub mod copies;
pub mod download;
pub mod erase;
pub mod error;
pub mod expiry;
pub mod fetch;
mod first_use;
pub mod funds;
pub mod history;
pub mod input_types;
pub mod inputs;
pub mod jobs;
pub mod journal;
pub mod later_training;
pub mod latest;
pub mod links;
pub mod listing;
pub mod looks;
pub mod made;
pub mod mark;
pub mod measure;
pub mod models;
pub mod notify;
pub mod outputs;
mod patience;
pub mod photos;
pub mod pieces;
pub mod plan;
pub mod ports;
pub mod proofs;
pub mod publish;
pub mod receipt;
pub mod receive;
pub mod redirects;
pub mod references;
pub mod refresh;
pub mod remains;
mod rewriting;
pub mod rounds;
pub mod runs;
pub mod settle;
pub mod shelf;
pub mod shown;
pub mod stop;
pub mod submit;
pub mod suspension;
pub mod sweep;
pub mod takedowns;
pub mod task;
pub mod trainers;
pub mod uploads;
mod upright;
pub mod wait;
pub mod weights;
pub mod withheld;

mod callback_keys;
#[cfg(test)]
mod testing;

pub use config::Config;
pub use error::{BadPhoto, Error, Invalid, NotReady};
pub use ports::Ports;
pub use webhook::loggable;
