//! `Accept: text/event-stream`: what happens is told while it happens.

use std::time::Duration;

use e2e::{Actor, World};
use reqwest::Method;
use serde_json::{Value, json};

/// The events of an answer that ended: their ids, and what they tell.
fn events(text: &str) -> Vec<(String, Value)> {
    let line = |event: &str, name: &str| event.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
    let told = |event: &str| Some((line(event, "id: ")?, serde_json::from_str(&line(event, "data: ")?).unwrap()));
    text.split("\n\n").filter_map(told).collect()
}

fn listener(customer: &Actor) -> Actor {
    customer.with_header("accept", "text/event-stream")
}

/// What is told of a training from its order to its end, under `path`.
async fn told(listener: &Actor, path: &str) -> Vec<(String, Value)> {
    let answer = listener.get(path).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/event-stream"));
    assert_eq!((answer.header("content-length"), answer.header("cache-control")), ("", "no-store"));
    let text = String::from_utf8(answer.bytes).unwrap();
    assert!(text.starts_with("retry: 1000\nid: "), "{text}");
    events(&text)
}

#[tokio::test]
async fn a_training_is_told_from_its_order_to_its_end() {
    let world = World::shared();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let created = world.create(&customer, json!({})).await.unwrap();
    let path = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());
    let tasks = customer.get("/api/v1/tasks").await.unwrap().data().unwrap()["tasks"].clone();
    let task = format!("/api/v1/tasks/{}", tasks[0]["id"].as_str().unwrap());
    let listener = listener(&customer);
    let (of_character, of_task) = tokio::join!(told(&listener, &path), told(&listener, &task));
    for (events, first, last) in [(&of_character, "training", "ready"), (&of_task, "processing", "completed")] {
        assert!(events.len() >= 2, "{events:?}");
        assert_eq!(events[0].1["status"], first);
        assert!(events.windows(2).all(|pair| pair[0].0 != pair[1].0), "each is news: {events:?}");
        let (id, told) = events.last().unwrap();
        assert_eq!((id.as_str(), &told["status"]), ("end", &json!(last)));
    }
    assert_eq!(of_task.last().unwrap().1, customer.get(&task).await.unwrap().data().unwrap().clone());

    // Who comes again is told what there is, and who heard the end that it was the end.
    assert_eq!(told(&listener, &task).await.len(), 1);
    for path in [&path, &task] {
        let after = listener.with_header("last-event-id", "end").get(path).await.unwrap();
        assert_eq!((after.status.as_u16(), after.bytes.len()), (204, 0));
    }
}

#[tokio::test]
async fn the_first_event_comes_at_once_and_a_silent_time_is_alive() {
    let world = World::shared();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let created = world.create(&customer, json!({ "trigger_word": "sim_hang" })).await.unwrap();
    let path = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());
    let mut answer = listener(&customer).open(Method::GET, &path, Vec::new()).await.unwrap();
    let mut next = async || {
        let chunk = tokio::time::timeout(Duration::from_secs(30), answer.chunk()).await.unwrap().unwrap().unwrap();
        String::from_utf8(chunk.to_vec()).unwrap()
    };
    assert_eq!(events(&next().await)[0].1["status"], "training");
    let mut alive = next().await;
    // It may have begun a little later than it was first told of.
    while !alive.starts_with(':') {
        alive = next().await;
    }
    assert_eq!(alive, ":\n\n");
}

#[tokio::test]
async fn what_is_not_there_is_told_as_ever() {
    let world = World::shared();
    let (customer, _) = world.customer(0).await.unwrap();
    let task = "/api/v1/tasks/task_abababababab4bababababababababab";
    assert_eq!(listener(&customer).get(task).await.unwrap().outcome(), (404, "TASK_NOT_FOUND"));
    assert_eq!(listener(&world.anybody()).get(task).await.unwrap().outcome().0, 401);
}
