//! `POST /pictures/...`

#![cfg(target_family = "wasm")]

use spin_host::{Answer, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> Answer {
    spin_host::serve(request, api::components::pictures).await
}
