//! A restart in the middle of things loses nothing.

use std::time::Duration;

use e2e::{Settings, World};
use serde_json::json;

#[tokio::test]
async fn a_training_goes_on_through_a_restart() {
    let settings = Settings { training_time: Duration::from_secs(2), ..Settings::default() };
    let mut world = World::start(settings).await.unwrap();
    let (customer, account) = world.customer(515).await.unwrap();
    let created = world.create(&customer, json!({})).await.unwrap();
    let path = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());

    world.until_job(|job| job.logs.contains("Extracted")).await.unwrap();
    world.stop().await.unwrap();
    assert!(customer.get(&path).await.is_err(), "nobody answers");
    world.until_job(|job| job.deliveries.iter().any(|delivery| delivery.answer.is_none())).await.unwrap();
    world.restart().await.unwrap();

    // The training ended meanwhile; its callback is repeated, or the provider is asked.
    assert_eq!(world.until_trained(&customer, &path).await.unwrap(), "ready");
    assert_eq!(world.funds(&account).await.unwrap(), [15, 0, 500, 515]);
    let generated = customer.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    assert_eq!(generated.status, 200, "{}", generated.json);
}
