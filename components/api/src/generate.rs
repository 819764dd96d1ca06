//! `POST /api/v1/generate`: a run of a model of the catalogue; and `POST /api/v1/estimate`: what it would cost.
//!
//! Both take the same body, in the three forms that the vendor's own documents have: `{model, input}`, a `prompt` beside them, and the older
//! `options` in camel case.

use domain::limits::PHOTO_URL_BYTES_MAX;
use domain::{Credits, Task, TaskId, TaskState};
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::auth::Customer;
use crate::runs::{self, Quote};
use crate::wire::{Request, Response};
use crate::{Code, Error, Ports, auth, deliveries, funds, idempotency, task_view, wait};

/// What a caller sends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    /// A model of `GET /api/v1/models`.
    #[schemars(required, length(min = 1))]
    pub model: Option<String>,
    /// The model's parameters.
    pub input: Option<Map<String, Value>>,
    /// The prompt, where it is not among them.
    pub prompt: Option<String>,
    /// The older form of `input`: `aspectRatio`, `resolution`, `duration`, `image`.
    pub options: Option<Map<String, Value>>,
    /// Where to tell of the end: a public HTTP(S) URL.
    #[schemars(url, length(max = PHOTO_URL_BYTES_MAX))]
    pub webhook_url: Option<String>,
}

/// What the caller gets: a task to be polled.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "StartedTask")]
pub struct Started {
    /// The task, to be polled.
    id: TaskId,
    model: String,
    /// `pending`, until the task is asked for.
    status: &'static str,
    /// What is held for it; charged as delivered.
    credits_used: u64,
    /// What can be spent now.
    credits_remaining: u64,
    /// The parameters that count, defaults included.
    resolved_params: Map<String, Value>,
    /// What was sent and has no effect.
    ignored: Vec<String>,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
}

/// What a run would be.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Estimate {
    model: String,
    /// Exactly what it would cost.
    credits: u64,
    /// The parameters that would count, defaults included.
    applied: Map<String, Value>,
    /// What would have no effect.
    ignored: Vec<String>,
}

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    let run = async |customer: Customer| match request.segment(2) {
        "estimate" => estimate(ports, &request).await,
        _ => generate(ports, &request, &customer).await,
    };
    auth::serve(ports, &request, "POST", run).await
}

async fn estimate<P: Ports>(ports: &P, request: &Request) -> Result<Response, Error> {
    let Asked { model, input, .. } = read(ports, request)?;
    let Quote { run, cost, ignored, .. } = runs::quote(ports, &model, &input).await?;
    let estimate = Estimate { model: run.model, credits: cost.amount(), applied: run.params, ignored };
    Ok(Response::success(StatusCode::OK, estimate))
}

async fn generate<P: Ports>(ports: &P, request: &Request, customer: &Customer) -> Result<Response, Error> {
    let Asked { model, input, webhook_url } = read(ports, request)?;
    let resume = async |id| {
        let (task, balance) = wait::resume(ports, customer, &id).await?;
        started(ports, &task, balance)
    };
    let run = async |operation| {
        let quote = runs::quote(ports, &model, &input).await?;
        funds::check_available(ports, &customer.account, quote.cost).await?;
        let begun = runs::begin(ports, customer, quote, webhook_url, operation).await?;
        started(ports, &begun.task, begun.funds.balance)
    };
    idempotency::once(ports, customer, request, resume, run).await
}

/// What is asked for, in the form of today.
struct Asked {
    model: String,
    input: Map<String, Value>,
    webhook_url: Option<String>,
}

fn read<P: Ports>(ports: &P, request: &Request) -> Result<Asked, Error> {
    let Generate { model, input, prompt, options, webhook_url } = request.json()?;
    let model = model.filter(|model| !model.trim().is_empty());
    let model = model.ok_or_else(|| Error::new(Code::MissingModel, "model is required"))?;
    let mut all = options.map(modern).unwrap_or_default();
    all.extend(prompt.map(|prompt| ("prompt".to_owned(), Value::from(prompt))));
    // What is said in the form of today counts most.
    all.extend(input.unwrap_or_default());
    Ok(Asked { model, input: all, webhook_url: deliveries::checked_url(ports, webhook_url)? })
}

/// The older form's names as they are today.
fn modern(options: Map<String, Value>) -> Map<String, Value> {
    let rename = |(name, value): (String, Value)| match name.as_str() {
        "aspectRatio" => ("aspect_ratio".to_owned(), value),
        "image" => ("image_urls".to_owned(), Value::Array(vec![value])),
        "outputFormat" => ("output_format".to_owned(), value),
        _ => (name, value),
    };
    options.into_iter().map(rename).collect()
}

fn started<P: Ports>(ports: &P, task: &Task, balance: Credits) -> Result<Response, Error> {
    if let TaskState::Failed { error } = &task.state {
        return Err(Error::new(Code::GenerationFailed, error.message.clone()));
    }
    let started = Started {
        id: task.id.clone(),
        model: task_view::model(&task.work).to_owned(),
        status: TaskState::Pending.as_str(),
        credits_used: task.cost.amount(),
        credits_remaining: balance.amount(),
        resolved_params: task_view::applied(task),
        ignored: task_view::ignored(ports, task),
        created_at: task.created_at.to_string(),
    };
    Ok(wait::to_be_followed(Response::success(StatusCode::OK, started), task, false))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_older_form_is_understood() {
        let Value::Object(options) = json!({ "aspectRatio": "16:9", "image": "https://a", "duration": 10 }) else {
            return;
        };
        let expected = json!({ "aspect_ratio": "16:9", "image_urls": ["https://a"], "duration": 10 });
        assert_eq!(Value::Object(modern(options)), expected);
    }
}
