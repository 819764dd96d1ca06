//! `POST /api/v1/characters/:id/generate` and `GET /api/v1/tasks/:id`: every parameter, limit, default and error.

use std::time::Duration;

use e2e::{Settings, World};
use serde_json::json;

#[tokio::test]
async fn parameters_are_checked_before_anything_is_charged() {
    let world = World::shared();
    let (customer, account) = world.customer(560).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let cases = [
        (json!({}), "MISSING_PROMPT"),
        (json!({ "prompt": null }), "MISSING_PROMPT"),
        (json!({ "prompt": " \n" }), "MISSING_PROMPT"),
        (json!({ "prompt": "é".repeat(5_001) }), "INVALID_REQUEST"),
        (json!({ "prompt": "x", "aspect_ratio": "21:9" }), "INVALID_ASPECT_RATIO"),
        (json!({ "prompt": "x", "aspect_ratio": "" }), "INVALID_ASPECT_RATIO"),
        (json!({ "prompt": "x", "num_outputs": 0 }), "INVALID_NUM_OUTPUTS"),
        (json!({ "prompt": "x", "num_outputs": 5 }), "INVALID_NUM_OUTPUTS"),
        (json!({ "prompt": "x", "num_outputs": -1 }), "INVALID_NUM_OUTPUTS"),
        (json!({ "prompt": "x", "num_outputs": 257 }), "INVALID_NUM_OUTPUTS"),
    ];
    for (body, code) in cases {
        let answer = customer.post(&format!("{path}/generate"), &body).await.unwrap();
        assert_eq!(answer.outcome(), (400, code));
    }
    let longest = json!({ "prompt": "é".repeat(5_000) });
    assert_eq!(customer.post(&format!("{path}/generate"), &longest).await.unwrap().status, 200);
    assert_eq!(world.funds(&account).await.unwrap(), [45, 0, 515, 560]);
}

#[tokio::test]
async fn one_square_picture_is_the_default_and_every_ratio_has_its_size() {
    let world = World::shared();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let sizes = [
        (None, (1_024, 1_024)),
        (Some("1:1"), (1_024, 1_024)),
        (Some("16:9"), (1_344, 768)),
        (Some("9:16"), (768, 1_344)),
        (Some("4:3"), (1_152, 896)),
        (Some("3:4"), (896, 1_152)),
        (Some("3:2"), (1_216, 832)),
        (Some("2:3"), (832, 1_216)),
    ];
    for (ratio, size) in sizes {
        let body = ratio.map_or(json!({ "prompt": "x" }), |ratio| json!({ "prompt": "x", "aspect_ratio": ratio }));
        let answer = customer.post(&format!("{path}/generate"), &body).await.unwrap();
        let data = answer.data().unwrap();
        assert_eq!(data["credits_used"], 15);
        let images = data["output"]["images"].as_array().unwrap();
        assert_eq!(images.len(), 1);
        let picture = world.anybody().get(images[0]["url"].as_str().unwrap()).await.unwrap();
        let decoded = image::load_from_memory(&picture.bytes).unwrap();
        assert_eq!((decoded.width(), decoded.height()), size, "{ratio:?}");
    }
}

