//! The simulator as a self-hosted Cog container.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what a test cannot do without may fail it"
)]

mod common;

use std::time::Duration;

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{BLUE, RED, World, answer, color_of, json, world};
use gpu_sim::{CogTrainer, Options};
use reqwest::Method;
use safetensors::SafeTensors;
use serde_json::{Value, json};

/// A container's side of the world.
struct Cog(World);

impl Cog {
    async fn new(change: impl FnOnce(&mut Options, &str)) -> Self {
        Self(world(change).await)
    }

    /// Asks for a job that is told of at a callback, which is answered with `status` the first `count` times.
    async fn put(&self, path: &str, input: &Value, (count, status): (usize, u16)) -> (u16, Value) {
        let webhook = format!("{}/callback/{count}/{status}", self.0.own);
        let body = json!({ "input": input, "webhook": webhook, "webhook_events_filter": ["start", "completed"] });
        answer(self.0.request(Method::PUT, path, &body).header("prefer", "respond-async")).await
    }

    /// Waits for a job.
    async fn run(&self, path: &str, input: Value) -> (u16, Value) {
        answer(self.0.request(Method::POST, path, &json!({ "input": input }))).await
    }

    async fn cancel(&self, path: &str) -> (u16, Value) {
        answer(self.0.request(Method::POST, &format!("{path}/cancel"), &Value::Null)).await
    }

    async fn health(&self) -> String {
        let (_, health) = answer(self.0.request(Method::GET, "/health-check", &Value::Null)).await;
        health["status"].as_str().unwrap().to_owned()
    }

    /// How the container says its trainer's output looks.
    async fn output_schema(&self) -> Value {
        let (_, document) = answer(self.0.request(Method::GET, "/openapi.json", &Value::Null)).await;
        document["components"]["schemas"]["TrainingOutput"].clone()
    }

    fn photos(&self, color: &str, word: &str) -> Value {
        json!({ "input_images": format!("{}/zip/10/{color}", self.0.own), "trigger_word": word, "steps": 1000 })
    }

