//! A component that shows what its host does, one behaviour a path.
//!
//! Each answers JSON: what the host said, or `{"error": ..}` with the host's own error. Arguments are in the query;
//! `as` there names the behaviour where the path is needed for something else, and `id` is the answer's request id.

#![cfg(target_family = "wasm")]

mod console;
mod misbehave;
mod outbound;
mod redis;
mod stores;
mod swaps;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Debug;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use http::{HeaderValue, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use serde_json::{Value, json};
use spin_sdk::http::Request;

type Pieces = Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Infallible>>>>;
type Answer = Response<StreamBody<Pieces>>;

/// What a behaviour found out, or the host's error.
type Shown = Result<Value, String>;

#[spin_sdk::http_service]
async fn handle(request: Request) -> Answer {
    let arguments = arguments(&request);
    let path = request.uri().path().to_owned();
    let behaviour = match arguments.text("as") {
        "" => path.trim_matches('/'),
        behaviour => behaviour,
    };
    match behaviour {
        "stream" => return Response::new(StreamBody::new(numbers(&arguments))),
        "mirror" => return mirror(request),
        _ => {}
    }
    let shown = match behaviour.split_once('/') {
        Some(("kv", call)) => stores::show(call, &arguments).await,
        Some(("redis", call)) => redis::show(call, &arguments).await,
        Some(("cas", call)) => swaps::show(call, &arguments),
        Some(("misbehave", how)) => misbehave::show(how, &arguments).await,
        _ => match behaviour {
            "request" => Ok(seen(&request)),
            "variable" => spin_sdk::variables::get(arguments.text("name")).await.map(Value::from).map_err(error),
            "environment" => Ok(std::env::vars().collect()),
            "instance" => Ok(misbehave::requests_of_this_instance()),
            "print" => Ok(console::show(&arguments)),
            "fetch" => outbound::show(&arguments).await,
            "count" => count(request).await,
            _ => Err(format!("the probe has no {behaviour}")),
        },
    };
    let shown = shown.unwrap_or_else(|error| json!({ "error": error }));
    let piece = Ok(Frame::data(Bytes::from(shown.to_string())));
    let mut answer = Answer::new(StreamBody::new(Box::pin(stream::iter([piece]))));
    if let Ok(id) = HeaderValue::from_str(arguments.text("id"))
        && !id.is_empty()
    {
        answer.headers_mut().insert("x-request-id", id);
    }
    answer
}

/// The query, decoded.
struct Arguments(BTreeMap<String, String>);

impl Arguments {
    fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn number(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or(0)
    }
}

fn arguments(request: &Request) -> Arguments {
    let query = request.uri().query().unwrap_or_default();
    Arguments(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
}

fn error(error: impl Debug) -> String {
    format!("{error:?}")
}

fn seen(request: &Request) -> Value {
    let headers: BTreeMap<&str, Vec<String>> = request
        .headers()
        .keys()
        .map(|name| {
            let values = request.headers().get_all(name).iter();
            (name.as_str(), values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect())
        })
        .collect();
    json!({ "method": request.method().as_str(), "uri": request.uri().to_string(), "headers": headers })
}

/// Pieces of 1 KiB, each made when it is asked for; at the one numbered `panic` it ends badly.
fn numbers(arguments: &Arguments) -> Pieces {
    let panic_at = arguments.number("panic");
    let piece = move |n: u64| {
        assert!(n == 0 || n != panic_at, "the probe was asked to panic here");
        Ok(Frame::data(Bytes::from(format!("{n:01024}"))))
    };
    Box::pin(stream::iter((0..arguments.number("pieces")).map(piece)))
}

/// The request's body, piece by piece as it comes.
fn mirror(request: Request) -> Answer {
    let pieces = stream::unfold(request.into_body(), async |mut body| {
        let frame = body.frame().await?.ok()?;
        Some((Ok(frame), body))
    });
    Response::new(StreamBody::new(Box::pin(pieces)))
}

async fn count(request: Request) -> Shown {
    let mut body = request.into_body();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        let data = frame.map_err(error)?.into_data().unwrap_or_default();
        bytes += data.len();
    }
    Ok(json!({ "bytes": bytes }))
}
