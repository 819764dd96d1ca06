//! `POST /api/v1/webhooks/:provider`

#![cfg(target_family = "wasm")]

use spin_host::{Answer, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> Answer {
    spin_host::serve_with_limit(request, api::provider_webhook::BODY_BYTES_MAX, api::provider_webhook::handle).await
}
