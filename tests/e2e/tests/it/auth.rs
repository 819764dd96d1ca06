//! Who may use the API: the four 401s, in their order, on every route that needs a key.

use e2e::World;
use reqwest::Method;
use serde_json::json;

const ROUTES: [(Method, &str); 5] = [
    (Method::POST, "/api/v1/characters/create"),
    (Method::GET, "/api/v1/characters/char_00000000000000000000000000000000"),
    (Method::POST, "/api/v1/characters/char_00000000000000000000000000000000/generate"),
    (Method::GET, "/api/v1/credits"),
    (Method::GET, "/api/v1/tasks/task_00000000000000000000000000000000"),
];

#[tokio::test]
async fn every_route_refuses_whoever_has_no_good_key() {
    let world = World::shared();
    let nobody = world.anybody();
    let cases = [
        (nobody.clone(), "MISSING_AUTH_HEADER"),
        (nobody.with_header("authorization", ""), "INVALID_AUTH_FORMAT"),
        (nobody.with_header("authorization", "sk-123"), "INVALID_AUTH_FORMAT"),
        (nobody.with_header("authorization", "Basic c2stMTIz"), "INVALID_AUTH_FORMAT"),
        (nobody.with_header("authorization", "Bearer"), "INVALID_AUTH_FORMAT"),
        (nobody.with_header("authorization", "Bearer sk-1 sk-2"), "INVALID_AUTH_FORMAT"),
        (nobody.with_token("pk-123"), "INVALID_KEY_FORMAT"),
        (nobody.with_token("sk-abc123"), "INVALID_API_KEY"),
        (nobody.with_token(&format!("sk-{}", "0".repeat(72))), "INVALID_API_KEY"),
    ];
    for (method, path) in ROUTES {
        for (actor, code) in &cases {
            // Neither the body nor the id counts before the key does.
            let answer = actor.send(method.clone(), path, b"not json".to_vec()).await.unwrap();
            assert_eq!(answer.outcome(), (401, *code), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_scheme_is_not_case_sensitive() {
    let world = World::shared();
    let operator = world.operator();
    let account = operator.post("/api/v1/admin/accounts", &json!({ "name": "a" })).await.unwrap();
    let path = format!("/api/v1/admin/accounts/{}/keys", account.data().unwrap()["account_id"].as_str().unwrap());
    let key = operator.post(&path, &json!({})).await.unwrap();
    let key = key.data().unwrap()["key"].as_str().unwrap().to_owned();
    let customer = world.anybody().with_header("authorization", &format!("bearer {key}"));
    assert_eq!(customer.get("/api/v1/credits").await.unwrap().status, 200);
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_any_more() {
    let world = World::shared();
    let (customer, account) = world.customer(10).await.unwrap();
    assert_eq!(world.balance(&customer).await.unwrap(), 10);
    let keys = format!("/api/v1/admin/accounts/{account}/keys");
    let list = world.operator().get(&keys).await.unwrap();
    let id = list.data().unwrap()["keys"][0]["key_id"].as_str().unwrap().to_owned();
    let revoked = world.operator().send(Method::DELETE, &format!("{keys}/{id}"), vec![]).await.unwrap();
    assert_eq!(revoked.status, 200);
    for (method, path) in ROUTES {
        let answer = customer.send(method, path, vec![]).await.unwrap();
        assert_eq!(answer.outcome(), (401, "INVALID_API_KEY"));
        assert_eq!(answer.message(), "Invalid or inactive API key");
    }
}
