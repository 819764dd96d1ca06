//! Redis connections, against a real server.

use serde_json::{Value, json};
use servers::{Engine, RedisServer};

use super::support::App;

async fn app(server: &RedisServer) -> App {
    App::with(&format!(r#"allowed_outbound_hosts = ["{}"]"#, server.url())).await
}

fn server() -> RedisServer {
    RedisServer::start(Engine::Redis).unwrap()
}

async fn show(app: &App, server: &RedisServer, call: &str) -> Value {
    let separator = if call.contains('?') { '&' } else { '?' };
    app.show(&format!("/redis/{call}{separator}address={}", server.url())).await
}

#[tokio::test]
#[cfg_attr(not(has_redis), ignore = "no redis-server on this machine")]
async fn every_call_does_what_its_command_does() {
    let server = server();
    let app = app(&server).await;
    let show = async |call: &str| show(&app, &server, call).await;
    assert_eq!(show("get?key=k").await, Value::Null);
    assert_eq!(show("set?key=k&value=v").await, Value::Null);
    assert_eq!(show("get?key=k").await, "v");
    assert_eq!(show("incr?key=n").await, 1);
    assert_eq!(show("incr?key=n").await, 2);
    assert_eq!(show("del?key=k").await, 1);
    assert_eq!(show("sadd?key=s&value=a").await, 1);
    assert_eq!(show("smembers?key=s").await, json!(["a"]));
    assert_eq!(show("srem?key=s&value=a").await, 1);
    assert_eq!(show("publish?key=c&value=hello").await, Value::Null);
    assert_eq!(show("execute?command=SET+x+1").await, json!([{ "status": "OK" }]));
    assert_eq!(show("execute?command=MGET+x+none+n").await, json!(["1", null, "2"]));
    assert_eq!(show("execute?command=INCRBY+x+41").await, json!([42]));
    let error = show("execute?command=NONSENSE").await["error"].to_string();
    assert!(error.contains("unknown command"), "{error}");
    let error = show("execute?command=EVALSHA+0000000000000000000000000000000000000000+0").await["error"].to_string();
    assert!(error.contains("NOSCRIPT") || error.contains("NoScript"), "{error}");
}

#[tokio::test]
#[cfg_attr(not(has_redis), ignore = "no redis-server on this machine")]
async fn only_an_allowed_server_is_connected_to() {
    let server = server();
    let other = App::with(r#"allowed_outbound_hosts = ["redis://127.0.0.1:1"]"#).await;
    for address in [server.url(), "nonsense".to_owned(), String::new()] {
        let shown = other.show(&format!("/redis/get?key=k&address={address}")).await;
        assert!(shown["error"].to_string().contains("InvalidAddress"), "{address}: {shown}");
    }
    let unreachable = other.show("/redis/get?key=k&address=redis://127.0.0.1:1").await;
    assert!(unreachable["error"].to_string().contains("Other"), "{unreachable}");
}

#[tokio::test]
#[cfg_attr(not(has_redis), ignore = "no redis-server on this machine")]
async fn a_server_that_went_away_is_an_error_and_not_a_trap() {
    let mut server = server();
    let app = app(&server).await;
    assert_eq!(show(&app, &server, "set?key=k&value=v").await, Value::Null);
    server.kill();
    let shown = show(&app, &server, "get?key=k").await;
    assert!(shown["error"].to_string().contains("Other"), "{shown}");
}
