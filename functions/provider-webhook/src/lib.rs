//! `POST /api/v1/webhooks/:provider`

#![cfg(target_family = "wasm")]

use api::provider_webhook::{self, BODY_BYTES_MAX};
use spin_host::{Answer, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> Answer {
    spin_host::serve_admitted(request, BODY_BYTES_MAX, provider_webhook::admit, provider_webhook::handle).await
}
