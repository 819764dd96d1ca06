//! `POST /api/v1/admin/takedown`, `GET /api/v1/admin/takedowns`, `POST /api/v1/admin/takedowns/:takedown_id/erase`, `POST /api/v1/admin/takedowns/:takedown_id/lift`

#![cfg(target_family = "wasm")]

use spin_host::{Answer, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> Answer {
    spin_host::serve(request, api::components::takedowns).await
}
