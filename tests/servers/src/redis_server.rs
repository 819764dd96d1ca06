//! A real Redis or Valkey, started for a test and stopped with it.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How often a server that was started is tried, 20 ms apart.
const TRIES_MAX: u32 = 250;

/// Whose server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Redis.
    Redis,
    /// Valkey, which came of it.
    Valkey,
}

impl Engine {
    const fn program(self) -> &'static str {
        match self {
            Self::Redis => "redis-server",
            Self::Valkey => "valkey-server",
        }
    }
}

/// A server of one's own, on a free port of this machine.
#[derive(Debug)]
pub struct RedisServer {
    engine: Engine,
    process: Child,
    port: u16,
    arguments: Vec<String>,
}

impl RedisServer {
    /// Starts one that keeps nothing on disk; nothing where it is not on the machine.
    pub fn start(engine: Engine) -> Option<Self> {
        let folder = std::env::temp_dir();
        Self::with(engine, &["--appendonly", "no", "--dir", folder.to_str()?])
    }

    /// Starts a Redis that has every write on disk before it acknowledges it, as money needs it.
    pub fn durable(folder: &Path) -> Option<Self> {
        Self::with(Engine::Redis, &["--appendonly", "yes", "--appendfsync", "always", "--dir", folder.to_str()?])
    }

    fn with(engine: Engine, more: &[&str]) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
        let number = port.to_string();
        let common = ["--port", &number, "--bind", "127.0.0.1", "--save", ""];
        let arguments: Vec<String> = common.iter().chain(more).map(|argument| (*argument).to_owned()).collect();
        let server = Self { engine, process: spawn(engine, &arguments)?, port, arguments };
        server.answers().then_some(server)
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }

    /// Starts it again, where it was; whether it answers.
    pub fn restart(&mut self) -> bool {
        self.kill();
        match spawn(self.engine, &self.arguments) {
            Some(process) => self.process = process,
            None => return false,
        }
        self.answers()
    }

    fn answers(&self) -> bool {
        (0..TRIES_MAX).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        })
    }
}

fn spawn(engine: Engine, arguments: &[String]) -> Option<Child> {
    Command::new(engine.program()).args(arguments).stdout(Stdio::null()).spawn().ok()
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
