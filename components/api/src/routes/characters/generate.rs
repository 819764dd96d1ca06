//! `POST /api/v1/characters/{character_id}/generate`: 1 to 4 pictures of a trained character, 15 credits each; one of a character without
//! training, for what its model costs.
//!
//! Waits for the pictures up to a configured deadline, then gives the job up and the credits back. With `Prefer: respond-async` it answers
//! at once with a task to poll.

use std::cell::RefCell;

use domain::limits::{PHOTO_URL_BYTES_MAX, PICTURES_MAX, PRINTABLE, PROMPT_CHARS_MAX};
use domain::{
    AspectRatio, Character, CharacterId, CharacterState, Credits, Format, Generation, Generator, Operation, Task,
    TaskId, TaskState, Work, price,
};
use http::StatusCode;
use lifecycle::config::settings;
use lifecycle::ports::Body;
use lifecycle::submit::{self, Begun, Order};
use lifecycle::{Ports, references, trainers, wait};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::keys;

use super::{owned, suspended};
use crate::auth::Customer;
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::views::task::{self as task_view, Image, images};
use crate::wire::{Request, Response};
use crate::{Code, Error, checks, error, follow, idempotency};

/// Longest name of a model, in characters.
const MODEL_CHARS_MAX: usize = 100;

/// The strongest a character can show, in hundredths.
const LORA_SCALE_PERCENT_MAX: u16 = 300;

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/characters/{character_id}/generate",
    access: Access::GENERATE,
    needs: &[
        Need::Links,
        Need::Providers,
        Need::Manifests,
        Need::Anywhere,
        Need::Bucket,
        Need::Setting(&settings::OPEN_TASKS_MAX),
        Need::Setting(&settings::DUE_PAGES),
        Need::Setting(&settings::GENERATION_DEADLINE),
        Need::Setting(&settings::GENERATION_WAIT),
    ],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, generate)))
}

/// What a caller sends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GenerateImages")]
pub(crate) struct Generate {
    /// What is to be seen, up to 5,000 characters. The trigger word is put in where it is missing.
    #[schemars(required, length(min = 1, max = PROMPT_CHARS_MAX), regex(pattern = r"\S"))]
    prompt: Option<String>,
    /// The shape of the pictures; `1:1` unless told.
    #[schemars(extend("enum" = AspectRatio::ALL.iter().map(|ratio| Some(ratio.as_str())).chain([None]).collect::<Vec<_>>()))]
    aspect_ratio: Option<String>,
    /// How many pictures, 1 to 4; 1 unless told.
    #[schemars(range(min = 1, max = PICTURES_MAX))]
    num_outputs: Option<i64>,
    /// What the randomness is drawn from, 0 to 4294967295: the same one gives the same pictures, where the provider keeps that promise.
    #[schemars(range(max = u32::MAX))]
    seed: Option<u32>,
    /// How strongly the character shows, 0 to 3; 1 unless told.
    #[schemars(range(min = 0, max = 3))]
    lora_scale: Option<f64>,
    /// `png`, `jpg` or `webp`.
    #[schemars(extend("enum" = ["png", "jpg", "jpeg", "webp", null]))]
    output_format: Option<String>,
    /// Where to tell of the end: a public HTTP(S) URL.
    #[schemars(url, length(max = PHOTO_URL_BYTES_MAX))]
    webhook_url: Option<String>,
    /// What makes the picture of a character without training: a model of `GET /api/v1/models` that `keepsIdentity`; the first unless told. A
    /// trained character is pictured by what it was trained as.
    #[schemars(length(min = 1, max = MODEL_CHARS_MAX), regex(pattern = PRINTABLE))]
    model: Option<String>,
}

/// What a caller sends, checked.
struct Wanted {
    prompt: String,
    aspect_ratio: AspectRatio,
    num_outputs: u8,
    seed: Option<u32>,
    lora_scale_percent: Option<u16>,
    output_format: Option<Format>,
    webhook_url: Option<String>,
    model: Option<String>,
}

/// What the caller gets.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "GeneratedImages")]
pub(crate) struct Generated {
    /// The task.
    id: TaskId,
    character_id: Option<CharacterId>,
    #[schemars(extend("enum" = ["completed", "processing"]))]
    status: &'static str,
    /// The pictures, once they are there; not where the character was suspended meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Output>,
    /// 15 for each picture that was delivered, and what the model costs without training; what is held for it while it is under way.
    credits_used: u64,
    /// What can be spent now.
    credits_remaining: u64,
    /// Where more was asked for than the contract has: what of it counts, and what not.
    #[serde(flatten)]
    wishes: Option<Wishes>,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
}

/// What became of a generation's further wishes.
#[derive(Debug, Serialize, JsonSchema)]
struct Wishes {
    /// The parameters that count, defaults included.
    applied: Map<String, Value>,
    /// What was sent and has no place at the provider that does it.
    ignored: Vec<String>,
}

