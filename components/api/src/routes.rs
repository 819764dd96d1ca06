//! The routes, a folder a noun and a file a verb: where it is, what answers it, its wire types, and its description, side by side.

pub(crate) mod admin;
pub(crate) mod characters;
pub(crate) mod consents;
pub(crate) mod credits;
pub(crate) mod deliveries;
pub(crate) mod files;
pub(crate) mod mcp;
pub(crate) mod models;
pub(crate) mod photos;
pub(crate) mod pictures;
pub(crate) mod provider_files;
pub(crate) mod results;
pub(crate) mod runs;
pub(crate) mod site;
pub(crate) mod studio;
pub(crate) mod tasks;
pub(crate) mod tools;
pub(crate) mod uploads;
pub(crate) mod webhook_secret;
pub(crate) mod webhooks;
pub(crate) mod well_known;
