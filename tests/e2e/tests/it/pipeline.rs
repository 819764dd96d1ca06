//! The complete pipeline of the contract, and what it costs.

use e2e::World;
use serde_json::{Value, json};

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn photos_become_a_character_and_the_character_pictures() {
    let world = World::shared();
    let (customer, account) = world.customer(1_000).await.unwrap();
    let body = json!({ "name": "Brand Ambassador", "image_urls": world.photos.urls(12) });
    let created = customer.post("/api/v1/characters/create", &body).await.unwrap();
    assert_eq!(created.status, 200);
    let data = created.data().unwrap();
    assert_eq!(
        keys(data),
        ["character_id", "created_at", "credits_used", "image_count", "name", "status", "trigger_word"]
    );
    assert_eq!(
        (&data["name"], &data["status"], &data["image_count"], &data["credits_used"]),
        (&json!("Brand Ambassador"), &json!("training"), &json!(12), &json!(500))
    );
    assert_eq!(world.balance(&customer).await.unwrap(), 500);
    assert_eq!(world.funds(&account).await.unwrap()[1], 500, "held while it trains");

    let path = format!("/api/v1/characters/{}", data["character_id"].as_str().unwrap());
    assert_eq!(world.until_trained(&customer, &path).await.unwrap(), "ready");
    let ready = customer.get(&path).await.unwrap();
    let ready = ready.data().unwrap();
    assert_eq!(keys(ready), ["character_id", "created_at", "image_count", "name", "status", "trigger_word"]);
    for field in ["character_id", "created_at", "image_count", "name", "trigger_word"] {
        assert_eq!(ready[field], data[field], "{field}");
    }
    assert_eq!(world.funds(&account).await.unwrap(), [500, 0, 500, 1_000]);

    let prompt = "professional photoshoot, studio lighting, white background";
    let body = json!({ "prompt": prompt, "aspect_ratio": "3:4", "num_outputs": 4 });
    let generated = customer.post(&format!("{path}/generate"), &body).await.unwrap();
    assert_eq!(generated.status, 200, "{}", generated.json);
    let data = generated.data().unwrap();
    assert_eq!(
        keys(data),
        ["character_id", "created_at", "credits_remaining", "credits_used", "id", "output", "status"]
    );
    assert_eq!(
        (&data["status"], &data["credits_used"], &data["credits_remaining"]),
        (&json!("completed"), &json!(60), &json!(440))
    );
    let images = data["output"]["images"].as_array().unwrap();
    assert_eq!(images.len(), 4);
    for image in images {
        let picture = world.anybody().get(image["url"].as_str().unwrap()).await.unwrap();
        assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/png"));
        let decoded = image::load_from_memory(&picture.bytes).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (896, 1_152));
    }
    assert_eq!(world.funds(&account).await.unwrap(), [440, 0, 560, 1_000]);
}

#[tokio::test]
async fn times_are_iso_8601_in_utc_with_milliseconds() {
    let world = World::shared();
    let (customer, _) = world.customer(500).await.unwrap();
    let created = world.create(&customer, json!({})).await.unwrap();
    let at = created.data().unwrap()["created_at"].as_str().unwrap().to_owned();
    assert_eq!(at.len(), "2026-03-01T12:00:00.000Z".len(), "{at}");
    assert!(at.ends_with('Z') && at.as_bytes()[10] == b'T' && at.as_bytes()[19] == b'.', "{at}");
}
