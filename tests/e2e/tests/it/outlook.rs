//! How far a training is, and when it will be ready.

use std::time::Duration;

use e2e::{Settings, World};
use serde_json::json;

#[tokio::test]
async fn a_training_tells_how_far_it_is_and_when_it_will_be_ready() {
    let settings = Settings { training_time: Duration::from_secs(42), ..Settings::default() };
    let world = World::start(settings).await.unwrap();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let created = world.create(&customer, json!({})).await.unwrap();
    let began: jiff::Timestamp = created.data().unwrap()["created_at"].as_str().unwrap().parse().unwrap();
    let path = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());
    let first = customer.get(&path).await.unwrap();
    assert_eq!(first.data().unwrap()["progress"], 0.0);
    assert_eq!(first.data().unwrap()["estimated_ready_at"], json!(null), "nobody can tell yet");

    // The provider is asked when nothing was heard for 20 seconds.
    tokio::time::sleep(Duration::from_secs(22)).await;
    let halfway = customer.get(&path).await.unwrap();
    let halfway = halfway.data().unwrap();
    let progress = halfway["progress"].as_f64().unwrap();
    assert!((0.3..=0.6).contains(&progress), "{halfway}");
    let ready_at: jiff::Timestamp = halfway["estimated_ready_at"].as_str().unwrap().parse().unwrap();
    let takes = ready_at.as_second() - began.as_second();
    assert!((35..=75).contains(&takes), "{halfway}");

    assert_eq!(world.until_trained(&customer, &path).await.unwrap(), "ready");
    let ready = customer.get(&path).await.unwrap();
    assert!(ready.data().unwrap().get("progress").is_none(), "{}", ready.json);
}
