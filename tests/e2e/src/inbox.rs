//! A customer's own server, which is told of the ends of tasks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;

/// What it was told, and what it answers.
#[derive(Clone, Debug)]
pub struct Inbox {
    /// Where it is told.
    pub url: String,
    messages: Messages,
    answers: Arc<Mutex<(StatusCode, Rest)>>,
}

/// What follows the head of its answers.
#[derive(Clone, Copy, Debug)]
pub enum Rest {
    /// Nothing.
    Nothing,
    /// A body of this many bytes.
    Bytes(usize),
    /// A body that never ends.
    Endless,
}

type Messages = Arc<Mutex<Vec<Message>>>;

/// One message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Message {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Inbox {
    /// Serves on a free port of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn serve() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/told", listener.local_addr()?);
        let inbox =
            Self { url, messages: Arc::default(), answers: Arc::new(Mutex::new((StatusCode::OK, Rest::Nothing))) };
        let router = Router::new().route("/told", post(told)).with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(inbox)
    }

    /// Answers with this status from now on.
    pub fn answer(&self, status: u16) {
        self.answer_with(status, Rest::Nothing);
    }

    /// Answers with this status and body from now on.
    pub fn answer_with(&self, status: u16, rest: Rest) {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = (status, rest);
    }

    /// What it was told so far.
    pub fn messages(&self) -> Vec<Message> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it was told this often.
    ///
    /// # Errors
    /// When it is not within 20 seconds.
    pub async fn until(&self, count: usize) -> Result<Vec<Message>> {
        for _ in 0..200 {
            let messages = self.messages();
            if messages.len() >= count {
                return Ok(messages);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("told {} times after 20 seconds", self.messages().len())
    }
}

async fn told(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) -> Response {
    let message = Message { headers, body: body.to_vec() };
    inbox.messages.lock().unwrap_or_else(PoisonError::into_inner).push(message);
    let (status, rest) = *inbox.answers.lock().unwrap_or_else(PoisonError::into_inner);
    let body = match rest {
        Rest::Nothing => Body::empty(),
        Rest::Bytes(length) => Body::from(vec![b'.'; length]),
        Rest::Endless => Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>()),
    };
    (status, body).into_response()
}
