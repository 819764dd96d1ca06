//! What is left of the best a server does when twice as many ask.

use std::time::Duration;

use anyhow::Result;

use super::load::Measured;
use super::report::{NOTHING, table};
use super::routes;
use super::target::Target;
use crate::ui::Step;

/// A read, and a durable write of one account.
const ROWS: [&str; 2] = ["credits", "grant"];
/// Connections among which the best is looked for.
const CONNECTIONS: [usize; 5] = [16, 32, 64, 128, 256];

/// A server at its best, and beyond.
#[derive(Debug, Clone, Copy)]
struct Turn {
    connections: usize,
    best: Measured,
    twice: Measured,
}

/// What one target served: a turn for each row.
pub(super) struct Overload(Vec<Option<Turn>>);

/// Measures every row.
pub(super) async fn measure(target: &Target, time: Duration, step: &Step) -> Result<Overload> {
    let mut rows = Vec::new();
    for name in ROWS {
        let mut best: Option<(usize, Measured)> = None;
        for connections in CONNECTIONS {
            step.say(format!("{}: {name} at {connections}", target.name));
            let Some(measured) = routes::one(target, name, connections, time).await? else { continue };
            if best.is_none_or(|(_, best)| measured.per_second > best.per_second) {
                best = Some((connections, measured));
            }
        }
        let Some((connections, best)) = best else {
            rows.push(None);
            continue;
        };
        step.say(format!("{}: {name} at {}", target.name, connections.saturating_mul(2)));
        let twice = routes::one(target, name, connections.saturating_mul(2), time).await?;
        rows.push(twice.map(|twice| Turn { connections, best, twice }));
    }
    Ok(Overload(rows))
}

/// The section.
pub(super) fn section(columns: &[(&str, &Overload)], seconds: u64) -> String {
    let line = |(n, name): (usize, &&str)| {
        let cells = columns.iter().map(|(_, overload)| cell(overload.0.get(n).copied().flatten()));
        std::iter::once((*name).to_owned()).chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = ROWS.iter().enumerate().map(line).collect();
    let head = std::iter::once("").chain(columns.iter().map(|(name, _)| *name));
    format!(
        "The best that {CONNECTIONS:?} connections get, {seconds} s each, and what twice those connections get: as a share of the best, \
         half and 99 of 100 good answers within these milliseconds, and the answers that were 503.\n\n{}",
        table(head, &rows)
    )
}

fn cell(turn: Option<Turn>) -> String {
    let Some(Turn { connections, best, twice }) = turn else { return NOTHING.to_owned() };
    let share = twice.per_second / best.per_second;
    let refused = if twice.refused > 0.0 {
        format!("; {:.1} % 503, 99 of 100 within {:.0} ms", twice.refused * 100.0, twice.refused_p99_ms)
    } else {
        "; no 503".to_owned()
    };
    let failed = if twice.failed > 0.0 { format!("; {:.1} % failed", twice.failed * 100.0) } else { String::new() };
    let (p50, p99) = (twice.p50_ms, twice.p99_ms);
    let most = best.per_second;
    format!("{most:.0}/s at {connections}; twice that: {share:.2} of it, {p50:.0} / {p99:.0} ms{refused}{failed}")
}