impl Wishes {
    fn of<P: Ports>(ports: &P, task: &Task) -> Option<Self> {
        let any = match &task.work {
            Work::Generation(Generation { seed, lora_scale_percent, output_format, .. }) => {
                seed.is_some() || lora_scale_percent.is_some() || output_format.is_some()
            }
            Work::Run(_) => true,
            Work::Training(_) | Work::Reference { .. } => false,
        };
        any.then(|| Self { applied: task_view::applied(task), ignored: task_view::ignored(ports, task) })
    }
}

/// What a generation made.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Images")]
struct Output {
    images: Vec<Image>,
}

async fn generate<P: Ports, B: Body>(
    ports: &P,
    customer: Customer,
    mut request: Request<B>,
) -> Result<Response, Error> {
    let wanted = validate(ports, request.json()?)?;
    let polls = follow::prefers_async(&request);
    let resume = async |task| resume(ports, &customer, &task, polls).await;
    let made = RefCell::new(None);
    let run = async |operation| {
        let character = owned(ports, &customer.account, request.id("character_id")).await?;
        suspended::refuse(character.suspended)?;
        let begun = begin(ports, &customer, &character, wanted, polls, operation).await?;
        let task = if polls { begun.task } else { wait::wait(ports, begun.task, None).await };
        let answered = answer(ports, &task, begun.funds.balance, polls).await;
        made.replace(Some((task, begun.funds.balance)));
        answered
    };
    let answered = idempotency::once(ports, &customer, &request, resume, run).await;
    let Err(refused) = suspended::refuse_by_now(ports, &customer.account, request.id("character_id")).await else {
        return answered;
    };
    match made.into_inner() {
        // What was charged just now has no other answer than this one. Whoever follows its links is asked again.
        Some(_) if refused.code == Code::StoreUnavailable => answered,
        Some((task, balance)) if answered.is_ok() => {
            let without = Task { erased_at: Some(ports.now()), ..task };
            answer(ports, &without, balance, polls).await
        }
        _ => Err(refused),
    }
}

/// Answers for a task that an earlier request began.
async fn resume<P: Ports>(ports: &P, customer: &Customer, id: &TaskId, polls: bool) -> Result<Response, Error> {
    let (task, balance) = wait::resume(ports, &customer.account, id).await?;
    if !task.state.is_terminal() && !polls {
        return Err(error::in_progress());
    }
    answer(ports, &task, balance, polls).await
}

fn validate<P: Ports>(ports: &P, wanted: Generate) -> Result<Wanted, Error> {
    let prompt = wanted.prompt.filter(|prompt| !prompt.trim().is_empty());
    let prompt = prompt.ok_or_else(|| Error::new(Code::MissingPrompt, "prompt is required"))?;
    if prompt.chars().count() > PROMPT_CHARS_MAX {
        return Err(Error::new(
            Code::InvalidRequest,
            format!("`prompt`: is longer than {PROMPT_CHARS_MAX} characters"),
        ));
    }
    let aspect_ratio = wanted.aspect_ratio.map_or(Ok(AspectRatio::default()), |text| {
        let all: Vec<&str> = AspectRatio::ALL.iter().map(|ratio| ratio.as_str()).collect();
        text.parse().map_err(|_| {
            Error::new(Code::InvalidAspectRatio, format!("`aspect_ratio` has to be one of {}", all.join(", ")))
        })
    })?;
    let num_outputs = u8::try_from(wanted.num_outputs.unwrap_or(1)).ok().filter(|n| (1..=PICTURES_MAX).contains(n));
    let num_outputs = num_outputs.ok_or_else(|| {
        Error::new(Code::InvalidNumOutputs, format!("`num_outputs` has to be a whole number from 1 to {PICTURES_MAX}"))
    })?;
    Ok(Wanted {
        prompt,
        aspect_ratio,
        num_outputs,
        seed: wanted.seed,
        lora_scale_percent: wanted.lora_scale.map(lora_scale).transpose()?,
        output_format: wanted.output_format.as_deref().map(output_format).transpose()?,
        webhook_url: checks::webhook_url(ports, wanted.webhook_url)?,
        model: wanted.model.map(|model| checks::printable("model", model, MODEL_CHARS_MAX)).transpose()?,
    })
}

