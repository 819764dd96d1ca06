//! Takedowns: what is asked to be taken down is handed out no more once that is answered, and erased or lifted within 48 hours.

use e2e::{Actor, Answer, Settings, World};
use proof::{KeySet, Kind, verify};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const TAKEDOWN: &str = "/api/v1/admin/takedown";
const TAKEDOWNS: &str = "/api/v1/admin/takedowns";

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A customer's character, and a picture of it.
struct Picture {
    path: String,
    url: String,
    file: Vec<u8>,
}

async fn picture(world: &World, customer: &Actor) -> Picture {
    let (path, _) = world.train(customer, json!({})).await.unwrap();
    let generated = customer.post(&format!("{path}/generate"), &json!({ "prompt": "at the sea" })).await.unwrap();
    let url = generated.data().unwrap()["output"]["images"][0]["url"].as_str().unwrap().to_owned();
    let file = world.anybody().get(&url).await.unwrap().bytes;
    Picture { path, url, file }
}

async fn open(world: &World, mut what: Value) -> Answer {
    what["reason"] = json!("The person in it asks for it");
    world.operator().post(TAKEDOWN, &what).await.unwrap()
}

async fn end(world: &World, case: &Value, how: &str) -> Answer {
    world.operator().post(&format!("{TAKEDOWNS}/{}/{how}", case["takedown_id"]), &json!({})).await.unwrap()
}

async fn is_fetched(world: &World, url: &str) -> bool {
    world.anybody().get(url).await.unwrap().status == 200
}

/// The case of this number, as the list has it.
async fn listed(world: &World, number: &Value) -> Option<Value> {
    let list = world.operator().get(TAKEDOWNS).await.unwrap();
    let cases = list.data().unwrap()["takedowns"].as_array().unwrap().clone();
    cases.into_iter().find(|case| case["takedown_id"] == *number)
}

#[tokio::test]
async fn a_picture_that_is_to_be_taken_down_leads_to_its_character_which_is_suspended_at_once() {
    let world = World::shared();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let Picture { path, url, file } = picture(&world, &customer).await;
    let query = format!("{TAKEDOWN}?reason=Not%20agreed%20to&reference=case%207");
    let operator = world.operator().with_header("content-type", "image/png");
    let opened = operator.send(Method::POST, &query, file.clone()).await.unwrap();
    let case = opened.data().unwrap();
    assert!(!is_fetched(&world, &url).await, "not handed out any more");
    let said = [&case["state"], &case["account_id"], &case["reason"], &case["reference"], &case["task_id"]];
    let expected = [json!("open"), json!(account), json!("Not agreed to"), json!("case 7"), Value::Null];
    assert_eq!(said.map(Clone::clone), expected);
    assert_eq!(case["character_id"], path.rsplit('/').next().unwrap());
    let left = case["seconds_left"].as_u64().unwrap();
    assert!((172_700..=172_800).contains(&left), "48 hours: {left}");
    let refused = customer.post(&format!("{path}/generate"), &json!({ "prompt": "again" })).await.unwrap();
    assert_eq!(refused.outcome(), (403, "CHARACTER_SUSPENDED"));

    // The same again, named in each way, is the same case.
    let named = [
        json!({ "sha256": sha256(&file) }),
        json!({ "result": url }),
        json!({ "result": url.rsplit('/').next().unwrap() }),
        json!({ "account_id": account, "character_id": case["character_id"] }),
    ];
    for what in named {
        let again = open(&world, what.clone()).await;
        assert_eq!(again.data().unwrap()["takedown_id"], case["takedown_id"], "{what}");
    }
    assert_eq!(listed(&world, &case["takedown_id"]).await.unwrap()["deadline"], case["deadline"]);
}

