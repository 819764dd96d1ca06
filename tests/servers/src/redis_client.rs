//! A connection to a real Redis or Valkey from a test: what `spin-host` is in a function.

use std::cell::RefCell;
use std::time::Duration;

use redis::{ErrorKind, RedisError, ServerErrorKind, Value};
use store::redis::{Command, CommandError, Connection, Redis, Reply};
use store::{Entropy, Timer};

/// A connection of one's own.
#[derive(Debug)]
pub struct RedisClient {
    connection: redis::aio::MultiplexedConnection,
    random: RefCell<fastrand::Rng>,
}

impl RedisClient {
    /// Connects to the server at `redis://host:port`, as a store.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn connect(url: &str) -> Result<Redis<Self>, RedisError> {
        let connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
        Ok(Redis(Self { connection, random: RefCell::default() }))
    }
}

impl Entropy for RedisClient {
    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.borrow_mut().fill(&mut bytes);
        bytes
    }
}

impl Timer for RedisClient {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl Connection for RedisClient {
    async fn execute(&self, command: Command) -> Result<Vec<Reply>, CommandError> {
        let mut request = redis::Cmd::new();
        request.arg(command);
        match request.query_async(&mut self.connection.clone()).await {
            Ok(Value::Array(parts)) => Ok(parts.into_iter().map(reply).collect()),
            Ok(one) => Ok(vec![reply(one)]),
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => Err(CommandError::NoScript),
            Err(error) => Err(CommandError::Other(error.to_string())),
        }
    }
}

fn reply(value: Value) -> Reply {
    match value {
        Value::Nil => Reply::Nil,
        Value::Int(number) => Reply::Integer(number),
        Value::BulkString(bytes) => Reply::Bytes(bytes),
        Value::Okay => Reply::Bytes(b"OK".to_vec()),
        other => Reply::Bytes(format!("{other:?}").into_bytes()),
    }
}
