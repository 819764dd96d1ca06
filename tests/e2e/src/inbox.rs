//! A customer's own server, which is told of the ends of tasks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;

/// What it was told, and what it answers.
#[derive(Clone, Debug)]
pub struct Inbox {
    /// Where it is told.
    pub url: String,
    messages: Messages,
    answers: Arc<Mutex<StatusCode>>,
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
        let inbox = Self { url, messages: Arc::default(), answers: Arc::new(Mutex::new(StatusCode::OK)) };
        let router = Router::new().route("/told", post(told)).with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(inbox)
    }

    /// Answers with this status from now on.
    pub fn answer(&self, status: u16) {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = status;
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

async fn told(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let message = Message { headers, body: body.to_vec() };
    inbox.messages.lock().unwrap_or_else(PoisonError::into_inner).push(message);
    *inbox.answers.lock().unwrap_or_else(PoisonError::into_inner)
}
