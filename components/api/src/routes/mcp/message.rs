//! `POST /mcp`: a message of an agent.

use std::time::Duration;

use agents::{Answered, Asked, Headers, ID_MAX, Reply, Step};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use lifecycle::Ports;
use lifecycle::ports::Body;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::calls::{self, ANSWER_BYTES_MAX};
use crate::auth::{self, Customer};
use crate::body::{self, BODY_BYTES_MAX};
use crate::caller::CALLER;
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::room::{KEPT_COPIES, Room};
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{JSON, Request, Response};
use crate::{Code, Error, quota};

/// For how long the task of a call is looked at again: a look that begins by then ends within 25 seconds, which agents wait for.
const LOOKS_TIME: Duration = Duration::from_secs(10);
/// Most looks, however quickly the task moves on.
const LOOKS_MAX: usize = 8;
/// Memory for the pictures that are sent along: their bytes, those as a text, and the text in the answer.
const PICTURES_BYTES: usize = agents::PICTURES_MAX * agents::PICTURE_BYTES_MAX * 4;

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Post, path: "/mcp", access: Access::ANY_KEY, needs: &[Need::Itself] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(answer(ports, request)))
}

/// A message of JSON-RPC 2.0.
#[derive(Debug, JsonSchema)]
#[expect(dead_code, reason = "it describes what is read by the crate `agents`")]
pub(crate) struct Message {
    /// `2.0`.
    #[schemars(extend("const" = "2.0"))]
    jsonrpc: String,
    /// What the answer repeats; without it there is none.
    id: Option<Id>,
    /// What is asked for, such as `tools/call`.
    method: String,
    /// What the method takes.
    params: Option<Map<String, Value>>,
}

#[derive(Debug, JsonSchema)]
#[schemars(inline, untagged)]
#[expect(dead_code, reason = "likewise")]
enum Id {
    Text(String),
    Number(#[schemars(range(min = -ID_MAX, max = ID_MAX))] f64),
}

/// A message is not counted: the calls that come of it are.
async fn answer<P: Ports, B: Body>(ports: &P, mut request: Request<B>) -> Result<Response, Error> {
    let customer = auth::customer(ports, &request).await?;
    body::read(ports, &mut request, BODY_BYTES_MAX).await?;
    let reply = reply(ports, &customer, request).await?;
    Ok(quota::look(ports, &customer.account).await.on(respond(reply)))
}

async fn reply<P: Ports, B>(ports: &P, customer: &Customer, mut request: Request<B>) -> Result<Reply, Error> {
    let message: Value = match request.json::<Map<String, Value>>() {
        Ok(message) => message.into(),
        Err(error) if error.code == Code::InvalidJson => return Ok(agents::unreadable(false, &error.message)),
        Err(error) if error.code == Code::InvalidRequest => {
            return Ok(agents::unreadable(true, &error.message));
        }
        Err(error) => return Err(error),
    };
    let idempotency_key = format!("mcp-{}", hex::encode(ports.random::<16>()));
    match agents::step(&headers(&request.headers), message, &idempotency_key) {
        Step::Reply(reply) => Ok(reply),
        Step::Ask(asked) => {
            let name = name_of(&request.headers, customer.told(ports)?);
            ask(ports, &request.room, &name, asked).await
        }
    }
}

/// The headers by which calls are the sender's: the key, and from where it is used.
fn name_of(headers: &HeaderMap, from: Option<String>) -> HeaderMap {
    let key = headers.get(AUTHORIZATION).cloned().map(|key| (AUTHORIZATION, key));
    let from = from.and_then(|from| HeaderValue::try_from(from).ok()).map(|from| (CALLER, from));
    key.into_iter().chain(from).collect()
}

fn headers(all: &HeaderMap) -> Headers<'_> {
    let text = |name: &str| all.get(name).and_then(|value| value.to_str().ok());
    Headers { version: text("mcp-protocol-version"), method: text("mcp-method"), name: text("mcp-name") }
}

/// Asks the API, and looks again at what it began for as long as agents wait.
async fn ask<P: Ports>(ports: &P, room: &Room, name: &HeaderMap, asked: Asked) -> Result<Reply, Error> {
    let _kept = room.take(ANSWER_BYTES_MAX * KEPT_COPIES)?;
    let look_until = ports.now().plus(LOOKS_TIME);
    let mut answered = calls::ask(ports, name, asked.call()).await;
    for _ in 0..LOOKS_MAX {
        let Some(look) = asked.next(&answered).filter(|_| ports.now() < look_until) else { break };
        // What was begun is told in any case: a look that comes to nothing can be had again.
        match calls::ask(ports, name, &look).await {
            seen @ Answered::Data(_) => answered = seen,
            Answered::Failed { .. } => break,
        }
    }
    let files = asked.files(&answered);
    let pictures = match room.take(PICTURES_BYTES) {
        Ok(_kept) if !files.is_empty() => calls::pictures(ports, &files).await,
        _ => Vec::new(),
    };
    Ok(asked.reply(answered, pictures))
}

fn respond(reply: Reply) -> Response {
    match reply.body {
        Some(body) => Response::new(reply.status, JSON, body.to_string().into()),
        None => Response { status: reply.status, headers: HeaderMap::new(), body: Vec::new(), cause: None },
    }
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "sendMessage", "Send an MCP message")
        .says("The Model Context Protocol over Streamable HTTP, without sessions and streams: revisions 2026-07-28, 2025-11-25 and before. An agent needs this address and an API key. Its tools are operations of this document.")
        .takes::<Message>(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "get_credits" } }))
        .answers_with(200, "The answer to the message, also where that is an error.", Content::Bytes(JSON), &[])
        .answers_with(202, "The message wants no answer.", Content::Empty, &[])
        .answers_with(400, "It is no message; JSON-RPC says why.", Content::Bytes(JSON), &[])
        .answers_with(404, "There is no such method, told to clients of 2026-07-28.", Content::Bytes(JSON), &[])
}
