//! What a person sees: steps with a bar or a spinner on a terminal, plain lines everywhere else.

use std::borrow::Cow;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

/// Something under way.
pub(crate) struct Step {
    bar: ProgressBar,
}

impl Step {
    /// Begins a step of unknown length.
    pub(crate) fn spinner(what: impl Into<Cow<'static, str>>) -> Self {
        Self::show(ProgressBar::new_spinner(), "{spinner:.cyan} {msg} {elapsed:.dim}", what)
    }

    /// Begins a step that takes about this long.
    pub(crate) fn timed(what: impl Into<Cow<'static, str>>, expected: Duration) -> Self {
        let length = u64::try_from(expected.as_millis()).unwrap_or(1);
        let template = "{spinner:.cyan} {msg:32} {bar:28.cyan/dim} {percent:>3}% {elapsed:.dim}";
        Self::show(ProgressBar::new(length), template, what)
    }

    fn show(bar: ProgressBar, template: &str, what: impl Into<Cow<'static, str>>) -> Self {
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━━─"));
        }
        let what = what.into();
        if bar.is_hidden() {
            println!("  {what} ...");
        }
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(80));
        Self { bar }
    }

    /// Says what is happening now.
    pub(crate) fn say(&self, what: impl Into<Cow<'static, str>>) {
        self.bar.set_message(what);
    }

    /// Moves the bar to where it should be after this long; never to its end, which is not time's to tell.
    pub(crate) fn elapsed(&self, elapsed: Duration) {
        let most = self.bar.length().map_or(0, |length| length.saturating_mul(99) / 100);
        self.bar.set_position(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).min(most));
    }

    /// Ends the step and leaves a line about it.
    pub(crate) fn done(self, what: &str) {
        self.bar.finish_and_clear();
        println!("✓ {what}");
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Returns when a person or the system asks to stop: Ctrl-C, or SIGTERM.
pub(crate) async fn asked_to_stop() {
    #[cfg(unix)]
    if let Ok(mut terminate) = signal(SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    drop(tokio::signal::ctrl_c().await);
}

/// Lays out a table: a line of headings, the rows, numbers to the right.
pub(crate) fn table(rows: &[[String; 3]]) -> String {
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let (first, second, third) = (width(0), width(1), width(2));
    let rule = format!("  {}\n", "─".repeat(first + second + third + 6));
    let line = |[a, b, c]: &[String; 3]| format!("  {a:first$}   {b:>second$}   {c:>third$}\n");
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    lines.insert(1.min(lines.len()), rule);
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_under_each_other() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let text = table(&[row(["what", "credits", "balance"]), row(["training", "-500", "500"])]);
        assert_eq!(
            text,
            "  what       credits   balance\n  ────────────────────────────\n  training      -500       500\n"
        );
    }
}
