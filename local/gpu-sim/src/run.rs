//! What a job does from its acceptance to its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use image::RgbImage;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::dataset::Downloader;
use crate::fault::{CRASHED, Fault};
use crate::job::Job;
use crate::models::Run;
use crate::picture::{self, Order};
use crate::protocol::{End, Made, Picture, Protocol};
use crate::state::{Shared, Trained};
use crate::work::{Photos, Pictures, Weights, Work};
use crate::{Misbehaviour, cog, dataset, deliver, speak, weights};

/// How often a running job's log grows.
const STEPS: u32 = 10;
/// The shortest time between two callbacks about the log.
const LOG_PAUSE: Duration = Duration::from_millis(500);
const SAYS_WHAT_IT_IS: &str = "SIMULATED: no GPU works here.\n";

/// Runs a job to its end, and tells whoever asked to be told.
pub(crate) async fn run(shared: Arc<Shared>, key: usize) {
    let Some(job) = shared.job(key) else { return };
    if job.is(Misbehaviour::Abort) {
        return end(&shared, &job, End::aborted()).await;
    }
    shared.change(key, |job| {
        if !job.is_terminal() {
            job.status = "processing";
            job.started_at = Some(jiff::Timestamp::now());
            SAYS_WHAT_IT_IS.clone_into(&mut job.logs);
        }
    });
    if !job.is(Misbehaviour::Reorder) {
        deliver::started(&shared, &job).await;
    }
    let made = match &job.work {
        Work::Train(photos) => train(&shared, &job, photos).await,
        Work::Generate(pictures) => generate(&shared, &job, pictures).await,
        Work::Run(wanted) => make(&shared, &job, wanted).await,
    };
    let how = match made {
        Ok(made) => speak::end(&shared, &job, made).await,
        Err(fault) => End::failed(fault),
    };
    end(&shared, &job, how).await;
}

/// Ends a job and tells so, unless it was canceled meanwhile.
async fn end(shared: &Arc<Shared>, job: &Job, end: End) {
    if is_over(shared, job) {
        return;
    }
    if job.is(Misbehaviour::Contradict) {
        deliver::contradiction(shared, job).await;
    }
    if !end.output.is_null() {
        deliver::progress(shared, job, "output", &end.output);
    }
    let mut ended = false;
    shared.change(job.key, |job| {
        if !job.is_terminal() {
            (job.status, job.output, job.fault) = (end.status, end.output, end.fault);
            job.completed_at = Some(jiff::Timestamp::now());
            ended = true;
        }
    });
    if ended {
        deliver::finished(shared, job).await;
    }
}

fn is_over(shared: &Shared, job: &Job) -> bool {
    shared.job(job.key).is_none_or(|job| job.is_terminal())
}

/// The time that so many pictures take.
fn times(shared: &Shared, count: u64) -> Duration {
    shared.options.picture_time.saturating_mul(u32::try_from(count).unwrap_or(1))
}

/// Lets the job's time pass, its log growing as a progress bar does.
async fn work_through(shared: &Arc<Shared>, job: &Job) -> Result<(), Fault> {
    let whole = match &job.work {
        Work::Train(_) => shared.options.training_time,
        Work::Generate(Pictures { count, .. }) => times(shared, *count),
        Work::Run(_) => shared.options.picture_time,
    };
    let whole = if job.is(Misbehaviour::Slow) { whole.saturating_mul(10) } else { whole };
    let whole = if job.is(Misbehaviour::Hang) { Duration::MAX } else { whole };
    let mut told_at = Instant::now();
    for step in 1..=STEPS {
        tokio::time::sleep(whole / STEPS).await;
        let line = format!(
            "{:3}%|{:10}| {}/1000\n",
            step * 100 / STEPS,
            "█".repeat(usize::try_from(step).unwrap_or(0)),
            step * 1_000 / STEPS
        );
        shared.change(job.key, |job| job.logs.push_str(&line));
        if told_at.elapsed() >= LOG_PAUSE {
            told_at = Instant::now();
            deliver::progress(shared, job, "logs", &Value::Null);
        }
        if is_over(shared, job) {
            return Err(Fault::new("client_cancelled", "canceled"));
        }
    }
    if job.is(Misbehaviour::Crash) {
        return Err(Fault::new(CRASHED, "Internal Server Error"));
    }
    if job.is(Misbehaviour::Fail) {
        return Err(Fault::new("internal_server_error", "sim:fail was asked for"));
    }
    Ok(())
}

