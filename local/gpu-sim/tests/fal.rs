//! The simulator as fal.ai's queue.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what a test cannot do without may fail it"
)]

mod common;

use std::time::Duration;

use common::{BLUE, RED, World, answer, color_of, json, world};
use reqwest::Method;
use safetensors::SafeTensors;
use serde_json::{Value, json};
use webhook::InvalidSignature;
use webhook::fal::{Keys, verify};

const TRAINER: &str = "/fal-ai/flux-lora-fast-training";
const MODEL: &str = "/fal-ai/flux-lora";
const KEY: &str = "Key fal_id:simulated";
const USER: &str = "user-simulated";

/// fal's side of the world.
struct Fal(World);

impl Fal {
    async fn new() -> Self {
        Self(world(|_, _| ()).await)
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        answer(self.0.request(method, path, &body).header("authorization", KEY)).await
    }

    /// Submits, to be told at a callback that is answered with `status` the first `count` times.
    async fn submit(&self, app: &str, input: Value, (count, status): (usize, u16)) -> (u16, Value) {
        let callback = format!("{}/callback/{count}/{status}", self.0.own).replace(':', "%3A").replace('/', "%2F");
        let request = self.0.request(Method::POST, &format!("{app}?fal_webhook={callback}"), &input);
        answer(request.header("authorization", KEY)).await
    }

