//! Bodies: what is not JSON, too large, of the wrong type, or unknown.

use e2e::World;
use reqwest::Method;

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
