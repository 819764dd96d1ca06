//! `POST /api/v1/tools/...`: models with a route of their own.
//!
//! | route | |
//! |---|---|
//! | `/tools/lipsync` | a video with other words: waits for it, or answers 202 with a task where that takes long |
//! | `/tools/upscale-image` | a picture with more pixels: answers at once with a task |
//! | `/tools/upscale-video` | the same of a video |

use catalogue::Measured;
use domain::{Credits, Task, TaskId, TaskState};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::auth::Customer;
use crate::runs;
use crate::wire::{Request, Response};
use crate::{Code, Error, Ports, auth, deliveries, funds, idempotency, task_view, wait};

/// The model behind `/tools/lipsync`.
pub(crate) const LIPSYNC: &str = "lipsync";
/// The model behind `/tools/upscale-image`.
pub(crate) const UPSCALE_IMAGE: &str = "topaz-image-upscale";
/// The model behind `/tools/upscale-video`.
pub(crate) const UPSCALE_VIDEO: &str = "topaz-video-upscale";

/// What the caller gets.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ToolTask")]
pub struct Done {
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

/// Handles a request.
pub async fn handle<P: Ports>(ports: &P, request: Request) -> Response {
    let model = match request.segments_from(3).as_slice() {
        ["lipsync"] => LIPSYNC,
        ["upscale-image"] => UPSCALE_IMAGE,
        ["upscale-video"] => UPSCALE_VIDEO,
        _ => {
            let message = "No such tool; there are lipsync, upscale-image and upscale-video";
            return Error::new(Code::NotFound, message).into();
        }
    };
    let run = async |customer: Customer| begin(ports, &request, &customer, model).await;
    auth::serve(ports, &request, "POST", run).await
}

async fn begin<P: Ports>(ports: &P, request: &Request, customer: &Customer, model: &str) -> Result<Response, Error> {
    let mut input: Map<String, Value> = request.json()?;
    let webhook_url = match input.remove("webhook_url") {
        None | Some(Value::Null) => None,
        Some(Value::String(url)) => Some(url),
        Some(_) => return Err(Error::new(Code::InvalidRequest, "`webhook_url`: has to be a string")),
    };
    let webhook_url = deliveries::checked_url(ports, webhook_url)?;
    let polls = model != LIPSYNC || wait::prefers_async(request);
    let resume = async |id: TaskId| {
        let (task, balance) = wait::resume(ports, customer, &id).await?;
        answer(ports, &task, balance, None, polls).await
    };
    let run = async |operation| {
        let quote = runs::quote(ports, model, &input).await?;
        funds::check_available(ports, &customer.account, quote.cost).await?;
        let measured = quote.measured;
        let begun = runs::begin(ports, customer, quote, webhook_url, operation).await?;
        let give_up_at = ports.now().plus(ports.config().generation_wait);
        let task = if polls { begun.task } else { wait::wait(ports, begun.task, Some(give_up_at)).await };
        answer(ports, &task, begun.funds.balance, measured, polls).await
    };
    idempotency::once(ports, customer, request, resume, run).await
}

async fn answer<P: Ports>(
    ports: &P,
    task: &Task,
    balance: Credits,
    measured: Option<Measured>,
    polls: bool,
) -> Result<Response, Error> {
    let balance = wait::balance(ports, task, balance).await;
    let output = match &task.state {
        TaskState::Failed { error } => return Err(Error::new(Code::GenerationFailed, error.message.clone())),
        TaskState::Canceled => return Err(wait::canceled()),
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
        input: polls.then(|| described(task, measured)),
        output,
        ignored: task_view::ignored(ports, task),
        credits_used: task_view::credits_used(task),
        credits_remaining: balance.amount(),
        created_at: task.created_at.to_string(),
    };
    let answer = Response::success(http_status, done);
    Ok(if http_status == StatusCode::OK && !polls { answer } else { wait::to_be_followed(answer, task, false) })
}

/// A task's input with what was found out about it.
fn described(task: &Task, measured: Option<Measured>) -> Map<String, Value> {
    let mut input = task_view::applied(task);
    match measured {
        Some(Measured::Pixels { width, height }) => {
            let factor = input.get("upscale_factor").and_then(Value::as_str).and_then(|text| text.parse().ok());
            let side = width.max(height).saturating_mul(factor.unwrap_or(1));
            input.insert("detected_dimensions".to_owned(), format!("{width}\u{d7}{height}").into());
            input.insert("output_tier".to_owned(), tier(side).into());
        }
        Some(Measured::Millis(millis)) => {
            let duration = task_view::seconds(millis).unwrap_or_default();
            input.insert("detected_duration".to_owned(), format!("{duration}s").into());
            if task_view::model(&task.work) == UPSCALE_VIDEO {
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
