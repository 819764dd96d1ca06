//! Sending a request of its own.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use serde_json::json;
use spin_sdk::wasip3::http::types::RequestOptions;
use spin_sdk::wasip3::http_compat::RequestOptionsExtension;

use crate::{Arguments, Shown, error};

/// Gets `url`, or posts `body` to it, and shows the answer. `connect`, `first_byte` and `between_bytes` are timeouts
/// in milliseconds.
pub(crate) async fn show(arguments: &Arguments) -> Shown {
    let body = arguments.text("body");
    let method = if body.is_empty() { http::Method::GET } else { http::Method::POST };
    let request = http::Request::builder().method(method).uri(arguments.text("url"));
    let mut request = request.body(Full::new(Bytes::from(body.to_owned()))).map_err(error)?;
    request.extensions_mut().insert(RequestOptionsExtension(options(arguments)?));
    let response = spin_sdk::http::send(request).await.map_err(error)?;
    let status = response.status().as_u16();
    let location = response.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let bytes = response.into_body().collect().await.map_err(error)?.to_bytes();
    Ok(json!({ "status": status, "location": location, "body": String::from_utf8_lossy(&bytes) }))
}

fn options(arguments: &Arguments) -> Result<RequestOptions, String> {
    let asked = |name: &str| {
        let milliseconds = arguments.number(name);
        (milliseconds > 0).then(|| Duration::from_millis(milliseconds).as_nanos()).and_then(|n| u64::try_from(n).ok())
    };
    let options = RequestOptions::new();
    options.set_connect_timeout(asked("connect")).map_err(error)?;
    options.set_first_byte_timeout(asked("first_byte")).map_err(error)?;
    options.set_between_bytes_timeout(asked("between_bytes")).map_err(error)?;
    Ok(options)
}
