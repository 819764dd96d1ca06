//! A container that runs, asked how it is and what it is.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::StatusCode;
use serde_json::Value;

use super::document::{Role, health, schema};
use crate::failure::OrNext;

/// Longest time for an answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(15);
/// Largest answer, in bytes.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Looks at the container at this address; says in a line that it is well.
pub(super) async fn check(role: Role, url: &str) -> Result<String> {
    let url = url.trim_end_matches('/');
    let client = outbound::https().timeout(ANSWER_TIME_MAX).build()?;
    let (status, told) = ask(&client, role, url, "health-check").await?;
    ensure_cog(role, url, status)?;
    let version = health(role, url, &told)?;
    let (status, told) = ask(&client, role, url, "openapi.json").await?;
    // A server without a description, as one that no `cog build` made, says so with this.
    if status == StatusCode::SERVICE_UNAVAILABLE {
        return Ok(format!(
            "{role} at {url} is ready (Cog {version}). It does not describe itself, so that what it does is not known."
        ));
    }
    ensure_cog(role, url, status)?;
    schema(role, url, &told, version != "0.16 or older")?;
    Ok(format!("{role} at {url} is ready, and is what it should be (Cog {version})."))
}

fn ensure_cog(role: Role, url: &str, status: StatusCode) -> Result<()> {
    let told = if status.is_success() { Ok(()) } else { Err(anyhow::anyhow!("{role} at {url} answers {status}")) };
    told.or_next("see that the address is that of a Cog container, with nothing in between that asks for a password")
}

async fn ask(client: &reqwest::Client, role: Role, url: &str, path: &str) -> Result<(StatusCode, Value)> {
    let answer = client.get(format!("{url}/{path}")).send().await;
    let mut answer = answer.with_context(|| format!("{role} at {url} cannot be reached")).or_next(
        "start it as `cargo likeness cog` says; see its address, its port, and whether this machine may reach it",
    )?;
    let status = answer.status();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.with_context(|| format!("{role} at {url} broke off"))? {
        body.extend_from_slice(&chunk);
        ensure!(body.len() <= ANSWER_BYTES_MAX, "{role} at {url} answers more than {ANSWER_BYTES_MAX} bytes");
    }
    Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
}
