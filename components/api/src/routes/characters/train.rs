//! `POST /api/v1/characters/{character_id}/train`: a model for a character whose pictures go by its photos. It stays ready meanwhile.
//!
//! | if we die after | then |
//! |---|---|
//! | claiming the character | the sweep gives the claim up an hour later; it can be pictured, and not be trained until then |
//! | adding the photos | the same, and they are its photos |
//! | the hold | as with any training: its end decides what the character is |

use domain::limits::{
    CAPTION_CHARS_MAX, PHOTO_URL_BYTES_MAX, PHOTOS_MAX, PHOTOS_MIN, PRINTABLE, TRAINING_RANK_MAX, TRAINING_STEPS_MAX,
};
use domain::{Base, Character, CharacterState, FailureCode, Operation, Task, TaskId, TaskState, Training, Work};
use http::StatusCode;
use lifecycle::photos::Hashes;
use lifecycle::ports::Body;
use lifecycle::submit::{self, Order};
use lifecycle::uploads::{self, Upload};
use lifecycle::{NotReady, Ports, funds, later_training, photos};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::keys;

use super::training::{self, Created};
use super::{consent, create, not_found, owned, suspended};
use crate::auth::Customer;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};
use crate::{Code, Error, checks, idempotency};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/characters/{character_id}/train",
    access: Access::TRAIN,
    needs: create::ROUTE.needs,
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, train)))
}

/// What a caller sends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TrainCharacter")]
pub(crate) struct Train {
    /// More photos, so that it has 10 to 30 with those that it was made with: public HTTP(S) URLs of JPEG, PNG or WebP, at most 10 MB each.
    #[schemars(length(max = PHOTOS_MAX), inner(url, length(max = PHOTO_URL_BYTES_MAX)))]
    image_urls: Option<Vec<String>>,
    /// Where to tell of the training's end: a public HTTP(S) URL.
    #[schemars(url, length(max = PHOTO_URL_BYTES_MAX))]
    webhook_url: Option<String>,
    /// The family of models it is trained on; `flux-1` unless told.
    #[schemars(regex(pattern = r"^[a-z0-9.-]{1,32}$"))]
    base: Option<String>,
    /// In how many steps; as many as the trainer advises unless told.
    #[schemars(range(min = 1, max = TRAINING_STEPS_MAX))]
    steps: Option<u32>,
    /// The rank of what is trained, where the trainer lets one choose.
    #[schemars(range(min = 1, max = TRAINING_RANK_MAX))]
    rank: Option<u32>,
    /// What is said of every photo, where the trainer has no place for the trigger word alone.
    #[schemars(length(min = 1, max = CAPTION_CHARS_MAX), regex(pattern = PRINTABLE))]
    caption: Option<String>,
}

/// What a caller sends, checked as far as that takes no character.
struct Wanted {
    texts: Vec<String>,
    base: Base,
    options: catalogue::TrainingOptions,
    webhook_url: Option<String>,
}

async fn train<P: Ports, B: Body>(ports: &P, customer: Customer, mut request: Request<B>) -> Result<Response, Error> {
    let Train { image_urls, webhook_url, base, steps, rank, caption } = request.json()?;
    let wanted = Wanted {
        texts: image_urls.unwrap_or_default(),
        base: base.map(training::base).transpose()?.unwrap_or_default(),
        options: training::options(steps, rank, caption)?,
        webhook_url: checks::webhook_url(ports, webhook_url)?,
    };
    let id = request.id("character_id");
    let resume = async |id| {
        let (character, task) = training::begun(ports, &customer, &id).await?;
        Ok(Response::success(StatusCode::OK, Created::later(character, &task)))
    };
    let run = async |operation| {
        let character = owned(ports, &customer.account, id.clone()).await?;
        run(ports, &customer, character, wanted, operation).await
    };
    idempotency::once(ports, &customer, &request, resume, run).await
}

