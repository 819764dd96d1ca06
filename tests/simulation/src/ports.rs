//! The handlers' ports, and the way a request becomes a process.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use api::components::Any;
use api::live::Live;
use api::wire::{Part, Request, Response, Whole};
use bytes::Bytes;
use domain::{Task, Timestamp};
use futures_channel::mpsc;
use http::{HeaderMap, StatusCode};
use lifecycle::Config;
use lifecycle::ports::SendError;
use store::Store;

use crate::executor::Spawned;
use crate::kv::Handle;
use crate::outside::{self, NoAnswer};
use crate::world::World;

/// The ports of one process.
pub struct Ports {
    world: Rc<World>,
    store: Store<Handle>,
}

impl store::Entropy for Ports {
    fn random<const N: usize>(&self) -> [u8; N] {
        self.world.bytes()
    }
}

impl store::Timer for Ports {
    async fn sleep(&self, duration: Duration) {
        Handle(self.world.clone()).sleep(duration).await;
    }
}

impl lifecycle::Ports for Ports {
    type Backend = Handle;
    type Body = Whole;

    fn store(&self) -> &Store<Handle> {
        &self.store
    }

    fn config(&self) -> &Config {
        &self.world.configuration
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.world.clock())
    }

    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Whole>, SendError> {
        self.world.turn().await;
        match outside::receive(&self.world, &request) {
            Ok(answer) => Ok(answer.map(Whole::from)),
            // Nothing comes, until whoever waits gives up.
            Err(NoAnswer::Ever) => {
                std::future::pending::<()>().await;
                Err(SendError::TimedOut)
            }
            Err(NoAnswer::Broken(error)) => Err(error),
        }
    }

    async fn upload(&self, _: http::Request<mpsc::Receiver<Bytes>>) -> Result<http::Response<Whole>, SendError> {
        // Blobs are in the store here: no bucket is configured.
        Err(SendError::Forbidden)
    }

    fn message(&self, task: &Task) -> Vec<u8> {
        api::message(self, task)
    }

    fn log(&self, line: &str) {
        self.world.tell(|| format!("process {} logs: {line}", self.world.poll.get().process));
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl From<Response<Any<Ports>>> for Answer {
    fn from(response: Response<Any<Ports>>) -> Self {
        let bytes = |part| match part {
            Part::Bytes(bytes) => bytes,
            Part::Blob(_) => Vec::new(),
        };
        let body = match response.body {
            Any::Parts(parts) => parts.into_iter().flat_map(bytes).collect(),
            Any::Live(Live::Whole(bytes)) => bytes,
            Any::Live(Live::Watch(_)) => Vec::new(),
        };
        Self { status: response.status, headers: response.headers, body }
    }
}

/// A request on its way, and where its answer will be.
pub struct Call {
    /// The process that answers.
    pub process: usize,
    answer: Rc<RefCell<Option<Answer>>>,
    ended: Rc<RefCell<bool>>,
}

impl Call {
    /// Waits for the answer; nothing when the process died.
    pub async fn answer(&self) -> Option<Answer> {
        std::future::poll_fn(
            |_| {
                if *self.ended.borrow() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
            },
        )
        .await;
        self.answer.borrow_mut().take()
    }
}

/// Starts a process that answers a request.
pub fn call(world: &Rc<World>, request: Request<Whole>) -> Call {
    let number = world.evidence.borrow_mut().next_process();
    let call = Call { process: number, answer: Rc::default(), ended: Rc::default() };
    let (name, answer, ended) = (request.path.clone(), call.answer.clone(), call.ended.clone());
    let path = format!("{} {name}", request.method);
    world.tell(|| format!("process {number}: {}", crate::kv::short(&path).replace('/', " ")));
    let queues = world.one_of(&world.instances).cloned().unwrap_or_default();
    let ports = Ports { world: world.clone(), store: Store::sharing(Handle(world.clone()), queues) };
    let future = Box::pin(async move {
        let response = api::components::answer(api::components::name_of(&name), &ports, request).await;
        let response = response.map(Answer::from);
        ports
            .world
            .tell(|| format!("process {number} answers {:?}", response.as_ref().map(|answer| answer.status.as_u16())));
        *answer.borrow_mut() = response;
    });
    world.spawned.borrow_mut().push(Spawned { number, path, future, ended });
    call
}
