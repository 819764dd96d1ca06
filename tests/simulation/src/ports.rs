//! The handlers' ports, and the way a request becomes a process.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use api::ports::{Body, SendError};
use api::wire::{Request, Response};
use bytes::Bytes;
use domain::Timestamp;
use futures_channel::mpsc;
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

/// A whole answer.
pub struct Whole(Option<Bytes>);

impl Body for Whole {
    async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
        Ok(self.0.take())
    }
}

impl api::Ports for Ports {
    type Backend = Handle;
    type Body = Whole;

    fn store(&self) -> &Store<Handle> {
        &self.store
    }

    fn config(&self) -> &api::Config {
        &self.world.configuration
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.world.clock())
    }

    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Whole>, SendError> {
        self.world.turn().await;
        match outside::receive(&self.world, &request) {
            Ok(answer) => Ok(answer.map(|body| Whole(Some(Bytes::from(body))))),
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

    fn log(&self, line: &str) {
        self.world.tell(|| format!("process {} logs: {line}", self.world.poll.get().process));
    }
}

/// A request on its way, and where its answer will be.
pub struct Call {
    /// The process that answers.
    pub process: usize,
    answer: Rc<RefCell<Option<Response>>>,
    ended: Rc<RefCell<bool>>,
}

impl Call {
    /// Waits for the answer; nothing when the process died.
    pub async fn answer(&self) -> Option<Response> {
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
pub fn call(world: &Rc<World>, request: Request) -> Call {
    let number = world.evidence.borrow_mut().next_process();
    let call = Call { process: number, answer: Rc::default(), ended: Rc::default() };
    let (name, answer, ended) = (request.path.clone(), call.answer.clone(), call.ended.clone());
    let path = format!("{} {name}", request.method);
    world.tell(|| format!("process {number}: {}", crate::kv::short(&path).replace('/', " ")));
    let ports = Ports { world: world.clone(), store: Store::new(Handle(world.clone())) };
    let future = Box::pin(async move {
        let response = route(&ports, &name, request).await;
        ports.world.tell(|| format!("process {number} answers {}", response.status.as_u16()));
        *answer.borrow_mut() = Some(response);
    });
    world.spawned.borrow_mut().push(Spawned { number, path, future, ended });
    call
}

async fn route(ports: &Ports, path: &str, request: Request) -> Response {
    match path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice() {
        ["api", "v1", "characters", "create"] => api::create_character::handle(ports, request).await,
        ["api", "v1", "characters", _, "generate"] => api::generate_images::handle(ports, request).await,
        ["api", "v1", "characters", _] => api::character::handle(ports, request).await,
        ["api", "v1", "webhooks", _] => api::provider_webhook::handle(ports, request).await,
        ["api", "v1", "credits", ..] => api::credits::handle(ports, request).await,
        ["api", "v1", "generate" | "estimate"] => api::generate::handle(ports, request).await,
        ["api", "v1", "deliveries" | "webhook-secret", ..] => api::deliveries::handle(ports, request).await,
        ["api", "v1", "tasks", ..] => api::tasks::handle(ports, request).await,
        ["api", "v1", "admin", "reconcile"] => api::sweep::handle(ports, request).await,
        ["api", "v1", "admin", ..] => api::admin::handle(ports, request).await,
        _ => api::site::handle(ports, request).await,
    }
}
