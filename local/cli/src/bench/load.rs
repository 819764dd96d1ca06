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

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    /// Good answers a second.
    pub(super) per_second: f64,
    /// Half of the good answers took no longer, in milliseconds.
    pub(super) p50_ms: f64,
    /// 99 of 100 took no longer.
    pub(super) p99_ms: f64,
    /// The share of answers that were no 2xx, and of requests without an answer, 0 to 1.
    pub(super) failed: f64,
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
    let http = outbound::https().build()?;
    let asked = match &request.body {
        Some(body) => http.post(&request.url).body(body.to_string()).header("content-type", "application/json"),
        None => http.get(&request.url),
    };
    let answer = asked.bearer_auth(&request.token).send().await?;
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

/// What hey's table says: a line a request, its seconds first, its status in the seventh column.
fn read(table: &str, time: Duration) -> Measured {
    let lines: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let is_good = |line: &&Vec<&str>| line.get(6).is_some_and(|status| status.starts_with('2'));
    let seconds = lines.iter().filter(is_good).filter_map(|line| line.first()?.parse::<f64>().ok());
    let mut good: Vec<f64> = seconds.collect();
    good.sort_by(f64::total_cmp);
    let failed = lines.len().saturating_sub(good.len());
    Measured {
        per_second: count(good.len()) / time.as_secs_f64(),
        p50_ms: percentile(&good, 50) * 1_000.0,
        p99_ms: percentile(&good, 99) * 1_000.0,
        failed: if lines.is_empty() { 1.0 } else { count(failed) / count(lines.len()) },
    }
}

fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}

fn percentile(sorted: &[f64], percent: usize) -> f64 {
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
        let bad = "9.0000,0.0,0.0,0.0,0.0,0.0,503,0.1";
        let lines: Vec<String> = [first.to_owned()].into_iter().chain(good).chain([bad.to_owned()]).collect();
        let measured = read(&lines.join("\n"), Duration::from_secs(3));
        assert_eq!(measured, Measured { per_second: 33.0, p50_ms: 50.0, p99_ms: 99.0, failed: 0.01 });
        assert!((read("response-time\n", Duration::from_secs(1)).failed - 1.0).abs() < f64::EPSILON);
    }
}
