//! The admin API: accounts, grants and keys.

use e2e::World;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn only_the_admin_token_opens_it() {
    let world = World::shared();
    let (customer, account) = world.customer(5).await.unwrap();
    let nobody = world.anybody();
    for path in [
        "/api/v1/admin/accounts",
        &format!("/api/v1/admin/accounts/{account}"),
        "/api/v1/admin/nothing",
        "/api/v1/admin",
    ] {
        assert_eq!(nobody.get(path).await.unwrap().outcome(), (401, "MISSING_AUTH_HEADER"), "{path}");
        assert_eq!(
            nobody.with_token("wrong").get(path).await.unwrap().outcome(),
            (401, "INVALID_ADMIN_TOKEN"),
            "{path}"
        );
        assert_eq!(customer.get(path).await.unwrap().outcome(), (401, "INVALID_ADMIN_TOKEN"), "{path}");
    }
    assert_eq!(world.operator().get("/api/v1/admin/nothing").await.unwrap().outcome(), (404, "NOT_FOUND"));
    let wrong = world.operator().send(Method::DELETE, "/api/v1/admin/accounts", Vec::new()).await.unwrap();
    assert_eq!((wrong.outcome(), wrong.header("allow")), ((405, "METHOD_NOT_ALLOWED"), "POST, GET, HEAD"));
}

#[tokio::test]
async fn a_grant_counts_once_for_its_id() {
    let world = World::shared();
    let (customer, account) = world.customer(0).await.unwrap();
    let path = format!("/api/v1/admin/accounts/{account}/grants");
    let grant = async |body: Value| world.operator().post(&path, &body).await.unwrap();
    for _ in 0..3 {
        let answer = grant(json!({ "credits": 100, "grant_id": "order-1" })).await;
        assert_eq!(answer.data().unwrap()["credits"], 100);
    }
    assert_eq!(grant(json!({ "credits": 50 })).await.data().unwrap()["credits"], 150);
    assert_eq!(grant(json!({ "credits": 50 })).await.data().unwrap()["credits"], 200);
    for bad in [
        json!({}),
        json!({ "credits": 0 }),
        json!({ "credits": -5 }),
        json!({ "credits": 1.5 }),
        json!({ "credits": 1_000_000_001 }),
    ] {
        assert_eq!(grant(bad).await.outcome(), (400, "INVALID_REQUEST"));
    }
    assert_eq!(world.funds(&account).await.unwrap(), [200, 0, 0, 200]);
    assert_eq!(world.balance(&customer).await.unwrap(), 200);
}

#[tokio::test]
async fn twenty_grants_at_once_all_count() {
    let world = World::shared();
    let (_, account) = world.customer(0).await.unwrap();
    let path = format!("/api/v1/admin/accounts/{account}/grants");
    let mut grants = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (operator, path) = (world.operator(), path.clone());
        grants.spawn(async move { operator.post(&path, &json!({ "credits": 7 })).await.unwrap().status.as_u16() });
    }
    let outcomes = grants.join_all().await;
    let granted = outcomes.iter().filter(|status| **status == 200).count();
    assert_eq!(granted, 20, "{outcomes:?}");
    assert_eq!(world.funds(&account).await.unwrap(), [140, 0, 0, 140]);
}

