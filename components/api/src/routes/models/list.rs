//! `GET /api/v1/models`: the models that this deployment's providers have, for everybody.

use catalogue::{Amount, Catalogue, Description as Shown, Model, Purpose, Trainer};
use domain::{Base, ConsentPolicy, MediaKind, ProviderName, price};
use http::StatusCode;
use lifecycle::config::settings;
use lifecycle::ports::Body;
use lifecycle::{Ports, models, trainers};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::Error;
use crate::needs::Need;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Get,
    path: "/api/v1/models",
    access: Access::Anyone,
    needs: &[Need::Store, Need::ProviderNames, Need::Setting(&settings::CONSENT_POLICY)],
};

/// What characters are trained by, among the types.
const CHARACTER: &str = "character";

/// What can be asked for.
fn types() -> Vec<&'static str> {
    MediaKind::ALL.iter().map(|kind| kind.as_str()).chain([CHARACTER]).collect()
}

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::new(ROUTE, |ports, request| Box::pin(list(ports, request)))
}

/// The models that can be run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Models<'a> {
    models: Vec<Shown<'a>>,
    /// What characters can be trained on: each with its own limits and price. Only where they are asked for, with `type=character`.
    #[serde(skip_serializing_if = "Option::is_none")]
    trainers: Option<Vec<TrainerView>>,
    /// What cannot be done here, of what the models of a catalogue are for; empty where all of it can.
    missing: Vec<Missing>,
    /// What is asked of who creates a character: `off`, nothing; `attested`, to say in `consent` how the person on the photos agreed.
    #[serde(rename = "consentPolicy")]
    consent_policy: ConsentPolicy,
}

/// A trainer of characters. Of several with one base, the first that can is asked.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Trainer")]
struct TrainerView {
    id: String,
    /// For people.
    name: String,
    /// What `base` has to be for it, when a character is created.
    base: Base,
    /// Credits.
    price: u64,
    /// Credits for each picture of a character that it trained.
    picture_price: u64,
    steps: AmountView,
    /// Where it can be chosen.
    rank: Option<AmountView>,
    /// Whether it takes a `caption`.
    caption: bool,
}

/// A number that can be chosen.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TrainerAmount")]
struct AmountView {
    default: u32,
    min: u32,
    max: u32,
}

/// Something that no model here is for.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MissingModelKind")]
struct Missing {
    kind: Purpose,
    /// Why, and what the operator can do about it.
    reason: String,
}

async fn list<P: Ports, B>(ports: &P, request: Request<B>) -> Result<Response, Error> {
    let kind = request.choice("type", &types())?;
    let consent_policy = ports.config().consent_policy;
    if kind.as_ref().is_some_and(|kind| kind == CHARACTER) {
        let all = trainers::all(ports).await?;
        let trainers = trainers::asked(&all, ports.config()).trainers().map(TrainerView::from).collect();
        let shown = Models { models: Vec::new(), trainers: Some(trainers), missing: Vec::new(), consent_policy };
        return Ok(Response::success(StatusCode::OK, shown));
    }
    let all = models::catalogue(ports).await?;
    let is_wanted = |media: MediaKind| kind.as_ref().is_none_or(|kind| kind == media.as_str());
    let had = all.models().filter(|model| has(&ports.config().providers, model) && is_wanted(model.media()));
    let models = had.map(Model::describe).collect();
    let missing = missing(&all, &ports.config().providers).filter(|missing| is_wanted(missing.kind.media())).collect();
    Ok(Response::success(StatusCode::OK, Models { models, trainers: None, missing, consent_policy }))
}

/// Whether one of these providers has it.
fn has(providers: &[ProviderName], model: &Model) -> bool {
    model.providers().any(|name| providers.contains(&name))
}

/// What none of these providers has a model for.
fn missing<'a>(all: &'a Catalogue, providers: &'a [ProviderName]) -> impl Iterator<Item = Missing> + 'a {
    let is_missing =
        |purpose: &Purpose| !all.models().any(|model| model.purpose() == Some(*purpose) && has(providers, model));
    let names: Vec<&str> = providers.iter().map(|name| name.as_str()).collect();
    let reason = format!(
        "no model of this deployment's providers ({}) is for it; its operator can name one in a catalogue of their own, or add a provider",
        names.join(", ")
    );
    Purpose::EXPECTED.into_iter().filter(is_missing).map(move |kind| Missing { kind, reason: reason.clone() })
}

impl From<&Trainer> for TrainerView {
    fn from(trainer: &Trainer) -> Self {
        Self {
            id: trainer.id().to_owned(),
            name: trainer.name().to_owned(),
            base: trainer.base().clone(),
            price: trainer.price().amount(),
            picture_price: price::pictures(1).amount(),
            steps: trainer.steps().into(),
            rank: trainer.rank().map(AmountView::from),
            caption: trainer.takes_caption(),
        }
    }
}

impl From<&Amount> for AmountView {
    fn from(amount: &Amount) -> Self {
        let Amount { default, min, max, .. } = *amount;
        Self { default, min, max }
    }
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "listModels", "List models")
        .query(
            "type",
            "Only those that make this; `character`: the trainers.",
            json!({ "type": "string", "enum": types() }),
        )
        .answers::<Models>(200, "The models that the deployment's providers have, and what they have none for.")
}
