//! How far a training is, and when it will be ready.

use std::time::Duration;

use e2e::{Settings, World};
use serde_json::json;

#[tokio::test]
async fn a_training_tells_how_far_it_is_and_when_it_will_be_ready() {
    let settings = Settings { training_time: Duration::from_secs(4), ..Settings::default() };
    let world = World::start(settings).await.unwrap();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let created = world.create(&customer, json!({})).await.unwrap();
    let began: jiff::Timestamp = created.data().unwrap()["created_at"].as_str().unwrap().parse().unwrap();
    let path = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());
    let first = customer.get(&path).await.unwrap();
    assert_eq!(first.data().unwrap()["progress"], 0.0);
    assert_eq!(first.data().unwrap()["estimated_ready_at"], json!(null), "nobody can tell yet");

    // The provider is asked when nothing was heard for 20 seconds.
    world.until_job(|job| job.logs.contains(" 50%")).await.unwrap();
    world.age("heard_at", Duration::from_secs(21)).await.unwrap();
    let (before, halfway, after) = (jiff::Timestamp::now(), customer.get(&path).await.unwrap(), jiff::Timestamp::now());
    let halfway = halfway.data().unwrap();
    let progress = halfway["progress"].as_f64().unwrap();
    assert!((0.3..=0.6).contains(&progress), "{halfway}");
    let ready_at: jiff::Timestamp = halfway["estimated_ready_at"].as_str().unwrap().parse().unwrap();
    // It goes on as it went so far.
    let since = |at: jiff::Timestamp| at.as_millisecond() - began.as_millisecond();
    let worked = Duration::from_millis(since(ready_at).try_into().unwrap()).mul_f64(progress).as_millis();
    let worked = i64::try_from(worked).unwrap();
    assert!((since(before) - 1..=since(after) + 1).contains(&worked), "{halfway}");

    assert_eq!(world.until_trained(&customer, &path).await.unwrap(), "ready");
    let ready = customer.get(&path).await.unwrap();
    assert!(ready.data().unwrap().get("progress").is_none(), "{}", ready.json);
}
