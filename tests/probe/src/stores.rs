//! Plain calls on a store, over both interfaces.

use serde_json::{Value, json};
use spin_sdk::experimental::wasi::keyvalue::{atomics, batch, store};
use spin_sdk::key_value::Store;

use crate::{Arguments, Shown, error};

/// Makes one call on the store `label`; `interface=wasi` takes the other interface.
pub(crate) async fn show(call: &str, arguments: &Arguments) -> Shown {
    if arguments.text("interface") == "wasi" { wasi(call, arguments) } else { spin(call, arguments).await }
}

async fn spin(call: &str, arguments: &Arguments) -> Shown {
    let (key, value) = (arguments.text("key"), arguments.text("value"));
    let store = Store::open(label(arguments)).await.map_err(error)?;
    match call {
        "get" => store.get(key).await.map(text).map_err(error),
        "set" => store.set(key, value).await.map(Value::from).map_err(error),
        "delete" => store.delete(key).await.map(Value::from).map_err(error),
        "exists" => store.exists(key).await.map(Value::from).map_err(error),
        "keys" => store.get_keys().await.collect().await.map(sorted).map_err(error),
        // The stream is dropped after its first key.
        "first-key" => Ok(json!(store.get_keys().await.next().await)),
        _ => Err(format!("the probe has no {call}")),
    }
}

fn wasi(call: &str, arguments: &Arguments) -> Shown {
    let (key, value) = (arguments.text("key"), arguments.text("value"));
    let bucket = store::open(label(arguments)).map_err(error)?;
    match call {
        "get" => bucket.get(key).map(text).map_err(error),
        "set" => bucket.set(key, value.as_bytes()).map(Value::from).map_err(error),
        "delete" => bucket.delete(key).map(Value::from).map_err(error),
        "exists" => bucket.exists(key).map(Value::from).map_err(error),
        "keys" => bucket.list_keys(None).map(|page| sorted(page.keys)).map_err(error),
        "increment" => {
            let delta = arguments.text("delta").parse().map_err(error)?;
            atomics::increment(&bucket, key, delta).map(Value::from).map_err(error)
        }
        "get-many" => {
            let keys: Vec<String> = key.split(',').map(str::to_owned).collect();
            let found = batch::get_many(&bucket, &keys).map_err(error)?;
            Ok(found.into_iter().map(|(key, value)| json!([key, text(value)])).collect())
        }
        "set-many" => {
            let pairs: Vec<(String, Vec<u8>)> = key.split(',').map(|key| (key.to_owned(), value.into())).collect();
            batch::set_many(&bucket, &pairs).map(Value::from).map_err(error)
        }
        "delete-many" => {
            let keys: Vec<String> = key.split(',').map(str::to_owned).collect();
            batch::delete_many(&bucket, &keys).map(Value::from).map_err(error)
        }
        _ => Err(format!("the probe has no {call}")),
    }
}

pub(crate) fn label(arguments: &Arguments) -> &str {
    match arguments.text("label") {
        "" => "default",
        label => label,
    }
}

pub(crate) fn text(value: Option<Vec<u8>>) -> Value {
    value.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).into()
}

fn sorted(mut keys: Vec<String>) -> Value {
    keys.sort();
    keys.into()
}
