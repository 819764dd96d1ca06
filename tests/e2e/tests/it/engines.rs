//! The same application on a real Redis, with photos and pictures on a real S3 server. `cargo likeness test` runs all the other tests so, too.

use e2e::{Actor, Engines, Settings, World};
use serde_json::{Value, json};

async fn world() -> World {
    World::start(Settings { engines: Engines::Servers, ..Settings::default() }).await.unwrap()
}

#[tokio::test]
#[cfg_attr(not(has_redis), ignore = "no redis-server on this machine")]
async fn the_whole_pipeline_runs_on_servers_and_through_a_restart() {
    let mut world = world().await;
    let (customer, account) = world.customer(1_000).await.unwrap();
    let (path, status) = world.train(&customer, json!({})).await.unwrap();
    assert_eq!(status, "ready");
    world.stop().await.unwrap();
    world.restart().await.unwrap();
    let sender = customer.with_header("idempotency-key", "k");
    let body = json!({ "prompt": "at the sea", "num_outputs": 4, "aspect_ratio": "3:4" });
    let generated = sender.post(&format!("{path}/generate"), &body).await.unwrap();
    assert_eq!(generated.data().unwrap()["credits_remaining"], 440);
    let url = generated.data().unwrap()["output"]["images"][3]["url"].as_str().unwrap();
    assert_eq!(customer.get(url).await.unwrap().header("content-type"), "image/png");
    let again = sender.post(&format!("{path}/generate"), &body).await.unwrap();
    assert_eq!((&again.bytes, again.header("idempotent-replayed")), (&generated.bytes, "true"));
    let verdict = customer.get("/api/v1/credits/ledger/verify").await.unwrap();
    assert_eq!((&verdict.data().unwrap()["valid"], &verdict.data().unwrap()["entries"]), (&json!(true), &json!(5)));
    assert_eq!(world.funds(&account).await.unwrap(), [440, 0, 560, 1_000]);
    let doctor = world.operator().get("/api/v1/admin/doctor").await.unwrap();
    assert_eq!(doctor.data().unwrap()["safe"], true, "{}", doctor.json);
    let audit = world.operator().get("/api/v1/admin/audit").await.unwrap();
    assert_eq!((&audit.data().unwrap()["accounts"], &audit.data().unwrap()["violations"]), (&json!(1), &json!([])));
}

/// The status of an answer other than that the account is busy: then nothing was begun, and it is asked again.
async fn answered(who: &Actor, path: &str, body: &Value) -> u16 {
    loop {
        match who.post(path, body).await.unwrap().status.as_u16() {
            503 => tokio::time::sleep(std::time::Duration::from_millis(200)).await,
            status => return status,
        }
    }
}

#[tokio::test]
#[cfg_attr(not(has_redis), ignore = "no redis-server on this machine")]
async fn forty_grants_and_twenty_generations_at_once_all_count_once() {
    let world = world().await;
    let (customer, account) = world.customer(600).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let grants = format!("/api/v1/admin/accounts/{account}/grants");
    let mut requests = tokio::task::JoinSet::new();
    for n in 0..40 {
        // Every grant twice.
        let (operator, grants) = (world.operator(), grants.clone());
        let body = json!({ "credits": 1, "grant_id": format!("g{}", n / 2) });
        requests.spawn(async move { answered(&operator, &grants, &body).await });
    }
    for _ in 0..20 {
        let (customer, path) = (customer.clone(), format!("{path}/generate"));
        requests.spawn(async move { answered(&customer, &path, &json!({ "prompt": "at home" })).await });
    }
    let statuses = requests.join_all().await;
    let done = |status| statuses.iter().filter(|answered| **answered == status).count();
    // 40 grants and as many pictures as credits and open tasks allow; the rest is told why not.
    assert_eq!(done(200) + done(402) + done(429), 60, "{statuses:?}");
    let pictures = u64::try_from(done(200) - 40).unwrap();
    assert!((1..=8).contains(&pictures), "{statuses:?}");
    let spent = 500 + 15 * pictures;
    assert_eq!(world.funds(&account).await.unwrap(), [620 - spent, 0, spent, 620]);
    let verdict = customer.get("/api/v1/credits/ledger/verify").await.unwrap();
    assert_eq!(verdict.data().unwrap()["valid"], true);
}
