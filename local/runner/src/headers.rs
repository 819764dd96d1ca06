//! The request headers a component gets from its host, as Spin 4 sets them.
//!
//! A component may believe them, so whatever a caller sends under these names is dropped first.

use std::net::SocketAddr;

use http::Request;
use http::header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue};
use http::uri::Authority;
use manifest::Match;

use crate::Body;

const PATH_INFO: HeaderName = HeaderName::from_static("spin-path-info");
const FULL_URL: HeaderName = HeaderName::from_static("spin-full-url");
const MATCHED_ROUTE: HeaderName = HeaderName::from_static("spin-matched-route");
const BASE_PATH: HeaderName = HeaderName::from_static("spin-base-path");
const COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-component-route");
const RAW_COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-raw-component-route");
const CLIENT_ADDR: HeaderName = HeaderName::from_static("spin-client-addr");

/// Each `:name` of the route has a header that starts so.
const PATH_MATCH: &str = "spin-path-match-";

const OURS: [HeaderName; 7] =
    [PATH_INFO, FULL_URL, MATCHED_ROUTE, BASE_PATH, COMPONENT_ROUTE, RAW_COMPONENT_ROUTE, CLIENT_ADDR];

/// What the headers tell of a request.
pub(crate) struct Told<'a> {
    /// The route, and what it captured.
    pub(crate) matched: &'a Match<'a>,
    /// What the caller called us.
    pub(crate) authority: &'a Authority,
    /// Path and query, as the caller sent them.
    pub(crate) path_and_query: &'a str,
    /// Where the caller is.
    pub(crate) client: SocketAddr,
}

/// Drops what only a host may say, and says it.
///
/// `connection` goes as well: it is between the caller and this server.
pub(crate) fn set(headers: &mut HeaderMap, told: &Told<'_>) {
    drop_claimed(headers);
    headers.remove(CONNECTION);
    let Told { matched, authority, path_and_query, client } = told;
    let texts = [
        (PATH_INFO, matched.path_info.clone()),
        (FULL_URL, format!("http://{authority}{path_and_query}")),
        (MATCHED_ROUTE, matched.route.to_owned()),
        (BASE_PATH, "/".to_owned()),
        (COMPONENT_ROUTE, matched.prefix().to_owned()),
        (RAW_COMPONENT_ROUTE, matched.route.to_owned()),
        (CLIENT_ADDR, client.to_string()),
    ];
    let parameters = matched.parameters.iter().filter_map(|(name, text)| {
        let name = format!("{PATH_MATCH}{}", name.replace('_', "-").to_ascii_lowercase());
        Some((HeaderName::try_from(name).ok()?, text.clone()))
    });
    for (name, text) in texts.into_iter().chain(parameters) {
        // A path can't hold what a header can't, so nothing is lost here.
        if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
            headers.insert(name, value);
        }
    }
}

/// The same for a request of another component, which has no route and no caller outside.
pub(crate) fn set_chained(request: &mut Request<Body>) {
    let authority = request.uri().authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    let headers = request.headers_mut();
    drop_claimed(headers);
    headers.remove(CONNECTION);
    if let Some(authority) = authority {
        headers.insert(HOST, authority);
    }
}

fn drop_claimed(headers: &mut HeaderMap) {
    let claimed = |name: &HeaderName| OURS.contains(name) || name.as_str().starts_with(PATH_MATCH);
    let names: Vec<HeaderName> = headers.keys().filter(|name| claimed(name)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use manifest::Routes;

    use super::*;

    fn told(route: &str, path_and_query: &str, mut headers: HeaderMap) -> BTreeMap<String, String> {
        let routes = Routes::new([(route, "it")]).unwrap();
        let path = path_and_query.split('?').next().unwrap();
        let told = Told {
            matched: &routes.find(path).unwrap(),
            authority: &Authority::from_static("likeness.example:8080"),
            path_and_query,
            client: SocketAddr::from(([192, 0, 2, 7], 4711)),
        };
        set(&mut headers, &told);
        headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
    }

    #[test]
    fn component_is_told_what_spin_tells() {
        let expected = [
            ("spin-base-path", "/"),
            ("spin-client-addr", "192.0.2.7:4711"),
            ("spin-component-route", "/foo/:user_id"),
            ("spin-full-url", "http://likeness.example:8080/foo/42/bar/?a=1&b=2"),
            ("spin-matched-route", "/foo/:user_id/..."),
            ("spin-path-info", "/bar/"),
            ("spin-path-match-user-id", "42"),
            ("spin-raw-component-route", "/foo/:user_id/..."),
        ];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(told("/foo/:user_id/...", "/foo/42/bar/?a=1&b=2", HeaderMap::new()), BTreeMap::from(expected));
    }

    #[test]
    fn what_a_caller_claims_is_dropped_and_the_rest_is_kept() {
        let mut headers = HeaderMap::new();
        for name in OURS {
            headers.append(name.clone(), HeaderValue::from_static("forged"));
            headers.append(name, HeaderValue::from_static("forged again"));
        }
        headers.append("spin-path-match-admin", HeaderValue::from_static("forged"));
        headers.append("connection", HeaderValue::from_static("close"));
        headers.append("accept", HeaderValue::from_static("*/*"));
        let told = told("/it", "/it", headers);
        assert!(!told.values().any(|value| value.starts_with("forged")), "{told:?}");
        assert!(!told.contains_key("spin-path-match-admin") && !told.contains_key("connection"), "{told:?}");
        assert_eq!(told["accept"], "*/*");
    }
}
