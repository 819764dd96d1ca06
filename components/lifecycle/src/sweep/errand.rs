//! The ports of the sweep's own work: as everybody's, but nobody outside is waited for long, and who did not answer twice, or answered late
//! four times, is left for the rest of the round.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use domain::{Task, Timestamp};
use futures_channel::mpsc;
use store::{Entropy, Store, Timer};

use crate::fetch::within;
use crate::ports::SendError;
use crate::{Config, Ports};

/// Longest time until the first byte of an answer.
const PATIENCE: Duration = Duration::from_secs(6);
/// An answer that takes longer is late.
const LATE: Duration = Duration::from_secs(2);
/// How much of a round's time a host may waste: it is silent twice, or late four times.
const WASTE_MAX: u32 = 4;
const WASTE_OF_SILENCE: u32 = 2;
const WASTE_OF_LATENESS: u32 = 1;

/// Who wasted time in this round, and how much.
#[derive(Debug, Default)]
pub(super) struct Hosts(RefCell<BTreeMap<String, u32>>);

impl Hosts {
    fn is_left(&self, host: &str) -> bool {
        self.0.borrow().get(host).is_some_and(|waste| *waste >= WASTE_MAX)
    }

    fn note(&self, host: &str, waste: u32) {
        let mut hosts = self.0.borrow_mut();
        let sum = hosts.entry(host.to_owned()).or_default();
        *sum = sum.saturating_add(waste);
    }
}

/// The ports of one piece of work.
pub(super) struct Errand<'a, P> {
    ports: &'a P,
    hosts: &'a Hosts,
    /// The host that was asked last.
    asked: RefCell<Option<String>>,
}

impl<'a, P: Ports> Errand<'a, P> {
    /// A piece of work in a round.
    pub(super) const fn new(ports: &'a P, hosts: &'a Hosts) -> Self {
        Self { ports, hosts, asked: RefCell::new(None) }
    }

    /// The work was cut off: whoever it waited for is as good as silent.
    pub(super) fn blame(&self) {
        if let Some(host) = self.asked.borrow().as_deref() {
            self.hosts.note(host, WASTE_OF_SILENCE);
        }
    }

    async fn ask<T>(&self, host: String, answer: impl Future<Output = Result<T, SendError>>) -> Result<T, SendError> {
        if self.hosts.is_left(&host) {
            return Err(SendError::LeftForLater);
        }
        *self.asked.borrow_mut() = Some(host.clone());
        let asked_at = self.ports.now();
        let answer = within(self.ports, PATIENCE, answer).await.unwrap_or(Err(SendError::TimedOut));
        if matches!(answer, Err(SendError::TimedOut | SendError::NotConnected)) {
            self.hosts.note(&host, WASTE_OF_SILENCE);
        } else if self.ports.now().since(asked_at) > LATE {
            self.hosts.note(&host, WASTE_OF_LATENESS);
        }
        answer
    }
}

fn host_of(uri: &http::Uri) -> String {
    uri.authority().map(ToString::to_string).unwrap_or_default()
}

impl<P: Ports> Entropy for Errand<'_, P> {
    fn random<const N: usize>(&self) -> [u8; N] {
        self.ports.random()
    }
}

impl<P: Ports> Timer for Errand<'_, P> {
    async fn sleep(&self, duration: Duration) {
        self.ports.sleep(duration).await;
    }
}

impl<P: Ports> Ports for Errand<'_, P> {
    type Backend = P::Backend;
    type Body = P::Body;

    fn store(&self) -> &Store<P::Backend> {
        self.ports.store()
    }

    fn config(&self) -> &Config {
        self.ports.config()
    }

    fn now(&self) -> Timestamp {
        self.ports.now()
    }

    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<P::Body>, SendError> {
        self.ask(host_of(request.uri()), self.ports.send(request)).await
    }

    /// Goes to our own bucket, and takes as long as its body.
    async fn upload(
        &self,
        request: http::Request<mpsc::Receiver<Bytes>>,
    ) -> Result<http::Response<P::Body>, SendError> {
        self.ports.upload(request).await
    }

    fn message(&self, task: &Task) -> Vec<u8> {
        self.ports.message(task)
    }

    fn acts_at_once(&self) -> bool {
        false
    }

    fn log(&self, line: &str) {
        self.ports.log(line);
    }
}
