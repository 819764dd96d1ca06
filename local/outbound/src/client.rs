//! The HTTP client: its connections, the check on every address it dials, and the time it is given.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{Request, Response, Uri};
use http_body::Body;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pooled;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_service::Service;
use url::Host;

use crate::failure::Failure;
use crate::networks::Loopback;
use crate::paced::Paced;

/// How long an unused connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long connecting may take where nobody asked for less.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);

type Boxed<T> = Pin<Box<dyn Future<Output = Result<T, Box<dyn std::error::Error + Send + Sync>>> + Send>>;

tokio::task_local! {
    /// How long the request that is being sent waits for a connection. The pool between it and the connector has no
    /// other way to carry it.
    static CONNECT_TIMEOUT: Duration;
}

/// How long an exchange may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// The most it may wait for its connection: name, TCP and TLS together.
    pub connect: Duration,
    /// The most it may wait for its answer's head.
    pub first_byte: Duration,
    /// The most it may wait between two pieces of its answer's body.
    pub between_bytes: Duration,
}

/// Sends requests. Clones share their connections.
#[derive(Debug)]
pub struct Client<B> {
    pooled: Pooled<Connector, B>,
    loopback: Loopback,
}

impl<B> Clone for Client<B> {
    fn clone(&self) -> Self {
        Self { pooled: self.pooled.clone(), loopback: self.loopback }
    }
}

impl<B> Client<B>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + Unpin + 'static,
{
    /// A client without connections.
    ///
    /// # Errors
    /// If TLS can't be set up.
    pub fn new(loopback: Loopback) -> anyhow::Result<Self> {
        let mut http = HttpConnector::new_with_resolver(Resolver { loopback });
        http.enforce_http(false);
        http.set_nodelay(true);
        let provider = rustls::crypto::ring::default_provider();
        let https = HttpsConnectorBuilder::new().with_provider_and_webpki_roots(provider)?;
        let connector = Connector { https: https.https_or_http().enable_http1().wrap_connector(http) };
        let pooled = Pooled::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(connector);
        Ok(Self { pooled, loopback })
    }

    /// Sends a request and waits for its answer's head; the body is still to be read.
    ///
    /// # Errors
    /// [`Failure`] tells how far it came.
    pub async fn send(&self, mut request: Request<B>, timeouts: Timeouts) -> Result<Response<Paced>, Failure> {
        // The client writes its own, from the URI that was checked.
        request.headers_mut().remove(HOST);
        let authority = request.uri().authority().map_or_else(String::new, ToString::to_string);
        let sent = tokio::time::timeout(timeouts.first_byte, self.request(request, timeouts.connect)).await;
        match sent.unwrap_or(Err(Failure::Silent)) {
            Ok(response) => Ok(response.map(|body| Paced::new(body, timeouts.between_bytes))),
            Err(failure) => {
                tracing::warn!(authority, error = %failure, "outbound request failed");
                Err(failure)
            }
        }
    }

    async fn request(&self, request: Request<B>, connect_timeout: Duration) -> Result<Response<Incoming>, Failure> {
        // Addresses are dialled without asking the resolver.
        if literal(request.uri()).is_some_and(|address| !self.loopback.permits(address)) {
            return Err(Failure::Prohibited);
        }
        let sent = CONNECT_TIMEOUT.scope(connect_timeout, self.pooled.request(request));
        sent.await.map_err(|error| Failure::of(&error))
    }
}

fn literal(uri: &Uri) -> Option<IpAddr> {
    match Host::parse(uri.host()?).ok()? {
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
        Host::Domain(_) => None,
    }
}

/// Connects within the time of the request that asks.
#[derive(Debug, Clone)]
struct Connector {
    https: HttpsConnector<HttpConnector<Resolver>>,
}

impl Service<Uri> for Connector {
    type Response = <HttpsConnector<HttpConnector<Resolver>> as Service<Uri>>::Response;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Boxed<Self::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.https.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let timeout = CONNECT_TIMEOUT.try_with(|timeout| *timeout).unwrap_or(CONNECT_TIME_MAX);
        let connecting = self.https.call(uri);
        Box::pin(async move {
            match tokio::time::timeout(timeout, connecting).await {
                Ok(outcome) => outcome,
                Err(_elapsed) => Err(Failure::ConnectTimeout.into()),
            }
        })
    }
}

/// Resolves names, and leaves out the addresses nobody may reach. Those that stay are the ones dialled.
#[derive(Debug, Clone)]
struct Resolver {
    loopback: Loopback,
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Failure>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let loopback = self.loopback;
        Box::pin(async move {
            // The port is the connector's to set.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(Failure::Name)?;
            let permitted: Vec<_> = found.filter(|address| loopback.permits(address.ip())).collect();
            if permitted.is_empty() { Err(Failure::Prohibited) } else { Ok(permitted.into_iter()) }
        })
    }
}
