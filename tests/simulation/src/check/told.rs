//! What was told is what was charged, and a request that was sent again was done once.

use std::collections::{BTreeMap, BTreeSet};

use domain::limits::IDEMPOTENCY_LIFETIME;
use domain::{Entry, Task, TaskId, Work};

use super::End;
use crate::evidence::Answered;
use crate::world::World;

/// Invariant 4: nothing is charged that the caller was not told, and what was told is there.
pub(super) fn told_is_charged(world: &World, end: &End) -> Vec<String> {
    let evidence = world.evidence.borrow();
    let mut broken = Vec::new();
    for answered in &evidence.answered {
        let Answered { asked, answer } = answered;
        if answer.status >= 400 {
            let begun = evidence.begun.iter().filter(|(process, _)| *process == answer.process);
            let charged = begun.filter(|(_, task)| end.charged(task) > 0);
            broken.extend(
                charged
                    .map(|(_, task)| format!("{} was answered {} and {task} was charged", asked.path, answer.status)),
            );
            continue;
        }
        let Some(task) = answered.told().and_then(|id| task_told(end, &id)) else {
            broken.push(format!("{} was answered with what is not there: {}", asked.path, answer.json));
            continue;
        };
        let told = ["credits_used", "creditsUsed"].iter().find_map(|field| answer.number(field)).unwrap_or_default();
        let charged = end.charged(&task.id);
        let completed = answer.text("status").is_some_and(|status| status == "completed");
        // Pictures of a character are charged as delivered; of everything else there is no part.
        let whole = matches!(task.work, Work::Run(_) | Work::Training(_) | Work::Reference { .. }) && charged > 0;
        if charged > told || ((completed || whole) && charged != told) {
            broken.push(format!("{} was told {told} credits and charged {charged}", task.id));
        }
    }
    for (path, word) in evidence.last_words() {
        let task = path.rsplit('/').next().and_then(|id| id.parse::<TaskId>().ok());
        let Some((task, told)) = task.zip(word.credits) else { continue };
        let charged = end.charged(&task);
        if charged != told {
            broken.push(format!("{task} was told to be {} for {told} credits, and is charged {charged}", word.status));
        }
    }
    broken
}

fn task_told<'a>(end: &'a End, id: &str) -> Option<&'a Task> {
    if let Ok(id) = id.parse::<TaskId>() {
        return end.tasks.get(&id);
    }
    // The one that it was created with: it can be trained later.
    let makes = |task: &&Task| matches!(task.work, Work::Training(_) | Work::Reference { .. });
    let of_it = |task: &&Task| makes(task) && task.work.character().is_some_and(|character| character.as_str() == id);
    // In the order of their holds, because the clock may have jumped back in between.
    end.tasks.values().filter(of_it).min_by_key(|task| end.held_at(task))
}

/// A request with an `Idempotency-Key` begins one task, and is told of that one only.
pub(super) fn requests_begin_one_task(world: &World, end: &End) -> Vec<String> {
    let mut broken = Vec::new();
    for entries in end.entries.values() {
        let mut seen: BTreeMap<&str, &Entry> = BTreeMap::new();
        for entry in entries {
            let Some(operation) = &entry.operation else { continue };
            let again = seen.insert(operation.id.as_str(), entry);
            let expires = entry.change.task().is_some();
            if again.is_some_and(|first| {
                !expires || entry.at.since(first.at) < IDEMPOTENCY_LIFETIME && entry.at >= first.at
            }) {
                broken.push(format!("entry {} repeats an operation", entry.seq));
            }
        }
    }
    let evidence = world.evidence.borrow();
    let mut told: BTreeMap<(&str, &str, &str), BTreeSet<String>> = BTreeMap::new();
    for answered in &evidence.answered {
        let asked = &answered.asked;
        if let (Some(name), Some(id)) = (&asked.name, answered.told()) {
            told.entry((&asked.account, name, &asked.path)).or_default().insert(id);
        }
    }
    // Clocks that jumped by a day may have ended the time a name is kept.
    let jumped = world.clock_jumped();
    broken.extend(
        told.into_iter()
            .filter(|(_, ids)| ids.len() > 1 && !jumped)
            .map(|((_, name, path), ids)| format!("{path} with the name {name} was told of {ids:?}")),
    );
    broken
}
