//! The consent of the person pictured: the page behind their link, and what they answer there. No script, and nothing from elsewhere.

pub(crate) mod answer;
mod page;
pub(crate) mod show;

use domain::{Account, Character, CharacterState};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY};
use http::{HeaderName, StatusCode};
use lifecycle::receipt::PURPOSE;
use lifecycle::{Config, Ports, links};
use schemars::JsonSchema;
use serde::Serialize;
use store::keys;

use crate::wire::{self, JSON, Request, Response};
use crate::{Code, Error};

/// What the page may use: its own style, the photos, and its own form.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The media type of the page.
const HTML: &str = "text/html";
const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");

/// How it stands with the consent of whoever has the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ConsentState", inline)]
enum State {
    /// It can be given or refused.
    Awaiting,
    /// It was given, and can be taken back.
    Confirmed,
    /// It was refused, or not given in time.
    Refused,
    /// It was taken back.
    Withdrawn,
    /// The character was deleted.
    Deleted,
    /// It cannot be answered now: the operator looks into the character.
    Suspended,
}

/// What the person pictured sees.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AskedConsent")]
struct View {
    state: State,
    /// Who asks: the name of the account.
    asked_by: String,
    /// Where: the deployment.
    #[schemars(url)]
    deployment: String,
    /// What the character is called.
    character: String,
    /// What the photos are for.
    purpose: &'static str,
    /// The photos, while it is asked; each link is good for two hours.
    photos: Vec<String>,
    /// Until when it can be agreed to; only while it is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    until: Option<String>,
    /// When it was agreed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    confirmed_at: Option<String>,
}

impl View {
    fn of<P: Ports>(ports: &P, account: &Account, character: &Character) -> Result<Self, Error> {
        let (state, now, config) = (state(character), ports.now(), ports.config());
        let photos = character.photos.iter().enumerate().filter(|_| state == State::Awaiting);
        let photos = photos.map(|(n, photo)| links::photo(config, character, n, photo.format, now));
        let consent = character.consent.as_ref();
        Ok(Self {
            state,
            asked_by: account.name.clone(),
            deployment: config.public_url.clone(),
            character: character.name.clone(),
            purpose: PURPOSE,
            photos: photos.collect::<Result<_, _>>()?,
            until: (state == State::Awaiting).then(|| character.answer_due().to_string()),
            confirmed_at: consent.and_then(|consent| consent.confirmed_at).map(|at| at.to_string()),
        })
    }
}

fn state(character: &Character) -> State {
    use domain::SuspensionReason::{Takedown, Withdrawn};
    match (character.suspended.map(|known| known.reason), &character.state) {
        (Some(Withdrawn), _) => State::Withdrawn,
        (_, CharacterState::Deleted { .. }) => State::Deleted,
        (Some(Takedown), CharacterState::AwaitingConsent) => State::Suspended,
        (None, CharacterState::AwaitingConsent) => State::Awaiting,
        _ if character.is_confirmed() => State::Confirmed,
        _ => State::Refused,
    }
}

/// The character that a link is about.
///
/// # Errors
/// [`Code::NotFound`], one answer for a wrong and an unknown link: it tells a guesser nothing. What the store answers.
async fn linked<P: Ports, B>(ports: &P, request: &Request<B>) -> Result<Character, Error> {
    let not_found = || Error::new(Code::NotFound, "No such link; ask who gave it to you for it once more");
    let mac = request.parameter("mac").unwrap_or_default();
    let named = links::verified_consent(ports.config(), request.segment("name"), &mac)?;
    let (account, id) = named.ok_or_else(not_found)?;
    ports.store().load(&keys::character(&account, &id)).await?.ok_or_else(not_found)
}

/// Shows how it stands: as a page, or as JSON where `Accept` names that and no page.
async fn told<P: Ports, B>(ports: &P, request: &Request<B>, character: &Character) -> Result<Response, Error> {
    let account = lifecycle::funds::document(ports, &character.account).await?;
    let view = View::of(ports, &account, character)?;
    let as_json = wire::names(&request.headers, JSON) && !wire::names(&request.headers, HTML);
    let answer = if as_json {
        Response::success(StatusCode::OK, view)
    } else {
        let page = page::render(ports.config(), &view);
        Response::new(StatusCode::OK, "text/html; charset=utf-8", page.into())
            .with(CONTENT_SECURITY_POLICY, PAGE_POLICY)
    };
    let answer = answer.with(VARY, "Accept").with(CACHE_CONTROL, "private, no-store");
    // Its address opens it.
    Ok(answer.with(REFERRER_POLICY, "no-referrer").with(X_ROBOTS_TAG, "noindex"))
}

/// Links to photos as the page has them: of wherever the page itself is.
fn relative<'a>(config: &Config, link: &'a str) -> &'a str {
    link.strip_prefix(&config.public_url).map_or(link, |path| path.trim_start_matches('/'))
}
