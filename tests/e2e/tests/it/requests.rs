//! Bodies: what is not JSON, too large, of the wrong type, or unknown.

use e2e::World;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let world = World::shared();
    let (customer, _) = world.customer(0).await.unwrap();
    for path in ["/api/v1/characters/create", "/api/v1/characters/x/generate"] {
        for body in ["", "{", "{\"name\":}", "{} {}", "\u{0}", "{'name':'x'}", &"[".repeat(100_000)] {
            let answer = customer.send(Method::POST, path, body.as_bytes().to_vec()).await.unwrap();
            assert_eq!(answer.outcome(), (400, "INVALID_JSON"), "{path} {body:.20}");
        }
        let answer = customer.send(Method::POST, path, b"{\"name\":\"\xff\"}".to_vec()).await.unwrap();
        assert_eq!(answer.outcome(), (400, "INVALID_JSON"), "{path}: not UTF-8");
    }
}

#[tokio::test]
async fn a_body_may_have_1_mib_and_not_a_byte_more() {
    let world = World::shared();
    let (customer, _) = world.customer(0).await.unwrap();
    let padded = |size: usize| {
        let mut body = b"{\"image_urls\":[]".to_vec();
        body.resize(size - 1, b' ');
        body.push(b'}');
        body
    };
    let send = async |size| customer.send(Method::POST, "/api/v1/characters/create", padded(size)).await.unwrap();
    assert_eq!(send(1024 * 1024).await.outcome(), (400, "TOO_FEW_IMAGES"));
    assert_eq!(send(1024 * 1024 + 1).await.outcome(), (413, "PAYLOAD_TOO_LARGE"));
}

