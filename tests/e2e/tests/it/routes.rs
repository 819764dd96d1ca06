//! Routes and methods: what there is not, and what every answer carries.

use e2e::World;
use reqwest::Method;

#[tokio::test]
async fn an_unknown_route_is_not_found() {
    let world = World::shared();
    let nobody = world.anybody();
    for path in
        ["/nothing", "/api/v1/nothing", "/api/v2/credits", "/api/v1/webhooks", "/api/v1/tools/nothing", "/index.html"]
    {
        let answer = nobody.get(path).await.unwrap();
        assert_eq!(answer.outcome(), (404, "NOT_FOUND"), "{path}");
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let world = World::shared();
    let nobody = world.anybody();
    let routes = [
        (Method::GET, "/api/v1/characters/create", "POST"),
        (Method::POST, "/api/v1/characters/char_1", "GET, HEAD, PATCH, DELETE"),
        (Method::POST, "/api/v1/characters", "GET, HEAD"),
        (Method::GET, "/api/v1/generate", "POST"),
        (Method::GET, "/api/v1/estimate", "POST"),
        (Method::POST, "/api/v1/models", "GET, HEAD"),
        (Method::GET, "/api/v1/tools/lipsync", "POST"),
        (Method::GET, "/api/v1/upload", "POST"),
        (Method::POST, "/uploads/x.jpg", "GET, HEAD, PUT"),
        (Method::GET, "/api/v1/tasks/task_1/cancel", "POST"),
        (Method::POST, "/api/v1/tasks", "GET, HEAD"),
        (Method::POST, "/api/v1/deliveries", "GET, HEAD"),
        (Method::GET, "/api/v1/deliveries/task_1/replay", "POST"),
        (Method::POST, "/api/v1/webhook-secret", "GET, HEAD"),
        (Method::GET, "/api/v1/webhook-secret/rotate", "POST"),
        (Method::GET, "/api/v1/characters/char_1/generate", "POST"),
        (Method::GET, "/api/v1/webhooks/replicate", "POST"),
        (Method::PUT, "/api/v1/credits", "GET, HEAD"),
        (Method::PUT, "/api/v1/tasks/task_1", "GET, HEAD, DELETE"),
        (Method::POST, "/datasets/x.zip", "GET, HEAD"),
        (Method::POST, "/results/x.png", "GET, HEAD"),
        (Method::POST, "/api/v1/results/x.png/provenance", "GET, HEAD"),
        (Method::PUT, "/.well-known/likeness-keys.json", "GET, HEAD"),
        (Method::POST, "/weights/x.safetensors", "GET, HEAD"),
        (Method::POST, "/provider-files/x/y", "GET, HEAD, PUT"),
        (Method::GET, "/pictures/upright", "POST"),
        (Method::GET, "/pictures/watermark", "POST"),
        (Method::POST, "/", "GET, HEAD"),
    ];
    for (method, path, allow) in routes {
        let answer = nobody.send(method.clone(), path, vec![]).await.unwrap();
        assert_eq!(answer.outcome(), (405, "METHOD_NOT_ALLOWED"), "{method} {path}");
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
    }
}

#[tokio::test]
async fn what_can_be_asked_for_can_be_asked_for_by_its_head_alone() {
    let world = World::shared();
    let (customer, _) = world.customer(5).await.unwrap();
    let paths = [
        "/api/v1/credits",
        "/api/v1/credits/ledger",
        "/api/v1/tasks?limit=5",
        "/api/v1/tasks?limit=x",
        "/api/v1/characters",
        "/api/v1/characters/x",
        "/api/v1/models",
        "/api/v1/nothing",
        "/openapi.json",
    ];
    for path in paths {
        let (get, head) = (customer.get(path).await.unwrap(), customer.send(Method::HEAD, path, vec![]).await.unwrap());
        assert_eq!((get.status, head.bytes.len()), (head.status, 0), "{path}");
        for name in ["content-type", "content-length", "cache-control", "x-ratelimit-limit"] {
            assert_eq!(get.header(name), head.header(name), "{path}: {name}");
        }
    }
    let audit = world.operator().send(Method::HEAD, "/api/v1/admin/models", vec![]).await.unwrap();
    assert_eq!(audit.status, 200);
    assert_eq!(world.anybody().send(Method::HEAD, "/api/v1/credits", vec![]).await.unwrap().status, 401);
}

/// Some clients write every character of an id as `%5F` that they are not sure of.
#[tokio::test]
async fn an_id_is_the_same_however_it_is_written_in_a_path() {
    let world = World::shared();
    let (customer, account) = world.customer(0).await.unwrap();
    let written = format!("/api/v1/admin/accounts/{}", account.replace('_', "%5F").replace('a', "%61"));
    let shown = world.operator().get(&written).await.unwrap();
    assert_eq!(shown.data().unwrap()["account_id"], account.as_str());
    for path in ["/api/v1/tasks/x%2Fcancel", "/api/v1/tasks/%ff", "/api/v1/tasks/%"] {
        assert_eq!(customer.get(path).await.unwrap().outcome(), (404, "TASK_NOT_FOUND"), "{path}");
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let world = World::shared();
    let nobody = world.anybody();
    let mut ids = Vec::new();
    let paths = [
        "/",
        "/nothing",
        "/api/v1/credits",
        "/api/v1/characters/create",
        "/api/v1/characters/x",
        "/api/v1/characters/x/generate",
        "/api/v1/webhooks/replicate",
        "/api/v1/tasks/x",
        "/datasets/x",
        "/results/x",
        "/api/v1/admin/accounts",
    ];
    for path in paths {
        let id = nobody.get(path).await.unwrap().header("x-request-id").to_owned();
        assert!(id.len() >= 16, "{path}: {id}");
        ids.push(id);
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), paths.len());
}

/// A shared cache would hand one caller's answer to another; a browser would take a name in it for a script.
#[tokio::test]
async fn what_is_answered_in_json_is_kept_nowhere_and_taken_for_nothing_else() {
    let world = World::shared();
    let (customer, _) = world.customer(0).await.unwrap();
    let paths = [
        ("/api/v1/credits", 200),
        ("/api/v1/models", 200),
        ("/api/v1/nothing", 404),
        ("/api/v1/generate", 405),
        ("/results/x.png", 404),
        ("/datasets/x.zip", 404),
        ("/api/v1/admin/audit", 401),
    ];
    for (path, status) in paths {
        let answer = customer.get(path).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (status, "application/json"), "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
    for page in ["/", "/docs", "/privacy"] {
        let answer = customer.get(page).await.unwrap();
        assert_eq!((answer.header("cache-control"), answer.header("x-content-type-options")), ("", "nosniff"));
    }
}

#[tokio::test]
async fn the_front_page_says_what_this_is() {
    let page = World::shared().anybody().get("/").await.unwrap();
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(String::from_utf8(page.bytes).unwrap().contains("<h1>Likeness</h1>"));
}
