use std::collections::BTreeMap;

use super::*;
use crate::manifest::Declaration;

fn variables(pairs: &[(&str, &str)]) -> Variables {
    let declaration = |value: &str| Declaration { default: Some(value.to_owned()), secret: false };
    let declared = pairs.iter().map(|(name, value)| ((*name).to_owned(), declaration(value))).collect();
    Variables::resolve(&declared, &BTreeMap::new(), |_| None).unwrap()
}

fn resolve(hosts: &[&str], pairs: &[(&str, &str)]) -> Result<AllowedHosts> {
    let templates: Vec<_> = hosts.iter().map(|text| Template::parse(text).unwrap()).collect();
    AllowedHosts::resolve(&templates, &variables(pairs))
}

fn check(host: &str, allowed: &[&str], denied: &[&str]) {
    let hosts = resolve(&[host], &[]).unwrap();
    for uri in allowed {
        assert!(hosts.allows(&uri.parse().unwrap()), "{host} should allow {uri}");
    }
    for uri in denied {
        assert!(!hosts.allows(&uri.parse().unwrap()), "{host} should not allow {uri}");
    }
}

#[test]
fn host_without_a_port_allows_the_port_of_its_scheme() {
    check(
        "https://api.replicate.com",
        &["https://api.replicate.com/v1?x", "https://api.replicate.com:443/", "https://API.Replicate.com/"],
        &[
            "http://api.replicate.com/",
            "https://api.replicate.com:8443/",
            "https://evil.api.replicate.com/",
            "https://replicate.com/",
        ],
    );
}

#[test]
fn port_may_be_a_number_any_or_a_range_without_its_end() {
    check("http://a.example:81", &["http://a.example:81/"], &["http://a.example/", "http://a.example:80/"]);
    check("http://a.example:*", &["http://a.example/", "http://a.example:1/"], &["https://a.example/"]);
    check(
        "http://a.example:8000..8002",
        &["http://a.example:8000/", "http://a.example:8001/"],
        &["http://a.example:8002/"],
    );
}

#[test]
fn star_stands_for_a_scheme_a_host_or_the_first_labels() {
    check("*://a.example:*", &["http://a.example/", "https://a.example:9/"], &["http://b.example/"]);
    check("https://*", &["https://anything.example/", "https://203.0.113.1/"], &["http://anything.example/"]);
    check(
        "https://*.replicate.delivery",
        &["https://a.replicate.delivery/", "https://a.b.replicate.delivery/"],
        &[
            "https://replicate.delivery/",
            "https://evilreplicate.delivery/",
            "https://a.replicate.delivery.evil.example/",
        ],
    );
}

#[test]
fn addresses_and_networks_match_addresses_in_any_notation() {
    check(
        "http://10.1.0.0/16:*",
        &["http://10.1.2.3/", "http://10.1.255.255:9/"],
        &["http://10.2.0.1/", "http://ten.example/"],
    );
    check("http://127.0.0.1:3000", &["http://127.0.0.1:3000/", "http://127.1:3000/"], &["http://127.0.0.2:3000/"]);
    check("http://[::1]:3000", &["http://[::1]:3000/", "http://[0:0::1]:3000/"], &["http://[::2]:3000/"]);
    check("https://[2600::]", &["https://[2600::]/"], &["https://[2600::1]/"]);
}

#[test]
fn user_info_does_not_pass_for_a_host() {
    check("https://good.example", &["https://user@good.example/"], &["https://good.example@evil.example/"]);
}

#[test]
fn uri_without_scheme_or_host_is_denied() {
    check("*://*:*", &["http://a.example/"], &["/only/a/path"]);
}

#[test]
fn variables_are_filled_in_and_an_address_that_is_not_configured_is_left_out() {
    let pairs = [("base", "https://api.example:8443"), ("none", "")];
    let hosts = resolve(&["{{ base }}", "{{ none }}", "https://{{ none }}"], &pairs).unwrap();
    assert_eq!(hosts.0.len(), 1);
    assert!(hosts.allows(&"https://api.example:8443/x".parse().unwrap()));
}

#[test]
fn what_is_not_of_the_form_is_refused() {
    for host in [
        "",
        "*",
        "api.example",
        "https://",
        "https://a.example/path",
        "https://a*.example",
        "https://*.*.example",
        "https://a.*",
        "ftp://a.example",
        "https://a.example:port",
        "https://a.example:99999",
        "ht tp://a.example:1",
        "https://*.127.0.0.1",
        "https://a b",
    ] {
        assert!(resolve(&[host], &[]).is_err(), "{host:?}");
    }
}

#[test]
fn the_application_itself_is_refused_by_name() {
    for host in ["http://self", "http://self.alt"] {
        let error = format!("{:#}", resolve(&[host], &[]).unwrap_err());
        assert!(error.contains(host), "{error}");
        assert!(error.contains("can't be served here"), "{error}");
    }
}

#[test]
fn another_component_is_a_host_like_others_and_known_by_its_name() {
    let allowed = resolve(&["http://*.spin.internal"], &[]).unwrap();
    for (text, component) in [
        ("http://tasks.spin.internal/api/v1/tasks", Some("tasks")),
        ("https://tasks.spin.internal/", None),
        ("http://tasks.spin.internal.example/", None),
    ] {
        let uri: Uri = text.parse().unwrap();
        assert_eq!(chained(&uri), component, "{text}");
        assert_eq!(allowed.allows(&uri), component.is_some(), "{text}");
    }
}
