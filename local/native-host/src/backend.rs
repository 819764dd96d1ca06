//! Which store it is: the key-value file, or the Redis that `store_url` names.

use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use domain::Secret;
use domain::setting::Values;
use futures_channel::oneshot;
use futures_util::FutureExt;
use host_calls::{ATOMICS, Counter, KEY_VALUE, REDIS};
use key_value::{Exchange, KeyValue};
use lifecycle::config::InvalidVariable;
use redis::{ErrorKind, ServerErrorKind, Value};
use store::redis::{Command, CommandError, Observed, Redis, Reply};
use store::{Bell, Entropy, Timer, Unavailable};

use crate::component::Component;
use crate::outside::Outside;
use crate::random;

/// The only store an application has.
pub(crate) const LABEL: &str = "default";

/// Longest time for one command, connecting included.
const COMMAND_TIME_MAX: Duration = Duration::from_secs(5);

/// A store.
pub(crate) enum Backend {
    /// The key-value file.
    File(File),
    /// A Redis or Valkey server.
    Redis(Redis<Server>),
    /// The component is granted none.
    None,
}

/// A value as it was read from one of them.
pub(crate) enum Swap {
    /// A key of the file, and the value it had.
    File(String, Option<Vec<u8>>),
    /// From the server.
    Redis(Observed),
}

impl Backend {
    /// The store that a component is granted.
    pub(crate) fn of(component: &Arc<Component>, outside: &Rc<Outside>) -> Result<Self, InvalidVariable> {
        let Some(url) = store::redis::address(Values::new(&|name| component.variable(name)))? else {
            let file = |file| Self::File(File { file: Arc::clone(file), calls: Arc::clone(&component.calls) });
            return Ok(component.key_value.as_ref().map_or(Self::None, file));
        };
        Ok(Self::Redis(Redis(Server { url, component: Arc::clone(component), outside: Rc::clone(outside) })))
    }
}

/// The key-value file, and who calls it.
pub(crate) struct File {
    file: Arc<KeyValue>,
    calls: Arc<Counter>,
}

/// Interface and function, as the Wasm file of a component calls it.
type Name = (&'static str, &'static str);

impl File {
    /// The file, for one call with so many bytes.
    fn called(&self, (interface, function): Name, bytes: usize) -> &KeyValue {
        self.calls.count(interface, function);
        self.calls.pass(interface, function, bytes);
        &self.file
    }

    async fn get(&self, name: Name, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let value = self.called(name, 0).get(LABEL, key).await.map_err(unavailable)?;
        self.calls.pass(name.0, name.1, value.as_ref().map_or(0, Vec::len));
        Ok(value)
    }
}

fn unavailable(error: impl std::fmt::Display) -> Unavailable {
    Unavailable(error.to_string())
}

fn denied() -> Unavailable {
    Unavailable("the component is not granted a key-value store".to_owned())
}

impl Entropy for Backend {
    fn random<const N: usize>(&self) -> [u8; N] {
        random::random()
    }
}

impl Timer for Backend {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn nap(&self, longest: Duration) -> (Bell, impl Future<Output = ()>) {
        let (rope, rung) = oneshot::channel::<Infallible>();
        (Bell::of(rope), tokio::time::timeout(longest, rung).map(drop))
    }
}

