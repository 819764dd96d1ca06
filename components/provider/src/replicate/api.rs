//! Requests of Replicate's HTTP API.

use domain::Secret;
use http::Method;
use serde::Serialize;
use url::Url;

use super::config::Misconfigured;
use crate::endpoint::Endpoint;
use crate::{Error, Kind, Request};

/// Where jobs of a kind are.
pub(super) const fn path(kind: Kind) -> &'static str {
    match kind {
        Kind::Training => "trainings",
        Kind::Generation | Kind::Run => "predictions",
    }
}

/// Where the API is, and what opens it.
#[derive(Debug, Clone)]
pub(super) struct Api(Endpoint);

impl Api {
    pub(super) fn new(base_url: &str, token: &Secret) -> Result<Self, Misconfigured> {
        let endpoint = Endpoint::parse(base_url).ok_or(Misconfigured::BaseUrl)?;
        endpoint.opened_by("Bearer", token).map(Self).ok_or(Misconfigured::Token)
    }

    pub(super) fn get(&self, segments: &[&str]) -> Result<Request, Error> {
        self.get_url(&self.url(segments)?)
    }

    /// Asks for a URL that the API itself named.
    pub(super) fn get_url(&self, url: &Url) -> Result<Request, Error> {
        self.0.request(Method::GET, url)
    }

    pub(super) fn post<T: Serialize>(&self, segments: &[&str], body: &T) -> Result<Request, Error> {
        self.0.send(Method::POST, &self.url(segments)?, body)
    }

    pub(super) fn post_empty(&self, segments: &[&str]) -> Result<Request, Error> {
        self.0.request(Method::POST, &self.url(segments)?)
    }

    pub(super) fn delete(&self, segments: &[&str]) -> Result<Request, Error> {
        self.0.request(Method::DELETE, &self.url(segments)?)
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.0
    }

    fn url(&self, segments: &[&str]) -> Result<Url, Error> {
        self.0.url(["v1"].iter().chain(segments).copied())
    }
}