    /// Waits until every job is over.
    async fn all_over(&self) {
        for _ in 0..1_000 {
            if self.0.simulator.jobs().iter().all(|job| !matches!(job.status, "starting" | "processing")) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("a job does not end");
    }

    /// Keeps a file at the server, and returns its URL.
    fn keep(&self, name: &str, bytes: Vec<u8>) -> String {
        self.0.server.uploads.lock().unwrap().insert(name.to_owned(), (HeaderMap::new(), bytes));
        format!("{}/kept/{name}?token=sesame", self.0.own)
    }
}

fn picture(weights: &str, prompt: &str) -> Value {
    json!({ "prompt": prompt, "lora_weights": weights, "aspect_ratio": "2:3", "num_outputs": 2, "seed": 0, "output_format": "webp", "go_fast": false })
}

fn data(uri: &Value, media_type: &str) -> Vec<u8> {
    let uri = uri.as_str().unwrap();
    STANDARD.decode(uri.strip_prefix(&format!("data:{media_type};base64,")).unwrap()).unwrap()
}

/// The one file in a tar, where the trainer puts it.
fn in_tar(tar: &[u8]) -> Vec<u8> {
    let name = b"output/flux_train_replicate/lora.safetensors";
    assert_eq!(&tar[..name.len()], name);
    let size = usize::from_str_radix(std::str::from_utf8(&tar[124..135]).unwrap(), 8).unwrap();
    tar[512..512 + size].to_vec()
}

#[tokio::test]
async fn a_training_makes_weights_that_make_pictures_and_callbacks_carry_the_token() {
    let cog = Cog::new(|_, _| ()).await;
    let started = cog.put("/trainings/first", &cog.photos(BLUE, "WORD"), (0, 200)).await;
    assert_eq!(started, (202, json!({ "id": "first", "status": "starting" })));
    assert_eq!(cog.0.told(2).await, ["processing", "succeeded"]);
    let callbacks = cog.0.callbacks(2).await;
    assert!(callbacks.iter().all(|(headers, _)| headers["authorization"] == "Bearer cog-simulated-token"));
    let told = json(&callbacks[1]);
    assert!(told["metrics"]["predict_time"].as_f64().unwrap() > 0.0);
    assert!(told["logs"].as_str().unwrap().contains("100%|"));
    assert!(told.get("input").is_none() && told.get("error").is_none(), "{told}");
    let weights = in_tar(&data(&told["output"], "application/x-tar"));
    assert_eq!(SafeTensors::deserialize(&weights).unwrap().len(), 10);

    let weights = cog.keep("lora.safetensors", weights);
    let (status, job) = cog.run("/predictions", picture(&weights, "a portrait")).await;
    assert_eq!((status, &job["status"]), (200, &json!("succeeded")), "{job}");
    assert_eq!(job["id"].as_str().unwrap().len(), 26);
    let made = data(&job["output"][0], "image/webp");
    assert_eq!((job["output"].as_array().unwrap().len(), color_of(&made)), (2, BLUE));
    let made = image::load_from_memory(&made).unwrap();
    assert_eq!((made.width(), made.height()), (832, 1_216));
    assert!(cog.0.simulator.jobs().iter().all(|job| job.provider == "cog"));
}

#[tokio::test]
async fn a_job_that_fails_is_answered_with_success_and_says_so() {
    let cog = Cog::new(|_, _| ()).await;
    let page = cog.keep("page.safetensors", b"<!doctype html>".to_vec());
    // As cog-flux has it, whose trainer's own tars are at Replicate.
    let tar = cog.keep("trained_model.tar", b"<html>".to_vec());
    for (weights, error) in [
        (page, "not a readable safetensors file"),
        (tar, "Failed to parse URL"),
        // This one is served without ranges, which the downloader cannot do without.
        (format!("{}/page.safetensors", cog.0.own), "has no Content-Range"),
    ] {
        let (status, job) = cog.run("/predictions", picture(&weights, "x")).await;
        assert_eq!((status, &job["status"]), (200, &json!("failed")));
        assert!(job["error"].as_str().unwrap().contains(error), "{job}");
    }
    let (_, job) = cog.run("/trainings", json!({ "input_images": format!("{}/zip/9/1-1-1", cog.0.own) })).await;
    assert!(job["error"].as_str().unwrap().contains("9 images"), "{job}");
}

#[tokio::test]
async fn the_same_submission_runs_nothing_more_until_it_is_over() {
    let cog = Cog::new(|_, _| ()).await;
    let path = "/trainings/mine";
    cog.put(path, &cog.photos(RED, "sim_hang"), (0, 200)).await;
    assert_eq!(cog.0.told(1).await, ["processing"]);
    let (status, current) = cog.put(path, &cog.photos(RED, "sim_hang"), (0, 200)).await;
    assert_eq!((status, &current["status"]), (202, &json!("processing")));
    assert_eq!(cog.0.simulator.jobs().len(), 1);
    // A prediction's id is another.
    assert_eq!(cog.cancel("/predictions/mine").await, (404, json!({})));
    assert_eq!(cog.cancel(path).await, (200, json!({})));
    assert_eq!(cog.cancel(path).await, (404, json!({})));
    let (_, again) = cog.put(path, &cog.photos(RED, "WORD"), (0, 200)).await;
    assert_eq!(again["status"], "starting");
    assert_eq!(cog.0.told(4).await, ["processing", "canceled", "processing", "succeeded"]);
    let statuses: Vec<_> = cog.0.simulator.jobs().iter().map(|job| (job.id.clone(), job.status)).collect();
    assert_eq!(statuses, [("mine".to_owned(), "canceled"), ("mine".to_owned(), "succeeded")]);
}

#[tokio::test]
async fn bad_submissions_are_refused_as_documented() {
    let cog = Cog::new(|_, _| ()).await;
    let body = json!({ "id": "other", "input": cog.photos(RED, "WORD") });
    let (status, problem) = answer(cog.0.request(Method::PUT, "/trainings/mine", &body)).await;
    assert_eq!((status, &problem["detail"][0]["loc"]), (422, &json!(["body", "id"])));
    for (path, input, field) in [
        ("/predictions", json!({ "lora_weights": "http://x" }), "prompt"),
        ("/predictions", json!({ "prompt": "x" }), "lora_weights"),
        ("/trainings", json!({}), "input_images"),
    ] {
        let (status, problem) = cog.run(path, input).await;
        let detail =
            json!([{ "loc": ["body", "input", field], "msg": "Field required", "type": "value_error.missing" }]);
        assert_eq!((status, &problem["detail"]), (422, &detail));
    }
    let mut unclear = picture("http://x", "x");
    unclear["go_fast"] = json!("maybe");
    let (status, problem) = cog.run("/predictions", unclear).await;
    assert_eq!((status, &problem["detail"][0]["loc"]), (422, &json!(["body", "input", "go_fast"])));
    for (word, expected) in [("throttle", 409), ("broke", 503), ("refuse", 422), ("error", 500)] {
        assert_eq!(cog.run("/trainings", cog.photos(RED, &format!("sim_{word}"))).await.0, expected, "{word}");
    }
    assert!(cog.0.simulator.jobs().is_empty());
    // There is nothing to ask.
    assert_eq!(answer(cog.0.request(Method::GET, "/trainings/mine", &Value::Null)).await.0, 405);
}

#[tokio::test]
async fn a_container_is_busy_while_its_slots_are() {
    let cog = Cog::new(|options, _| options.cog_slots = 1).await;
    assert_eq!(cog.health().await, "READY");
    cog.put("/trainings/one", &cog.photos(RED, "sim_hang"), (0, 200)).await;
    assert_eq!(cog.health().await, "BUSY");
    let busy = json!({ "error": "At capacity - all prediction slots busy", "status": "failed" });
    assert_eq!(cog.put("/trainings/two", &cog.photos(RED, "WORD"), (0, 200)).await, (409, busy));
    // The one that runs is still known.
    assert_eq!(cog.put("/trainings/one", &cog.photos(RED, "sim_hang"), (0, 200)).await.0, 202);
    cog.cancel("/trainings/one").await;
    assert_eq!(cog.health().await, "READY");
    assert_eq!(cog.put("/trainings/two", &cog.photos(RED, "WORD"), (0, 200)).await.0, 202);
}

#[tokio::test]
async fn outputs_are_uploaded_and_are_where_the_receiver_says() {
    let cog = Cog::new(|options, own| options.cog_upload_url = Some(format!("{own}/upload/"))).await;
    let (_, job) = cog.run("/trainings", cog.photos(RED, "WORD")).await;
    let url = job["output"].as_str().unwrap();
    assert_eq!(url, format!("{}/kept/0-trained_model.tar?token=sesame", cog.0.own));
    let weights = cog.keep("lora.safetensors", in_tar(&cog.0.download(url).await));
    let (_, job) = cog.run("/predictions", picture(&weights, "a portrait")).await;
    let urls: Vec<&str> = job["output"].as_array().unwrap().iter().map(|url| url.as_str().unwrap()).collect();
    assert_eq!(urls.len(), 2, "{job}");
    assert!(urls[1].ends_with("-out-1.webp?token=sesame"), "{urls:?}");
    assert_eq!(color_of(&cog.0.download(urls[0]).await), RED);
    let name = urls[0].rsplit('/').next().unwrap().strip_suffix("?token=sesame").unwrap();
    assert_eq!(cog.0.server.uploads.lock().unwrap()[name].0["content-type"], "image/webp");
}

#[tokio::test]
async fn a_trainer_that_returns_an_object_has_its_weights_in_the_callback_and_says_so() {
    let cog = Cog::new(|options, own| {
        (options.cog_upload_url, options.cog_trainer) = (Some(format!("{own}/upload/")), CogTrainer::Object);
    });
    let cog = cog.await;
    let (_, job) = cog.run("/trainings", cog.photos(RED, "WORD")).await;
    assert!(!in_tar(&data(&job["output"]["weights"], "application/x-tar")).is_empty());
    assert_eq!(cog.output_schema().await["type"], "object");
    assert_eq!(
        Cog::new(|_, _| ()).await.output_schema().await,
        json!({ "title": "TrainingOutput", "type": "string", "format": "uri" })
    );
}

#[tokio::test]
async fn an_upload_that_fails_is_an_output_less() {
    let cog = Cog::new(|options, own| options.cog_upload_url = Some(format!("{own}/refuse"))).await;
    let (_, job) = cog.run("/trainings", cog.photos(RED, "WORD")).await;
    assert_eq!((&job["status"], &job["output"]), (&json!("succeeded"), &Value::Null));
    assert!(job["logs"].as_str().unwrap().contains("Failed to upload trained_model.tar: status 507"), "{job}");
}

#[tokio::test]
async fn the_end_is_told_again_only_after_answers_that_promise_something() {
    for (status, expected) in [(503, 5), (429, 5), (404, 2), (401, 2)] {
        let cog = Cog::new(|_, _| ()).await;
        // The start counts as one, and is never repeated.
        cog.put("/trainings/one", &cog.photos(RED, "WORD"), (4, status)).await;
        assert_eq!(cog.0.told(expected).await.len(), expected, "{status}");
    }
}

#[tokio::test]
async fn callbacks_misbehave_as_asked() {
    let cases: [(&str, &[&str]); 6] = [
        ("sim_repeat", &["processing", "succeeded", "succeeded", "succeeded"]),
        ("sim_reorder", &["succeeded", "processing"]),
        ("sim_contradict", &["processing", "failed", "succeeded"]),
        ("sim_forge", &["processing", "failed", "succeeded"]),
        ("sim_abort", &["canceled"]),
        ("sim_lose", &[]),
    ];
    for (word, expected) in cases {
        let cog = Cog::new(|_, _| ()).await;
        cog.put("/trainings/one", &cog.photos(RED, word), (0, 200)).await;
        cog.all_over().await;
        assert_eq!(cog.0.told(expected.len()).await, expected, "{word}");
        for (n, (headers, _)) in cog.0.callbacks(0).await.iter().enumerate() {
            let genuine = headers["authorization"] == "Bearer cog-simulated-token";
            assert_eq!(genuine, word != "sim_forge" || n != 1, "{word} {n}");
        }
    }
}

#[tokio::test]
async fn a_job_that_is_waited_for_ends_with_its_caller() {
    let cog = Cog::new(|_, _| ()).await;
    let body = json!({ "input": cog.photos(RED, "sim_hang") });
    let waiting = cog.0.request(Method::POST, "/trainings", &body).timeout(Duration::from_millis(300));
    assert!(waiting.send().await.is_err());
    cog.all_over().await;
    assert_eq!(cog.0.simulator.jobs()[0].status, "canceled");
}

#[tokio::test]
async fn weights_of_a_container_make_pictures_at_replicate_and_at_fal() {
    let (cog, other) = (Cog::new(|_, _| ()).await, Cog::new(|_, _| ()).await);
    let (_, job) = cog.run("/trainings", cog.photos(BLUE, "WORD")).await;
    let weights = cog.keep("lora.safetensors", in_tar(&data(&job["output"], "application/x-tar")));

    let path = "/v1/models/black-forest-labs/flux-dev-lora/predictions";
    let body = json!({ "input": picture(&weights, "a portrait") });
    let request = other.0.request(Method::POST, path, &body).bearer_auth("r8_simulated").header("prefer", "wait");
    let (status, job) = answer(request).await;
    assert_eq!((status, &job["status"]), (201, &json!("succeeded")), "{job}");
    assert_eq!(color_of(&cog.0.download(job["output"][0].as_str().unwrap()).await), BLUE);

    let input = json!({ "prompt": "x", "loras": [{ "path": weights }], "seed": 0 });
    let request = other.0.request(Method::POST, "/fal-ai/flux-lora", &input);
    let (_, submitted) = answer(request.header("authorization", "Key fal_id:simulated")).await;
    other.all_over().await;
    let request = other.0.client.get(submitted["response_url"].as_str().unwrap());
    let (status, output) = answer(request.header("authorization", "Key fal_id:simulated")).await;
    assert_eq!(status, 200, "{output}");
    assert_eq!(color_of(&cog.0.download(output["images"][0]["url"].as_str().unwrap()).await), BLUE);
}
