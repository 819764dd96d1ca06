//! Characters without training: their photos are kept, and go along with every prompt.

use e2e::{Actor, Answer, Settings, World};
use reqwest::Method;
use serde_json::{Value, json};

async fn world(providers: &str) -> World {
    let variables = vec![("providers", providers.to_owned())];
    World::start(Settings { variables, ..Settings::default() }).await.unwrap()
}

/// A character of so many photos, ready at once: its path.
async fn kept(world: &World, customer: &Actor, count: usize) -> String {
    let answer = create(world, customer, count, json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.json);
    let data = answer.data().unwrap();
    assert_eq!((&data["status"], &data["image_count"]), (&json!("ready"), &json!(count)));
    format!("/api/v1/characters/{}", data["character_id"].as_str().unwrap())
}

async fn create(world: &World, customer: &Actor, count: usize, more: Value) -> Answer {
    let mut wanted = json!({ "mode": "reference", "image_urls": world.photos.urls(count), "trigger_word": "SARAH" });
    wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.create(customer, wanted).await.unwrap()
}

async fn generate(customer: &Actor, path: &str, body: Value) -> Answer {
    customer.post(&format!("{path}/generate"), &body).await.unwrap()
}

#[tokio::test]
async fn a_character_without_training_is_ready_at_once_and_pictured_by_its_photos() {
    for (provider, field) in [("replicate", "input_images"), ("fal", "image_urls")] {
        let world = world(provider).await;
        let (customer, account) = world.customer(15).await.unwrap();
        let path = kept(&world, &customer, 3).await;
        let shown = customer.get(&path).await.unwrap().data().unwrap().clone();
        assert_eq!((&shown["status"], &shown["mode"]), (&json!("ready"), &json!("reference")));
        assert_eq!(world.gpu.jobs_of(provider), 0, "nobody trains anything");

        let body = json!({ "prompt": "SARAH at the sea", "aspect_ratio": "3:2", "seed": 7, "lora_scale": 1.5 });
        let answer = generate(&customer, &path, body).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        let data = answer.data().unwrap();
        assert_eq!((&data["credits_used"], &data["ignored"]), (&json!(15), &json!(["lora_scale"])));
        assert_eq!((&data["applied"]["seed"], &data["applied"]["aspect_ratio"]), (&json!(7), &json!("3:2")));
        let picture = e2e::get(data["output"]["images"][0]["url"].as_str().unwrap()).await.unwrap();
        let bytes = picture.bytes().await.unwrap();
        let picture = image::load_from_memory(&bytes).unwrap();
        assert_eq!((picture.width(), picture.height(), e2e::is_marked(&bytes)), (1_216, 832, true), "{provider}");
        assert_eq!(world.funds(&account).await.unwrap(), [0, 0, 15, 15]);

        let input = world.gpu.simulator.jobs().last().unwrap().input.clone();
        assert_eq!(input["prompt"], "the person in the reference pictures at the sea");
        let links: Vec<&str> = input[field].as_array().unwrap().iter().map(|url| url.as_str().unwrap()).collect();
        assert_eq!(links.len(), 3);
        for link in &links {
            let photo = e2e::get(link).await.unwrap();
            assert_eq!(photo.headers()["cache-control"], "private, no-store");
            let bytes = photo.bytes().await.unwrap();
            image::load_from_memory(&bytes).unwrap();
            assert!(!e2e::is_marked(&bytes), "no model made a photo");
        }
        let tasks = customer.get("/api/v1/tasks").await.unwrap();
        assert!(!tasks.json.to_string().contains("/photos/"), "links are for the provider alone: {}", tasks.json);
        let [stranger, later] = [links[0].replace(".0.j", ".1.j"), links[0].replace("expires=1", "expires=2")];
        for forged in [stranger, later] {
            assert_eq!(e2e::get(&forged).await.unwrap().status(), 404, "{forged}");
        }

        let deleted = customer.send(Method::DELETE, &path, vec![]).await.unwrap();
        let data = deleted.data().unwrap().clone();
        assert_eq!(data["deleted"], true, "{data}");
        let count = |name: &str| {
            data["objects"].as_array().unwrap().iter().find(|object| object["object"] == name).unwrap()["count"].clone()
        };
        assert_eq!((count("photos"), count("results")), (json!(3), json!(1)));
        assert_eq!(e2e::get(links[0]).await.unwrap().status(), 404, "{provider}");
        assert_eq!(generate(&customer, &path, json!({ "prompt": "x" })).await.status, 404);
    }
}

