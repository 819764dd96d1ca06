//! What a provider is sent, as it is on the wire: with its length, and never in chunks, which not every server takes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use e2e::{Settings, World};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What was sent over each connection.
type Sent = Arc<Mutex<Vec<String>>>;

/// A relay to a server, which keeps what it is sent; its URL.
async fn relay(to: &str) -> (String, Sent) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sent, to) = (Sent::default(), to.trim_start_matches("http://").to_owned());
    let kept = Arc::clone(&sent);
    tokio::spawn(async move {
        while let Ok((caller, _)) = listener.accept().await {
            let server = TcpStream::connect(&to).await.unwrap();
            tokio::spawn(pass(caller, server, Arc::clone(&kept)));
        }
    });
    (url, sent)
}

async fn pass(caller: TcpStream, server: TcpStream, kept: Sent) {
    let (mut from_caller, mut to_caller) = caller.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_caller).await });
    let n = {
        let mut kept = kept.lock().unwrap();
        kept.push(String::new());
        kept.len() - 1
    };
    let mut piece = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from_caller.read(&mut piece).await {
        kept.lock().unwrap()[n].push_str(&String::from_utf8_lossy(&piece[..length]));
        to_server.write_all(&piece[..length]).await.unwrap();
    }
}

/// Method, path and headers of each request; a body of ours has no line of its own that looks like a head's first.
fn heads(sent: &Sent) -> Vec<(String, String, String)> {
    let mut heads = Vec::new();
    for text in sent.lock().unwrap().iter() {
        for (end, _) in text.match_indices(" HTTP/1.1\r\n") {
            let line = text[..end].rsplit(['\n', '}']).next().unwrap();
            let (method, path) = line.split_once(' ').unwrap();
            let headers = text[end..].split("\r\n\r\n").next().unwrap().to_ascii_lowercase();
            heads.push((method.to_owned(), path.to_owned(), headers));
        }
    }
    heads
}

#[tokio::test]
async fn a_provider_is_told_the_length_of_every_body_also_of_an_empty_one() {
    let settings = Settings { training_time: Duration::from_secs(2), ..Settings::default() };
    let mut world = World::start(settings).await.unwrap();
    let (url, sent) = relay(&world.gpu.url).await;
    world.stop().await.unwrap();
    world.set("replicate_base_url", &url);
    world.restart().await.unwrap();

    // A training is started, one is canceled, and its model is deleted: bodies, an empty one, and none.
    let (customer, _) = world.customer(2_000).await.unwrap();
    world.create(&customer, json!({})).await.unwrap();
    let tasks = customer.get("/api/v1/tasks").await.unwrap();
    let task = tasks.data().unwrap()["tasks"][0]["id"].as_str().unwrap();
    let canceled = customer.post(&format!("/api/v1/tasks/{task}/cancel"), &json!({})).await.unwrap();
    assert_eq!(canceled.status, 200, "{}", canceled.json);
    let (path, status) = world.train(&customer, json!({})).await.unwrap();
    assert_eq!(status, "ready");
    let deleted = customer.send(Method::DELETE, &path, Vec::new()).await.unwrap();
    assert!(deleted.status.is_success(), "{}", deleted.json);

    let heads = heads(&sent);
    for (method, path, headers) in &heads {
        let has_length = headers.contains("\r\ncontent-length: ");
        assert!(!headers.contains("transfer-encoding"), "{method} {path}{headers}");
        assert_eq!(has_length, method != "GET", "{method} {path}{headers}");
    }
    let asked = |method: &str, ending: &str| heads.iter().find(|(m, path, _)| m == method && path.ends_with(ending));
    assert!(asked("POST", "/trainings").is_some(), "{heads:?}");
    assert!(asked("POST", "/cancel").unwrap().2.contains("content-length: 0"), "{heads:?}");
    // The host has no other way to send one without a body, and not in chunks.
    assert!(asked("DELETE", "").unwrap().2.contains("content-length: 0"), "{heads:?}");
}
