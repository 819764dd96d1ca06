//! A character whose pictures go by its photos, trained later: the same id, ready all the time, charged once.

use std::time::Duration;

use e2e::{Actor, Answer, Settings, World};
use reqwest::Method;
use serde_json::{Value, json};

async fn world(training_time: Duration) -> World {
    let variables = vec![("providers", "fal".to_owned())];
    World::start(Settings { variables, training_time, ..Settings::default() }).await.unwrap()
}

/// A character of three photos, ready at once: its path.
async fn kept(world: &World, customer: &Actor, word: &str) -> String {
    let body = json!({ "mode": "reference", "image_urls": world.photos.urls(3), "trigger_word": word });
    let answer = world.create(customer, body).await.unwrap();
    format!("/api/v1/characters/{}", answer.data().unwrap()["character_id"].as_str().unwrap())
}

async fn train(customer: &Actor, path: &str, body: Value) -> Answer {
    customer.post(&format!("{path}/train"), &body).await.unwrap()
}

/// The photos that are missing to ten.
fn more(world: &World) -> Value {
    json!({ "image_urls": world.photos.urls(10)[3..] })
}

/// Waits for the end of the training that was told.
async fn ended(customer: &Actor, told: &Answer) -> String {
    let path = format!("/api/v1/tasks/{}", told.data().unwrap()["task_id"].as_str().unwrap());
    for _ in 0..400 {
        let status = customer.get(&path).await.unwrap().data().unwrap()["status"].as_str().unwrap().to_owned();
        if status != "processing" && status != "pending" {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} does not end")
}

async fn shown(customer: &Actor, path: &str) -> Value {
    customer.get(path).await.unwrap().data().unwrap().clone()
}

async fn picture(customer: &Actor, path: &str) -> Answer {
    customer.post(&format!("{path}/generate"), &json!({ "prompt": "SARAH at the sea" })).await.unwrap()
}

#[tokio::test]
async fn it_is_ready_all_the_time_and_then_pictured_by_its_model() {
    let world = world(Duration::from_secs(3)).await;
    let (customer, account) = world.customer(530).await.unwrap();
    let path = kept(&world, &customer, "SARAH").await;

    let named = customer.with_header("idempotency-key", "once");
    let told = train(&named, &path, more(&world)).await;
    assert_eq!(told.status, 200, "{}", told.json);
    let data = told.data().unwrap();
    assert_eq!(
        (&data["status"], &data["image_count"], &data["credits_used"]),
        (&json!("ready"), &json!(10), &json!(500))
    );
    assert!(path.ends_with(data["character_id"].as_str().unwrap()));
    let again = train(&named, &path, more(&world)).await;
    assert_eq!(again.data().unwrap()["task_id"], data["task_id"]);
    assert_eq!(train(&customer, &path, json!({})).await.outcome(), (409, "TASK_RUNNING"));

    let meanwhile = shown(&customer, &path).await;
    assert_eq!((&meanwhile["status"], &meanwhile["mode"]), (&json!("ready"), &json!("reference")));
    assert!(meanwhile["progress"].is_number(), "{meanwhile}");
    assert_eq!(picture(&customer, &path).await.data().unwrap()["credits_used"], 15);
    let by_photos = world.gpu.simulator.jobs().last().unwrap().input.clone();
    assert!(by_photos["image_urls"].is_array(), "{by_photos}");

    assert_eq!(ended(&customer, &told).await, "completed");
    let trained = shown(&customer, &path).await;
    assert_eq!(
        (&trained["status"], &trained["mode"], &trained["progress"]),
        (&json!("ready"), &Value::Null, &Value::Null)
    );
    assert_eq!(picture(&customer, &path).await.status, 200);
    let by_model = world.gpu.simulator.jobs().last().unwrap().input.clone();
    assert!(by_model["loras"].is_array() && by_model["prompt"].as_str().unwrap().contains("SARAH"), "{by_model}");
    assert_eq!(world.funds(&account).await.unwrap(), [0, 0, 530, 530]);
    assert_eq!(train(&customer, &path, json!({})).await.outcome(), (409, "CHARACTER_TRAINED"));

    let deleted = customer.send(Method::DELETE, &path, vec![]).await.unwrap();
    let objects = deleted.data().unwrap()["objects"].clone();
    let photos = objects.as_array().unwrap().iter().find(|object| object["object"] == "photos").unwrap();
    assert_eq!(photos["count"], 10, "{objects}");
    assert!(world.engines.stored().await.unwrap().keys("photo:").await.unwrap().is_empty());
}

#[tokio::test]
async fn one_that_fails_costs_nothing_and_can_be_tried_again_without_sending_photos() {
    let world = world(Duration::from_millis(100)).await;
    let (customer, account) = world.customer(515).await.unwrap();
    let path = kept(&world, &customer, "sim_fail").await;
    for body in [more(&world), json!({})] {
        let told = train(&customer, &path, body).await;
        assert_eq!(told.status, 200, "{}", told.json);
        assert_eq!(ended(&customer, &told).await, "failed");
        let shown = shown(&customer, &path).await;
        assert_eq!((&shown["status"], &shown["mode"]), (&json!("ready"), &json!("reference")), "{shown}");
        assert_eq!((&shown["image_count"], &shown["error"]), (&json!(10), &Value::Null), "{shown}");
        assert_eq!(world.funds(&account).await.unwrap(), [515, 0, 0, 515]);
    }
    assert_eq!(picture(&customer, &path).await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_trained_is_refused_and_stays_as_it_is() {
    let world = world(Duration::from_secs(30)).await;
    let (customer, account) = world.customer(1_100).await.unwrap();
    let path = kept(&world, &customer, "SARAH").await;
    let urls = |range: std::ops::Range<usize>| json!({ "image_urls": world.photos.urls(range.end)[range] });
    let not_there = json!({ "image_urls": vec![world.photos.url("/not-there"); 7] });
    for (body, outcome) in [
        (urls(0..6), (400, "TOO_FEW_IMAGES")),
        (urls(0..28), (400, "TOO_MANY_IMAGES")),
        (json!({ "base": "no-such-base", "image_urls": world.photos.urls(7) }), (400, "INVALID_REQUEST")),
        (json!({ "name": "x" }), (400, "INVALID_REQUEST")),
        (not_there, (422, "IMAGE_DOWNLOAD_FAILED")),
    ] {
        assert_eq!(train(&customer, &path, body.clone()).await.outcome(), outcome, "{body}");
    }
    assert_eq!(shown(&customer, &path).await["image_count"], 3);
    assert_eq!(train(&customer, "/api/v1/characters/char_x", urls(0..7)).await.outcome(), (404, "NOT_FOUND"));
    let (stranger, _) = world.customer(500).await.unwrap();
    assert_eq!(train(&stranger, &path, urls(0..7)).await.outcome(), (404, "NOT_FOUND"));
    let poor = world.customer(499).await.unwrap().0;
    let poors = kept(&world, &poor, "SARAH").await;
    assert_eq!(train(&poor, &poors, urls(0..7)).await.outcome(), (402, "INSUFFICIENT_CREDITS"));

    let created = world.create(&customer, json!({})).await.unwrap();
    let training = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());
    assert_eq!(train(&customer, &training, json!({})).await.outcome().1, "CHARACTER_NOT_READY");
    assert_eq!(world.funds(&account).await.unwrap(), [600, 500, 0, 1_100]);

    // Canceled, it can be trained again; deleted, its credits come back and nothing of it is left.
    let told = train(&customer, &path, more(&world)).await;
    let task = format!("/api/v1/tasks/{}", told.data().unwrap()["task_id"].as_str().unwrap());
    assert_eq!(customer.post(&format!("{task}/cancel"), &json!({})).await.unwrap().status, 200);
    assert_eq!(train(&customer, &path, json!({})).await.status, 200);
    assert_eq!(world.funds(&account).await.unwrap(), [100, 1_000, 0, 1_100]);
    assert_eq!(customer.send(Method::DELETE, &path, vec![]).await.unwrap().status, 200);
    assert_eq!(world.funds(&account).await.unwrap(), [600, 500, 0, 1_100]);
    let id = path.rsplit('/').next().unwrap();
    let stored = world.engines.stored().await.unwrap().keys("photo:").await.unwrap();
    assert!(!stored.iter().any(|key| key.contains(id)), "{stored:?}");
}
