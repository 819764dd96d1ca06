//! The document, its page and the tools, as they are served, are those that follow from the wire types.
//!
//! `LIKENESS_RECORD=1 cargo test -p api-docs` writes them anew.

use std::path::Path;

#[test]
fn what_is_served_is_what_the_wire_types_say() {
    let document = api::openapi::document();
    for (name, made) in [
        ("api/src/openapi.json", pretty(&document)),
        ("api/src/routes/site/docs.html", api_docs::page(&document) + "\n"),
        ("agents/src/tools.json", pretty(&api_docs::tools(&document, api::components::name_of))),
    ] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../components").join(name);
        if std::env::var_os("LIKENESS_RECORD").is_some() {
            std::fs::write(&file, &made).unwrap();
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(kept == made, "{name} is of another day; write it anew: LIKENESS_RECORD=1 cargo test -p api-docs");
    }
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}

/// A page that asks nobody for anything, and in which everything that is linked is there.
#[test]
fn the_page_needs_no_network() {
    let page = api_docs::page(&api::openapi::document());
    for outside in ["<script", "<link", "<img", "<iframe", "@import", "url(", "src="] {
        assert!(!page.contains(outside), "{outside}");
    }
    let linked: Vec<&str> = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(linked.len() > 100);
    for id in linked {
        assert!(page.contains(&format!("id=\"{id}\"")), "#{id} leads nowhere");
    }
}

/// Descriptions are read by people, not by rustdoc.
#[test]
fn nothing_is_written_for_rustdoc() {
    let document = api::openapi::document().to_string();
    for link in ["[`", "](", "crate::", "super::"] {
        assert!(!document.contains(link), "{link}");
    }
}
