//! A connection to Redis or Valkey over `spin:redis`.

use std::cell::OnceCell;
use std::pin::pin;
use std::time::Duration;

use domain::Secret;
use futures_util::future::{Either, select};
use spin_sdk::redis::{Connection, Error, RedisParameter, RedisResult};
use store::redis::{Command, CommandError, Reply};
use store::{Entropy, Timer};

use crate::random;

/// Longest time for one command, connecting included.
const COMMAND_TIME_MAX: Duration = Duration::from_secs(5);

/// A server, connected to when it is first needed: not every request has a command for it.
pub struct Server {
    url: Secret,
    connection: OnceCell<Connection>,
}

impl Server {
    /// The server at `redis://[:password@]host[:port][/database]`.
    pub(crate) fn new(url: Secret) -> Self {
        Self { url, connection: OnceCell::new() }
    }

    async fn send(&self, command: Command) -> Result<Vec<RedisResult>, Error> {
        if self.connection.get().is_none() {
            let opened = Connection::open(self.url.expose()).await?;
            // Another call of the same request may have been faster; one of the two is as good as the other.
            drop(self.connection.set(opened));
        }
        let Some(connection) = self.connection.get() else { return Err(Error::InvalidAddress) };
        let mut parts = command.into_iter();
        let name = String::from_utf8(parts.next().unwrap_or_default()).unwrap_or_default();
        connection.execute(name, parts.map(RedisParameter::Binary)).await
    }
}

impl Entropy for Server {
    fn random<const N: usize>(&self) -> [u8; N] {
        random::bytes()
    }
}

impl Timer for Server {
    async fn sleep(&self, duration: Duration) {
        spin_sdk::time::sleep(duration).await;
    }
}

impl store::redis::Connection for Server {
    async fn execute(&self, command: Command) -> Result<Vec<Reply>, CommandError> {
        match select(pin!(self.send(command)), pin!(self.sleep(COMMAND_TIME_MAX))).await {
            Either::Left((reply, _)) => reply.map(|parts| parts.into_iter().map(part).collect()).map_err(failure),
            Either::Right(((), _)) => Err(CommandError::Other("it took too long to answer".to_owned())),
        }
    }
}

fn part(result: RedisResult) -> Reply {
    match result {
        RedisResult::Nil => Reply::Nil,
        RedisResult::Int64(number) => Reply::Integer(number),
        RedisResult::Binary(bytes) => Reply::Bytes(bytes),
        RedisResult::Status(status) => Reply::Bytes(status.into_bytes()),
    }
}

fn failure(error: Error) -> CommandError {
    match error {
        // The host tells it by its words only.
        Error::Other(reason) if reason.contains("NOSCRIPT") || reason.contains("NoScript") => CommandError::NoScript,
        Error::Other(reason) => CommandError::Other(reason),
        Error::InvalidAddress => CommandError::Other("store_url is no address that store_host allows".to_owned()),
        Error::TooManyConnections => CommandError::Other("there are too many connections".to_owned()),
        Error::TypeError => CommandError::Other("a value there is of another type".to_owned()),
    }
}
