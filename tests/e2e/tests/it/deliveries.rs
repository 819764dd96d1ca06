//! Owners told of the ends of their tasks.

use std::io::{ErrorKind, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use domain::Secret;
use e2e::{Actor, Inbox, Rest, World};
use serde_json::{Map, Value, json};
use webhook::standard;

async fn secrets(customer: &Actor) -> Value {
    customer.get("/api/v1/webhook-secret").await.unwrap().data().unwrap().clone()
}

/// Starts a run that tells this inbox.
async fn start(customer: &Actor, url: &str, prompt: &str) -> String {
    let body = json!({ "model": "flux-2-pro-text-to-image", "prompt": prompt, "webhook_url": url });
    let started = customer.post("/api/v1/generate", &body).await.unwrap();
    started.data().unwrap()["id"].as_str().unwrap().to_owned()
}

async fn deliveries(customer: &Actor) -> Vec<Value> {
    let list = customer.get("/api/v1/deliveries").await.unwrap();
    list.data().unwrap()["deliveries"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_end_is_told_once_signed_and_on_record() {
    let world = World::shared();
    let inbox = Inbox::serve().await.unwrap();
    let (customer, _) = world.customer(100).await.unwrap();
    let task = start(&customer, &inbox.url, "a fox").await;
    let message = inbox.until(1).await.unwrap().remove(0);
    let told = message.json();
    assert_eq!((&told["type"], &told["data"]["id"]), (&json!("task.completed"), &json!(task)));
    assert_eq!(told["data"]["creditsUsed"], 15);
    let secret = secrets(&customer).await["secret"].as_str().unwrap().to_owned();
    let now = jiff::Timestamp::now().as_second();
    let verified = standard::verify(&[Secret::new(secret)], &message.headers, &message.body, now).unwrap();
    assert_eq!(verified.id, format!("msg_{}", task.trim_start_matches("task_")));
    assert_eq!(message.headers["content-type"], "application/json");

    // Whoever looks finds it on record, and asking for the task tells nobody again.
    customer.get(&format!("/api/v1/tasks/{task}")).await.unwrap();
    let listed = deliveries(&customer).await;
    assert_eq!((&listed[0]["taskId"], &listed[0]["status"]), (&json!(task), &json!("delivered")));
    assert_eq!(listed[0]["attempts"][0]["status"], 200);
    assert_eq!(inbox.messages().len(), 1);

    let again = customer.post(&format!("/api/v1/deliveries/{task}/replay"), &json!({})).await.unwrap();
    assert_eq!(again.data().unwrap()["attempts"].as_array().unwrap().len(), 2);
    let messages = inbox.until(2).await.unwrap();
    assert_eq!(messages[0].headers["webhook-id"], messages[1].headers["webhook-id"]);
    let (stranger, _) = world.customer(0).await.unwrap();
    let refused = stranger.post(&format!("/api/v1/deliveries/{task}/replay"), &json!({})).await.unwrap();
    assert_eq!(refused.outcome(), (404, "TASK_NOT_FOUND"));
}

/// Whether one of the examples takes a message for ours; nothing where there is no such program on this machine.
fn is_taken_for_ours(program: &str, file: &str, message: &Value) -> Option<bool> {
    let file = format!("{}/../../docs/examples/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(program);
    let mut child = match command.arg(file).stdin(Stdio::piped()).spawn() {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        spawned => spawned.unwrap(),
    };
    child.stdin.take().unwrap().write_all(message.to_string().as_bytes()).unwrap();
    match child.wait().unwrap().code() {
        Some(0) => Some(true),
        Some(1) => Some(false),
        other => panic!("{program} ended with {other:?}"),
    }
}

#[tokio::test]
async fn the_examples_tell_our_messages_from_others() {
    let world = World::shared();
    let inbox = Inbox::serve().await.unwrap();
    let (customer, _) = world.customer(100).await.unwrap();
    start(&customer, &inbox.url, "a fox").await;
    let message = inbox.until(1).await.unwrap().remove(0);
    let before = secrets(&customer).await["secret"].clone();
    let header = |name: &str| message.headers[name].to_str().unwrap().to_owned();
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), header(name).into())).collect();
    let ours =
        json!({ "secret": before, "headers": headers, "body": String::from_utf8(message.body.clone()).unwrap() });
    let changed = |pointer: &str, to: &str| {
        let mut other = ours.clone();
        *other.pointer_mut(pointer).unwrap() = to.into();
        other
    };
    let others = [
        changed("/body", "{}"),
        changed("/headers/webhook-id", "msg_0"),
        changed("/headers/webhook-timestamp", "1700000000"),
        changed("/headers/webhook-signature", "v1,AAAA"),
        changed("/secret", "whsec_AAAA"),
    ];
    for (program, file) in [("python3", "verify_webhook.py"), ("node", "verify_webhook.mjs")] {
        let Some(taken) = is_taken_for_ours(program, file, &ours) else { continue };
        assert!(taken, "{program}");
        for other in &others {
            assert_eq!(is_taken_for_ours(program, file, other), Some(false), "{program}: {other}");
        }
    }
}

#[tokio::test]
async fn what_does_not_arrive_is_tried_again_by_the_sweep() {
    let world = World::shared();
    let inbox = Inbox::serve().await.unwrap();
    inbox.answer(503);
    let (customer, _) = world.customer(100).await.unwrap();
    let task = start(&customer, &inbox.url, "sim:fail").await;
    assert_eq!(inbox.until(1).await.unwrap()[0].json()["type"], "task.failed");
    for _ in 0..50 {
        if deliveries(&customer).await[0]["nextAttemptAt"].is_string() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let listed = deliveries(&customer).await;
    assert_eq!((&listed[0]["status"], &listed[0]["attempts"][0]["status"]), (&json!("pending"), &json!(503)));
    inbox.answer(204);
    for _ in 0..20 {
        world.operator().post("/api/v1/admin/reconcile", &json!({ "limit": 10_000, "all": true })).await.unwrap();
        if inbox.messages().len() > 1 {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(inbox.until(2).await.unwrap().len(), 2, "{task}");
    assert_eq!(deliveries(&customer).await[0]["status"], "delivered");
}

#[tokio::test]
async fn a_good_status_is_delivered_whatever_its_body() {
    let world = World::shared();
    let inbox = Inbox::serve().await.unwrap();
    let (customer, _) = world.customer(100).await.unwrap();
    for (count, rest) in [(1, Rest::Bytes(1_000_000)), (2, Rest::Endless)] {
        inbox.answer_with(200, rest);
        let task = start(&customer, &inbox.url, "a fox").await;
        inbox.until(count).await.unwrap();
        let told = until_told(&customer, &task).await;
        assert_eq!((&told["status"], &told["attempts"][0]["status"]), (&json!("delivered"), &json!(200)), "{rest:?}");
    }
}

/// What became of a task's message, once it is settled that there will be no other attempt.
async fn until_told(customer: &Actor, task: &str) -> Value {
    for _ in 0..200 {
        let listed = deliveries(customer).await;
        let told = listed.into_iter().find(|told| told["taskId"] == task && told["status"] != "pending");
        if let Some(told) = told {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{task} is still to be told after 20 seconds")
}

#[tokio::test]
async fn a_secret_is_replaced_without_a_gap() {
    let world = World::shared();
    let inbox = Inbox::serve().await.unwrap();
    let (customer, _) = world.customer(100).await.unwrap();
    let before = secrets(&customer).await;
    assert_eq!(before["previousSecret"], Value::Null);
    let rotated = customer.post("/api/v1/webhook-secret/rotate", &json!({})).await.unwrap();
    let rotated = rotated.data().unwrap();
    assert_eq!(rotated["previousSecret"], before["secret"]);
    assert_ne!(rotated["secret"], before["secret"]);
    assert_eq!(secrets(&customer).await, *rotated);
    start(&customer, &inbox.url, "a fox").await;
    let message = inbox.until(1).await.unwrap().remove(0);
    let now = jiff::Timestamp::now().as_second();
    for secret in [&rotated["secret"], &before["secret"]] {
        let secret = Secret::new(secret.as_str().unwrap());
        assert!(standard::verify(&[secret], &message.headers, &message.body, now).is_ok());
    }
    let (other, _) = world.customer(0).await.unwrap();
    assert_ne!(secrets(&other).await["secret"], before["secret"]);
}

#[tokio::test]
async fn nobody_is_told_at_an_address_that_is_not_public() {
    let world = World::shared();
    let (customer, _) = world.customer(600).await.unwrap();
    for url in ["http://10.0.0.1/", "http://169.254.169.254/", "http://user:pw@example.com/", "file:///etc", "x", ""] {
        let body = json!({ "model": "flux-2-pro-text-to-image", "prompt": "a fox", "webhook_url": url });
        let refused = customer.post("/api/v1/generate", &body).await.unwrap();
        assert_eq!(refused.outcome(), (400, "INVALID_WEBHOOK_URL"), "{url}");
        let created = world.create(&customer, json!({ "webhook_url": url })).await.unwrap();
        assert_eq!(created.outcome(), (400, "INVALID_WEBHOOK_URL"), "{url}");
    }
}
