//! The HTTP/1.1 server: threads that take connections in turn, and a stop that lets running requests finish.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use api::serve::Answer;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use lifecycle::config::settings::SPIN_CLIENT_ADDR;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::{LocalSet, spawn_local};

use crate::Host;
use crate::outside::Outside;
use crate::received::Received;

/// How long to wait when no connection can be accepted: mostly there are too many open files, and time helps.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);
/// Open connections; those above wait to be accepted.
const CONNECTIONS_MAX: usize = 1_024;
/// Requests that a thread answers at the same time; those above wait.
const REQUESTS_AT_ONCE_MAX: u32 = 256;
/// How long a peer may take to send the head of a request, and a kept-alive connection may wait for the next one.
const HEADER_READ_TIME_MAX: Duration = Duration::from_secs(10);
/// How long a stop waits for the requests that still run.
const STOP_TIME_MAX: Duration = Duration::from_secs(10);
/// Stack of a thread, in bytes. Where nothing is optimised, a round of the sweep that fetches a picture takes 2 MiB: all that is waited for is in one
/// frame for each that waits.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// A connection on its way to a thread.
struct Accepted {
    stream: std::net::TcpStream,
    client: SocketAddr,
    /// Held while it is open.
    place: OwnedSemaphorePermit,
}

/// A thread that serves.
struct Worker {
    connections: UnboundedSender<Accepted>,
    ended: oneshot::Receiver<()>,
}

impl Host {
    /// Answers requests on a socket until `shutdown` is ready. Then no more are accepted, those that run are finished within ten seconds,
    /// and it returns.
    ///
    /// # Errors
    /// When a thread cannot be started. A connection that fails ends alone.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        serve(self, listener, shutdown).await
    }
}

/// Serves until told to stop, and then as long as the limit lets what runs go on.
async fn serve(host: Arc<Host>, listener: TcpListener, shutdown: impl Future<Output = ()>) -> Result<()> {
    let workers: Vec<Worker> = (0..host.threads).map(|_| Worker::start(&host)).collect::<Result<_>>()?;
    let mut turns = workers.iter().cycle();
    let mut shutdown = pin!(shutdown);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &places) => accepted,
        };
        match (accepted, turns.next()) {
            // A thread that is gone has been told of; its connections are refused.
            (Some(accepted), Some(worker)) => drop(worker.connections.send(accepted)),
            _ => tokio::time::sleep(ACCEPT_RETRY).await,
        }
    }
    drop(listener);
    let ended: Vec<_> = workers.into_iter().map(|worker| worker.ended).collect();
    for ended in ended {
        ended.await.context("a thread that serves ended early")?;
    }
    Ok(())
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<Accepted> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    let accepted = match listener.accept().await {
        Ok((stream, client)) => stream.into_std().map(|stream| Accepted { stream, client, place }),
        Err(error) => Err(error),
    };
    accepted.inspect_err(|error| tracing::warn!(%error, "no connection can be accepted")).ok()
}

impl Worker {
    /// Starts a thread, which serves until nobody can hand it connections any more.
    fn start(host: &Arc<Host>) -> Result<Self> {
        let (connections, accepted) = unbounded_channel();
        let (end, ended) = oneshot::channel();
        let host = Arc::clone(host);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let outside = Outside::new(host.loopback)?;
        let thread = std::thread::Builder::new().name("native-host".to_owned()).stack_size(STACK_BYTES);
        thread.spawn(move || {
            LocalSet::new().block_on(&runtime, work(&host, &Rc::new(outside), accepted));
            // Everything of the thread is gone before it is told of.
            drop((runtime, host));
            // Whoever started it may have gone.
            let _ = end.send(());
        })?;
        Ok(Self { connections, ended })
    }
}

async fn work(host: &Arc<Host>, outside: &Rc<Outside>, mut accepted: UnboundedReceiver<Accepted>) {
    let graceful = GracefulShutdown::new();
    let requests = Arc::new(Semaphore::new(REQUESTS_AT_ONCE_MAX as usize));
    while let Some(connection) = accepted.recv().await {
        let shared = Shared { host: Arc::clone(host), outside: Rc::clone(outside), requests: Arc::clone(&requests) };
        spawn_local(connection.serve(shared, graceful.watcher()));
    }
    let stopped = async {
        graceful.shutdown().await;
        // Those whose callers left, too.
        drop(requests.acquire_many(REQUESTS_AT_ONCE_MAX).await);
    };
    if tokio::time::timeout(STOP_TIME_MAX, stopped).await.is_err() {
        tracing::warn!("requests that did not finish in time are cut off");
    }
}

/// What the connections of a thread have in common.
#[derive(Clone)]
struct Shared {
    host: Arc<Host>,
    outside: Rc<Outside>,
    requests: Arc<Semaphore>,
}

impl Accepted {
    async fn serve(self, shared: Shared, watcher: Watcher) {
        let Self { stream, client, place } = self;
        let stream = match TcpStream::from_std(stream) {
            Ok(stream) => stream,
            Err(error) => return tracing::warn!(%error, "a connection can't be served"),
        };
        // Without it the second segment of a kept-alive answer waits 40 ms for an acknowledgement of the first.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection can't be set to send at once");
        }
        let service = service_fn(move |request| {
            let shared = shared.clone();
            async move { Ok::<_, Infallible>(shared.answer(from(request, client)).await) }
        });
        let mut http = http1::Builder::new();
        // A caller that sends no more, too early or not, is still told what came of it.
        http.half_close(true).timer(TokioTimer::new()).header_read_timeout(HEADER_READ_TIME_MAX);
        let connection = http.serve_connection(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            // Callers leave all the time.
            tracing::debug!(%error, %client, "a connection ended early");
        }
        drop(place);
    }
}

/// Says from where a request comes, as Spin does, and drops what its caller says of that.
fn from<B>(mut request: Request<B>, client: SocketAddr) -> Request<B> {
    let name = HeaderName::from_static(SPIN_CLIENT_ADDR);
    request.headers_mut().remove(&name);
    if let Ok(address) = HeaderValue::try_from(client.to_string()) {
        request.headers_mut().insert(name, address);
    }
    request
}

impl Shared {
    /// Answers a request to its end, whether or not its caller waits for that: so it is under Spin.
    async fn answer(self, request: Request<Incoming>) -> Answer {
        // Closed never, so there is always a permit in the end.
        let permit = Arc::clone(&self.requests).acquire_owned().await.ok();
        let (parts, body) = request.into_parts();
        let (body, connected) = Received::new(body);
        let answering = spawn_local(async move {
            let answer = self.host.answer(&self.outside, Request::from_parts(parts, body)).await;
            drop(permit);
            answer
        });
        let answer = answering.await;
        drop(connected);
        answer.unwrap_or_else(|error| {
            tracing::error!(%error, "a handler failed without an answer");
            crate::host::empty(StatusCode::INTERNAL_SERVER_ERROR)
        })
    }
}
