//! What is deleted is gone, and nothing begins with it again.

use std::collections::BTreeSet;

use domain::{Character, Task, TaskId, TaskState};

use super::End;
use crate::world::World;

/// Accuses what is left of characters whose deletion was answered with success, once all that was under way then has ended and was swept.
pub fn nothing_is_left_of_the_deleted(world: &World) {
    let end = End::of(world);
    let deleted = world.evidence.borrow().erased.clone();
    let mut left = Vec::new();
    for (id, with_model) in &deleted {
        let Some(character) = end.characters.iter().find(|character| character.id.as_str() == id) else {
            left.push(format!("{id} was deleted and is not there: what it cost cannot be explained any more"));
            continue;
        };
        if !(character.is_deleted() && character.name.is_empty() && character.photos.is_empty()) {
            left.push(format!("{id} was deleted, and its document still tells of it"));
        }
        // One that was written down and never held credits is nothing that runs.
        let held: BTreeSet<&TaskId> = end.entries().filter_map(|entry| entry.change.task()).collect();
        let tasks = end.tasks.values().filter(|task| task.work.character() == Some(&character.id));
        let tasks = tasks.filter(|task| held.contains(&task.id));
        for task in tasks {
            left.extend(left_of_task(world, task));
            left.extend(model_is_gone(world, task).filter(|_| *with_model));
        }
        left.extend(blobs_of(world, character));
    }
    for what in left {
        world.accuse(what);
    }
}

fn left_of_task(world: &World, task: &Task) -> Vec<String> {
    let mut left = blobs(world, &format!("result:{}:{}:", task.account, task.id));
    if !task.state.is_terminal() {
        left.push(format!("{} goes on although its character was deleted", task.id));
    }
    left
}

fn blobs_of(world: &World, character: &Character) -> Vec<String> {
    let Character { account, id, .. } = character;
    [format!("photo:{account}:{id}:"), format!("weights:{account}:{id}:")]
        .iter()
        .flat_map(|prefix| blobs(world, prefix))
        .collect()
}

/// Blobs that are there, but for those of processes that had no chance to put things right.
fn blobs(world: &World, prefix: &str) -> Vec<String> {
    let (kv, evidence) = (world.kv.borrow(), world.evidence.borrow());
    let excused = |key: &str| evidence.writers.get(key).is_some_and(|process| evidence.troubled.contains(process));
    let keys = kv.with_prefix(prefix).map(|(key, _)| key).filter(|key| !excused(key));
    keys.map(|key| format!("{key} is still there although its character was deleted")).collect()
}

/// Replicate keeps a model until it is told to delete it.
fn model_is_gone(world: &World, task: &Task) -> Option<String> {
    let TaskState::Trained { model } = &task.state else { return None };
    let version = model.name.rsplit_once(':').map(|(_, version)| version)?;
    let gone = world.gpu.borrow().deleted_models.contains(version);
    (!gone).then(|| format!("the model {version} is still at its provider although its character was deleted"))
}
