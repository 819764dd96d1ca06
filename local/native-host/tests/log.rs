//! What the log tells of a request: nothing that opens anything.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

use std::path::Path;
use std::sync::{Arc, Mutex};

use native_host::{Host, Options};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// What is in the place of every code, id and MAC.
const CODE: &str = "0123456789abcdef0123456789abcdef";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn links_are_logged_without_what_opens_them() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let state = tempfile::tempdir().unwrap();
    let mut options = Options::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spin.toml"), state.path());
    options.variables = [("signing_secret".to_owned(), "a-secret-that-is-long-enough".to_owned())].into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let host = Arc::new(Host::load(&options).unwrap());
    let task = tokio::spawn(host.serve(listener, async { drop(stopped.await) }));
    for link in [
        format!("/provider-files/{CODE}/picture.png"),
        format!("/provider-files/{CODE}/1/{CODE}/picture.png"),
        format!("/uploads/1.{CODE}.png?expires=1&mac={CODE}"),
        format!("/results/acct_{CODE}.task_{CODE}.0.png"),
        format!("/datasets/acct_{CODE}.char_{CODE}.zip?expires=1&mac={CODE}"),
        format!("/weights/acct_{CODE}.char_{CODE}.safetensors?expires=1&mac={CODE}"),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("PUT {link} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
    }
    stop.send(()).unwrap();
    task.await.unwrap().unwrap();
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(log.matches("path=/").count(), 6, "{log}");
    assert!(!log.contains(CODE), "{log}");
}
