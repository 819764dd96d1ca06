//! The document at `/openapi.json` says what there is: in spin.toml, and to whoever asks.

use std::collections::{BTreeMap, BTreeSet};

use e2e::{Access, Operation, World};
use reqwest::Method;
use routefinder::Router;
use serde_json::Value;

async fn document(world: &World) -> Value {
    world.anybody().get("/openapi.json").await.unwrap().json
}

/// A value for every parameter that a path can have; none is of anything that exists.
fn values() -> BTreeMap<&'static str, String> {
    let absent = "0".repeat(32);
    BTreeMap::from([
        ("account_id", format!("acct_{absent}")),
        ("character_id", format!("char_{absent}")),
        ("task_id", format!("task_{absent}")),
        ("key_id", "0".repeat(16)),
        ("takedown_id", "0".to_owned()),
        ("provider", "replicate".to_owned()),
        ("name", "x".to_owned()),
        ("code", "x".to_owned()),
    ])
}

/// The methods of every path of the document.
fn by_path(operations: &[Operation]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut paths: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for operation in operations {
        paths.entry(&operation.path).or_default().insert(operation.method.as_str());
    }
    paths
}

/// Every route of spin.toml and its component.
fn routes() -> Vec<(String, String)> {
    let manifest: toml::Table = toml::from_str(&std::fs::read_to_string(artifacts::manifest()).unwrap()).unwrap();
    let triggers = manifest["trigger"]["http"].as_array().unwrap();
    let text = |trigger: &toml::Value, field: &str| trigger[field].as_str().unwrap().to_owned();
    triggers.iter().map(|trigger| (text(trigger, "route"), text(trigger, "component"))).collect()
}

#[tokio::test]
async fn spin_toml_and_the_document_have_the_same_routes() {
    let operations = Operation::all(&document(&World::shared()).await).unwrap();
    let mut router = Router::new();
    for (route, component) in routes() {
        router.add(route.replace("/...", "/*").as_str(), (route.clone(), component)).unwrap();
    }
    let mut described = BTreeSet::new();
    for operation in &operations {
        let path = operation.path_with(&values()).unwrap();
        let (route, component) = router.best_match(&path).unwrap().handler().clone();
        let pages = ["/", "/docs", "/openapi.json", "/llms.txt", "/privacy"];
        assert_eq!(component == "site", pages.contains(&path.as_str()), "{path} is answered by {component}");
        described.insert(route);
    }
    let routes: BTreeSet<String> = routes().into_iter().map(|(route, _)| route).collect();
    assert_eq!(described, routes);
}

/// What is described is there, by every method that is described and by no other.
#[tokio::test]
async fn the_functions_and_the_document_have_the_same_methods() {
    // Of its own: an operator who tries everything closes stores and sweeps.
    let world = World::start(e2e::Settings::default()).await.unwrap();
    let operations = Operation::all(&document(&world).await).unwrap();
    for (path, methods) in by_path(&operations) {
        let operation = operations.iter().find(|operation| operation.path == path).unwrap();
        let actor = if operation.access == Access::Operator { world.operator() } else { world.anybody() };
        let path = operation.path_with(&values()).unwrap();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = actor.send(method.parse::<Method>().unwrap(), &path, Vec::new()).await.unwrap();
            if methods.contains(method) {
                assert_ne!(answer.status, 405, "{method} {path}");
                assert_ne!(answer.message(), "No such route", "{method} {path}");
                continue;
            }
            assert_eq!(answer.outcome(), (405, "METHOD_NOT_ALLOWED"), "{method} {path}");
            let allowed: BTreeSet<&str> = answer.header("allow").split(", ").filter(|name| *name != "HEAD").collect();
            assert_eq!(allowed, methods, "{path}");
        }
    }
}

#[tokio::test]
async fn the_document_can_be_read_by_programs_and_by_people() {
    let world = World::shared();
    let (nobody, folder) = (world.anybody(), artifacts::root().join("components/api/src"));
    let kept = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let document = nobody.get("/openapi.json").await.unwrap();
    assert_eq!((document.status.as_u16(), document.header("content-type")), (200, "application/json"));
    assert_eq!(document.bytes, kept("openapi.json"));
    assert_eq!(document.json["openapi"], "3.1.0");
    let page = nobody.get("/docs").await.unwrap();
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").starts_with("default-src 'none';"));
    assert_eq!(page.bytes, kept("routes/site/docs.html"));
}
