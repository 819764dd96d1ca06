//! Photos put where the application can read them.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::photos::Photo;
use crate::client::{Client, text};

/// How many photos are uploaded at once.
const AT_ONCE: usize = 4;
/// How often one is tried.
const ATTEMPTS: u32 = 4;
/// How long to wait before the second attempt; it doubles with every one.
const PAUSE: Duration = Duration::from_millis(500);

/// Uploads the photos; their URLs, in their order.
///
/// # Errors
/// The first that could not be uploaded.
pub(super) async fn all(customer: &Client, photos: &[Photo]) -> Result<Vec<String>> {
    let mut urls = Vec::new();
    for some in photos.chunks(AT_ONCE) {
        let uploads = some.iter().map(|photo| one(customer, photo));
        urls.extend(futures_util::future::try_join_all(uploads).await?);
    }
    Ok(urls)
}

async fn one(customer: &Client, photo: &Photo) -> Result<String> {
    let media_type = photo.format.media_type();
    let mut pause = PAUSE;
    for attempt in 1..=ATTEMPTS {
        let body = json!({ "contentType": media_type, "sizeBytes": photo.bytes.len() });
        let announced = customer.post("/api/v1/upload", &body).await?;
        let put = customer.put(&text(&announced, "uploadUrl")?, media_type, photo.bytes.clone()).await;
        match put.with_context(|| photo.path.display().to_string()) {
            Ok(()) => return text(&announced, "publicUrl"),
            Err(error) if attempt == ATTEMPTS => return Err(error),
            Err(_) => tokio::time::sleep(pause).await,
        }
        pause = pause.saturating_mul(2);
    }
    bail!("{} was not uploaded", photo.path.display())
}
