//! Callbacks: signed as Standard Webhooks; the terminal one is repeated until it is taken.

use std::time::Duration;

use domain::Secret;
use serde_json::json;
use webhook::standard::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign};

use crate::Misbehaviour;
use crate::job::{Delivery, Job};
use crate::state::Shared;

/// Longest time for a receiver to answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// How often a terminal callback is sent before it is given up: with the default pause, the last one about a minute after the end.
const ATTEMPTS_MAX: u32 = 8;
/// How late a callback is that is to be late.
const DELAY: Duration = Duration::from_secs(5);

/// Tells that a job began.
pub(crate) async fn started(shared: &Shared, job: &Job) {
    if wants(job, "start") {
        send(shared, job, None).await;
    }
}

/// Tells that a job ended, until it is heard.
pub(crate) async fn finished(shared: &Shared, job: &Job) {
    if !wants(job, "completed") {
        return;
    }
    if job.is(Misbehaviour::Delay) {
        tokio::time::sleep(DELAY).await;
    }
    if job.is(Misbehaviour::Forge) {
        forge(shared, job).await;
    }
    let times = if job.is(Misbehaviour::Repeat) { 3 } else { 1 };
    for _ in 0..times {
        until_taken(shared, job).await;
    }
    if job.is(Misbehaviour::Reorder) {
        send(shared, job, Some("processing")).await;
    }
}

/// Tells that a job failed that did not.
pub(crate) async fn contradiction(shared: &Shared, job: &Job) {
    send(shared, job, Some("failed")).await;
}

async fn forge(shared: &Shared, job: &Job) {
    let Some(url) = &job.webhook else { return };
    let body = json!({ "id": job.id, "status": "failed", "error": "forged" }).to_string();
    let now = jiff::Timestamp::now().as_second().to_string();
    let headers = [
        (ID_HEADER, "msg_forged"),
        (TIMESTAMP_HEADER, &now),
        (SIGNATURE_HEADER, "v1,Zm9yZ2VkIHNpZ25hdHVyZSBvZiAzMiBieXRlcy4uLi4="),
    ];
    let answer = post(shared, url, &headers, body).await;
    shared.change(&job.id, |job| job.deliveries.push(Delivery { status: "failed", answer }));
}

fn wants(job: &Job, event: &str) -> bool {
    job.webhook.is_some() && !job.is(Misbehaviour::Lose) && job.events.iter().any(|wanted| wanted == event)
}

async fn until_taken(shared: &Shared, job: &Job) {
    let mut pause = shared.options.retry_pause;
    for _ in 0..ATTEMPTS_MAX {
        if send(shared, job, None).await.is_some_and(|status| (200..300).contains(&status)) {
            return;
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2);
    }
}

/// Sends the job as it is now, or under another status, and returns how that was answered.
async fn send(shared: &Shared, job: &Job, status: Option<&'static str>) -> Option<u16> {
    let url = job.webhook.as_deref()?;
    let mut current = shared.job(job.kind, &job.id)?;
    if let Some(status) = status {
        (current.status, current.output) = (status, serde_json::Value::Null);
    }
    let body = current.to_json(&shared.options.base_url).to_string();
    let now = jiff::Timestamp::now().as_second();
    let id = format!("msg_{}_{}", current.id, current.status);
    let secret = Secret::new(shared.options.webhook_secret.as_str());
    let signature = sign(&secret, &id, now, body.as_bytes()).ok()?;
    let headers = [(ID_HEADER, id.as_str()), (TIMESTAMP_HEADER, &now.to_string()), (SIGNATURE_HEADER, &signature)];
    let answer = post(shared, url, &headers, body).await;
    tracing::debug!(job = %current.id, status = current.status, ?answer, "callback");
    shared.change(&job.id, |job| job.deliveries.push(Delivery { status: current.status, answer }));
    answer
}

async fn post(shared: &Shared, url: &str, headers: &[(&str, &str)], body: String) -> Option<u16> {
    let mut request =
        shared.client.post(url).timeout(ANSWER_TIME_MAX).header("content-type", "application/json").body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Some(request.send().await.ok()?.status().as_u16())
}
