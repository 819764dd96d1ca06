//! The studio's page and its files, as a browser gets them. What the page does there is tried in a browser: `tests/studio`.

use e2e::World;

#[tokio::test]
async fn the_page_runs_its_own_scripts_and_nothing_else() {
    let world = World::shared();
    let home = world.anybody().get("/").await.unwrap();
    assert!(String::from_utf8(home.bytes).unwrap().contains("href=\"studio\""));
    let page = world.anybody().get("/studio").await.unwrap();
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    for unsafe_source in ["unsafe-inline", "unsafe-eval", "*", "https:"] {
        assert!(!policy.contains(unsafe_source), "{policy}");
    }
    let text = String::from_utf8(page.bytes).unwrap();
    let files: Vec<&str> = text.split("\"/studio/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(!files.is_empty(), "{text}");
    for name in files {
        let file = world.anybody().get(&format!("/studio/{name}")).await.unwrap();
        assert_eq!(file.status, 200, "{name}");
        assert_ne!(file.header("content-type"), "text/html; charset=utf-8", "{name}");
    }
}

#[tokio::test]
async fn a_browser_that_has_a_file_is_not_sent_it_again() {
    let world = World::shared();
    let first = world.anybody().get("/studio/studio.css").await.unwrap();
    assert_eq!((first.status.as_u16(), first.header("cache-control")), (200, "no-cache"));
    let again = world.anybody().with_header("if-none-match", first.header("etag"));
    let again = again.get("/studio/studio.css").await.unwrap();
    assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0));
    assert_eq!(again.header("etag"), first.header("etag"));
    let absent = world.anybody().get("/studio/absent.js").await.unwrap();
    assert_eq!(absent.outcome(), (404, "NOT_FOUND"));
}
