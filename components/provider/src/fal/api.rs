//! Requests of fal's queue API.

use domain::Secret;
use http::{HeaderName, HeaderValue, Method};
use serde::Serialize;
use url::Url;

use super::config::Misconfigured;
use crate::endpoint::Endpoint;
use crate::job::is_plain_id;
use crate::{Error, JobRef, Request};

/// The most letters of an [`App`] and of a job's path.
const PATH_BYTES_MAX: usize = 256;

/// The most parts of an [`App`]: `fal-ai/flux-2/klein/9b/base/lora`.
const PARTS_MAX: usize = 6;

/// How long the files of a request are kept. Without it they are kept for ever.
const LIFECYCLE: HeaderName = HeaderName::from_static("x-fal-object-lifecycle-preference");

/// What runs at fal: `owner/name`, maybe with a path of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct App(String);

impl App {
    pub(super) fn parse(text: &str) -> Option<Self> {
        ((2..=PARTS_MAX).contains(&text.split('/').count()) && is_path(text)).then(|| Self(text.to_owned()))
    }

    /// Where its requests are: a path of its own is not part of it.
    fn requests(&self) -> String {
        self.0.split('/').take(2).collect::<Vec<_>>().join("/")
    }
}

/// Whether every part of a path needs no escaping and none leads elsewhere.
fn is_path(path: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let named = |part: &str| part.bytes().any(|b| b.is_ascii_alphanumeric()) && part.bytes().all(plain);
    path.len() <= PATH_BYTES_MAX && path.split('/').all(named)
}

/// Where requests are deleted, and what opens that.
#[derive(Debug, Clone)]
pub(super) struct Deletions(Endpoint);

impl Deletions {
    /// Nothing without a key.
    pub(super) fn new(api_url: &str, key: &Secret) -> Result<Option<Self>, Misconfigured> {
        let endpoint = Endpoint::parse(api_url).ok_or(Misconfigured::ApiUrl)?;
        if key.is_empty() {
            return Ok(None);
        }
        endpoint.opened_by("Key", key).map(|opened| Some(Self(opened))).ok_or(Misconfigured::AdminKey)
    }

    /// Removes what a request was given, and the files that it made.
    pub(super) fn request(&self, job: &JobRef) -> Result<Request, Error> {
        let id = Some(job.id.as_str()).filter(|id| is_plain_id(id)).ok_or(Error::NotFound)?;
        self.0.request(Method::DELETE, &self.0.url(["v1", "models", "requests", id, "payloads"])?)
    }
}

/// Where the queue is, and what opens it.
#[derive(Debug, Clone)]
pub(super) struct Api(Endpoint);

impl Api {
    pub(super) fn new(queue_url: &str, key: &Secret) -> Result<Self, Misconfigured> {
        let endpoint = Endpoint::parse(queue_url).ok_or(Misconfigured::QueueUrl)?;
        endpoint.opened_by("Key", key).map(Self).ok_or(Misconfigured::Key)
    }

    /// Submits a job, whose files are kept for so many seconds.
    pub(super) fn submit<T: Serialize>(
        &self,
        app: &App,
        callback_url: &str,
        kept_seconds: u32,
        input: &T,
    ) -> Result<Request, Error> {
        let mut url = self.0.url(app.0.split('/'))?;
        url.query_pairs_mut().append_pair("fal_webhook", callback_url);
        let mut request = self.0.send(Method::POST, &url, input)?;
        let lifecycle = format!("{{\"expiration_duration_seconds\":{kept_seconds}}}");
        if let Ok(lifecycle) = HeaderValue::try_from(lifecycle) {
            request.headers_mut().insert(LIFECYCLE, lifecycle);
        }
        Ok(request)
    }

    /// Asks about a job, or for it: `more` is `status`, `cancel`, or nothing for its result.
    pub(super) fn about(
        &self,
        method: Method,
        app: Option<&App>,
        job: &JobRef,
        more: Option<&str>,
    ) -> Result<Request, Error> {
        let path = match (&job.location, app) {
            (Some(location), _) if is_path(location) => location.clone(),
            // Its callback came before the answer to its submission; both of fal's own clients write it so.
            (_, Some(app)) if is_plain_id(&job.id) => format!("{}/requests/{}", app.requests(), job.id),
            _ => return Err(Error::NotFound),
        };
        let mut url = self.0.url(path.split('/').chain(more))?;
        if more == Some("status") {
            url.set_query(Some("logs=1"));
        }
        self.0.request(method, &url)
    }

    /// The path of a job, from the URL of its result that fal returned. It has to be the queue's own: the key is shown there.
    pub(super) fn location(&self, response_url: &str) -> Option<String> {
        let url = Url::parse(response_url).ok().filter(|url| self.0.is_origin_of(url))?;
        let path = url.path().trim_start_matches('/');
        let path = path.strip_suffix("/response").unwrap_or(path);
        is_path(path).then(|| path.to_owned())
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.0
    }
}
