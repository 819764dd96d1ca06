//! `likeness serve`, as an operator runs it, with the simulator in the providers' place.

use std::process::Stdio;
use std::time::Duration;

use e2e::{Actor, Host, Settings, World};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::Command;

const ADMIN_TOKEN: &str = "the-operators-own-token";

fn serve() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_likeness"));
    command.arg("serve").env_clear().envs(["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME"].map(|name| {
        let value = std::env::var(name).unwrap_or_default();
        (name, value)
    }));
    command
}

#[tokio::test]
async fn a_deployment_that_is_not_configured_is_told_all_it_lacks() {
    let output = serve().output().await.unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{told}");
    for variable in ["public_url", "signing_secret", "admin_token", "replicate_api_token", "replicate_webhook_secret"] {
        assert!(told.contains(variable), "{variable}: {told}");
    }
    assert!(told.contains("docs/operations/configuration.md") && told.contains("--env-file"), "{told}");
}

/// On the functions: `cargo likeness test --wasm` has built them.
#[tokio::test]
async fn a_deployment_of_ones_own_trains_and_sweeps_without_spin() {
    if Host::from_environment() != Host::Wasm {
        return;
    }
    // Only its simulator, its photos and what they are called are used.
    let world = World::start(Settings { host: Host::Native, ..Settings::default() }).await.unwrap();
    let state = TempDir::new().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let base = format!("http://127.0.0.1:{port}");
    let lines = [
        ("public_url", base.as_str()),
        ("signing_secret", e2e::SIGNING_SECRET),
        ("admin_token", ADMIN_TOKEN),
        ("replicate_api_token", e2e::API_TOKEN),
        ("replicate_webhook_secret", e2e::WEBHOOK_SECRET),
        ("replicate_base_url", &world.gpu.url),
        ("replicate_output_host", &world.gpu.url),
        ("allow_loopback", "true"),
    ];
    let file = state.path().join("variables");
    let line = |(name, value): (&str, &str)| format!("SPIN_VARIABLE_{}={value}", name.to_uppercase());
    std::fs::write(&file, lines.map(line).join("\n")).unwrap();
    let mut command = serve();
    command.args(["--port", &port.to_string(), "--state-dir"]).arg(state.path()).arg("--env-file").arg(&file);
    let mut serving = command.stdout(Stdio::null()).kill_on_drop(true).spawn().unwrap();

    let operator = Actor::new(&base).with_token(ADMIN_TOKEN);
    let account = loop {
        assert!(serving.try_wait().unwrap().is_none(), "it ended");
        let opened = operator.post("/api/v1/admin/accounts", &json!({ "name": "Own", "credits": 600 })).await;
        match opened {
            Ok(opened) => break opened.data().unwrap()["account_id"].as_str().unwrap().to_owned(),
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    };
    let keys = format!("/api/v1/admin/accounts/{account}/keys");
    let key = operator.post(&keys, &json!({ "label": "own" })).await.unwrap();
    let customer = Actor::new(&base).with_token(key.data().unwrap()["key"].as_str().unwrap());
    let (_, status) = world.train(&customer, json!({})).await.unwrap();
    assert_eq!(status, "ready");
}
