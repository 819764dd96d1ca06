//! Trainers and bases: what a character can be trained on, by whom, for how much, and what makes its pictures then.

use std::time::Duration;

use e2e::{Answer, Gpu, Settings, World};
use gpu_sim::Options;
use reqwest::Method;
use serde_json::{Value, json};

const ALL_OF_FAL: [&str; 5] = ["flux-1", "flux-2", "z-image", "qwen-image", "krea-2"];

async fn world(providers: &str, more: Vec<(&'static str, String)>) -> World {
    let mut variables = vec![("providers", providers.to_owned())];
    variables.extend(more);
    World::start(Settings { variables, ..Settings::default() }).await.unwrap()
}

/// What was asked of the provider first, of everything that was.
fn first_input(world: &World) -> Value {
    world.gpu.simulator.jobs().first().unwrap().input.clone()
}

#[tokio::test]
async fn a_character_is_trained_on_each_base_and_pictured_with_what_runs_it() {
    for base in ALL_OF_FAL {
        let world = world("fal", vec![]).await;
        let (customer, account) = world.customer(515).await.unwrap();
        let (path, status) = world.train(&customer, json!({ "base": base })).await.unwrap();
        assert_eq!(status, "ready", "{base}");
        let shown = customer.get(&path).await.unwrap().data().unwrap()["base"].clone();
        assert_eq!(shown, if base == "flux-1" { Value::Null } else { json!(base) });
        let body = json!({ "prompt": "at the sea", "output_format": "webp" });
        let answer = customer.post(&format!("{path}/generate"), &body).await.unwrap();
        assert_eq!(answer.status, 200, "{base}: {}", answer.json);
        let data = answer.data().unwrap();
        let expected = if matches!(base, "flux-1" | "krea-2") { json!(["output_format"]) } else { json!([]) };
        assert_eq!(data["ignored"], expected, "{base}");
        let picture = e2e::get(data["output"]["images"][0]["url"].as_str().unwrap()).await.unwrap();
        let bytes = picture.bytes().await.unwrap();
        assert!(e2e::is_marked(&bytes), "{base}");
        let format = image::guess_format(&bytes).unwrap();
        let webp = matches!(base, "flux-2" | "z-image" | "qwen-image");
        assert_eq!(format, if webp { image::ImageFormat::WebP } else { image::ImageFormat::Png }, "{base}");
        assert_eq!(world.funds(&account).await.unwrap(), [0, 0, 515, 515], "{base}");
    }
}

#[tokio::test]
async fn what_is_chosen_is_what_the_trainer_is_asked_for() {
    let world = world("fal", vec![]).await;
    let (customer, _) = world.customer(500).await.unwrap();
    let wanted =
        json!({ "base": "z-image", "steps": 2_000, "caption": "portrait of a woman", "trigger_word": "SARAH" });
    let created = world.create(&customer, wanted).await.unwrap();
    assert_eq!(created.data().unwrap()["base"], "z-image");
    let input = first_input(&world);
    assert_eq!((&input["steps"], &input["default_caption"]), (&json!(2_000), &json!("SARAH, portrait of a woman")));
    assert!(input["image_data_url"].as_str().unwrap().contains("/datasets/"), "{input}");
}

#[tokio::test]
async fn what_nobody_here_can_train_is_refused_and_costs_nothing() {
    let world = world("replicate", vec![]).await;
    let (customer, account) = world.customer(500).await.unwrap();
    let refused = [
        (json!({ "base": "z-image" }), "`base` has to be one that this deployment trains on: flux-1"),
        (json!({ "base": "Z Image" }), "`base`: is no name of a base"),
        (json!({ "steps": 1 }), "`steps` has to be from 500 to 4000"),
        (json!({ "rank": 200 }), "`rank` has to be from 1 to 128"),
        (json!({ "caption": "a woman" }), "`caption` cannot be given for this base here"),
        (json!({ "caption": "\n" }), "`caption`: has to be 1 to 500 printable characters"),
        (json!({ "steps": -1 }), "steps"),
    ];
    for (wanted, reason) in refused {
        let answer = world.create(&customer, wanted.clone()).await.unwrap();
        assert_eq!(answer.outcome(), (400, "INVALID_REQUEST"), "{wanted}");
        assert!(answer.message().contains(reason), "{wanted}: {}", answer.message());
    }
    assert_eq!(world.funds(&account).await.unwrap(), [500, 0, 0, 500]);
    assert_eq!(world.gpu.jobs_of("replicate"), 0);
}

#[tokio::test]
async fn the_trainers_are_listed_with_their_limits_and_prices() {
    let portrait = ("fal_trainer", "fal-ai/flux-lora-portrait-trainer".to_owned());
    let world = world("replicate,fal", vec![portrait]).await;
    let listed = world.anybody().get("/api/v1/models?type=character").await.unwrap().data().unwrap().clone();
    assert_eq!((&listed["models"], &listed["missing"]), (&json!([]), &json!([])));
    let ids: Vec<&str> =
        listed["trainers"].as_array().unwrap().iter().map(|trainer| trainer["id"].as_str().unwrap()).collect();
    let expected = [
        "flux-dev-lora-trainer",
        "flux-lora-portrait-trainer",
        "flux-2-trainer",
        "z-image-turbo-trainer-v2",
        "qwen-image-2512-trainer",
        "krea-2-trainer",
    ];
    assert_eq!(ids, expected);
    let first = json!({
        "id": "flux-dev-lora-trainer", "name": "FLUX.1 [dev] LoRA", "base": "flux-1", "price": 500, "picture_price": 15, "caption": false,
        "steps": {"default": 1_000, "min": 500, "max": 4_000}, "rank": {"default": 16, "min": 1, "max": 128},
    });
    assert_eq!(listed["trainers"][0], first);
    let models = world.anybody().get("/api/v1/models").await.unwrap().data().unwrap().clone();
    assert!(models.get("trainers").is_none());
}

/// Puts a catalogue file in place.
async fn put(world: &World, catalogue: &Value) -> Answer {
    world.operator().send(Method::PUT, "/api/v1/admin/models", catalogue.to_string().into()).await.unwrap()
}

#[tokio::test]
async fn a_deployments_own_trainer_is_asked_first_for_its_own_price() {
    let world = world("fal", vec![]).await;
    let own = json!({"models": [], "trainers": [{
        "id": "house", "name": "House", "base": "z-image", "provider": "fal", "model": "fal-ai/z-image-turbo-trainer-v2",
        "zip": "image_data_url", "caption": "default_caption", "steps": {"field": "steps", "default": 5, "min": 1, "max": 9},
        "generates": {"model": "fal-ai/z-image/turbo/lora", "formats": ["png"]}, "price": 700,
    }]});
    let taken = put(&world, &own).await;
    assert_eq!(taken.data().unwrap()["trainers"], 1);
    let (customer, account) = world.customer(800).await.unwrap();
    let created = world.create(&customer, json!({ "base": "z-image" })).await.unwrap();
    assert_eq!(created.data().unwrap()["credits_used"], 700, "{}", created.json);
    let path = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());
    assert_eq!(world.until_trained(&customer, &path).await.unwrap(), "ready");
    assert_eq!(first_input(&world)["steps"], 5);
    assert_eq!(world.funds(&account).await.unwrap(), [100, 0, 700, 800]);

    let mut wrong = own;
    wrong["trainers"][0]["steps"]["min"] = json!(0);
    let refused = put(&world, &wrong).await;
    assert!(refused.message().contains("trainer `house`: `steps` has to have"), "{}", refused.json);
}

#[tokio::test]
async fn weights_go_only_where_their_family_runs() {
    let (training_time, picture_time) = (Duration::from_millis(300), Duration::from_millis(50));
    let mut second = Gpu::start(Options { training_time, picture_time, ..Options::default() }).unwrap();
    let world = world("replicate,fal", second.as_fal()).await;
    let (customer, account) = world.customer(600).await.unwrap();
    let (path, status) = world.train(&customer, json!({ "base": "qwen-image" })).await.unwrap();
    assert_eq!((status.as_str(), second.jobs_of("fal")), ("ready", 1), "Replicate trains on FLUX.1 only");
    let swept = world.operator().post("/api/v1/admin/reconcile", &json!({ "all": true })).await.unwrap();
    assert_eq!(swept.data().unwrap()["failed"], 0);
    second.kill();
    let answer = customer.post(&format!("{path}/generate"), &json!({ "prompt": "at the sea" })).await.unwrap();
    assert_eq!(answer.outcome(), (500, "GENERATION_FAILED"), "{}", answer.json);
    assert_eq!(world.gpu.jobs_of("replicate"), 0, "there its weights would make somebody else");
    assert_eq!(world.funds(&account).await.unwrap(), [100, 0, 500, 600]);
}
