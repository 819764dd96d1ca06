//! Requests of Replicate's HTTP API, and whom the token may be shown to.

use domain::Secret;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, request};
use serde::Serialize;
use url::Url;

use super::config::Misconfigured;
use crate::{Error, Request};

/// Where the API is, and what opens it.
#[derive(Debug, Clone)]
pub(super) struct Api {
    base: Url,
    authorization: HeaderValue,
}

impl Api {
    pub(super) fn new(base_url: &str, token: &Secret) -> Result<Self, Misconfigured> {
        let base = Url::parse(base_url).map_err(|_| Misconfigured::BaseUrl)?;
        let plain = matches!(base.scheme(), "http" | "https")
            && base.has_host()
            && base.username().is_empty()
            && base.password().is_none()
            && base.query().is_none()
            && base.fragment().is_none();
        if !plain {
            return Err(Misconfigured::BaseUrl);
        }
        if token.is_empty() {
            return Err(Misconfigured::Token);
        }
        // `Sensitive` to `Debug`, as the secret it was made of.
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| Misconfigured::Token)?;
        authorization.set_sensitive(true);
        Ok(Self { base, authorization })
    }

    pub(super) fn get(&self, segments: &[&str]) -> Result<Request, Error> {
        self.get_url(&self.url(segments)?)
    }

    /// Asks for a URL that the API itself named. Another origin is never shown the token.
    pub(super) fn get_url(&self, url: &Url) -> Result<Request, Error> {
        if !self.is_origin_of(url) {
            return Err(Error::Malformed("address of its own"));
        }
        finish(self.builder(Method::GET, url), Vec::new())
    }

    pub(super) fn post<T: Serialize>(&self, segments: &[&str], body: &T) -> Result<Request, Error> {
        let body = serde_json::to_vec(body).map_err(|_| UNBUILDABLE)?;
        let builder = self.builder(Method::POST, &self.url(segments)?);
        finish(builder.header(CONTENT_TYPE, "application/json"), body)
    }

    pub(super) fn post_empty(&self, segments: &[&str]) -> Result<Request, Error> {
        finish(self.builder(Method::POST, &self.url(segments)?), Vec::new())
    }

    pub(super) fn is_origin_of(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    fn url(&self, segments: &[&str]) -> Result<Url, Error> {
        let mut url = self.base.clone();
        url.path_segments_mut().map_err(|()| UNBUILDABLE)?.pop_if_empty().push("v1").extend(segments);
        Ok(url)
    }

    fn builder(&self, method: Method, url: &Url) -> request::Builder {
        request::Builder::new()
            .method(method)
            .uri(url.as_str())
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, "likeness")
            .header(AUTHORIZATION, self.authorization.clone())
    }
}

/// A request of ours that cannot be written; with plain names and ids it always can.
const UNBUILDABLE: Error = Error::Malformed("name to ask for");

fn finish(builder: request::Builder, body: Vec<u8>) -> Result<Request, Error> {
    builder.body(body).map_err(|_| UNBUILDABLE)
}