    /// A request's final status and its result.
    async fn ended(&self, submitted: &Value) -> (Value, (u16, Value)) {
        let path = |field: &str| submitted[field].as_str().unwrap().strip_prefix(&self.0.base).unwrap().to_owned();
        for _ in 0..1_000 {
            let (_, status) = self.send(Method::GET, &format!("{}?logs=1", path("status_url")), Value::Null).await;
            if status["status"] == "COMPLETED" {
                return (status, self.send(Method::GET, &path("response_url"), Value::Null).await);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{submitted} does not end");
    }

    async fn run(&self, app: &str, input: Value) -> (Value, (u16, Value)) {
        let (status, submitted) = self.submit(app, input, (0, 200)).await;
        assert_eq!(status, 200, "{submitted}");
        self.ended(&submitted).await
    }

    fn photos(&self, count: usize, color: &str, word: &str) -> Value {
        json!({ "images_data_url": format!("{}/zip/{count}/{color}", self.0.own), "trigger_word": word, "steps": 1000, "unknown": 1 })
    }

    /// The URL of newly trained weights.
    async fn train(&self, color: &str) -> String {
        let (_, (code, output)) = self.run(TRAINER, self.photos(4, color, "WORD")).await;
        assert_eq!(code, 200, "{output}");
        output["diffusers_lora_file"]["url"].as_str().unwrap().to_owned()
    }

    async fn keys(&self) -> Keys {
        // Without a key of ours: the keys are public.
        let (status, jwks) = answer(self.0.request(Method::GET, "/.well-known/jwks.json", &Value::Null)).await;
        assert_eq!(status, 200);
        assert!(jwks["keys"][0]["kid"].is_string() && jwks["keys"][0]["x"].as_str().unwrap().len() == 43, "{jwks}");
        Keys::parse(jwks.to_string().as_bytes())
    }
}

fn picture(weights: &str, prompt: &str) -> Value {
    json!({ "prompt": prompt, "loras": [{ "path": weights, "scale": 1 }], "seed": 0, "num_images": 2, "output_format": "png" })
}

#[tokio::test]
async fn a_training_makes_weights_that_make_pictures_and_callbacks_are_signed() {
    let fal = Fal::new().await;
    let (code, submitted) = fal.submit(TRAINER, fal.photos(4, RED, "WORD"), (0, 200)).await;
    assert_eq!((code, &submitted["status"], &submitted["queue_position"]), (200, &json!("IN_QUEUE"), &json!(0)));
    let id = submitted["request_id"].as_str().unwrap();
    assert_eq!((id.len(), submitted["gateway_request_id"].as_str()), (36, Some(id)));
    let (status, (code, output)) = fal.ended(&submitted).await;
    assert!(status["error"].is_null(), "{status}");
    assert!(status["logs"][0]["message"].as_str().unwrap().starts_with("SIMULATED"));
    assert_eq!(code, 200);
    let file = &output["diffusers_lora_file"];
    let bytes = fal.0.download(file["url"].as_str().unwrap()).await;
    assert_eq!(json!(bytes.len()), file["file_size"]);
    assert_eq!(SafeTensors::deserialize(&bytes).unwrap().len(), 4, "a tensor for each photo");
    let config = fal.0.download(output["config_file"]["url"].as_str().unwrap()).await;
    assert_eq!(json!(config.len()), output["config_file"]["file_size"]);

    let mut wanted = picture(file["url"].as_str().unwrap(), "a portrait");
    wanted["image_size"] = json!({ "width": 832, "height": 1216 });
    wanted["seed"] = json!(196_619_188_014_358_660_u64);
    let (_, (_, output)) = fal.run(MODEL, wanted).await;
    assert_eq!(output["seed"], json!(196_619_188_014_358_660_u64));
    assert_eq!(output["has_nsfw_concepts"], json!([false, false]));
    assert_eq!(
        (&output["images"][1]["width"], &output["images"][1]["content_type"]),
        (&json!(832), &json!("image/png"))
    );
    let made = image::load_from_memory(&fal.0.download(output["images"][1]["url"].as_str().unwrap()).await).unwrap();
    assert_eq!((made.width(), made.height()), (832, 1_216));

    let callbacks = fal.0.callbacks(2).await;
    assert_eq!(callbacks.len(), 2);
    let (keys, now) = (fal.keys().await, jiff::Timestamp::now().as_second());
    for (headers, body) in &callbacks {
        let verified = verify(&keys, USER, headers, body.as_bytes(), now).unwrap();
        assert_eq!(json!(verified.request_id), serde_json::from_str::<Value>(body).unwrap()["request_id"]);
        let altered = body.replace("OK", "KO");
        assert_eq!(verify(&keys, USER, headers, altered.as_bytes(), now), Err(InvalidSignature::NoMatchingSignature));
    }
    assert_eq!((&json(&callbacks[0])["status"], &json(&callbacks[1])["payload"]), (&json!("OK"), &output));
    assert!(fal.0.simulator.jobs().iter().all(|job| job.provider == "fal"));
}

#[tokio::test]
async fn what_is_not_right_is_refused_as_documented() {
    let fal = Fal::new().await;
    for key in ["Bearer fal_id:simulated", "Key other", ""] {
        let request = fal.0.request(Method::POST, MODEL, &json!({})).header("authorization", key);
        let detail = json!({ "detail": "Authentication is required to access this application." });
        assert_eq!(answer(request).await, (401, detail));
    }
    let (code, problem) = fal.send(Method::POST, "/fal-ai/other", json!({})).await;
    assert_eq!((code, &problem["detail"]), (404, &json!("Application 'fal-ai/other' not found")));
    for (app, input, field) in [
        (TRAINER, json!({ "trigger_word": "x" }), "images_data_url"),
        (MODEL, json!({ "loras": [{ "path": "http://x" }] }), "prompt"),
        (MODEL, json!({ "prompt": "x" }), "loras"),
    ] {
        let (code, problem) = fal.send(Method::POST, app, input).await;
        assert_eq!(code, 422);
        assert_eq!(problem["detail"], json!([{ "loc": ["body", field], "msg": "Field required", "type": "missing" }]));
    }
    for (field, value) in [("num_images", json!(5)), ("image_size", json!("huge")), ("output_format", json!("webp"))] {
        let mut input = picture("http://x", "x");
        input[field] = value;
        let (code, problem) = fal.send(Method::POST, MODEL, input).await;
        assert_eq!((code, &problem["detail"][0]["loc"][1]), (422, &json!(field)));
    }
    let weights = fal.train(RED).await;
    for (word, expected) in [("throttle", 429), ("broke", 403), ("refuse", 422), ("error", 500)] {
        let before = fal.0.simulator.jobs().len();
        let (code, problem) = fal.send(Method::POST, MODEL, picture(&weights, &format!("sim:{word}"))).await;
        assert_eq!((code, fal.0.simulator.jobs().len()), (expected, before), "{word}: {problem}");
        assert_eq!(problem["detail"].to_string().contains("Exhausted balance"), word == "broke");
    }
}

#[tokio::test]
async fn a_request_that_fails_is_completed_and_its_result_says_so() {
    let fal = Fal::new().await;
    let trainings = [
        ("/zip/3/1-1-1", "archive_file_count_below_minimum"),
        ("/page", "invalid_archive"),
        ("/nowhere", "file_download_error"),
    ];
    for (n, (path, error_type)) in trainings.into_iter().enumerate() {
        let input = json!({ "images_data_url": format!("{}{path}", fal.0.own) });
        let (status, (code, result)) = fal.run(TRAINER, input).await;
        assert_eq!((code, &status["error_type"]), (422, &json!(error_type)), "{status}");
        assert_eq!((&result["detail"][0]["type"], &result["detail"][0]["loc"]), (&json!(error_type), &json!(["body"])));
        let told = json(&fal.0.callbacks(n + 1).await[n]);
        assert_eq!(
            (&told["status"], &told["error"], &told["payload"]),
            (&json!("ERROR"), &json!("Invalid status code: 422"), &result)
        );
    }
    let (_, (code, result)) = fal.run(MODEL, picture(&format!("{}/page", fal.0.own), "x")).await;
    assert_eq!(code, 422);
    assert!(result["detail"][0]["msg"].as_str().unwrap().contains("not a readable safetensors file"), "{result}");
}

#[tokio::test]
async fn a_request_that_is_canceled_ends_as_the_clients_will_and_is_not_told_of() {
    let fal = Fal::new().await;
    let (_, submitted) = fal.submit(TRAINER, fal.photos(4, RED, "sim_hang"), (0, 200)).await;
    let path = format!("{TRAINER}/requests/{}", submitted["request_id"].as_str().unwrap());
    let (code, early) = fal.send(Method::GET, &path, Value::Null).await;
    assert_eq!((code, &early["detail"]), (400, &json!("Request is still in progress")));
    let cancel = async |path: &str| fal.send(Method::PUT, &format!("{path}/cancel"), Value::Null).await;
    assert_eq!(cancel(&path).await, (202, json!({ "status": "CANCELLATION_REQUESTED" })));
    let (status, (code, result)) = fal.ended(&submitted).await;
    assert_eq!((&status["error_type"], code), (&json!("client_cancelled"), 499));
    assert_eq!(result["error_type"], "client_cancelled");
    assert_eq!(cancel(&path).await, (400, json!({ "status": "ALREADY_COMPLETED" })));
    assert_eq!(cancel(&format!("{TRAINER}/requests/unknown")).await, (404, json!({ "status": "NOT_FOUND" })));
    // It is the trainer's request, not the model's.
    assert_eq!(cancel(&path.replace(TRAINER, MODEL)).await.0, 404);
    assert_eq!(fal.0.told(0).await, Vec::<String>::new());
}

#[tokio::test]
async fn unsafe_pictures_are_black_and_flagged() {
    let fal = Fal::new().await;
    let weights = fal.train(RED).await;
    for (word, flags) in [("nsfw", [true, true]), ("nsfw1", [false, true])] {
        let (_, (_, output)) = fal.run(MODEL, picture(&weights, &format!("sim:{word}"))).await;
        assert_eq!(output["has_nsfw_concepts"], json!(flags));
        for (n, flag) in flags.into_iter().enumerate() {
            let bytes = fal.0.download(output["images"][n]["url"].as_str().unwrap()).await;
            let black = image::load_from_memory(&bytes).unwrap().to_rgb8().pixels().all(|pixel| pixel.0 == [0, 0, 0]);
            assert_eq!(black, flag, "{word} {n}");
        }
    }
}

#[tokio::test]
async fn callbacks_misbehave_as_asked() {
    let cases: [(&str, &[&str]); 6] = [
        ("sim_repeat", &["OK", "OK", "OK"]),
        ("sim_reorder", &["OK"]),
        ("sim_contradict", &["ERROR", "OK"]),
        ("sim_forge", &["ERROR", "OK"]),
        ("sim_abort", &["ERROR"]),
        ("sim_lose", &[]),
    ];
    for (word, expected) in cases {
        let fal = Fal::new().await;
        let (status, _) = fal.run(TRAINER, fal.photos(4, RED, word)).await;
        assert_eq!(status["error_type"] == "client_cancelled", word == "sim_abort", "{status}");
        assert_eq!(fal.0.told(expected.len()).await, expected, "{word}");
        let (keys, now) = (fal.keys().await, jiff::Timestamp::now().as_second());
        for (n, (headers, body)) in fal.0.callbacks(0).await.iter().enumerate() {
            let genuine = verify(&keys, USER, headers, body.as_bytes(), now).is_ok();
            assert_eq!(genuine, word != "sim_forge" || n > 0, "{word} {n}");
        }
    }
}

#[tokio::test]
async fn a_callback_without_payload_is_of_a_request_that_has_a_result() {
    let fal = Fal::new().await;
    let (_, (code, output)) = fal.run(TRAINER, fal.photos(4, RED, "sim_null")).await;
    assert_eq!(code, 200);
    assert!(output["diffusers_lora_file"]["url"].is_string());
    let told = json(&fal.0.callbacks(1).await[0]);
    assert_eq!((&told["status"], told.get("payload")), (&json!("OK"), Some(&Value::Null)));
    assert!(told["payload_error"].is_string());
}

#[tokio::test]
async fn a_callback_is_repeated_until_it_is_taken_or_redirected() {
    for (answer, expected) in [((3, 503), 4), ((3, 404), 4), ((3, 307), 1)] {
        let fal = Fal::new().await;
        fal.submit(TRAINER, fal.photos(4, RED, "WORD"), answer).await;
        assert_eq!(fal.0.told(expected).await, vec!["OK"; expected], "{answer:?}");
    }
}

#[tokio::test]
async fn weights_of_one_simulator_make_pictures_at_another() {
    let (trainer, maker) = (Fal::new().await, Fal::new().await);
    for color in [RED, BLUE] {
        let weights = trainer.train(color).await;
        for fal in [&trainer, &maker] {
            let (_, (code, output)) = fal.run(MODEL, picture(&weights, "a portrait")).await;
            assert_eq!(code, 200, "{output}");
            let bytes = fal.0.download(output["images"][0]["url"].as_str().unwrap()).await;
            assert_eq!(color_of(&bytes), color);
        }
    }
}

#[tokio::test]
async fn the_signing_key_survives_a_restart_and_is_the_accounts_own() {
    let (one, other) = (Fal::new().await, Fal::new().await);
    assert_eq!(one.keys().await, other.keys().await);
    let stranger = Fal(world(|options, _| options.fal_key = "other:key".into()).await);
    assert_ne!(one.keys().await, stranger.keys().await);
}
