//! `cargo likeness bench`: what the API serves, beside what somebody would write instead, in one run on one machine.
//!
//! Only ratios within a run mean anything: the load generator is on the same machine.

mod load;
mod ours;
mod peers;
mod report;
mod target;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use crate::ui::Step;
use crate::{build, workspace};
use target::{CONNECTIONS, Column, ROWS, Row, Target};

/// Measure what the API serves, beside what somebody would write instead.
#[derive(clap::Args)]
#[command(
    after_help = "Needs hey (Debian: apt install hey), python3 with venv, and npm; a column is left out where its own are missing.\n\
                  LIKENESS_ADMIN_TOKEN is the admin token of the deployment at --url."
)]
pub(crate) struct Args {
    /// Seconds of each measurement
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Measure the deployment at this address as well: a real Spin, for example
    #[arg(long)]
    url: Option<String>,
    /// Its admin token
    #[arg(long, env = "LIKENESS_ADMIN_TOKEN", hide_env_values = true, requires = "url")]
    admin_token: Option<String>,
    /// Write the report to this file, docs/performance.md for example, and not to the terminal
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<()> {
    let root = workspace::root()?;
    load::ensure_installed().await?;
    build::functions(&root)?;
    let scratch = tempfile::tempdir()?;
    let mut columns = Vec::new();
    for name in ["runner", "native", "fastapi", "workerd", "url"] {
        let step = Step::spinner(format!("Starting {name}"));
        let started = match name {
            "runner" => ours::on_the_runner(&root, scratch.path()).await.map(Some),
            "native" => ours::natively(&root, scratch.path()).await.map(Some),
            "fastapi" => peers::fastapi(&root, scratch.path()).await.map(Some),
            "workerd" => peers::workerd(&root, scratch.path()).await.map(Some),
            _ => ours::at(args.url.as_deref(), args.admin_token.as_deref()).await,
        };
        match started {
            Ok(Some(target)) => {
                columns.push(measure(&target, Duration::from_secs(args.seconds), &step).await?);
                step.done(&format!("Measured: {}", target.name));
            }
            Ok(None) => drop(step),
            Err(error) => step.done(&format!("Left out: {name}: {error:#}")),
        }
    }
    let report = report::markdown(&columns, args.seconds);
    if let Some(file) = args.write {
        return Ok(std::fs::write(root.join(file), report)?);
    }
    println!("\n{report}");
    Ok(())
}

/// Measures every row with every number of connections. What does not answer as it should is not measured.
async fn measure(target: &Target, time: Duration, step: &Step) -> Result<Column> {
    let mut measured = Vec::new();
    for Row { name, .. } in &ROWS {
        let request = target.request(name);
        let answers = load::verify(&request).await;
        if let Err(error) = &answers {
            eprintln!("  {}, {name}: {error:#}", target.name);
        }
        for connections in CONNECTIONS {
            step.say(format!("{}: {name} at {connections}", target.name));
            measured.push(match answers {
                Ok(()) => Some(load::run(&request, connections, time).await?),
                Err(_) => None,
            });
        }
    }
    Ok(Column { name: target.name.clone(), measured })
}
