//! The ports: store, outbound HTTP, clock, randomness, time, configuration and log, as Spin has them.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use domain::{Secret, Task, Timestamp};
use futures_channel::mpsc::Receiver;
use lifecycle::config::{Config, InvalidVariable, VARIABLES};
use lifecycle::ports::SendError;
use spin_sdk::variables;
use store::{Entropy, Queues, Store, Timer};

use crate::backend::{Backend, STORE_URL};
use crate::outbound::{self, Incoming};
use crate::random;

/// How long an instance goes by the variables as it has read them.
const SETTINGS_KEPT: Duration = Duration::from_mins(1);

thread_local! {
    /// What this instance read last, and when. It is the same for all requests, and asking the host for each variable takes longer than
    /// many a request.
    static SETTINGS: RefCell<Option<(SystemTime, Rc<Settings>)>> = const { RefCell::new(None) };

    /// Those of this instance that change the same document share their swaps.
    static QUEUES: Queues = Queues::default();
}

/// What the variables say.
struct Settings {
    config: Config,
    store_url: Secret,
}

impl Settings {
    /// As this instance has read them lately, or else as they are now. Two requests at once may both read.
    async fn current() -> Result<Rc<Self>, InvalidVariable> {
        let now = SystemTime::now();
        // Under a clock that was set back nobody knows how old they are.
        let is_recent = |read_at: SystemTime| now.duration_since(read_at).is_ok_and(|age| age < SETTINGS_KEPT);
        let kept = SETTINGS.with_borrow(|kept| {
            kept.as_ref().filter(|(read_at, _)| is_recent(*read_at)).map(|(_, settings)| Rc::clone(settings))
        });
        if let Some(settings) = kept {
            return Ok(settings);
        }
        let settings = Rc::new(Self::read().await?);
        SETTINGS.set(Some((now, Rc::clone(&settings))));
        Ok(settings)
    }

    async fn read() -> Result<Self, InvalidVariable> {
        let mut values = Vec::with_capacity(VARIABLES.len());
        for name in VARIABLES {
            // A variable that is not granted to this component is undefined, and not needed.
            values.push((name, variables::get(name).await.ok()));
        }
        let value = |name: &str| values.iter().find(|(known, _)| *known == name).and_then(|(_, value)| value.clone());
        let store_url = Secret::new(variables::get(STORE_URL).await.unwrap_or_default());
        Ok(Self { config: Config::from_variables(value)?, store_url })
    }
}

/// The ports of one request.
pub struct Ports {
    store: Store<Backend>,
    settings: Rc<Settings>,
}

impl Ports {
    /// Takes the configuration as it is; the store is opened when it is needed.
    pub(crate) async fn open() -> Result<Self, InvalidVariable> {
        let settings = Settings::current().await?;
        let backend = Backend::at(settings.store_url.expose())?;
        Ok(Self { store: Store::sharing(backend, QUEUES.with(Queues::clone)), settings })
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
        &self.settings.config
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
        eprintln!("{}", lifecycle::loggable(line));
    }
}
