//! Components that misbehave: their callers are told nothing of it, the log everything, and the others go on.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::support::{App, log_so_far, logged, manifest};

/// The probe under an id that no other test's log lines have.
async fn app(id: &str, set: impl FnOnce(&mut runner::Options)) -> App {
    App::load(
        &manifest("").replace("component.probe", &format!("component.{id}")).replace("\"probe\"", &format!("\"{id}\"")),
        set,
    )
    .await
}

fn told_nothing(body: &str) {
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["success"], false);
    assert_eq!(body["error"]["code"], "INTERNAL_ERROR");
    assert!(!body.to_string().contains("wasm"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn panic_is_a_500_and_the_log_has_its_message_and_the_trap() {
    let app = app("panicker", |_| {}).await;
    let (status, body) = app.get("/misbehave/panic").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    told_nothing(&body);
    logged(&["panicker", "the probe was asked to panic"]).await;
    logged(&["ERROR", "panicker", "unreachable"]).await;
    assert_eq!(app.get("/request").await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn instance_that_traps_leaves_other_instances_alone() {
    let one_each = |options: &mut runner::Options| options.limits.requests_at_once_per_instance_max = 1;
    let app = app("neighbour", one_each).await;
    let (slept, panicked) = tokio::join!(app.get("/misbehave/sleep?milliseconds=300"), app.get("/misbehave/panic"));
    assert_eq!(slept, (StatusCode::OK, "\"done\"".to_owned()));
    assert_eq!(panicked.0, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test(flavor = "multi_thread")]
async fn component_that_never_returns_is_a_504_while_others_are_served() {
    let soon = |options: &mut runner::Options| options.limits.request_timeout = Duration::from_secs(2);
    let app = app("spinner", soon).await;
    let (stuck, served) = tokio::join!(app.get("/misbehave/spin"), app.get("/request"));
    assert_eq!(stuck.0, StatusCode::GATEWAY_TIMEOUT);
    told_nothing(&stuck.1);
    assert_eq!(served.0, StatusCode::OK);
    logged(&["ERROR", "spinner", "timed out"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn component_that_waits_too_long_is_a_504() {
    let soon = |options: &mut runner::Options| options.limits.request_timeout = Duration::from_secs(1);
    let app = app("sleeper", soon).await;
    let (status, body) = app.get("/misbehave/sleep?milliseconds=60000").await;
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    told_nothing(&body);
    logged(&["ERROR", "sleeper", "too long"]).await;
    assert_eq!(app.get("/request").await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_over_the_limit_is_a_500_and_under_it_is_given() {
    let app = app("hoarder", |_| {}).await;
    assert_eq!(app.get("/misbehave/allocate?mib=100").await.0, StatusCode::OK);
    let (status, body) = app.get("/misbehave/allocate?mib=130").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    told_nothing(&body);
    logged(&["hoarder", "memory limit of 134217728 bytes"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_that_are_all_taken_are_a_503() {
    let manifest = manifest("allowed_outbound_hosts = [\"http://127.0.0.1:*\"]");
    let app = App::load(&manifest, |options| {
        options.allow_loopback = true;
        options.limits.instances_max = 1;
        options.limits.requests_at_once_per_instance_max = 1;
    });
    let app = Arc::new(app.await);
    let peer = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let path = format!("/fetch?url=http://{}/", peer.local_addr().unwrap());
    let waiting = tokio::spawn({
        let app = Arc::clone(&app);
        async move { app.show(&path).await }
    });
    // The only instance is in the middle of its request, and stays there as long as this is not answered.
    let (stream, _) = peer.accept().await.unwrap();
    let (status, body) = app.get("/request").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    told_nothing(&body);
    drop(stream);
    waiting.await.unwrap();
    assert_eq!(app.get("/request").await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_are_used_again_and_then_replaced() {
    let three = |options: &mut runner::Options| {
        options.limits.requests_per_instance_max = 3;
        options.limits.idle_instance_timeout = Duration::from_mins(1);
    };
    let app = app("reused", three).await;
    let mut counts = Vec::new();
    for _ in 0..7 {
        counts.push(app.show("/instance").await);
    }
    assert_eq!(json!(counts), json!([1, 2, 3, 1, 2, 3, 1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn console_and_requests_are_in_the_log_without_queries() {
    let app = app("talker", |_| {}).await;
    app.show("/print?text=hello-from-the-probe&secret=r8_hidden&id=req-4711").await;
    logged(&["talker", "hello-from-the-probe", "stdout"]).await;
    logged(&["talker", "hello-from-the-probe", "stderr"]).await;
    let line = logged(&["talker", "request", "status=200"]).await;
    for word in ["method=GET", "path=/print", "milliseconds=", "request_id=req-4711"] {
        assert!(line.contains(word), "{line}");
    }
    assert!(!log_so_far().contains("r8_hidden"));
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_whose_component_traps_on_the_way_is_cut_short() {
    let app = app("breaker", |_| {}).await;
    let response = app.runner.call(Request::get("/stream?pieces=10&panic=5").body(Bytes::new()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.into_body().collect().await;
    assert!(body.is_err() || body.unwrap().to_bytes().len() < 10 * 1024);
    logged(&["ERROR", "breaker", "unreachable"]).await;
}
