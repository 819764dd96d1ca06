//! A customer that wants more than it pays for: pictures that become others once they were measured.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::{Actor, Photos};
use gpu_sim::JobView;
use reqwest::Method;
use serde_json::{Value, json};

/// The picture that is measured.
const FIRST: &str = "portrait-01.jpg";
/// What is to take its place.
const SECOND: &str = "portrait-06.jpg";
/// What is ordered, whose price goes by its size.
const ORDER: &str = "/api/v1/tools/upscale-image";
/// How long it rests between two orders: so that its tasks end before it has as many as it may.
const PAUSE: Duration = Duration::from_millis(500);

/// The customer.
pub(crate) struct Cheat {
    base: String,
    actor: Actor,
    photos: Arc<Photos>,
}

impl Cheat {
    /// With what it signs in with.
    pub(crate) fn new(base: &str, actor: Actor, photos: Arc<Photos>) -> Self {
        Self { base: base.to_owned(), actor, photos }
    }

    /// Orders until told to stop.
    ///
    /// # Errors
    /// Its own photos cannot be had.
    pub(crate) async fn live(self, stop: Arc<AtomicBool>) -> Result<()> {
        let outside = Actor::new("");
        let first = outside.get(&self.photos.url(FIRST)).await?.bytes;
        let second = outside.get(&self.photos.url(SECOND)).await?.bytes;
        for n in 0.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            // A server that has another picture for whoever fetches it next.
            self.order(&self.photos.url(&format!("swapped/{n}/{FIRST}"))).await;
            tokio::time::sleep(PAUSE).await;
            self.replace(&first, &second).await;
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn order(&self, url: &str) {
        drop(self.actor.post(ORDER, &json!({ "image_url": url })).await);
    }

    /// An upload that is put once more, with something else, as soon as it was ordered with.
    async fn replace(&self, first: &[u8], second: &[u8]) {
        let announced = self.actor.post("/api/v1/upload", &json!({ "contentType": "image/jpeg" })).await;
        let Ok(answer) = announced else { return };
        let url =
            |field: &str| answer.json.pointer(&format!("/data/{field}")).and_then(Value::as_str).map(str::to_owned);
        let (Some(put), Some(get)) = (url("uploadUrl"), url("publicUrl")) else { return };
        let outside = Actor::new(&self.base).with_header("content-type", "image/jpeg");
        drop(outside.send(Method::PUT, &put, first.to_vec()).await);
        self.order(&get).await;
        drop(outside.send(Method::PUT, &put, second.to_vec()).await);
    }
}

/// Where the provider was sent to something else than what was measured; and whether it was sent anywhere.
///
/// # Errors
/// The pictures cannot be had.
pub(crate) async fn judge(jobs: &[JobView], base: &str, photos: &Photos) -> Result<Vec<String>> {
    let outside = Actor::new(base);
    let first = outside.get(&photos.url(FIRST)).await?.bytes;
    let sent = jobs.iter().filter_map(|job| job.input.as_object()).flat_map(|input| input.values());
    let urls: BTreeSet<&str> = sent.filter_map(Value::as_str).filter(|text| text.starts_with("http")).collect();
    let (mut findings, mut ours) = (Vec::new(), 0_usize);
    for url in urls {
        if url.contains("/swapped/") {
            findings.push(format!("the provider was sent to {url}, which is another picture by now"));
        } else if url.starts_with(&format!("{base}/uploads/")) {
            ours += 1;
            let picture = outside.get(url).await.with_context(|| url.to_owned())?;
            if picture.bytes != first {
                findings.push(format!("{url} is not what was measured: {} bytes", picture.bytes.len()));
            }
        }
    }
    println!("{ours} pictures of one that cheats came to the provider");
    if ours == 0 {
        findings.push("no picture of the one that cheats came to the provider, so nothing was shown".to_owned());
    }
    Ok(findings)
}
