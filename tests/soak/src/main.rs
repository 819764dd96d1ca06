//! The black-box soak: real components, a real store on disk, customers over HTTP, and a kill (signal 9) at random moments.
//!
//! The simulation could be wrong about the world, so this one is the world: the application runs in a process of its own and is killed
//! again and again while customers create, generate and poll. In the end it is started once more and swept until nothing is open. Then the
//! audit, the customers' own notes and the provider's list of jobs have to agree. See `cargo likeness soak --help`.

#![expect(clippy::indexing_slicing, reason = "a `Value` that is not there is null, and the lists are not empty")]

mod application;
mod args;
mod cheat;
mod customers;
mod hostile;
mod verdict;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use application::Application;
use args::Args;
use cheat::Cheat;
use clap::Parser;
use customers::Customer;
use e2e::Photos;
use gpu_sim::Simulator;
use hostile::{Hostile, Witness};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use servers::RedisServer;
use tokio::net::TcpListener;

/// How long the sweep may take to finish everything: the deadline of a minute, and what is asked after it.
const SWEEP_TIME_MAX: Duration = Duration::from_mins(3);

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = match &args.serve {
        Some(settings) => application::serve(settings).await.map(|()| true),
        None => soak(&args).await,
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn soak(args: &Args) -> Result<bool> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let on = if args.redis { ", on Redis" } else { "" };
    let what = if args.hostile { "a hostile one beside them".to_owned() } else { format!("{} kills", args.kills) };
    println!("Soak with seed {seed}: {} customers, {what}{on}", args.customers);
    let photos = Arc::new(Photos::serve().await?);
    let (simulator, gpu_url) = start_gpu().await?;
    let state = tempfile::tempdir()?;
    let mut redis = if args.redis { Some(start_redis(state.path())?) } else { None };
    let store_url = redis.as_ref().map(RedisServer::url).unwrap_or_default();
    let tarpit = if args.hostile { hostile::tarpit().await? } else { String::new() };
    let mut application = Application::start(state.path(), &gpu_url, &store_url, &tarpit).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut busy = Vec::new();
    for n in 0..args.customers {
        let customer = Customer::open(&application.base, application.operator(), photos.clone(), seed + u64::from(n));
        busy.push(tokio::spawn(customer.await?.live(stop.clone())));
    }
    let mut complaints = Vec::new();
    let kills = if args.hostile { 0 } else { args.kills };
    if args.hostile {
        complaints = beside_the_hostile(&application, &tarpit, &photos, &stop).await?;
    } else {
        kill_again_and_again(&mut application, redis.as_mut(), kills, seed).await?;
        stop.store(true, Ordering::Relaxed);
    }
    let mut notes = Vec::new();
    for customer in busy {
        notes.push(customer.await.context("a customer")??);
    }
    application.kill().await?;
    application.restart().await?;
    finish(&application).await?;
    let mut findings = verdict::judge(&application.operator(), &notes, &simulator.jobs()).await?;
    findings.extend(complaints);
    if args.hostile {
        findings.extend(cheat::judge(&simulator.jobs(), &application.base, &photos).await?);
    }
    let (told, charged) =
        notes.iter().fold((0, 0), |(told, charged), note| (told + note.told.len(), charged + note.answers));
    println!("{charged} answers, {told} tasks told of, {} jobs at the provider, {kills} kills", simulator.jobs().len());
    for finding in &findings {
        println!("  {finding}");
    }
    println!("{}", if findings.is_empty() { "Nothing lost, nothing charged twice." } else { "Broken: see above." });
    Ok(findings.is_empty())
}

/// Lets the hostile customer do what it wants for as long as a training may take; says what honest ones have to complain of.
async fn beside_the_hostile(
    application: &Application,
    tarpit: &str,
    photos: &Arc<Photos>,
    stop: &Arc<AtomicBool>,
) -> Result<Vec<String>> {
    let (base, operator) = (&application.base, application.operator());
    let hostile = Hostile::open(base, &operator, tarpit, photos.clone()).await?;
    let looks = Witness::open(base, &operator, photos.clone()).await?;
    let waits = Witness::open(base, &operator, photos.clone()).await?;
    let hostile = tokio::spawn(hostile.live(stop.clone()));
    let cheat = Hostile::open(base, &operator, "", photos.clone()).await?.actor();
    let cheat = tokio::spawn(Cheat::new(base, cheat, photos.clone()).live(stop.clone()));
    let sweeps = tokio::spawn(hostile::sweep(operator, stop.clone()));
    let overdue = async {
        let found = waits.overdue(Duration::from_mins(application::TRAINING_DEADLINE_MINUTES)).await;
        stop.store(true, Ordering::Relaxed);
        found
    };
    let (mut complaints, overdue) = tokio::join!(looks.look(stop), overdue);
    complaints.extend(overdue?);
    hostile.await.context("the hostile customer")?;
    cheat.await.context("the one that cheats")??;
    sweeps.await.context("the sweep")?;
    Ok(complaints)
}

fn start_redis(folder: &Path) -> Result<RedisServer> {
    RedisServer::durable(folder).context("redis-server could not be started: install it, or soak without --redis")
}

async fn start_gpu() -> Result<(Simulator, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let simulator = Simulator::new(gpu_sim::Options {
        base_url: url.clone(),
        token: application::API_TOKEN.to_owned(),
        webhook_secret: application::WEBHOOK_SECRET.to_owned(),
        training_time: Duration::from_millis(400),
        picture_time: Duration::from_millis(60),
        ..gpu_sim::Options::default()
    });
    tokio::spawn(simulator.clone().serve(listener, std::future::pending()));
    Ok((simulator, url))
}

async fn kill_again_and_again(
    application: &mut Application,
    mut redis: Option<&mut RedisServer>,
    kills: u32,
    seed: u64,
) -> Result<()> {
    let progress = ProgressBar::new(kills.into());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} kills, {elapsed}") {
        progress.set_style(style);
    }
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(random.u64(200..2_500))).await;
        match &mut redis {
            Some(redis) if random.u8(..3) == 0 => anyhow::ensure!(redis.restart(), "redis-server does not start again"),
            _ => {
                application.kill().await?;
                application.restart().await?;
            }
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(())
}

/// Sweeps until no task is open.
async fn finish(application: &Application) -> Result<()> {
    let began = std::time::Instant::now();
    while began.elapsed() < SWEEP_TIME_MAX {
        // Two at once, as where two sweepers are set up by mistake.
        let operator = application.operator();
        let everything = json!({ "all": true });
        let (first, second) = tokio::join!(
            operator.post("/api/v1/admin/reconcile", &everything),
            operator.post("/api/v1/admin/reconcile", &everything)
        );
        second?;
        let swept = first?.data()?.clone();
        if [&swept["open"], &swept["failed"], &swept["settled"]].iter().all(|count| **count == 0) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    bail!("tasks are open after {} s of sweeping", SWEEP_TIME_MAX.as_secs())
}
