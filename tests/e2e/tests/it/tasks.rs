//! `/api/v1/tasks`: the list, its pages and filters, and tasks canceled.

use std::time::Duration;

use e2e::World;
use serde_json::{Value, json};

fn ids(data: &Value) -> Vec<String> {
    let tasks = data["tasks"].as_array().unwrap();
    tasks.iter().map(|task| task["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_task_is_listed_once_newest_first_over_pages() {
    let world = World::shared();
    let (customer, _) = world.customer(2_000).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let mut expected = Vec::new();
    for n in 0..5 {
        let body = json!({ "prompt": format!("picture {n}") });
        let made = customer.post(&format!("{path}/generate"), &body).await.unwrap();
        expected.insert(0, made.data().unwrap()["id"].as_str().unwrap().to_owned());
    }
    let all = customer.get("/api/v1/tasks").await.unwrap();
    let all = all.data().unwrap();
    assert_eq!((ids(all).len(), &all["nextCursor"]), (6, &Value::Null));
    assert_eq!(ids(all)[..5], expected[..]);
    assert_eq!(all["tasks"][0]["prompt"], "picture 4");

    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = customer.get(&format!("/api/v1/tasks?limit=2{cursor}")).await.unwrap();
        let page = page.data().unwrap();
        paged.extend(ids(page));
        let Some(next) = page["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, ids(all));

    let only = |query: &str| format!("/api/v1/tasks?{query}");
    let trainings = customer.get(&only("type=character&status=completed")).await.unwrap();
    assert_eq!(ids(trainings.data().unwrap()), ids(all)[5..]);
    let none = customer.get(&only("status=canceled")).await.unwrap();
    assert_eq!(ids(none.data().unwrap()), Vec::<String>::new());
    for query in ["limit=0", "limit=101", "cursor=x", "status=done", "type=song"] {
        let refused = customer.get(&only(query)).await.unwrap();
        assert_eq!(refused.outcome(), (400, "INVALID_REQUEST"), "{query}");
    }
    let (other, _) = world.customer(0).await.unwrap();
    assert_eq!(ids(other.get("/api/v1/tasks").await.unwrap().data().unwrap()), Vec::<String>::new());
}

#[tokio::test]
async fn a_task_taken_back_costs_nothing_and_stays_so() {
    let world = World::shared();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let created = world.create(&customer, json!({ "trigger_word": "sim_hang" })).await.unwrap();
    let character = created.data().unwrap()["character_id"].as_str().unwrap().to_owned();
    assert_eq!(world.funds(&account).await.unwrap(), [500, 500, 0, 1_000]);
    let task = ids(customer.get("/api/v1/tasks").await.unwrap().data().unwrap()).remove(0);
    let cancel = format!("/api/v1/tasks/{task}/cancel");
    for _ in 0..2 {
        let canceled = customer.post(&cancel, &json!({})).await.unwrap();
        let data = canceled.data().unwrap();
        assert_eq!((&data["status"], &data["creditsUsed"]), (&json!("canceled"), &json!(0)));
    }
    assert_eq!(world.funds(&account).await.unwrap(), [1_000, 0, 0, 1_000]);
    let shown = customer.get(&format!("/api/v1/characters/{character}")).await.unwrap();
    let shown = shown.data().unwrap();
    assert_eq!((&shown["status"], &shown["error"]["code"]), (&json!("failed"), &json!("TRAINING_CANCELED")));
    // Its job at the provider has ended, too.
    for _ in 0..50 {
        let jobs = world.gpu.simulator.jobs();
        let job = jobs.iter().find(|job| job.webhook.as_ref().is_some_and(|url| url.contains(&task))).unwrap();
        if job.status == "canceled" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the job goes on");
}

#[tokio::test]
async fn what_is_over_is_not_taken_back() {
    let world = World::shared();
    let (customer, account) = world.customer(600).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let made = customer.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    let id = made.data().unwrap()["id"].as_str().unwrap().to_owned();
    let refused = customer.post(&format!("/api/v1/tasks/{id}/cancel"), &json!({})).await.unwrap();
    assert_eq!(refused.outcome(), (409, "TASK_ENDED"));
    assert_eq!(world.funds(&account).await.unwrap(), [85, 0, 515, 600]);
    let (stranger, _) = world.customer(0).await.unwrap();
    let refused = stranger.post(&format!("/api/v1/tasks/{id}/cancel"), &json!({})).await.unwrap();
    assert_eq!(refused.outcome(), (404, "TASK_NOT_FOUND"));
}

/// Whoever waits for what is canceled is told so, the same whenever they ask again; that is no failure of ours.
#[tokio::test]
async fn whoever_waits_for_what_is_taken_back_is_told_so() {
    let world = World::shared();
    let (customer, account) = world.customer(600).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let waiting = customer.with_header("idempotency-key", "one-picture");
    let generate = async || waiting.post(&format!("{path}/generate"), &json!({ "prompt": "sim:hang" })).await.unwrap();
    let cancel = async || {
        loop {
            let tasks = customer.get("/api/v1/tasks?status=processing").await.unwrap();
            if let Some(id) = tasks.data().unwrap()["tasks"][0]["id"].as_str() {
                return customer.post(&format!("/api/v1/tasks/{id}/cancel"), &json!({})).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let (told, canceled) = tokio::join!(generate(), cancel());
    assert_eq!(canceled.status, 200, "{}", canceled.json);
    assert_eq!(told.outcome(), (409, "TASK_ENDED"), "{}", told.json);
    let again = generate().await;
    assert_eq!((again.outcome(), again.header("idempotent-replayed")), ((409, "TASK_ENDED"), "true"));
    assert_eq!(world.funds(&account).await.unwrap(), [100, 0, 500, 600]);
}
