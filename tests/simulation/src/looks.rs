//! What customers look at, and what they make of it.

use http::Method;
use serde_json::Value;

use crate::clients::Exchange;
use crate::world::World;

/// Asks what is left.
pub async fn look(exchange: &Exchange) {
    drop(exchange.send(Method::GET, "/api/v1/credits", None, &[]).await);
}

/// Reads the ledger.
pub async fn ledger(world: &World, exchange: &Exchange) {
    let Some(answer) = exchange.send(Method::GET, "/api/v1/credits/ledger/verify", None, &[]).await else { return };
    if answer.status == 200 && answer.json.pointer("/data/valid") != Some(&Value::Bool(true)) {
        world.accuse(format!("a ledger does not verify: {}", answer.json));
    }
    drop(exchange.send(Method::GET, "/api/v1/credits/ledger?limit=50", None, &[]).await);
}

/// Polls things that somebody was told of.
pub async fn poll(world: &World, exchange: &Exchange) {
    let paths = world.evidence.borrow().paths_told();
    for _ in 0..3 {
        let Some(path) = world.one_of(&paths) else { return };
        poll_once(world, exchange, path).await;
        world.until(world.time.get() + world.millis(1_000, 120_000)).await;
    }
}

/// Polls what is at a path, and writes down what is told.
pub async fn poll_once(world: &World, exchange: &Exchange, path: &str) {
    let last_word = world.evidence.borrow().last_word(path);
    let answer = exchange.send(Method::GET, path, None, &[]).await;
    if let Some(answer) = answer {
        world.evidence.borrow_mut().polled(path, last_word, &answer);
    }
}

/// Asks what became of messages, and has one sent again at times. What is said to have been delivered was.
pub async fn deliveries(world: &World, exchange: &Exchange) {
    let Some(answer) = exchange.send(Method::GET, "/api/v1/deliveries", None, &[]).await else { return };
    let list = answer.json.pointer("/data/deliveries").and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |delivery: &Value, field: &str| {
        delivery.get(field).and_then(Value::as_str).map(str::to_owned).unwrap_or_default()
    };
    for delivery in list.iter().filter(|delivery| text(delivery, "status") == "delivered") {
        let task = text(delivery, "taskId");
        if !world.owners.borrow().taken.contains_key(&task) {
            world.accuse(format!("the message about {task} is said to have been delivered"));
        }
    }
    if let Some(delivery) = world.one_of(&list).filter(|_| world.below(2) == 0) {
        let path = format!("/api/v1/deliveries/{}/replay", text(delivery, "taskId"));
        drop(exchange.send(Method::POST, &path, None, &[]).await);
    }
}

/// Asks what one's messages are signed with.
pub async fn secret(world: &World, exchange: &Exchange, account: &str) {
    let answer = exchange.send(Method::GET, "/api/v1/webhook-secret", None, &[]).await;
    if let Some(secret) = answer.and_then(|answer| answer.text("secret")) {
        world.evidence.borrow_mut().secrets.insert(account.to_owned(), secret);
    }
}
