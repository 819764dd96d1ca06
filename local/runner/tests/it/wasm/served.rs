//! The server: connections, the client's address, and the graceful stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::support::{App, log_so_far, logged, manifest};

struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<anyhow::Result<()>>,
    _app: App,
}

async fn served(set: impl FnOnce(&mut runner::Options)) -> Served {
    let app = App::load(&manifest(""), set).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let runner = Arc::clone(&app.runner);
    let serving = tokio::spawn(runner.serve(listener, async move { drop(stopped.await) }));
    Served { address, stop, serving, _app: app }
}

impl Served {
    async fn connect(&self) -> http1::SendRequest<Empty<Bytes>> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender
    }
}

fn get(path: &str) -> http::Request<Empty<Bytes>> {
    http::Request::get(path).header("host", "likeness.example").body(Empty::new()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn connection_is_kept_for_more_requests_and_its_address_is_told() {
    let served = served(|_| {}).await;
    let mut connection = served.connect().await;
    for _ in 0..3 {
        connection.ready().await.unwrap();
        let response = connection.send_request(get("/request")).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let seen: Value = serde_json::from_slice(&body).unwrap();
        let client = seen["headers"]["spin-client-addr"][0].as_str().unwrap().to_owned();
        assert!(client.starts_with("127.0.0.1:") && client != "127.0.0.1:0", "{client}");
        assert_eq!(seen["uri"], "http://likeness.example/request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_lets_a_running_request_finish_and_accepts_no_other() {
    // On a busy machine 20 MB take their time.
    let served = served(|options| options.limits.stop_timeout = Duration::from_mins(2)).await;
    let mut connection = served.connect().await;
    // Its head is here, so it runs; its body is not read, so it goes on.
    let response = connection.send_request(get("/stream?pieces=20000")).await.unwrap();
    let Served { address, stop, serving, _app } = served;
    stop.send(()).unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body.len(), 20_000 * 1024);
    serving.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_cuts_off_what_does_not_finish_in_time() {
    let served = served(|options| options.limits.stop_timeout = Duration::from_millis(200)).await;
    let mut connection = served.connect().await;
    let response = connection.send_request(get("/stream?pieces=20000")).await.unwrap();
    let Served { stop, serving, .. } = served;
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    assert!(response.into_body().collect().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn peer_that_sends_no_head_is_cut_off() {
    let served = served(|options| options.limits.header_read_timeout = Duration::from_millis(200)).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(!String::from_utf8_lossy(&answer).contains(" 200 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_that_send_nothing_keep_nobody_out() {
    let served = served(|options| options.limits.connections_max = 4).await;
    let mut silent = Vec::new();
    for n in 0..40 {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        if n % 2 == 0 {
            stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        }
        silent.push(stream);
    }
    let asked = async {
        let mut connection = served.connect().await;
        connection.send_request(get("/request")).await.unwrap().status()
    };
    // Well before any of them is closed for its silence.
    let status = tokio::time::timeout(Duration::from_secs(5), asked).await.unwrap();
    assert_eq!(status, 200);
    let mut answer = Vec::new();
    silent[0].read_to_end(&mut answer).await.unwrap_or_default();
    assert!(answer.is_empty(), "the first of them made room for another");
}

#[tokio::test(flavor = "multi_thread")]
async fn caller_that_sends_no_more_is_answered_all_the_same() {
    let served = served(|_| {}).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let head = "GET /misbehave/sleep?milliseconds=300 HTTP/1.1\r\nhost: likeness.example\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"done\""), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_logged_without_what_opens_them() {
    const CODE: &str = "6c6f6767656420627574206e6f742073";
    let app = App::with("").await;
    for link in [format!("/provider-files/{CODE}/x.png"), format!("/uploads/1.{CODE}.png?expires=1&mac={CODE}")] {
        app.get(&link).await;
    }
    logged(&["path=/provider-files/***"]).await;
    logged(&["path=/uploads/***"]).await;
    assert!(!log_so_far().contains(CODE));
}