#[tokio::test]
async fn a_key_is_shown_once_and_listed_without_it() {
    let world = World::shared();
    let (_, account) = world.customer(0).await.unwrap();
    let path = format!("/api/v1/admin/accounts/{account}/keys");
    let made = world.operator().post(&path, &json!({ "label": "laptop" })).await.unwrap();
    let made = made.data().unwrap();
    let key = made["key"].as_str().unwrap();
    assert!(key.starts_with("sk-") && key.len() == 75, "{key}");
    let list = world.operator().get(&path).await.unwrap();
    let keys = list.data().unwrap()["keys"].as_array().unwrap();
    assert_eq!((keys.len(), &keys[1]["label"], &keys[1]["revoked_at"]), (2, &json!("laptop"), &Value::Null));
    assert_eq!(keys[1]["key_id"], made["key_id"]);
    assert!(!list.json.to_string().contains(key));

    let one = format!("{path}/{}", made["key_id"].as_str().unwrap());
    let first = world.operator().send(Method::DELETE, &one, vec![]).await.unwrap();
    let again = world.operator().send(Method::DELETE, &one, vec![]).await.unwrap();
    assert_eq!(first.data().unwrap(), again.data().unwrap());
    let absent = world.operator().send(Method::DELETE, &format!("{path}/0000"), vec![]).await.unwrap();
    assert_eq!(absent.outcome(), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn a_full_list_of_keys_makes_room_for_another_with_a_revoked_one() {
    let world = World::shared();
    let (_, account) = world.customer(0).await.unwrap();
    let path = format!("/api/v1/admin/accounts/{account}/keys");
    let make = async || world.operator().post(&path, &json!({})).await.unwrap();
    let first = make().await;
    for _ in 2..50 {
        assert_eq!(make().await.status, 201);
    }
    assert_eq!(make().await.outcome(), (409, "KEY_LIMIT_REACHED"));
    let (key, id) = (first.data().unwrap()["key"].as_str().unwrap(), first.data().unwrap()["key_id"].as_str().unwrap());
    world.operator().send(Method::DELETE, &format!("{path}/{id}"), vec![]).await.unwrap();
    assert_eq!(make().await.status, 201);
    let list = world.operator().get(&path).await.unwrap();
    let keys = list.data().unwrap()["keys"].as_array().unwrap();
    assert!(keys.len() == 50 && keys.iter().all(|key| key["key_id"] != id && key["revoked_at"] == Value::Null));
    let customer = world.anybody().with_header("authorization", &format!("Bearer {key}"));
    assert_eq!(customer.get("/api/v1/credits").await.unwrap().outcome(), (401, "INVALID_API_KEY"));
}

#[tokio::test]
async fn a_suspended_account_reads_and_begins_nothing_and_can_be_deleted() {
    let world = World::shared();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let (character, _) = world.train(&customer, json!({})).await.unwrap();
    let running = json!({ "model": "flux-2-pro-text-to-image", "prompt": "a fox" });
    let running = customer.post("/api/v1/generate", &running).await.unwrap();
    let task = running.data().unwrap()["id"].as_str().unwrap().to_owned();
    let (operator, path) = (world.operator(), format!("/api/v1/admin/accounts/{account}"));
    let early = operator.send(Method::DELETE, &path, vec![]).await.unwrap();
    assert_eq!(early.outcome(), (409, "ACCOUNT_NOT_SUSPENDED"));
    let suspended = operator.post(&format!("{path}/suspend"), &json!({})).await.unwrap();
    let again = operator.post(&format!("{path}/suspend"), &json!({})).await.unwrap();
    assert!(suspended.data().unwrap()["suspended_at"].is_string());
    assert_eq!(suspended.data().unwrap()["suspended_at"], again.data().unwrap()["suspended_at"]);

    let generate = json!({ "prompt": "x" });
    let begins = async || {
        let run = json!({ "model": "flux-2-pro-text-to-image", "prompt": "a fox" });
        [
            customer.post(&format!("{character}/generate"), &generate).await.unwrap(),
            customer.post("/api/v1/generate", &run).await.unwrap(),
            customer.post("/api/v1/upload", &json!({ "contentType": "image/jpeg" })).await.unwrap(),
        ]
    };
    for refused in begins().await.iter().chain([&world.create(&customer, json!({})).await.unwrap()]) {
        assert_eq!(refused.outcome(), (403, "ACCOUNT_SUSPENDED"));
    }
    for read in ["/api/v1/credits", "/api/v1/characters", &character, "/api/v1/credits/ledger/verify"] {
        assert_eq!(customer.get(read).await.unwrap().status, 200, "{read}");
    }
    for _ in 0..100 {
        let status = customer.get(&format!("/api/v1/tasks/{task}")).await.unwrap();
        if status.data().unwrap()["status"] == "completed" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(world.funds(&account).await.unwrap()[1], 0, "what ran was settled");

    let resumed = operator.post(&format!("{path}/resume"), &json!({})).await.unwrap();
    assert_eq!(resumed.data().unwrap()["suspended_at"], Value::Null);
    assert!(begins().await.iter().all(|answer| answer.status.is_success()));
    operator.post(&format!("{path}/suspend"), &json!({})).await.unwrap();
    let deleted = operator.send(Method::DELETE, &path, vec![]).await.unwrap();
    let deleted = deleted.data().unwrap();
    assert_eq!(deleted["characters"], 1, "{deleted}");
    assert!(deleted["tasks"].as_u64().unwrap() >= 2, "{deleted}");
    assert_eq!(customer.get("/api/v1/credits").await.unwrap().outcome(), (401, "INVALID_API_KEY"));
    for gone in ["", "/keys"] {
        assert_eq!(operator.get(&format!("{path}{gone}")).await.unwrap().outcome(), (404, "NOT_FOUND"), "{gone}");
    }
    for gone in ["resume", "suspend", "keys"] {
        let answer = operator.post(&format!("{path}/{gone}"), &json!({})).await.unwrap();
        assert_eq!(answer.outcome(), (404, "NOT_FOUND"), "{gone}");
    }
    let audit = operator.get(&format!("/api/v1/admin/audit?account={account}")).await.unwrap();
    assert_eq!(audit.data().unwrap()["violations"], json!([]));
    // What was under way is stopped at its provider; until then not all is gone.
    for _ in 0..50 {
        let repeated = operator.send(Method::DELETE, &path, vec![]).await.unwrap();
        let said = repeated.data().unwrap();
        let goes_on = said["remains"].as_array().unwrap().iter().any(|remains| remains["object"] == "task");
        assert_eq!(said["deleted"] == true, !goes_on, "{said}");
        if said["deleted"] == true {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("what was under way goes on");
}

#[tokio::test]
async fn what_is_asked_of_no_account_is_not_found() {
    let world = World::shared();
    let operator = world.operator();
    for id in ["x", "acct_00000000000000000000000000000000"] {
        for path in ["", "/keys"] {
            let answer = operator.get(&format!("/api/v1/admin/accounts/{id}{path}")).await.unwrap();
            assert_eq!(answer.outcome(), (404, "NOT_FOUND"));
        }
        let grants = format!("/api/v1/admin/accounts/{id}/grants");
        assert_eq!(operator.post(&grants, &json!({ "credits": 1 })).await.unwrap().outcome(), (404, "NOT_FOUND"));
    }
}

#[tokio::test]
async fn the_operator_lists_the_accounts_that_there_are() {
    let world = World::start(e2e::Settings::default()).await.unwrap();
    let path = "/api/v1/admin/accounts";
    let mut ids = Vec::new();
    for credits in 1..=5 {
        ids.push(world.customer(credits).await.unwrap().1);
    }
    let operator = world.operator();
    operator.post(&format!("{path}/{}/suspend", ids[2]), &json!({})).await.unwrap().data().unwrap();
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = operator.get(&format!("{path}?limit=2{cursor}")).await.unwrap().data().unwrap().clone();
        listed.extend(page["accounts"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let told: Vec<&str> = listed.iter().map(|account| account["account_id"].as_str().unwrap()).collect();
    assert_eq!(told, ids.iter().rev().collect::<Vec<_>>());
    assert_eq!((&listed[0]["credits"], &listed[0]["suspended_at"]), (&json!(5), &json!(null)));
    assert!(listed[2]["suspended_at"].is_string());

    let gone = operator.send(Method::DELETE, &format!("{path}/{}", ids[2]), Vec::new()).await.unwrap();
    assert_eq!(gone.data().unwrap()["deleted"], true, "{}", gone.json);
    let left = operator.get(path).await.unwrap().data().unwrap()["accounts"].clone();
    assert_eq!(left.as_array().unwrap().len(), 4, "{left:#}");
    let (customer, _) = world.customer(1).await.unwrap();
    assert_eq!(customer.get(path).await.unwrap().outcome(), (401, "INVALID_ADMIN_TOKEN"));
}
