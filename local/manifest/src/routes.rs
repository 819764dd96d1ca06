//! Which component answers a path: literal segments, `:name` segments and a last `/...`.
//!
//! The matching is that of `routefinder`, which Spin uses at the same version, so precedence is Spin's: at the first
//! segment that differs a literal beats a parameter beats the wildcard, and a trailing slash makes no difference.
//! What is checked before a route reaches it is what it would silently accept, or panic on.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use routefinder::Router;

/// The wildcard as a manifest writes it.
const WILDCARD: &str = "/...";

/// All routes of an application.
#[derive(Debug)]
pub struct Routes {
    router: Router<Route>,
}

#[derive(Debug)]
struct Route {
    /// As the manifest has it.
    raw: String,
    component: String,
}

/// A path's route, and what it captured.
#[derive(Debug, PartialEq, Eq)]
pub struct Match<'a> {
    /// The id of the component.
    pub component: &'a str,
    /// The route as the manifest has it.
    pub route: &'a str,
    /// Name and text of each `:name`, not decoded.
    pub parameters: Vec<(String, String)>,
    /// What the wildcard stands for, with its leading slash; empty without one.
    pub path_info: String,
}

impl Routes {
    /// Builds the routes from pairs of route and component id.
    ///
    /// # Errors
    /// A route that is not written as Spin's are, or two that match the same paths.
    pub fn new<'a>(triggers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut router = Router::new();
        let mut shapes: BTreeMap<String, String> = BTreeMap::new();
        for (raw, component) in triggers {
            check(raw)?;
            if let Some(other) = shapes.insert(shape(raw), raw.to_owned()) {
                bail!("the routes {other} and {raw} match the same paths");
            }
            let pattern = match raw.strip_suffix(WILDCARD) {
                Some(prefix) => format!("{prefix}/*"),
                None => raw.to_owned(),
            };
            let route = Route { raw: raw.to_owned(), component: component.to_owned() };
            router.add(pattern.as_str(), route).map_err(|e| anyhow::anyhow!("route {raw}: {e}"))?;
        }
        Ok(Self { router })
    }

    /// Route and component id of each, in the order they are tried.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.router.iter().map(|(_pattern, route)| (route.raw.as_str(), route.component.as_str()))
    }

    /// The route for a path.
    pub fn find<'a>(&'a self, path: &'a str) -> Option<Match<'a>> {
        let found = self.router.best_match(path)?;
        let route = found.handler();
        let captures = found.captures();
        // Spin keeps a trailing slash that the router drops.
        let path_info = captures.wildcard().map_or_else(String::new, |rest| match (rest, path.ends_with('/')) {
            ("", false) => String::new(),
            ("", true) => "/".to_owned(),
            (rest, false) => format!("/{rest}"),
            (rest, true) => format!("/{rest}/"),
        });
        let parameters = captures.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        Some(Match { component: &route.component, route: &route.raw, parameters, path_info })
    }
}

impl Match<'_> {
    /// The route without its wildcard.
    pub fn prefix(&self) -> &str {
        self.route.strip_suffix(WILDCARD).unwrap_or(self.route)
    }
}

fn check(route: &str) -> Result<()> {
    ensure!(route.starts_with('/'), "route {route}: starts with a slash");
    let segments = route.strip_suffix(WILDCARD).unwrap_or(route);
    for segment in segments.split('/') {
        ensure!(segment != "..." && !segment.contains('*'), "route {route}: `...` is only for the end");
        if let Some(name) = segment.strip_prefix(':') {
            let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            ensure!(named, "route {route}: a parameter is `:` and letters, digits, `-` or `_`");
        }
    }
    Ok(())
}

/// The route with its parameters' names and trailing slash left out: two routes of one shape match the same paths.
fn shape(route: &str) -> String {
    let segments = route.trim_matches('/').split('/');
    let blank = segments.map(|segment| if segment.starts_with(':') { ":" } else { segment });
    blank.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests;