#[tokio::test]
async fn a_character_in_training_or_failed_is_not_ready() {
    let world = World::shared();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let created = world.create(&customer, json!({ "trigger_word": "sim_slow" })).await.unwrap();
    let id = created.data().unwrap()["character_id"].as_str().unwrap().to_owned();
    let answer = customer.post(&format!("/api/v1/characters/{id}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    assert_eq!(answer.outcome(), (422, "CHARACTER_NOT_READY"));

    let (path, status) = world.train(&customer, json!({ "trigger_word": "sim_fail" })).await.unwrap();
    assert_eq!(status, "failed");
    let answer = customer.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    assert_eq!(answer.outcome(), (422, "CHARACTER_NOT_READY"));
}

#[tokio::test]
async fn pictures_need_their_credits() {
    let world = World::shared();
    let (customer, _) = world.customer(529).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let answer = customer.post(&format!("{path}/generate"), &json!({ "prompt": "x", "num_outputs": 2 })).await.unwrap();
    assert_eq!(answer.outcome(), (402, "INSUFFICIENT_CREDITS"));
    assert_eq!(answer.message(), "Insufficient credits. Required: 30, Available: 29");
}

#[tokio::test]
async fn whoever_prefers_to_poll_gets_a_task() {
    let world = World::shared();
    let (customer, _) = world.customer(600).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let asynchronous = customer.with_header("prefer", "wait=5, respond-async");
    let body = json!({ "prompt": "on a beach", "aspect_ratio": "16:9", "num_outputs": 2 });
    let answer = asynchronous.post(&format!("{path}/generate"), &body).await.unwrap();
    assert_eq!(answer.status, 202);
    let data = answer.data().unwrap();
    assert_eq!((&data["status"], &data["credits_used"]), (&json!("processing"), &json!(30)));
    assert_eq!(data["credits_remaining"], 70);
    assert!(data.get("output").is_none());
    assert_eq!(answer.header("preference-applied"), "respond-async");
    let location = answer.header("location").to_owned();
    assert_eq!(location, format!("/api/v1/tasks/{}", data["id"].as_str().unwrap()));

    let mut task = customer.get(&location).await.unwrap();
    for _ in 0..200 {
        if task.data().unwrap()["status"] == "completed" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        task = customer.get(&location).await.unwrap();
    }
    let task = task.data().unwrap();
    assert_eq!(task["status"], "completed");
    assert_eq!((&task["mediaType"], &task["prompt"]), (&json!("image"), &json!("on a beach")));
    assert_eq!(task["resolvedParams"], json!({ "aspect_ratio": "16:9", "num_outputs": 2 }));
    assert_eq!((&task["creditsUsed"], &task["error"]), (&json!(30), &json!(null)));
    assert_eq!(task["result"]["images"].as_array().unwrap().len(), 2);
    assert_eq!(task["result"]["url"], task["result"]["images"][0]["url"]);
    assert!(task["result"]["expires_at"].as_str().unwrap() > task["createdAt"].as_str().unwrap());
}

#[tokio::test]
async fn a_generation_past_its_deadline_is_canceled_and_given_back() {
    let settings = Settings { generation_wait: Duration::from_secs(2), ..Settings::default() };
    let world = World::start(settings).await.unwrap();
    let (customer, account) = world.customer(560).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let answer =
        customer.post(&format!("{path}/generate"), &json!({ "prompt": "sim:hang", "num_outputs": 4 })).await.unwrap();
    assert_eq!(answer.outcome(), (500, "GENERATION_FAILED"));
    assert!(answer.message().contains("too long"), "{}", answer.message());
    assert_eq!(world.funds(&account).await.unwrap(), [60, 0, 500, 560]);
    let jobs = world.gpu.simulator.jobs();
    assert!(jobs.iter().any(|job| format!("{job:?}").to_lowercase().contains("canceled")), "{jobs:?}");
}

#[tokio::test]
async fn the_trigger_word_reaches_the_provider_once() {
    let world = World::shared();
    let (customer, account) = world.customer(560).await.unwrap();
    let (path, _) = world.train(&customer, json!({ "trigger_word": "SARAH_7" })).await.unwrap();
    let cases =
        [("on a beach", "SARAH_7, on a beach"), ("portrait of SARAH_7, smiling", "portrait of SARAH_7, smiling")];
    for (prompt, _) in cases {
        let answer = customer.post(&format!("{path}/generate"), &json!({ "prompt": prompt })).await.unwrap();
        assert_eq!(answer.status, 200);
    }
    let own = |job: &gpu_sim::JobView| job.webhook.as_deref().is_some_and(|url| url.contains(&account));
    let inputs: Vec<_> = world.gpu.simulator.jobs().into_iter().filter(own).map(|job| job.input).collect();
    assert_eq!(inputs[0]["trigger_word"], "SARAH_7");
    let sent: Vec<_> = inputs[1..].iter().map(|input| input["prompt"].as_str().unwrap()).collect();
    assert_eq!(sent, cases.map(|(_, sent)| sent));
}

#[tokio::test]
async fn of_many_generations_at_once_as_many_begin_as_are_paid_for() {
    let world = World::shared();
    let (customer, account) = world.customer(500 + 8 * 15).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..14 {
        let (customer, path) = (customer.clone(), format!("{path}/generate"));
        requests.spawn(async move { customer.post(&path, &json!({ "prompt": "x" })).await.unwrap().status.as_u16() });
    }
    let mut outcomes = requests.join_all().await;
    outcomes.sort_unstable();
    assert_eq!(outcomes, [[200; 8].as_slice(), &[402; 6]].concat());
    assert_eq!(world.funds(&account).await.unwrap(), [0, 0, 620, 620]);
}
