//! Pages of other origins: a browser is told which of them may ask here, and what they may read.

use e2e::{Actor, Answer, Settings, World};
use reqwest::Method;

const PAGE: &str = "https://app.example.com";

async fn world(origins: &str) -> World {
    let variables = vec![("cors_origins", origins.to_owned())];
    World::start(Settings { variables, ..Settings::default() }).await.unwrap()
}

async fn preflight(actor: &Actor, origin: &str, path: &str) -> Answer {
    let asking = actor.with_header("origin", origin).with_header("access-control-request-method", "POST");
    asking.send(Method::OPTIONS, path, vec![]).await.unwrap()
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_ask_and_read() {
    let world = world(&format!("https://other.example.com, {PAGE}")).await;
    for path in ["/api/v1/characters/create", "/uploads/x", "/api/v1/tasks/x", "/api/v1/credits", "/"] {
        let answer = preflight(&world.anybody(), PAGE, path).await;
        assert_eq!((answer.status.as_u16(), answer.bytes.len()), (204, 0), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), PAGE, "{path}");
        assert_eq!(answer.header("vary"), "Origin", "{path}");
        assert!(answer.header("access-control-allow-headers").contains("Idempotency-Key"), "{path}");
        assert!(!answer.header("access-control-allow-methods").is_empty(), "{path}");
    }
    let upload = preflight(&world.anybody(), PAGE, "/uploads/x").await;
    assert_eq!(upload.header("access-control-allow-methods"), "GET, HEAD, PUT");

    let (customer, _) = world.customer(5).await.unwrap();
    let page = customer.with_header("origin", PAGE);
    for (path, status) in
        [("/api/v1/credits", 200), ("/api/v1/tasks/x", 404), ("/results/x", 404), ("/openapi.json", 200)]
    {
        let answer = page.get(path).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (status, PAGE), "{path}");
        assert!(answer.header("access-control-expose-headers").contains("RateLimit"), "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-credentials"), "{path}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_is_told_nothing() {
    let world = world(PAGE).await;
    let stranger = "https://app.example.com.evil.test";
    let answer = preflight(&world.anybody(), stranger, "/api/v1/characters/create").await;
    assert_eq!(answer.outcome(), (405, "METHOD_NOT_ALLOWED"));
    let (customer, _) = world.customer(5).await.unwrap();
    for asking in [customer.with_header("origin", stranger), customer.with_header("origin", "null"), customer] {
        let answer = asking.get("/api/v1/credits").await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.header("vary")), (200, "Origin"));
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn all_origins_or_none_is_for_the_operator_to_say() {
    for (origins, allowed) in [("*", "*"), ("", "")] {
        let world = world(origins).await;
        let (customer, _) = world.customer(5).await.unwrap();
        let answer = customer.with_header("origin", PAGE).get("/api/v1/credits").await.unwrap();
        assert_eq!((answer.header("access-control-allow-origin"), answer.header("vary")), (allowed, ""));
        let status = preflight(&world.anybody(), PAGE, "/api/v1/upload").await.status.as_u16();
        assert_eq!(status, if allowed.is_empty() { 405 } else { 204 });
    }
}