async fn train(shared: &Arc<Shared>, job: &Job, wanted: &Photos) -> Result<Made, Fault> {
    let (field, count_min) = (wanted.field, wanted.count_min);
    let url = wanted.url.as_deref().with_context(|| format!("{field} must be provided"))?;
    let zip = dataset::download(&shared.client, url, field).await.map_err(Fault::of("file_download_error"))?;
    let opened = tokio::task::spawn_blocking(move || dataset::open(zip, field, count_min)).await;
    let photos = opened.context("the photos could not be read")??;
    let line = format!("Extracted {} images\n", photos.len());
    shared.change(job.key, |job| job.logs.push_str(&line));
    work_through(shared, job).await?;
    // An id may be used twice, and what it made then is another version.
    let version =
        weights::version(wanted.family, &hex::encode(Sha256::digest(format!("{} {}", job.id, job.created_at))));
    if let Some(state_dir) = &shared.options.state_dir {
        dataset::save(state_dir, &version, &photos).context("the version could not be kept")?;
    }
    let model = job.destination.clone().unwrap_or_default();
    shared.with(|state| {
        state.versions.insert(version.clone(), Arc::new(photos));
        let is_late = job.is(Misbehaviour::Unpushed);
        state.trained.push(Trained { model, version: version.clone(), at: jiff::Timestamp::now(), is_late });
    });
    Ok(Made::Version(version))
}

async fn generate(shared: &Arc<Shared>, job: &Job, wanted: &Pictures) -> Result<Made, Fault> {
    work_through(shared, job).await?;
    let photos = match &wanted.weights {
        Weights::Version(version) => {
            weights::check_family(version, wanted.family)?;
            shared.photos(version).context("the version is gone")?
        }
        Weights::Url(url) => {
            if job.protocol == Protocol::Cog {
                cog::check_weights_url(url)?;
            }
            let by = if job.protocol == Protocol::Cog { Downloader::Pget } else { Downloader::Plain };
            weights::photos(shared, url, by, wanted.family).await?
        }
    };
    let (orders, safe) = (wanted.orders(), safe_count(job, wanted));
    let made = tokio::task::spawn_blocking(move || make_all(&photos, &orders, safe)).await;
    Ok(Made::Pictures(made.context("the pictures could not be made")??))
}

async fn make(shared: &Arc<Shared>, job: &Job, wanted: &Run) -> Result<Made, Fault> {
    work_through(shared, job).await?;
    let (wanted, is_long) = (wanted.clone(), job.is(Misbehaviour::Long));
    let made = tokio::task::spawn_blocking(move || wanted.make(is_long)).await;
    Ok(Made::Files(made.context("the files could not be made")??))
}

/// How many of the pictures the safety filter lets through; the last ones are withheld.
fn safe_count(job: &Job, wanted: &Pictures) -> usize {
    let count = usize::try_from(wanted.count).unwrap_or(0);
    if job.is(Misbehaviour::Nsfw) {
        0
    } else if job.is(Misbehaviour::NsfwOne) {
        count.saturating_sub(1)
    } else {
        count
    }
}

fn make_all(photos: &[RgbImage], orders: &[Order], safe: usize) -> Result<Vec<Picture>> {
    let make = |is_unsafe, order| if is_unsafe { picture::black(order) } else { picture::make(photos, order) };
    std::thread::scope(|scope| {
        let makers: Vec<_> =
            orders.iter().enumerate().map(|(n, order)| scope.spawn(move || make(n >= safe, order))).collect();
        let made = makers.into_iter().zip(orders).enumerate().map(|(n, (maker, order))| {
            let bytes = maker.join().map_err(|_| anyhow::anyhow!("a picture could not be made"))??;
            Ok(Picture { format: order.format, bytes, is_unsafe: n >= safe })
        });
        made.collect()
    })
}
