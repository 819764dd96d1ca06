//! Key-value stores as a component sees them, over both interfaces.

use bytes::Bytes;
use http::Request;
use serde_json::json;

use super::support::{App, load, manifest, text};

const STORE: &str = "key_value_stores = [\"default\"]";

#[tokio::test(flavor = "multi_thread")]
async fn both_interfaces_read_what_either_wrote() {
    let app = App::with(STORE).await;
    app.show("/kv/set?key=a&value=one").await;
    app.show("/kv/set?interface=wasi&key=b&value=two").await;
    for interface in ["spin", "wasi"] {
        let call = |call: &str| format!("/kv/{call}&interface={interface}");
        assert_eq!(app.show(&call("get?key=a")).await, "one");
        assert_eq!(app.show(&call("get?key=b")).await, "two");
        assert_eq!(app.show(&call("get?key=c")).await, json!(null));
        assert_eq!(app.show(&call("exists?key=a")).await, true);
        assert_eq!(app.show(&call("exists?key=c")).await, false);
        assert_eq!(app.show(&call("keys?")).await, json!(["a", "b"]));
    }
    app.show("/kv/delete?key=a").await;
    app.show("/kv/delete?interface=wasi&key=b").await;
    app.show("/kv/delete?key=never-there").await;
    assert_eq!(app.show("/kv/keys").await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn listing_that_is_given_up_holds_nothing_up() {
    let app = App::with(STORE).await;
    let keys: Vec<String> = (0..500).map(|n| format!("key-{n:03}")).collect();
    app.show(&format!("/kv/set-many?interface=wasi&value=x&key={}", keys.join(","))).await;
    assert!(app.show("/kv/first-key").await.as_str().unwrap().starts_with("key-"));
    assert_eq!(app.show("/kv/get?key=key-007").await, "x");
    assert_eq!(app.show("/kv/keys").await, json!(keys));
}

#[tokio::test(flavor = "multi_thread")]
async fn store_the_manifest_does_not_give_is_denied() {
    let app = App::with("").await;
    assert_eq!(app.show("/kv/get?key=a").await["error"], "Error::AccessDenied");
    assert_eq!(app.show("/kv/get?interface=wasi&key=a").await["error"], "Error::AccessDenied");
    let app = App::with(STORE).await;
    assert_eq!(app.show("/kv/get?label=other&key=a").await["error"], "Error::AccessDenied");
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_of_one_application_are_apart() {
    let more = ["default".to_owned(), "other".to_owned()];
    let two = manifest("key_value_stores = [\"default\", \"other\"]");
    let app = App::load(&two, |options| options.stores = more.into()).await;
    app.show("/kv/set?key=a&value=in-default").await;
    app.show("/kv/set?key=a&value=in-other&label=other").await;
    assert_eq!(app.show("/kv/get?key=a").await, "in-default");
    assert_eq!(app.show("/kv/get?key=a&label=other").await, "in-other");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_keys_come_in_the_order_asked_with_the_missing_ones() {
    let app = App::with(STORE).await;
    app.show("/kv/set-many?interface=wasi&key=a,b&value=x").await;
    let found = app.show("/kv/get-many?interface=wasi&key=b,missing,a,b").await;
    assert_eq!(found, json!([["b", "x"], ["missing", null], ["a", "x"], ["b", "x"]]));
    app.show("/kv/delete-many?interface=wasi&key=a,missing").await;
    assert_eq!(app.show("/kv/keys").await, json!(["b"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn increment_of_what_is_no_counter_is_an_error_and_harms_nobody() {
    let app = App::with(STORE).await;
    app.show("/kv/set?key=text&value=abc").await;
    let refused = app.show("/kv/increment?interface=wasi&key=text&delta=1").await;
    assert!(refused["error"].as_str().unwrap().contains("not a number"), "{refused}");
    assert_eq!(app.show("/kv/get?key=text").await, "abc");
    assert_eq!(app.show("/kv/increment?interface=wasi&key=count&delta=5").await, 5);
    assert_eq!(app.show("/kv/increment?interface=wasi&key=count&delta=-7").await, -2);
}

#[tokio::test(flavor = "multi_thread")]
async fn increment_that_overflows_is_an_error_and_changes_nothing() {
    let app = App::with(STORE).await;
    let most = i64::MAX;
    assert_eq!(app.show(&format!("/kv/increment?interface=wasi&key=count&delta={most}")).await, most);
    let refused = app.show("/kv/increment?interface=wasi&key=count&delta=1").await;
    assert!(refused["error"].as_str().unwrap().contains("overflows"), "{refused}");
    assert_eq!(app.show("/kv/increment?interface=wasi&key=count&delta=0").await, most);
}

#[tokio::test(flavor = "multi_thread")]
async fn state_survives_a_restart() {
    let app = App::with(STORE).await;
    app.show("/kv/set?key=a&value=kept").await;
    let App { runner, folder } = app;
    drop(runner);
    let runner = load(folder.path(), &manifest(STORE), |_| {}).await.unwrap();
    let (_, body) = text(runner.call(Request::get("/kv/get?key=a").body(Bytes::new()).unwrap()).await).await;
    assert_eq!(body, "\"kept\"");
}
