//! `POST /consent/{name}`: the person on a character's photos agrees, refuses, or takes it back.

use lifecycle::config::settings;
use lifecycle::ports::Body;
use lifecycle::{Ports, consents};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::view::{State, View, state};
use super::{linked, told};
use crate::body;
use crate::needs::Need;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Largest body, in bytes.
const BODY_BYTES_MAX: usize = 1024;
/// The answers as the page's form sends them.
const FORM: [(&[u8], Answer); 3] =
    [(b"answer=agree", Answer::Agree), (b"answer=refuse", Answer::Refuse), (b"answer=withdraw", Answer::Withdraw)];

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Post,
    path: "/consent/{name}",
    access: Access::Link,
    needs: &[
        Need::Store,
        Need::Links,
        Need::Providers,
        Need::Anywhere,
        Need::Bucket,
        Need::Setting(&settings::TRAINING_DEADLINE),
        Need::Setting(&settings::OPEN_TASKS_MAX),
        Need::Setting(&settings::DUE_PAGES),
    ],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B> {
    Handler::streaming(ROUTE, |ports, request| Box::pin(answer(ports, request)))
}

/// What the person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Answer {
    /// To agree.
    Agree,
    /// To refuse.
    Refuse,
    /// To take back what was agreed to.
    Withdraw,
}

/// What is sent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ConsentAnswer")]
struct Sent {
    answer: Answer,
}

async fn answer<P: Ports, B: Body>(ports: &P, mut request: Request<B>) -> Result<Response, Error> {
    // Checked before the body is read.
    let character = linked(ports, &request).await?;
    body::read(ports, &mut request, BODY_BYTES_MAX).await?;
    let said = said(&mut request)?;
    let known = state(&character);
    // What was said before is not said again; the page shows how it stands.
    match (said, known) {
        (Answer::Agree, State::Awaiting) => {
            let agreed = consents::agree(ports, &character).await;
            agreed.or_else(|error| begins_later(ports, error))?;
        }
        (Answer::Refuse, State::Awaiting) => consents::refuse(ports, &character).await?,
        (Answer::Withdraw, State::Confirmed | State::Withdrawn) => consents::withdraw(ports, &character).await?,
        _ => {}
    }
    let character = linked(ports, &request).await?;
    told(ports, &request, &character).await
}

/// What keeps a training from beginning is the owner's to know, and the sweep's to go on with, unless it is not known whether the answer counts.
fn begins_later<P: Ports>(ports: &P, error: lifecycle::Error) -> Result<(), lifecycle::Error> {
    if error.is_of_the_store() {
        return Err(error);
    }
    ports.log(&format!("what a person agreed to begins later: {error}"));
    Ok(())
}

/// The answer in a body: as the page's form sends it, or as JSON.
fn said<B>(request: &mut Request<B>) -> Result<Answer, Error> {
    let of_form = FORM.iter().find(|(form, _)| *form == request.content.bytes());
    match of_form {
        Some((_, answer)) => Ok(*answer),
        None => Ok(request.json::<Sent>()?.answer),
    }
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    Description::of(ROUTE, "answerConsent", "Agree, refuse, or take it back")
        .says(
            "By the person on the photos. `agree`: the training begins, and its price is held then. `refuse`: nothing begins, and the photos are removed. `withdraw`: what was agreed to is taken \
             back: the character is suspended at once and deleted. The page's form sends `answer=agree`. Said again, or too late, it changes nothing: `state` tells how it stands.",
        )
        .takes::<Sent>(json!({ "answer": "agree" }))
        .answers_with(200, "How it stands then.", Content::page::<View>(), &[])
        .fails(&[Code::NotFound])
}
