//! Calls on a Redis server.

use serde_json::{Value, json};
use spin_sdk::redis::{Connection, RedisParameter, RedisResult};

use crate::{Arguments, Shown, error};

/// Connects to `address` and makes one call; `execute` takes the parts of `command`, separated by spaces.
pub(crate) async fn show(call: &str, arguments: &Arguments) -> Shown {
    let connection = Connection::open(arguments.text("address")).await.map_err(error)?;
    let (key, value) = (arguments.text("key"), arguments.text("value"));
    match call {
        "get" => connection.get(key).await.map(|value| json!(value.as_deref().map(text))).map_err(error),
        "set" => connection.set(key, value).await.map(Value::from).map_err(error),
        "incr" => connection.incr(key).await.map(Value::from).map_err(error),
        "del" => connection.del([key]).await.map(Value::from).map_err(error),
        "sadd" => connection.sadd(key, [value]).await.map(Value::from).map_err(error),
        "smembers" => connection.smembers(key).await.map(Value::from).map_err(error),
        "srem" => connection.srem(key, [value]).await.map(Value::from).map_err(error),
        "publish" => connection.publish(key, value).await.map(Value::from).map_err(error),
        "execute" => {
            let mut parts = arguments.text("command").split(' ');
            let name = parts.next().unwrap_or_default();
            let parameters = parts.map(|part| RedisParameter::Binary(part.as_bytes().to_vec()));
            let reply = connection.execute(name, parameters).await.map_err(error)?;
            Ok(reply.into_iter().map(part).collect())
        }
        _ => Err(format!("the probe has no redis/{call}")),
    }
}

fn part(result: RedisResult) -> Value {
    match result {
        RedisResult::Nil => Value::Null,
        RedisResult::Int64(number) => number.into(),
        RedisResult::Binary(bytes) => text(&bytes).into(),
        RedisResult::Status(status) => json!({ "status": status }),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
