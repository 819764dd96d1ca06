//! Keys that may do less than their account: scopes, characters, budgets, an end.

use e2e::{Actor, World};
use reqwest::Method;
use serde_json::{Value, json};

/// A key of the account, limited as `limits` say.
async fn limited(world: &World, account: &str, limits: Value) -> Actor {
    let path = format!("/api/v1/admin/accounts/{account}/keys");
    let made = world.operator().post(&path, &limits).await.unwrap();
    world.anybody().with_token(made.data().unwrap()["key"].as_str().unwrap())
}

#[tokio::test]
async fn a_key_does_what_its_scopes_are_for_and_nothing_else() {
    let world = World::shared();
    let (customer, account) = world.customer(600).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let reader = limited(&world, &account, json!({ "scopes": ["read"] })).await;
    assert_eq!(reader.get(&path).await.unwrap().status, 200);
    let refused = reader.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    assert_eq!(refused.outcome(), (403, "KEY_SCOPE"));
    let told = refused.json["error"]["message"].as_str().unwrap();
    assert!(told.contains("is for read only") && told.contains("`generate`"), "{told}");

    let maker = limited(&world, &account, json!({ "scopes": ["generate"] })).await;
    assert_eq!(maker.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap().status, 200);
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::POST, "/api/v1/characters/create".to_owned()),
        (Method::GET, "/api/v1/webhook-secret".to_owned()),
    ] {
        let refused = maker.send(method.clone(), &path, b"{}".to_vec()).await.unwrap();
        assert_eq!(refused.outcome(), (403, "KEY_SCOPE"), "{method} {path}");
    }
    let remover = limited(&world, &account, json!({ "scopes": ["delete", "read"] })).await;
    assert_eq!(remover.send(Method::DELETE, &path, vec![]).await.unwrap().status, 200);
    assert_eq!(remover.get("/api/v1/webhook-secret").await.unwrap().outcome(), (403, "KEY_SCOPE"));
}

