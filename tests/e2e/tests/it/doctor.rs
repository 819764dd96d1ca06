//! The doctor, on the store the application runs on.

use e2e::{Settings, World};
use serde_json::json;

#[tokio::test]
async fn a_store_that_was_found_unsafe_is_closed_for_money_until_it_is_found_safe() {
    let mut world = World::start(Settings::default()).await.unwrap();
    let (customer, account) = world.customer(600).await.unwrap();
    let report = world.operator().get("/api/v1/admin/doctor").await.unwrap();
    let report = report.data().unwrap();
    assert_eq!(report["safe"], true, "{report}");
    assert_eq!(report["checks"].as_array().unwrap().len(), 10);
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