#[tokio::test]
async fn to_keep_photos_costs_what_the_catalogue_says_and_once() {
    let world = world("replicate").await;
    let own = json!({"models": [{
        "id": "flux-2-pro-image-to-image", "name": "Portraits", "media": "image",
        "input": [
            {"name": "prompt", "type": "text", "required": true, "max": 500, "description": "What is seen."},
            {"name": "photos", "type": "urls", "required": true, "max": 2, "description": "Who is seen."}
        ],
        "price": {"flat": {"credits": 30}},
        "references": {"photos": "photos", "price": 40},
        "providers": {"replicate": {
            "model": "black-forest-labs/flux-2-pro", "fields": [{"from": "prompt"}, {"from": "photos", "to": "input_images"}]
        }}
    }]});
    let put = world.operator().send(Method::PUT, "/api/v1/admin/models", own.to_string().into()).await.unwrap();
    assert_eq!(put.status, 200, "{}", put.json);
    let (customer, account) = world.customer(75).await.unwrap();
    let named = customer.with_header("idempotency-key", "once");
    let first = create(&world, &named, 4, json!({})).await;
    let again = create(&world, &named, 4, json!({})).await;
    assert_eq!(first.data().unwrap()["credits_used"], 40);
    assert_eq!(first.data().unwrap()["character_id"], again.data().unwrap()["character_id"]);
    assert_eq!(world.funds(&account).await.unwrap(), [35, 0, 40, 75]);
    let path = format!("/api/v1/characters/{}", first.data().unwrap()["character_id"].as_str().unwrap());
    assert_eq!(generate(&customer, &path, json!({ "prompt": "at the sea" })).await.data().unwrap()["credits_used"], 30);
    let input = world.gpu.simulator.jobs().last().unwrap().input.clone();
    assert_eq!(input["input_images"].as_array().unwrap().len(), 2, "as many as it takes");
    assert_eq!(create(&world, &customer, 1, json!({})).await.outcome(), (402, "INSUFFICIENT_CREDITS"));
    assert_eq!(world.funds(&account).await.unwrap(), [5, 0, 70, 75]);
    let tasks = customer.get("/api/v1/tasks").await.unwrap().data().unwrap().clone();
    assert_eq!(tasks["tasks"][1]["model"], "photo-references", "{tasks}");
    assert_eq!(tasks["tasks"][1]["status"], "completed");
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_costs_nothing() {
    let world = world("replicate").await;
    let (customer, account) = world.customer(100).await.unwrap();
    for (count, more, outcome) in [
        (0, json!({}), "TOO_FEW_IMAGES"),
        (11, json!({}), "TOO_MANY_IMAGES"),
        (3, json!({ "mode": "magic" }), "INVALID_REQUEST"),
        (3, json!({ "base": "flux-1" }), "INVALID_REQUEST"),
        (3, json!({ "steps": 900 }), "INVALID_REQUEST"),
        (3, json!({ "mode": "train" }), "TOO_FEW_IMAGES"),
    ] {
        let answer = create(&world, &customer, count, more.clone()).await;
        assert_eq!(answer.outcome(), (400, outcome), "{count}, {more}");
    }
    let path = kept(&world, &customer, 1).await;
    for (body, outcome) in [
        (json!({ "prompt": "x", "num_outputs": 2 }), "INVALID_NUM_OUTPUTS"),
        (json!({ "prompt": "at the sea", "model": "lipsync" }), "INVALID_MODEL"),
        (json!({ "prompt": " " }), "MISSING_PROMPT"),
    ] {
        assert_eq!(generate(&customer, &path, body.clone()).await.outcome(), (400, outcome), "{body}");
    }
    assert_eq!(world.funds(&account).await.unwrap(), [100, 0, 0, 100]);
    let other = json!({ "prompt": "at the sea", "model": "nano-banana-pro-image-to-image" });
    assert_eq!(generate(&customer, &path, other).await.data().unwrap()["credits_used"], 25);
}

#[tokio::test]
async fn where_no_model_goes_by_photos_nothing_is_kept() {
    let world = world("cog").await;
    let (customer, _) = world.customer(100).await.unwrap();
    let answer = create(&world, &customer, 2, json!({})).await;
    assert_eq!(answer.outcome(), (400, "INVALID_REQUEST"));
    assert!(answer.message().contains("no model of this deployment's providers goes by photos"), "{}", answer.json);
}
