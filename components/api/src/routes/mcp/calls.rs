//! Calls of this deployment's own API: in process where the host leads from one component to another, else where the public reaches it.

use std::time::Duration;

use agents::{Answered, Call, PICTURE_BYTES_MAX, PICTURES_MAX, Picture};
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::request::Builder;
use http::{HeaderMap, HeaderName, StatusCode};
use lifecycle::fetch::fetch;
use lifecycle::ports::SendError;
use lifecycle::{Ports, links};

use crate::Code;
use crate::wire::JSON;

/// Largest answer that is passed on, in bytes: a page of 20 tasks with the longest prompts.
pub(super) const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Longest time for an answer: one that is held back, and what it takes beside that.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(agents::WAIT_SECONDS_MAX + 10);
/// Longest time for a picture that is sent along.
const PICTURE_TIME_MAX: Duration = Duration::from_secs(2);

/// The component that answers for what was made.
pub(crate) const RESULTS: &str = "results";

const PREFER: HeaderName = HeaderName::from_static("prefer");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Makes a call in the name of whoever sent the message: with these headers. Where there is no answer, it says why as the API would.
pub(super) async fn ask<P: Ports>(ports: &P, name: &HeaderMap, call: &Call) -> Answered {
    let target = if call.query.is_empty() { call.path.clone() } else { format!("{}?{}", call.path, call.query) };
    let sent =
        send(ports, call.component, &target, ANSWER_BYTES_MAX, ANSWER_TIME_MAX, |base| request(base, name, call));
    match sent.await {
        Ok(answer) => Answered::read(answer.status().as_u16(), answer.body()),
        Err(error) => refused(call, error),
    }
}

/// The pictures among these files that are small enough to be sent along. One that cannot be had is left out: it is pointed to.
pub(super) async fn pictures<P: Ports>(ports: &P, files: &[&str]) -> Vec<Picture> {
    let mut pictures = Vec::new();
    let base = &ports.config().public_url;
    let known = files.iter().filter_map(|url| Some((url.strip_prefix(base)?, agents::extension_type(url)?)));
    for (path, media_type) in known.take(PICTURES_MAX) {
        let get = |url: &str| asking(http::Request::get(url)).body(Vec::new());
        let sent = send(ports, RESULTS, path, PICTURE_BYTES_MAX, PICTURE_TIME_MAX, get).await;
        if let Some(answer) = sent.ok().filter(|answer| answer.status() == StatusCode::OK) {
            pictures.push(Picture { media_type, bytes: answer.into_body() });
        }
    }
    pictures
}

/// Sends a request to a component, and to where the public reaches it if there is no other way.
async fn send<P: Ports>(
    ports: &P,
    component: &str,
    target: &str,
    bytes_max: usize,
    time_max: Duration,
    request: impl Fn(&str) -> http::Result<http::Request<Vec<u8>>>,
) -> Result<http::Response<Vec<u8>>, SendError> {
    let mut last = SendError::NotConnected;
    for base in links::bases(ports.config(), component) {
        // What a URL cannot be was no path of the API either.
        let Ok(request) = request(&format!("{base}{target}")) else { continue };
        match fetch(ports, request, bytes_max, time_max).await {
            Err(error) if error.was_not_sent() => last = error,
            sent => return sent,
        }
    }
    Err(last)
}

fn request(url: &str, name: &HeaderMap, call: &Call) -> http::Result<http::Request<Vec<u8>>> {
    let body = call.body.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut request = asking(http::Request::builder().method(&call.method).uri(url));
    for (header, value) in name {
        request = request.header(header, value);
    }
    if call.body.is_some() {
        request = request.header(CONTENT_TYPE, JSON);
    }
    if call.at_once {
        request = request.header(PREFER, "respond-async");
    }
    if let Some(name) = &call.idempotency_key {
        request = request.header(IDEMPOTENCY_KEY, name);
    }
    request.body(body.into())
}

/// A request that says who asks and what it takes.
fn asking(request: Builder) -> Builder {
    request.header(ACCEPT, "application/json, */*").header(USER_AGENT, domain::USER_AGENT)
}

/// Why there is no answer, and what to do about it.
fn refused(call: &Call, error: SendError) -> Answered {
    let name = call.idempotency_key.as_deref().filter(|_| !error.was_not_sent());
    let (code, next) = match (error, name) {
        (SendError::TooLarge, _) => (Code::InvalidRequest, "ask for less at once, with a smaller `limit`".to_owned()),
        (_, Some(name)) => {
            let next =
                format!("it may have been done; send it again with `idempotency_key` {name}, and it is done once");
            (Code::StoreUnavailable, next)
        }
        (_, None) => (Code::StoreUnavailable, "try again in a moment".to_owned()),
    };
    let (_, code) = code.status_and_name();
    Answered::Failed { code: code.to_owned(), text: format!("The API {}: {next}", error.reason()) }
}
