//! `POST /api/v1/characters/create`: photos in, a training begun, its price held; or, without training, photos kept that every picture goes by.
//!
//! Everything that can be refused is refused before a photo is fetched; everything about the photos before a credit is held.

use std::time::Duration;

use catalogue::{TrainingOptions, TrainingQuote};
use domain::limits::{
    CAPTION_CHARS_MAX, NAME_CHARS_MAX, PHOTO_URL_BYTES_MAX, PHOTOS_MAX, PHOTOS_MIN, PRINTABLE, REFERENCES_MAX,
    REFERENCES_MIN, TRAINING_RANK_MAX, TRAINING_STEPS_MAX,
};
use domain::{
    Base, Character, CharacterState, Consent, Credits, FailureCode, Operation, Task, TaskState, Training, TriggerWord,
    Work,
};
use http::StatusCode;
use lifecycle::config::settings;
use lifecycle::consents::{self, Ordered};
use lifecycle::photos::Hashes;
use lifecycle::ports::Body;
use lifecycle::submit::{self, Order};
use lifecycle::uploads::{self, Upload};
use lifecycle::{Ports, funds, looks, photos, references};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{DocumentKey, NewKey, keys};
use url::Url;

use super::training::{self, Created};
use super::{consent, strict};
use crate::auth::Customer;
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};
use crate::{Code, Error, checks, idempotency, object};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/api/v1/characters/create",
    access: Access::TRAIN,
    needs: &[
        Need::Links,
        Need::Providers,
        Need::Anywhere,
        Need::Itself,
        Need::Bucket,
        Need::Setting(&settings::TRAINING_DEADLINE),
        Need::Setting(&settings::OPEN_TASKS_MAX),
        Need::Setting(&settings::DUE_PAGES),
        Need::Setting(&settings::CONSENT_POLICY),
    ],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, create)))
}

/// What a caller sends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CreateCharacter")]
pub(crate) struct Create {
    /// 10 to 30 public HTTP(S) URLs of JPEG, PNG or WebP photos, at most 10 MB each; 1 to 10 without training.
    #[schemars(required, length(min = REFERENCES_MIN, max = PHOTOS_MAX), inner(url, length(max = PHOTO_URL_BYTES_MAX)))]
    image_urls: Option<Vec<String>>,
    /// Display name: 1 to 100 printable characters. `Character` unless told.
    #[schemars(length(min = 1, max = NAME_CHARS_MAX), regex(pattern = PRINTABLE))]
    name: Option<String>,
    /// The rare word that calls the character up in a prompt: 3 to 32 letters, digits or `_`. Made up like `CHAR1N2K3M4` unless told.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_]{3,32}$"))]
    trigger_word: Option<String>,
    /// Where to tell of the training's end: a public HTTP(S) URL.
    #[schemars(url, length(max = PHOTO_URL_BYTES_MAX))]
    webhook_url: Option<String>,
    /// `train`, unless told; or `reference`: nothing is trained, and the photos go along with every prompt, to a model that keeps who is on them.
    #[schemars(extend("enum" = ["train", "reference", null]))]
    mode: Option<String>,
    /// The family of models it is trained on; `flux-1` unless told. `GET /api/v1/models?type=character` lists those that there are here, with
    /// the limits and the price of each.
    #[schemars(regex(pattern = r"^[a-z0-9.-]{1,32}$"))]
    base: Option<String>,
    /// In how many steps; as many as the trainer advises unless told.
    #[schemars(range(min = 1, max = TRAINING_STEPS_MAX))]
    steps: Option<u32>,
    /// The rank of what is trained, where the trainer lets one choose.
    #[schemars(range(min = 1, max = TRAINING_RANK_MAX))]
    rank: Option<u32>,
    /// What is said of every photo, where the trainer has no place for the trigger word alone, which is put in where it is missing.
    #[schemars(length(min = 1, max = CAPTION_CHARS_MAX), regex(pattern = PRINTABLE))]
    caption: Option<String>,
    /// Whether photos are refused, with 422, that `POST /api/v1/photos/check` would warn of. They are not unless told.
    strict: Option<bool>,
    /// How the person on the photos agreed, for the record. Needed where `GET /api/v1/models` says `consentPolicy` `attested` or `confirmed`; where it is
    /// `confirmed`, the person is asked behind a link, and nothing begins before.
    #[serde(default, deserialize_with = "object::read")]
    consent: Option<consent::Given>,
}

/// What a caller sends, checked.
pub(crate) struct Wanted {
    pub(crate) urls: Vec<Url>,
    is_strict: bool,
    name: String,
    trigger_word: Option<TriggerWord>,
    webhook_url: Option<String>,
    mode: Mode,
    consent: Option<consent::Said>,
}

/// What is to come of the photos.
enum Mode {
    /// A model.
    Train { base: Base, options: TrainingOptions },
    /// References for every picture.
    Reference,
}

/// The same, with what it costs.
enum Quoted {
    Training(Base, TrainingQuote),
    References(Credits),
}

