//! The routes of a component, as Spin has them.

use api::components::{self, Component, FALLBACK};
use api::router::Route;

/// The paths that Spin sends to a component: `/api/v1/tasks/...`, `/results/:name`.
///
/// Several of its paths with one noun are that noun and all below it, where no other component has more of them, nor a parameter right behind the
/// noun, which would come first; so is one whose end is open. Every other is as it is, and everything that nobody has is the fallback's.
pub(crate) fn of(component: &Component) -> Vec<String> {
    if component.name == FALLBACK {
        return vec!["/...".to_owned()];
    }
    let mut triggers = Vec::new();
    for route in component.routes {
        let trigger = trigger(component, route);
        if !triggers.contains(&trigger) {
            triggers.push(trigger);
        }
    }
    triggers
}

/// What a component answers for, in a line: methods and paths, each between these marks.
pub(crate) fn summary(component: &Component, mark: &str) -> String {
    let marked = |parts: Vec<String>| {
        let parts: Vec<String> = parts.iter().map(|part| format!("{mark}{part}{mark}")).collect();
        parts.join(", ")
    };
    if component.name == FALLBACK {
        let paths = component.routes.iter().map(|route| format!("{} {}", method(route), route.path)).collect();
        return format!("{}, and every unknown route", marked(paths));
    }
    let with_methods = |trigger: String| {
        let mut methods: Vec<&str> = Vec::new();
        for route in component.routes.iter().filter(|route| self::trigger(component, route) == trigger) {
            if !methods.contains(&method(route)) {
                methods.push(method(route));
            }
        }
        format!("{} {trigger}", methods.join(", "))
    };
    marked(of(component).into_iter().map(with_methods).collect())
}

/// A route's method; that there is a HEAD beside a GET goes without saying.
fn method(route: &Route) -> &'static str {
    route.verb.methods().split(',').next().unwrap_or_default()
}

fn trigger(component: &Component, route: &Route) -> String {
    let (noun, open) = (noun(route.path), route.path.contains("{*"));
    let shared = component.routes.iter().any(|other| self::noun(other.path) == noun && other.path != route.path);
    let of_noun = |of: &Component| of.routes.iter().filter(|other| self::noun(other.path) == noun).count();
    let behind = format!("{noun}/{{");
    let divided = components::ALL.iter().filter(|other| other.name != component.name).any(|other| {
        of_noun(other) > of_noun(component) || other.routes.iter().any(|other| other.path.starts_with(&behind))
    });
    if (shared && !divided) || open { format!("{noun}/...") } else { route.path.replace('{', ":").replace('}', "") }
}

/// A path up to what it is about: `/api/v1/tasks`, `/results`.
fn noun(path: &str) -> &str {
    let start = if path.starts_with("/api/v1/") { "/api/v1/".len() } else { 1 };
    let end = path.get(start..).and_then(|rest| rest.find('/')).map_or(path.len(), |length| start + length);
    path.get(..end).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> &'static Component {
        components::ALL.iter().find(|component| component.name == name).unwrap()
    }

    #[test]
    fn paths_of_one_noun_are_one_route() {
        assert_eq!(of(named("tasks")), ["/api/v1/tasks/..."]);
        assert_eq!(of(named("deliveries")), ["/api/v1/deliveries/...", "/api/v1/webhook-secret/..."]);
        assert_eq!(of(named("admin")), ["/api/v1/admin/..."]);
        assert_eq!(of(named("provider-files")), ["/provider-files/..."]);
        assert_eq!(of(named("site")), ["/..."]);
    }

    #[test]
    fn a_path_by_itself_is_a_route_as_it_is() {
        assert_eq!(of(named("character")), ["/api/v1/characters/:character_id"]);
        assert_eq!(
            of(named("create-character")),
            ["/api/v1/characters/create", "/api/v1/characters/:character_id/train"]
        );
        assert_eq!(of(named("generate")), ["/api/v1/generate", "/api/v1/estimate"]);
        assert_eq!(of(named("reconcile")), ["/api/v1/admin/reconcile", "/api/v1/admin/withheld"]);
        let takedowns = "/api/v1/admin/takedowns";
        let ends = ["erase", "lift"].map(|end| format!("{takedowns}/:takedown_id/{end}"));
        assert_eq!(of(named("takedowns"))[1..], [takedowns.to_owned(), ends[0].clone(), ends[1].clone()]);
        assert_eq!(of(named("results")), ["/results/:name"]);
    }

    #[test]
    fn a_summary_tells_the_methods() {
        assert_eq!(summary(named("character"), ""), "GET, PATCH, DELETE /api/v1/characters/:character_id");
        let site =
            "`GET /`, `GET /openapi.json`, `GET /docs`, `GET /llms.txt`, `GET /privacy`, and every unknown route";
        assert_eq!(summary(named("site"), "`"), site);
    }
}
