//! Outbound HTTP: what a component's request must pass before it is sent, and the limits it is sent under.
//!
//! The component's list (`allowed_outbound_hosts`) is asked for every request; the rest is the `outbound` crate's.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use host_calls::{Counter, HTTP};
use http::Request;
use http_body::Frame;
use http_body_util::BodyExt as _;
use manifest::AllowedHosts;
use outbound::{Cut, Failure, Timeouts};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::chain::Chain;
use crate::options::Limits;

type Sent = Result<(http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>), Error>;

/// What sends the requests of all components.
pub(crate) type Client = outbound::Client<WasiBody>;

/// A component's way out.
pub(crate) struct Outbound {
    client: Client,
    chain: Chain,
    allowed: Arc<AllowedHosts>,
    limits: Limits,
    calls: Arc<Counter>,
}

impl Outbound {
    /// A way out for one instance.
    pub(crate) fn new(
        (client, chain): (Client, Chain),
        allowed: Arc<AllowedHosts>,
        limits: Limits,
        calls: Arc<Counter>,
    ) -> Self {
        Self { client, chain, allowed, limits, calls }
    }
}

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        // Tells of a failure while the component reads the answer: it dropped the body then, and the connection goes
        // with it.
        _answer_read: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        self.calls.count(HTTP, "send");
        let calls = Arc::clone(&self.calls);
        let (client, chain, allowed) = (self.client.clone(), self.chain.clone(), Arc::clone(&self.allowed));
        let timeouts = timeouts(options.unwrap_or_default(), &self.limits);
        Box::new(async move {
            if !allowed.allows(request.uri()) {
                let authority = request.uri().authority().map_or_else(String::new, ToString::to_string);
                tracing::warn!(authority, "outbound request to a host that is not allowed");
                return Err(Error::HttpRequestDenied);
            }
            let done: Box<dyn Future<Output = Result<(), Error>> + Send> = Box::new(std::future::ready(Ok(())));
            if let Some(id) = manifest::chained(request.uri()).map(str::to_owned) {
                return Ok((chain.answer(&id, request).await, done));
            }
            let response = client.send(request, timeouts).await.map_err(|failure| error(&failure))?;
            let counted = move |frame: Frame<Bytes>| {
                calls.pass(HTTP, "send", frame.data_ref().map_or(0, Bytes::len));
                frame
            };
            Ok((response.map(|body| body.map_err(cut).map_frame(counted).boxed_unsync()), done))
        })
    }
}

/// What the component asked for, within the limits.
fn timeouts(asked: RequestOptions, limits: &Limits) -> Timeouts {
    let within = |asked: Option<Duration>, limit: Duration| asked.map_or(limit, |asked| asked.min(limit));
    Timeouts {
        connect: within(asked.connect_timeout, limits.connect_timeout),
        first_byte: within(asked.first_byte_timeout, limits.first_byte_timeout),
        between_bytes: within(asked.between_bytes_timeout, limits.between_bytes_timeout),
    }
}

/// A failure, as the component is told.
fn error(failure: &Failure) -> Error {
    match failure {
        Failure::Prohibited => Error::DestinationIpProhibited,
        Failure::Name(_) => Error::DnsError { rcode: Some("address not available".to_owned()), info_code: Some(0) },
        Failure::ConnectTimeout => Error::ConnectionTimeout,
        Failure::Connect(_) => Error::ConnectionRefused,
        Failure::Silent => Error::ConnectionReadTimeout,
        Failure::Exchange(_) => Error::HttpProtocolError,
    }
}

/// A body that was cut, as the component is told.
fn cut(cut: Cut) -> Error {
    match cut {
        Cut::Silent => Error::ConnectionReadTimeout,
        Cut::Incomplete => Error::HttpResponseIncomplete,
        Cut::Broken => Error::ConnectionTerminated,
        Cut::NotHttp => Error::HttpProtocolError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn component_may_ask_for_less_time_and_not_for_more() {
        let asked = RequestOptions {
            connect_timeout: Some(Duration::from_millis(10)),
            first_byte_timeout: Some(Duration::from_hours(10)),
            between_bytes_timeout: None,
        };
        let limits = Limits::default();
        let timeouts = timeouts(asked, &limits);
        assert_eq!(timeouts.connect, Duration::from_millis(10));
        assert_eq!(timeouts.first_byte, limits.first_byte_timeout);
        assert_eq!(timeouts.between_bytes, limits.between_bytes_timeout);
    }
}
