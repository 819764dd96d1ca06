//! Components that are compiled while others are served.

use http::StatusCode;
use runner::When;

use super::support::{App, logged, manifest, probe};

/// The probe beside a file that is no component, and nothing of both compiled before.
async fn app() -> App {
    let second =
        "\n[[trigger.http]]\nroute = \"/broken\"\ncomponent = \"broken\"\n[component.broken]\nsource = \"text.wasm\"\n";
    let text = format!("{}{second}", manifest(""));
    App::load(&text, |options| {
        let folder = options.manifest.parent().unwrap();
        std::fs::write(folder.join("text.wasm"), "not Wasm at all").unwrap();
        options.cache_dir = folder.join("compiled");
        options.compiled = When::Asked;
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_waits_until_its_component_is_compiled() {
    assert!(probe().ends_with("probe.wasm"));
    let app = app().await;
    assert!(app.runner.host_calls("probe").is_none(), "nothing is compiled");
    assert_eq!(app.get("/request").await.0, StatusCode::OK);
    assert!(app.runner.host_calls("probe").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_cannot_be_compiled_is_a_500_and_keeps_no_other_from_answering() {
    let app = app().await;
    let (status, body) = app.get("/broken").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!body.contains("text.wasm"), "{body}");
    logged(&["component broken", "text.wasm"]).await;
    assert_eq!(app.get("/request").await.0, StatusCode::OK);
}
