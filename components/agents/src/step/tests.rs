use http::{Method, StatusCode};

use super::*;

fn older(method: &str, params: Value) -> Step {
    let mut message = json!({ "jsonrpc": "2.0", "id": 7, "method": method });
    message["params"] = params;
    step(&Headers::default(), message, "k0")
}

fn newer(method: &str, mut params: Value) -> Step {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let name = ["name", "uri"].iter().find_map(|name| params[*name].as_str()).map(str::to_owned);
    let headers = Headers { version: Some("2026-07-28"), method: Some(method), name: name.as_deref() };
    let mut message = json!({ "jsonrpc": "2.0", "id": "seven", "method": method });
    message["params"] = params;
    step(&headers, message, "k0")
}

fn told(step: Step) -> (StatusCode, Value) {
    match step {
        Step::Reply(Reply { status, body }) => (status, body.unwrap_or_default()),
        Step::Ask(asked) => panic!("the API is asked: {asked:?}"),
    }
}

fn asked(step: Step) -> Asked {
    match step {
        Step::Ask(asked) => asked,
        Step::Reply(reply) => panic!("it is answered: {reply:?}"),
    }
}

#[test]
fn each_kind_of_client_is_greeted_in_its_own_way() {
    let (status, hello) = told(older("initialize", json!({ "protocolVersion": "2025-06-18" })));
    assert_eq!((status, &hello["id"]), (StatusCode::OK, &json!(7)));
    assert_eq!(hello["result"]["protocolVersion"], "2025-06-18");
    assert_eq!(hello["result"]["serverInfo"]["name"], "likeness");
    let (status, found) = told(newer("server/discover", json!({})));
    assert_eq!((status, &found["id"]), (StatusCode::OK, &json!("seven")));
    let found = &found["result"];
    assert_eq!((&found["supportedVersions"], &found["resultType"]), (&json!(["2026-07-28"]), &json!("complete")));
    assert!(found["ttlMs"].is_u64() && found["cacheScope"] == "public" && found.get("serverInfo").is_none());
    for (method, is_known) in [("ping", false), ("initialize", false), ("tools/list", true)] {
        assert_eq!(told(newer(method, json!({}))).0 == StatusCode::OK, is_known, "{method}");
    }
    assert_eq!(told(older("ping", json!({}))).1["result"], json!({}));
}

#[test]
fn an_unknown_method_is_told_to_each_as_it_reads_it() {
    let (status, body) = told(newer("logging/setLevel", json!({})));
    assert_eq!((status, &body["error"]["code"]), (StatusCode::NOT_FOUND, &json!(METHOD_NOT_FOUND)));
    let (status, body) = told(older("logging/setLevel", json!({})));
    assert_eq!((status, &body["error"]["code"]), (StatusCode::OK, &json!(METHOD_NOT_FOUND)));
}

#[test]
fn what_costs_is_waited_for_and_nothing_else_is() {
    let arguments = json!({ "character_id": "char_1", "prompt": "at sea" });
    let generate = asked(newer("tools/call", json!({ "name": "generate_images", "arguments": arguments })));
    assert_eq!(generate.call().method, Method::POST);
    let open = br#"{"success":true,"data":{"id":"task_1","status":"processing","output":null}}"#;
    let look = generate.next(&Answered::read(202, open)).unwrap();
    assert_eq!((look.path.as_str(), look.query.as_str()), ("/api/v1/tasks/task_1", "wait=15"));
    let done =
        br#"{"success":true,"data":{"id":"task_1","status":"completed","result":{"url":"https://x.example/a.png"}}}"#;
    assert_eq!(generate.next(&Answered::read(200, done)), None);
    assert_eq!(generate.files(&Answered::read(200, done)), ["https://x.example/a.png"]);
    assert_eq!(
        generate.next(&Answered::read(402, br#"{"success":false,"error":{"code":"INSUFFICIENT_CREDITS"}}"#)),
        None
    );
    let (status, body) = told(Step::Reply(generate.reply(Answered::read(200, done), Vec::new())));
    assert_eq!((status, &body["result"]["structuredContent"]["id"]), (StatusCode::OK, &json!("task_1")));
    assert_eq!(body["result"]["resultType"], "complete");
    assert!(body["result"].get("ttlMs").is_none());

    let look = asked(older("tools/call", json!({ "name": "get_task", "arguments": { "task_id": "task_1" } })));
    assert_eq!(look.next(&Answered::read(200, open)), None);
}

#[test]
fn what_an_agent_can_put_right_is_a_tools_own_failure() {
    let (status, body) = told(older("tools/call", json!({ "name": "get_task" })));
    assert_eq!((status, &body["result"]["isError"]), (StatusCode::OK, &json!(true)));
    for wrong in [json!({ "name": "no_tool" }), json!({}), json!({ "name": "get_task", "arguments": [] })] {
        let (status, body) = told(older("tools/call", wrong.clone()));
        assert_eq!((status, &body["error"]["code"]), (StatusCode::OK, &json!(INVALID_PARAMS)), "{wrong}");
    }
}

#[test]
fn a_resource_is_the_apis_answer() {
    let uri = "likeness://characters/char_1";
    let read = asked(newer("resources/read", json!({ "uri": uri })));
    assert_eq!(read.call().path, "/api/v1/characters/char_1");
    let (_, body) =
        told(Step::Reply(read.reply(Answered::read(200, br#"{"success":true,"data":{"name":"Sarah"}}"#), Vec::new())));
    let contents = &body["result"]["contents"][0];
    assert_eq!((&contents["uri"], &contents["text"]), (&json!(uri), &json!(r#"{"name":"Sarah"}"#)));
    assert_eq!((&body["result"]["ttlMs"], &body["result"]["cacheScope"]), (&json!(0), &json!("private")));
    let absent = asked(newer("resources/read", json!({ "uri": uri })));
    let refused = br#"{"success":false,"error":{"code":"CHARACTER_NOT_FOUND","message":"No such character"}}"#;
    let (status, body) = told(Step::Reply(absent.reply(Answered::read(404, refused), Vec::new())));
    assert_eq!((status, &body["error"]["data"]["uri"]), (StatusCode::OK, &json!(uri)));
}

#[test]
fn every_schema_of_an_answer_that_clients_may_keep_says_for_how_long() {
    for method in ["tools/list", "resources/templates/list", "prompts/list"] {
        let (_, body) = told(newer(method, json!({})));
        assert!(body["result"]["ttlMs"].is_u64() && body["result"]["cacheScope"].is_string(), "{method}");
        let (_, body) = told(older(method, json!({})));
        assert!(body["result"].get("resultType").is_none(), "{method}");
    }
}
