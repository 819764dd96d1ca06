//! Callbacks: when they are sent, and how often. The protocol says what is in them and how they are signed.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::Misbehaviour;
use crate::job::{Delivery, Job};
use crate::protocol::{Callback, Protocol};
use crate::speak;
use crate::state::Shared;

/// Longest time for a receiver to answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// Longest pause before a terminal callback is repeated.
const PAUSE_MAX: Duration = Duration::from_secs(102);
/// How late a callback is that is to be late.
const DELAY: Duration = Duration::from_secs(5);

/// Tells that a job began.
pub(crate) async fn started(shared: &Shared, job: &Job) {
    if wants(job, "start") {
        send(shared, job, None).await;
    }
}

/// Tells how a job goes, where that is told: only Cog does. Nobody waits for it, and it may come late.
pub(crate) fn progress(shared: &Arc<Shared>, job: &Job, event: &str, output: &Value) {
    if job.protocol != Protocol::Cog || !wants(job, event) {
        return;
    }
    let Some(mut current) = shared.job(job.key).filter(|job| !job.is_terminal()) else { return };
    current.output = output.clone();
    let shared = Arc::clone(shared);
    tokio::spawn(async move { send_as(&shared, &current).await });
}

/// Tells that a job ended, until it is heard.
pub(crate) async fn finished(shared: &Shared, job: &Job) {
    let canceled = shared.job(job.key).is_none_or(|job| job.status == "canceled");
    // fal says nothing about requests that their caller canceled.
    if !wants(job, "completed") || (job.protocol == Protocol::Fal && canceled) {
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
    // fal tells of the end only.
    if job.is(Misbehaviour::Reorder) && job.protocol != Protocol::Fal {
        send(shared, job, Some("processing")).await;
    }
}

/// Tells that a job failed that did not.
pub(crate) async fn contradiction(shared: &Shared, job: &Job) {
    send(shared, job, Some("failed")).await;
}

async fn forge(shared: &Shared, job: &Job) {
    let Some(url) = &job.webhook else { return };
    let forged = Job { status: "failed", output: Value::Null, ..job.clone() };
    let answer = post(shared, url, speak::forged(shared, &forged)).await;
    shared.change(job.key, |job| job.deliveries.push(Delivery { status: "failed", answer }));
}

fn wants(job: &Job, event: &str) -> bool {
    job.webhook.is_some() && !job.is(Misbehaviour::Lose) && job.events.iter().any(|wanted| wanted == event)
}

async fn until_taken(shared: &Shared, job: &Job) {
    let mut pause = shared.options.retry_pause;
    for _ in 0..job.protocol.attempts_max() {
        if !job.protocol.repeats(send(shared, job, None).await) {
            return;
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(PAUSE_MAX);
    }
}

/// Sends the job as it is now, or under another status, and returns how that was answered.
async fn send(shared: &Shared, job: &Job, status: Option<&'static str>) -> Option<u16> {
    let mut current = shared.job(job.key)?;
    if let Some(status) = status {
        (current.status, current.output) = (status, Value::Null);
    }
    send_as(shared, &current).await
}

/// Sends the job as it is given.
async fn send_as(shared: &Shared, job: &Job) -> Option<u16> {
    let url = job.webhook.as_deref()?;
    let answer = post(shared, url, speak::callback(shared, job)?).await;
    tracing::debug!(job = %job.id, provider = job.protocol.name(), status = job.status, ?answer, "callback");
    let delivery = Delivery { status: job.status, answer };
    shared.change(job.key, |job| job.deliveries.push(delivery));
    answer
}

async fn post(shared: &Shared, url: &str, callback: Callback) -> Option<u16> {
    let request = shared.client.post(url).timeout(ANSWER_TIME_MAX).header("content-type", "application/json");
    let request = callback.headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
    Some(request.body(callback.body).send().await.ok()?.status().as_u16())
}
