//! Somebody who uses the API over HTTP.

use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Method, Response, StatusCode};
use serde_json::Value;

/// Longest time until an answer is there, to its last byte: longer than any request may take. Nobody waits for ever for one that is lost.
const ANSWERED_WITHIN: Duration = Duration::from_mins(4);

/// What everybody speaks HTTP with.
pub fn client() -> ClientBuilder {
    outbound::https().timeout(ANSWERED_WITHIN)
}

/// What is at a URL, without a key.
///
/// # Errors
/// When there is no answer.
pub async fn get(url: &str) -> reqwest::Result<Response> {
    client().build()?.get(url).send().await
}

/// A user of the API: nobody, a customer with a key, or the operator with the admin token.
#[derive(Clone, Debug)]
pub struct Actor {
    client: Client,
    base: String,
    headers: HeaderMap,
}

/// What the API answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null where it is none.
    pub json: Value,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Actor {
    /// Somebody without a key.
    pub fn new(base: &str) -> Self {
        let client = client().build().unwrap_or_default();
        Self { client, base: base.to_owned(), headers: HeaderMap::new() }
    }

    /// The same, with this bearer token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        self.with_header("authorization", &format!("Bearer {token}"))
    }

    /// The same, with one more header on every request.
    #[must_use]
    pub fn with_header(&self, name: &'static str, value: &str) -> Self {
        let mut actor = self.clone();
        if let Ok(value) = HeaderValue::from_str(value) {
            actor.headers.insert(HeaderName::from_static(name), value);
        }
        actor
    }

    /// GET.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, Vec::new()).await
    }

    /// POST of JSON.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(Method::POST, path, body.to_string().into_bytes()).await
    }

    /// Any request; a path may be a whole URL.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Answer> {
        let response = self.open(method, path, body).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await?.to_vec();
        Ok(Answer { status, headers, json: serde_json::from_slice(&bytes).unwrap_or_default(), bytes })
    }

    /// The same, with a body that is still to be read.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn open(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Response> {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let request = self.client.request(method, &url).headers(self.headers.clone()).body(body);
        request.send().await.with_context(|| format!("no answer from {url}"))
    }
}

impl Answer {
    /// The `data` of a success.
    ///
    /// # Errors
    /// When it is not one.
    pub fn data(&self) -> Result<&Value> {
        let data = self.json.get("data").filter(|_| self.json.get("success") == Some(&Value::Bool(true)));
        data.with_context(|| format!("not a success: {} {}", self.status, self.json))
    }

    /// Status and error code, `""` for a success.
    pub fn outcome(&self) -> (u16, &str) {
        (self.status.as_u16(), self.json.pointer("/error/code").and_then(Value::as_str).unwrap_or(""))
    }

    /// The error's message.
    pub fn message(&self) -> &str {
        self.json.pointer("/error/message").and_then(Value::as_str).unwrap_or("")
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}
