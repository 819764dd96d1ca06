//! `GET /.well-known/likeness-keys.json`, `GET /api/v1/results/:name/provenance`, `POST /api/v1/verify`, `GET /api/v1/characters/:character_id/consent`

#![cfg(target_family = "wasm")]

use spin_host::{Answer, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> Answer {
    spin_host::serve(request, api::components::proofs).await
}
