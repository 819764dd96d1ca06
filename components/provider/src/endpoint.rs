//! Where a provider's API is, what opens it, and whom that may be shown to.

use domain::Secret;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, request};
use serde::Serialize;
use url::Url;

use crate::{Error, Request};

/// A request of ours that cannot be written; with plain names and ids it always can.
pub(crate) const UNBUILDABLE: Error = Error::Malformed("name to ask for");

/// An API's address, and the header that opens it.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    base: Url,
    authorization: Option<HeaderValue>,
}

impl Endpoint {
    /// `http(s)://host[:port][/path]`, and nothing else.
    pub(crate) fn parse(base_url: &str) -> Option<Self> {
        let base = Url::parse(base_url).ok()?;
        let plain = matches!(base.scheme(), "http" | "https")
            && base.has_host()
            && address::is_anonymous(&base)
            && base.query().is_none()
            && base.fragment().is_none();
        plain.then_some(Self { base, authorization: None })
    }

    /// Opened by a secret of this scheme; nothing when there is none, or when it cannot be a header's.
    pub(crate) fn opened_by(self, scheme: &str, secret: &Secret) -> Option<Self> {
        if secret.is_empty() {
            return None;
        }
        let mut authorization = HeaderValue::try_from(format!("{scheme} {}", secret.expose())).ok()?;
        // `Sensitive` to `Debug`, as the secret it was made of.
        authorization.set_sensitive(true);
        Some(Self { authorization: Some(authorization), ..self })
    }

    /// The address of something below the base.
    pub(crate) fn url<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Result<Url, Error> {
        let mut url = self.base.clone();
        url.path_segments_mut().map_err(|()| UNBUILDABLE)?.pop_if_empty().extend(segments);
        Ok(url)
    }

    /// A request without a body. Another origin is never shown what opens this one.
    pub(crate) fn request(&self, method: Method, url: &Url) -> Result<Request, Error> {
        self.builder(method, url)?.body(Vec::new()).map_err(|_| UNBUILDABLE)
    }

    /// A request with a JSON body.
    pub(crate) fn send<T: Serialize>(&self, method: Method, url: &Url, body: &T) -> Result<Request, Error> {
        let body = serde_json::to_vec(body).map_err(|_| UNBUILDABLE)?;
        self.builder(method, url)?.header(CONTENT_TYPE, "application/json").body(body).map_err(|_| UNBUILDABLE)
    }

    pub(crate) fn is_origin_of(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    fn builder(&self, method: Method, url: &Url) -> Result<request::Builder, Error> {
        if !self.is_origin_of(url) {
            return Err(Error::Malformed("address of its own"));
        }
        let builder = request::Builder::new()
            .method(method)
            .uri(url.as_str())
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, domain::USER_AGENT);
        Ok(match &self.authorization {
            Some(authorization) => builder.header(AUTHORIZATION, authorization.clone()),
            None => builder,
        })
    }
}