#[tokio::test]
async fn a_key_of_one_character_knows_no_other() {
    let world = World::shared();
    let (customer, account) = world.customer(1_100).await.unwrap();
    let (mine, _) = world.train(&customer, json!({})).await.unwrap();
    let id = mine.rsplit('/').next().unwrap();
    let (other, _) = world.train(&customer, json!({ "name": "Other" })).await.unwrap();
    let image = json!({ "model": "flux-2-pro-text-to-image", "prompt": "a fox" });
    let foreign = customer.post("/api/v1/generate", &image).await.unwrap();
    let foreign = format!("/api/v1/tasks/{}", foreign.data().unwrap()["id"].as_str().unwrap());

    let key = limited(&world, &account, json!({ "characters": [id] })).await;
    let made = key.post(&format!("{mine}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    let task = format!("/api/v1/tasks/{}", made.data().unwrap()["id"].as_str().unwrap());
    assert_eq!(key.get(&task).await.unwrap().status, 200);
    for path in [&other, &foreign, "/api/v1/credits/ledger", "/api/v1/deliveries"] {
        assert_eq!(key.get(path).await.unwrap().outcome(), (403, "KEY_SCOPE"), "{path}");
    }
    for (method, path) in [(Method::POST, format!("{foreign}/cancel")), (Method::DELETE, foreign.clone())] {
        assert_eq!(key.send(method, &path, vec![]).await.unwrap().outcome(), (403, "KEY_SCOPE"), "{path}");
    }
    assert_eq!(key.post("/api/v1/generate", &image).await.unwrap().outcome(), (403, "KEY_SCOPE"));
    let refused = key.post(&format!("{other}/generate"), &json!({ "prompt": "x" })).await.unwrap();
    assert_eq!(refused.outcome(), (403, "KEY_SCOPE"));

    let listed = key.get("/api/v1/characters").await.unwrap();
    let ids = |list: &Value| list.as_array().unwrap().iter().map(|one| one["character_id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&listed.data().unwrap()["characters"]), [json!(id)]);
    let listed = key.get("/api/v1/tasks").await.unwrap();
    let tasks = listed.data().unwrap()["tasks"].as_array().unwrap();
    assert!(!tasks.is_empty() && tasks.iter().all(|task| task["characterId"] == json!(id)), "{tasks:?}");
}

#[tokio::test]
async fn a_key_spends_no_more_than_its_budget_and_gets_back_what_was_not_charged() {
    let world = World::shared();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let before = world.funds(&account).await.unwrap();
    let key = limited(&world, &account, json!({ "budget": { "day": 40, "month": 1_000 } })).await;
    let generate = async |count: u8| {
        key.post(&format!("{path}/generate"), &json!({ "prompt": "x", "num_outputs": count })).await.unwrap()
    };
    // A picture costs 15 credits.
    assert_eq!(generate(2).await.status, 200);
    let refused = generate(1).await;
    assert_eq!(refused.outcome(), (402, "KEY_BUDGET_EXCEEDED"));
    let told = refused.json["error"]["message"].as_str().unwrap();
    assert!(told.contains("10 of its 40 credits a day left, and 15 are needed"), "{told}");
    let after = world.funds(&account).await.unwrap();
    assert_eq!(before[0] - after[0], 30, "{before:?} {after:?}");

    let keys = world.operator().get(&format!("/api/v1/admin/accounts/{account}/keys")).await.unwrap();
    let budget = &keys.data().unwrap()["keys"][1]["budget"];
    assert_eq!(*budget, json!({ "day": { "limit": 40, "used": 30 }, "month": { "limit": 1_000, "used": 30 } }));
    assert_eq!(customer.post(&format!("{path}/generate"), &json!({ "prompt": "x" })).await.unwrap().status, 200);
}

#[tokio::test]
async fn twenty_requests_at_once_spend_no_more_than_the_budget() {
    let world = World::shared();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let key = limited(&world, &account, json!({ "budget": { "month": 60 } })).await;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (key, path) = (key.clone(), format!("{path}/generate"));
        requests.spawn(async move { key.post(&path, &json!({ "prompt": "x" })).await.unwrap().status.as_u16() });
    }
    let outcomes = requests.join_all().await;
    assert_eq!(outcomes.iter().filter(|status| **status == 200).count(), 4, "{outcomes:?}");
    assert!(outcomes.iter().all(|status| [200, 402, 429].contains(status)), "{outcomes:?}");
}

#[tokio::test]
async fn a_key_ends_by_itself() {
    let world = World::shared();
    let (_, account) = world.customer(0).await.unwrap();
    let over = limited(&world, &account, json!({ "ends_at": "2026-01-01T00:00:00Z" })).await;
    assert_eq!(over.get("/api/v1/credits").await.unwrap().outcome(), (401, "INVALID_API_KEY"));
    let good = limited(&world, &account, json!({ "ends_at": "2096-01-01T00:00:00+01:00" })).await;
    assert_eq!(good.get("/api/v1/credits").await.unwrap().status, 200);
}

#[tokio::test]
async fn what_a_key_cannot_be_limited_to_is_named() {
    let world = World::shared();
    let (_, account) = world.customer(0).await.unwrap();
    let path = format!("/api/v1/admin/accounts/{account}/keys");
    for (limits, field) in [
        (json!({ "scopes": [] }), "scopes"),
        (json!({ "scopes": ["write"] }), "scopes"),
        (json!({ "characters": [] }), "characters"),
        (json!({ "characters": ["x"] }), "characters"),
        (json!({ "ends_at": "tomorrow" }), "ends_at"),
        (json!({ "budget": { "day": 0 } }), "credits"),
        (json!({ "budget": { "week": 1 } }), "budget"),
        (json!({ "budget": [1, 2] }), "budget"),
    ] {
        let refused = world.operator().post(&path, &limits).await.unwrap();
        assert_eq!(refused.outcome(), (400, "INVALID_REQUEST"), "{limits}");
        let message = refused.json["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(field), "{limits}: {message}");
    }
}
