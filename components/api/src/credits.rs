//! `GET /api/v1/credits`: what can be spent now.

use http::StatusCode;
use serde::Serialize;

use crate::wire::{Request, Response};
use crate::{Error, Ports, auth, funds};

/// An account's credits as its owner sees them.
#[derive(Debug, Serialize)]
pub struct View {
    credits: u64,
}

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    show(ports, &request).await.unwrap_or_else(Response::from)
}

async fn show<P: Ports>(ports: &P, request: &Request) -> Result<Response, Error> {
    request.allow("GET")?;
    let account = auth::customer(ports, request).await?;
    let credits = funds::load(ports, &account).await?.balance.amount();
    Ok(Response::success(StatusCode::OK, View { credits }))
}
