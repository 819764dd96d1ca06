//! A load of requests that differ, taken in turn: hey knows one only.
//!
//! As with hey, each caller asks again as soon as it is answered (coordinated omission).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::load::{Answers, Measured, Request};

/// Longest time for an answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);

/// Sends requests in turn, from so many callers at once, for so long.
pub(super) async fn run(requests: Vec<Request>, callers: usize, time: Duration) -> Result<Measured> {
    let http = outbound::https().pool_max_idle_per_host(callers).timeout(ANSWER_TIME_MAX).build()?;
    let began = Instant::now();
    let turns = Arc::new(Turns { requests, next: AtomicUsize::new(0), until: began + time });
    let callers: Vec<_> = (0..callers).map(|_| tokio::spawn(call(http.clone(), Arc::clone(&turns)))).collect();
    let mut answers = Answers::default();
    for caller in callers {
        answers.extend(caller.await.context("a caller of the load failed")?);
    }
    Ok(answers.measured(began.elapsed()))
}

struct Turns {
    requests: Vec<Request>,
    next: AtomicUsize,
    until: Instant,
}

async fn call(http: reqwest::Client, turns: Arc<Turns>) -> Answers {
    let mut answers = Answers::default();
    while Instant::now() < turns.until {
        let turn = turns.next.fetch_add(1, Ordering::Relaxed).checked_rem(turns.requests.len());
        let Some(request) = turn.and_then(|turn| turns.requests.get(turn)) else { break };
        let began = Instant::now();
        let status = whole(request.with(&http)).await.ok();
        answers.add(status, began.elapsed().as_secs_f64());
    }
    answers
}

/// The status of an answer that came to its end.
async fn whole(request: reqwest::RequestBuilder) -> reqwest::Result<u16> {
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    answer.bytes().await?;
    Ok(status)
}
