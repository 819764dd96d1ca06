//! Bodies that break off: nothing is done of what was sent in half.

use e2e::World;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends these bytes and then nothing more; the answer.
async fn sent(world: &World, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(world.base.trim_start_matches("http://")).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// A request whose body ends before it should, framed in both ways; the body by itself is whole.
fn broken_off(request: &str, headers: &str, body: &[u8]) -> [Vec<u8>; 2] {
    let head = format!("{request} HTTP/1.1\r\nhost: likeness.example\r\n{headers}");
    let length = format!("{head}content-length: {}\r\n\r\n", body.len() + 10);
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n", body.len());
    [[length.as_bytes(), body].concat(), [chunked.as_bytes(), body, b"\r\n"].concat()]
}

fn assert_refused(answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("INVALID_REQUEST") && answer.contains("broke off"), "{answer}");
}

#[tokio::test]
async fn a_caller_that_sends_no_more_is_answered() {
    let world = World::shared();
    let (key, _) = world.key(7).await.unwrap();
    let head = format!("host: likeness.example\r\nauthorization: Bearer {key}\r\n");
    let answer = sent(&world, format!("GET /api/v1/credits HTTP/1.1\r\n{head}\r\n").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"credits\":7"), "{answer}");
    let body = json!({ "model": "flux-2-pro-text-to-image", "prompt": "a lake" }).to_string();
    let request = format!("POST /api/v1/estimate HTTP/1.1\r\n{head}content-length: {}\r\n\r\n{body}", body.len());
    let answer = sent(&world, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"success\":true"), "{answer}");
}

#[tokio::test]
async fn half_a_grant_adds_no_credits() {
    let world = World::shared();
    let (_, account) = world.customer(5).await.unwrap();
    let operator = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", e2e::ADMIN_TOKEN);
    let body = json!({ "credits": 100 }).to_string();
    let request = format!("POST /api/v1/admin/accounts/{account}/grants");
    for bytes in broken_off(&request, &operator, body.as_bytes()) {
        assert_refused(&sent(&world, &bytes).await);
    }
    assert_eq!(world.funds(&account).await.unwrap(), [5, 0, 0, 5]);
}

#[tokio::test]
async fn half_a_run_is_not_charged_for() {
    let world = World::shared();
    let (key, account) = world.key(1_000).await.unwrap();
    let customer = format!("authorization: Bearer {key}\r\ncontent-type: application/json\r\n");
    let body = json!({ "model": "flux-2-pro-text-to-image", "input": { "prompt": "a lake" } }).to_string();
    for bytes in broken_off("POST /api/v1/generate", &customer, body.as_bytes()) {
        assert_refused(&sent(&world, &bytes).await);
    }
    assert_eq!(world.funds(&account).await.unwrap(), [1_000, 0, 0, 1_000]);
}

#[tokio::test]
async fn a_key_is_not_revoked_by_half_a_request() {
    let world = World::shared();
    let (key, account) = world.key(0).await.unwrap();
    let keys = format!("/api/v1/admin/accounts/{account}/keys");
    let known = world.operator().get(&keys).await.unwrap();
    let key_id = known.data().unwrap()["keys"][0]["key_id"].as_str().unwrap();
    let operator = format!("authorization: Bearer {}\r\n", e2e::ADMIN_TOKEN);
    // Nobody reads the body of this one: it breaks off all the same.
    for bytes in broken_off(&format!("DELETE {keys}/{key_id}"), &operator, b"{}") {
        assert_refused(&sent(&world, &bytes).await);
    }
    assert_eq!(world.anybody().with_token(&key).get("/api/v1/credits").await.unwrap().status, 200);
}

#[tokio::test]
async fn half_an_upload_is_not_kept() {
    let world = World::shared();
    let (customer, _) = world.customer(1).await.unwrap();
    let photo = format!("{}/../fixtures/photos/portrait-01.jpg", env!("CARGO_MANIFEST_DIR"));
    let photo = std::fs::read(photo).unwrap();
    let announced = customer.post("/api/v1/upload", &json!({ "contentType": "image/jpeg" })).await.unwrap();
    let data = announced.data().unwrap();
    let (url, public) = (data["uploadUrl"].as_str().unwrap(), data["publicUrl"].as_str().unwrap());
    let request = format!("PUT {}", url.trim_start_matches(&world.base));
    for bytes in broken_off(&request, "content-type: image/jpeg\r\n", &photo) {
        assert_refused(&sent(&world, &bytes).await);
        assert_eq!(world.anybody().get(public).await.unwrap().outcome(), (404, "NOT_FOUND"));
    }
}
