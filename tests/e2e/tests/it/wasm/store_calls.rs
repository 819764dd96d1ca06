//! What a request asks of the store: numbers that no clock and no load of the machine changes.

use e2e::{Actor, Bare, Gpu, Photos};
use runner::HostCalls;
use serde_json::{Value, json};

const ATOMICS: &str = "wasi:keyvalue/atomics";
const KEY_VALUE: &str = "spin:key-value/key-value";
/// Photos of a training.
const PHOTOS: u64 = 10;
const ADMIN: &str = "an-admin-token-of-tests";

/// Reads and writes.
fn calls(made: &HostCalls) -> (u64, u64) {
    let plain = made.count(KEY_VALUE, "set") + made.count(KEY_VALUE, "delete");
    let writes = plain + made.count(ATOMICS, "swap") + made.count(ATOMICS, "increment");
    (made.count(ATOMICS, "current") + made.count(KEY_VALUE, "get"), writes)
}

/// What one request asks of the store through a component.
async fn asked(app: &Bare, component: &str, request: impl Future<Output = u16>) -> (u64, u64) {
    let before = app.runner.host_calls(component).unwrap();
    let status = request.await;
    assert!(status < 300, "{component}: {status}");
    calls(&app.runner.host_calls(component).unwrap().since(&before))
}

async fn furnish(app: &Bare) -> Actor {
    let operator = Actor::new(&app.base).with_token(ADMIN);
    let opened = operator.post("/api/v1/admin/accounts", &json!({ "name": "A", "credits": 1_000 })).await.unwrap();
    let id = opened.data().unwrap()["account_id"].as_str().unwrap().to_owned();
    let key = operator.post(&format!("/api/v1/admin/accounts/{id}/keys"), &json!({})).await.unwrap();
    Actor::new(&app.base).with_token(key.data().unwrap()["key"].as_str().unwrap())
}

async fn get(customer: &Actor, path: &str) -> u16 {
    customer.get(path).await.unwrap().status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_asks_the_store_no_oftener_than_it_has_to() {
    let (gpu, photos) = (Gpu::start(gpu_sim::Options::default()).unwrap(), Photos::serve().await.unwrap());
    let app = Bare::serve(|options| {
        options.allow_loopback = true;
        for (name, value) in [
            ("public_url", "http://127.0.0.1:9"),
            ("admin_token", ADMIN),
            ("replicate_api_token", e2e::API_TOKEN),
            ("replicate_base_url", gpu.url.as_str()),
            ("allow_loopback", "true"),
        ] {
            options.variables.insert(name.to_owned(), value.to_owned());
        }
    });
    let app = app.await.unwrap();
    let customer = furnish(&app).await;
    let create = async |more: Value| {
        let mut body = json!({ "image_urls": photos.urls(10) });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let created = customer.post("/api/v1/characters/create", &body).await.unwrap();
        let id = created.data().unwrap()["character_id"].as_str().unwrap().to_owned();
        (created.status.as_u16(), id)
    };
    // The first request of an account makes what counts its requests.
    let (_, ready) = create(json!({ "mode": "reference" })).await;
    let task =
        customer.get("/api/v1/tasks").await.unwrap().data().unwrap()["tasks"][0]["id"].as_str().unwrap().to_owned();

    for (component, path, most) in [
        ("credits", "/api/v1/credits".to_owned(), 3),
        ("character", format!("/api/v1/characters/{ready}"), 4),
        ("tasks", format!("/api/v1/tasks/{task}"), 5),
    ] {
        let (reads, writes) = asked(&app, component, get(&customer, &path)).await;
        assert!(reads <= most && writes == 0, "{path}: {reads} reads, {writes} writes");
    }
    let (reads, writes) = asked(&app, "create-character", async { create(json!({})).await.0 }).await;
    // One write for each photo; and the upload, the list, the character, the task, the quota, what is due, the hold, the job.
    assert!(reads <= 13 && writes <= PHOTOS + 11, "create: {reads} reads, {writes} writes");
}
