//! `GET /api/v1/tasks`: an account's tasks, newest first, as they were last heard of.

use domain::{CharacterId, Task};
use http::StatusCode;
use lifecycle::ports::Body;
use lifecycle::{Ports, funds, history, shown};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::auth::Customer;
use crate::live::Live;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::views::task::{self, STATUSES, TYPES, View};
use crate::wire::{Request, Response};
use crate::{Code, Error, paging};

/// Where it is.
pub(crate) const ROUTE: Route =
    Route { verb: Verb::Get, path: "/api/v1/tasks", access: Access::READ, needs: &[Need::Links, Need::Providers] };

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Live<P>> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, list)))
}

/// Some of an account's tasks.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TaskPage")]
pub(crate) struct Page {
    /// The tasks, newest first.
    tasks: Vec<View>,
    /// What to send as `cursor` for the next ones; nothing after the last.
    next_cursor: Option<String>,
}

async fn list<P: Ports, B>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response, Error> {
    let range = paging::range(&request)?;
    let status = request.choice("status", &STATUSES)?;
    let media_type = request.choice("type", &TYPES)?;
    let character = character(&request)?;
    let wanted = |task: &Task| {
        status.as_ref().is_none_or(|status| status == task.state.as_str())
            && media_type.as_ref().is_none_or(|wanted| wanted == task::media_type(&task.work))
            && character.as_ref().is_none_or(|wanted| task.work.character() == Some(wanted))
            && customer.reaches(task.work.character())
    };
    let account = funds::document(ports, &customer.account).await?;
    let page = history::tasks(ports, &account, range, wanted).await?;
    let tasks = shown::tasks(ports, page.items).await?;
    let tasks = tasks.iter().map(|task| task::view(ports, task)).collect();
    let next_cursor = page.next.map(|next| next.to_string());
    Ok(Response::success(StatusCode::OK, Page { tasks, next_cursor }))
}

/// The character whose tasks are asked for.
fn character<B>(request: &Request<B>) -> Result<Option<CharacterId>, Error> {
    let id = request.parameter("characterId").map(|id| id.parse()).transpose();
    id.map_err(|_| Error::new(Code::InvalidRequest, "`characterId`: has to be a character's id"))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "listTasks", "List tasks")
        .query("status", "Only those that are this.", json!({ "type": "string", "enum": STATUSES }))
        .query("type", "Only those that make this.", json!({ "type": "string", "enum": TYPES }))
        .query(
            "characterId",
            "Only those that are about this character.",
            json!({ "type": "string", "pattern": "^char_[0-9a-f]{32}$" }),
        )
        .pages("cursor")
        .answers::<Page>(200, "Some of them, newest first, as they were last heard of.")
}
