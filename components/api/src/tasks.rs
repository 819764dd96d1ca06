//! `/api/v1/tasks`: an account's tasks.
//!
//! | method | path under `/api/v1/tasks` | |
//! |---|---|---|
//! | GET | `?status=completed&type=image&limit=20&cursor=41` | tasks, newest first, as they were last heard of |
//! | GET | `/:id` | one task, brought up to date |
//! | POST | `/:id/cancel` | takes a running task back; its credits with it |

use domain::{AccountId, Task, TaskId, TaskState};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::keys;

use crate::auth::Customer;
use crate::history::{self, Range};
use crate::task_view::{self, View};
use crate::wire::{Request, Response};
use crate::{Code, Error, Ports, auth, funds, gpu, reconcile};

/// What a task can be.
pub(crate) const STATUSES: [&str; 5] = ["pending", "processing", "completed", "failed", "canceled"];
/// What a task can make.
pub(crate) const TYPES: [&str; 4] = ["image", "music", "video", "character"];

/// Some of an account's tasks.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TaskPage")]
pub struct Page {
    /// The tasks, newest first.
    tasks: Vec<View>,
    /// What to send as `cursor` for the next ones; nothing after the last.
    next_cursor: Option<String>,
}

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    let run = async |customer: Customer| dispatch(ports, &request, &customer.account).await;
    auth::serve(ports, &request, if is_cancel(&request) { "POST" } else { "GET" }, run).await
}

fn is_cancel(request: &Request) -> bool {
    matches!(request.segments_from(3).as_slice(), [_, "cancel"])
}

async fn dispatch<P: Ports>(ports: &P, request: &Request, account: &AccountId) -> Result<Response, Error> {
    match request.segments_from(3).as_slice() {
        [] => list(ports, request, account).await,
        [id] => {
            let task = owned(ports, account, id).await?;
            let task = reconcile::refresh(ports, task, reconcile::STALE_AFTER).await?;
            Ok(Response::success(StatusCode::OK, task_view::view(ports, &task)))
        }
        [id, "cancel"] => {
            let task = cancel(ports, owned(ports, account, id).await?).await?;
            if task.state == TaskState::Canceled {
                return Ok(Response::success(StatusCode::OK, task_view::view(ports, &task)));
            }
            let message = format!("The task is over: it is {}; nothing was changed", task.state.as_str());
            Err(Error::new(Code::TaskEnded, message))
        }
        _ => Err(Error::new(Code::NotFound, "No such route")),
    }
}

async fn list<P: Ports>(ports: &P, request: &Request, account: &AccountId) -> Result<Response, Error> {
    let range = Range::wanted(request)?;
    let status = request.choice("status", &STATUSES)?;
    let media_type = request.choice("type", &TYPES)?;
    let wanted = |task: &Task| {
        status.as_ref().is_none_or(|status| status == task.state.as_str())
            && media_type.as_ref().is_none_or(|wanted| wanted == task_view::media_type(&task.work))
    };
    let account = funds::document(ports, account).await?;
    let page = history::tasks(ports, &account, range, wanted).await?;
    let tasks = page.items.iter().map(|task| task_view::view(ports, task)).collect();
    let next_cursor = page.next.map(|next| next.to_string());
    Ok(Response::success(StatusCode::OK, Page { tasks, next_cursor }))
}

async fn owned<P: Ports>(ports: &P, account: &AccountId, id: &str) -> Result<Task, Error> {
    let not_found = || Error::new(Code::TaskNotFound, "Task not found");
    let id: TaskId = id.parse().map_err(|_| not_found())?;
    ports.store().load(&keys::task(account, &id)).await?.ok_or_else(not_found)
}

/// Takes a task back unless it has ended, and then asks its provider to stop. The first end counts: what was delivered is charged.
///
/// # Errors
/// What the store answers; canceling again does what is left.
pub(crate) async fn cancel<P: Ports>(ports: &P, task: Task) -> Result<Task, Error> {
    let running = !task.state.is_terminal();
    let ended = reconcile::end(ports, &task, TaskState::Canceled).await?;
    if running && ended.state == TaskState::Canceled {
        match gpu::configured(ports.config(), ended.provider) {
            Ok(provider) => gpu::cancel(ports, &*provider, &ended).await,
            Err(error) => ports.log(&error.for_log()),
        }
    }
    Ok(ended)
}
