//! A world to test in: the application on one of its hosts, the GPU simulator, a server of photos, and actors who speak HTTP.
//!
//! Tests share one world and have an account each; a test that needs special circumstances starts a world of its own.

mod actor;
mod bare;
mod described;
mod engines;
mod gpu;
mod host;
mod inbox;
mod mark;
mod past;
mod photos;
mod world;

pub use actor::{Actor, Answer, client, get};
pub use bare::Bare;
pub use described::{Access, Operation};
pub use engines::{Engines, Running, Stored};
pub use gpu::{COG_TOKEN, FAL_KEY, FAL_USER, Gpu};
pub use host::Host;
pub use inbox::{Inbox, Message, Rest};
pub use mark::is_marked;
pub use past::find;
pub use photos::{PLACE, Photos};
pub use world::{ADMIN_TOKEN, API_TOKEN, SIGNING_SECRET, Settings, WEBHOOK_SECRET, World};
