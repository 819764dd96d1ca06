//! `GET /api/v1/tasks/:id`: a task and its result, in camel case as all tasks are.

use domain::limits::RESULT_LIFETIME;
use domain::{Task, TaskId, TaskState, Work};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use store::keys;

use crate::wire::{Request, Response};
use crate::{Code, Error, Ports, auth, generate_images, reconcile};

/// A task as its owner sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    id: TaskId,
    model: &'static str,
    status: &'static str,
    media_type: &'static str,
    prompt: Option<String>,
    created_at: String,
    deadline: String,
    resolved_params: Value,
    credits_used: u64,
    result: Option<Value>,
    error: Option<Value>,
}

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    show(ports, &request).await.unwrap_or_else(Response::from)
}

async fn show<P: Ports>(ports: &P, request: &Request) -> Result<Response, Error> {
    request.allow("GET")?;
    let account = auth::customer(ports, request).await?.account;
    let not_found = || Error::new(Code::TaskNotFound, "Task not found");
    let id: TaskId = request.segment(3).parse().map_err(|_| not_found())?;
    let task = ports.store().load(&keys::task(&account, &id)).await?.ok_or_else(not_found)?;
    let task = reconcile::refresh(ports, task, reconcile::STALE_AFTER).await?;
    Ok(Response::success(StatusCode::OK, view(ports, &task)))
}

fn view<P: Ports>(ports: &P, task: &Task) -> View {
    let (model, media_type, prompt, resolved_params) = match &task.work {
        Work::Training { .. } => ("flux-lora-training", "character", None, json!({})),
        Work::Generation(generation) => {
            let resolved = json!({ "aspect_ratio": generation.aspect_ratio, "num_outputs": generation.num_outputs });
            ("flux-lora-character", "image", Some(generation.prompt.clone()), resolved)
        }
        Work::Run(run) => ("run", run.media.as_str(), run.prompt.clone(), Value::Object(run.params.clone())),
    };
    View {
        id: task.id.clone(),
        model,
        status: task.state.as_str(),
        media_type,
        prompt,
        created_at: task.created_at.to_string(),
        deadline: task.deadline.to_string(),
        resolved_params,
        credits_used: credits_used(task),
        result: result(ports, task),
        error: error(task),
    }
}

/// What the task holds while it runs, and what it was charged once it ended.
fn credits_used(task: &Task) -> u64 {
    match task.settlement() {
        None => task.cost.amount(),
        Some(domain::Settlement::Capture(amount)) => amount.amount(),
        Some(domain::Settlement::Release) => 0,
    }
}

fn result<P: Ports>(ports: &P, task: &Task) -> Option<Value> {
    match &task.state {
        TaskState::Delivered { at, .. } => {
            let images = generate_images::images(ports, task);
            let first = images.first().map(|image| image.url.clone());
            Some(
                json!({ "url": first, "type": "image", "images": images, "expires_at": at.plus(RESULT_LIFETIME).to_string() }),
            )
        }
        TaskState::Trained { .. } => Some(json!({ "type": "character", "character_id": task.work.character() })),
        TaskState::Pending | TaskState::Processing | TaskState::Failed { .. } | TaskState::Canceled => None,
    }
}

fn error(task: &Task) -> Option<Value> {
    let TaskState::Failed { error } = &task.state else { return None };
    Some(json!({ "code": error.code.as_str(), "key": "generic", "message": error.message }))
}