#[tokio::test]
async fn a_case_is_erased_with_a_certificate_of_all_that_was_done() {
    let world = World::shared();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let Picture { path, url, file } = picture(&world, &customer).await;
    let case = open(&world, json!({ "sha256": sha256(&file) })).await.data().unwrap().clone();
    let erased = end(&world, &case, "erase").await;
    let told = erased.data().unwrap();
    assert_eq!((&told["deleted"], &told["takedown"]["state"]), (&json!(true), &json!("erased")), "{told}");
    let keys = world.anybody().get("/.well-known/likeness-keys.json").await.unwrap();
    let keys: KeySet = serde_json::from_slice(&keys.bytes).unwrap();
    let verified = verify(told["jws"].as_str().unwrap(), &keys).unwrap();
    assert_eq!((verified.kind, &verified.payload), (Kind::Deletion, &told["certificate"]));
    let objects = told["objects"].as_array().unwrap();
    let photos = objects.iter().find(|object| object["object"] == "photos").unwrap();
    assert_eq!((&photos["outcome"], &photos["count"]), (&json!("deleted"), &json!(10)));
    assert_eq!(customer.get(&path).await.unwrap().outcome(), (404, "NOT_FOUND"));
    assert!(!is_fetched(&world, &url).await);

    let again = end(&world, &case, "erase").await;
    assert_eq!(again.data().unwrap()["objects"], told["objects"], "what was done is told again");
    assert_eq!(end(&world, &case, "lift").await.outcome(), (409, "TAKEDOWN_ENDED"));
    assert_eq!(open(&world, json!({ "sha256": sha256(&file) })).await.outcome(), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn a_request_that_was_wrong_is_lifted() {
    let world = World::shared();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let Picture { path, url, file } = picture(&world, &customer).await;
    let case = open(&world, json!({ "sha256": sha256(&file) })).await.data().unwrap().clone();
    for _ in 0..2 {
        let lifted = end(&world, &case, "lift").await;
        assert_eq!(lifted.data().unwrap()["state"], "lifted", "also where it is sent twice");
    }
    assert!(is_fetched(&world, &url).await);
    let generated = customer.post(&format!("{path}/generate"), &json!({ "prompt": "again" })).await.unwrap();
    assert_eq!(generated.status, 200, "{}", generated.json);
    assert_eq!(end(&world, &case, "erase").await.outcome(), (409, "TAKEDOWN_ENDED"));
    let next = open(&world, json!({ "result": url })).await.data().unwrap().clone();
    assert_ne!(next["takedown_id"], case["takedown_id"], "another request is another case");
    assert!(!is_fetched(&world, &url).await);
}

#[tokio::test]
async fn where_no_character_is_shown_the_files_of_the_task_are_withheld() {
    let world = World::shared();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let body = json!({ "model": "flux-2-pro-text-to-image", "input": { "prompt": "a person" } });
    let started = customer.post("/api/v1/generate", &body).await.unwrap();
    let task = started.data().unwrap()["id"].as_str().unwrap().to_owned();
    let shown = async || customer.get(&format!("/api/v1/tasks/{task}")).await.unwrap().data().unwrap().clone();
    let mut told = shown().await;
    for _ in 0..300 {
        if told["status"] == "completed" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        told = shown().await;
    }
    let url = told["result"]["url"].as_str().unwrap().to_owned();
    let case = open(&world, json!({ "result": url })).await.data().unwrap().clone();
    assert_eq!((&case["task_id"], &case["character_id"]), (&json!(task), &Value::Null));
    assert!(!is_fetched(&world, &url).await);
    assert!(!shown().await.to_string().contains(&url), "and no link to it is");
    end(&world, &case, "lift").await;
    assert!(is_fetched(&world, &url).await);

    let case = open(&world, json!({ "result": url })).await.data().unwrap().clone();
    let erased = end(&world, &case, "erase").await;
    assert_eq!(erased.data().unwrap()["deleted"], true, "{}", erased.json);
    assert!(!is_fetched(&world, &url).await);
}

#[tokio::test]
async fn what_is_open_at_its_deadline_is_erased_by_the_sweep() {
    let world = World::start(Settings::default()).await.unwrap();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let Picture { path, url, file } = picture(&world, &customer).await;
    let case = open(&world, json!({ "sha256": sha256(&file) })).await.data().unwrap().clone();
    let sweep = async || world.operator().post("/api/v1/admin/reconcile", &json!({})).await.unwrap();
    assert_eq!(sweep().await.status, 200);
    assert_eq!(customer.get(&path).await.unwrap().status, 200, "its time is not over");

    // As if it had been opened 48 hours ago.
    let stored = world.engines.stored().await.unwrap();
    let mut document: Value = serde_json::from_slice(&stored.read("takedown:1").await.unwrap()).unwrap();
    let at = document.pointer_mut("/body/at").unwrap();
    *at = json!(at.as_i64().unwrap() - 48 * 60 * 60 * 1000);
    stored.write("takedown:1", document.to_string().as_bytes()).await.unwrap();
    let swept = sweep().await;
    assert_eq!((swept.status.as_u16(), &swept.data().unwrap()["failed"]), (200, &json!(0)), "{}", swept.json);
    let now = listed(&world, &case["takedown_id"]).await.unwrap();
    assert_eq!((&now["state"], &now["seconds_left"]), (&json!("erased"), &json!(0)));
    assert_eq!(customer.get(&path).await.unwrap().outcome(), (404, "NOT_FOUND"));
    assert!(!is_fetched(&world, &url).await);
    let told = end(&world, &case, "erase").await;
    assert_eq!(told.data().unwrap()["certificate"]["deleted"], true, "its certificate can be had then");
}

#[tokio::test]
async fn what_is_not_one_thing_is_told_and_what_is_not_there_is_not_found() {
    let world = World::shared();
    let (hash, id) = ("0".repeat(64), format!("char_{}", "0".repeat(32)));
    for wrong in [json!({}), json!({ "sha256": hash, "result": "x" }), json!({ "character_id": id })] {
        assert_eq!(open(&world, wrong.clone()).await.outcome(), (400, "INVALID_REQUEST"), "{wrong}");
    }
    let account = format!("acct_{}", "0".repeat(32));
    for absent in [
        json!({ "sha256": hash }),
        json!({ "result": "https://elsewhere.example/x.png" }),
        json!({ "account_id": account, "character_id": id }),
    ] {
        assert_eq!(open(&world, absent.clone()).await.outcome(), (404, "NOT_FOUND"), "{absent}");
    }
    let operator = world.operator();
    let silent = operator.post(TAKEDOWN, &json!({ "sha256": hash })).await.unwrap();
    assert_eq!(silent.outcome(), (400, "INVALID_REQUEST"), "why is to be said");
    let file = operator.with_header("content-type", "image/png").send(Method::POST, TAKEDOWN, vec![1]).await.unwrap();
    assert_eq!(file.outcome(), (400, "INVALID_REQUEST"));
    for how in ["erase", "lift"] {
        for none in ["0", "x", "99999999999"] {
            let answer = operator.post(&format!("{TAKEDOWNS}/{none}/{how}"), &json!({})).await.unwrap();
            assert_eq!(answer.outcome(), (404, "NOT_FOUND"));
        }
    }
}
