//! `consent` on create: what a caller says of how the person on the photos agreed, asked for where the operator wants it, and kept.

use e2e::{Actor, Answer, Settings, World};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const HOW: &str = "Signed at her kitchen table";

async fn world(policy: &str) -> World {
    let variables = vec![("consent_policy", policy.to_owned()), ("providers", "replicate".to_owned())];
    World::start(Settings { variables, ..Settings::default() }).await.unwrap()
}

fn consent() -> Value {
    json!({ "subject": "other", "how": HOW, "agreed_at": "2026-03-01T13:00:00+01:00", "statement_hash": "AB".repeat(32) })
}

/// Keeps photos as references, one of them with a place in it; with this consent, where it is not null.
async fn keep(world: &World, customer: &Actor, consent: Value) -> Answer {
    let mut body = json!({ "mode": "reference", "image_urls": urls(world), "trigger_word": "SARAH" });
    if !consent.is_null() {
        body["consent"] = consent;
    }
    customer.post("/api/v1/characters/create", &body).await.unwrap()
}

fn urls(world: &World) -> Vec<String> {
    [world.photos.urls(2), vec![world.photos.url("located.jpg")]].concat()
}

fn path(created: &Answer) -> String {
    format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap())
}

/// The character's document, as it is stored.
async fn document(world: &World, path: &str) -> Value {
    let stored = world.engines.stored().await.unwrap();
    let id = path.rsplit('/').next().unwrap();
    let keys = stored.keys("character:").await.unwrap();
    let key = keys.iter().find(|key| key.contains(id)).unwrap();
    let document: Value = serde_json::from_slice(&stored.read(key).await.unwrap()).unwrap();
    document["body"].clone()
}

fn hashes(document: &Value) -> Vec<&str> {
    document["photos"].as_array().unwrap().iter().filter_map(|photo| photo["sha256"].as_str()).collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[tokio::test]
async fn where_it_is_asked_for_nothing_is_fetched_or_held_without_it() {
    let world = world("attested").await;
    let (customer, account) = world.customer(1_000).await.unwrap();
    for query in ["", "?type=character", "?type=image"] {
        let told = world.anybody().get(&format!("/api/v1/models{query}")).await.unwrap();
        assert_eq!(told.data().unwrap()["consentPolicy"], "attested", "{query}");
    }
    for refused in [
        world.create(&customer, json!({})).await.unwrap(),
        world.create(&customer, json!({ "consent": null })).await.unwrap(),
        keep(&world, &customer, Value::Null).await,
    ] {
        assert_eq!(refused.outcome(), (422, "CONSENT_REQUIRED"));
        for part in ["`consent`", "subject", "how", "agreed_at"] {
            assert!(refused.message().contains(part), "{}", refused.message());
        }
    }
    assert_eq!((world.photos.requests(), world.gpu.simulator.jobs().len()), (0, 0));
    assert_eq!(world.funds(&account).await.unwrap(), [1_000, 0, 0, 1_000]);
    // To look at photos nobody has to have agreed to anything.
    let body = json!({ "image_urls": world.photos.urls(10) });
    assert_eq!(customer.post("/api/v1/photos/check", &body).await.unwrap().status, 200);

    let created = world.create(&customer, json!({ "consent": { "subject": "synthetic" } })).await.unwrap();
    let shown = customer.get(&path(&created)).await.unwrap().data().unwrap()["consent"].clone();
    assert_eq!(
        (&shown["state"], &shown["subject"], &shown["photo_count"]),
        (&json!("attested"), &json!("synthetic"), &json!(10))
    );
    assert_eq!((shown.get("how"), shown.get("agreed_at")), (None, None));
}

#[tokio::test]
async fn what_was_said_is_kept_with_the_hash_of_every_photo_as_it_is_kept_here() {
    let world = world("attested").await;
    let (customer, _) = world.customer(1_000).await.unwrap();
    let created = keep(&world, &customer, consent()).await;
    assert_eq!(created.status, 200, "{}", created.json);
    let path = path(&created);
    let mut shown = customer.get(&path).await.unwrap().data().unwrap()["consent"].clone();
    let recorded_at = shown["recorded_at"].take();
    assert!(recorded_at.as_str().unwrap().ends_with('Z'), "{recorded_at}");
    let expected = json!({
        "state": "attested", "subject": "other", "how": HOW, "agreed_at": "2026-03-01T12:00:00.000Z",
        "statement_hash": "ab".repeat(32), "recorded_at": null, "photo_count": 3,
    });
    assert_eq!(shown, expected);
    let listed = customer.get("/api/v1/characters").await.unwrap();
    assert!(!listed.json.to_string().contains("consent"), "{}", listed.json);

    let document = document(&world, &path).await;
    assert_eq!(document["consent"]["policy"], "attested");
    let key = document["consent"]["key"].as_str().unwrap();
    assert!(!key.is_empty() && !key.starts_with("sk-") && !expected.to_string().contains(key));

    // What a provider gets for a picture is what the hashes are of.
    let body = json!({ "prompt": "SARAH at the sea" });
    assert_eq!(customer.post(&format!("{path}/generate"), &body).await.unwrap().status, 200);
    let input = world.gpu.simulator.jobs().last().unwrap().input.clone();
    let mut served = Vec::new();
    for link in input["input_images"].as_array().unwrap() {
        served.push(sha256(&world.anybody().get(link.as_str().unwrap()).await.unwrap().bytes));
    }
    assert_eq!((hashes(&document), served.len()), (served.iter().map(String::as_str).collect(), 3));
    let sent = world.anybody().get(&urls(&world)[2]).await.unwrap().bytes;
    assert_ne!(served[2], sha256(&sent), "the place was in it");

    // Photos that are added are hashed as well.
    let more = json!({ "image_urls": world.photos.urls(9)[2..].to_vec() });
    let trained = customer.post(&format!("{path}/train"), &more).await.unwrap();
    assert_eq!(trained.status, 200, "{}", trained.json);
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["consent"]["photo_count"], 10);
}