impl Quoted {
    async fn new<P: Ports>(ports: &P, mode: Mode) -> Result<Self, Error> {
        match mode {
            Mode::Train { base, options } => {
                let quote = training::quote(ports, &base, options).await?;
                Ok(Self::Training(base, quote))
            }
            Mode::Reference => Ok(Self::References(references::price(ports).await?)),
        }
    }

    const fn cost(&self) -> Credits {
        match self {
            Self::Training(_, quote) => quote.cost,
            Self::References(cost) => *cost,
        }
    }

    fn base(&self) -> Base {
        match self {
            Self::Training(base, _) => base.clone(),
            Self::References(_) => Base::default(),
        }
    }

    fn work(self, character: &Character) -> Work {
        let id = character.id.clone();
        match self {
            Self::Training(base, quote) => {
                let requests = quote.requests(&character.trigger_word);
                Work::Training(Training { character: id, base, requests })
            }
            Self::References(_) => Work::Reference { character: id },
        }
    }
}

async fn create<P: Ports, B: Body>(ports: &P, customer: Customer, mut request: Request<B>) -> Result<Response, Error> {
    let wanted = validate(ports, request.json()?)?;
    let resume = async |id| {
        let (character, task) = training::begun(ports, &customer, &id).await?;
        Ok(Response::success(StatusCode::OK, Created::new(character, &task)))
    };
    // Where the photos are looked at, one at a time is there whole.
    let room = wanted.is_strict.then(|| request.room.take(looks::LOOK_BYTES)).transpose()?;
    let run = async |operation| {
        let answer = run(ports, &customer, wanted, operation).await;
        drop(room);
        answer
    };
    idempotency::once(ports, &customer, &request, resume, run).await
}

async fn run<P: Ports>(
    ports: &P,
    customer: &Customer,
    wanted: Wanted,
    operation: Option<Operation>,
) -> Result<Response, Error> {
    consent::is_enough(ports.config().consent_policy, wanted.consent.as_ref())?;
    let account = customer.account.clone();
    let quoted = Quoted::new(ports, wanted.mode).await?;
    let cost = quoted.cost();
    funds::check_available(ports, &account, &customer.key, cost).await?;
    let (id, key) = keys::new_character(&account, ports.random());
    let (training, task_key) = keys::new_task(&account, ports.random());
    let (owner, at) = (account.clone(), ports.now());
    uploads::begin(ports, &Upload::Photos { account: owner, character: id.clone(), training: training.clone(), at })
        .await?;
    let (photos, warnings) =
        photos::collect_upright(ports, &account, &id, 0, &wanted.urls, Hashes::of(wanted.consent.is_some())).await?;
    let warnings = if wanted.is_strict {
        strict::look(ports, (&account, &id), &photos, &wanted.urls, warnings).await?
    } else {
        warnings
    };
    let policy = ports.config().consent_policy;
    let character = Character {
        id,
        account,
        name: wanted.name,
        trigger_word: wanted.trigger_word.unwrap_or_else(|| TriggerWord::from_random(ports.random())),
        created_at: ports.now(),
        photos,
        warnings,
        training,
        later_training: None,
        settled: None,
        suspended: None,
        consent: wanted.consent.map(|said| said.record(ports.now(), customer.key.clone(), policy)),
        state: CharacterState::Training,
    };
    if character.consent.as_ref().is_some_and(Consent::is_the_persons) {
        return ask(ports, customer, character, key, quoted, wanted.webhook_url).await;
    }
    write(ports, &key, &character).await?;
    let work = quoted.work(&character);
    let task = task(&character, work, cost, ports.config().training_deadline, wanted.webhook_url);
    let order = Order { task, key: task_key, character: Some(&character), key_id: &customer.key, operation };
    let task = begin(ports, &character, key.document(), order).await?;
    Ok(Response::success(StatusCode::OK, Created::new(character, &task)))
}

/// Writes a character down.
async fn write<P: Ports>(ports: &P, key: &NewKey<Character>, character: &Character) -> Result<(), Error> {
    // Listed first: one that is there and not listed nobody would find.
    let n = ports.store().next(keys::characters(&character.account)).await?;
    ports.store().write(&keys::listed(&character.account, n), &character.id).await?;
    Ok(ports.store().create(key, character.clone()).await?)
}

/// Has the person pictured asked: until they agree, nothing begins and nothing is held.
async fn ask<P: Ports>(
    ports: &P,
    customer: &Customer,
    character: Character,
    key: NewKey<Character>,
    quoted: Quoted,
    webhook_url: Option<String>,
) -> Result<Response, Error> {
    let base = quoted.base();
    let (cost, work) = (quoted.cost(), quoted.work(&character));
    let ordered = Ordered { work, cost, webhook_url, key: customer.key.clone() };
    consents::ask(ports, &character.account, &character.id, &ordered).await?;
    let character = Character { state: CharacterState::AwaitingConsent, ..character };
    write(ports, &key, &character).await?;
    let consent = consent::View::of(ports.config(), &character)?;
    Ok(Response::success(StatusCode::OK, Created::awaiting(character, base, consent)))
}

