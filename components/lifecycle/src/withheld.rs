//! Results that a provider delivered and nobody gets: longer than what was paid for, of another kind, too large, not to be had. The task fails
//! and its credits go back, but the provider is paid, so the operator is told.

use domain::{AccountId, MediaKind, ProviderName, Run, Task, TaskId, Timestamp, Work};
use serde::{Deserialize, Serialize};
use store::keys;

use crate::{Error, Ports, latest};

/// Flags that are kept.
pub const KEPT_MAX: usize = 100;
/// Longest text of a flag, in characters.
const TEXT_CHARS_MAX: usize = 200;

/// A result that was withheld.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// When.
    pub at: Timestamp,
    /// Whose task it was.
    pub account: AccountId,
    /// The task.
    pub task: TaskId,
    /// The model of the catalogue; nothing for pictures of a trained character.
    pub model: Option<String>,
    /// Who delivered it.
    pub provider: ProviderName,
    /// What was paid for.
    pub expected: String,
    /// What came.
    pub came: String,
}

/// Logs that a file of a task cannot be handed out, and keeps that for the operator, once a task. Whether it is kept changes nothing else.
pub async fn flag<P: Ports>(ports: &P, task: &Task, reason: &str) {
    let flag = Flag {
        at: ports.now(),
        account: task.account.clone(),
        task: task.id.clone(),
        model: run(&task.work).map(|run| cut(&run.model)),
        provider: task.provider,
        expected: cut(&expected(&task.work)),
        came: cut(&format!("a file that {reason}")),
    };
    ports.log(&format!("a file of {} {reason}; paid for: {}", task.id, flag.expected));
    let is_its = |known: &Flag| known.account == task.account && known.task == task.id;
    latest::note(ports, &keys::withheld(), KEPT_MAX, "what was withheld", flag, is_its).await;
}

/// The latest flags, the last one first.
///
/// # Errors
/// What the store answers.
pub async fn all<P: Ports>(ports: &P) -> Result<Vec<Flag>, Error> {
    latest::read(ports, &keys::withheld()).await
}

/// How long something plays, for people.
pub fn seconds(millis: u64) -> String {
    let tenths = millis.saturating_add(50) / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

const fn run(work: &Work) -> Option<&Run> {
    match work {
        Work::Run(run) => Some(run),
        Work::Training(_) | Work::Reference { .. } | Work::Generation(_) => None,
    }
}

/// What was paid for.
fn expected(work: &Work) -> String {
    match work {
        Work::Training(_) | Work::Reference { .. } => "a character".to_owned(),
        Work::Generation(generation) => some(generation.num_outputs, MediaKind::Image),
        Work::Run(run) => {
            let files = some(run.count, run.media);
            run.paid_ms.map(|paid| format!("{files} of {}", seconds(paid))).unwrap_or(files)
        }
    }
}

fn some(count: u8, media: MediaKind) -> String {
    let one = match media {
        MediaKind::Image => "picture",
        MediaKind::Music => "song",
        MediaKind::Video => "video",
        MediaKind::Report => "report",
    };
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests;
