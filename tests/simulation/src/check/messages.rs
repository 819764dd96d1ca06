//! Whoever wanted to be told of a task's end was: of the end it had, once it was settled, under one id, and signed.

use std::collections::BTreeMap;

use domain::{Secret, Task};

use super::End;
use crate::owners::Message;
use crate::world::World;

/// How often a message is tried before it is given up: docs/api/README.md, Webhooks.
const ATTEMPTS: u32 = 8;

pub(super) fn owners_are_told(world: &World, end: &End) -> Vec<String> {
    let owners = world.owners.borrow();
    let mut broken = Vec::new();
    for account in &end.accounts {
        let due = account.deliveries.keys();
        broken.extend(due.map(|task| format!("the message about {task} is due for ever")));
    }
    let settled = end.entries().filter_map(ledger::audit::settled_task).filter_map(|id| end.tasks.get(id));
    let evidence = world.evidence.borrow();
    // With its character, a task's address is deleted.
    let deleted = |task: &Task| task.work.character().is_some_and(|id| evidence.marked.contains_key(id.as_str()));
    for task in settled.filter(|task| evidence.to_be_told.contains(&task.id) && !deleted(task)) {
        let tried = owners.attempts.get(task.id.as_str()).copied().unwrap_or_default();
        if tried < ATTEMPTS && !owners.taken.contains_key(task.id.as_str()) {
            broken.push(format!("{} ended, and its owner was told {tried} times, in vain", task.id));
        }
    }
    let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
    for message in &owners.messages {
        let Some(task) = end.tasks.values().find(|task| task.id.as_str() == message.task) else {
            broken.push(format!("an owner was told of {}, which is not there", message.task));
            continue;
        };
        broken.extend(is_true(end, message, task));
        broken.extend(is_signed(world, message, task));
        // A task has one id, and an id one task.
        if *ids.entry(&message.task).or_insert(&message.id) != message.id
            || *ids.entry(&message.id).or_insert(&message.task) != message.task
        {
            broken.push(format!("messages about {} have several ids", task.id));
        }
    }
    broken
}

fn is_true(end: &End, message: &Message, task: &Task) -> Option<String> {
    let (status, charged) = (task.state.as_str(), end.charged(&task.id));
    let wrong = message.status != status || message.credits != Some(charged);
    let Message { status: told, credits, .. } = message;
    wrong.then(|| format!("an owner was told that {} is {told} for {credits:?}; it is {status} for {charged}", task.id))
}

fn is_signed(world: &World, message: &Message, task: &Task) -> Option<String> {
    let evidence = world.evidence.borrow();
    let secret = Secret::new(evidence.secrets.get(task.account.as_str())?.clone());
    let sent = message.headers.get(webhook::standard::TIMESTAMP_HEADER)?.to_str().ok()?.parse().ok()?;
    let verified = webhook::standard::verify(&[secret], &message.headers, &message.body, sent);
    verified.err().map(|reason| format!("a message about {} is not signed: {reason}", task.id))
}
