//! What a job does from its acceptance to its end.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use image::RgbImage;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::job::{Job, Kind};
use crate::picture::{self, Format, Order};
use crate::state::{OutputFile, Shared, Trained};
use crate::{Misbehaviour, dataset, deliver};

/// How often a running job's log grows.
const STEPS: u32 = 10;
const ALL_UNSAFE: &str = "All generated images contained NSFW content. Try running it again with a different prompt.";
const SAYS_WHAT_IT_IS: &str = "SIMULATED: no GPU works here.\n";

/// How a job ended.
struct End {
    status: &'static str,
    output: Value,
    error: Value,
}

impl End {
    fn succeeded(output: Value) -> Self {
        Self { status: "succeeded", output, error: Value::Null }
    }

    fn failed(error: &str) -> Self {
        Self { status: "failed", output: Value::Null, error: error.into() }
    }
}

/// Runs a job to its end, and tells whoever asked to be told.
pub(crate) async fn run(shared: Arc<Shared>, job: Job) {
    let id = job.id.clone();
    if job.is(Misbehaviour::Abort) {
        finish(&shared, &id, End { status: "aborted", output: Value::Null, error: Value::Null });
        return deliver::finished(&shared, &job).await;
    }
    shared.change(&id, |job| {
        if !job.is_terminal() {
            job.status = "processing";
            job.started_at = Some(jiff::Timestamp::now());
            SAYS_WHAT_IT_IS.clone_into(&mut job.logs);
        }
    });
    if !job.is(Misbehaviour::Reorder) {
        deliver::started(&shared, &job).await;
    }
    let end = match job.kind {
        Kind::Training => train(&shared, &job).await,
        Kind::Prediction => predict(&shared, &job).await,
    };
    let end = end.unwrap_or_else(|error| End::failed(&format!("{error:#}")));
    if job.is(Misbehaviour::Contradict) {
        deliver::contradiction(&shared, &job).await;
    }
    finish(&shared, &id, end);
    deliver::finished(&shared, &job).await;
}

/// Lets the job's time pass, its log growing as a progress bar does.
async fn work_through(shared: &Shared, job: &Job) {
    let pictures =
        job.input.get("num_outputs").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
    let whole = match job.kind {
        Kind::Training => shared.options.training_time,
        Kind::Prediction => shared.options.picture_time.saturating_mul(pictures),
    };
    let whole = if job.is(Misbehaviour::Slow) { whole.saturating_mul(10) } else { whole };
    let whole = if job.is(Misbehaviour::Hang) { Duration::MAX } else { whole };
    for step in 1..=STEPS {
        tokio::time::sleep(whole / STEPS).await;
        let line = format!(
            "{:3}%|{:10}| {}/1000\n",
            step * 100 / STEPS,
            "█".repeat(usize::try_from(step).unwrap_or(0)),
            step * 1_000 / STEPS
        );
        shared.change(&job.id, |job| job.logs.push_str(&line));
    }
}

fn finish(shared: &Shared, id: &str, end: End) {
    shared.change(id, |job| {
        if !job.is_terminal() {
            (job.status, job.output, job.error) = (end.status, end.output, end.error);
            job.completed_at = Some(jiff::Timestamp::now());
        }
    });
}

async fn train(shared: &Arc<Shared>, job: &Job) -> Result<End> {
    let url = job.input.get("input_images").and_then(Value::as_str).context("input_images must be provided")?;
    let zip = dataset::download(&shared.client, url).await?;
    let photos = tokio::task::spawn_blocking(move || dataset::open(zip)).await??;
    let line = format!("Extracted {} images\n", photos.len());
    shared.change(&job.id, |job| job.logs.push_str(&line));
    work_through(shared, job).await;
    if job.is(Misbehaviour::Fail) {
        return Ok(End::failed("sim:fail was asked for"));
    }
    let version = hex::encode(Sha256::digest(&job.id));
    if let Some(state_dir) = &shared.options.state_dir {
        dataset::save(state_dir, &version, &photos).context("the version could not be kept")?;
    }
    let model = job.destination.clone().unwrap_or_default();
    shared.with(|state| {
        state.versions.insert(version.clone(), Arc::new(photos));
        state.trained.push(Trained { model: model.clone(), version: version.clone(), at: jiff::Timestamp::now() });
    });
    let weights = format!("{}/weights/{version}/trained_model.tar", shared.options.base_url);
    Ok(End::succeeded(json!({ "version": format!("{model}:{version}"), "weights": weights })))
}

async fn predict(shared: &Arc<Shared>, job: &Job) -> Result<End> {
    work_through(shared, job).await;
    if job.is(Misbehaviour::Fail) {
        return Ok(End::failed("sim:fail was asked for"));
    }
    if job.is(Misbehaviour::Nsfw) {
        return Ok(End::failed(ALL_UNSAFE));
    }
    let photos = shared.photos(&job.version).context("the version is gone")?;
    let orders = orders(job)?;
    let made = tokio::task::spawn_blocking(move || make_all(&photos, &orders)).await??;
    let base = if job.is(Misbehaviour::BadOutput) { "http://169.254.169.254" } else { &shared.options.base_url };
    let mut urls = Vec::new();
    for (n, (format, bytes)) in made.into_iter().enumerate() {
        let name = format!("{}-{n}.{}", job.id, format.extension());
        urls.push(format!("{base}/files/{name}"));
        let file =
            OutputFile { bytes: Arc::new(bytes), media_type: format.media_type(), made_at: jiff::Timestamp::now() };
        shared.with(|state| state.files.insert(name, file));
    }
    if job.is(Misbehaviour::NsfwOne) {
        urls.pop();
    }
    Ok(End::succeeded(json!(urls)))
}

fn orders(job: &Job) -> Result<Vec<Order>> {
    let text = |name: &str, default: &str| job.input.get(name).and_then(Value::as_str).unwrap_or(default).to_owned();
    let (width, height) = picture::size_of(&text("aspect_ratio", "1:1")).context("aspect_ratio")?;
    let format = Format::parse(&text("output_format", "webp")).context("output_format")?;
    let count = job.input.get("num_outputs").and_then(Value::as_u64).unwrap_or(1);
    let first_seed = job.input.get("seed").and_then(Value::as_u64).unwrap_or_else(rand::random);
    let order = |n| Order { prompt: text("prompt", ""), width, height, seed: first_seed.wrapping_add(n), format };
    Ok((0..count).map(order).collect())
}

fn make_all(photos: &[RgbImage], orders: &[Order]) -> Result<Vec<(Format, Vec<u8>)>> {
    std::thread::scope(|scope| {
        let makers: Vec<_> = orders.iter().map(|order| scope.spawn(|| picture::make(photos, order))).collect();
        let made = makers.into_iter().zip(orders).map(|(maker, order)| {
            let bytes = maker.join().map_err(|_| anyhow::anyhow!("a picture could not be made"))??;
            Ok((order.format, bytes))
        });
        made.collect()
    })
}
