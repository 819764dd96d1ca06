//! Which provider is asked: the operator's order, without those that cannot do it, and last those that failed a moment ago.

use std::time::Duration;

use domain::{AccountId, Character, CharacterState, Generator, Model, ProviderName, Timestamp, Work};
use provider::Error;
use store::keys;

use crate::{Config, Ports};

/// How long a provider that did not answer, or not sensibly, is asked last.
const SILENT_FOR: Duration = Duration::from_mins(1);
/// How long one is asked last that does not serve our account: somebody has to see to that.
const LOCKED_FOR: Duration = Duration::from_mins(5);
/// How long one is asked last at most that named a time.
const THROTTLED_FOR_MAX: Duration = Duration::from_mins(10);

/// The providers that can do this work of an account for a character, the one to be asked first in front. An account for tests has one inside,
/// and nobody else has.
pub async fn providers<P: Ports>(
    ports: &P,
    account: &AccountId,
    work: &Work,
    character: Option<&Character>,
) -> Vec<ProviderName> {
    if account.is_test() {
        return vec![ProviderName::Test];
    }
    let able = able(ports.config(), work, character);
    if able.len() < 2 {
        return able;
    }
    let (mut well, mut troubled) = (Vec::new(), Vec::new());
    for name in able {
        let until: Option<Timestamp> = ports.store().read(&keys::troubled(name)).await.unwrap_or_else(|error| {
            ports.log(&format!("whether {name} is in trouble is not known: {error}"));
            None
        });
        if until.is_some_and(|until| ports.now() < until) { troubled.push(name) } else { well.push(name) }
    }
    well.append(&mut troubled);
    well
}

fn able(config: &Config, work: &Work, character: Option<&Character>) -> Vec<ProviderName> {
    let mut able = config.providers.clone();
    let state = character.map(|character| &character.state);
    match (work, state) {
        (Work::Run(run), _) => able.retain(|name| run.request_to(*name).is_some()),
        (Work::Training(training), _) => able.retain(|name| training.request_to(*name).is_some()),
        (Work::Generation(wanted), Some(CharacterState::Ready { model })) => {
            // Who trained it knows it, also when nothing new is trained there any more.
            if !able.contains(&model.provider) {
                able.push(model.provider);
            }
            able.retain(|name| runs(*name, model, wanted.generator.as_ref()));
        }
        (Work::Generation(_) | Work::Reference { .. }, _) => {}
    }
    able
}

/// Whether a provider can make pictures with a model: with what it trained itself, or with our copy of what another did. Weights run on
/// their own family only, which all providers have of FLUX.1.
fn runs(name: ProviderName, model: &Model, generator: Option<&Generator>) -> bool {
    let is_its_own = name == model.provider;
    let has_family = model.base.is_default() || generator.is_some_and(|generator| generator.provider == name);
    (is_its_own && name.trains_what_generates()) || (has_family && (is_its_own || model.weights.is_some()))
}

/// Whether another provider may well do what this one refused.
pub const fn is_its_own(error: &Error) -> bool {
    match error {
        Error::Throttled { .. }
        | Error::OutOfCredit
        | Error::Unauthorized
        | Error::NotFound
        | Error::UnknownVersion
        | Error::NotOffered
        | Error::Unusable(_)
        | Error::Unavailable
        | Error::Ambiguous
        | Error::Malformed(_) => true,
        Error::Refused { .. } => false,
    }
}

/// Remembers for a while that a provider did not take a job for reasons of its own.
pub async fn remember<P: Ports>(ports: &P, name: ProviderName, error: &Error) {
    let time = match error {
        Error::OutOfCredit | Error::Unauthorized | Error::Unusable(_) => LOCKED_FOR,
        Error::Throttled { retry_after_seconds } => Duration::from_secs(*retry_after_seconds).min(THROTTLED_FOR_MAX),
        Error::Unavailable | Error::Ambiguous | Error::Malformed(_) => SILENT_FOR,
        Error::Refused { .. } | Error::NotFound | Error::UnknownVersion | Error::NotOffered => return,
    };
    // With nobody else to ask, nobody is asked last.
    if ports.config().providers.len() > 1
        && let Err(error) = ports.store().write(&keys::troubled(name), &ports.now().plus(time)).await
    {
        ports.log(&format!("that {name} is in trouble is not remembered: {error}"));
    }
}