/// A scale in hundredths.
fn lora_scale(scale: f64) -> Result<u16, Error> {
    let most = f64::from(LORA_SCALE_PERCENT_MAX) / 100.0;
    if !(0.0..=most).contains(&scale) {
        return Err(Error::new(Code::InvalidRequest, format!("`lora_scale`: has to be from 0 to {most}")));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to a few hundred")]
    Ok((scale * 100.0).round() as u16)
}

fn output_format(text: &str) -> Result<Format, Error> {
    match text {
        "jpg" | "jpeg" => Ok(Format::Jpeg),
        "png" => Ok(Format::Png),
        "webp" => Ok(Format::Webp),
        _ => Err(Error::new(Code::InvalidRequest, "`output_format`: has to be png, jpg or webp")),
    }
}

async fn begin<P: Ports>(
    ports: &P,
    customer: &Customer,
    character: &Character,
    wanted: Wanted,
    polls: bool,
    operation: Option<Operation>,
) -> Result<Begun, Error> {
    let (now, deadline) = (ports.now(), ports.config().generation_deadline);
    let patience = if polls { deadline } else { deadline.min(ports.config().generation_wait) };
    let Wanted { prompt, aspect_ratio, num_outputs, seed, lora_scale_percent, output_format, webhook_url, model } =
        wanted;
    let generation = Generation {
        character: character.id.clone(),
        prompt,
        aspect_ratio,
        num_outputs,
        seed,
        lora_scale_percent,
        output_format,
        generator: generator(ports, character).await?,
    };
    let (work, cost) = if character.state == CharacterState::Referenced {
        by_references(ports, character, &generation, model.as_deref()).await?
    } else {
        (Work::Generation(generation), price::pictures(num_outputs.into()))
    };
    let (id, key) = keys::new_task(&character.account, ports.random());
    let task = Task::new(id, character.account.clone(), work, cost, now, now.plus(patience), webhook_url);
    Ok(submit::begin(ports, Order { task, key, character: Some(character), key_id: &customer.key, operation }).await?)
}

/// A picture of a character without training, and what it costs.
async fn by_references<P: Ports>(
    ports: &P,
    character: &Character,
    wanted: &Generation,
    model: Option<&str>,
) -> Result<(Work, Credits), Error> {
    if wanted.num_outputs > 1 {
        let message = "`num_outputs` has to be 1 for a character without training: ask for each picture by itself";
        return Err(Error::new(Code::InvalidNumOutputs, message));
    }
    let references::Order { run, cost } = references::order(ports, character, wanted, model).await?;
    Ok((Work::Run(run), cost))
}

/// What makes the pictures, where the character's model is of a family that not every provider has.
async fn generator<P: Ports>(ports: &P, character: &Character) -> Result<Option<Generator>, Error> {
    match &character.state {
        CharacterState::Ready { model } => Ok(trainers::generator(ports, &model.base).await?),
        CharacterState::AwaitingConsent
        | CharacterState::Training
        | CharacterState::Referenced
        | CharacterState::Failed { .. }
        | CharacterState::Deleted { .. } => Ok(None),
    }
}

/// Tells of a task as it is. `balance` is the account's as far as it is known already.
async fn answer<P: Ports>(ports: &P, task: &Task, balance: Credits, polls: bool) -> Result<Response, Error> {
    let balance = wait::balance(ports, task, balance).await;
    let (http_status, status, output) = match &task.state {
        TaskState::Failed { error } => return Err(Error::new(Code::GenerationFailed, error.message.clone())),
        TaskState::Canceled => return Err(follow::canceled()),
        TaskState::Delivered { .. } => {
            let output = || Output { images: images(ports, task) };
            (StatusCode::OK, "completed", task.erased_at.is_none().then(output))
        }
        TaskState::Pending | TaskState::Processing | TaskState::Trained { .. } | TaskState::Referenced => {
            (StatusCode::ACCEPTED, "processing", None)
        }
    };
    let is_over = task.state.is_terminal();
    let generated = Generated {
        id: task.id.clone(),
        character_id: task.work.character().cloned(),
        status,
        output,
        credits_used: task_view::credits_used(task),
        credits_remaining: balance.amount(),
        wishes: Wishes::of(ports, task),
        created_at: task.created_at.to_string(),
    };
    let answer = Response::success(http_status, generated);
    Ok(if is_over { answer } else { follow::to_be_followed(answer, task, polls) })
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    let headers = &["Location", "Preference-Applied", "Idempotent-Replayed"];
    Description::of(ROUTE, "generateImages", "Generate pictures of a character")
        .says("15 credits a picture, charged as delivered. Waits for up to two minutes, unless told not to.")
        .takes::<Generate>(
            json!({ "prompt": "SARAH on a sailing boat, golden hour", "aspect_ratio": "3:4", "num_outputs": 2 }),
        )
        .costs()
        .waits()
        .answers_with(200, "The pictures.", Content::of::<Generated>(), headers)
        .answers_with(202, "It is under way: poll the task that `Location` names.", Content::of::<Generated>(), headers)
        .fails(&[
            Code::MissingPrompt,
            Code::InvalidAspectRatio,
            Code::InvalidNumOutputs,
            Code::InvalidWebhookUrl,
            Code::NotFound,
            Code::CharacterNotReady,
            Code::GenerationFailed,
            Code::TaskEnded,
        ])
        .fails(&suspended::REFUSALS)
}
