//! The instances of one component: made when needed, used again, and given up when they trap or take too long.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use anyhow::Result;
use host_calls::HostCalls;
use http::{Request, Response};
use tokio::time::Sleep;
use wasmtime::component::{Component, GuestTaskId, Linker};
use wasmtime::{PoolConcurrencyLimitError, Store, StoreContextMut};
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::handler::{
    ExpirationError, HandlerState, Instance, InstantiationError, Proxy, ProxyHandler, ShouldAccept, TrapOrPanicError,
    WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::guest::{Ctx, Guest};
use crate::options::Limits;
use crate::{Body, answer};

/// Epochs a component runs before it lets others have its thread.
const EPOCHS_PER_TURN: u64 = 1;

/// What an instance that takes too long is given to be found out, before the caller is answered without it.
const EXPIRATION_SLACK: Duration = Duration::from_secs(1);

/// A component that is ready to answer requests.
pub(crate) struct Instances {
    handler: ProxyHandler<Instantiator>,
    id: Arc<str>,
    request_timeout: Duration,
    stopping: Arc<AtomicBool>,
}

impl Instances {
    /// Links a compiled component.
    ///
    /// # Errors
    /// If it needs an interface that is not served here, or does not answer HTTP requests.
    pub(crate) fn new(linker: &Linker<Ctx>, component: &Component, guest: Arc<Guest>, limits: &Limits) -> Result<Self> {
        let pre = ServicePre::new(linker.instantiate_pre(component)?)?;
        let id = Arc::clone(&guest.id);
        let request_timeout = limits.request_timeout;
        let stopping = Arc::new(AtomicBool::new(false));
        let state = Instantiator { pre, guest, limits: limits.clone(), stopping: Arc::clone(&stopping) };
        Ok(Self { handler: ProxyHandler::new(state), id, request_timeout, stopping })
    }

    /// Lets the component answer; if it does not, the caller gets an answer that tells nothing, and the log the rest.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let started = Instant::now();
        let handled = self.handler.handle((), request);
        let Ok(handled) = tokio::time::timeout(self.request_timeout + EXPIRATION_SLACK, handled).await else {
            return self.timed_out();
        };
        match handled {
            Ok(response) => response,
            Err(error) if error.is::<ExpirationError>() => self.timed_out(),
            // What happened is told when the instance is dropped.
            Err(error) if error.is::<TrapOrPanicError>() => {
                if started.elapsed() < self.request_timeout {
                    answer::failed()
                } else {
                    answer::timed_out()
                }
            }
            Err(error) => self.refused(&error),
        }
    }

    /// How often its instances called their host so far.
    pub(crate) fn host_calls(&self) -> HostCalls {
        self.handler.state().guest.calls.so_far()
    }

    /// Makes an instance that answers nothing, and gives it up again. How long making it took.
    pub(crate) async fn instantiate(&self) -> Result<Duration> {
        let began = Instant::now();
        let instance = self.handler.state().instantiate().await?;
        let took = began.elapsed();
        drop(instance);
        Ok(took)
    }

    fn timed_out(&self) -> Response<Body> {
        tracing::error!(component = &*self.id, "a request took too long");
        answer::timed_out()
    }

    fn refused(&self, error: &wasmtime::Error) -> Response<Body> {
        let component = &*self.id;
        match error.downcast_ref::<InstantiationError<()>>() {
            Some(failed) if failed.error.is::<PoolConcurrencyLimitError>() => {
                tracing::warn!(component, "all instances are taken");
                answer::busy()
            }
            Some(failed) => {
                tracing::error!(component, error = format!("{:?}", failed.error), "no instance can be made");
                answer::failed()
            }
            None => {
                tracing::error!(component, error = format!("{error:?}"), "the component failed without an answer");
                answer::failed()
            }
        }
    }
}

/// Nobody waits for an answer any more: instances that end now are not worth an error.
impl Drop for Instances {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

struct Instantiator {
    pre: ServicePre<Ctx>,
    guest: Arc<Guest>,
    limits: Limits,
    stopping: Arc<AtomicBool>,
}

impl HandlerState for Instantiator {
    type StoreData = Ctx;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<Ctx, Expiration, Worker>> {
        let mut store = Store::new(self.pre.engine(), Ctx::new(&self.guest));
        store.limiter(|ctx| &mut ctx.memory);
        store.set_epoch_deadline(EPOCHS_PER_TURN);
        store.epoch_deadline_async_yield_and_update(EPOCHS_PER_TURN);
        let proxy = Proxy::P3(self.pre.instantiate_async(&mut store).await?);
        let limits = self.limits.clone();
        let expiration = Expiration {
            idle_timeout: limits.idle_instance_timeout,
            request_timeout: limits.request_timeout,
            sleep: Box::pin(tokio::time::sleep(limits.idle_instance_timeout)),
        };
        let state = Worker { id: Arc::clone(&self.guest.id), limits, stopping: Arc::clone(&self.stopping) };
        Ok(Instance { store, proxy, view: Ctx::http, expiration, state })
    }
}

/// Ends an instance that is idle, or whose requests can no longer be in time. It is asked outside the instance's own
/// event loop, so a component that never yields does not escape it.
struct Expiration {
    idle_timeout: Duration,
    request_timeout: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl WorkerExpiration for Expiration {
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>, status: WorkerStatus, start: Instant) -> Poll<()> {
        let this = self.get_mut();
        let timeout = match status {
            WorkerStatus::Idle => this.idle_timeout,
            WorkerStatus::Requests | WorkerStatus::PostReturn => this.request_timeout,
        };
        let deadline = tokio::time::Instant::from_std(start) + timeout;
        if deadline != this.sleep.deadline() {
            this.sleep.as_mut().reset(deadline);
        }
        this.sleep.as_mut().poll(cx)
    }
}

/// Decides how often an instance is used, and tells how it ended.
struct Worker {
    id: Arc<str>,
    limits: Limits,
    stopping: Arc<AtomicBool>,
}

impl WorkerState for Worker {
    type StoreData = Ctx;
    type RequestData = ();

    fn should_accept_request(&self, concurrent_count: usize, total_count: usize) -> ShouldAccept {
        if total_count >= self.limits.requests_per_instance_max {
            ShouldAccept::Never
        } else if concurrent_count >= self.limits.requests_at_once_per_instance_max {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _store: StoreContextMut<'_, Ctx>,
        _data: (),
        _task: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        Box::pin(tokio::time::sleep(self.limits.request_timeout))
    }

    fn drop(&self, store: Store<Ctx>, result: Result<(), wasmtime::Error>) {
        // Before the event, so that what the component wrote last comes first.
        drop(store);
        match result {
            Ok(()) => {}
            Err(_) if self.stopping.load(Ordering::Relaxed) => {
                tracing::debug!(component = &*self.id, "an instance ended with its runner");
            }
            Err(trap) => tracing::error!(component = &*self.id, trap = format!("{trap:?}"), "an instance ended"),
        }
    }
}
