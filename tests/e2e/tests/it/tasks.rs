//! `/api/v1/tasks`: the list, its pages and filters, and tasks canceled.

use std::time::Duration;

use e2e::World;
use reqwest::Method;
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
    let character = all["tasks"][5]["characterId"].as_str().unwrap();
    let of_it = customer.get(&only(&format!("characterId={character}"))).await.unwrap();
    assert_eq!(ids(of_it.data().unwrap()), ids(all));
    let of_another = customer.get(&only("characterId=char_abababababab4bababababababababab")).await.unwrap();
    assert_eq!(ids(of_another.data().unwrap()), Vec::<String>::new());
    for query in ["limit=0", "limit=101", "cursor=x", "status=done", "type=song", "characterId=Ada"] {
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

#[tokio::test]
async fn a_deleted_task_leaves_nothing_but_what_it_cost() {
    let world = World::shared();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let named = customer.with_header("idempotency-key", "one-fox");
    let (model, webhook_url) = ("flux-2-pro-text-to-image", "https://owner.example/secret");
    let body = json!({ "model": model, "prompt": "a secret fox", "webhook_url": webhook_url });
    let begun = named.post("/api/v1/generate", &body).await.unwrap();
    let id = begun.data().unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/tasks/{id}");
    let mut shown = customer.get(&path).await.unwrap();
    for _ in 0..100 {
        if shown.data().unwrap()["status"] == "completed" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        shown = customer.get(&path).await.unwrap();
    }
    let file = shown.data().unwrap()["result"]["images"][0]["url"].as_str().unwrap().to_owned();
    let funds = world.funds(&account).await.unwrap();
    let (stranger, _) = world.customer(0).await.unwrap();
    let delete = async |actor: &e2e::Actor| actor.send(Method::DELETE, &path, Vec::new()).await.unwrap();
    assert_eq!(delete(&stranger).await.outcome(), (404, "TASK_NOT_FOUND"));

    let deleted = delete(&customer).await;
    let data = deleted.data().unwrap();
    assert_eq!((&data["deleted"], data["files"].as_u64() > Some(0)), (&json!(true), true), "{data}");
    let again = delete(&customer).await;
    assert_eq!((&again.data().unwrap()["deleted"], &again.data().unwrap()["files"]), (&json!(true), &json!(0)));

    let shown = customer.get(&path).await.unwrap();
    let data = shown.data().unwrap();
    assert_eq!((&data["status"], &data["result"]), (&json!("completed"), &Value::Null));
    assert!(!shown.json.to_string().contains("secret"), "{data}");
    assert_eq!(world.anybody().get(&file).await.unwrap().outcome(), (410, "RESULT_EXPIRED"));
    assert_eq!(world.funds(&account).await.unwrap(), funds);
    // The request's name stays used: its answer is made anew, of what there is.
    let repeated = named.post("/api/v1/generate", &body).await.unwrap();
    assert_eq!(repeated.data().unwrap()["id"], id.as_str());
    assert!(!repeated.json.to_string().contains("secret"), "{}", repeated.json);
    assert_eq!(world.funds(&account).await.unwrap(), funds);
}

#[tokio::test]
async fn a_task_is_not_deleted_while_it_runs() {
    let world = World::shared();
    let (customer, account) = world.customer(500).await.unwrap();
    world.create(&customer, json!({ "trigger_word": "sim_hang" })).await.unwrap();
    let task = ids(customer.get("/api/v1/tasks").await.unwrap().data().unwrap()).remove(0);
    let path = format!("/api/v1/tasks/{task}");
    let refused = customer.send(Method::DELETE, &path, Vec::new()).await.unwrap();
    assert_eq!(refused.outcome(), (409, "TASK_RUNNING"));
    assert_eq!(world.funds(&account).await.unwrap(), [0, 500, 0, 500]);
    customer.post(&format!("{path}/cancel"), &json!({})).await.unwrap();
    let deleted = customer.send(Method::DELETE, &path, Vec::new()).await.unwrap();
    assert_eq!((deleted.status.as_u16(), &deleted.data().unwrap()["files"]), (200, &json!(0)), "{}", deleted.json);
}
