//! Where a provider keeps its files.

use url::{Host, Url};

use crate::endpoint::Endpoint;

/// A host, or with `*.` before it the host and all below it: `https://*.replicate.delivery`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileHost {
    origin: Url,
    below: bool,
}

impl FileHost {
    /// `http(s)://[*.]host[:port]`, and nothing else; nothing is below an address.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (below, host) = rest.strip_prefix("*.").map_or((false, rest), |host| (true, host));
        let origin = Endpoint::parse(&format!("{scheme}://{host}"))?.url([]).ok()?;
        let named = matches!(origin.host(), Some(Host::Domain(_))) && !host.contains('*');
        (origin.path() == "/" && (named || !below && !host.contains('*'))).then_some(Self { origin, below })
    }

    /// Whether a file may be fetched from `text`, where only these hosts are.
    pub(crate) fn any_has(hosts: &[String], text: &str) -> bool {
        let Ok(url) = Url::parse(text) else { return false };
        address::is_anonymous(&url) && hosts.iter().filter_map(|host| Self::parse(host)).any(|host| host.has(&url))
    }

    /// Whether a file may be fetched from `text`: from here, or from the API's own origin.
    pub(crate) fn serves(&self, api: &Endpoint, text: &str) -> bool {
        let Ok(url) = Url::parse(text) else { return false };
        address::is_anonymous(&url) && (api.is_origin_of(&url) || self.has(&url))
    }

    fn has(&self, url: &Url) -> bool {
        let same =
            url.scheme() == self.origin.scheme() && url.port_or_known_default() == self.origin.port_or_known_default();
        let (Some(host), Some(name)) = (url.host_str(), self.origin.host_str()) else { return false };
        let below = || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        same && (host == name || self.below && below())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serves(host: &str, url: &str) -> bool {
        FileHost::parse(host).unwrap().serves(&Endpoint::parse("https://api.example").unwrap(), url)
    }

    #[test]
    fn a_host_serves_and_with_a_star_those_below_it_too() {
        assert!(serves("https://a.example", "https://a.example/1.png"));
        assert!(!serves("https://a.example", "https://b.a.example/1.png"));
        for url in ["https://a.example/1", "https://b.a.example/1", "https://c.b.a.example/1", "https://api.example/1"]
        {
            assert!(serves("https://*.a.example", url), "{url}");
        }
        for url in
            ["https://ba.example/1", "http://b.a.example/1", "https://b.a.example:8443/1", "https://u@a.example/1"]
        {
            assert!(!serves("https://*.a.example", url), "{url}");
        }
        assert!(serves("http://127.0.0.1:8080", "http://127.0.0.1:8080/1"));
        assert!(!serves("http://127.0.0.1:8080", "http://127.0.0.1:8081/1"));
        assert!(!serves("https://0.1", "https://127.0.0.1/1"));
    }

    #[test]
    fn hosts_that_a_model_names_serve_nothing_else() {
        let hosts = ["https://cdn.example".to_owned(), "https://*.b.example".to_owned(), "nonsense".to_owned()];
        for (url, served) in [
            ("https://cdn.example/1.mp4", true),
            ("https://x.b.example/1.mp4", true),
            ("https://a.cdn.example/1.mp4", false),
            ("http://cdn.example/1.mp4", false),
            ("https://u:p@cdn.example/1.mp4", false),
            ("nonsense", false),
        ] {
            assert_eq!(FileHost::any_has(&hosts, url), served, "{url}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            "*",
            "a.example",
            "https://",
            "https://*",
            "https://*.",
            "https://*.*.a.example",
            "https://a.*.example",
            "https://*.127.0.0.1",
            "https://a.example/path",
            "https://u:p@a.example",
            "ftp://a.example",
        ] {
            assert_eq!(FileHost::parse(text), None, "{text}");
        }
    }
}
