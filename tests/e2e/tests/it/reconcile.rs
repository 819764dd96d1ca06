//! The sweep, and the limit of open tasks.

use std::time::Duration;

use e2e::World;
use serde_json::json;

#[tokio::test]
async fn the_sweep_finishes_what_nobody_asks_about() {
    let world = World::start(e2e::Settings::default()).await.unwrap();
    let (customer, account) = world.customer(1_100).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let polls = customer.with_header("prefer", "respond-async");
    let begun = polls.post(&format!("{path}/generate"), &json!({ "prompt": "sim:lose" })).await.unwrap();
    assert_eq!(begun.status.as_u16(), 202);
    let created = world.create(&customer, json!({ "trigger_word": "sim_lose" })).await.unwrap();
    assert_eq!(created.status.as_u16(), 200);
    assert_eq!(world.funds(&account).await.unwrap(), [85, 515, 500, 1_100]);

    let sweep = async |body| world.operator().post("/api/v1/admin/reconcile", &body).await.unwrap();
    let early = sweep(json!({ "all": true })).await;
    assert_eq!((&early.data().unwrap()["open"], &early.data().unwrap()["settled"]), (&json!(2), &json!(0)));
    // A task is asked about when nothing was heard of it for 20 seconds.
    until_all_ended(&world).await;
    world.age("heard_at", Duration::from_secs(21)).await.unwrap();
    let (one, other) =
        tokio::join!(sweep(json!({ "all": true })), sweep(json!({ "cursor": 1, "limit": 1, "all": true })));
    assert_eq!(one.data().unwrap()["next_cursor"], json!(null));
    assert_eq!((&one.data().unwrap()["accounts"], &other.data().unwrap()["failed"]), (&json!(1), &json!(0)));
    assert_eq!(
        world.funds(&account).await.unwrap(),
        [85, 0, 1_015, 1_100],
        "each is charged once, by two sweeps at once"
    );
    let after = sweep(json!({ "all": true })).await;
    assert_eq!((&after.data().unwrap()["open"], &after.data().unwrap()["settled"]), (&json!(0), &json!(0)));
}

/// Waits until the provider has done all it was asked for.
async fn until_all_ended(world: &World) {
    for _ in 0..500 {
        if world.gpu.simulator.jobs().iter().all(|job| job.status == "succeeded") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not all jobs ended: {:?}", world.gpu.simulator.jobs());
}

#[tokio::test]
async fn photos_go_when_their_time_is_over_and_pictures_stay_for_theirs() {
    let settings = e2e::Settings { photos_kept_days: 0, ..e2e::Settings::default() };
    let mut world = World::start(settings).await.unwrap();
    let (customer, _) = world.customer(1_100).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let generated = customer.post(&format!("{path}/generate"), &json!({ "prompt": "at the sea" })).await.unwrap();
    let url = generated.data().unwrap()["output"]["images"][0]["url"].as_str().unwrap().to_owned();
    let hanging = world.create(&customer, json!({ "trigger_word": "sim_hang" })).await.unwrap();
    assert_eq!(hanging.status.as_u16(), 200);
    for _ in 0..2 {
        let swept = world.operator().post("/api/v1/admin/reconcile", &json!({ "all": true })).await.unwrap();
        assert_eq!((&swept.data().unwrap()["failed"], &swept.data().unwrap()["open"]), (&json!(0), &json!(1)));
    }
    assert_eq!(customer.get(&url).await.unwrap().status.as_u16(), 200);
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["image_count"], 10);
    world.stop().await.unwrap();
    let of: Vec<String> =
        world.engines.blobs().await.unwrap().into_iter().filter(|name| name.starts_with("photo:")).collect();
    let trained = path.rsplit('/').next().unwrap();
    assert!(!of.is_empty() && of.iter().all(|key| !key.contains(trained)), "only those in training are kept: {of:?}");
}

#[tokio::test]
async fn the_sweep_is_the_operators_and_looks_at_nobody_who_has_nothing() {
    let world = World::start(e2e::Settings::default()).await.unwrap();
    for _ in 0..3 {
        world.customer(1).await.unwrap();
    }
    let path = "/api/v1/admin/reconcile";
    let sweep = async |body| world.operator().post(path, &body).await.unwrap();
    for wanted in [json!({}), json!({ "all": true }), json!({ "limit": 2, "cursor": 3 })] {
        let swept = sweep(wanted).await;
        assert_eq!(
            (&swept.data().unwrap()["accounts"], &swept.data().unwrap()["next_cursor"]),
            (&json!(0), &json!(null))
        );
    }
    assert_eq!(sweep(json!({ "limit": "all" })).await.outcome(), (400, "INVALID_REQUEST"));
    let (customer, _) = world.customer(1).await.unwrap();
    assert_eq!(customer.post(path, &json!({})).await.unwrap().outcome(), (401, "INVALID_ADMIN_TOKEN"));
    let wrong = world.operator().send(reqwest::Method::DELETE, path, Vec::new()).await.unwrap();
    assert_eq!((wrong.outcome(), wrong.header("allow")), ((405, "METHOD_NOT_ALLOWED"), "POST, GET, HEAD"));
    // What the rounds came to is told, the last one first.
    let told = world.operator().get(path).await.unwrap().data().unwrap()["rounds"].clone();
    assert_eq!(told.as_array().unwrap().len(), 3, "{told:#}");
    assert_eq!((&told[0]["accounts"], &told[0]["more"]), (&json!(0), &json!(false)));
    assert!(told[0]["at"].as_str().unwrap() >= told[2]["at"].as_str().unwrap(), "{told:#}");
    assert_eq!(customer.get(path).await.unwrap().outcome(), (401, "INVALID_ADMIN_TOKEN"));
    let audit = world.operator().get("/api/v1/admin/audit").await.unwrap();
    assert_eq!((&audit.data().unwrap()["accounts"], &audit.data().unwrap()["violations"]), (&json!(4), &json!([])));
}

#[tokio::test]
async fn ten_tasks_may_be_open_and_no_more() {
    let world = World::shared();
    let (customer, account) = world.customer(6_000).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let polls = customer.with_header("prefer", "respond-async");
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..14 {
        let (polls, path) = (polls.clone(), format!("{path}/generate"));
        requests.spawn(async move { polls.post(&path, &json!({ "prompt": "sim:hang" })).await.unwrap() });
    }
    let answers = requests.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status.as_u16() == 202).count(), 10);
    let refused: Vec<_> = answers.iter().filter(|answer| answer.outcome() == (429, "TOO_MANY_ACTIVE_TASKS")).collect();
    assert_eq!(refused.len(), 4);
    assert!(refused.iter().all(|answer| !answer.header("retry-after").is_empty()));
    let create = world.create(&customer, json!({})).await.unwrap();
    assert_eq!(create.outcome(), (429, "TOO_MANY_ACTIVE_TASKS"), "before any photo is fetched");
    assert_eq!(world.funds(&account).await.unwrap()[1], 150);
}
