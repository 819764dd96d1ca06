//! The ports: store, outbound HTTP, clock, randomness, time, configuration and log, as Spin has them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use domain::{Task, Timestamp};
use futures_channel::mpsc::Receiver;
use lifecycle::config::{Config, InvalidVariable, VARIABLES};
use lifecycle::ports::SendError;
use spin_sdk::variables;
use store::{Entropy, Store, Timer};

use crate::backend::{Backend, STORE_URL};
use crate::outbound::{self, Incoming};
use crate::random;

/// The ports of one request.
pub struct Ports {
    store: Store<Backend>,
    config: Config,
}

impl Ports {
    /// Reads the configuration; the store is opened when it is needed.
    pub(crate) async fn open() -> Result<Self, InvalidVariable> {
        let mut values = Vec::with_capacity(VARIABLES.len());
        for name in VARIABLES {
            // A variable that is not granted to this component is undefined, and not needed.
            values.push((name, variables::get(name).await.ok()));
        }
        let value = |name: &str| values.iter().find(|(known, _)| *known == name).and_then(|(_, value)| value.clone());
        let url = variables::get(STORE_URL).await.unwrap_or_default();
        Ok(Self { store: Store::new(Backend::at(&url)?), config: Config::from_variables(value)? })
    }
}

impl Entropy for Ports {
    fn random<const N: usize>(&self) -> [u8; N] {
        random::bytes()
    }
}

impl Timer for Ports {
    async fn sleep(&self, duration: Duration) {
        spin_sdk::time::sleep(duration).await;
    }
}

impl lifecycle::Ports for Ports {
    type Backend = Backend;
    type Body = Incoming;

    fn store(&self) -> &Store<Backend> {
        &self.store
    }

    fn config(&self) -> &Config {
        &self.config
    }

    fn now(&self) -> Timestamp {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
    }

    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Incoming>, SendError> {
        outbound::send(request).await
    }

    async fn upload(&self, request: http::Request<Receiver<Bytes>>) -> Result<http::Response<Incoming>, SendError> {
        outbound::upload(request).await
    }

    fn message(&self, task: &Task) -> Vec<u8> {
        api::message(self, task)
    }

    fn log(&self, line: &str) {
        eprintln!("{line}");
    }
}