#[tokio::test]
async fn a_field_of_the_wrong_type_is_named() {
    let world = World::shared();
    let (customer, _) = world.customer(0).await.unwrap();
    let cases = [
        ("create", r#"{"image_urls":"https://example.com/a.jpg"}"#, "image_urls"),
        ("create", r#"{"image_urls":["https://example.com/a.jpg",7]}"#, "image_urls[1]"),
        ("create", r#"{"name":7}"#, "name"),
        ("create", r#"{"trigger_word":["x"]}"#, "trigger_word"),
        ("create", r#"{"nmae":"Sarah"}"#, "nmae"),
        ("create", r#"{"name":"a","name":"b"}"#, "name"),
        ("create", "[]", ""),
        ("create", "null", ""),
        ("x/generate", r#"{"prompt":7}"#, "prompt"),
        ("x/generate", r#"{"aspect_ratio":1}"#, "aspect_ratio"),
        ("x/generate", r#"{"num_outputs":"2"}"#, "num_outputs"),
        ("x/generate", r#"{"num_outputs":1.5}"#, "num_outputs"),
        ("x/generate", r#"{"num_outputs":1e999}"#, "num_outputs"),
        ("x/generate", r#"{"num_outputs":99999999999999999999}"#, "num_outputs"),
        ("x/generate", r#"{"prompt":"\ud800"}"#, "prompt"),
        ("x/generate", r#"{"prompt":"x","seed":"1"}"#, "seed"),
        ("x/generate", r#"{"prompt":"x","steps":1}"#, "steps"),
        ("x/generate", r#"{"prompt":"x","status":"completed"}"#, "status"),
    ];
    for (route, body, field) in cases {
        let path = format!("/api/v1/characters/{route}");
        let answer = customer.send(Method::POST, &path, body.as_bytes().to_vec()).await.unwrap();
        assert_eq!(answer.outcome(), (400, "INVALID_REQUEST"), "{body}");
        assert!(answer.message().contains(field), "{body}: {}", answer.message());
    }
}

#[tokio::test]
async fn a_body_of_too_many_values_or_too_deep_is_refused_before_it_is_made_anything_of() {
    let world = World::shared();
    let (customer, _) = world.customer(0).await.unwrap();
    let many = format!(r#"{{"model":"x","input":{{"list":[{}]}}}}"#, vec![r#"{"":0}"#; 100_000].join(","));
    let deep = format!(r#"{{"model":"x","input":{{"list":{}{}}}}}"#, "[".repeat(100), "]".repeat(100));
    for path in ["/api/v1/estimate", "/api/v1/generate", "/api/v1/tools/lipsync", "/api/v1/characters/create"] {
        for (body, says) in [(&many, "more than 20000 values and names"), (&deep, "more than 32 deep")] {
            let answer = customer.send(Method::POST, path, body.as_bytes().to_vec()).await.unwrap();
            assert_eq!(answer.outcome(), (400, "INVALID_REQUEST"), "{path}");
            assert!(answer.message().contains(says), "{path}: {}", answer.message());
        }
    }
    let answer = world.operator().send(Method::PUT, "/api/v1/admin/models", deep.into_bytes()).await.unwrap();
    assert!(answer.message().contains("more than 32 deep"), "{}", answer.message());
}

/// Languages with one kind of number write whole ones with a fraction.
#[tokio::test]
async fn a_whole_number_is_one_however_it_is_written() {
    let world = World::shared();
    let (customer, account) = world.customer(1).await.unwrap();
    let send =
        async |path: &str, body: &str| customer.send(Method::POST, path, body.as_bytes().to_vec()).await.unwrap();
    let path = "/api/v1/characters/x/generate";
    let wanted = send(path, r#"{"prompt":"x","num_outputs":2.0,"seed":4.294967295e9,"lora_scale":1.0}"#).await;
    assert_eq!(wanted.outcome(), (404, "NOT_FOUND"), "{}", wanted.message());
    for field in ["num_outputs", "seed"] {
        let refused = send(path, &format!(r#"{{"prompt":"x","{field}":2.5}}"#)).await;
        assert_eq!(refused.outcome(), (400, "INVALID_REQUEST"), "{field}");
        assert!(refused.message().contains(field), "{}", refused.message());
    }
    let announced = send("/api/v1/upload", r#"{"contentType":"image/jpeg","sizeBytes":1000.0}"#).await;
    assert_eq!(announced.outcome(), (200, ""));
    let estimate =
        |seed| format!(r#"{{"model":"flux-2-pro-text-to-image","input":{{"prompt":"a fox","seed":{seed}}}}}"#);
    let (float, whole) =
        (send("/api/v1/estimate", &estimate("7.0")).await, send("/api/v1/estimate", &estimate("7")).await);
    assert_eq!((float.outcome(), &float.json), ((200, ""), &whole.json));
    let grants = format!("/api/v1/admin/accounts/{account}/grants");
    let granted = world.operator().send(Method::POST, &grants, br#"{"credits":5.0}"#.to_vec()).await.unwrap();
    assert_eq!(granted.data().unwrap()["credits"], 6);
}

#[tokio::test]
async fn what_common_clients_write_is_understood() {
    let world = World::shared();
    let (customer, _) = world.customer(1).await.unwrap();
    let send =
        async |path: &str, body: &str| customer.send(Method::POST, path, body.as_bytes().to_vec()).await.unwrap();
    let marked = send("/api/v1/characters/x/generate", "\u{feff}{\"prompt\":\"x\"}").await;
    assert_eq!(marked.outcome(), (404, "NOT_FOUND"), "a byte order mark says nothing");
    // Nothing is the same as not there, wherever something may be left out.
    let nulls = [
        (
            "characters/x/generate",
            r#"{"prompt":"x","aspect_ratio":null,"num_outputs":null,"seed":null,"lora_scale":null,"output_format":null,"webhook_url":null}"#,
            404,
        ),
        ("characters/create", r#"{"image_urls":null,"name":null,"trigger_word":null,"webhook_url":null}"#, 400),
        ("upload", r#"{"contentType":"image/jpeg","sizeBytes":null}"#, 200),
        (
            "estimate",
            r#"{"model":"flux-2-pro-text-to-image","input":{"prompt":"a fox","seed":null},"prompt":null,"options":null,"webhook_url":null}"#,
            200,
        ),
    ];
    for (path, body, status) in nulls {
        let answer = send(&format!("/api/v1/{path}"), body).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.message());
        assert_ne!(answer.outcome().1, "INVALID_REQUEST", "{path}: {}", answer.message());
    }
    let operator = world.operator();
    let opened = json!({ "name": "x", "credits": null, "requests_per_day": null });
    let opened = operator.post("/api/v1/admin/accounts", &opened).await.unwrap();
    let account = format!("/api/v1/admin/accounts/{}", opened.data().unwrap()["account_id"].as_str().unwrap());
    assert_eq!(operator.post(&format!("{account}/keys"), &json!({ "label": null })).await.unwrap().status, 201);
    let grant = json!({ "credits": 1, "grant_id": null });
    assert_eq!(operator.post(&format!("{account}/grants"), &grant).await.unwrap().status, 200);
    let adjustment = json!({ "credits": 1, "reason": "x", "adjustment_id": null });
    assert_eq!(operator.post(&format!("{account}/adjustments"), &adjustment).await.unwrap().status, 200);
}

/// Readers do not agree on which of the two counts.
#[tokio::test]
async fn a_name_that_an_object_has_twice_is_refused_wherever_it_is() {
    let world = World::shared();
    let (customer, _) = world.customer(1).await.unwrap();
    let cases = [
        ("characters/create", r#"{"name":"a","name":"b"}"#, "name"),
        ("estimate", r#"{"model":"x","input":{"prompt":"a","prompt":"b"}}"#, "prompt"),
        ("tools/lipsync", r#"{"video_url":"https://a","video_url":"https://b"}"#, "video_url"),
        ("estimate", r#"{"model":"x","m\u006fdel":"y"}"#, "model"),
    ];
    for (path, body, name) in cases {
        let answer = customer.send(Method::POST, &format!("/api/v1/{path}"), body.as_bytes().to_vec()).await.unwrap();
        assert_eq!(answer.outcome(), (400, "INVALID_REQUEST"), "{body}");
        assert!(answer.message().starts_with(&format!("`{name}`: is there twice")), "{}", answer.message());
    }
}
