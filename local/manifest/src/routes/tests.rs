use super::*;

fn routes(all: &[&str]) -> Routes {
    Routes::new(all.iter().map(|route| (*route, *route))).unwrap()
}

fn found(all: &[&str], path: &str) -> Option<String> {
    routes(all).find(path).map(|matched| matched.route.to_owned())
}

fn refused(all: &[&str]) -> String {
    Routes::new(all.iter().map(|route| (*route, "it"))).unwrap_err().to_string()
}

#[test]
fn literal_beats_parameter_beats_wildcard_whatever_the_order() {
    let mut all = ["/...", "/c/...", "/c/:id", "/c/create"];
    for _ in 0..all.len() {
        all.rotate_left(1);
        assert_eq!(found(&all, "/c/create").as_deref(), Some("/c/create"));
        assert_eq!(found(&all, "/c/other").as_deref(), Some("/c/:id"));
        assert_eq!(found(&all, "/c/other/more").as_deref(), Some("/c/..."));
        assert_eq!(found(&all, "/c").as_deref(), Some("/c/..."));
        assert_eq!(found(&all, "/d").as_deref(), Some("/..."));
        assert_eq!(found(&all, "/").as_deref(), Some("/..."));
    }
}

#[test]
fn first_segment_that_differs_decides() {
    let all = ["/:any/create", "/c/:id"];
    assert_eq!(found(&all, "/c/create").as_deref(), Some("/c/:id"));
    assert_eq!(found(&all, "/d/create").as_deref(), Some("/:any/create"));
}

#[test]
fn the_longest_of_several_wildcards_answers() {
    let all = ["/a/...", "/a/b/...", "/..."];
    assert_eq!(found(&all, "/a/b/c").as_deref(), Some("/a/b/..."));
    assert_eq!(found(&all, "/a/c").as_deref(), Some("/a/..."));
}

#[test]
fn trailing_slash_makes_no_difference() {
    for path in ["/a/b", "/a/b/"] {
        assert_eq!(found(&["/a/b"], path).as_deref(), Some("/a/b"));
        assert_eq!(found(&["/a/b/"], path).as_deref(), Some("/a/b/"));
    }
}

#[test]
fn nothing_more_and_nothing_less_than_the_route_matches() {
    for path in ["/", "/a", "/a/b/c", "/a/bc", "/A/b", "/a//b"] {
        assert_eq!(found(&["/a/b"], path), None, "{path}");
    }
    assert_eq!(found(&["/a/:id"], "/a/"), None);
    assert_eq!(found(&["/"], "/a"), None);
}

#[test]
fn parameters_and_the_rest_are_captured_as_they_are_written() {
    let routes = routes(&["/:a/x/:b_c/..."]);
    let matched = routes.find("/1%202/x/..y/rest/of/it").unwrap();
    let expected = [("a", "1%202"), ("b_c", "..y")].map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(matched.parameters, expected);
    assert_eq!(matched.path_info, "/rest/of/it");
    assert_eq!(matched.prefix(), "/:a/x/:b_c");
}

#[test]
fn path_info_keeps_the_trailing_slash() {
    let routes = routes(&["/foo/..."]);
    for (path, info) in [("/foo", ""), ("/foo/", "/"), ("/foo/bar", "/bar"), ("/foo/bar/", "/bar/")] {
        assert_eq!(routes.find(path).unwrap().path_info, info, "{path}");
    }
}

#[test]
fn routes_that_match_the_same_paths_are_refused_with_both_names() {
    for pair in [["/a", "/a"], ["/a", "/a/"], ["/a/:id", "/a/:name"], ["/:x/...", "/:y/..."]] {
        let error = refused(&pair);
        assert!(error.contains(pair[0]) && error.contains(pair[1]), "{error}");
    }
}

#[test]
fn route_that_spin_would_not_read_as_meant_is_refused() {
    for route in ["a", "", "/a/.../b", "/*", "/a*", "/:", "/:a.b", "/:a:b"] {
        assert!(refused(&[route]).contains("route"), "{route}");
    }
}
