//! `Idempotency-Key`: the same request again is answered again, and not done again.

use e2e::{Actor, World};
use serde_json::{Value, json};

fn named(customer: &Actor, key: &str) -> Actor {
    customer.with_header("idempotency-key", key)
}

#[tokio::test]
async fn a_creation_sent_again_is_answered_with_the_same_bytes() {
    let world = World::shared();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let sender = named(&customer, "order-1");
    let first = world.create(&sender, json!({ "name": "Sarah" })).await.unwrap();
    assert_eq!((first.status.as_u16(), first.header("idempotent-replayed")), (200, ""));
    let path = format!("/api/v1/characters/{}", first.data().unwrap()["character_id"].as_str().unwrap());
    for _ in 0..2 {
        let again = world.create(&sender, json!({ "name": "Sarah" })).await.unwrap();
        assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (200, "true"));
        assert_eq!(again.bytes, first.bytes);
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    }
    let other = world.create(&sender, json!({ "name": "Somebody else" })).await.unwrap();
    assert_eq!(other.outcome(), (422, "IDEMPOTENCY_MISMATCH"));
    assert_eq!(world.until_trained(&customer, &path).await.unwrap(), "ready");
    assert_eq!(world.create(&sender, json!({ "name": "Sarah" })).await.unwrap().bytes, first.bytes);
    assert_eq!(world.funds(&account).await.unwrap(), [500, 0, 500, 1_000]);

    // The draft standard's quotes name the same; another account's key is another.
    assert_eq!(
        world.create(&named(&customer, "\"order-1\""), json!({ "name": "Sarah" })).await.unwrap().bytes,
        first.bytes
    );
    let (stranger, _) = world.customer(500).await.unwrap();
    let theirs = world.create(&named(&stranger, "order-1"), json!({ "name": "Sarah" })).await.unwrap();
    assert_eq!((theirs.status.as_u16(), theirs.header("idempotent-replayed")), (200, ""));
    assert_ne!(theirs.bytes, first.bytes);
}

#[tokio::test]
async fn a_generation_sent_again_is_answered_again_even_when_it_failed() {
    let world = World::shared();
    let (customer, account) = world.customer(600).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let path = format!("{path}/generate");
    for (key, prompt, status) in [("a", "at the sea", 200), ("b", "at the sea sim:fail", 500)] {
        let body = json!({ "prompt": prompt, "num_outputs": 2 });
        let first = named(&customer, key).post(&path, &body).await.unwrap();
        let again = named(&customer, key).post(&path, &body).await.unwrap();
        assert_eq!((first.status.as_u16(), again.status.as_u16()), (status, status));
        assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &first.bytes));
    }
    let polls = named(&customer, "c").with_header("prefer", "respond-async");
    let first = polls.post(&path, &json!({ "prompt": "at home" })).await.unwrap();
    let again = polls.post(&path, &json!({ "prompt": "at home" })).await.unwrap();
    assert_eq!((first.status.as_u16(), again.status.as_u16(), &again.bytes), (202, 202, &first.bytes));
    for header in ["location", "preference-applied"] {
        assert_eq!(again.header(header), first.header(header));
    }
    // 30 for the two pictures, nothing for the failure, 15 for the last.
    let spent = async || world.funds(&account).await.unwrap()[2];
    for _ in 0..100 {
        if spent().await == 545 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(spent().await, 545);
}

#[tokio::test]
async fn while_the_first_is_under_way_the_second_has_to_wait() {
    let world = World::shared();
    let (customer, account) = world.customer(600).await.unwrap();
    let (path, _) = world.train(&customer, json!({})).await.unwrap();
    let path = format!("{path}/generate");
    let body = json!({ "prompt": "at the sea sim:slow" });
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (sender, path, body) = (named(&customer, "k"), path.clone(), body.clone());
        requests.spawn(async move { sender.post(&path, &body).await.unwrap() });
    }
    let answers: Vec<_> = requests.join_all().await;
    let done: Vec<_> = answers.iter().filter(|answer| answer.status.as_u16() == 200).collect();
    let waiting = answers.iter().filter(|answer| answer.outcome() == (409, "IDEMPOTENCY_IN_PROGRESS"));
    assert!(waiting.clone().all(|answer| !answer.header("retry-after").is_empty()));
    assert!(!done.is_empty() && done.len() + waiting.count() == 6);
    assert!(done.iter().all(|answer| answer.data().unwrap()["id"] == done[0].data().unwrap()["id"]));
    assert_eq!(world.funds(&account).await.unwrap(), [85, 0, 515, 600]);
    let jobs = world.gpu.simulator.jobs();
    assert_eq!(jobs.iter().filter(|job| job.webhook.as_deref().is_some_and(|url| url.contains(&account))).count(), 2);
}

#[tokio::test]
async fn what_was_refused_has_not_used_its_key_up() {
    let world = World::shared();
    let (customer, account) = world.customer(100).await.unwrap();
    let sender = named(&customer, "k");
    let create = async |more: Value| world.create(&sender, more).await.unwrap();
    assert_eq!(create(json!({ "name": "" })).await.outcome(), (400, "INVALID_REQUEST"));
    assert_eq!(create(json!({ "image_urls": [] })).await.outcome(), (400, "TOO_FEW_IMAGES"));
    assert_eq!(create(json!({})).await.outcome(), (402, "INSUFFICIENT_CREDITS"));
    let path = format!("/api/v1/admin/accounts/{account}/grants");
    world.operator().post(&path, &json!({ "credits": 400 })).await.unwrap().data().unwrap();
    let mut urls = world.photos.urls(9);
    urls.push(world.photos.url("missing.jpg"));
    assert_eq!(create(json!({ "image_urls": urls })).await.outcome(), (422, "IMAGE_DOWNLOAD_FAILED"));
    assert_eq!(create(json!({})).await.status.as_u16(), 200);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let world = World::shared();
    let (customer, _) = world.customer(500).await.unwrap();
    for bad in ["", "two words", "\"\"", "a\"b", &"x".repeat(256)] {
        let answer = world.create(&named(&customer, bad), json!({})).await.unwrap();
        assert_eq!(answer.outcome(), (400, "INVALID_IDEMPOTENCY_KEY"), "{bad:?}");
    }
    let longest = world.create(&named(&customer, &"x".repeat(255)), json!({})).await.unwrap();
    assert_eq!(longest.status.as_u16(), 200);
}
