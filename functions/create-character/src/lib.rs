//! `POST /api/v1/characters/create`, `POST /api/v1/characters/:character_id/train`

#![cfg(target_family = "wasm")]

use spin_host::{Answer, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> Answer {
    spin_host::serve(request, api::components::create_character).await
}
