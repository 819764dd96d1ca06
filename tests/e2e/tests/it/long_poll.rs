//! `?wait=`: an answer is held back until there is news.

use std::time::{Duration, Instant};

use e2e::{Settings, World};
use serde_json::json;

async fn world(training_time: Duration) -> World {
    World::start(Settings { training_time, ..Settings::default() }).await.unwrap()
}

#[tokio::test]
async fn who_waits_is_answered_when_it_has_ended() {
    let world = world(Duration::from_secs(4)).await;
    let (customer, _) = world.customer(1_000).await.unwrap();
    let created = world.create(&customer, json!({})).await.unwrap();
    let path = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());
    let began = Instant::now();
    let mut answers = 0;
    let status = loop {
        let shown = customer.get(&format!("{path}?wait=25")).await.unwrap();
        answers += 1;
        let status = shown.data().unwrap()["status"].as_str().unwrap().to_owned();
        if status != "training" {
            break status;
        }
        assert!(answers < 10, "it hardly waits");
    };
    assert_eq!(status, "ready");
    assert!(began.elapsed() < Duration::from_secs(24), "it waits on although there is news");
    // What has ended is told at once.
    let began = Instant::now();
    assert_eq!(customer.get(&format!("{path}?wait=25")).await.unwrap().status, 200);
    let tasks = customer.get("/api/v1/tasks").await.unwrap();
    let task = tasks.data().unwrap()["tasks"][0]["id"].as_str().unwrap().to_owned();
    let told = customer.get(&format!("/api/v1/tasks/{task}?wait=25")).await.unwrap();
    assert_eq!(told.data().unwrap()["status"], "completed");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn where_nothing_happens_it_is_answered_in_time_as_it_is() {
    let world = world(Duration::from_mins(5)).await;
    let (customer, _) = world.customer(500).await.unwrap();
    world.create(&customer, json!({})).await.unwrap();
    let tasks = customer.get("/api/v1/tasks").await.unwrap();
    let task = tasks.data().unwrap()["tasks"][0]["id"].as_str().unwrap().to_owned();
    let began = Instant::now();
    let told = customer.get(&format!("/api/v1/tasks/{task}?wait=2")).await.unwrap();
    assert_eq!(told.data().unwrap()["status"], "processing");
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    for wrong in ["26", "-1", "x"] {
        let refused = customer.get(&format!("/api/v1/tasks/{task}?wait={wrong}")).await.unwrap();
        assert_eq!(refused.outcome(), (400, "INVALID_REQUEST"), "{wrong}");
    }
}
