//! A world for tests: a store in memory, a clock that only sleep and the test move on, a list of answers from outside, and a bucket that takes
//! what is as long as it was announced.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use domain::{AspectRatio, Change, CharacterId, Credits, Digest, Entry, Generation, MediaKind, Run, Task, Timestamp};
use futures_channel::mpsc;
use futures_util::StreamExt;
use http::header::CONTENT_LENGTH;
use store::{Entropy, Store, Timer};
use testkit::Memory;

use crate::ports::{Body, SendError};
use crate::{Config, Ports};

/// Bytes of a piece of an answer.
const PIECE_BYTES: usize = 1_000;
/// How often what goes on beside a sleep is looked at before that ends.
const SLEEP_POLLS: u32 = 1_000;
/// How often something is looked at before it is given up.
const POLLS_MAX: u32 = 1_000_000;

/// The order of one square picture of a character.
pub(crate) fn generation(character: CharacterId, prompt: &str) -> Generation {
    Generation {
        character,
        prompt: prompt.to_owned(),
        aspect_ratio: AspectRatio::Square,
        num_outputs: 1,
        seed: None,
        lora_scale_percent: None,
        output_format: None,
        generator: None,
    }
}

/// The order of one file of a model, which nobody was asked for yet.
pub(crate) fn order(model: &str, media: MediaKind) -> Run {
    Run {
        model: model.to_owned(),
        media,
        prompt: None,
        params: serde_json::Map::new(),
        count: 1,
        paid_ms: None,
        character: None,
        requests: Vec::new(),
    }
}

/// An entry that changes no credits.
pub(crate) fn entry(seq: u64, at: Timestamp, change: Change) -> Entry {
    let (zero, hash) = (Credits::ZERO, Digest::of_lines([""]));
    Entry {
        seq,
        at,
        change,
        amount: zero,
        balance: zero,
        held: zero,
        spent: zero,
        key: None,
        operation: None,
        hash,
        last_hold: None,
    }
}

/// The world.
pub(crate) struct World {
    store: Store<&'static Memory>,
    memory: &'static Memory,
    config: Config,
    clock: Cell<i64>,
    answers: RefCell<VecDeque<Answer>>,
    asked: Cell<usize>,
    uploaded: RefCell<Vec<Vec<u8>>>,
    takes: RefCell<VecDeque<Answer>>,
    sent_to: RefCell<Vec<http::Uri>>,
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
        let (asked, uploaded) = (Cell::new(0), RefCell::default());
        let (takes, sent_to) = (RefCell::default(), RefCell::default());
        Self { store: Store::new(memory), memory, config, clock, answers, asked, uploaded, takes, sent_to }
    }

    /// Moves the clock on.
    pub(crate) fn later(&self, duration: Duration) {
        self.clock.set(self.now().plus(duration).as_millis());
    }

    /// The next request that is sent is answered so; one that has no answer left for it is not connected.
    pub(crate) fn answers(&self, status: u16, body: impl AsRef<[u8]>) {
        let answer = http::Response::builder().status(status).header(CONTENT_LENGTH, body.as_ref().len());
        self.answers.borrow_mut().push_back(Ok(answer.body(Chunks::of(body.as_ref())).unwrap()));
    }

    /// The same, of a server that does not say how long its answer is.
    pub(crate) fn answers_unmeasured(&self, body: &[u8]) {
        self.answers.borrow_mut().push_back(Ok(http::Response::new(Chunks::of(body))));
    }

    /// The next uploads are answered so, with a status and a body, in place of the bucket.
    pub(crate) fn takes(&self, answers: impl IntoIterator<Item = Result<(u16, Vec<u8>), SendError>>) {
        let answer = |(status, body): (u16, Vec<u8>)| {
            let answer = http::Response::builder().status(status).header(CONTENT_LENGTH, body.len());
            answer.body(Chunks::of(&body)).unwrap()
        };
        self.takes.borrow_mut().extend(answers.into_iter().map(|taken| taken.map(answer)));
    }

    /// Where uploads were sent to, one after the other.
    pub(crate) fn sent_to(&self) -> Vec<http::Uri> {
        self.sent_to.borrow().clone()
    }

    /// How many requests were sent.
    pub(crate) fn asked(&self) -> usize {
        self.asked.get()
    }

    /// What the bucket took, one after the other.
    pub(crate) fn uploaded(&self) -> Vec<Vec<u8>> {
        self.uploaded.borrow().clone()
    }
}

/// Runs what waits for nothing outside of a [`World`].
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let (mut future, mut context) = (pin!(future), Context::from_waker(Waker::noop()));
    for _ in 0..POLLS_MAX {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!("nothing in such a world is waited for");
}

/// A body in pieces.
pub(crate) struct Chunks(pub(crate) VecDeque<Bytes>);

impl Chunks {
    fn of(body: &[u8]) -> Self {
        Self(body.chunks(PIECE_BYTES).map(Bytes::copy_from_slice).collect())
    }
}

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
        let mut left = SLEEP_POLLS;
        poll_fn(|context| {
            left = left.saturating_sub(1);
            context.waker().wake_by_ref();
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
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

    async fn upload(&self, request: http::Request<mpsc::Receiver<Bytes>>) -> Answer {
        self.sent_to.borrow_mut().push(request.uri().clone());
        if let Some(Err(error)) = self.takes.borrow_mut().pop_front_if(|answer| answer.is_err()) {
            return Err(error);
        }
        let announced = request.headers()[CONTENT_LENGTH].to_str().unwrap().to_owned();
        let body = request.into_body().collect::<Vec<_>>().await.concat();
        let status = if body.len().to_string() == announced { 200 } else { 400 };
        self.uploaded.borrow_mut().push(body);
        if let Some(answer) = self.takes.borrow_mut().pop_front() {
            return answer;
        }
        Ok(http::Response::builder().status(status).body(Chunks::of(&[])).unwrap())
    }

    fn message(&self, _: &Task) -> Vec<u8> {
        Vec::new()
    }

    fn log(&self, _: &str) {}
}
