//! The deployment's own models: a catalogue file like ours, put into the store.

use catalogue::Catalogue;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::wire::{Request, Response};
use crate::{Code, Error, Ports};

/// Largest catalogue file, in bytes: one value of the store has to take it, as text.
const FILE_BYTES_MAX: usize = 100_000;

/// A catalogue that was taken.
#[derive(Serialize, JsonSchema)]
pub(crate) struct OwnModels {
    /// How many models it has.
    models: usize,
}

pub(super) async fn put<P: Ports>(ports: &P, request: &Request) -> Result<Response, Error> {
    let file = request.body()?;
    if file.len() > FILE_BYTES_MAX {
        return Err(Error::new(Code::PayloadTooLarge, format!("The file is larger than {FILE_BYTES_MAX} bytes")));
    }
    let text = std::str::from_utf8(file).map_err(|error| Error::new(Code::InvalidJson, error.to_string()))?;
    let own = Catalogue::parse(file).map_err(|invalid| Error::new(Code::InvalidRequest, invalid.to_string()))?;
    ports.store().write(&store::keys::catalogue(), &text.to_owned()).await?;
    Ok(Response::success(StatusCode::OK, OwnModels { models: own.models().count() }))
}

pub(super) async fn show<P: Ports>(ports: &P) -> Result<Response, Error> {
    let own = ports.store().read(&store::keys::catalogue()).await?;
    let own: Value = match own {
        Some(text) => serde_json::from_str(&text).map_err(Error::internal)?,
        None => json!({ "models": [] }),
    };
    Ok(Response::success(StatusCode::OK, own))
}
