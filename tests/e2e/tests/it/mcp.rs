//! Agents: messages of the Model Context Protocol, answered by calls of the API. Its official clients are tried in `tests/mcp`.

use e2e::{Actor, Answer, Engines, World};
use serde_json::{Value, json};

/// A message of a client that begins with `initialize`.
async fn say(actor: &Actor, method: &str, params: Value) -> Answer {
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    actor.post("/mcp", &message).await.unwrap()
}

/// What a tool came to.
async fn call(actor: &Actor, tool: &str, arguments: Value) -> Value {
    let answer = say(actor, "tools/call", json!({ "name": tool, "arguments": arguments })).await;
    assert_eq!(answer.status, 200, "{}", answer.json);
    answer.json["result"].clone()
}

#[tokio::test]
async fn an_agent_makes_a_character_and_a_picture() {
    let world = World::shared();
    let (agent, _) = world.customer(600).await.unwrap();
    let photos = world.photos.urls(10);
    let created = call(&agent, "create_character", json!({ "name": "Sarah", "image_urls": photos })).await;
    let character = created["structuredContent"]["character_id"].as_str().unwrap().to_owned();
    for _ in 0..20 {
        let seen = call(&agent, "get_character", json!({ "character_id": character, "wait": 15 })).await;
        match seen["structuredContent"]["status"].as_str() {
            Some("training") => {}
            other => {
                assert_eq!(other, Some("ready"));
                break;
            }
        }
    }
    let asked = json!({ "character_id": character, "prompt": "at sea", "idempotency_key": "picture-1" });
    let made = call(&agent, "generate_images", asked.clone()).await;
    assert_eq!(made["structuredContent"]["status"], "completed", "{made}");
    let kinds: Vec<&str> =
        made["content"].as_array().unwrap().iter().filter_map(|part| part["type"].as_str()).collect();
    assert_eq!(kinds[..2], ["text", "resource_link"], "{made}");
    let balance = world.balance(&agent).await.unwrap();
    assert_eq!(balance, 600 - 500 - 15);

    // The same again is the same picture, and paid for once.
    let again = call(&agent, "generate_images", asked).await;
    assert_eq!(again["structuredContent"]["id"], made["structuredContent"]["id"]);
    assert_eq!(call(&agent, "get_credits", json!({})).await["structuredContent"]["credits"], balance);

    let listed = say(&agent, "resources/list", json!({})).await;
    let uri = format!("likeness://characters/{character}");
    assert_eq!(listed.json["result"]["resources"][0]["uri"], uri.as_str());
    let read = say(&agent, "resources/read", json!({ "uri": uri })).await;
    let text = read.json["result"]["contents"][0]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("\"status\":\"ready\""), "{text}");
}

#[tokio::test]
async fn a_small_picture_is_sent_along_unless_it_is_in_a_bucket() {
    let world = World::shared();
    let (agent, _) = world.customer(100).await.unwrap();
    let input = json!({ "prompt": "A lighthouse", "aspect_ratio": "1:1", "output_format": "jpeg" });
    let made = call(&agent, "generate", json!({ "model": "flux-2-pro-text-to-image", "input": input })).await;
    let task = &made["structuredContent"];
    assert_eq!(task["status"], "completed", "{made}");
    let path = task["result"]["url"].as_str().unwrap().split_once("/results/").unwrap().1;
    let bytes = world.anybody().get(&format!("/results/{path}")).await.unwrap().bytes;
    assert!(bytes.len() < 256 * 1024, "{} bytes", bytes.len());
    let sent = made["content"].as_array().unwrap().iter().find(|part| part["type"] == "image");
    match Engines::from_environment() {
        Engines::Own => assert_eq!(sent.unwrap()["mimeType"], "image/jpeg"),
        Engines::Servers => assert_eq!(sent, None),
    }
}

#[tokio::test]
async fn an_agent_is_told_what_to_change() {
    let world = World::shared();
    let (agent, _) = world.customer(10).await.unwrap();
    let asked = json!({ "image_urls": world.photos.urls(10) });
    let poor = call(&agent, "create_character", asked).await;
    assert_eq!(poor["isError"], true);
    assert!(poor["content"][0]["text"].as_str().unwrap().starts_with("INSUFFICIENT_CREDITS: "), "{poor}");
    let unknown = call(&agent, "get_task", json!({ "task_id": "task_1", "colour": "blue" })).await;
    assert!(unknown["content"][0]["text"].as_str().unwrap().contains("`colour`"), "{unknown}");
    let absent = say(&agent, "resources/read", json!({ "uri": "likeness://tasks/task_1" })).await;
    assert_eq!((absent.status.as_u16(), &absent.json["error"]["code"]), (200, &json!(-32602)));
}

#[tokio::test]
async fn a_stranger_learns_nothing_and_no_message_is_a_server_error() {
    let world = World::shared();
    let nobody = say(&world.anybody(), "tools/list", json!({})).await;
    assert_eq!(nobody.outcome(), (401, "MISSING_AUTH_HEADER"));
    assert_eq!(nobody.header("www-authenticate"), "Bearer realm=\"likeness\"");
    let (agent, _) = world.customer(10).await.unwrap();
    for (body, code) in [("{", -32700), ("[]", -32600), ("{\"jsonrpc\":\"2.0\",\"id\":1}", -32600)] {
        let answer = agent.send(reqwest::Method::POST, "/mcp", body.into()).await.unwrap();
        assert_eq!((answer.status.as_u16(), &answer.json["error"]["code"]), (400, &json!(code)), "{body}");
    }
    let told = agent.post("/mcp", &json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await.unwrap();
    assert_eq!((told.status.as_u16(), told.bytes.len()), (202, 0));
    for method in [reqwest::Method::GET, reqwest::Method::DELETE] {
        let answer = agent.send(method, "/mcp", Vec::new()).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"));
    }
}

#[tokio::test]
async fn each_kind_of_client_finds_the_same_tools() {
    let world = World::shared();
    let (agent, _) = world.customer(0).await.unwrap();
    let older = say(&agent, "tools/list", json!({})).await;
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let message = json!({ "jsonrpc": "2.0", "id": 0, "method": "tools/list", "params": { "_meta": meta } });
    let newer = agent.with_header("mcp-protocol-version", "2026-07-28").with_header("mcp-method", "tools/list");
    let newer = newer.post("/mcp", &message).await.unwrap();
    assert_eq!(newer.json["result"]["resultType"], "complete");
    assert_eq!(newer.json["result"]["tools"], older.json["result"]["tools"]);
    let mismatch = agent.with_header("mcp-protocol-version", "2026-07-28").post("/mcp", &message).await.unwrap();
    assert_eq!((mismatch.status.as_u16(), &mismatch.json["error"]["code"]), (400, &json!(-32020)));
}
