//! The application's own pages.

pub(crate) mod docs;
pub(crate) mod home;
pub(crate) mod llms;
pub(crate) mod openapi;
pub(crate) mod privacy;

use http::StatusCode;
use http::header::CONTENT_SECURITY_POLICY;

use crate::wire::Response;

/// What a page may use: nothing but its own style.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

fn page(media_type: &'static str, content: &str) -> Response {
    Response::new(StatusCode::OK, media_type, content.into()).with(CONTENT_SECURITY_POLICY, PAGE_POLICY)
}
