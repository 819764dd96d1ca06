//! The head and the body of an answer leave in one TCP segment. On a host that sets no `TCP_NODELAY`, as Spin, a second one waits for the
//! acknowledgement of the first, which the caller's machine delays by 40 ms.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use e2e::{ADMIN_TOKEN, Actor, Bare};
use serde_json::json;

/// Requests on each connection.
const REQUESTS: usize = 50;

/// The application on a runner that sends as Spin does, and the key of a customer.
async fn serve_as_spin() -> (Bare, String) {
    let app = Bare::serve(|options| {
        options.nodelay = false;
        options.variables.insert("admin_token".to_owned(), ADMIN_TOKEN.to_owned());
    });
    let app = app.await.unwrap();
    let operator = Actor::new(&app.base).with_token(ADMIN_TOKEN);
    let account = operator.post("/api/v1/admin/accounts", &json!({ "name": "customer" })).await.unwrap();
    let account = account.data().unwrap()["account_id"].as_str().unwrap().to_owned();
    let key = operator.post(&format!("/api/v1/admin/accounts/{account}/keys"), &json!({})).await.unwrap();
    (app, key.data().unwrap()["key"].as_str().unwrap().to_owned())
}

/// Sends requests on one connection, one after the other; how many answers did not come in one piece.
fn split_answers(base: &str, path: &str, key: &str) -> usize {
    let mut stream = TcpStream::connect(base.trim_start_matches("http://")).unwrap();
    stream.set_nodelay(true).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: likeness.example\r\nauthorization: Bearer {key}\r\n\r\n");
    let mut split = 0;
    for _ in 0..REQUESTS {
        stream.write_all(request.as_bytes()).unwrap();
        let (mut answer, mut pieces) = (Vec::new(), 0);
        while !is_whole(&answer) {
            let mut piece = vec![0; 1 << 16];
            let length = stream.read(&mut piece).unwrap();
            assert!(length > 0, "the connection ended: {}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&piece[..length]);
            pieces += 1;
        }
        split += usize::from(pieces > 1);
    }
    split
}

fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(usize::MAX)
}

/// How many answers did not come in one piece, on this many connections at once.
async fn split(connections: usize, path: &'static str) -> usize {
    let (app, key) = serve_as_spin().await;
    let client = || {
        let (base, key) = (app.base.clone(), key.clone());
        thread::spawn(move || split_answers(&base, path, &key))
    };
    let clients: Vec<_> = std::iter::repeat_with(client).take(connections).collect();
    let all = || clients.into_iter().map(|client| client.join().unwrap()).sum();
    tokio::task::spawn_blocking(all).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_comes_in_one_piece() {
    // An answer that needs the store, and one that needs nothing.
    for path in ["/api/v1/credits", "/no-such-route"] {
        assert_eq!(split(1, path).await, 0, "{path}: of {REQUESTS} answers");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_in_one_piece_when_an_instance_has_many_to_give() {
    assert_eq!(split(16, "/api/v1/credits").await, 0, "of {} answers", 16 * REQUESTS);
}
