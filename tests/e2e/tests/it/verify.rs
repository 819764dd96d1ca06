//! Whether a file was made here: for whom, until when, and what strangers are told.

use e2e::{Actor, Answer, Settings, World};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const VERIFY: &str = "/api/v1/verify";

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A customer's picture: its task, its URL and its bytes.
async fn picture(world: &World, customer: &Actor) -> (String, String, Vec<u8>) {
    let (path, _) = world.train(customer, json!({})).await.unwrap();
    let generated = customer.post(&format!("{path}/generate"), &json!({ "prompt": "at the sea" })).await.unwrap();
    let data = generated.data().unwrap();
    let url = data["output"]["images"][0]["url"].as_str().unwrap().to_owned();
    let file = world.anybody().get(&url).await.unwrap().bytes;
    (data["id"].as_str().unwrap().to_owned(), url, file)
}

async fn by_hash(who: &Actor, sha256: &str) -> Value {
    who.post(VERIFY, &json!({ "sha256": sha256 })).await.unwrap().data().unwrap().clone()
}

async fn by_file(who: &Actor, media_type: &str, file: Vec<u8>) -> Answer {
    who.with_header("content-type", media_type).send(Method::POST, VERIFY, file).await.unwrap()
}

#[tokio::test]
async fn a_strangers_picture_is_told_to_be_made_here_and_not_whose_it_is() {
    let world = World::shared();
    let (owner, account) = world.customer(600).await.unwrap();
    let (stranger, _) = world.customer(0).await.unwrap();
    let (task, url, file) = picture(&world, &owner).await;
    let (name, hash) = (url.rsplit('/').next().unwrap(), sha256(&file));

    let told = by_hash(&owner, &hash).await;
    let day = told["made_on"].as_str().unwrap();
    assert!(day.parse::<jiff::civil::Date>().is_ok(), "{day}");
    let yours = json!({ "task_id": task, "result": name });
    let mut expected = json!({
        "made_here": true, "match": "exact", "sha256": hash, "kind": "image", "made_on": day, "yours": yours,
    });
    assert_eq!(told, expected);

    expected["yours"] = Value::Null;
    let told = by_file(&stranger, "image/png", file.clone()).await;
    assert_eq!(told.data().unwrap(), &expected);
    let said = told.json.to_string();
    assert!(!said.contains(&task) && !said.contains(&account), "{said}");
    assert_eq!(by_hash(&stranger, &hash).await, expected);
    assert_eq!(by_file(&world.anybody(), "image/png", file).await.outcome(), (401, "MISSING_AUTH_HEADER"));
    assert_eq!(world.balance(&stranger).await.unwrap(), 0, "nothing is charged");
}

#[tokio::test]
async fn what_was_not_made_here_is_told_to_be_nobodys() {
    let world = World::shared();
    let (customer, _) = world.customer(0).await.unwrap();
    let hash = sha256(b"from elsewhere");
    let expected = json!({
        "made_here": false, "match": null, "sha256": hash, "kind": null, "made_on": null, "yours": null,
    });
    assert_eq!(by_hash(&customer, &hash).await, expected);
    assert_eq!(by_file(&customer, "text/plain", b"from elsewhere".to_vec()).await.data().unwrap(), &expected);

    for wrong in [json!({}), json!({ "sha256": "9F" }), json!({ "sha256": hash, "more": 1 })] {
        assert_eq!(customer.post(VERIFY, &wrong).await.unwrap().outcome(), (400, "INVALID_REQUEST"), "{wrong}");
    }
    assert_eq!(by_file(&customer, "image/png", Vec::new()).await.outcome(), (400, "INVALID_REQUEST"));
    let most = vec![7; 10_000_000];
    assert_eq!(by_file(&customer, "image/png", most.clone()).await.data().unwrap()["sha256"], sha256(&most));
}

