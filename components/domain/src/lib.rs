//! What Likeness is about, as plain values: ids, credits, documents and how they may change.
//!
//! Pure: no async, no I/O, no clock, no randomness. Every fact comes in as an argument, every decision goes out as a value.

mod abandoned;
mod account;
mod api_key;
mod aspect_ratio;
mod base;
mod blob_location;
mod character;
mod consent;
mod credits;
mod delivery;
mod digest;
mod due;
mod estimate;
mod format;
mod funds;
mod generation;
mod id;
mod key_budget;
mod key_limits;
pub mod limits;
mod lost_job;
mod media;
mod model;
mod outcome;
pub mod price;
mod prompt;
mod provider_name;
mod run;
mod secret;
pub mod setting;
mod suspension;
pub mod takedown;
mod task;
mod time;
mod training;
mod trigger_word;
mod usage;

pub use account::{Account, KeyEntry, KeyRecord};
pub use api_key::{ApiKey, KeyDigest};
pub use aspect_ratio::AspectRatio;
pub use base::{Base, InvalidBase};
pub use blob_location::BlobLocation;
pub use character::{Character, CharacterState, Photo, Warning, WarningCode};
pub use consent::{Consent, ConsentPolicy, Subject};
pub use credits::Credits;
pub use delivery::{PendingDelivery, PendingStop, SECRET_OVERLAP, SecretGeneration};
pub use digest::{Digest, Hasher, InvalidDigest};
pub use due::{DueKind, DuePage, Line, Listed, Listing, Slot, Slots, Worked};
pub use estimate::{Durations, ready_at};
pub use format::Format;
pub use funds::{Change, Entry, Funds, Hold, Marker, Operation};
pub use generation::Generation;
pub use id::{AccountId, CharacterId, TaskId, fresh_id};
pub use key_budget::{Allotment, KeyBudget, OverBudget};
pub use key_limits::{KeyLimits, Scope};
pub use lost_job::LostJob;
pub use media::{Media, MediaKind};
pub use model::{Model, Weights};
pub use outcome::{Failure, FailureCode, File, Song};
pub use prompt::{with_references, with_trigger_word};
pub use provider_name::{ProviderName, UnknownProvider};
pub use run::{Outputs, ProviderRequest, Run};
pub use secret::{Secret, is_same_secret};
pub use setting::Setting;
pub use suspension::{InvalidSuspension, Suspension, SuspensionReason};
pub use task::{JobUpdate, Settlement, Task, TaskState, Work};
pub use time::{InvalidTime, Timestamp};
pub use training::{Generator, Training, TrainingRequest};
pub use trigger_word::TriggerWord;
pub use usage::{Allowance, Exceeded, Quota, Usage, Window};

/// What every request that we send names as its `User-Agent`.
pub const USER_AGENT: &str = concat!("Likeness/", env!("CARGO_PKG_VERSION"));
