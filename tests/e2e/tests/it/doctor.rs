//! The doctor, on the store the application runs on.

use e2e::{Engines, Settings, World};
use serde_json::{Value, json};

/// The checks of one thing.
fn of<'a>(report: &'a Value, about: &str) -> Vec<&'a Value> {
    report["checks"].as_array().unwrap().iter().filter(|check| check["about"] == about).collect()
}

fn verdicts(report: &Value, about: &str) -> Vec<String> {
    of(report, about).iter().map(|check| check["verdict"].as_str().unwrap().to_owned()).collect()
}

async fn examined(world: &World) -> Value {
    world.operator().get("/api/v1/admin/doctor").await.unwrap().data().unwrap().clone()
}

#[tokio::test]
async fn providers_and_the_public_address_are_examined_and_close_nothing() {
    let variables = vec![("providers", "replicate,fal,cog".to_owned())];
    let mut world = World::start(Settings { variables, ..Settings::default() }).await.unwrap();
    let report = examined(&world).await;
    assert_eq!((&report["safe"], &report["healthy"]), (&json!(true), &json!(true)), "{report}");
    assert_eq!(verdicts(&report, "provider"), ["passed"; 3], "{report}");
    assert_eq!(verdicts(&report, "public_url"), ["passed"], "{report}");

    world.stop().await.unwrap();
    world.set("replicate_api_token", "r8_of_nobody");
    world.set("fal_key", "nobody:at-all");
    let nothing = world.photos.url("nothing");
    world.set("cog_model_url", &nothing);
    let elsewhere = world.gpu.url.clone();
    world.set("public_url", &elsewhere);
    world.restart().await.unwrap();
    let report = examined(&world).await;
    assert_eq!((&report["safe"], &report["healthy"]), (&json!(true), &json!(false)), "{report}");
    assert_eq!(verdicts(&report, "provider"), ["failed", "failed", "passed", "failed"], "{report}");
    assert_eq!(verdicts(&report, "public_url"), ["failed"], "{report}");
    let notes: Vec<&str> = of(&report, "provider").iter().filter_map(|check| check["note"].as_str()).collect();
    assert!(notes[0].contains("replicate_api_token") && notes[1].contains("fal_key"), "{notes:?}");
    assert!(!report.to_string().contains("r8_of_nobody") && !report.to_string().contains("nobody:at-all"));
    let (_, account) = world.customer(600).await.unwrap();
    assert_eq!(world.funds(&account).await.unwrap(), [600, 0, 0, 600], "money still moves");
}

#[tokio::test]
#[cfg_attr(not(has_redis), ignore = "no redis-server on this machine")]
async fn the_bucket_is_examined() {
    let mut world = World::start(Settings { engines: Engines::Servers, ..Settings::default() }).await.unwrap();
    let report = examined(&world).await;
    assert_eq!(verdicts(&report, "bucket"), ["passed"; 4], "{report}");
    assert_eq!(world.engines.blobs().await.unwrap(), [""; 0], "it leaves nothing behind");

    world.stop().await.unwrap();
    world.set("s3_secret_access_key", "of-nobody");
    world.restart().await.unwrap();
    let report = examined(&world).await;
    assert_eq!((&report["safe"], verdicts(&report, "bucket")), (&json!(true), vec!["failed".to_owned()]), "{report}");
    assert!(of(&report, "bucket")[0]["note"].as_str().unwrap().contains("s3_bucket"), "{report}");
}

#[tokio::test]
async fn a_store_that_was_found_unsafe_is_closed_for_money_until_it_is_found_safe() {
    let mut world = World::start(Settings::default()).await.unwrap();
    let (customer, account) = world.customer(600).await.unwrap();
    let report = world.operator().get("/api/v1/admin/doctor").await.unwrap();
    let report = report.data().unwrap();
    assert_eq!(report["safe"], true, "{report}");
    assert_eq!(of(report, "store").len(), 10);
    assert!(report["took_ms"].is_u64(), "{report}");
    assert!(report["checks"].as_array().unwrap().iter().all(|check| check["verdict"] != "failed"), "{report}");

    let thorough = world.operator().get("/api/v1/admin/doctor?effort=thorough").await.unwrap();
    assert_eq!(thorough.data().unwrap()["safe"], true, "{}", thorough.json);
    let wrong = world.operator().get("/api/v1/admin/doctor?effort=some").await.unwrap();
    assert_eq!(wrong.outcome(), (400, "INVALID_REQUEST"));

    world.stop().await.unwrap();
    let stored = world.engines.stored().await.unwrap();
    assert_eq!(stored.keys("doctor:").await.unwrap(), [""; 0], "it leaves nothing behind");
    stored.write("safe", br#"{"v":1,"body":false}"#).await.unwrap();
    drop(stored);
    world.restart().await.unwrap();

    let operator = world.operator();
    let closed = (503, "STORE_UNSAFE");
    assert_eq!(world.create(&customer, json!({})).await.unwrap().outcome(), closed);
    let grants = format!("/api/v1/admin/accounts/{account}/grants");
    assert_eq!(operator.post(&grants, &json!({ "credits": 1 })).await.unwrap().outcome(), closed);
    assert_eq!(operator.post("/api/v1/admin/accounts", &json!({ "name": "B" })).await.unwrap().outcome(), closed);
    assert_eq!(world.balance(&customer).await.unwrap(), 600, "what is there can be seen");
    assert_eq!(customer.get("/api/v1/admin/doctor").await.unwrap().outcome(), (401, "INVALID_ADMIN_TOKEN"));

    assert_eq!(operator.get("/api/v1/admin/doctor").await.unwrap().data().unwrap()["safe"], true);
    assert_eq!(world.create(&customer, json!({})).await.unwrap().status.as_u16(), 200);
}
