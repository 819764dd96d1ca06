//! Applications that are refused when they load, and what their owner is told.

use super::support::{load, manifest, probe};

async fn refusal(manifest: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    match load(folder.path(), manifest, |_| {}).await {
        Ok(_) => panic!("this should not load:\n{manifest}"),
        Err(error) => format!("{error:#}"),
    }
}

async fn refusal_says(manifest: &str, words: &[&str]) {
    let refusal = refusal(manifest).await;
    for word in words {
        assert!(refusal.contains(word), "{word} is not in: {refusal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn required_variable_without_a_value_is_named_with_how_to_set_it() {
    let text = manifest("")
        .replace("[[trigger.http]]", "[variables]\nnever_set_token = { required = true }\n[[trigger.http]]");
    refusal_says(&text, &["never_set_token", "SPIN_VARIABLE_NEVER_SET_TOKEN"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wasm_file_that_is_not_built_is_named_with_its_component() {
    let text = manifest("").replace(&probe(), "target/nowhere.wasm");
    refusal_says(&text, &["component probe", "nowhere.wasm", "Build it"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn file_that_is_no_component_is_refused_with_its_component() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("text.wasm"), "not Wasm at all").unwrap();
    let text = manifest("").replace(&probe(), "text.wasm");
    let error = load(folder.path(), &text, |_| {}).await.err().unwrap();
    assert!(format!("{error:#}").contains("component probe"), "{error:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn component_without_a_handler_is_refused_with_its_component() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty.wasm"), b"\0asm\x0d\0\x01\0").unwrap();
    let text = manifest("").replace(&probe(), "empty.wasm");
    let error = load(folder.path(), &text, |_| {}).await.err().unwrap();
    assert!(format!("{error:#}").contains("wasi:http/handler"), "{error:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn store_that_is_not_there_is_refused_with_its_component() {
    refusal_says(&manifest("key_value_stores = [\"other\"]"), &["component probe", "other", "default"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn host_that_comes_out_wrong_is_refused_without_its_value() {
    let text = manifest("allowed_outbound_hosts = [\"{{ address }}\"]").replace(
        "[[trigger.http]]",
        "[variables]\naddress = { default = \"s3cret-without-a-scheme\" }\n[[trigger.http]]",
    );
    let refusal = refusal(&text).await;
    assert!(refusal.contains("component probe") && refusal.contains("{{ address }}"), "{refusal}");
    assert!(!refusal.contains("s3cret"), "{refusal}");
}
