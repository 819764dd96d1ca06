//! The HTTP API: what callers send and are sent, who may ask, and how a `lifecycle` outcome becomes a response.
//!
//! A request to `/api/v1/tasks/{task_id}/cancel` is answered by `routes/tasks/cancel.rs`; every other path has its file likewise.
//!
//! | modules | what they are for |
//! |---|---|
//! | [`wire`], [`error`] | requests, responses, codes; errors of the rooms below become HTTP here and nowhere else |
//! | [`room`], `body`, `content` | bodies: read where there is room, and looked at before anything is made of them |
//! | `auth`, `quota`, `idempotency`, `paging`, `follow`, `checks` | what many routes do alike |
//! | `delivered`, `file`, `range` | files: found by their URL's name; whole, or the part that a request is for |
//! | `views` | what several routes show |
//! | [`openapi`] | the document, from the routes' descriptions |
//! | `router`, `routes` | the routes, a folder a noun and a file a verb |
//! | [`components`], [`needs`] | which Wasm component answers for which routes, and what its host has to grant it |
//! | [`serve`] | from a host's request to an answer, the same way on every host |
//!
//! All I/O goes through [`lifecycle::Ports`]; every outcome, good or bad, is a [`wire::Response`].

pub mod components;
pub mod error;
pub mod live;
pub mod needs;
mod news;
pub mod openapi;
pub mod room;
pub mod route;
pub mod router;
pub mod serve;
pub mod wire;

mod auth;
mod body;
mod caller;
mod checks;
mod content;
mod cors;
mod delivered;
mod file;
mod follow;
mod hashed;
mod html;
mod idempotency;
mod limited;
mod object;
mod paging;
mod quota;
mod range;
mod routes;
mod views;
mod words;

pub use error::{Code, Error};
pub use views::message::render as message;
