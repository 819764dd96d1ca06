//! The simulator over HTTP: what it answers, what it refuses, and how it misbehaves.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what a test cannot do without may fail it"
)]

use std::io::{Cursor, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use domain::Secret;
use gpu_sim::{Options, Simulator};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use webhook::standard::verify;

const TOKEN: &str = "r8_test";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const TRAINER: &str = "/v1/models/ostris/flux-dev-lora-trainer";

/// A callback that was received, with its headers.
type Received = Arc<Mutex<Vec<(HeaderMap, Value)>>>;

struct World {
    simulator: Simulator,
    base: String,
    client: Client,
    zips: String,
    callbacks: String,
    received: Received,
}

fn photo_zip(count: usize, damaged: bool) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let deflated = stored.compression_method(zip::CompressionMethod::Deflated);
    let jpeg =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/photos/portrait-02.jpg")).unwrap();
    for n in 0..count {
        zip.start_file(format!("photo-{n:02}.jpg"), if n % 2 == 0 { stored } else { deflated }).unwrap();
        zip.write_all(if damaged && n == 3 { &jpeg[..100] } else { &jpeg }).unwrap();
    }
    zip.start_file("__MACOSX/._photo-00.jpg", stored).unwrap();
    zip.write_all(b"not an image").unwrap();
    zip.finish().unwrap().into_inner()
}

/// Takes callbacks; the path says how they are answered: the first `n` times with 503.
async fn take(
    State(received): State<Received>,
    path: axum::extract::Path<usize>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    // The body is kept as it came: the signature is over its bytes.
    let mut received = received.lock().unwrap();
    received.push((headers, Value::String(body)));
    if received.len() <= path.0 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
}

async fn world(change: impl FnOnce(&mut Options)) -> World {
    let received = Received::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/zip/{count}", get(async |path: axum::extract::Path<usize>| photo_zip(path.0, false)))
        .route("/damaged.zip", get(async || photo_zip(12, true)))
        .route("/page.zip", get(async || "<!doctype html>"))
        .route("/callback/{refusals}", post(take))
        .with_state(Arc::clone(&received));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut options = Options {
        base_url: base.clone(),
        token: TOKEN.into(),
        webhook_secret: SECRET.into(),
        training_time: Duration::from_millis(20),
        picture_time: Duration::from_millis(10),
        retry_pause: Duration::from_millis(5),
        ..Options::default()
    };
    change(&mut options);
    let simulator = Simulator::new(options);
    tokio::spawn(simulator.clone().serve(listener, std::future::pending()));
    World { simulator, base, client: outbound::https().build().unwrap(), zips: own.clone(), callbacks: own, received }
}

