//! `GET /api/v1/characters/{character_id}`: a character, and how far its training is.
//!
//! A training that was not heard of for 20 seconds is asked about at the provider, so that a lost callback only delays.

use domain::{AccountId, Character, CharacterId, Task};
use lifecycle::ports::Body;
use lifecycle::{Ports, funds, refresh};
use store::keys;

use super::{Outlook, View, consent, owned};
use crate::auth::Customer;
use crate::live::{self, Live};
use crate::needs::Need;
use crate::news::Seen;
use crate::openapi::content::Content;
use crate::openapi::description::Description;
use crate::router::{Access, Handler, Route, Verb, for_customer};
use crate::wire::{Request, Response};
use crate::{Code, Error};

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    verb: Verb::Get,
    path: "/api/v1/characters/{character_id}",
    access: Access::READ,
    needs: &[Need::Links, Need::Providers, Need::Anywhere, Need::Bucket],
};

/// What answers it.
pub(crate) fn handler<P: Ports, B: Body>() -> Handler<P, B, Live<P>> {
    Handler::new(ROUTE, |ports, request| Box::pin(for_customer(ports, request, show)))
}

async fn show<P: Ports, B>(ports: &P, customer: Customer, request: Request<B>) -> Result<Response<Live<P>>, Error> {
    let id = request.id("character_id");
    live::answer(ports, &request, move |ports| Box::pin(look(ports, customer.account.clone(), id.clone()))).await
}

async fn look<P: Ports>(ports: &P, account: AccountId, id: Option<CharacterId>) -> Result<Seen<View>, Error> {
    let mut character = owned(ports, &account, id).await?;
    let mut training = training_to_look_at(ports, &character).await?;
    if let Some(task) = training.take() {
        training = Some(refresh::refresh(ports, task, refresh::STALE_AFTER).await?);
        if character.is_in_training() {
            character = owned(ports, &account, Some(character.id)).await?;
        }
    }
    let Some(task) = training.filter(|_| character.is_in_training()) else {
        return Ok(Seen { told: told(ports, character, None)?, news: None });
    };
    let news = Some((character.state.as_str(), task.progress_percent));
    let outlook = Some(Outlook::of(ports, &task).await?);
    Ok(Seen { told: told(ports, character, outlook)?, news })
}

fn told<P: Ports>(ports: &P, character: Character, outlook: Option<Outlook>) -> Result<View, Error> {
    Ok(View { consent: consent::View::of(ports.config(), &character)?, outlook, ..View::from(character) })
}

/// The training, as long as it goes on, or has ended and is not settled: whoever is told so finds it settled. The hold goes last.
async fn training_to_look_at<P: Ports>(ports: &P, character: &Character) -> Result<Option<Task>, Error> {
    if character.is_settled() {
        return Ok(None);
    }
    let Character { account, .. } = character;
    let training = character.last_training();
    if !character.is_in_training() && !funds::load(ports, account).await?.holds.contains_key(training) {
        return Ok(None);
    }
    Ok(ports.store().load(&keys::task(account, training)).await?)
}

/// What it does, takes and answers.
pub(crate) fn describe() -> Description {
    live::described(Description::of(ROUTE, "getCharacter", "Get a character"))
        .says("How it is, and how far its training is.")
        .answers_with(200, "The character.", Content::live::<View>(), &[])
        .fails(&[Code::NotFound, Code::ConsentWithdrawn])
}
