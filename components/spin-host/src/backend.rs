//! Which store it is: the component's key-value store, or the Redis that `store_url` names.

use std::pin::pin;
use std::time::Duration;

use domain::setting::Values;
use futures_util::future::select;
use lifecycle::config::InvalidVariable;
use spin_sdk::experimental::wasi::keyvalue::atomics::Cas;
use spin_sdk::wasip3::wit_stream;
use store::redis::{self, Observed, Redis};
use store::{Bell, Entropy, Timer, Unavailable};

use crate::kv::KeyValue;
use crate::random;
use crate::redis::Server;

/// The variable with the Redis server's address; empty or not granted for the key-value store.
pub(crate) const STORE_URL: &str = redis::URL.name;

/// A store.
pub enum Backend {
    /// The component's key-value store.
    KeyValue(KeyValue),
    /// A Redis or Valkey server.
    Redis(Redis<Server>),
}

/// A value as it was read from one of them.
pub enum Swap {
    /// From the key-value store.
    KeyValue(Cas),
    /// From the server.
    Redis(Observed),
}

impl Backend {
    /// The store at this address.
    pub(crate) fn at(url: &str) -> Result<Self, InvalidVariable> {
        let address = redis::address(Values::new(&|_| Some(url.to_owned())))?;
        Ok(address
            .map_or_else(|| Self::KeyValue(KeyValue::default()), |address| Self::Redis(Redis(Server::new(address)))))
    }
}

impl Entropy for Backend {
    fn random<const N: usize>(&self) -> [u8; N] {
        random::bytes()
    }
}

impl Timer for Backend {
    async fn sleep(&self, duration: Duration) {
        spin_sdk::time::sleep(duration).await;
    }

    /// The bell is the one end of a stream, and its other end is read: one request may not wake another in any other way here.
    fn nap(&self, longest: Duration) -> (Bell, impl Future<Output = ()>) {
        let (rope, mut rung) = wit_stream::new::<u8>();
        let nap = async move {
            select(pin!(self.sleep(longest)), pin!(rung.read(Vec::with_capacity(1)))).await;
        };
        (Bell::of(rope), nap)
    }
}

impl store::Backend for Backend {
    type Swap = Swap;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        match self {
            Self::KeyValue(store) => store.get(key).await,
            Self::Redis(store) => store.get(key).await,
        }
    }

    async fn set(&self, key: &str, value: &[u8], lifetime: Option<Duration>) -> Result<(), Unavailable> {
        match self {
            Self::KeyValue(store) => store.set(key, value, lifetime).await,
            Self::Redis(store) => store.set(key, value, lifetime).await,
        }
    }

    async fn delete(&self, key: &str) -> Result<(), Unavailable> {
        match self {
            Self::KeyValue(store) => store.delete(key).await,
            Self::Redis(store) => store.delete(key).await,
        }
    }

    async fn increment(&self, key: &str, by: i64) -> Result<i64, Unavailable> {
        match self {
            Self::KeyValue(store) => store.increment(key, by).await,
            Self::Redis(store) => store.increment(key, by).await,
        }
    }

    async fn current(&self, key: &str) -> Result<(Option<Vec<u8>>, Swap), Unavailable> {
        match self {
            Self::KeyValue(store) => store.current(key).await.map(|(value, swap)| (value, Swap::KeyValue(swap))),
            Self::Redis(store) => store.current(key).await.map(|(value, swap)| (value, Swap::Redis(swap))),
        }
    }

    async fn swap(&self, swap: Swap, value: &[u8]) -> Result<bool, Unavailable> {
        match (self, swap) {
            (Self::KeyValue(store), Swap::KeyValue(swap)) => store.swap(swap, value).await,
            (Self::Redis(store), Swap::Redis(swap)) => store.swap(swap, value).await,
            (Self::KeyValue(_), Swap::Redis(_)) | (Self::Redis(_), Swap::KeyValue(_)) => {
                Err(Unavailable("the value was read from the other store".to_owned()))
            }
        }
    }
}
