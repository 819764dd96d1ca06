//! Applications for tests: the probe under a manifest of one's own, in a folder that goes with the test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Condvar, LazyLock, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use runner::{Body, Options, Runner};
use serde_json::Value;
use tempfile::TempDir;
use tracing_subscriber::fmt::MakeWriter;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// The probe's Wasm file, built once.
static PROBE: LazyLock<PathBuf> = LazyLock::new(|| {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a target folder");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--target", "wasm32-wasip2", "-p", "probe", "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(status.expect("cargo runs").success(), "the probe can't be built");
    target.join("wasm32-wasip2/release/probe.wasm")
});

/// An application, and the folder it lives in.
pub(crate) struct App {
    pub(crate) runner: Arc<Runner>,
    pub(crate) folder: TempDir,
}

impl App {
    /// The probe on every path, with more lines for its component.
    pub(crate) async fn with(lines: &str) -> Self {
        Self::load(&manifest(lines), |_options| {}).await
    }

    /// A manifest and options of one's own.
    pub(crate) async fn load(manifest: &str, set: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let runner = load(folder.path(), manifest, set).await.expect("an application that loads");
        Self { runner, folder }
    }

    /// What the probe shows on a path.
    pub(crate) async fn show(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    /// Status and body of a path.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Bytes::new()).expect("a request");
        text(self.runner.call(request).await).await
    }
}

/// A manifest with the probe on every path, and more lines for its component.
pub(crate) fn manifest(lines: &str) -> String {
    format!(
        r#"
        spin_manifest_version = 2
        [application]
        name = "probed"
        [[trigger.http]]
        route = "/..."
        component = "probe"
        [component.probe]
        source = "{}"
        {lines}
        "#,
        probe()
    )
}

/// The path of the probe, for a manifest.
pub(crate) fn probe() -> String {
    PROBE.display().to_string()
}

/// Loads a manifest that is written to a folder, with the state next to it.
pub(crate) async fn load(folder: &Path, manifest: &str, set: impl FnOnce(&mut Options)) -> anyhow::Result<Arc<Runner>> {
    LazyLock::force(&LOG);
    let path = folder.join("spin.toml");
    std::fs::write(&path, manifest)?;
    let mut options = Options::new(path, folder.join("state"));
    options.cache_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
    // A pool for a thousand instances in each of many tests would be a lot of address space.
    options.limits.instances_max = 100;
    set(&mut options);
    Ok(Arc::new(Runner::load(options).await?))
}

/// Status and whole body of an answer.
pub(crate) async fn text(response: Response<Body>) -> (StatusCode, String) {
    let status = response.status();
    let bytes = response.into_body().collect().await.expect("a whole body").to_bytes();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

/// All events of all tests of this process; each test looks for what only it can have caused.
static LOG: LazyLock<&'static Log> = LazyLock::new(|| {
    let log: &'static Log = Box::leak(Box::default());
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log).finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only subscriber");
    log
});

#[derive(Default)]
struct Log {
    text: Mutex<String>,
    grown: Condvar,
}

impl std::io::Write for &Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.text.lock().expect("the log").push_str(&String::from_utf8_lossy(bytes));
        self.grown.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for &'static Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self
    }
}

/// Waits until a line of the log has all of these words, and gives it.
pub(crate) async fn logged(words: &'static [&'static str]) -> String {
    let waiting = tokio::task::spawn_blocking(move || {
        let find =
            |text: &str| text.lines().find(|line| words.iter().all(|word| line.contains(word))).map(str::to_owned);
        let text = LOG.text.lock().expect("the log");
        let missing = |text: &mut String| find(text).is_none();
        let (text, timeout) = LOG.grown.wait_timeout_while(text, PATIENCE, missing).expect("the log");
        assert!(!timeout.timed_out(), "nothing in the log has all of {words:?}:\n{text}");
        find(&text).expect("just found")
    });
    waiting.await.expect("the log is read")
}

/// The whole log so far.
pub(crate) fn log_so_far() -> String {
    LOG.text.lock().expect("the log").clone()
}
