//! The worst bodies that every route takes, as many at once as an instance answers: none of them ends it, and who asks beside them is answered.
//! docs/operations/memory.md lists what bounds them.

use std::collections::BTreeMap;

use e2e::{ADMIN_TOKEN, Access, Actor, Answer, Operation, Settings, World};
use futures_util::future::join_all;
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

use crate::pictures;

/// Requests that an instance answers at the same time.
const AT_ONCE: usize = 16;
/// Largest body of a request, in bytes.
const BODY_BYTES: usize = 1024 * 1024;

/// An example, and the largest of what can be made of it: one long text, one of nothing but escapes, as many values as are read, as deep as
/// they may be.
fn worst_of(example: &Value) -> Vec<Vec<u8>> {
    let with = |more: &str| {
        let text = example.to_string();
        let open = text.trim_end_matches('}');
        let comma = if open == "{" { "" } else { "," };
        format!("{open}{comma}\"worst\":{more}}}").into_bytes()
    };
    let room = BODY_BYTES - example.to_string().len() - 64;
    let objects = vec![r#"{"a":1}"#; 6_000].join(",");
    let deep = vec![format!("{}{}", "[".repeat(28), "]".repeat(28)); 700].join(",");
    let spaces = |text: &str| " ".repeat(room - text.len());
    let mut worst = vec![
        with(&format!("\"{}\"", "x".repeat(room))),
        with(&format!("\"{}\"", r"\u00e9".repeat(room / 6))),
        with(&format!("[{objects}{}]", spaces(&objects))),
        with(&format!("[{deep}{}]", spaces(&deep))),
    ];
    // Every text that the route knows, as long as can be.
    let texts = example.as_object().into_iter().flatten().filter(|(_, value)| value.is_string());
    worst.extend(texts.map(|(name, _)| {
        let mut body = example.clone();
        body[name] = json!("\u{1F600}".repeat(room / 4));
        body.to_string().into_bytes()
    }));
    worst
}

/// Whether it is an answer of ours, and not one of the host for an instance that ended.
fn assert_ours(answers: &[Answer], what: &str) {
    for answer in answers {
        let is_ours = ["success", "jsonrpc"].iter().any(|name| answer.json.get(name).is_some());
        assert!(is_ours, "{what}: {} {}", answer.status, String::from_utf8_lossy(&answer.bytes));
    }
}

async fn at_once(actor: &Actor, method: &Method, path: &str, body: &[u8], what: &str) {
    let asked = (0..AT_ONCE).map(|_| actor.send(method.clone(), path, body.to_vec()));
    // Where there is no room for one it is refused before it was read: 503, or a connection that ends.
    let answers: Vec<_> = join_all(asked).await.into_iter().flatten().collect();
    assert!(!answers.is_empty(), "{what}: nobody was answered");
    assert_ours(&answers, what);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_body_of_any_route_ends_an_instance() {
    let often = |name| (name, "1000000".to_owned());
    let variables = vec![often("requests_per_day"), often("requests_per_minute")];
    let world = World::start(Settings { variables, ..Settings::default() }).await.unwrap();
    let (customer, account) = world.customer(1_000_000).await.unwrap();
    let (character, _) = world.train(&customer, json!({})).await.unwrap();
    let ids = BTreeMap::from([
        ("account_id", account),
        ("character_id", character.rsplit('/').next().unwrap().to_owned()),
        ("key_id", "0000000000000000".to_owned()),
        ("task_id", "task_00000000000000000000000000000000".to_owned()),
        ("provider", "replicate".to_owned()),
        // A link that opens nothing; one that does is below.
        ("name", "x".to_owned()),
    ]);
    let document = world.anybody().get("/openapi.json").await.unwrap().json;
    let mut routes = 0;
    for operation in Operation::all(&document).unwrap() {
        if operation.example.is_null() {
            continue;
        }
        routes += 1;
        let actor = match operation.access {
            Access::Operator => world.operator(),
            Access::Customer | Access::Anyone => customer.clone(),
        };
        let path = operation.path_with(&ids).unwrap();
        for (n, body) in worst_of(&operation.example).iter().enumerate() {
            at_once(&actor, &operation.method, &path, body, &format!("{}, body {n}", operation.name)).await;
        }
    }
    assert!(routes >= 12, "{routes} routes take a body");
    assert_eq!(world.anybody().with_token(ADMIN_TOKEN).get("/api/v1/admin/accounts/x").await.unwrap().status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_of_a_person_ends_an_instance() {
    let variables = vec![("consent_policy", "confirmed".to_owned())];
    let world = World::start(Settings { variables, ..Settings::default() }).await.unwrap();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let asked = world.create(&customer, json!({ "consent": { "subject": "self" } })).await.unwrap();
    let link = asked.data().unwrap()["consent"]["link"].as_str().unwrap().to_owned();
    for (n, body) in worst_of(&json!({ "answer": "agree" })).iter().enumerate() {
        at_once(&world.anybody(), &Method::POST, &link, body, &format!("an answer, body {n}")).await;
    }
    let path = format!("/api/v1/characters/{}", asked.data().unwrap()["character_id"].as_str().unwrap());
    assert_eq!(customer.get(&path).await.unwrap().data().unwrap()["status"], "awaiting_consent");
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_within_requests_end_no_instance() {
    let world = World::start(Settings::default()).await.unwrap();
    let (customer, _) = world.customer(1_000_000).await.unwrap();
    let picture = format!("data:image/png;base64,{}", "A".repeat(690_000));
    let run = json!({ "model": "flux-2-pro-image-to-image", "prompt": "a fox", "image_urls": [picture] });
    at_once(&customer, &Method::POST, "/api/v1/generate", run.to_string().as_bytes(), "a picture").await;
    at_once(&customer, &Method::POST, "/api/v1/estimate", run.to_string().as_bytes(), "a picture").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_put_here_end_no_instance() {
    let world = World::start(Settings::default()).await.unwrap();
    let (customer, _) = world.customer(1_000).await.unwrap();
    let mut file = std::fs::read(artifacts_photo()).unwrap();
    file.resize(9_000_000, 0);
    let put = async || {
        let announced = customer.post("/api/v1/upload", &json!({ "contentType": "image/jpeg" })).await.unwrap();
        let url = announced.data().unwrap()["uploadUrl"].as_str().unwrap().to_owned();
        world.anybody().with_header("content-type", "image/jpeg").send(Method::PUT, &url, file.clone()).await.unwrap()
    };
    let answers = join_all((0..AT_ONCE).map(|_| put())).await;
    // One that was taken is answered with nothing.
    let refused: Vec<_> = answers.into_iter().filter(|answer| answer.status != 200).collect();
    assert!(refused.len() < AT_ONCE, "nothing was taken");
    assert_ours(&refused, "a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_are_written_anew_end_no_instance() {
    let world = pictures::marking().await;
    // What decoding takes and the file together are nearly all that is allowed; what lies behind the picture is passed over.
    let mut large = pictures::encoded(&pictures::halves(2_200, 2_000), ImageFormat::Jpeg);
    large.resize(15_900_000, 0);
    let mut photo = pictures::turned(&pictures::halves(2_200, 2_000));
    photo.resize(10_000_000, 0);
    for (name, picture) in [("watermark", large), ("upright", photo)] {
        let send = || async {
            let path = pictures::link(name, 300);
            pictures::sent(&world, &path, picture.clone()).await
        };
        let answers = join_all((0..AT_ONCE).map(|_| send())).await;
        let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert!(made.iter().all(|answer| answer.bytes.starts_with(b"\xff\xd8")), "{name}");
        assert_ours(&refused, name);
        assert!(refused.iter().all(|answer| answer.status == 503), "{name}");
        let alone = send().await;
        assert_eq!(alone.status, 200, "{name}: {}", alone.json);
    }
}

fn artifacts_photo() -> String {
    format!("{}/../fixtures/photos/portrait-01.jpg", env!("CARGO_MANIFEST_DIR"))
}
