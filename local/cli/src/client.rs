//! The HTTP API as a customer uses it.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::failure::OrNext;

/// Where `cargo likeness up` serves, unless told.
pub(crate) const LOCAL_URL: &str = "http://127.0.0.1:3000";

/// Longest time for an answer; a generation keeps its caller waiting.
const ANSWER_TIME_MAX: Duration = Duration::from_mins(3);

/// How often something that costs is sent, under the same name.
const ORDER_ATTEMPTS_MAX: usize = 3;
/// How long it is waited before it is sent again.
const ORDER_PAUSE: Duration = Duration::from_secs(1);

/// What to do about a certificate that is not believed.
const DISTRUSTED: &str = "see that this is the deployment you mean; where its certificate is from an authority of your own, name that one's file in SSL_CERT_FILE";

/// What the application refused, in its own words.
#[derive(Debug)]
pub(crate) struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Refused {}

/// A user of the API with one bearer token.
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    /// A user of the API at `base`.
    pub(crate) fn new(base: &str, token: &str) -> Result<Self> {
        let http = outbound::https().timeout(ANSWER_TIME_MAX).build()?;
        Ok(Self { http, base: base.to_owned(), token: token.to_owned() })
    }

    /// Sends a request and takes the `data` of its answer.
    pub(crate) async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let request = self.http.request(method.clone(), format!("{}{path}", self.base)).bearer_auth(&self.token);
        let request = if body.is_null() { request } else { request.body(body.to_string()) };
        let response = heard(request.send().await).with_context(|| format!("{method} {path}"))?;
        data(method, path, response).await
    }

    /// GET.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, &Value::Null).await
    }

    /// POST.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(Method::POST, path, body).await
    }

    /// POST of something that costs: under a name of its own, so that it can be sent again where its answer is lost, and is done once. It is
    /// answered at once, with what can be asked for.
    pub(crate) async fn order(&self, path: &str, body: &Value) -> Result<Value> {
        let name = format!("cli-{:032x}", rand::random::<u128>());
        let mut lost = None;
        for _ in 0..ORDER_ATTEMPTS_MAX {
            let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(&self.token);
            let request = request.header("idempotency-key", &name).header("prefer", "respond-async");
            match heard(request.body(body.to_string()).send().await) {
                Ok(response) => return data(Method::POST, path, response).await,
                Err(error) => lost = Some(error),
            }
            tokio::time::sleep(ORDER_PAUSE).await;
        }
        Err(lost.context("it was not sent")?.context(format!("POST {path}")))
    }

    /// Opens an account with this many credits and makes a key for it: its id, and the key. Needs the admin token.
    pub(crate) async fn open_account(&self, name: &str, credits: u64) -> Result<(String, String)> {
        let account = self.post("/api/v1/admin/accounts", &json!({ "name": name, "credits": credits })).await?;
        let id = text(&account, "account_id")?;
        let made = self.post(&format!("/api/v1/admin/accounts/{id}/keys"), &json!({ "label": name })).await?;
        Ok((id, text(&made, "key")?))
    }

    /// What can be spent.
    pub(crate) async fn credits(&self) -> Result<u64> {
        self.get("/api/v1/credits").await?.get("credits").and_then(Value::as_u64).context("credits are no number")
    }

    /// Whether the key is still good.
    pub(crate) async fn is_known(&self) -> bool {
        self.credits().await.is_ok()
    }

    /// Puts bytes where an upload was announced.
    pub(crate) async fn put(&self, url: &str, media_type: &str, bytes: Vec<u8>) -> Result<()> {
        // Without the key: the URL itself says that it may be done.
        let response = heard(self.http.put(url).header("content-type", media_type).body(bytes).send().await)?;
        let status = response.status();
        if !status.is_success() {
            bail!("the upload was answered with {status}: {}", response.text().await.unwrap_or_default());
        }
        Ok(())
    }

    /// Downloads a file.
    pub(crate) async fn download(&self, url: &str) -> Result<Vec<u8>> {
        let response = heard(self.http.get(url).send().await).with_context(|| url.to_owned())?;
        if response.status() != StatusCode::OK {
            bail!("{url} answered {}", response.status());
        }
        Ok(response.bytes().await?.to_vec())
    }
}

/// What was heard of a server; where its certificate is the reason that it is nothing, what to do about that.
fn heard(response: reqwest::Result<reqwest::Response>) -> Result<reqwest::Response> {
    let is_distrusted = response.as_ref().is_err_and(outbound::is_distrusted);
    let response = response.map_err(anyhow::Error::from);
    if is_distrusted { response.or_next(DISTRUSTED) } else { response }
}

/// The `data` of an answer that tells of success.
async fn data(method: Method, path: &str, response: reqwest::Response) -> Result<Value> {
    let status = response.status();
    let mut answer: Value =
        response.json().await.with_context(|| format!("{method} {path} answered {status}, and no JSON"))?;
    if answer.get("success") == Some(&Value::Bool(true)) {
        return Ok(answer.get_mut("data").map(Value::take).unwrap_or_default());
    }
    let part = |name: &str| answer.pointer(&format!("/error/{name}")).and_then(Value::as_str).unwrap_or("?");
    bail!(Refused(format!("{method} {path} answered {} {}: {}", status.as_u16(), part("code"), part("message"))))
}

/// A text field of an answer.
pub(crate) fn text(data: &Value, field: &str) -> Result<String> {
    data.get(field).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("no {field} in {data}"))
}
