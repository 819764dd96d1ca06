//! Outbound HTTP: what a component's request must pass before it is sent, and the limits it is sent under.
//!
//! The component's list (`allowed_outbound_hosts`) is asked for every request; private networks are shut to all
//! components, by address and after DNS. No redirect is followed: a component that follows one itself is checked
//! again. Bodies stream both ways.

mod client;
mod failure;
mod paced;

use std::sync::Arc;
use std::time::Duration;

use http::Request;
use http::header::HOST;
use http_body_util::BodyExt as _;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

pub(crate) use self::client::Client;
use self::failure::Failure;
use self::paced::Paced;
use crate::host_calls::Counter;
use crate::hosts::AllowedHosts;
use crate::options::Limits;

type Sent = Result<(http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>), Error>;

/// A component's way out.
pub(crate) struct Outbound {
    client: Client,
    allowed: Arc<AllowedHosts>,
    calls: Arc<Counter>,
}

impl Outbound {
    /// A way out for one instance.
    pub(crate) fn new(client: Client, allowed: Arc<AllowedHosts>, calls: Arc<Counter>) -> Self {
        Self { client, allowed, calls }
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
        self.calls.count("wasi:http/client", "send");
        let (client, allowed) = (self.client.clone(), Arc::clone(&self.allowed));
        Box::new(async move {
            if !allowed.allows(request.uri()) {
                tracing::warn!(authority = authority(&request), "outbound request to a host that is not allowed");
                return Err(Error::HttpRequestDenied);
            }
            send(&client, request, options.unwrap_or_default()).await
        })
    }
}

async fn send(client: &Client, mut request: Request<WasiBody>, options: RequestOptions) -> Sent {
    // The client writes its own, from the URI that was checked.
    request.headers_mut().remove(HOST);
    let limits = Timeouts::new(options, client.limits());
    let authority = authority(&request);
    let sent = client.request(request, limits.connect);
    let response = match tokio::time::timeout(limits.first_byte, sent).await {
        Ok(Ok(response)) => response,
        Ok(Err(failure)) => {
            tracing::warn!(authority, error = %failure, "outbound request failed");
            return Err(failure.into());
        }
        Err(_elapsed) => {
            tracing::warn!(authority, "outbound request got no answer in time");
            return Err(Error::ConnectionReadTimeout);
        }
    };
    let body = |body: hyper::body::Incoming| Paced::new(body, limits.between_bytes).boxed_unsync();
    Ok((response.map(body), Box::new(std::future::ready(Ok(())))))
}

fn authority(request: &Request<WasiBody>) -> String {
    request.uri().authority().map_or_else(String::new, ToString::to_string)
}

/// What the component asked for, within the limits.
struct Timeouts {
    connect: Duration,
    first_byte: Duration,
    between_bytes: Duration,
}

impl Timeouts {
    fn new(asked: RequestOptions, limits: &Limits) -> Self {
        let within = |asked: Option<Duration>, limit: Duration| asked.map_or(limit, |asked| asked.min(limit));
        Self {
            connect: within(asked.connect_timeout, limits.connect_timeout),
            first_byte: within(asked.first_byte_timeout, limits.first_byte_timeout),
            between_bytes: within(asked.between_bytes_timeout, limits.between_bytes_timeout),
        }
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
        let timeouts = Timeouts::new(asked, &limits);
        assert_eq!(timeouts.connect, Duration::from_millis(10));
        assert_eq!(timeouts.first_byte, limits.first_byte_timeout);
        assert_eq!(timeouts.between_bytes, limits.between_bytes_timeout);
    }
}
