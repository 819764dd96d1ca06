//! What an account for tests orders, as the provider inside is asked for it.

use domain::{AspectRatio, Character, Digest, Generation, MediaKind, Run, Task, Timestamp, Training, Work};
use provider::{Disaster, Made, TestJob};
use serde_json::Value;

use crate::{Error, mark};

/// Hexadecimal digits of a label.
const LABEL_DIGITS: usize = 8;

/// The job that a task comes to. What is to go wrong with it stands in the prompt, or in another text of a run; of a training in its
/// character's name.
///
/// # Errors
/// What `character` answers; [`Error::Internal`] for a task that nobody is asked for.
pub(super) fn job<'a>(
    task: &Task,
    character: impl Fn() -> Result<&'a Character, Error>,
    now: Timestamp,
) -> Result<TestJob, Error> {
    let (made, count, disaster) = match &task.work {
        Work::Training(Training { .. }) => (Made::Model, 1, Disaster::in_text(&character()?.name)),
        Work::Reference { .. } => return Err(Error::internal(format!("{}: nobody is asked for it", task.id))),
        Work::Generation(Generation { prompt, aspect_ratio, num_outputs, .. }) => {
            (Made::Pictures(*aspect_ratio), *num_outputs, Disaster::in_text(prompt))
        }
        Work::Run(run) if run.media == MediaKind::Report => {
            (Made::Reports, u8::try_from(run.inspected()).unwrap_or(u8::MAX), disaster(run))
        }
        Work::Run(run) => (made(run), run.count, disaster(run)),
    };
    Ok(TestJob { made, count, disaster, begun_at: now, label: label(task) })
}

fn made(run: &Run) -> Made {
    let ratio = || run.params.get("aspect_ratio").and_then(Value::as_str)?.parse().ok();
    match run.media {
        MediaKind::Image => Made::Pictures(ratio().unwrap_or(AspectRatio::Square)),
        MediaKind::Music => Made::Songs,
        MediaKind::Video => Made::Films,
        MediaKind::Report => Made::Reports,
    }
}

/// What is to go wrong with a run: its prompt says so first, and then its parameters, which may be addresses.
fn disaster(run: &Run) -> Option<Disaster> {
    let texts = run.params.values().filter_map(Value::as_str);
    run.prompt.as_deref().into_iter().chain(texts).find_map(Disaster::in_text)
}

/// What tells a task's pictures from others: the same prompt and the same seed make the same, and a task whose caller gave no seed has its own.
fn label(task: &Task) -> u32 {
    let seed = |given: Option<u64>| given.unwrap_or_else(|| mark::seed(&task.id).into());
    let (prompt, seed) = match &task.work {
        Work::Generation(wanted) => (wanted.prompt.as_str(), seed(wanted.seed.map(u64::from))),
        Work::Run(run) => {
            (run.prompt.as_deref().unwrap_or_default(), seed(run.params.get("seed").and_then(Value::as_u64)))
        }
        Work::Training(_) | Work::Reference { .. } => ("", seed(None)),
    };
    let digest = Digest::of_lines([prompt, &seed.to_string()]);
    let digits = digest.as_str().get(..LABEL_DIGITS).unwrap_or_default();
    u32::from_str_radix(digits, 16).unwrap_or_default()
}
