//! The report: a section for each part, each with its date and machine. Those that were not measured this time stay as they were.

use domain::Timestamp;

use super::load::Measured;
use super::part::Part;

/// A share of failed answers that is not told.
const FAILED_TOLD: f64 = 0.000_5;
/// What stands for what was not, or cannot be, measured.
pub(super) const NOTHING: &str = "-";

/// What a part came to.
pub(super) struct Section {
    /// Which part.
    pub(super) part: Part,
    /// Its text, without a heading.
    pub(super) body: String,
}

/// The whole report: the new sections, and of the rest those of the report before.
pub(super) fn merged(before: &str, sections: &[Section]) -> String {
    let kept = |title: &str| before.split("\n## ").find(|section| section.lines().next() == Some(title));
    let all = Part::ALL.iter().filter_map(|part| {
        let new = sections.iter().find(|section| section.part == *part);
        let new = new.map(|section| format!("{}\n\n{}\n\n{}", part.title(), machine(), section.body.trim()));
        Some(format!("\n## {}\n", new.or_else(|| kept(part.title()).map(|text| text.trim().to_owned()))?))
    });
    std::iter::once(INTRODUCTION.to_owned()).chain(all).collect()
}

/// A table: a line of headings, the rows.
pub(super) fn table<'a>(head: impl IntoIterator<Item = &'a str>, rows: &[Vec<String>]) -> String {
    let head: Vec<&str> = head.into_iter().collect();
    let rule = "---|".repeat(head.len());
    let rows = rows.iter().map(|row| format!("| {} |\n", row.join(" | ")));
    format!("| {} |\n|{rule}\n{}", head.join(" | "), rows.collect::<String>())
}

/// Answers a second, as a multiple of the first column's; half and 99 of 100 took no longer; what of the processor each took; what was none.
pub(super) fn cell(measured: Option<Measured>, first: Option<Measured>) -> String {
    let Some(measured) = measured else { return NOTHING.to_owned() };
    let Measured { per_second, p50_ms, p99_ms, refused, failed, cpu_ms, .. } = measured;
    let ratio = first.map_or(f64::NAN, |first| per_second / first.per_second);
    let share = |share: f64, what: &str| {
        if share > FAILED_TOLD { format!(", {:.1} % {what}", share * 100.0) } else { String::new() }
    };
    let (refused, failed) = (share(refused, "503"), share(failed, "failed"));
    let cpu = cpu_ms.filter(|ms| ms.is_finite()).map(|ms| format!(", {ms:.2} CPU")).unwrap_or_default();
    format!("{per_second:.0}/s ({ratio:.2}x), {p50_ms:.1} / {p99_ms:.1} ms{cpu}{refused}{failed}")
}

/// The cells of a row: each column's measurement beside the first column's.
pub(super) fn cells(measured: &[Option<Measured>]) -> impl Iterator<Item = String> {
    let first = measured.first().copied().flatten();
    measured.iter().map(move |one| cell(*one, first))
}

/// The machine, and the day.
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

Written by `cargo likeness bench --write docs/performance.md`; with names of parts behind it (`cargo likeness bench --help` has them) those sections are measured anew and the others stay.
Only ratios within one run mean anything: everything, the load generator too, shares one machine.

A cell with a rate has the good answers a second, the same as a multiple of the first column's, within how many milliseconds half and 99 of 100 good answers came, and how many milliseconds of the
processor the server took for each (`CPU`; its own processes only). Then the share of answers that were 503, and of those that failed otherwise, where there were any.

The load is [hey](https://github.com/rakyll/hey); where the requests differ, a loop of our own does the same. Both ask again on each connection as soon as it is answered, so a server that stands still is asked less, and its
worst times are counted too seldom (coordinated omission). Every answer is checked once before it is measured. The peers are in `benches/`: the same routes,
and a grant is on the disk before its answer in all of them (SQLite with `synchronous=FULL`; workerd's output gate).

What bounds these numbers, and what was aimed at: [performance-limits.md](performance-limits.md).
";

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(per_second: f64, refused: f64, failed: f64, cpu_ms: Option<f64>) -> Measured {
        let (good, p50_ms, p99_ms, refused_p99_ms) = (1.0, 1.25, 9.0, f64::NAN);
        Measured { good, per_second, p50_ms, p99_ms, refused, refused_p99_ms, failed, cpu_ms }
    }

    #[test]
    fn a_cell_has_the_ratio_to_the_first_column_and_what_failed() {
        let first = Some(measured(200.0, 0.0, 0.0, None));
        assert_eq!(cell(Some(measured(300.0, 0.0, 0.0, Some(0.5))), first), "300/s (1.50x), 1.2 / 9.0 ms, 0.50 CPU");
        let bad = Some(measured(100.0, 0.25, 0.5, None));
        assert_eq!(cell(bad, first), "100/s (0.50x), 1.2 / 9.0 ms, 25.0 % 503, 50.0 % failed");
        assert_eq!(cell(None, first), NOTHING);
    }

    #[test]
    fn what_was_not_measured_anew_stays() {
        let [first, second] = [Part::ALL[0], Part::ALL[1]];
        let section = |part, body: &str| Section { part, body: body.to_owned() };
        let before = merged("", &[section(second, "of yesterday"), section(first, "old")]);
        let after = merged(&before, &[section(first, "new")]);
        assert!(after.contains("of yesterday") && after.contains("new") && !after.contains("old\n"), "{after}");
        assert!(after.find("new") < after.find("of yesterday"), "{after}");
        assert_eq!(merged(&after, &[]), after);
    }

    #[test]
    fn a_table_has_a_line_for_each_row() {
        let row = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(table(["", "x"], &[row]), "|  | x |\n|---|---|\n| a | b |\n");
    }
}
