//! `Accept: text/event-stream`: what is asked about is told at once, and again whenever something has changed, in one answer (the HTML
//! standard's server-sent events).
//!
//! | line | what it is |
//! |---|---|
//! | `id` | where it is, for `Last-Event-ID`; `end` once nothing will change any more |
//! | `data` | what the same path tells as JSON, without the envelope |
//! | `retry` | when to ask again where the answer ended first, in milliseconds |
//! | `:` | nothing new: the connection is alive |

use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use domain::Timestamp;
use futures_util::stream;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderName, StatusCode};
use http_body::Frame;
use lifecycle::Ports;
use serde::Serialize;

use crate::Error;
use crate::news::{self, LOOK_EVERY, Seen};
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::serve::{Payload, Pieces};
use crate::wire::{self, Request, Response};

/// The media type of events.
const EVENTS: &str = "text/event-stream";
/// Longest time for one answer; who listens asks again by itself.
const TIME_MAX: Duration = Duration::from_mins(2);
/// How often something is sent, so that nobody takes the connection for dead.
const QUIET_MAX: Duration = Duration::from_secs(10);
/// When to ask again, in milliseconds.
const RETRY_MS: u32 = 1_000;
/// The id of the last event.
const END: &str = "end";

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Keeps proxies from collecting an answer before they pass it on.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The body of an answer that is there whole, or goes on with what is looked at.
pub enum Live<P> {
    /// It is there whole.
    Whole(Vec<u8>),
    /// It goes on.
    Watch(Box<Watch<P>>),
}

/// Something that is looked at again and again.
pub struct Watch<P> {
    look: Look<P>,
    /// What is to be told first.
    next: Option<Event>,
    /// The id of what was told last.
    told: String,
    /// When that was.
    told_at: Timestamp,
    give_up_at: Timestamp,
}

/// What is told at once.
struct Event {
    id: String,
    json: Vec<u8>,
}

type Look<P> = Box<dyn for<'a> Fn(&'a P) -> Looked<'a, Event>>;

/// What a look comes to.
pub(crate) type Looked<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + 'a>>;

/// Answers with what a look sees: as events where the request asks for those, and else as JSON, once there is news where it waits for that.
///
/// # Errors
/// Those of the first look, and of [`news::wait_for`].
pub(crate) async fn answer<P: Ports, B, T: Serialize + 'static>(
    ports: &P,
    request: &Request<B>,
    look: impl for<'a> Fn(&'a P) -> Looked<'a, Seen<T>> + 'static,
) -> Result<Response<Live<P>>, Error> {
    if !wire::names(&request.headers, EVENTS) {
        let told = news::wait_for(ports, request, async || look(ports).await).await?;
        return Ok(Response::success(StatusCode::OK, told).into());
    }
    let first = event(&look(ports).await?)?;
    let is_told = request.headers.get(LAST_EVENT_ID).is_some_and(|id| id.as_bytes() == END.as_bytes());
    if is_told && first.id == END {
        // It tells a browser not to ask again.
        return Ok(Response {
            status: StatusCode::NO_CONTENT,
            headers: HeaderMap::new(),
            body: Live::default(),
            cause: None,
        });
    }
    let look: Look<P> = Box::new(move |ports| {
        let looked = look(ports);
        Box::pin(async { event(&looked.await?) })
    });
    let (now, told) = (ports.now(), String::new());
    let watch = Watch { look, next: Some(first), told, told_at: now, give_up_at: now.plus(TIME_MAX) };
    let answer = Response::new(StatusCode::OK, EVENTS, Live::Watch(Box::new(watch)));
    Ok(answer.with(CACHE_CONTROL, "no-store").with(X_ACCEL_BUFFERING, "no"))
}

fn event<T: Serialize>(seen: &Seen<T>) -> Result<Event, Error> {
    let id = seen.news.map_or_else(|| END.to_owned(), |(state, percent)| format!("{state}-{percent}"));
    Ok(Event { id, json: serde_json::to_vec(&seen.told).map_err(Error::internal)? })
}

impl<P: Ports> Watch<P> {
    /// What is to be sent next; nothing at the end.
    async fn next(&mut self, ports: &P) -> Option<Vec<u8>> {
        if let Some(first) = self.next.take() {
            return Some([format!("retry: {RETRY_MS}\n").into_bytes(), self.tell(first, ports.now())].concat());
        }
        while self.told != END && ports.now() < self.give_up_at {
            ports.sleep(LOOK_EVERY).await;
            match (self.look)(ports).await {
                Ok(event) if event.id != self.told => return Some(self.tell(event, ports.now())),
                Ok(_) => {}
                Err(error) => ports.log(&format!("it is looked again: {}", error.message)),
            }
            if ports.now().since(self.told_at) >= QUIET_MAX {
                self.told_at = ports.now();
                return Some(b":\n\n".to_vec());
            }
        }
        None
    }

    /// An event as it is sent.
    fn tell(&mut self, Event { id, json }: Event, now: Timestamp) -> Vec<u8> {
        let text = [format!("id: {id}\ndata: ").as_bytes(), &json, b"\n\n"].concat();
        (self.told, self.told_at) = (id, now);
        text
    }
}

impl<P> Default for Live<P> {
    fn default() -> Self {
        Self::Whole(Vec::new())
    }
}

impl<P: Ports + 'static> Payload<P> for Live<P> {
    fn length(&self) -> Option<u64> {
        match self {
            Self::Whole(bytes) => Payload::<P>::length(bytes),
            Self::Watch(_) => None,
        }
    }

    fn pieces(self, ports: Rc<P>) -> Pieces {
        match self {
            Self::Whole(bytes) => bytes.pieces(ports),
            Self::Watch(watch) => Box::pin(stream::unfold((ports, watch), async |(ports, mut watch)| {
                let sent = watch.next(&ports).await?;
                Some((Ok(Frame::data(Bytes::from(sent))), (ports, watch)))
            })),
        }
    }
}

impl<P> From<Response> for Response<Live<P>> {
    fn from(response: Response) -> Self {
        response.map(Live::Whole)
    }
}

impl<P> From<Error> for Response<Live<P>> {
    fn from(error: Error) -> Self {
        Response::<Vec<u8>>::from(error).into()
    }
}

/// That there are events, in a description.
pub(crate) fn described(description: Description) -> Description {
    news::described(description)
        .header(
            "Last-Event-ID",
            "The `id` of the last event that came. After `end` there is none any more, which 204 says.",
            serde_json::json!({ "type": "string" }),
        )
        .answers_with(204, "Nothing will change any more, and the events said so.", Content::Empty, &[])
}
