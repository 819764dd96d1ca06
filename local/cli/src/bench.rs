//! `cargo likeness bench`: what the API serves, beside what somebody would write instead, in one run on one machine.
//!
//! Only ratios within a run mean anything: the load generator is on the same machine. A part that cannot be measured is left out, and says why.

mod accounts;
mod copies;
mod counts;
mod files;
mod growth;
pub(crate) mod host;
mod load;
mod ours;
mod overload;
mod part;
mod peers;
mod photos;
mod process;
mod report;
mod routes;
mod start;
mod target;
mod turns;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::ui::Step;
use crate::{build, workspace};
use host::Kind;
use ours::Deployment;
use part::Part;
use report::Section;
use target::Target;

/// Measure what the API serves, beside what somebody would write instead.
#[derive(clap::Args)]
#[command(
    after_help = "Needs hey (Debian: apt install hey), python3 with venv, and npm; a column is left out where its own are missing. Takes some 8 minutes on 2 cores.\n\
                  LIKENESS_ADMIN_TOKEN is the admin token of the deployment at --url."
)]
pub(crate) struct Args {
    /// What is measured; everything unless told
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Beside whom; everybody unless told
    #[arg(long, value_enum, value_delimiter = ',')]
    columns: Vec<Beside>,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Measure growth with a million tasks as well; takes many minutes and 2 GB of disk
    #[arg(long)]
    large: bool,
    /// Measure the deployment at this address as well: a real Spin, for example
    #[arg(long)]
    url: Option<String>,
    /// Its admin token
    #[arg(long, env = "LIKENESS_ADMIN_TOKEN", hide_env_values = true, requires = "url")]
    admin_token: Option<String>,
    /// Write the report to this file, docs/performance.md for example, and not to the terminal; sections that are not measured stay as they are
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// A column.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    /// The Wasm files on the runner
    Runner,
    /// The same handlers without Wasm
    Native,
    /// `FastAPI` on `SQLite`
    Fastapi,
    /// workerd with a Durable Object
    Workerd,
    /// What is at --url
    Url,
}

impl Beside {
    const ALL: [Self; 5] = [Self::Runner, Self::Native, Self::Fastapi, Self::Workerd, Self::Url];
}

/// How it is measured.
struct Bench {
    root: PathBuf,
    scratch: tempfile::TempDir,
    time: Duration,
    args: Args,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> Result<()> {
    let (root, scratch) = (workspace::root()?, tempfile::tempdir()?);
    let bench = Bench { root, scratch, time: Duration::from_secs(args.seconds), args };
    load::ensure_installed().await?;
    if bench.kinds().contains(&Kind::Runner) {
        build::functions(&bench.root)?;
    }
    let mut sections = bench.beside().await?;
    for part in [Part::Start, Part::Photos, Part::Growth, Part::Counts] {
        sections.extend(bench.by_itself(part).await);
    }
    let Some(file) = &bench.args.write else {
        println!("\n{}", report::merged("", &sections));
        return Ok(());
    };
    let file = bench.root.join(file);
    let before = std::fs::read_to_string(&file).unwrap_or_default();
    std::fs::write(&file, report::merged(&before, &sections)).with_context(|| file.display().to_string())
}

impl Bench {
    fn wants(&self, part: Part) -> bool {
        self.args.parts.is_empty() || self.args.parts.contains(&part)
    }

    fn columns(&self) -> impl Iterator<Item = Beside> {
        Beside::ALL.into_iter().filter(|column| self.args.columns.is_empty() || self.args.columns.contains(column))
    }

    /// Which of our hosts are measured.
    fn kinds(&self) -> Vec<Kind> {
        let kind = |column| match column {
            Beside::Runner => Some(Kind::Runner),
            Beside::Native => Some(Kind::Native),
            _ => None,
        };
        self.columns().filter_map(kind).collect()
    }

    fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// The parts with a column for each server.
    async fn beside(&self) -> Result<Vec<Section>> {
        let parts = [Part::Routes, Part::Accounts, Part::Overload].map(|part| self.wants(part));
        if !parts.contains(&true) {
            return Ok(Vec::new());
        }
        let mut columns = Vec::new();
        for column in self.columns() {
            let step = Step::spinner(format!("Starting {column:?}"));
            match self.start(column).await {
                Ok(Some(target)) => {
                    columns.push(self.measure(&target, parts, &step).await?);
                    step.done(&format!("Measured: {}", target.name));
                }
                Ok(None) => drop(step),
                Err(error) => step.done(&format!("Left out: {column:?}: {error:#}")),
            }
        }
        Ok(sections(&columns, self.args.seconds))
    }

    async fn start(&self, column: Beside) -> Result<Option<Target>> {
        let deploy = async |kind| {
            let state = self.scratch().join(format!("beside-{kind:?}"));
            Deployment::prepare(kind, &self.root, state).await?.target().await
        };
        match column {
            Beside::Runner => deploy(Kind::Runner).await.map(Some),
            Beside::Native => deploy(Kind::Native).await.map(Some),
            Beside::Fastapi => peers::fastapi(&self.root, self.scratch()).await.map(Some),
            Beside::Workerd => peers::workerd(&self.root, self.scratch()).await.map(Some),
            Beside::Url => ours::at(&self.root, self.args.url.as_deref(), self.args.admin_token.as_deref()).await,
        }
    }

    async fn measure(&self, target: &Target, [routes, accounts, overload]: [bool; 3], step: &Step) -> Result<Column> {
        let mut column = Column { name: target.name.clone(), routes: None, accounts: None, overload: None };
        if routes {
            column.routes = Some(routes::measure(target, self.time, step).await?);
        }
        if accounts {
            column.accounts = Some(accounts::measure(target, self.time, step).await?);
        }
        if overload {
            column.overload = Some(overload::measure(target, self.time, step).await?);
        }
        Ok(column)
    }

    /// A part that starts what it needs; nothing where it is not wanted, or cannot be measured.
    async fn by_itself(&self, part: Part) -> Option<Section> {
        let kinds = self.kinds();
        let first = *kinds.first()?;
        if !self.wants(part) {
            return None;
        }
        let step = Step::spinner(part.title());
        let (root, scratch) = (&self.root, self.scratch());
        let body = match part {
            Part::Start => start::measure(root, scratch, &kinds, &step).await,
            Part::Photos => photos::measure(root, scratch, &kinds, &step).await,
            Part::Growth => growth::measure(root, scratch, first, (self.args.large, self.time), &step).await,
            _ => counts::section(root),
        };
        match body {
            Ok(body) => {
                step.done(&format!("Measured: {}", part.title()));
                Some(Section { part, body })
            }
            Err(error) => {
                step.done(&format!("Left out: {}: {error:#}", part.title()));
                None
            }
        }
    }
}

/// What one server served.
struct Column {
    name: String,
    routes: Option<routes::Routes>,
    accounts: Option<accounts::Accounts>,
    overload: Option<overload::Overload>,
}

/// The sections of the parts that were measured.
fn sections(columns: &[Column], seconds: u64) -> Vec<Section> {
    fn of<'a, T>(columns: &'a [Column], get: impl Fn(&'a Column) -> Option<&'a T>) -> Vec<(&'a str, &'a T)> {
        columns.iter().filter_map(|column| Some((column.name.as_str(), get(column)?))).collect()
    }
    let routes = of(columns, |column| column.routes.as_ref());
    let accounts = of(columns, |column| column.accounts.as_ref());
    let overload = of(columns, |column| column.overload.as_ref());
    let section = |part, any: bool, body: &dyn Fn() -> String| any.then(|| Section { part, body: body() });
    [
        section(Part::Routes, !routes.is_empty(), &|| routes::section(&routes, seconds)),
        section(Part::Accounts, !accounts.is_empty(), &|| accounts::section(&accounts, seconds)),
        section(Part::Overload, !overload.is_empty(), &|| overload::section(&overload, seconds)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
