//! What somebody would write instead: `benches/fastapi` and `benches/workerd`, with the same routes and the same durability.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use super::ours::free_port;
use super::process::Server;
use super::target::{Target, Whose};

/// Longest time until one answers.
const STARTED_WITHIN: Duration = Duration::from_secs(20);
/// How many processes `FastAPI` runs in: one for each core of a small machine.
const WORKERS: &str = "2";
const KEY: &str = "a-key-of-the-benchmark";
const ADMIN: &str = "an-admin-token-of-the-benchmark";
const CHARACTER: &str = "char_benchmark";

/// `FastAPI` on `SQLite`, from `PyPI`.
pub(super) async fn fastapi(root: &Path, scratch: &Path) -> Result<Target> {
    let (code, venv) = (root.join("benches/fastapi"), root.join("target/bench/fastapi"));
    let python = venv.join("bin/python");
    if !python.exists() {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&venv)).await?;
    }
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    succeed(Command::new(&python).args(pip).arg(code.join("requirements.txt"))).await?;
    let port = free_port().await?;
    let mut server = Command::new(&python);
    server.args(["-m", "uvicorn", "app:app", "--no-access-log", "--workers", WORKERS, "--port", &port.to_string()]);
    server.current_dir(&code).env("BENCH_DB", scratch.join("fastapi.db"));
    start("FastAPI + SQLite, 2 workers", server, port).await
}

/// workerd with a Durable Object, from npm.
pub(super) async fn workerd(root: &Path, scratch: &Path) -> Result<Target> {
    let (code, folder) = (root.join("benches/workerd"), root.join("target/bench/workerd"));
    let disk = scratch.join("workerd");
    std::fs::create_dir_all(&folder)?;
    std::fs::create_dir_all(&disk)?;
    for file in ["package.json", "config.capnp", "worker.js"] {
        std::fs::copy(code.join(file), folder.join(file)).with_context(|| file.to_owned())?;
    }
    let quiet = ["install", "--silent", "--no-audit", "--no-fund"];
    succeed(Command::new("npm").args(quiet).current_dir(&folder)).await?;
    let port = free_port().await?;
    let mut server = Command::new(folder.join("node_modules/.bin/workerd"));
    server.args(["serve", "config.capnp", "--socket-addr", &format!("http=127.0.0.1:{port}"), "--directory-path"]);
    server.arg(format!("disk={}", disk.display())).current_dir(&folder);
    start("workerd + Durable Object", server, port).await
}

async fn succeed(command: &mut Command) -> Result<()> {
    let program = command.as_std().get_program().to_owned();
    let output = command.output().await.with_context(|| format!("{} could not be started", program.display()))?;
    ensure!(output.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&output.stderr));
    Ok(())
}

async fn start(name: &str, mut server: Command, port: u16) -> Result<Target> {
    server.env("BENCH_KEY", KEY).env("BENCH_ADMIN", ADMIN).env("BENCH_CHARACTER", CHARACTER);
    let mut server = Server::spawn(&mut server)?;
    let base = format!("http://127.0.0.1:{port}");
    server.until_answered(&base, KEY, STARTED_WITHIN).await?;
    Ok(Target {
        name: name.to_owned(),
        base,
        key: KEY.to_owned(),
        admin: ADMIN.to_owned(),
        account: "a".to_owned(),
        character: CHARACTER.to_owned(),
        whose: Whose::Peer,
        server: Some(server),
    })
}
