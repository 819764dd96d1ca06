//! The load: hey, a load generator of Debian's, and what it tells of each request.
//!
//! It asks again on each connection as soon as it is answered. A server that stands still is therefore asked less, and its worst times are
//! counted too seldom (coordinated omission): a p99 of this is for comparison within a run.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::process::Command;

use crate::failure::OrNext;

/// What is asked.
#[derive(Clone)]
pub(super) struct Request {
    /// Where.
    pub(super) url: String,
    /// By whom.
    pub(super) token: String,
    /// With what; then it is a POST.
    pub(super) body: Option<Value>,
    /// What the answer has to have, by its JSON pointer, for the request to be worth measuring.
    pub(super) field: Option<(&'static str, Value)>,
}

impl Request {
    /// The request, to be sent.
    pub(super) fn with(&self, http: &reqwest::Client) -> reqwest::RequestBuilder {
        let asked = match &self.body {
            Some(body) => http.post(&self.url).body(body.to_string()).header("content-type", "application/json"),
            None => http.get(&self.url),
        };
        asked.bearer_auth(&self.token)
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    /// Good answers.
    pub(super) good: f64,
    /// Good answers a second.
    pub(super) per_second: f64,
    /// Half of the good answers took no longer, in milliseconds.
    pub(super) p50_ms: f64,
    /// 99 of 100 took no longer.
    pub(super) p99_ms: f64,
    /// The share of answers that were 503, 0 to 1.
    pub(super) refused: f64,
    /// 99 of 100 of those took no longer, in milliseconds.
    pub(super) refused_p99_ms: f64,
    /// The share of answers that were neither good nor 503, and of requests without an answer.
    pub(super) failed: f64,
    /// The time of the server's processor that each good answer took, in milliseconds, where it is known.
    pub(super) cpu_ms: Option<f64>,
}

/// How long the answers of a load took, in seconds.
#[derive(Debug, Default)]
pub(super) struct Answers {
    good: Vec<f64>,
    refused: Vec<f64>,
    failed: usize,
}

impl Answers {
    /// One more; of a request without an answer, the status is nothing.
    pub(super) fn add(&mut self, status: Option<u16>, seconds: f64) {
        match status {
            Some(200..=299) => self.good.push(seconds),
            Some(503) => self.refused.push(seconds),
            _ => self.failed = self.failed.saturating_add(1),
        }
    }

    /// Those of another caller.
    pub(super) fn extend(&mut self, other: Self) {
        self.good.extend(other.good);
        self.refused.extend(other.refused);
        self.failed = self.failed.saturating_add(other.failed);
    }

    /// What they came to in this time, the last of them included.
    pub(super) fn measured(mut self, time: Duration) -> Measured {
        self.good.sort_by(f64::total_cmp);
        self.refused.sort_by(f64::total_cmp);
        let [good, refused, failed] = [self.good.len(), self.refused.len(), self.failed].map(count);
        let all = good + refused + failed;
        let share = |part: f64| if all > 0.0 { part / all } else { 0.0 };
        Measured {
            good,
            per_second: good / time.as_secs_f64(),
            p50_ms: percentile(&self.good, 50) * 1_000.0,
            p99_ms: percentile(&self.good, 99) * 1_000.0,
            refused: share(refused),
            refused_p99_ms: percentile(&self.refused, 99) * 1_000.0,
            failed: if all > 0.0 { share(failed) } else { 1.0 },
            cpu_ms: None,
        }
    }
}

/// Makes sure that hey is there.
pub(super) async fn ensure_installed() -> Result<()> {
    if Command::new("hey").arg("-h").output().await.is_ok() {
        return Ok(());
    }
    let installed = Command::new("apt-get").args(["install", "-yq", "hey"]).output().await;
    ensure(installed.is_ok_and(|output| output.status.success()))
}

fn ensure(installed: bool) -> Result<()> {
    let check = || -> Result<()> {
        ensure!(installed, "hey, the load generator, is not installed");
        Ok(())
    };
    check().or_next("install it: apt-get install hey")
}

/// Makes sure that a request is answered as it should be.
pub(super) async fn verify(request: &Request) -> Result<()> {
    let answer = request.with(&outbound::https().build()?).send().await?;
    ensure!(answer.status().is_success(), "it is answered {}", answer.status());
    let Some((pointer, expected)) = &request.field else { return Ok(()) };
    let json: Value = answer.json().await?;
    ensure!(json.pointer(pointer) == Some(expected), "{pointer} is not {expected} in {json}");
    Ok(())
}

/// Sends a request over and over, on so many connections, for so long.
pub(super) async fn run(request: &Request, connections: usize, time: Duration) -> Result<Measured> {
    let mut hey = Command::new("hey");
    hey.args(["-z", &format!("{}s", time.as_secs()), "-c", &connections.to_string(), "-o", "csv"]);
    hey.args(["-H", &format!("Authorization: Bearer {}", request.token)]);
    if let Some(body) = &request.body {
        hey.args(["-m", "POST", "-T", "application/json", "-d", &body.to_string()]);
    }
    let output = hey.arg(&request.url).output().await.context("hey could not be started")?;
    ensure!(output.status.success(), "hey: {}", String::from_utf8_lossy(&output.stderr));
    Ok(read(&String::from_utf8_lossy(&output.stdout), time))
}

/// What hey's table says: a line a request, its seconds first, its status in the seventh column, when it began in the eighth.
fn read(table: &str, time: Duration) -> Measured {
    let (mut answers, mut ended) = (Answers::default(), 0.0_f64);
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let seconds = fields.first().and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
        answers.add(fields.get(6).and_then(|status| status.parse().ok()), seconds);
        let began: f64 = fields.get(7).and_then(|offset| offset.parse().ok()).unwrap_or_default();
        ended = ended.max(began + seconds);
    }
    answers.measured(time.max(Duration::try_from_secs_f64(ended).unwrap_or_default()))
}

fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}

/// Of sorted values, the one that so many of 100 are not above.
pub(super) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let at = sorted.len().saturating_mul(percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_hey_is_read() {
        let first = "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset";
        let good = (1..=99).map(|n| format!("{:.4},0.0,0.0,0.0,0.0,0.0,200,0.1", f64::from(n) / 1_000.0));
        let bad = ["9.0000,0.0,0.0,0.0,0.0,0.0,503,1.0", "1.0,0.0,0.0,0.0,0.0,0.0,500,0.1"].map(str::to_owned);
        let lines: Vec<String> = [first.to_owned()].into_iter().chain(good.take(98)).chain(bad).collect();
        let measured = read(&lines.join("\n"), Duration::from_secs(2));
        let expected = Measured {
            good: 98.0,
            per_second: 9.8,
            p50_ms: 49.0,
            p99_ms: 98.0,
            refused: 0.01,
            refused_p99_ms: 9_000.0,
            failed: 0.01,
            cpu_ms: None,
        };
        assert_eq!(measured, expected);
        assert!((read("response-time\n", Duration::from_secs(1)).failed - 1.0).abs() < f64::EPSILON);
    }
}