/// Begins a character's training, or keeps its photos. Where that is refused, nobody will ever hear of the character, and nothing of it is kept.
async fn begin<P: Ports>(
    ports: &P,
    character: &Character,
    key: &DocumentKey<Character>,
    order: Order<'_>,
) -> Result<Task, Error> {
    let begun = match &order.task.work {
        Work::Reference { .. } => submit::keep(ports, order).await,
        Work::Training(_) | Work::Generation(_) | Work::Run(_) => {
            submit::begin(ports, order).await.map(|begun| begun.task)
        }
    };
    let untold = begun.as_ref().is_err_and(lifecycle::Error::refuses_the_hold);
    let refused = match begun {
        // One that was taken and has failed already is the character's to tell.
        Ok(Task { state: TaskState::Failed { error }, .. }) if error.code == FailureCode::TrainingSubmitFailed => {
            training::refused(error)
        }
        Ok(task) => return Ok(task),
        Err(error) if untold => error.into(),
        Err(error) => return Err(error.into()),
    };
    photos::discard(ports, &character.account, &character.id, 0..character.photos.len()).await;
    if untold {
        ports.store().discard(key).await?;
    }
    Err(refused)
}

fn task(character: &Character, work: Work, cost: Credits, patience: Duration, webhook_url: Option<String>) -> Task {
    let Character { training: id, account, created_at, .. } = character;
    let deadline = created_at.plus(patience);
    Task::new(id.clone(), account.clone(), work, cost, *created_at, deadline, webhook_url)
}

/// Checks what a caller sends.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn validate<P: Ports>(ports: &P, wanted: Create) -> Result<Wanted, Error> {
    let is_trained = mode(wanted.mode.as_deref())?;
    let counts = if is_trained { PHOTOS_MIN..=PHOTOS_MAX } else { REFERENCES_MIN..=REFERENCES_MAX };
    let urls = training::image_urls(&wanted.image_urls.unwrap_or_default(), &counts)?;
    let name = wanted.name.map_or_else(|| Ok("Character".to_owned()), |name| checks::name("name", name))?;
    let trigger_word = wanted.trigger_word.as_deref().map(trigger_word).transpose()?;
    let options = training::options(wanted.steps, wanted.rank, wanted.caption)?;
    let base = wanted.base.map(training::base).transpose()?;
    let mode = if is_trained {
        Mode::Train { base: base.unwrap_or_default(), options }
    } else if base.is_some() || options != TrainingOptions::default() {
        let message = "`base`, `steps`, `rank` and `caption` are of trainings: leave them out with `mode` `reference`";
        return Err(Error::new(Code::InvalidRequest, message));
    } else {
        Mode::Reference
    };
    let consent = wanted.consent.map(|given| given.check(ports.config().consent_policy, ports.now())).transpose()?;
    let is_strict = wanted.strict.unwrap_or_default();
    Ok(Wanted {
        urls,
        is_strict,
        name,
        trigger_word,
        webhook_url: checks::webhook_url(ports, wanted.webhook_url)?,
        mode,
        consent,
    })
}

/// Whether something is to be trained.
fn mode(text: Option<&str>) -> Result<bool, Error> {
    match text {
        None | Some("train") => Ok(true),
        Some("reference") => Ok(false),
        Some(_) => Err(Error::new(Code::InvalidRequest, "`mode` has to be `train` or `reference`")),
    }
}

fn trigger_word(word: &str) -> Result<TriggerWord, Error> {
    TriggerWord::parse(word).ok_or_else(|| {
        Error::new(
            Code::InvalidTriggerWord,
            "`trigger_word` has to be 3 to 32 letters, digits or underscores; leave it out to have one made",
        )
    })
}

/// What is refused of what a caller sends, wherever that is taken.
pub(crate) const REFUSALS: [Code; 6] = [
    Code::TooFewImages,
    Code::TooManyImages,
    Code::InvalidImageUrl,
    Code::InvalidTriggerWord,
    Code::InvalidWebhookUrl,
    Code::ImageDownloadFailed,
];

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "createCharacter", "Create a character")
        .says(
            "Fetches the photos, holds the training's price (500 credits unless the catalogue has another) and begins a training, which takes some minutes. Poll the character, or have its end \
             told to `webhook_url`. Nothing is held where a photo cannot be used; everything is given back where the training fails.",
        )
        .takes::<Create>(json!({ "image_urls": photos(), "name": "Sarah", "trigger_word": "SARAH" }))
        .costs()
        .answers_with(200, "The character, in training.", Content::of::<Created>(), &["Idempotent-Replayed"])
        .fails(&REFUSALS)
        .fails(&[Code::ConsentRequired, Code::PhotosRefused, Code::TrainingSubmitFailed])
}

/// URLs of photos, as an example.
pub(crate) fn photos() -> Value {
    (1..=PHOTOS_MIN).map(|n| format!("https://example.com/sarah/{n}.jpg")).collect()
}
