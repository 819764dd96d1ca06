//! The real spin.toml on this host: its routes, its grants, and bodies that break off.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use native_host::{Host, Options};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const TOKEN: &str = "the-operators-token";
/// Threads that serve, each with a room of its own for bodies.
const THREADS: usize = 1;

struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<()>>,
    _state: TempDir,
}

impl Served {
    async fn with(variables: &[(&str, &str)]) -> Self {
        let state = tempfile::tempdir().unwrap();
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spin.toml");
        let mut options = Options::new(manifest, state.path());
        let given = [("signing_secret", "a-secret-that-is-long-enough"), ("admin_token", TOKEN)];
        let all = given.iter().chain(variables);
        options.variables = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        options.threads = THREADS;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let host = Arc::new(Host::load(&options).unwrap());
        let task = tokio::spawn(host.serve(listener, async { drop(stopped.await) }));
        Self { address, stop, task, _state: state }
    }

    /// Sends these bytes and no more, and gives all that is answered.
    async fn send(&self, text: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn get(&self, path: &str) -> String {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await
    }

    /// What the operator is answered.
    async fn operator(&self, method: &str, path: &str, more: &str) -> String {
        let head =
            format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {TOKEN}\r\n");
        self.send(&format!("{head}{more}")).await
    }

    async fn accounts(&self) -> String {
        let audit = self.operator("GET", "/api/v1/admin/audit", "\r\n").await;
        audit.split("\"accounts\":").nth(1).unwrap().split([',', '}']).next().unwrap().to_owned()
    }
}

#[tokio::test]
async fn every_component_of_the_manifest_is_served_and_an_answer_has_its_id_and_length() {
    let served = Served::with(&[]).await;
    let page = served.get("/").await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("<h1>Likeness</h1>"), "{page}");
    assert!(page.contains("x-request-id: ") && page.contains("content-length: "), "{page}");
    let head = served.send("HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(head.contains("content-length: ") && !head.contains("<h1>"), "{head}");
    assert!(served.get("/api/v1/credits").await.starts_with("HTTP/1.1 401"));
    assert!(served.get("/api/v1/nothing").await.starts_with("HTTP/1.1 404"));
    served.stop.send(()).unwrap();
    served.task.await.unwrap().unwrap();
    assert!(TcpStream::connect(served.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_body_that_ends_before_its_length_is_refused_and_nothing_is_done() {
    let served = Served::with(&[]).await;
    let body = r#"{"name":"A"}"#;
    let path = "/api/v1/admin/accounts";
    let short = served.operator("POST", path, &format!("content-length: 100\r\n\r\n{body}")).await;
    assert!(short.starts_with("HTTP/1.1 400") && short.contains("INVALID_REQUEST"), "{short}");
    assert_eq!(served.accounts().await, "0");
    let whole = served.operator("POST", path, &format!("content-length: {}\r\n\r\n{body}", body.len())).await;
    assert!(whole.contains("\"success\":true"), "{whole}");
    assert_eq!(served.accounts().await, "1");
}

#[tokio::test]
async fn a_body_in_chunks_without_its_last_one_is_refused_and_nothing_is_done() {
    let served = Served::with(&[]).await;
    let chunk = "c\r\n{\"name\":\"A\"}\r\n";
    let path = "/api/v1/admin/accounts";
    let short = served.operator("POST", path, &format!("transfer-encoding: chunked\r\n\r\n{chunk}")).await;
    assert!(short.starts_with("HTTP/1.1 400") && short.contains("INVALID_REQUEST"), "{short}");
    assert_eq!(served.accounts().await, "0");
    let whole = served.operator("POST", path, &format!("transfer-encoding: chunked\r\n\r\n{chunk}0\r\n\r\n")).await;
    assert!(whole.contains("\"success\":true"), "{whole}");
}

/// Half a request of the operator's: its head, and a body of which no more comes.
async fn half(served: &Served, more: &str) -> TcpStream {
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let head = format!("POST /api/v1/admin/accounts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n");
    stream.write_all(format!("{head}{more}").as_bytes()).await.unwrap();
    stream
}

/// What is answered within a time; nothing where nothing is.
async fn answered(stream: &mut TcpStream, time_max: Duration) -> Option<String> {
    let mut answer = vec![0; 4_096];
    let length = tokio::time::timeout(time_max, stream.read(&mut answer)).await.ok()?.unwrap();
    Some(String::from_utf8_lossy(answer.get(..length).unwrap()).into_owned())
}

#[tokio::test]
async fn bodies_are_read_as_far_as_there_is_room_for_them() {
    let served = Served::with(&[]).await;
    // Nobody knows how large they become: each can be 1 MiB, three times while it is read, and a thread has 64 MiB.
    let mut waiting = Vec::new();
    for _ in 0..21 * THREADS {
        waiting.push(half(&served, "transfer-encoding: chunked\r\n\r\n").await);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    for _ in 0..THREADS {
        let mut refused = half(&served, "transfer-encoding: chunked\r\n\r\n").await;
        let answer = answered(&mut refused, Duration::from_secs(5)).await.expect("it is refused at once");
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: 1\r\n"), "{answer}");
        assert!(answer.contains("STORE_UNAVAILABLE"), "{answer}");
    }
    // One that says how little it is finds room, and so does everything that has no body.
    let small = served.operator("POST", "/api/v1/admin/accounts", "content-length: 12\r\n\r\n{\"name\":\"A\"}").await;
    assert!(small.contains("\"success\":true"), "{small}");
    assert_eq!(served.accounts().await, "1");
    // What leaves gives its room back.
    drop(waiting);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut stream = half(&served, "transfer-encoding: chunked\r\n\r\n").await;
    assert_eq!(answered(&mut stream, Duration::from_millis(300)).await, None, "it is waited for");
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let served = Served::with(&[]).await;
    let mut chunked = half(&served, "transfer-encoding: chunked\r\n\r\n1\r\n{\r\n").await;
    let mut stated = half(&served, "content-length: 100\r\n\r\n{").await;
    for stream in [&mut chunked, &mut stated] {
        let answer = answered(stream, Duration::from_secs(25)).await.expect("it is given up");
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("INVALID_REQUEST"), "{answer}");
        assert!(answer.contains("took longer than 20 seconds"), "{answer}");
    }
    assert_eq!(served.accounts().await, "0");
}

#[tokio::test]
async fn a_body_is_asked_for_only_once_it_is_known_who_sends_it() {
    let served = Served::with(&[]).await;
    for (method, path, status) in [
        ("POST", "/api/v1/admin/accounts", 401),
        ("POST", "/api/v1/admin/reconcile", 401),
        ("POST", "/api/v1/characters/create", 401),
        ("POST", "/api/v1/tools/lipsync", 401),
        ("DELETE", "/api/v1/characters/x", 401),
        ("POST", "/api/v1/webhooks/replicate", 401),
        ("PUT", "/uploads/x", 404),
        ("PUT", "/provider-files/x/y", 404),
        ("POST", "/docs", 405),
        ("POST", "/results/x", 405),
    ] {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = answered(&mut stream, Duration::from_secs(5)).await;
        let answer = answer.unwrap_or_else(|| panic!("{method} {path} waits for a stranger's body"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method} {path}: {answer}");
    }
}

#[tokio::test]
async fn a_component_is_spoiled_by_a_bad_variable_only_where_it_is_granted() {
    let served = Served::with(&[("requests_per_day", "many")]).await;
    let granted = served.get("/api/v1/credits").await;
    assert!(granted.starts_with("HTTP/1.1 500") && granted.contains("x-request-id"), "{granted}");
    assert!(!granted.contains("requests_per_day"), "why is for the log: {granted}");
    assert!(
        granted.contains("cache-control: no-store") && granted.contains("x-content-type-options: nosniff"),
        "{granted}"
    );
    assert!(served.operator("GET", "/api/v1/admin/audit", "\r\n").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_component_that_is_no_function_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("spin.toml");
    let text = "spin_manifest_version = 2\n[application]\nname = \"x\"\n[[trigger.http]]\nroute = \"/...\"\ncomponent = \"other\"\n[component.other]\nsource = \"x.wasm\"\n";
    std::fs::write(&manifest, text).unwrap();
    let error = Host::load(&Options::new(manifest, folder.path())).err().unwrap();
    assert!(format!("{error:#}").contains("component other"), "{error:#}");
}
