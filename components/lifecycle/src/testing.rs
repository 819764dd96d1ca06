//! A world for tests: a store in memory, a clock that only sleep and the test move on, and a list of answers from outside.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use domain::{Task, Timestamp};
use futures_channel::mpsc;
use futures_util::FutureExt;
use store::{Entropy, Store, Timer};
use testkit::Memory;

use crate::ports::{Body, SendError};
use crate::{Config, Ports};

/// The world.
pub(crate) struct World {
    store: Store<&'static Memory>,
    memory: &'static Memory,
    config: Config,
    clock: Cell<i64>,
    answers: RefCell<VecDeque<Answer>>,
    asked: Cell<usize>,
}

/// What a request is answered with.
type Answer = Result<http::Response<Chunks>, SendError>;

impl World {
    /// A world with these variables, whose store is empty.
    pub(crate) fn new(variables: &[(&str, &str)]) -> Self {
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into());
        let memory: &'static Memory = Box::leak(Box::default());
        let (clock, answers) = (Cell::new(1_800_000_000_000), RefCell::default());
        let config = Config::from_variables(value).unwrap();
        Self { store: Store::new(memory), memory, config, clock, answers, asked: Cell::new(0) }
    }

    /// Moves the clock on.
    pub(crate) fn later(&self, duration: Duration) {
        self.clock.set(self.now().plus(duration).as_millis());
    }

    /// The next request that is sent is answered so; one that has no answer left for it is not connected.
    pub(crate) fn answers(&self, status: u16, body: &str) {
        let answer = http::Response::builder().status(status).header("content-length", body.len());
        let body = Chunks(VecDeque::from([Bytes::copy_from_slice(body.as_bytes())]));
        let answer = answer.body(body).unwrap();
        self.answers.borrow_mut().push_back(Ok(answer));
    }

    /// How many requests were sent.
    pub(crate) fn asked(&self) -> usize {
        self.asked.get()
    }
}

/// Runs what waits for nothing outside of a [`World`].
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("nothing in such a world is waited for")
}

/// A body in pieces.
pub(crate) struct Chunks(pub(crate) VecDeque<Bytes>);

impl Body for Chunks {
    async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
        Ok(self.0.pop_front())
    }
}

impl Entropy for World {
    fn random<const N: usize>(&self) -> [u8; N] {
        self.memory.random()
    }
}

impl Timer for World {
    async fn sleep(&self, duration: Duration) {
        self.later(duration);
    }
}

impl Ports for World {
    type Backend = &'static Memory;
    type Body = Chunks;

    fn store(&self) -> &Store<&'static Memory> {
        &self.store
    }

    fn config(&self) -> &Config {
        &self.config
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.get())
    }

    async fn send(&self, _: http::Request<Vec<u8>>) -> Answer {
        self.asked.set(self.asked.get().saturating_add(1));
        self.answers.borrow_mut().pop_front().unwrap_or(Err(SendError::NotConnected))
    }

    async fn upload(&self, _: http::Request<mpsc::Receiver<Bytes>>) -> Answer {
        Err(SendError::Forbidden)
    }

    fn message(&self, _: &Task) -> Vec<u8> {
        Vec::new()
    }

    fn log(&self, _: &str) {}
}
