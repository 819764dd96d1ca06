//! What each kind of request takes, alone and beside others.

use std::time::Duration;

use anyhow::Result;

use super::load::{self, Measured};
use super::process::Memory;
use super::report::{NOTHING, cells, table};
use super::target::Target;
use crate::ui::Step;

/// All kinds, in the order of the report, and what each is.
const ROWS: [(&str, &str); 6] = [
    ("hello", "`GET /`: no store"),
    ("character", "`GET /api/v1/characters/{id}` of one that is ready"),
    ("credits", "`GET /api/v1/credits`"),
    ("tasks", "`GET /api/v1/tasks`, a page"),
    ("grant", "`POST .../grants` to one account: a change of its balance, durable before the answer"),
    (
        "generate",
        "`POST /api/v1/characters/{id}/generate` of one picture, to its end: its price is held, a provider asked, the picture delivered, copied and marked, the hold captured. The provider is simulated in the \
         program that measures, draws the picture at once, and shares the machine; the peers have no such route",
    ),
];

/// Connections that ask at once, in one measurement after the other.
const CONNECTIONS: [usize; 3] = [1, 16, 64];

/// What one target served.
pub(super) struct Routes {
    /// For each row, a measurement for each number of connections.
    rows: Vec<Vec<Option<Measured>>>,
    /// Before and after.
    memory: Option<(Memory, Memory)>,
}

/// Measures every row with every number of connections. What does not answer as it should is not measured.
pub(super) async fn measure(target: &Target, time: Duration, step: &Step) -> Result<Routes> {
    let memory = || target.server.as_ref().map(super::process::Server::memory);
    let (before, mut rows) = (memory(), Vec::new());
    for (name, _) in ROWS {
        let mut row = Vec::new();
        for connections in CONNECTIONS {
            step.say(format!("{}: {name} at {connections}", target.name));
            row.push(one(target, name, connections, time).await?);
        }
        rows.push(row);
    }
    Ok(Routes { rows, memory: before.zip(memory()) })
}

/// Measures a kind of request, if the target has it and answers it well.
pub(super) async fn one(target: &Target, name: &str, connections: usize, time: Duration) -> Result<Option<Measured>> {
    let Some(request) = target.request(name) else { return Ok(None) };
    if let Err(error) = load::verify(&request).await {
        eprintln!("  {}, {name}: {error:#}", target.name);
        return Ok(None);
    }
    target.ask(&request, connections, time).await.map(Some)
}

/// The section.
pub(super) fn section(columns: &[(&str, &Routes)], seconds: u64) -> String {
    let head = || std::iter::once("").chain(columns.iter().map(|(name, _)| *name));
    let tables = CONNECTIONS.iter().enumerate().map(|(n, connections)| {
        let plural = if *connections == 1 { "" } else { "s" };
        let rows: Vec<Vec<String>> =
            ROWS.iter().enumerate().map(|(row, (name, _))| line(columns, row, n, name)).collect();
        format!("### {connections} connection{plural}, {seconds} s each\n\n{}\n", table(head(), &rows))
    });
    let memory = columns.iter().map(|(_, routes)| match routes.memory {
        Some((before, after)) => format!("{:.0} / {:.0} / {:.0}", before.now, after.peak, after.now),
        None => NOTHING.to_owned(),
    });
    let memory = std::iter::once("MB before / at most / at the end".to_owned()).chain(memory).collect();
    let memory = format!("### Memory\n\n{}\n", table(head(), &[memory]));
    let says = ROWS.map(|(name, says)| format!("- **{name}**: {says}.\n"));
    tables.chain([memory]).chain(says).collect()
}

/// A row's cells, for the `n`th number of connections.
fn line(columns: &[(&str, &Routes)], row: usize, n: usize, name: &str) -> Vec<String> {
    let at = |routes: &Routes| routes.rows.get(row).and_then(|row| row.get(n)).copied().flatten();
    let measured: Vec<_> = columns.iter().map(|(_, routes)| at(routes)).collect();
    std::iter::once(name.to_owned()).chain(cells(&measured)).collect()
}
