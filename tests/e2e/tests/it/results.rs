//! Results: there for seven days, then gone.

use e2e::{Settings, World};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_result_can_be_fetched_for_seven_days() {
    let world = World::start(Settings::default()).await.unwrap();
    let (customer, account) = world.customer(515).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let generated = customer.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    let data = generated.data().unwrap();
    let url = data["output"]["images"][0]["url"].as_str().unwrap().to_owned();

    let nobody = world.anybody();
    let picture = nobody.get(&url).await.unwrap();
    assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/png"));
    assert!(e2e::is_marked(&picture.bytes));
    let head = nobody.send(Method::HEAD, &url, vec![]).await.unwrap();
    assert_eq!((head.status.as_u16(), head.header("x-content-type-options")), (200, "nosniff"));
    // HEAD is answered here, also where a bucket sends the picture.
    assert_eq!(head.header("x-robots-tag"), "noindex, noai");
    let age: u64 =
        head.header("cache-control").split("max-age=").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    assert!((604_700..=604_800).contains(&age), "{age}");
    assert_eq!(head.header("content-length"), picture.bytes.len().to_string());

    grow_older(&world, &account, data["id"].as_str().unwrap(), 7 * 24 * 60 * 60 * 1_000 - 60_000).await;
    assert_eq!(nobody.get(&url).await.unwrap().status, 200);
    grow_older(&world, &account, data["id"].as_str().unwrap(), 60_000).await;
    assert_eq!(nobody.get(&url).await.unwrap().outcome(), (410, "RESULT_EXPIRED"));
}

#[tokio::test]
async fn a_result_is_there_as_long_as_the_operator_says() {
    let variables = vec![("results_kept_days", "1".to_owned())];
    let world = World::start(Settings { variables, ..Settings::default() }).await.unwrap();
    let (customer, account) = world.customer(515).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let generated = customer.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    let data = generated.data().unwrap();
    let (id, url) = (data["id"].as_str().unwrap(), data["output"]["images"][0]["url"].as_str().unwrap());
    let task = customer.get(&format!("/api/v1/tasks/{id}")).await.unwrap();
    let told: jiff::Timestamp = task.data().unwrap()["result"]["expires_at"].as_str().unwrap().parse().unwrap();
    let left = told.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((86_000..=86_400).contains(&left), "{left}");

    grow_older(&world, &account, id, 24 * 60 * 60 * 1_000 - 60_000).await;
    assert_eq!(world.anybody().get(url).await.unwrap().status, 200);
    grow_older(&world, &account, id, 60_000).await;
    let gone = world.anybody().get(url).await.unwrap();
    assert_eq!(gone.outcome(), (410, "RESULT_EXPIRED"));
    assert!(gone.message().contains("for 1 day;"), "{}", gone.message());
}

/// Moves the moment the pictures were made into the past, in the stored task.
async fn grow_older(world: &World, account: &str, task: &str, milliseconds: i64) {
    let stored = world.engines.stored().await.unwrap();
    let key = format!("task:{account}:{task}");
    let mut document: Value = serde_json::from_slice(&stored.read(&key).await.unwrap()).unwrap();
    let at = document.pointer_mut("/body/state/delivered/at").unwrap();
    *at = json!(at.as_i64().unwrap() - milliseconds);
    stored.write(&key, document.to_string().as_bytes()).await.unwrap();
}

#[tokio::test]
async fn what_is_no_result_is_not_found() {
    let world = World::shared();
    let (customer, _) = world.customer(515).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let generated = customer.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    let url = generated.data().unwrap()["output"]["images"][0]["url"].as_str().unwrap().to_owned();
    let changed = [
        url.replace(".0.png", ".1.png"),
        url.replace(".0.png", ".0.jpg"),
        url.replace("task_", "task_0"),
        format!("{url}.png"),
    ];
    for url in changed.into_iter().chain(["/results/x".to_owned(), "/results/a.b.c.d".to_owned()]) {
        assert_eq!(world.anybody().get(&url).await.unwrap().outcome(), (404, "NOT_FOUND"), "{url}");
    }
}
