//! What a thread has to the outside: an HTTP client and connections to Redis, shared by all its requests.

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use futures_channel::mpsc::Receiver;
use futures_util::StreamExt as _;
use host_calls::{Counter, HTTP};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use lifecycle::ports::{CONNECT_TIME_MAX, SILENCE_MAX, SendError, UPLOAD_TIME_MAX, state_length};
use outbound::{Client, Failure, Loopback, Paced, Servers, Timeouts};

use crate::component::Component;

const ANSWER: Timeouts = Timeouts { connect: CONNECT_TIME_MAX, first_byte: SILENCE_MAX, between_bytes: SILENCE_MAX };
const UPLOAD: Timeouts = Timeouts { first_byte: UPLOAD_TIME_MAX, ..ANSWER };

/// The way out of one thread.
pub(crate) struct Outside {
    client: Client<UnsyncBoxBody<Bytes, Infallible>>,
    pub(crate) redis: Servers,
}

impl Outside {
    pub(crate) fn new(loopback: Loopback) -> Result<Self> {
        Ok(Self { client: Client::new(loopback)?, redis: Servers::default() })
    }

    /// Sends a request with its whole body.
    pub(crate) async fn send(
        &self,
        component: &Component,
        mut request: Request<Vec<u8>>,
    ) -> Result<Response<Incoming>, SendError> {
        state_length(&mut request);
        self.exchange(component, request.map(|body| Full::new(Bytes::from(body)).boxed_unsync()), ANSWER).await
    }

    /// Sends a request whose body is still to come.
    pub(crate) async fn upload(
        &self,
        component: &Component,
        request: Request<Receiver<Bytes>>,
    ) -> Result<Response<Incoming>, SendError> {
        let body = |pieces: Receiver<Bytes>| StreamBody::new(pieces.map(|piece| Ok(Frame::data(piece)))).boxed_unsync();
        self.exchange(component, request.map(body), UPLOAD).await
    }

    async fn exchange(
        &self,
        component: &Component,
        request: Request<UnsyncBoxBody<Bytes, Infallible>>,
        timeouts: Timeouts,
    ) -> Result<Response<Incoming>, SendError> {
        component.calls.count(HTTP, "send");
        if !component.allowed_hosts.allows(request.uri()) {
            return Err(SendError::Forbidden);
        }
        // There is no service chaining here, as on some platforms.
        if manifest::chained(request.uri()).is_some() {
            return Err(SendError::NameUnknown);
        }
        let sent = self.client.send(request, timeouts).await;
        let incoming = |body| Incoming { body, calls: Arc::clone(&component.calls) };
        sent.map(|response| response.map(incoming)).map_err(|failure| match failure {
            Failure::Prohibited => SendError::Forbidden,
            Failure::Name(_) => SendError::NameUnknown,
            Failure::ConnectTimeout | Failure::Connect(_) => SendError::NotConnected,
            Failure::Silent => SendError::TimedOut,
            Failure::Exchange(_) => SendError::Broken,
        })
    }
}

/// The body of an answer from outside.
pub(crate) struct Incoming {
    body: Paced,
    calls: Arc<Counter>,
}

impl lifecycle::ports::Body for Incoming {
    async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|cut| match cut {
                outbound::Cut::Silent => SendError::TimedOut,
                outbound::Cut::Incomplete | outbound::Cut::Broken | outbound::Cut::NotHttp => SendError::Broken,
            })?;
            // What is not data is trailers, and nothing here reads those.
            if let Ok(data) = frame.into_data() {
                self.calls.pass(HTTP, "send", data.len());
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}