async fn run<P: Ports>(
    ports: &P,
    customer: &Customer,
    character: Character,
    wanted: Wanted,
    operation: Option<Operation>,
) -> Result<Response, Error> {
    suspended::refuse(character.suspended)?;
    untrained(&character)?;
    consent::is_recorded(ports.config().consent_policy, &character, wanted.texts.len())?;
    let there = character.photos.len();
    let counts = PHOTOS_MIN.saturating_sub(there)..=PHOTOS_MAX.saturating_sub(there);
    let urls = training::image_urls(&wanted.texts, &counts)?;
    let quote = training::quote(ports, &wanted.base, wanted.options).await?;
    funds::check_available(ports, &customer.account, &customer.key, quote.cost).await?;
    let (id, key) = keys::new_task(&customer.account, ports.random());
    let claimed = claim(ports, &character, &id).await?;
    let Character { account, id: of, .. } = &claimed;
    let hashes = Hashes::of(claimed.consent.is_some());
    let outcome = async {
        let (photos, warnings) = photos::collect_upright(ports, account, of, there, &urls, hashes).await?;
        let added = later_training::add(ports, &claimed, &id, &photos, &warnings).await?;
        let character = added.ok_or_else(not_found)?;
        let requests = quote.requests(&character.trigger_word);
        let work = Work::Training(Training { character: of.clone(), base: wanted.base, requests });
        let now = ports.now();
        let deadline = now.plus(ports.config().training_deadline);
        let task = Task::new(id.clone(), account.clone(), work, quote.cost, now, deadline, wanted.webhook_url);
        let order = Order { task, key, character: Some(&character), key_id: &customer.key, operation };
        Ok((begin(ports, order).await?, character))
    };
    match outcome.await {
        Ok((task, character)) => Ok(Response::success(StatusCode::OK, Created::later(character, &task))),
        Err(Refusal::Begun(error)) => Err(error),
        Err(Refusal::Nothing(error)) => {
            if let Err(error) = later_training::unclaim(ports, account, of, &id).await {
                ports.log(&format!("{of} is claimed by {id} until the sweep sees to it: {error}"));
            }
            Err(error)
        }
    }
}

/// Why there is no answer that tells of a training.
enum Refusal {
    /// Nothing came of it, and nothing was held.
    Nothing(Error),
    /// It may have been held for, so its task's end decides.
    Begun(Error),
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Nothing(error.into())
    }
}

async fn begin<P: Ports>(ports: &P, order: Order<'_>) -> Result<Task, Refusal> {
    match submit::begin(ports, order).await.map(|begun| begun.task) {
        Ok(Task { state: TaskState::Failed { error }, .. }) if error.code == FailureCode::TrainingSubmitFailed => {
            Err(Refusal::Begun(training::refused(error)))
        }
        Ok(task) => Ok(task),
        Err(error) if error.refuses_the_hold() => Err(Refusal::Nothing(error.into())),
        Err(error) => Err(Refusal::Begun(error.into())),
    }
}

/// Whether it can be trained at all.
fn untrained(character: &Character) -> Result<(), Error> {
    match character.state {
        CharacterState::Referenced if character.is_in_training() => Err(in_training()),
        CharacterState::Referenced => Ok(()),
        CharacterState::Ready { .. } => {
            let message = "The character is trained already; create another one to train it anew";
            Err(Error::new(Code::CharacterTrained, message))
        }
        CharacterState::AwaitingConsent => Err(lifecycle::Error::NotReady(NotReady::Unanswered).into()),
        CharacterState::Training => {
            Err(Error::new(Code::CharacterNotReady, "The character is in training; try again when that has ended"))
        }
        CharacterState::Failed { .. } => {
            Err(Error::new(Code::CharacterNotReady, "The character's training failed; create it again"))
        }
        CharacterState::Deleted { .. } => Err(not_found()),
    }
}

fn in_training() -> Error {
    Error::new(Code::TaskRunning, "A training of the character is under way; wait for its end, or cancel it")
}

/// Puts on record that photos may come, and claims the character for them.
async fn claim<P: Ports>(ports: &P, character: &Character, training: &TaskId) -> Result<Character, Error> {
    let Character { account, id, .. } = character.clone();
    let more = Upload::MorePhotos { account, character: id, training: training.clone(), at: ports.now() };
    uploads::begin(ports, &more).await?;
    later_training::claim(ports, character, training).await?.ok_or_else(in_training)
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "trainCharacter", "Train an existing character")
        .says(
            "For a character made with `mode` `reference`: adds photos to those that it has, holds the training's price and begins a training. It stays `ready` and is pictured by its photos until \
             the training has ended, then by its model, under the same id. Where the training fails its credits are given back, the photos stay, and it can be trained again without sending them.",
        )
        .takes::<Train>(json!({ "image_urls": create::photos() }))
        .costs()
        .answers_with(200, "The character, and the training as `task_id`.", Content::of::<Created>(), &["Idempotent-Replayed"])
        .fails(&[
            Code::NotFound,
            Code::ConsentRequired,
            Code::CharacterNotReady,
            Code::TaskRunning,
            Code::CharacterTrained,
            Code::TooFewImages,
            Code::TooManyImages,
            Code::InvalidImageUrl,
            Code::InvalidWebhookUrl,
            Code::ImageDownloadFailed,
            Code::TrainingSubmitFailed,
        ])
        .fails(&suspended::REFUSALS)
}
