//! The providers' callbacks, which come as badly as they can: lost, doubled, late, out of order, contradicted, forged.

use std::rc::Rc;

use api::wire::{Body, Request};
use domain::Secret;
use http::{HeaderMap, HeaderValue, Method};

use crate::clients::spawn;
use crate::gpu::{COG_TOKEN, Status, WEBHOOK_SECRET, show};
use crate::ports::call;
use crate::world::{Event, World};

/// How often a callback is sent that is not taken.
const ATTEMPTS_MAX: u32 = 5;

/// A callback on its way.
#[derive(Debug, Clone, Copy)]
pub struct Callback {
    job: usize,
    /// Whose report it is, if not the job's own.
    about: usize,
    status: Status,
    signed: bool,
    attempt: u32,
}

/// A job ends: who is told of it, and how often?
pub fn job_ends(world: &World, n: usize) {
    let (end, training) = {
        let mut gpu = world.gpu.borrow_mut();
        let Some(job) = gpu.jobs.get_mut(n) else { return };
        job.ended_at = job.ended_at.or(Some(world.time.get()));
        (job.last_word(), job.is_training())
    };
    world.tell(|| format!("job {n} ends: {end:?}"));
    if world.gpu.borrow().is_mute {
        return;
    }
    let send = |after_ms: i64, about: usize, status: Status, signed: bool| {
        world.later(after_ms, Event::Callback(Callback { job: n, about, status, signed, attempt: 1 }));
    };
    if training {
        send(world.millis(0, 10_000), n, Status::Processing, true);
    }
    let soon = || world.millis(0, 5_000);
    // Two callbacks at almost the same time meet in the middle of what they do.
    let close = || if world.below(2) == 0 { world.millis(0, 60) } else { world.millis(0, 5_000) };
    if !world.happens(world.faults.get().callback) {
        return send(soon(), n, end, true);
    }
    let other = usize::try_from(world.below(n as u64)).unwrap_or_default();
    // The container's callbacks name no address, and it has nobody else's.
    let of_replicate = |n: usize| world.gpu.borrow().jobs.get(n).is_some_and(|job| job.cog.is_none());
    let most = if of_replicate(n) && of_replicate(other) { 9 } else { 7 };
    match world.below(most) {
        0 => {}
        1 => {
            let first = soon();
            send(first, n, end, true);
            send(first + close(), n, end, true);
        }
        2 => send(world.millis(3_600_000, 100_000_000), n, end, true),
        3 => {
            send(world.millis(0, 100), n, end, true);
            send(world.millis(100, 7_200_000), n, Status::Processing, true);
        }
        4 | 5 => {
            let contrary = if end == Status::Succeeded { Status::Failed } else { Status::Succeeded };
            let first = soon();
            send(first, n, end, true);
            send(first + close(), n, contrary, true);
        }
        6 => {
            send(soon(), n, Status::Succeeded, false);
            send(world.millis(2_000, 60_000), n, end, true);
        }
        _ => {
            send(soon(), other, Status::Succeeded, true);
            send(world.millis(2_000, 60_000), n, end, true);
        }
    }
}

/// Sends a callback, and again later when it is not taken.
pub fn deliver(world: &Rc<World>, callback: Callback) {
    let Some(url) = world.gpu.borrow().jobs.get(callback.job).map(|job| job.webhook.clone()) else { return };
    let (path, query) = url.split_once('?').unwrap_or((&url, ""));
    let path = path.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
    let said = world.gpu.borrow().jobs.get(callback.about).map(|job| (job.said_succeeded, job.ended_at));
    let body = show(world, callback.about, callback.status).to_string().into_bytes();
    if (!callback.signed || callback.about != callback.job)
        && let Some((said_succeeded, ended_at)) = said
        && let Some(job) = world.gpu.borrow_mut().jobs.get_mut(callback.about)
    {
        // Nobody was told anything by a forgery, or by what was sent to the wrong place.
        (job.said_succeeded, job.ended_at) = (said_succeeded, ended_at);
    }
    let headers = headers(world, callback, &body);
    world.tell(|| {
        let forged = if callback.signed { "" } else { "forged " };
        let of = if callback.about == callback.job { String::new() } else { format!(" about job {}", callback.about) };
        format!("a {forged}callback of job {}{of}: {:?}", callback.job, callback.status)
    });
    let request = Request { method: Method::POST, path, query: query.to_owned(), headers, body: Body::Whole(body) };
    let (call, again) = (call(world, request), world.clone());
    spawn(world, async move {
        let taken = call.answer().await.is_some_and(|answer| !answer.status.is_server_error());
        if !taken && callback.attempt < ATTEMPTS_MAX {
            let wait = again.millis(500, 2_000) << callback.attempt;
            again.later(wait, Event::Callback(Callback { attempt: callback.attempt + 1, ..callback }));
        }
    });
}

/// What says who sent a callback.
fn headers(world: &World, callback: Callback, body: &[u8]) -> HeaderMap {
    let is_cog = world.gpu.borrow().jobs.get(callback.job).is_some_and(|job| job.cog.is_some());
    let id = format!("msg_{}_{:?}_{}", callback.about, callback.status, callback.signed);
    let seconds = world.time.get() / 1000;
    let secret = if callback.signed { WEBHOOK_SECRET } else { "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" };
    let signature = webhook::standard::sign(&Secret::new(secret), &id, seconds, body).unwrap_or_default();
    let named = if is_cog {
        let token = if callback.signed { COG_TOKEN } else { "another" };
        vec![("authorization", format!("Bearer {token}"))]
    } else {
        vec![("webhook-id", id), ("webhook-timestamp", seconds.to_string()), ("webhook-signature", signature)]
    };
    let header =
        |(name, value): (&'static str, String)| Some((name.parse().ok()?, HeaderValue::from_str(&value).ok()?));
    named.into_iter().filter_map(header).collect()
}
