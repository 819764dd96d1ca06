//! `POST /api/v1/generate`: a run of a model of the catalogue.

use domain::{Credits, Task, TaskId, TaskState};
use http::StatusCode;
use lifecycle::config::settings;
use lifecycle::ports::Body;
use lifecycle::{Ports, funds, runs, wait};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Asked, Generate, REFUSALS, example, read};
use crate::auth::Customer;
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::views::task;
use crate::wire::{Request, Response};
use crate::{Code, Error, follow, idempotency};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/generate",
    access: Access::GENERATE,
    needs: &[
        Need::Links,
        Need::Providers,
        Need::Manifests,
        Need::Anywhere,
        Need::Bucket,
        Need::Setting(&settings::UPLOAD_BYTES),
        Need::Setting(&settings::UPLOAD_FILES),
        Need::Setting(&settings::UPLOAD_GIGABYTES),
        Need::Setting(&settings::OPEN_TASKS_MAX),
        Need::Setting(&settings::DUE_PAGES),
        Need::Setting(&settings::GENERATION_DEADLINE),
    ],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, generate)))
}

/// What the caller gets: a task to be polled.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "StartedTask")]
pub(crate) struct Started {
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

async fn generate<P: Ports, B: Body>(
    ports: &P,
    customer: Customer,
    mut request: Request<B>,
) -> Result<Response, Error> {
    let Asked { model, input, webhook_url } = read(ports, &mut request)?;
    let (account, key) = (&customer.account, &customer.key);
    let resume = async |id| {
        let (task, balance) = wait::resume(ports, account, &id).await?;
        started(ports, &task, balance)
    };
    let run = async move |operation| {
        let quote = runs::order(ports, account, key, &model, &input).await?;
        // What counts of it is in the quote.
        drop(input);
        funds::check_available(ports, account, key, quote.cost).await?;
        let begun = runs::begin(ports, account, key, quote, webhook_url, operation).await?;
        started(ports, &begun.task, begun.funds.balance)
    };
    idempotency::once(ports, &customer, &request, resume, run).await
}

fn started<P: Ports>(ports: &P, task: &Task, balance: Credits) -> Result<Response, Error> {
    if let TaskState::Failed { error } = &task.state {
        return Err(Error::new(Code::GenerationFailed, error.message.clone()));
    }
    let started = Started {
        id: task.id.clone(),
        model: task::model(&task.work).to_owned(),
        status: TaskState::Pending.as_str(),
        credits_used: task.cost.amount(),
        credits_remaining: balance.amount(),
        resolved_params: task::applied(task),
        ignored: task::ignored(ports, task),
        created_at: task.created_at.to_string(),
    };
    Ok(follow::to_be_followed(Response::success(StatusCode::OK, started), task, false))
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "generate", "Run a model")
        .says(
            "`GET /api/v1/models` has the models, their parameters and prices. The credits are held at once and charged as delivered. \
             A `prompt` beside `input` and the older `options` are understood; what `input` says counts most.",
        )
        .takes::<Generate>(example())
        .costs()
        .answers_with(
            200,
            "The task, to be polled.",
            Content::of::<Started>(),
            &["Location", "Idempotent-Replayed"],
        )
        .fails(&REFUSALS)
        .fails(&[Code::MissingModel, Code::GenerationFailed])
}
