//! What was done at the providers.

use std::collections::{BTreeMap, BTreeSet};

use domain::{MediaKind, Settlement, TaskState, Work};

use super::End;
use crate::world::World;

/// A provider gets a task once, and only after its hold.
pub(super) fn each_is_asked_once(world: &World, end: &End) -> Vec<String> {
    let mut broken = Vec::new();
    let gpu = world.gpu.borrow();
    let held: BTreeSet<&str> =
        end.entries().filter(|entry| entry.change.kind() == "hold").map(|entry| entry.change.subject()).collect();
    let mut submitted: BTreeMap<(&str, bool), u32> = BTreeMap::new();
    for job in &gpu.jobs {
        *submitted.entry((job.task(), job.cog.is_some())).or_default() += 1;
        if !held.contains(job.task()) {
            broken.push(format!("the provider works for {}, which holds nothing", job.task()));
        }
    }
    // The container does what is sent again once it is done; it is sent once more at most.
    let twice = submitted.iter().filter(|((_, is_cog), count)| **count > if *is_cog { 2 } else { 1 });
    broken.extend(twice.map(|((task, _), _)| format!("a provider works twice for {task}")));
    broken
}

/// What is charged for a task has been done, as a provider itself said, and is what was asked for.
pub(super) fn what_is_charged_was_made(world: &World, end: &End) -> Vec<String> {
    let mut broken = Vec::new();
    let gpu = world.gpu.borrow();
    let mut made: BTreeMap<&str, u64> = BTreeMap::new();
    for job in gpu.jobs.iter().filter(|job| job.said_succeeded) {
        let most = made.entry(job.task()).or_default();
        *most = job.files.max(*most);
    }
    for task in end.tasks.values() {
        let charged = matches!(task.settlement(), Some(Settlement::Capture(amount)) if amount.amount() > 0);
        let made = made.get(task.id.as_str()).copied();
        // To keep photos takes no provider.
        let is_kept_here = matches!(task.work, Work::Reference { .. });
        if charged && made.is_none() && !is_kept_here {
            broken.push(format!("{} is charged, and the provider did nothing", task.id));
        }
        let TaskState::Delivered { files, .. } = &task.state else { continue };
        let is_right = match &task.work {
            Work::Generation(asked) => files.len() <= usize::from(asked.num_outputs),
            // A song has a cover, whoever drew it.
            Work::Run(run) => {
                let each = if run.media == MediaKind::Music { 2 } else { 1 };
                files.len() == each * usize::from(run.count) && made >= Some(run.count.into())
            }
            Work::Training(_) | Work::Reference { .. } => false,
        };
        if !is_right {
            broken.push(format!("{} is charged for other files than were asked for: {}", task.id, files.len()));
        }
    }
    broken
}
