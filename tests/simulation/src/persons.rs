//! The persons pictured: they agree behind their link, and take it back. From when that is answered on no picture of them is handed out.

use domain::{Character, Task, TaskState};
use http::Method;
use serde_json::json;

use crate::clients::Exchange;
use crate::watch::body;
use crate::world::World;

/// What begins the path of a file that a task made.
const RESULTS: &str = "/results/";

/// Answers so behind the link of a character's person, until that is answered; the state then.
async fn say(world: &World, exchange: &Exchange, character: &str, answer: &str) -> Option<String> {
    let found = world
        .kv
        .borrow()
        .with_prefix("character:")
        .find(|(key, _)| key.ends_with(character))
        .map(|(_, value)| value.to_vec());
    let character: Character = body(&found?)?;
    let link = lifecycle::links::consent(&world.configuration, &character).ok()?;
    let path = link.strip_prefix(&world.configuration.public_url)?;
    for _ in 0..6 {
        let answer = exchange
            .send(Method::POST, path, Some(&json!({ "answer": answer })), &[("accept", "application/json")])
            .await;
        if let Some(answer) = answer.filter(|answer| answer.status == 200) {
            return answer.text("state");
        }
        world.until(world.time.get() + 60_000).await;
    }
    None
}

/// Agrees to be pictured.
pub async fn agree(world: &World, exchange: &Exchange, character: &str) {
    drop(say(world, exchange, character, "agree").await);
}

/// Takes it back, and looks for pictures then.
pub async fn withdraw(world: &World, exchange: &Exchange, character: &str) {
    if say(world, exchange, character, "withdraw").await.as_deref() != Some("withdrawn") {
        return;
    }
    {
        let mut evidence = world.evidence.borrow_mut();
        evidence.withdraw(character);
        evidence.erased.entry(character.to_owned()).or_insert(false);
    }
    drop(exchange.send(Method::GET, "/api/v1/tasks", None, &[]).await);
    let tasks: Vec<Task> = world.kv.borrow().with_prefix("task:").filter_map(|(_, value)| body(value)).collect();
    for task in tasks.iter().filter(|task| task.work.character().is_some_and(|id| id.as_str() == character)) {
        drop(exchange.send(Method::GET, &format!("/api/v1/tasks/{}", task.id), None, &[]).await);
        let TaskState::Delivered { files, .. } = &task.state else { continue };
        for (n, file) in files.iter().enumerate() {
            let link = lifecycle::links::result(&world.configuration, task, n, file);
            let path = link.strip_prefix(&world.configuration.public_url).unwrap_or_default();
            let fetched = exchange.send(Method::GET, path, None, &[]).await;
            if fetched.is_some_and(|answer| answer.status < 400) {
                world.accuse(format!("{path} is handed out although the consent was taken back"));
            }
        }
    }
}

/// Accuses a text that leads to a picture of somebody who had taken the consent back when this process began.
pub fn watch(world: &World, process: usize, text: &[u8]) {
    if world.evidence.borrow().withdrawn.is_empty() {
        return;
    }
    let text = String::from_utf8_lossy(text);
    for link in text.split(RESULTS).skip(1) {
        let mut parts = link.split('.');
        let (Some(account), Some(id)) = (parts.next(), parts.next()) else { continue };
        let task = world.kv.borrow().value(&format!("task:{account}:{id}")).and_then(body::<Task>);
        let Some(character) = task.as_ref().and_then(|task| task.work.character()) else { continue };
        let since = world.evidence.borrow().withdrawn.get(character.as_str()).copied();
        if since.is_some_and(|processes| process > processes) {
            world.accuse(format!("a picture of {id} is linked although the consent was taken back"));
        }
    }
}
