//! What it takes until the first answer: the size of the Wasm files, an instance of each, and a start.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use runner::Runner;

use super::host::Kind;
use super::load::percentile;
use super::ours::Deployment;
use super::report::table;
use crate::ui::Step;
use crate::workspace::WASM_TARGET;

/// Instances that are made of each function.
const INSTANCES: usize = 101;
/// Starts with what was compiled before.
const STARTS: usize = 5;

/// Measures it, and writes the section.
pub(super) async fn measure(root: &Path, scratch: &Path, kinds: &[Kind], step: &Step) -> Result<String> {
    let mut rows = Vec::new();
    if kinds.contains(&Kind::Runner) {
        rows.extend(sizes(root)?);
        step.say("Making instances");
        rows.extend(instances(root, scratch).await?);
    }
    for kind in kinds {
        step.say(format!("Starting {kind:?} again and again"));
        rows.extend(starts(root, scratch, *kind).await?);
    }
    let says = format!(
        "A start is from the process to the first answer to a customer (`GET /api/v1/credits`); with what was compiled kept, half of {STARTS} starts. \
         An instance is made and given up {INSTANCES} times of each function, by itself.\n\n"
    );
    Ok(format!("{says}{}", table(["", "what"], &rows)))
}

fn row(name: impl Into<String>, what: String) -> Vec<String> {
    vec![name.into(), what]
}

/// The Wasm files.
fn sizes(root: &Path) -> Result<Vec<Vec<String>>> {
    let mut files = Vec::new();
    for name in functions(root)? {
        let file = root.join("target").join(WASM_TARGET).join("release").join(name.replace('-', "_") + ".wasm");
        let bytes = file.metadata().with_context(|| file.display().to_string())?.len();
        files.push((bytes, name));
    }
    let sum: u64 = files.iter().map(|(bytes, _)| *bytes).sum();
    let (largest, name) = files.iter().max().context("there are no functions")?;
    Ok(vec![
        row(format!("{} Wasm files together", files.len()), format!("{} KB", sum / 1_000)),
        row("the largest", format!("{} KB, {name}", largest / 1_000)),
    ])
}

/// The functions' names.
fn functions(root: &Path) -> Result<Vec<String>> {
    let folders = std::fs::read_dir(root.join("functions")).context("the folder functions")?.flatten();
    Ok(folders.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect())
}

/// An instance of each function.
async fn instances(root: &Path, scratch: &Path) -> Result<Vec<Vec<String>>> {
    let deployment = Deployment::prepare(Kind::Runner, root, scratch.join("instances")).await?;
    let runner = Runner::load(deployment.in_process()).await?;
    let mut all = Vec::new();
    for name in functions(root)? {
        let mut times = Vec::new();
        for _ in 0..INSTANCES {
            times.push(runner.instantiate(&name).await?.as_secs_f64() * 1_000_000.0);
        }
        times.sort_by(f64::total_cmp);
        all.push((percentile(&times, 50), percentile(&times, 99), name));
    }
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let told = |(p50, p99, name): &(f64, f64, String)| format!("{p50:.0} / {p99:.0} µs, {name}");
    let middle = all.get(all.len() / 2).map(told).unwrap_or_default();
    let slowest = all.last().map(told).unwrap_or_default();
    Ok(vec![row("an instance, p50 / p99: the function in the middle", middle), row("the slowest function", slowest)])
}

/// Starts with nothing compiled, where something is, and with everything.
async fn starts(root: &Path, scratch: &Path, kind: Kind) -> Result<Vec<Vec<String>>> {
    let mut deployment = Deployment::prepare(kind, root, scratch.join(format!("start-{kind:?}"))).await?;
    let name = deployment.name();
    let server = deployment.start().await?;
    let (_, key) = deployment.customer().await?;
    server.stop().await?;
    let mut rows = Vec::new();
    if kind == Kind::Runner {
        let compiled = std::mem::replace(&mut deployment.cache, scratch.join("nothing-compiled"));
        let (server, took) = deployment.start_for(&key).await?;
        server.stop().await?;
        deployment.cache = compiled;
        rows.push(row(format!("a start, nothing compiled: {name}"), seconds(took)));
    }
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let (server, took) = deployment.start_for(&key).await?;
        server.stop().await?;
        times.push(took);
    }
    times.sort();
    let compiled = if kind == Kind::Runner { ", everything compiled before" } else { "" };
    rows.push(row(format!("a start{compiled}: {name}"), seconds(times.get(STARTS / 2).copied().unwrap_or_default())));
    Ok(rows)
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