impl World {
    async fn send(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(TOKEN);
        let request = if body.is_null() { request } else { request.body(body.to_string()) };
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["x-likeness-simulated"], "true");
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send(Method::GET, path, Value::Null).await
    }

    async fn make_model(&self) -> u16 {
        let body = json!({ "owner": "simulated", "name": "likeness", "visibility": "private", "hardware": "gpu-t4" });
        self.send(Method::POST, "/v1/models", body).await.0
    }

    async fn trainings_path(&self) -> String {
        let version = self.get(TRAINER).await.1["latest_version"]["id"].as_str().unwrap().to_owned();
        format!("{TRAINER}/versions/{version}/trainings")
    }

    async fn submit_training(&self, zip: &str, word: &str, refusals: usize) -> (u16, Value) {
        let body = json!({
            "destination": "simulated/likeness",
            "input": { "input_images": format!("{}/{zip}", self.zips), "trigger_word": word, "steps": 1000 },
            "webhook": format!("{}/callback/{refusals}", self.callbacks), "webhook_events_filter": ["start", "completed"],
        });
        self.send(Method::POST, &self.trainings_path().await, body).await
    }

    async fn ended(&self, path: &str) -> Value {
        for _ in 0..1_000 {
            let (_, job) = self.get(path).await;
            if !matches!(job["status"].as_str().unwrap(), "starting" | "processing") {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{path} does not end");
    }

    async fn train(&self, zip: &str) -> Value {
        self.make_model().await;
        let (status, job) = self.submit_training(zip, "WORD", 0).await;
        assert_eq!(status, 201, "{job}");
        self.ended(&format!("/v1/trainings/{}", job["id"].as_str().unwrap())).await
    }

    async fn predict(&self, version: &Value, input: Value) -> Value {
        let body = json!({ "version": version, "input": input, "webhook": format!("{}/callback/0", self.callbacks), "webhook_events_filter": ["completed"] });
        let (status, job) = self.send(Method::POST, "/v1/predictions", body).await;
        assert_eq!(status, 201, "{job}");
        self.ended(&format!("/v1/predictions/{}", job["id"].as_str().unwrap())).await
    }

    /// Waits until this many callbacks came, and gives their statuses.
    async fn told(&self, count: usize) -> Vec<String> {
        for _ in 0..1_000 {
            if self.received.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let received = self.received.lock().unwrap();
        let body = |(_, body): &(HeaderMap, Value)| serde_json::from_str::<Value>(body.as_str().unwrap()).unwrap();
        received.iter().map(|callback| body(callback)["status"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn nothing_is_answered_without_the_token() {
    let world = world(|_| ()).await;
    for path in ["/v1/account", "/v1/trainings", "/v1/nothing"] {
        let response = world.client.get(format!("{}{path}", world.base)).send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert_eq!(response.json::<Value>().await.unwrap()["title"], "Unauthenticated");
    }
    assert_eq!(world.get("/v1/account").await.1["username"], "simulated");
    assert_eq!(world.get("/v1/webhooks/default/secret").await.1["key"], SECRET);
    assert_eq!(world.get("/v1/nothing").await.0, 404);
}

#[tokio::test]
async fn a_destination_is_made_once_and_needed() {
    let world = world(|_| ()).await;
    let (status, problem) = world.submit_training("zip/10", "WORD", 0).await;
    assert_eq!((status, &problem["detail"]), (404, &json!("The specified training destination does not exist")));
    assert_eq!(world.get("/v1/models/simulated/likeness").await.0, 404);
    assert_eq!((world.make_model().await, world.make_model().await), (201, 409));
    assert_eq!(world.get("/v1/models/simulated/likeness").await.0, 200);
    assert_eq!(world.submit_training("zip/10", "WORD", 0).await.0, 201);
}

#[tokio::test]
async fn a_training_makes_a_version_that_makes_pictures() {
    let world = world(|_| ()).await;
    let job = world.train("zip/10").await;
    assert_eq!(job["status"], "succeeded", "{job}");
    assert!(job["logs"].as_str().unwrap().starts_with("SIMULATED"));
    assert!(job["logs"].as_str().unwrap().contains("100%|"));
    let version = &job["output"]["version"];
    let hash = version.as_str().unwrap().strip_prefix("simulated/likeness:").unwrap();
    assert_eq!(hash.len(), 64);
    let listed = world.get("/v1/models/simulated/likeness/versions").await.1["results"].clone();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["id"]), (1, &json!(hash)));
    assert_eq!(world.get("/v1/models/simulated/likeness").await.1["latest_version"], listed[0]);
    let (status, one) = world.get(&format!("/v1/models/simulated/likeness/versions/{hash}")).await;
    assert_eq!((status, &one), (200, &listed[0]));
    assert!(one["openapi_schema"]["components"]["schemas"]["Input"]["properties"]["prompt"].is_object());
    assert_eq!(world.get("/v1/models/simulated/likeness/versions/0000").await.0, 404);
    let weights =
        world.client.get(job["output"]["weights"].as_str().unwrap()).send().await.unwrap().bytes().await.unwrap();
    assert_eq!((&weights[257..262], weights.len() % 512), (&b"ustar"[..], 0));

    let sizes = [
        ("1:1", 1_024, 1_024),
        ("16:9", 1_344, 768),
        ("9:16", 768, 1_344),
        ("4:3", 1_152, 896),
        ("3:4", 896, 1_152),
        ("3:2", 1_216, 832),
        ("2:3", 832, 1_216),
    ];
    for (ratio, width, height) in sizes {
        let input = json!({ "prompt": "a portrait", "aspect_ratio": ratio, "num_outputs": 2, "output_format": "png" });
        let job = world.predict(version, input).await;
        let urls = job["output"].as_array().unwrap();
        assert_eq!(urls.len(), 2);
        let picture = world.client.get(urls[1].as_str().unwrap()).send().await.unwrap();
        assert_eq!(picture.headers()["content-type"], "image/png");
        let decoded = image::load_from_memory(&picture.bytes().await.unwrap()).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (width, height));
    }
}

#[tokio::test]
async fn a_bad_zip_fails_the_training() {
    let world = world(|_| ()).await;
    for (zip, error) in [
        ("page.zip", "not a zip"),
        ("zip/9", "9 images"),
        ("damaged.zip", "photo-03.jpg cannot be decoded"),
        ("missing.zip", "status 404"),
    ] {
        let job = world.train(zip).await;
        assert_eq!(job["status"], "failed");
        assert!(job["error"].as_str().unwrap().contains(error), "{zip}: {}", job["error"]);
    }
}

#[tokio::test]
async fn bad_submissions_are_refused_as_documented() {
    let world = world(|_| ()).await;
    world.make_model().await;
    let path = world.trainings_path().await;
    let unknown_field = json!({ "destination": "simulated/likeness", "input": {}, "colour": "red" });
    assert_eq!(world.send(Method::POST, &path, unknown_field).await.0, 422);
    let wrong = path.replace(&path[path.len() - 30..path.len() - 20], "0000000000");
    assert_eq!(
        world.send(Method::POST, &wrong, json!({ "destination": "simulated/likeness", "input": {} })).await.0,
        422
    );
    let (status, problem) =
        world.send(Method::POST, "/v1/predictions", json!({ "version": "a/b:c", "input": { "prompt": "x" } })).await;
    assert_eq!((status, &problem["title"]), (422, &json!("Invalid version or not permitted")));
    let job = world.train("zip/10").await;
    for input in [
        json!({}),
        json!({ "prompt": "x", "aspect_ratio": "7:5" }),
        json!({ "prompt": "x", "num_outputs": 5 }),
        json!({ "prompt": "x", "output_format": "gif" }),
    ] {
        let (status, _) = world
            .send(Method::POST, "/v1/predictions", json!({ "version": job["output"]["version"], "input": input }))
            .await;
        assert_eq!(status, 422, "{input}");
    }
}

#[tokio::test]
async fn callbacks_are_signed_filtered_and_repeated_until_taken() {
    let world = world(|_| ()).await;
    world.make_model().await;
    world.submit_training("zip/10", "WORD", 3).await;
    // The start is not repeated; the end is, until the fourth callback is taken.
    assert_eq!(world.told(4).await, ["processing", "succeeded", "succeeded", "succeeded"]);
    let received = world.received.lock().unwrap();
    let now = jiff::Timestamp::now().as_second();
    for (headers, body) in received.iter() {
        assert!(verify(&[Secret::new(SECRET)], headers, body.as_str().unwrap().as_bytes(), now).is_ok());
    }
    assert_eq!(received[1].0["webhook-id"], received[3].0["webhook-id"]);
    assert_ne!(received[0].0["webhook-id"], received[1].0["webhook-id"]);
}

#[tokio::test]
async fn jobs_are_listed_newest_first_a_hundred_a_page() {
    let world = world(|options| options.training_time = Duration::MAX).await;
    world.make_model().await;
    let mut last = String::new();
    for _ in 0..101 {
        last = world.submit_training("zip/10", "WORD", 0).await.1["id"].as_str().unwrap().to_owned();
    }
    let (_, page) = world.get("/v1/trainings").await;
    assert_eq!(page["results"].as_array().unwrap().len(), 100);
    assert_eq!(page["results"][0]["id"], last.as_str());
    assert_eq!(page["results"][0].get("webhook"), None, "only a single job tells that");
    assert!(page["results"][0]["input"]["input_images"].as_str().unwrap().ends_with("/zip/10"));
    let next = page["next"].as_str().unwrap().strip_prefix(&world.base).unwrap().to_owned();
    let (_, page) = world.get(&next).await;
    assert_eq!((page["results"].as_array().unwrap().len(), &page["next"]), (1, &Value::Null));
}

#[tokio::test]
async fn a_job_can_be_canceled_and_stays_so() {
    let world = world(|_| ()).await;
    world.make_model().await;
    let (_, job) = world.submit_training("zip/10", "sim_hang", 0).await;
    let path = format!("/v1/trainings/{}", job["id"].as_str().unwrap());
    let (status, canceled) = world.send(Method::POST, &format!("{path}/cancel"), Value::Null).await;
    assert_eq!((status, &canceled["status"]), (200, &json!("canceled")));
    assert_eq!(world.ended(&path).await["status"], "canceled");
    assert_eq!(world.send(Method::POST, "/v1/trainings/unknown/cancel", Value::Null).await.0, 404);
}

#[tokio::test]
async fn it_misbehaves_as_asked() {
    let world = world(|_| ()).await;
    let version = world.train("zip/10").await["output"]["version"].clone();
    let outcomes = [
        ("fail", "failed", None),
        ("nsfw", "failed", None),
        ("nsfw1", "succeeded", Some(1)),
        ("abort", "aborted", None),
        ("slow", "succeeded", Some(2)),
        ("lose", "succeeded", Some(2)),
        ("contradict", "succeeded", Some(2)),
    ];
    for (word, status, pictures) in outcomes {
        let job = world.predict(&version, json!({ "prompt": format!("sim:{word}"), "num_outputs": 2 })).await;
        assert_eq!(job["status"], status, "{word}");
        assert_eq!(job["output"].as_array().map(Vec::len), pictures, "{word}");
    }
    let elsewhere = world.predict(&version, json!({ "prompt": "sim:badoutput" })).await;
    assert!(!elsewhere["output"][0].as_str().unwrap().starts_with(&world.base));
    let submit = async |word: &str| {
        let body = json!({ "version": version, "input": { "prompt": format!("sim:{word}") } });
        world.send(Method::POST, "/v1/predictions", body).await
    };
    assert_eq!(submit("error").await.0, 500);
    let (status, problem) = submit("throttle").await;
    assert_eq!((status, &problem["retry_after"]), (429, &json!(1)));
    let before = world.simulator.jobs().len();
    let url = format!("{}/v1/predictions", world.base);
    let body = json!({ "version": version, "input": { "prompt": "sim:drop" } }).to_string();
    let answer = world.client.post(url).bearer_auth(TOKEN).body(body).send().await;
    assert!(match answer {
        Ok(answer) => answer.bytes().await.is_err(),
        Err(_) => true,
    });
    assert_eq!(world.simulator.jobs().len(), before + 1, "accepted all the same");
}

#[tokio::test]
async fn callbacks_come_lost_repeated_reordered_forged_and_contradicting() {
    let cases: [(&str, &[&str]); 5] = [
        ("sim_repeat", &["processing", "succeeded", "succeeded", "succeeded"]),
        ("sim_reorder", &["succeeded", "processing"]),
        ("sim_forge", &["processing", "failed", "succeeded"]),
        ("sim_contradict", &["processing", "failed", "succeeded"]),
        ("sim_lose", &[]),
    ];
    for (word, expected) in cases {
        let world = world(|_| ()).await;
        world.make_model().await;
        let (_, job) = world.submit_training("zip/10", word, 0).await;
        world.ended(&format!("/v1/trainings/{}", job["id"].as_str().unwrap())).await;
        assert_eq!(world.told(expected.len()).await, expected, "{word}");
    }
}

#[tokio::test]
async fn a_trained_version_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let keep = |options: &mut Options| options.state_dir = Some(folder.path().to_owned());
    let version = world(keep).await.train("zip/10").await["output"]["version"].clone();
    let job = world(keep).await.predict(&version, json!({ "prompt": "again" })).await;
    assert_eq!(job["status"], "succeeded", "{job}");
}
