//! `/privacy`: what a deployment keeps, told from its own settings to the people in the pictures.

use e2e::{Settings, World};
use serde_json::json;

async fn configured(variables: &[(&'static str, &str)]) -> World {
    let variables = variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    World::start(Settings { variables, ..Settings::default() }).await.unwrap()
}

#[tokio::test]
async fn the_page_says_what_is_configured_and_takes_no_contact_for_html() {
    let world = configured(&[
        ("photos_kept_days", "3"),
        ("tasks_kept_days", "12"),
        ("privacy_contact", "https://example.com/?a=\"><script>alert(1)</script>&b"),
    ])
    .await;
    let home = world.anybody().get("/").await.unwrap();
    assert!(String::from_utf8_lossy(&home.bytes).contains("href=\"privacy\""));
    let browser =
        world.anybody().with_header("accept", "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8");
    let page = browser.get("/privacy").await.unwrap();
    assert_eq!(page.status, 200);
    for name in ["content-type", "content-security-policy", "x-content-type-options", "cache-control"] {
        assert_eq!(page.header(name), home.header(name), "{name}");
    }
    assert_eq!(page.header("vary"), "Accept");
    let text = String::from_utf8(page.bytes).unwrap();
    for said in ["3 days after the training", "12 days after the task ended", "7 days after they were made"] {
        assert!(text.contains(said), "{said}");
    }
    assert!(text.contains("Ask here to have pictures of you removed") && text.contains("&lt;script&gt;alert(1)"));
    assert!(!text.contains("<script"), "{text}");
}

#[tokio::test]
async fn programs_get_the_same_as_json() {
    let world = configured(&[("photos_kept_days", "3"), ("privacy_contact", "o'hara@example.com")]).await;
    let program = world.anybody().with_header("accept", "application/json");
    let answer = program.get("/privacy").await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    let data = answer.data().unwrap();
    assert_eq!(data["contact"], "o'hara@example.com");
    let days = |days: u64| json!(days * 24 * 60 * 60);
    let kept: Vec<_> = data["kept"].as_array().unwrap().iter().map(|kept| kept["seconds"].clone()).collect();
    for time in [days(3), days(365), days(7)] {
        assert!(kept.contains(&time), "{time}: {data:#}");
    }
    let page = world.anybody().get("/privacy").await.unwrap();
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let page = String::from_utf8(page.bytes).unwrap();
    for kept in data["kept"].as_array().unwrap() {
        assert!(page.contains(kept["how_long"].as_str().unwrap()), "{kept:#}");
    }
    for provider in data["providers"].as_array().unwrap() {
        assert!(page.contains(provider["who"].as_str().unwrap()), "{provider:#}");
    }
}
