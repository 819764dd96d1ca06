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

use super::support::{App, manifest};

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
    let served = served(|_| {}).await;
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
