//! Keys that may do less than their account: scopes, characters, networks, budgets, an end.

use e2e::{Actor, Settings, World};
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
        (json!({ "networks": [] }), "networks"),
        (json!({ "networks": vec!["10.0.0.0/8"; 17] }), "networks"),
        (json!({ "networks": ["10.0.0.0/8", "example.com"] }), "networks[1]"),
        (json!({ "networks": ["10.0.0.1/8"] }), "10.0.0.0/8"),
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

/// A world behind a proxy that tells the caller's address in `x-real-ip`.
async fn behind_a_proxy() -> World {
    let variables = vec![("client_address_header", "x-real-ip".to_owned())];
    World::start(Settings { variables, ..Settings::default() }).await.unwrap()
}

#[tokio::test]
async fn a_key_works_from_its_networks_and_from_nowhere_else_whatever_a_caller_claims() {
    let world = World::shared();
    let (_, account) = world.customer(10).await.unwrap();
    let here = limited(&world, &account, json!({ "networks": ["203.0.113.0/24", "127.0.0.0/8"] })).await;
    assert_eq!(here.get("/api/v1/credits").await.unwrap().status, 200);
    let away = limited(&world, &account, json!({ "networks": ["203.0.113.0/24"], "scopes": ["generate"] })).await;
    let claims = ["spin-client-addr", "x-forwarded-for", "x-real-ip", "likeness-caller"];
    let claiming = claims.map(|name| away.with_header(name, "203.0.113.9"));
    for key in claiming.iter().chain([&away]) {
        let refused = key.get("/api/v1/credits").await.unwrap();
        assert_eq!(refused.outcome(), (403, "KEY_SCOPE"));
        let told = refused.message();
        assert!(told.contains("came from 127.0.0.1,") && !told.contains("203.0.113"), "{told}");
        let agent = key.post("/mcp", &json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" })).await.unwrap();
        assert_eq!(agent.outcome(), (403, "KEY_SCOPE"));
    }
    let keys = world.operator().get(&format!("/api/v1/admin/accounts/{account}/keys")).await.unwrap();
    assert_eq!(keys.data().unwrap()["keys"][1]["networks"], json!(["203.0.113.0/24", "127.0.0.0/8"]));
}

#[tokio::test]
async fn behind_a_proxy_the_address_counts_that_the_proxy_tells() {
    let world = behind_a_proxy().await;
    let (_, account) = world.customer(10).await.unwrap();
    let key = limited(&world, &account, json!({ "networks": ["203.0.113.0/24", "2001:db8::/32"] })).await;
    for (told, outcome) in [
        ("203.0.113.9", (200, "")),
        ("::ffff:203.0.113.9", (200, "")),
        ("[2001:db8::7]:4711", (200, "")),
        ("198.51.100.7, 203.0.113.9", (200, "")),
        ("203.0.113.9, 198.51.100.7", (403, "KEY_SCOPE")),
        ("203.0.113.9, unknown", (403, "KEY_SCOPE")),
        ("127.0.0.1", (403, "KEY_SCOPE")),
    ] {
        let answer = key.with_header("x-real-ip", told).get("/api/v1/credits").await.unwrap();
        assert_eq!(answer.outcome(), outcome, "{told}");
    }
    let unknown = key.get("/api/v1/credits").await.unwrap();
    assert_eq!(unknown.outcome(), (403, "KEY_SCOPE"));
    assert!(unknown.message().contains("cannot be read"), "{}", unknown.message());
    let (unlimited, _) = world.customer(10).await.unwrap();
    assert_eq!(unlimited.get("/api/v1/credits").await.unwrap().status, 200);
}

#[tokio::test]
async fn what_an_agent_asks_for_comes_from_where_the_agent_is() {
    let world = behind_a_proxy().await;
    let (_, account) = world.customer(10).await.unwrap();
    let key = limited(&world, &account, json!({ "networks": ["203.0.113.0/24"] })).await;
    let params = json!({ "name": "get_credits", "arguments": {} });
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let agent = key.with_header("x-real-ip", "203.0.113.9");
    let answer = agent.post("/mcp", &message).await.unwrap();
    assert_eq!(answer.json["result"]["structuredContent"]["credits"], 10, "{}", answer.json);
    let elsewhere = key.with_header("x-real-ip", "198.51.100.7").post("/mcp", &message).await.unwrap();
    assert_eq!(elsewhere.outcome(), (403, "KEY_SCOPE"));
}
