use std::collections::BTreeSet;

use serde_json::json;

use super::accept;
use crate::Catalogue;

/// What callers and operators read.
const DOCS: &str = include_str!("../../../../docs/api/models.md");

#[test]
fn the_example_of_an_own_catalogue_works() {
    let (_, rest) = DOCS.split_once("```json\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let own = Catalogue::parse(example.as_bytes()).unwrap();
    let model = own.get("house-portrait").unwrap();
    for (quality, credits, steps) in [("low", 10, 20), ("high", 25, 40)] {
        let accepted = accept(model, &json!({"prompt": "a fox", "quality": quality})).unwrap();
        assert_eq!(model.price(&accepted, None).unwrap().amount(), credits);
        let run = model.run(&accepted);
        let fields = json!({"prompt": "a fox", "steps": steps, "aspect_ratio": "1:1", "go_fast": quality == "low"});
        assert_eq!(run.requests[0].input, super::object(fields));
    }
}

#[test]
fn every_model_is_in_the_docs() {
    let catalogue = Catalogue::built_in().unwrap();
    let missing: BTreeSet<_> =
        catalogue.models().map(crate::Model::id).filter(|id| !DOCS.contains(&format!("`{id}`"))).collect();
    assert_eq!(missing, BTreeSet::new());
}