#[tokio::test]
async fn a_file_is_known_for_longer_than_it_can_be_fetched_and_not_after_it_was_deleted() {
    let world = World::start(Settings::default()).await.unwrap();
    let (owner, account) = world.customer(600).await.unwrap();
    let (task, url, file) = picture(&world, &owner).await;
    let hash = sha256(&file);

    // As if it had been delivered eight days ago.
    let (stored, key) = (world.engines.stored().await.unwrap(), format!("task:{account}:{task}"));
    let mut document: Value = serde_json::from_slice(&stored.read(&key).await.unwrap()).unwrap();
    let at = document.pointer_mut("/body/state/delivered/at").unwrap();
    *at = json!(at.as_i64().unwrap() - 8 * 24 * 60 * 60 * 1000);
    stored.write(&key, document.to_string().as_bytes()).await.unwrap();
    assert_eq!(world.anybody().get(&url).await.unwrap().outcome(), (410, "RESULT_EXPIRED"));
    assert_eq!(by_hash(&owner, &hash).await["made_here"], true);

    let deleted = owner.send(Method::DELETE, &format!("/api/v1/tasks/{task}"), vec![]).await.unwrap();
    assert_eq!(deleted.status, 200, "{}", deleted.json);
    assert_eq!(by_hash(&owner, &hash).await["made_here"], false);
    assert_eq!(stored.keys("made:").await.unwrap(), [""; 0]);
}

/// The picture as somebody passes it on: half its size, and saved as a JPEG.
fn copy(file: &[u8]) -> Vec<u8> {
    let picture = image::load_from_memory(file).unwrap();
    let half = picture.resize_exact(picture.width() / 2, picture.height() / 2, FilterType::Triangle);
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 60).encode_image(&half.to_rgb8()).unwrap();
    bytes
}

#[tokio::test]
async fn a_copy_that_was_saved_anew_is_found_by_how_it_looks_until_its_character_is_deleted() {
    let world = World::start(Settings::default()).await.unwrap();
    let (owner, account) = world.customer(600).await.unwrap();
    let (stranger, _) = world.customer(0).await.unwrap();
    let (task, url, file) = picture(&world, &owner).await;
    let (name, copy) = (url.rsplit('/').next().unwrap(), copy(&file));
    let asked = async |who: &Actor| by_file(who, "image/jpeg", copy.clone()).await.data().unwrap().clone();
    assert_eq!(asked(&owner).await["made_here"], false, "nobody looked at it yet");

    let sweep = async || world.operator().post("/api/v1/admin/reconcile", &json!({ "all": true })).await.unwrap();
    assert_eq!(sweep().await.status, 200);
    let told = asked(&owner).await;
    let said = ["made_here", "match", "kind", "sha256"].map(|field| told[field].clone());
    assert_eq!(said, [json!(true), json!("alike"), json!("image"), json!(sha256(&copy))]);
    assert_eq!(told["yours"], json!({ "task_id": task, "result": name }));
    let strangers = asked(&stranger).await;
    assert_eq!((&strangers["match"], &strangers["yours"]), (&json!("alike"), &Value::Null));
    assert!(!strangers.to_string().contains(&task) && !strangers.to_string().contains(&account), "{strangers}");
    assert_eq!(by_file(&stranger, "image/png", file.clone()).await.data().unwrap()["match"], "exact");
    assert_eq!(by_hash(&owner, &sha256(&copy)).await["made_here"], false, "a hash finds its bytes only");

    let operator = world.operator().with_header("content-type", "image/jpeg");
    let taken = operator.send(Method::POST, "/api/v1/admin/takedown?reason=Asked%20for", copy.clone()).await.unwrap();
    assert_eq!(taken.outcome(), (404, "NOT_FOUND"), "a likeness takes nothing down");
    assert!(taken.json["error"]["message"].as_str().unwrap().contains(name), "{}", taken.json);

    let stored = world.engines.stored().await.unwrap();
    let lists = async || {
        let mut lists = String::new();
        for key in stored.keys("alike:").await.unwrap() {
            lists.push_str(&String::from_utf8(stored.read(&key).await.unwrap()).unwrap());
        }
        lists
    };
    assert!(lists().await.contains(name));
    let character =
        owner.get("/api/v1/characters").await.unwrap().data().unwrap()["characters"][0]["character_id"].clone();
    let path = format!("/api/v1/characters/{}", character.as_str().unwrap());
    assert_eq!(owner.send(Method::DELETE, &path, vec![]).await.unwrap().status, 200);
    assert_eq!(asked(&owner).await["made_here"], false);
    sweep().await;
    assert!(!lists().await.contains(name), "no list names it any more");
}
