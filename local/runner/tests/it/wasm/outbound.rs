//! Requests a component sends itself: where they may go, and how long they may take.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::support::{App, manifest, probe};

/// A server that answers each connection in its own way, and no HTTP library's.
async fn server<F: Future<Output = ()> + Send + 'static>(answer: fn(TcpStream) -> F) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = [0; 4096];
                let _read = stream.read(&mut head).await.unwrap();
                answer(stream).await;
            });
        }
    });
    address
}

async fn greet(mut stream: TcpStream) {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await.unwrap();
}

async fn redirect(mut stream: TcpStream) {
    let answer = b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n";
    stream.write_all(answer).await.unwrap();
}

async fn say_nothing(stream: TcpStream) {
    std::future::pending::<()>().await;
    drop(stream);
}

async fn stop_halfway(mut stream: TcpStream) {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello").await.unwrap();
    std::future::pending::<()>().await;
}

async fn break_off(mut stream: TcpStream) {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello").await.unwrap();
}

async fn hang_up(stream: TcpStream) {
    drop(stream);
}

/// The probe with loopback open and these hosts allowed.
async fn app(hosts: &str) -> App {
    let manifest = manifest(&format!("allowed_outbound_hosts = [{hosts}]"));
    App::load(&manifest, |options| options.allow_loopback = true).await
}

async fn fetched(app: &App, url: &str, more: &str) -> Value {
    app.show(&format!("/fetch?url={url}{more}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn host_on_the_list_is_reached_by_address_and_by_name() {
    let address = server(greet).await;
    let app = app("\"http://127.0.0.1:*\", \"http://localhost:*\"").await;
    for host in ["127.0.0.1", "localhost"] {
        let answer = fetched(&app, &format!("http://{host}:{}/", address.port()), "").await;
        assert_eq!((&answer["status"], &answer["body"]), (&200.into(), &"hello".into()), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn host_that_is_not_on_the_list_is_denied() {
    let address = server(greet).await;
    let other_port = address.port().wrapping_add(1);
    let app = app(&format!("\"https://127.0.0.1:*\", \"http://127.0.0.1:{other_port}\"")).await;
    let answer = fetched(&app, &format!("http://{address}/"), "").await;
    assert_eq!(answer["error"], "ErrorCode::HttpRequestDenied");
}

#[tokio::test(flavor = "multi_thread")]
async fn list_takes_its_hosts_from_variables() {
    let address = server(greet).await;
    let manifest = manifest("allowed_outbound_hosts = [\"{{ provider }}\"]")
        .replace("[[trigger.http]]", "[variables]\nprovider = { required = true }\n[[trigger.http]]");
    let app = App::load(&manifest, |options| {
        options.allow_loopback = true;
        options.variables.insert("provider".to_owned(), format!("http://{address}"));
    });
    assert_eq!(fetched(&app.await, &format!("http://{address}/"), "").await["body"], "hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn private_network_is_prohibited_by_address_and_by_name() {
    let address = server(greet).await;
    let port = address.port();
    let app = App::with("allowed_outbound_hosts = [\"*://*:*\"]").await;
    let hosts = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"];
    for host in hosts {
        let answer = fetched(&app, &format!("http://{host}:{port}/"), "").await;
        assert_eq!(answer["error"], "ErrorCode::DestinationIpProhibited", "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn open_loopback_opens_no_other_private_network() {
    let app = app("\"*://*:*\"").await;
    for host in ["169.254.169.254", "10.0.0.1", "0.0.0.0", "[fe80::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"] {
        let answer = fetched(&app, &format!("http://{host}/"), "").await;
        assert_eq!(answer["error"], "ErrorCode::DestinationIpProhibited", "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redirect_is_shown_and_not_followed() {
    let address = server(redirect).await;
    let answer = fetched(&app("\"*://*:*\"").await, &format!("http://{address}/"), "").await;
    assert_eq!((&answer["status"], &answer["location"]), (&302.into(), &"http://169.254.169.254/".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_that_does_not_come_is_a_timeout() {
    let silent = server(say_nothing).await;
    let app = app("\"*://*:*\"").await;
    let answer = fetched(&app, &format!("http://{silent}/"), "&first_byte=100").await;
    assert_eq!(answer["error"], "ErrorCode::ConnectionReadTimeout");
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_that_stops_halfway_is_a_timeout_and_one_that_breaks_off_is_incomplete() {
    let app = app("\"*://*:*\"").await;
    let stopped = fetched(&app, &format!("http://{}/", server(stop_halfway).await), "&between_bytes=100").await;
    assert_eq!(stopped["error"], "ErrorCode::ConnectionReadTimeout");
    let broken = fetched(&app, &format!("http://{}/", server(break_off).await), "").await;
    assert_eq!(broken["error"], "ErrorCode::HttpResponseIncomplete");
}

#[tokio::test(flavor = "multi_thread")]
async fn port_nobody_listens_on_is_told_apart_from_a_connection_that_breaks() {
    let app = app("\"*://*:*\"").await;
    let gone = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    assert_eq!(fetched(&app, &format!("http://{gone}/"), "").await["error"], "ErrorCode::ConnectionRefused");
    let broken = fetched(&app, &format!("http://{}/", server(hang_up).await), "&body=x").await;
    assert_eq!(broken["error"], "ErrorCode::HttpProtocolError");
}

#[tokio::test(flavor = "multi_thread")]
async fn name_that_does_not_exist_is_a_name_error() {
    let answer = fetched(&app("\"*://*:*\"").await, "http://no-such-name.invalid/", "").await;
    assert!(answer["error"].as_str().unwrap().contains("DnsError"), "{answer}");
}

/// Two components of the probe, of which only the first has a route.
async fn two(hosts: &str) -> App {
    let first = manifest(&format!("allowed_outbound_hosts = [{hosts}]"));
    let source = probe();
    App::load(&format!("{first}\n[component.second]\nsource = \"{source}\"\n"), |_options| {}).await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_component_answers_in_process_under_its_name() {
    let app = two("\"http://*.spin.internal\"").await;
    let answer = fetched(&app, "http://second.spin.internal/request%3Fa=1", "").await;
    assert_eq!(answer["status"], 200, "{answer}");
    let seen = answer["body"].as_str().unwrap();
    assert!(seen.contains("second.spin.internal") && seen.contains("/request"), "{seen}");
    assert!(!seen.contains("spin-client-addr"), "it has no caller outside: {seen}");
    let absent = fetched(&app, "http://third.spin.internal/request", "").await;
    assert_eq!(absent["status"], 404, "{absent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_component_is_denied_where_it_is_not_on_the_list() {
    let app = two("\"http://first.spin.internal\"").await;
    let answer = fetched(&app, "http://second.spin.internal/request", "").await;
    assert_eq!(answer["error"], "ErrorCode::HttpRequestDenied");
}
