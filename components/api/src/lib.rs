//! The functions' logic: a module a function, with its wire types and `handle(ports, request)`.
//!
//! | module | routes |
//! |---|---|
//! | [`create_character`] | `POST /api/v1/characters/create` |
//! | [`characters`] | `GET /api/v1/characters` |
//! | [`character`] | `GET`, `PATCH`, `DELETE /api/v1/characters/:id` |
//! | [`generate_images`] | `POST /api/v1/characters/:id/generate` |
//! | [`provider_webhook`] | `POST /api/v1/webhooks/:provider` |
//! | [`credits`] | `GET /api/v1/credits`, `/credits/ledger`, `/credits/ledger/verify` |
//! | [`generate`] | `POST /api/v1/generate`, `/estimate` |
//! | [`models`] | `GET /api/v1/models` |
//! | [`tools`] | `POST /api/v1/tools/...` |
//! | [`tasks`] | `GET /api/v1/tasks`, `/tasks/:id`, `POST /tasks/:id/cancel` |
//! | [`deliveries`] | `/api/v1/deliveries/...`, `/api/v1/webhook-secret/...` |
//! | [`dataset`] | `GET /datasets/:id` |
//! | [`results`] | `GET /results/:id` |
//! | [`upload`] | `POST /api/v1/upload` |
//! | [`uploaded`] | `PUT`, `GET /uploads/:name` |
//! | [`weights`] | `GET /weights/:id` |
//! | [`provider_files`] | `/provider-files/:key/...` |
//! | [`admin`] | `/api/v1/admin/...` |
//! | [`sweep`] | `POST /api/v1/admin/reconcile` |
//! | [`site`] | `GET /`, `/openapi.json`, `/docs`, and every unknown route |
//!
//! Under them: [`reconcile`] moves a task forward from whatever is found, `submit` begins one as `plan` says at a
//! provider of `choice`, `funds` asks the ledger, `journal` reads it back,
//! `idempotency` answers a repeated request again, [`blobs`] keeps photos and pictures, `expiry` removes what is past its time.
//! What all of them take and answer is described by [`openapi`].
//! All I/O goes through [`ports::Ports`]; every outcome, good or bad, is a [`wire::Response`], which [`serve`] hands to the host.

pub mod admin;
pub mod blobs;
pub mod character;
pub mod characters;
pub mod config;
pub mod create_character;
pub mod credits;
pub mod dataset;
pub mod deliveries;
pub mod error;
pub mod generate;
pub mod generate_images;
pub mod models;
pub mod openapi;
pub mod ports;
pub mod provider_files;
pub mod provider_webhook;
pub mod reconcile;
pub mod results;
pub mod serve;
pub mod site;
pub mod sweep;
pub mod tasks;
pub mod tools;
pub mod upload;
pub mod uploaded;
pub mod weights;
pub mod wire;

mod address;
mod auth;
mod callback_keys;
mod choice;
mod cover;
mod download;
mod erase;
mod expiry;
mod fetch;
mod funds;
mod gpu;
mod history;
mod idempotency;
mod journal;
mod links;
mod measure;
mod outputs;
mod photos;
mod pictures;
mod plan;
mod quota;
mod runs;
mod submit;
mod task_view;
mod uploads;
mod wait;

pub use config::Config;
pub use error::{Code, Error};
pub use ports::Ports;
