//! A server as a process of its own: started, waited for, stopped; and what it took of the processor and of memory, with all that it started.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

/// What `/proc` counts the processor's time in: a hundredth of a second, on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;
/// How long between two looks whether it answers.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// Longest time until one has stopped.
const STOPPED_WITHIN: Duration = Duration::from_secs(20);

/// A server that runs. It is asked to stop when this goes.
pub(super) struct Server(Child);

/// Megabytes of memory that a server and all that it started have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Memory {
    /// Now.
    pub(super) now: f64,
    /// The most since it started, or since [`Server::forget_peak`].
    pub(super) peak: f64,
}

impl Server {
    /// Starts one, which says nothing.
    pub(super) fn spawn(command: &mut Command) -> Result<Self> {
        let name = command.as_std().get_program().to_owned();
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Ok(Self(child.with_context(|| format!("{} could not be started", name.display()))?))
    }

    /// Waits until it answers a GET with this token, no longer than this.
    pub(super) async fn until_answered(&mut self, url: &str, token: &str, within: Duration) -> Result<()> {
        let http = outbound::https().build()?;
        let began = tokio::time::Instant::now();
        loop {
            let answer = http.get(url).bearer_auth(token).timeout(within).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if let Some(status) = self.0.try_wait()? {
                bail!("it ended: {status}");
            }
            if began.elapsed() > within {
                bail!("it does not answer within {} s", within.as_secs());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Stops it, and waits for that.
    pub(super) async fn stop(mut self) -> Result<()> {
        self.ask_to_stop();
        tokio::time::timeout(STOPPED_WITHIN, self.0.wait()).await.context("it does not stop")??;
        Ok(())
    }

    /// The seconds of the processor's that it used so far.
    pub(super) fn cpu_seconds(&self) -> f64 {
        self.processes().iter().filter_map(|process| cpu_ticks(&process.stat)).sum::<f64>() / TICKS_PER_SECOND
    }

    /// The memory that it has.
    pub(super) fn memory(&self) -> Memory {
        let status = |process: &Process| std::fs::read_to_string(format!("/proc/{}/status", process.id)).ok();
        let all: Vec<String> = self.processes().iter().filter_map(status).collect();
        let sum = |field: &str| all.iter().filter_map(|status| megabytes(status, field)).sum();
        Memory { now: sum("VmRSS:"), peak: sum("VmHWM:") }
    }

    /// Begins anew to look for the most memory that it has.
    pub(super) fn forget_peak(&self) {
        for process in self.processes() {
            // Where the system does not let us, the peak is the one of its whole life.
            drop(std::fs::write(format!("/proc/{}/clear_refs", process.id), "5"));
        }
    }

    fn ask_to_stop(&self) {
        // Politely: one that has workers has to end them.
        if let Some(id) = self.0.id() {
            drop(std::process::Command::new("kill").arg(id.to_string()).status());
        }
    }

    /// It and all that it started.
    fn processes(&self) -> Vec<Process> {
        let Some(id) = self.0.id() else { return Vec::new() };
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let all: Vec<Process> = entries.filter_map(|entry| Process::read(&entry.path())).collect();
        family(id, all)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ask_to_stop();
    }
}

/// What `/proc/{id}/stat` says of a process.
#[derive(Debug, Clone, PartialEq)]
struct Process {
    id: u32,
    parent: u32,
    /// What stands behind its name.
    stat: String,
}

impl Process {
    fn read(folder: &Path) -> Option<Self> {
        let id = folder.file_name()?.to_str()?.parse().ok()?;
        Self::parse(id, &std::fs::read_to_string(folder.join("stat")).ok()?)
    }

    /// A name may have anything in it, brackets too.
    fn parse(id: u32, stat: &str) -> Option<Self> {
        let (_, stat) = stat.rsplit_once(") ")?;
        let parent = stat.split(' ').nth(1)?.parse().ok()?;
        Some(Self { id, parent, stat: stat.to_owned() })
    }
}

/// The process of this id, and all below it.
fn family(id: u32, mut others: Vec<Process>) -> Vec<Process> {
    let mut found: Vec<Process> = others.extract_if(.., |process| process.id == id).collect();
    let mut at = 0;
    while let Some(parent) = found.get(at).map(|process| process.id) {
        found.extend(others.extract_if(.., |process| process.parent == parent));
        at = at.saturating_add(1);
    }
    found
}

/// The time in its own code and in the system's.
fn cpu_ticks(stat: &str) -> Option<f64> {
    let mut fields = stat.split(' ').skip(11);
    let (own, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(own + system)
}

/// A line such as `VmRSS:     1024 kB`.
fn megabytes(status: &str, field: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? * 1_024.0 / 1_000_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let rest = "S 7 1 1 0 -1 4194560 1 2 3 4 150 50 9 9 20 0";
        let process = Process::parse(9, &format!("9 (a) b (c) {rest}")).unwrap();
        assert_eq!((process.parent, cpu_ticks(&process.stat)), (7, Some(200.0)));
    }

    #[test]
    fn a_family_is_found_to_its_end_and_nobody_else() {
        let process = |id, parent| Process { id, parent, stat: String::new() };
        let found = family(5, vec![process(7, 6), process(5, 1), process(8, 1), process(6, 5)]);
        assert_eq!(found.iter().map(|process| process.id).collect::<Vec<_>>(), [5, 6, 7]);
    }

    #[test]
    fn memory_is_told_in_megabytes() {
        assert_eq!(megabytes("Name: a\nVmHWM:\t  2000000 kB\n", "VmHWM:"), Some(2_048.0));
        assert_eq!(megabytes("Name: a\n", "VmHWM:"), None);
    }

    #[tokio::test]
    async fn this_machine_tells_of_its_processes() {
        let server = Server::spawn(Command::new("sleep").arg("60")).unwrap();
        assert!(server.memory().peak > 0.0);
        server.forget_peak();
        server.stop().await.unwrap();
    }
}
