//! The report: a table for each number of connections, and how it came about.

use domain::Timestamp;

use super::load::Measured;
use super::target::{CONNECTIONS, Column, ROWS};

/// A share of failed answers that is not told.
const FAILED_TOLD: f64 = 0.000_5;

/// The whole report.
pub(super) fn markdown(columns: &[Column], seconds: u64) -> String {
    let mut lines = vec![INTRODUCTION.to_owned(), machine()];
    for (n, connections) in CONNECTIONS.iter().enumerate() {
        let plural = if *connections == 1 { "" } else { "s" };
        lines.push(format!("\n## {connections} connection{plural}, {seconds} s each\n"));
        lines.extend(table(columns, n));
    }
    lines.push("\n## The rows\n".to_owned());
    lines.extend(ROWS.iter().map(|row| format!("- **{}**: {}.", row.name, row.says)));
    lines.join("\n") + "\n"
}

/// The lines of the table for the `n`th number of connections.
fn table(columns: &[Column], n: usize) -> Vec<String> {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let mut lines = vec![format!("| | {} |", names.join(" | ")), format!("|---|{}", "---|".repeat(names.len()))];
    lines.extend(ROWS.iter().enumerate().map(|(row, kind)| {
        let at = |column: &Column| column.measured.get(row * CONNECTIONS.len() + n).copied().flatten();
        let first = columns.first().and_then(at);
        let cells: Vec<String> = columns.iter().map(|column| cell(at(column), first)).collect();
        format!("| {} | {} |", kind.name, cells.join(" | "))
    }));
    lines
}

/// Answers a second, as a multiple of the first column's; half and 99 of 100 took no longer.
fn cell(measured: Option<Measured>, first: Option<Measured>) -> String {
    let Some(Measured { per_second, p50_ms, p99_ms, failed }) = measured else { return "-".to_owned() };
    let ratio = first.map_or(f64::NAN, |first| per_second / first.per_second);
    let failures = if failed > FAILED_TOLD { format!(", {:.1} % failed", failed * 100.0) } else { String::new() };
    format!("{per_second:.0}/s ({ratio:.2}x), {p50_ms:.1} / {p99_ms:.1} ms{failures}")
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim()));
    let build = if cfg!(debug_assertions) { "not optimised: see `cargo likeness build --native`" } else { "optimised" };
    let date = now().to_string();
    let day = date.split('T').next().unwrap_or_default();
    format!("Measured on {day}, on {cores} cores ({}), the native programs {build}.", model.unwrap_or("unknown"))
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

const INTRODUCTION: &str = "# Performance

Written by `cargo likeness bench --write docs/performance.md`. A cell has good answers a second, the same as a multiple of the first column's, and within
how many milliseconds half and 99 of 100 good answers came. Only ratios within one run mean anything: everything, the load generator too, shares one machine.

The load is [hey](https://github.com/rakyll/hey): it asks again on each connection as soon as it is answered, so a server that stands still is asked less, and its
worst times are counted too seldom (coordinated omission). Every answer is checked once before it is measured. The peers are in `benches/`: the same routes,
and a grant is on the disk before its answer in all of them (SQLite with `synchronous=FULL`; workerd's output gate).
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_the_ratio_to_the_first_column_and_what_failed() {
        let measured = |per_second, failed| Measured { per_second, p50_ms: 1.25, p99_ms: 9.0, failed };
        let first = Some(measured(200.0, 0.0));
        assert_eq!(cell(Some(measured(300.0, 0.0)), first), "300/s (1.50x), 1.2 / 9.0 ms");
        assert_eq!(cell(Some(measured(100.0, 0.25)), first), "100/s (0.50x), 1.2 / 9.0 ms, 25.0 % failed");
        assert_eq!(cell(None, first), "-");
    }
}