impl store::Backend for Backend {
    type Swap = Swap;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        match self {
            Self::File(file) => file.get((KEY_VALUE, "get"), key).await,
            Self::Redis(store) => store.get(key).await,
            Self::None => Err(denied()),
        }
    }

    async fn set(&self, key: &str, value: &[u8], lifetime: Option<Duration>) -> Result<(), Unavailable> {
        match self {
            Self::File(file) => {
                let store = file.called((KEY_VALUE, "set"), value.len());
                store.set_many(LABEL, vec![(key.to_owned(), value.to_vec())]).await.map_err(unavailable)
            }
            Self::Redis(store) => store.set(key, value, lifetime).await,
            Self::None => Err(denied()),
        }
    }

    async fn delete(&self, key: &str) -> Result<(), Unavailable> {
        match self {
            Self::File(file) => {
                let store = file.called((KEY_VALUE, "delete"), 0);
                store.delete_many(LABEL, vec![key.to_owned()]).await.map_err(unavailable)
            }
            Self::Redis(store) => store.delete(key).await,
            Self::None => Err(denied()),
        }
    }

    async fn increment(&self, key: &str, by: i64) -> Result<i64, Unavailable> {
        match self {
            Self::File(file) => {
                let store = file.called((ATOMICS, "increment"), 0);
                store.increment(LABEL, key.to_owned(), by).await.map_err(unavailable)
            }
            Self::Redis(store) => store.increment(key, by).await,
            Self::None => Err(denied()),
        }
    }

    async fn current(&self, key: &str) -> Result<(Option<Vec<u8>>, Swap), Unavailable> {
        match self {
            Self::File(file) => {
                let value = file.get((ATOMICS, "current"), key).await?;
                Ok((value.clone(), Swap::File(key.to_owned(), value)))
            }
            Self::Redis(store) => store.current(key).await.map(|(value, swap)| (value, Swap::Redis(swap))),
            Self::None => Err(denied()),
        }
    }

    async fn swap(&self, swap: Swap, value: &[u8]) -> Result<bool, Unavailable> {
        match (self, swap) {
            (Self::File(file), Swap::File(key, expected)) => {
                let exchange = Exchange { key, expected, value: value.to_vec() };
                let store = file.called((ATOMICS, "swap"), value.len());
                let swapped = store.swap(LABEL, exchange).await.map_err(unavailable)?;
                Ok(swapped == key_value::Swap::Done)
            }
            (Self::Redis(store), Swap::Redis(swap)) => store.swap(swap, value).await,
            (Self::None, _) => Err(denied()),
            (Self::File(_), Swap::Redis(_)) | (Self::Redis(_), Swap::File(..)) => {
                Err(Unavailable("the value was read from the other store".to_owned()))
            }
        }
    }
}

/// A server, connected to when it is first needed.
pub(crate) struct Server {
    url: Secret,
    component: Arc<Component>,
    outside: Rc<Outside>,
}

impl Server {
    async fn send(&self, command: Command) -> Result<Vec<Reply>, CommandError> {
        let url = self.url.expose();
        if !url.parse().is_ok_and(|url| self.component.allowed_hosts.allows(&url)) {
            return Err(CommandError::Other("store_url is no address that store_host allows".to_owned()));
        }
        let failure = |error: redis::RedisError| match error.kind() {
            ErrorKind::Server(ServerErrorKind::NoScript) => CommandError::NoScript,
            _ => CommandError::Other(error.to_string()),
        };
        self.component.calls.count(REDIS, "execute");
        let mut connection = self.outside.redis.connect(url).await.map_err(failure)?;
        match redis::Cmd::new().arg(command).query_async(&mut connection).await.map_err(failure)? {
            Value::Array(parts) => Ok(parts.into_iter().map(part).collect()),
            one => Ok(vec![part(one)]),
        }
    }
}

impl Entropy for Server {
    fn random<const N: usize>(&self) -> [u8; N] {
        random::random()
    }
}

impl Timer for Server {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl store::redis::Connection for Server {
    async fn execute(&self, command: Command) -> Result<Vec<Reply>, CommandError> {
        let sent = tokio::time::timeout(COMMAND_TIME_MAX, self.send(command)).await;
        sent.unwrap_or_else(|_| Err(CommandError::Other("it took too long to answer".to_owned())))
    }
}

fn part(value: Value) -> Reply {
    match value {
        Value::Nil => Reply::Nil,
        Value::Int(number) => Reply::Integer(number),
        Value::BulkString(bytes) => Reply::Bytes(bytes),
        Value::SimpleString(status) => Reply::Bytes(status.into_bytes()),
        Value::Okay => Reply::Bytes(b"OK".to_vec()),
        other => Reply::Bytes(format!("{other:?}").into_bytes()),
    }
}