#[tokio::test]
async fn where_it_is_not_asked_for_it_is_kept_if_it_is_said() {
    let world = world("off").await;
    let (customer, _) = world.customer(1_000).await.unwrap();
    let told = world.anybody().get("/api/v1/models?type=character").await.unwrap();
    assert_eq!(told.data().unwrap()["consentPolicy"], "off");
    let silent = path(&keep(&world, &customer, Value::Null).await);
    assert_eq!(customer.get(&silent).await.unwrap().data().unwrap().get("consent"), None);
    let kept = document(&world, &silent).await;
    assert_eq!((kept.get("consent"), hashes(&kept).len()), (None, 0), "as documents were before");
    let said = path(&keep(&world, &customer, consent()).await);
    assert_eq!(customer.get(&said).await.unwrap().data().unwrap()["consent"]["how"], HOW);
    assert_eq!(document(&world, &said).await["consent"]["policy"], "off");
}

#[tokio::test]
async fn what_is_wrong_with_it_is_named_and_costs_nothing() {
    let world = World::shared();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let tomorrow = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    for (field, value) in [
        ("subject", json!("me")),
        ("subject", Value::Null),
        ("subject", json!(7)),
        ("how", json!("")),
        ("how", Value::Null),
        ("how", json!("x".repeat(501))),
        ("agreed_at", json!("2026-03-01")),
        ("agreed_at", Value::Null),
        ("agreed_at", json!("1969-12-31T23:59:59Z")),
        ("agreed_at", json!(tomorrow.to_string())),
        ("statement_hash", json!("abc")),
        ("reason", json!("x")),
    ] {
        let mut bad = consent();
        bad[field] = value;
        let refused = world.create(&customer, json!({ "consent": bad })).await.unwrap();
        assert_eq!(refused.outcome(), (400, "INVALID_REQUEST"), "{bad}");
        assert!(refused.message().contains(field) || field == "subject" && bad[field] == 7, "{}", refused.message());
    }
    for bad in [json!("yes"), json!([]), json!({})] {
        assert_eq!(
            world.create(&customer, json!({ "consent": bad })).await.unwrap().outcome(),
            (400, "INVALID_REQUEST")
        );
    }
    assert_eq!(world.funds(&account).await.unwrap(), [1_000, 0, 0, 1_000]);
}

#[tokio::test]
async fn the_same_idempotency_key_with_another_consent_is_another_request() {
    let world = world("attested").await;
    let (customer, _) = world.customer(1_000).await.unwrap();
    let named = customer.with_header("idempotency-key", "once");
    let first = keep(&world, &named, consent()).await;
    assert_eq!(first.status, 200, "{}", first.json);
    let again = keep(&world, &named, consent()).await;
    assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &first.bytes));
    let mut other = consent();
    other["how"] = json!("On the telephone");
    assert_eq!(keep(&world, &named, other).await.outcome(), (422, "IDEMPOTENCY_MISMATCH"));
}

#[tokio::test]
async fn nothing_of_it_stays_of_a_character_that_is_deleted() {
    let world = world("attested").await;
    let (customer, _) = world.customer(1_000).await.unwrap();
    let path = path(&keep(&world, &customer.with_header("idempotency-key", "once"), consent()).await);
    let stored = world.engines.stored().await.unwrap();
    let with_it = async || {
        let mut keys = Vec::new();
        for key in stored.keys("").await.unwrap() {
            // What cannot be read so is a counter, on Redis: it has a number in it and nothing else.
            let Ok(value) = stored.read(&key).await else { continue };
            if [HOW, "\"statement_hash\"", "\"sha256\""].iter().any(|part| has(&value, part)) {
                keys.push(key);
            }
        }
        keys
    };
    assert_eq!(with_it().await.len(), 1, "the character's document has it, and nothing else");
    let deleted = customer.send(Method::DELETE, &path, Vec::new()).await.unwrap();
    assert_eq!(deleted.data().unwrap()["deleted"], true, "{}", deleted.json);
    assert_eq!(with_it().await, [""; 0]);
}

fn has(value: &[u8], part: &str) -> bool {
    value.windows(part.len()).any(|window| window == part.as_bytes())
}
