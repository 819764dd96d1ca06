//! Tools: models with a route of their own.

pub(crate) mod lipsync;
pub(crate) mod upscale_image;
pub(crate) mod upscale_video;

use catalogue::{Catalogue, Measured, Model};
use domain::limits::PHOTO_URL_BYTES_MAX;
use domain::{Credits, Task, TaskId, TaskState};
use http::StatusCode;
use lifecycle::config::settings;
use lifecycle::ports::Body;
use lifecycle::{Ports, funds, runs, wait};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::auth::Customer;
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::Route;
use crate::routes::runs::REFUSALS;
use crate::views::task as task_view;
use crate::wire::{Request, Response};
use crate::{Code, Error, checks, follow, idempotency};

/// What every tool needs from the host.
const NEEDS: &[Need] = &[
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
    Need::Setting(&settings::GENERATION_WAIT),
];

/// What the caller gets.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ToolTask")]
pub(crate) struct Done {
    /// The task.
    id: TaskId,
    model: String,
    #[schemars(extend("enum" = ["pending", "processing", "completed"]))]
    status: &'static str,
    /// What was sent, defaults included, and what was found out about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Map<String, Value>>,
    /// What was made, where it was waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Output>,
    /// What was sent and has no effect.
    ignored: Vec<String>,
    /// What is held for it, or was charged.
    credits_used: u64,
    /// What can be spent now.
    credits_remaining: u64,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
}

/// What a tool made.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ToolOutput")]
struct Output {
    /// Works for 7 days.
    url: Option<String>,
    /// How long it takes, in seconds.
    duration: Option<f64>,
}

/// Whether a tool's caller waits for what it makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// Unless the caller would rather poll.
    Asked,
    /// Never: it takes long.
    Never,
}

/// A tool: the model behind it, and how its task is shown.
#[derive(Debug, Clone, Copy)]
struct Tool {
    model: &'static str,
    waits: Waits,
    /// Whether its caller is told what a second costs.
    by_second: bool,
}

async fn begin<P: Ports, B: Body>(
    ports: &P,
    customer: Customer,
    request: Request<B>,
    tool: Tool,
) -> Result<Response, Error> {
    let mut input: Map<String, Value> = request.content.json()?;
    let webhook_url = match input.remove("webhook_url") {
        None | Some(Value::Null) => None,
        Some(Value::String(url)) => Some(url),
        Some(_) => return Err(Error::new(Code::InvalidRequest, "`webhook_url`: has to be a string")),
    };
    let webhook_url = checks::webhook_url(ports, webhook_url)?;
    let polls = tool.waits == Waits::Never || follow::prefers_async(&request);
    let account = &customer.account;
    let resume = async |id: TaskId| {
        let (task, balance) = wait::resume(ports, account, &id).await?;
        answer(ports, tool, (&task, balance), None, polls).await
    };
    let run = async |operation| {
        let quote = runs::order(ports, account, &customer.key, tool.model, &input).await?;
        funds::check_available(ports, account, &customer.key, quote.cost).await?;
        let measured = quote.measured;
        let begun = runs::begin(ports, account, &customer.key, quote, webhook_url, operation).await?;
        let give_up_at = ports.now().plus(ports.config().generation_wait);
        let task = if polls { begun.task } else { wait::wait(ports, begun.task, Some(give_up_at)).await };
        answer(ports, tool, (&task, begun.funds.balance), measured, polls).await
    };
    idempotency::once(ports, &customer, &request, resume, run).await
}

async fn answer<P: Ports>(
    ports: &P,
    tool: Tool,
    (task, balance): (&Task, Credits),
    measured: Option<Measured>,
    polls: bool,
) -> Result<Response, Error> {
    let balance = wait::balance(ports, task, balance).await;
    let output = match &task.state {
        TaskState::Failed { error } => return Err(Error::new(Code::GenerationFailed, error.message.clone())),
        TaskState::Canceled => return Err(follow::canceled()),
        TaskState::Delivered { files, .. } if !polls => {
            let duration = files.first().and_then(|file| file.duration_ms).and_then(task_view::seconds);
            Some(Output { url: task_view::urls(ports, task).into_iter().next(), duration })
        }
        _ => None,
    };
    let (http_status, status) = match (&output, polls) {
        (Some(_), _) => (StatusCode::OK, "completed"),
        (None, true) => (StatusCode::OK, "pending"),
        (None, false) => (StatusCode::ACCEPTED, "processing"),
    };
    let done = Done {
        id: task.id.clone(),
        model: task_view::model(&task.work).to_owned(),
        status,
        input: polls.then(|| described(tool, task, measured)),
        output,
        ignored: task_view::ignored(ports, task),
        credits_used: task_view::credits_used(task),
        credits_remaining: balance.amount(),
        created_at: task.created_at.to_string(),
    };
    let answer = Response::success(http_status, done);
    Ok(if http_status == StatusCode::OK && !polls { answer } else { follow::to_be_followed(answer, task, false) })
}

/// A task's input with what was found out about it.
fn described(tool: Tool, task: &Task, measured: Option<Measured>) -> Map<String, Value> {
    let mut input = task_view::applied(task);
    match measured {
        Some(Measured::Pixels { width, height }) => {
            let factor = input.get("upscale_factor").and_then(Value::as_str).and_then(|text| text.parse().ok());
            let side = width.max(height).saturating_mul(factor.unwrap_or(1));
            input.insert("detected_dimensions".to_owned(), format!("{width}\u{d7}{height}").into());
            input.insert("output_tier".to_owned(), tier(side).into());
        }
        Some(Measured::Millis(millis) | Measured::Both { millis, .. }) => {
            let duration = task_view::seconds(millis).unwrap_or_default();
            input.insert("detected_duration".to_owned(), format!("{duration}s").into());
            if tool.by_second {
                let billed = millis.div_ceil(1_000).max(1);
                input.insert("billed_seconds".to_owned(), billed.into());
                input.insert("credits_per_second".to_owned(), (task.cost.amount() / billed).into());
            }
        }
        None => {}
    }
    input
}

/// A name for how large a picture becomes, by its longer side in pixels.
const fn tier(side: u32) -> &'static str {
    match side {
        0..=2_048 => "2k",
        2_049..=4_096 => "4k",
        4_097..=8_192 => "8k",
        _ => "16k",
    }
}

/// Describes an upscaler.
fn describe_upscaler(route: Route, name: &'static str, summary: &'static str) -> Description {
    Description::of(route, name, summary)
        .costs()
        .answers_with(200, "The task, to be polled.", Content::of::<Done>(), &["Location", "Idempotent-Replayed"])
        .fails(&REFUSALS)
        .fails(&[Code::GenerationFailed])
}

/// What a tool takes: the parameters of the model behind it, and where to tell of the end.
fn taken(model: &str) -> Content {
    let catalogue = Catalogue::built_in().ok();
    let model = catalogue.as_ref().and_then(|catalogue| catalogue.get(model));
    let mut schema = model.map(Model::input_schema).unwrap_or_default();
    let url = json!({
        "type": ["string", "null"],
        "format": "uri",
        "maxLength": PHOTO_URL_BYTES_MAX,
        "description": "Where to tell of the end: a public HTTP(S) URL.",
    });
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.insert("webhook_url".to_owned(), url);
    }
    Content::Schema(schema)
}
