//! The HTTP/1.1 server: connections, and a stop that lets running requests finish.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use wasmtime_wasi_http::Error;

use crate::Runner;
use crate::connections::{Connections, Place};

/// How long to wait when no connection can be accepted: mostly there are too many open files, and time helps.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

impl Runner {
    /// Answers requests on a socket until `shutdown` is ready. Then no more are accepted, those that run are
    /// finished within [`crate::Limits::stop_timeout`], and it returns.
    ///
    /// # Errors
    /// None so far: a connection that fails ends alone.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        serve(self, listener, shutdown).await;
        Ok(())
    }
}

/// Serves until told to stop, and then as long as the limit lets what runs go on.
async fn serve(runner: Arc<Runner>, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    let places = Connections::new(runner.limits().connections_max);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &places) => accepted,
        };
        // Those that ended meanwhile.
        while connections.try_join_next().is_some() {}
        let Some(connection) = accepted else {
            tokio::time::sleep(ACCEPT_RETRY).await;
            continue;
        };
        connections.spawn(connection.serve(Arc::clone(&runner), graceful.watcher()));
    }
    drop(listener);
    if tokio::time::timeout(runner.limits().stop_timeout, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests that did not finish in time are cut off");
    }
    connections.shutdown().await;
}

struct Connection {
    stream: TcpStream,
    client: SocketAddr,
    /// Held while it is open.
    place: Arc<Place>,
}

async fn accept(listener: &TcpListener, places: &Arc<Connections>) -> Option<Connection> {
    match listener.accept().await {
        Ok((stream, client)) => Some(Connection { stream, client, place: places.place().await? }),
        Err(error) => {
            tracing::warn!(%error, "no connection can be accepted");
            None
        }
    }
}

impl Connection {
    async fn serve(self, runner: Arc<Runner>, watcher: Watcher) {
        let Self { stream, client, place } = self;
        // Without it the second segment of a kept-alive answer waits 40 ms for an acknowledgement of the first.
        if let Err(error) = stream.set_nodelay(runner.nodelay()) {
            tracing::debug!(%error, "a connection can't be set to send at once");
        }
        let header_read_timeout = runner.limits().header_read_timeout;
        let held = Arc::clone(&place);
        let service = service_fn(move |request: Request<Incoming>| {
            let (runner, busy) = (Arc::clone(&runner), held.busy());
            async move {
                let request = request.map(|body| body.map_err(Error::from).boxed_unsync());
                let answer = runner.answer(request, client).await;
                // Its last byte ends it: the head alone is no answer.
                Ok::<_, Infallible>(answer.map(|body| {
                    body.map_frame(move |frame| {
                        let _until_the_body_ends = &busy;
                        frame
                    })
                }))
            }
        });
        let mut http = http1::Builder::new();
        // A caller that sends no more is answered all the same.
        http.half_close(true);
        http.timer(TokioTimer::new()).header_read_timeout(header_read_timeout);
        let connection = http.serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            ended = watcher.watch(connection) => if let Err(error) = ended {
                // Callers leave all the time.
                tracing::debug!(%error, %client, "a connection ended early");
            },
            () = place.closed() => tracing::debug!(%client, "a connection without a request makes room for another"),
        }
    }
}
