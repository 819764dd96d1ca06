//! What a component is told of a request, and which component it reaches.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::support::{App, manifest, probe, text};

/// The probe once for each of these routes and ids.
fn routed(routes: &[(&str, &str)]) -> String {
    let tables = routes.iter().map(|(route, id)| {
        format!(
            r#"
            [[trigger.http]]
            route = "{route}"
            component = "{id}"
            [component.{id}]
            source = "{}"
            environment = {{ WHO = "{id}" }}
            "#,
            probe()
        )
    });
    let head = "spin_manifest_version = 2\n[application]\nname = \"routed\"\n".to_owned();
    std::iter::once(head).chain(tables).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn component_gets_the_headers_spin_sets_and_none_a_caller_forged() {
    let app = App::load(&routed(&[("/people/:user_id/...", "people")]), |_| {}).await;
    let request = Request::get("/people/42/x/?as=request")
        .header("host", "likeness.example:3000")
        .header("spin-path-match-user-id", "1")
        .header("spin-path-match-role", "admin")
        .header("spin-client-addr", "192.0.2.1:1")
        .header("accept", "text/plain")
        .body(Bytes::new())
        .unwrap();
    let (_, body) = text(app.runner.call(request).await).await;
    let seen: Value = serde_json::from_str(&body).unwrap();
    let headers = seen["headers"].as_object().unwrap();
    assert_eq!(seen["uri"], "http://likeness.example:3000/people/42/x/?as=request");
    let expected = [
        ("accept", "text/plain"),
        ("spin-base-path", "/"),
        ("spin-client-addr", "127.0.0.1:0"),
        ("spin-component-route", "/people/:user_id"),
        ("spin-full-url", "http://likeness.example:3000/people/42/x/?as=request"),
        ("spin-matched-route", "/people/:user_id/..."),
        ("spin-path-info", "/x/"),
        ("spin-path-match-user-id", "42"),
        ("spin-raw-component-route", "/people/:user_id/..."),
    ];
    for (name, value) in expected {
        assert_eq!(headers.get(name), Some(&json!([value])), "{name}");
    }
    assert!(!headers.contains_key("spin-path-match-role"), "{headers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn most_particular_route_answers() {
    let app = App::load(&routed(&[("/...", "rest"), ("/c/:id", "one"), ("/c/create", "create")]), |_| {}).await;
    for (path, who) in [("/c/create", "create"), ("/c/create/", "create"), ("/c/7", "one"), ("/c/7/x", "rest")] {
        assert_eq!(app.show(&format!("{path}?as=environment")).await["WHO"], who, "{path}");
    }
    let expected = [("/c/create", "create"), ("/c/:id", "one"), ("/...", "rest")];
    assert_eq!(app.runner.routes().collect::<Vec<_>>(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn path_without_a_route_is_a_plain_404() {
    let app = App::load(&routed(&[("/only", "only")]), |_| {}).await;
    assert_eq!(app.get("/other").await, (StatusCode::NOT_FOUND, String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn host_that_is_none_and_two_hosts_are_refused() {
    let app = App::with("").await;
    let nonsense = Request::get("/request").header("host", "a b").body(Bytes::new()).unwrap();
    let two = Request::get("http://one.example/request").header("host", "other.example").body(Bytes::new()).unwrap();
    for request in [nonsense, two] {
        assert_eq!(app.runner.call(request).await.status(), StatusCode::BAD_REQUEST);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_reach_the_component_through_its_own_templates() {
    let manifest = manifest("variables = { greeting = \"Bearer {{ token }}\" }")
        .replace("[[trigger.http]]", "[variables]\ntoken = { required = true, secret = true }\n[[trigger.http]]");
    let given = |options: &mut runner::Options| drop(options.variables.insert("token".into(), "t0ken".into()));
    let app = App::load(&manifest, given).await;
    assert_eq!(app.show("/variable?name=greeting").await, "Bearer t0ken");
    assert_eq!(app.show("/variable?name=token").await["error"], "Error::Undefined(\"token\")");
    assert_eq!(app.show("/variable?name=No-Name").await["error"], "Error::InvalidName(\"No-Name\")");
}

#[tokio::test(flavor = "multi_thread")]
async fn body_goes_in_and_comes_out_unchanged() {
    let app = App::with("").await;
    let sent = (0..3_000_000_u32).map(|n| n.to_le_bytes()[0]).collect::<Bytes>();
    let request = Request::post("/mirror").body(sent.clone()).unwrap();
    let response = app.runner.call(request).await;
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_comes_piece_by_piece() {
    let app = App::with("").await;
    let request = Request::get("/stream?pieces=100000").body(Bytes::new()).unwrap();
    let mut body = app.runner.call(request).await.into_body();
    // Were it gathered first, it would not fit into the instance's memory.
    let mut bytes = 0_usize;
    while let Some(frame) = body.frame().await {
        bytes += frame.unwrap().into_data().unwrap().len();
    }
    assert_eq!(bytes, 100_000 * 1024);
}
