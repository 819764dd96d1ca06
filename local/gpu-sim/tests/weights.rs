//! Weights at Replicate: what is in them, whose are used, and how they are forgotten.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test cannot do without may fail it")]

#[expect(dead_code, reason = "no callback is looked at here")]
mod common;

use common::{BLUE, RED, World, answer, color_of, world};
use reqwest::Method;
use safetensors::SafeTensors;
use serde_json::{Value, json};

const TRAINER: &str = "/v1/models/ostris/flux-dev-lora-trainer";

async fn send(world: &World, method: Method, path: &str, body: Value) -> (u16, Value) {
    answer(world.request(method, path, &body).bearer_auth("r8_simulated").header("prefer", "wait")).await
}

/// Trains a version and returns its output.
async fn train(world: &World, color: &str) -> Value {
    let model = json!({ "owner": "simulated", "name": "likeness", "visibility": "private", "hardware": "gpu-t4" });
    send(world, Method::POST, "/v1/models", model).await;
    let (_, trainer) = send(world, Method::GET, TRAINER, Value::Null).await;
    let path = format!("{TRAINER}/versions/{}/trainings", trainer["latest_version"]["id"].as_str().unwrap());
    let input = json!({ "input_images": format!("{}/zip/10/{color}", world.own) });
    let (_, job) =
        send(world, Method::POST, &path, json!({ "destination": "simulated/likeness", "input": input })).await;
    for _ in 0..1_000 {
        let (_, job) =
            send(world, Method::GET, &format!("/v1/trainings/{}", job["id"].as_str().unwrap()), Value::Null).await;
        if job["status"] == "succeeded" {
            return job["output"].clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    Value::Null
}

fn prediction(version: &Value, input: &Value) -> Value {
    json!({ "version": version, "input": input })
}

#[tokio::test]
async fn a_version_has_its_photos_in_its_tar() {
    let world = world(|_, _| ()).await;
    let output = train(&world, RED).await;
    let tar = world.download(output["weights"].as_str().unwrap()).await;
    let name = b"output/flux_train_replicate/lora.safetensors\0";
    assert_eq!((&tar[..name.len()], tar.len() % 512), (&name[..], 0));
    let size = usize::from_str_radix(std::str::from_utf8(&tar[124..135]).unwrap(), 8).unwrap();
    let file = &tar[512..512 + size];
    let version = SafeTensors::read_metadata(file).unwrap().1.metadata().clone().unwrap()["version"].clone();
    assert_eq!(output["version"], format!("simulated/likeness:{version}"));
    assert_eq!(SafeTensors::deserialize(file).unwrap().tensor("photo.09").unwrap().shape().len(), 1);
}

#[tokio::test]
async fn weights_that_are_named_go_before_the_versions_own() {
    let (red, blue) = (world(|_, _| ()).await, world(|_, _| ()).await);
    let version = train(&red, RED).await["version"].clone();
    let weights =
        train(&blue, BLUE).await["weights"].as_str().unwrap().replace("trained_model.tar", "lora.safetensors");
    for (input, color) in [
        (json!({ "prompt": "x", "seed": 0 }), RED),
        (json!({ "prompt": "x", "seed": 0, "lora_weights": weights }), BLUE),
    ] {
        let (_, job) = send(&red, Method::POST, "/v1/predictions", prediction(&version, &input)).await;
        assert_eq!(color_of(&red.download(job["output"][0].as_str().unwrap()).await), color, "{job}");
    }
}

#[tokio::test]
async fn a_version_that_is_deleted_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(|options, _| options.state_dir = Some(folder.path().to_owned())).await;
    let version = train(&world, RED).await["version"].clone();
    let versions = "/v1/models/simulated/likeness/versions";
    let path = format!("{versions}/{}", version.as_str().unwrap().split_once(':').unwrap().1);
    assert_eq!(send(&world, Method::DELETE, &path, Value::Null).await.0, 202);
    assert_eq!(send(&world, Method::DELETE, &path, Value::Null).await.0, 404);
    assert_eq!(send(&world, Method::GET, versions, Value::Null).await.1["results"], json!([]));
    let (status, _) =
        send(&world, Method::POST, "/v1/predictions", prediction(&version, &json!({ "prompt": "x" }))).await;
    assert_eq!(status, 422);
}
