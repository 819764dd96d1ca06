//! The ports: store, outbound HTTP, clock, randomness, time, configuration and log, as this machine has them.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use domain::{Task, Timestamp};
use futures_channel::mpsc::Receiver;
use lifecycle::Config;
use lifecycle::config::InvalidVariable;
use lifecycle::ports::SendError;
use store::{Entropy, Store, Timer};

use crate::backend::Backend;
use crate::component::Component;
use crate::outside::{Incoming, Outside};
use crate::random::random;

/// The ports of one request.
pub(crate) struct Ports {
    store: Store<Backend>,
    config: Config,
    component: Arc<Component>,
    outside: Rc<Outside>,
}

impl Ports {
    /// Reads the component's configuration; the store is opened when it is needed.
    pub(crate) fn open(component: &Arc<Component>, outside: &Rc<Outside>) -> Result<Self, InvalidVariable> {
        let config = Config::from_variables(|name| component.variable(name))?;
        let store = Store::sharing(Backend::of(component, outside)?, component.queues.clone());
        Ok(Self { store, config, component: Arc::clone(component), outside: Rc::clone(outside) })
    }
}

impl Entropy for Ports {
    fn random<const N: usize>(&self) -> [u8; N] {
        random()
    }
}

impl Timer for Ports {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
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
        self.outside.send(&self.component, request).await
    }

    async fn upload(&self, request: http::Request<Receiver<Bytes>>) -> Result<http::Response<Incoming>, SendError> {
        self.outside.upload(&self.component, request).await
    }

    fn message(&self, task: &Task) -> Vec<u8> {
        api::message(self, task)
    }

    fn log(&self, line: &str) {
        self.component.log(line);
    }
}
