//! Signed documents: what a recipe says, who can verify it, and for how long.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use e2e::{Actor, Answer, SIGNING_SECRET, Settings, World};
use proof::{KeySet, Kind, Verified, verify};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const KEYS: &str = "/.well-known/likeness-keys.json";
const PROMPT: &str = "Ada Lovelace at the sea, zebra";

/// The keys that are published now.
async fn keys(world: &World) -> KeySet {
    serde_json::from_slice(&world.anybody().get(KEYS).await.unwrap().bytes).unwrap()
}

/// What nobody in particular is told of the result at this URL.
async fn provenance(world: &World, url: &str) -> Answer {
    let name = url.rsplit('/').next().unwrap();
    world.anybody().get(&format!("/api/v1/results/{name}/provenance")).await.unwrap()
}

/// A character's picture: the character's id, and the data of the answer.
async fn picture(world: &World, customer: &Actor, more: Value) -> (String, Value) {
    let (path, _) = world.train(customer, json!({ "name": "Ada" })).await.unwrap();
    let mut body = json!({ "prompt": PROMPT });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let generated = customer.post(&format!("{path}/generate"), &body).await.unwrap();
    (path.rsplit('/').next().unwrap().to_owned(), generated.data().unwrap().clone())
}

fn url(data: &Value) -> &str {
    data["output"]["images"][0]["url"].as_str().unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[tokio::test]
async fn a_recipe_is_signed_and_says_nothing_of_who_asked_and_what_for() {
    let world = World::shared();
    let (customer, account) = world.customer(515).await.unwrap();
    let (character, data) = picture(&world, &customer, json!({ "seed": 7 })).await;
    let answer = provenance(&world, url(&data)).await;
    let told = answer.data().unwrap();
    let Verified { kind, payload, .. } = verify(told["jws"].as_str().unwrap(), &keys(&world).await).unwrap();
    assert_eq!((kind, &payload), (Kind::Recipe, &told["recipe"]), "what can be read is what was signed");

    let task = data["id"].as_str().unwrap();
    let file = world.anybody().get(url(&data)).await.unwrap().bytes;
    let mut expected = json!({
        "iss": world.base,
        "result": format!("{task}.0.png"),
        "sha256": sha256(&file),
        "mediaType": "image/png",
        "sizeBytes": file.len(),
        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "model": "flux-lora-character",
        "base": "flux-1",
        "characterId": character,
        "consentReceiptSha256": null,
        "promptSha256": sha256(PROMPT.as_bytes()),
        "seed": 7,
        "provider": "replicate",
    });
    for field in ["createdAt", "deliveredAt"] {
        let at = payload[field].as_str().unwrap();
        assert!(at.parse::<jiff::Timestamp>().is_ok() && at.ends_with('Z'), "{at}");
        expected[field] = at.into();
    }
    assert_eq!(payload, expected);

    let text = String::from_utf8(answer.bytes.clone()).unwrap() + payload.to_string().as_str();
    for private in [account.as_str(), "Ada", "zebra"] {
        assert!(!text.contains(private), "{private} is in {text}");
    }
    assert_eq!(provenance(&world, url(&data)).await.bytes, answer.bytes, "the same answer every time");
}

/// What a run of a model made, once it has ended.
async fn made(customer: &Actor, model: &str, input: Value) -> Value {
    let started = customer.post("/api/v1/generate", &json!({ "model": model, "input": input })).await.unwrap();
    let path = format!("/api/v1/tasks/{}", started.data().unwrap()["id"].as_str().unwrap());
    for _ in 0..300 {
        let task = customer.get(&path).await.unwrap().data().unwrap().clone();
        if task["status"] == "completed" {
            return task["result"].clone();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} has not completed after 30 seconds")
}

#[tokio::test]
async fn a_run_of_a_model_has_a_recipe_and_the_seed_that_was_drawn() {
    let world = World::shared();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let result = made(&customer, "flux-2-pro-text-to-image", json!({ "prompt": PROMPT })).await;
    let url = result["url"].as_str().unwrap();
    let told = provenance(&world, url).await;
    let recipe = &told.data().unwrap()["recipe"];
    let absent = [&recipe["base"], &recipe["characterId"]];
    assert_eq!((&recipe["model"], absent), (&json!("flux-2-pro-text-to-image"), [&Value::Null; 2]));
    assert!(recipe["seed"].is_u64(), "{recipe}");
    assert_eq!(recipe["sha256"], sha256(&world.anybody().get(url).await.unwrap().bytes));
}

#[tokio::test]
async fn a_cover_that_was_drawn_is_not_said_to_be_made_by_a_model() {
    let world = World::shared();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let input = json!({ "custom_mode": true, "prompt": "la la la", "style": "jazz", "title": "Rain" });
    let result = made(&customer, "suno-v5-generate-music", input).await;
    for (field, media_type, source) in
        [("audio_url", "audio/wav", "trainedAlgorithmicMedia"), ("image_url", "image/svg+xml", "algorithmicMedia")]
    {
        let url = result["songs"][0][field].as_str().unwrap();
        let told = provenance(&world, url).await;
        let recipe = &told.data().unwrap()["recipe"];
        assert_eq!(recipe["mediaType"], media_type);
        assert!(recipe["digitalSourceType"].as_str().unwrap().ends_with(&format!("/{source}")), "{recipe}");
        assert_eq!(recipe["sha256"], sha256(&world.anybody().get(url).await.unwrap().bytes));
    }
}

#[tokio::test]
async fn a_recipe_is_there_as_long_as_its_result() {
    let world = World::start(Settings::default()).await.unwrap();
    let (customer, _) = world.customer(515).await.unwrap();
    let (character, data) = picture(&world, &customer, json!({})).await;
    let there = url(&data);
    for other in [there.replace(".0.png", ".1.png"), there.replace(".0.png", ".0.jpg"), "/x".into(), "/a.b.c.d".into()]
    {
        assert_eq!(provenance(&world, &other).await.outcome(), (404, "NOT_FOUND"), "{other}");
    }
    let without_account = format!("/{}.0.png", data["id"].as_str().unwrap());
    assert_eq!(provenance(&world, &without_account).await.outcome(), (404, "NOT_FOUND"), "a recipe leads to no other");

    let before = provenance(&world, there).await;
    let jws = before.data().unwrap()["jws"].as_str().unwrap().to_owned();
    let deleted = customer.send(Method::DELETE, &format!("/api/v1/characters/{character}"), vec![]).await.unwrap();
    assert!(deleted.status.is_success(), "{}", deleted.json);
    assert_eq!(provenance(&world, there).await.outcome(), (410, "RESULT_EXPIRED"));
    assert!(verify(&jws, &keys(&world).await).is_ok(), "who has it can show it still");
}

#[tokio::test]
async fn keys_are_published_for_programs_to_keep_for_an_hour() {
    let world = World::shared();
    let answer = world.anybody().get(KEYS).await.unwrap();
    let about = (answer.status.as_u16(), answer.header("content-type"), answer.header("cache-control"));
    assert_eq!(about, (200, "application/jwk-set+json", "public, max-age=3600"));
    let published = answer.json["keys"].as_array().unwrap();
    assert_eq!(published.len(), 1);
    let members: Vec<&str> = published[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"], "and never `d`, the private part");
    assert!(!String::from_utf8(answer.bytes.clone()).unwrap().contains(SIGNING_SECRET));
    let head = world.anybody().send(Method::HEAD, KEYS, vec![]).await.unwrap();
    assert_eq!((head.status.as_u16(), head.bytes.len()), (200, 0));
}

#[tokio::test]
async fn a_recipe_verifies_after_the_secret_was_changed() {
    let mut world = World::start(Settings::default()).await.unwrap();
    let (customer, _) = world.customer(515).await.unwrap();
    let (_, data) = picture(&world, &customer, json!({})).await;
    let before = provenance(&world, url(&data)).await.data().unwrap()["jws"].as_str().unwrap().to_owned();
    let old = keys(&world).await;
    let (old_key, mut published) = (old.keys()[0], Vec::new());

    let steps = [
        // The overlap; the old key kept by its public part; the old key gone.
        [("signing_secret", "another secret, after the first"), ("signing_secret_previous", SIGNING_SECRET)],
        [("signing_secret_previous", ""), ("retired_proof_keys", &old_key.x())],
        [("signing_secret_previous", ""), ("retired_proof_keys", "")],
    ];
    world.set("webhook_signing_secret", SIGNING_SECRET);
    for step in steps {
        world.stop().await.unwrap();
        for (name, value) in step {
            world.set(name, value);
        }
        world.restart().await.unwrap();
        let keys = keys(&world).await;
        let now = provenance(&world, url(&data)).await.data().unwrap()["jws"].as_str().unwrap().to_owned();
        assert!(verify(&now, &keys).is_ok() && verify(&now, &old).is_err(), "what is signed now has the new key");
        published.push((keys.keys().len(), verify(&before, &keys).is_ok()));
    }
    assert_eq!(published, [(2, true), (2, true), (1, false)]);
}

/// What is signed in an answer, once it is seen to be what can be read there.
async fn signed(world: &World, told: &Value, kind: Kind) -> Value {
    let Verified { kind: of, payload, .. } = verify(told["jws"].as_str().unwrap(), &keys(world).await).unwrap();
    assert_eq!((of, &payload), (kind, &told[kind.field()]), "what can be read is what was signed");
    assert_eq!(payload["iss"], json!(world.base));
    payload
}

#[tokio::test]
async fn a_consent_has_a_receipt_that_names_every_photo() {
    let world = World::shared();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let consent = json!({ "subject": "other", "how": "On paper", "agreed_at": "2026-03-01T12:00:00Z" });
    let (path, _) = world.train(&customer, json!({ "consent": consent })).await.unwrap();
    let answer = customer.get(&format!("{path}/consent")).await.unwrap();
    let receipt = signed(&world, answer.data().unwrap(), Kind::Consent).await;
    assert_eq!((&receipt["subject"], &receipt["how"]), (&json!("other"), &json!("On paper")));
    assert_eq!(receipt["characterId"], path.rsplit('/').next().unwrap());
    assert_eq!(receipt["photos"].as_array().unwrap().len(), 10);
    // A picture of it names the receipt by the text that was signed.
    let generated = customer.post(&format!("{path}/generate"), &json!({ "prompt": PROMPT })).await.unwrap();
    let told = provenance(&world, url(generated.data().unwrap())).await;
    let jws = answer.data().unwrap()["jws"].as_str().unwrap().to_owned();
    let text = BASE64_URL_SAFE_NO_PAD.decode(jws.split('.').nth(1).unwrap()).unwrap();
    assert_eq!(told.data().unwrap()["recipe"]["consentReceiptSha256"], sha256(&text));

    let (stranger, _) = world.customer(600).await.unwrap();
    assert_eq!(stranger.get(&format!("{path}/consent")).await.unwrap().outcome(), (404, "NOT_FOUND"));
    let (silent, _) = world.train(&stranger, json!({})).await.unwrap();
    assert_eq!(stranger.get(&format!("{silent}/consent")).await.unwrap().outcome(), (404, "NOT_FOUND"));
    customer.send(Method::DELETE, &path, vec![]).await.unwrap();
    assert_eq!(customer.get(&format!("{path}/consent")).await.unwrap().outcome(), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn a_deletion_ends_in_a_certificate_that_the_ledger_bears_out() {
    let world = World::shared();
    let (customer, account) = world.customer(515).await.unwrap();
    let (character, data) = picture(&world, &customer, json!({})).await;
    let (task, id) = (format!("/api/v1/tasks/{}", data["id"].as_str().unwrap()), json!(data["id"]));
    let deleted = customer.send(Method::DELETE, &task, vec![]).await.unwrap();
    let certificate = signed(&world, deleted.data().unwrap(), Kind::Deletion).await;
    assert_eq!((&certificate["taskId"], &certificate["deleted"]), (&id, &json!(true)));
    assert_eq!(certificate["objects"][0], json!({ "object": "results", "outcome": "deleted", "count": 1 }));

    let path = format!("/api/v1/characters/{character}");
    let deleted = customer.send(Method::DELETE, &path, vec![]).await.unwrap();
    let certificate = signed(&world, deleted.data().unwrap(), Kind::Deletion).await;
    assert_eq!((&certificate["characterId"], &certificate["deleted"]), (&json!(character), &json!(true)));
    assert_eq!(certificate["objects"], deleted.data().unwrap()["objects"]);
    let ledger = customer.get("/api/v1/credits/ledger").await.unwrap();
    let latest = &ledger.data().unwrap()["entries"][0];
    assert_eq!(certificate["ledger"], json!({ "seq": latest["seq"], "hash": latest["hash"] }));
    let text = certificate.to_string();
    assert!(!text.contains(&account) && !text.contains("Ada") && !text.contains("zebra"), "{text}");
}
