//! Runs of the catalogue's models: what is asked for, what it costs, and how it begins.

use catalogue::{Accepted, Catalogue, InvalidInput, Measured, Model};
use domain::{AccountId, Credits, Operation, Run, Task, Work};
use serde_json::{Map, Value};
use store::keys;

use crate::submit::{self, Begun, Order};
use crate::{Error, Invalid, Ports, copies, funds, inputs, measure, models};

/// A run that may begin: all that can be refused of it before credits are held has been looked at.
pub struct Quote {
    /// What is to be done.
    pub run: Run,
    /// What it costs.
    pub cost: Credits,
    /// What was measured of its input.
    pub measured: Option<Measured>,
    /// What is going to have no effect, as far as the first provider goes.
    pub ignored: Vec<String>,
}

/// Checks an input for a model, measures what its price goes by, and works out the price. Creates nothing.
///
/// # Errors
/// [`Invalid::Model`], [`Invalid::Prompt`], [`Invalid::Input`], which names the field, [`Invalid::Url`], and what the store answers.
pub async fn quote<P: Ports>(ports: &P, model: &str, input: &Map<String, Value>) -> Result<Quote, Error> {
    let all = models::catalogue(ports).await?;
    let model = find(ports, &all, model)?;
    let accepted = accept(ports, model, input)?;
    let measured = match model.measures() {
        Some(wanted) => Some(measure::measure(ports, wanted, &accepted.params).await?),
        None => None,
    };
    priced(ports, model, &accepted, model.run(&accepted), measured)
}

/// The same for a run that is to begin: what is measured of strangers' files is measured of copies, which are what the providers get. Nothing
/// is copied for an account that could not pay the least that the model costs.
///
/// # Errors
/// Those of [`quote`], of [`funds::check_available`], and [`Invalid::NoRoom`].
pub async fn order<P: Ports>(
    ports: &P,
    account: &AccountId,
    key_id: &str,
    model: &str,
    input: &Map<String, Value>,
) -> Result<Quote, Error> {
    let all = models::catalogue(ports).await?;
    let model = find(ports, &all, model)?;
    let accepted = accept(ports, model, input)?;
    let Some(wanted) = model.measures() else {
        return priced(ports, model, &accepted, model.run(&accepted), None);
    };
    let least = model.least_price(&accepted).map_err(|invalid| refusal(&invalid))?;
    funds::check_available(ports, account, key_id, least).await?;
    let mut pinned = accepted.clone();
    let measured = copies::pin(ports, account, wanted, &mut pinned.params).await?;
    // Whoever asks for the task sees what was asked for.
    let run = Run { params: accepted.params.clone(), ..model.run(&pinned) };
    priced(ports, model, &accepted, run, Some(measured))
}

fn accept<P: Ports>(ports: &P, model: &Model, input: &Map<String, Value>) -> Result<Accepted, Error> {
    let accepted = model.accept(input).map_err(|invalid| refusal(&invalid))?;
    check_addresses(ports, &accepted)?;
    Ok(accepted)
}

fn priced<P: Ports>(
    ports: &P,
    model: &Model,
    accepted: &Accepted,
    run: Run,
    measured: Option<Measured>,
) -> Result<Quote, Error> {
    let cost = model.price(accepted, measured).map_err(|invalid| refusal(&invalid))?;
    let first = ports.config().providers.iter().find_map(|name| run.request_to(*name));
    let ignored = first.map(|request| request.ignored.clone()).unwrap_or_default();
    let run = Run { paid_ms: model.paid_ms(accepted, measured), ..run };
    Ok(Quote { run, cost, measured, ignored })
}

fn find<'a, P: Ports>(ports: &P, all: &'a Catalogue, id: &str) -> Result<&'a Model, Error> {
    let had = |model: &&Model| model.providers().any(|name| ports.config().providers.contains(&name));
    all.get(id).filter(had).ok_or_else(|| {
        let id: String = id.chars().take(100).collect();
        Invalid::Model(format!("There is no model `{id}` here; GET /api/v1/models lists those there are")).into()
    })
}

pub(crate) fn refusal(invalid: &InvalidInput) -> Error {
    match invalid {
        InvalidInput::MissingPrompt => Invalid::Prompt(invalid.to_string()).into(),
        InvalidInput::Invalid { .. } | InvalidInput::NotMeasured { .. } => Invalid::Input(invalid.to_string()).into(),
    }
}

/// The texts of a parameter: of one, or of each in a list.
fn texts(value: &mut Value) -> Vec<&mut String> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter_mut().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Refuses addresses that a stranger may not have fetched, by whomever: what our own containers can reach is not public.
fn check_addresses<P: Ports>(ports: &P, accepted: &Accepted) -> Result<(), Error> {
    let mut params = accepted.params.clone();
    for (name, value) in &mut params {
        for text in texts(value).into_iter().filter(|text| catalogue::is_url(text)) {
            let ours = inputs::is_ours(ports, text);
            let allowed = || {
                let url = address::parse(text);
                url.is_some_and(|url| address::is_allowed(&url, ports.config().allow_loopback))
            };
            if !ours && !allowed() {
                let message = format!("`{name}`: has to be a public HTTP(S) URL, without user name or password");
                return Err(Invalid::Url(message).into());
            }
        }
    }
    Ok(())
}

/// Begins a run: its credits are held, and a provider is asked.
///
/// # Errors
/// Those of [`submit::begin`].
pub async fn begin<P: Ports>(
    ports: &P,
    account: &AccountId,
    key_id: &str,
    quote: Quote,
    webhook_url: Option<String>,
    operation: Option<Operation>,
) -> Result<Begun, Error> {
    let Quote { mut run, cost, .. } = quote;
    keep_data(ports, account, &mut run).await?;
    let (now, account) = (ports.now(), account.clone());
    let (id, key) = keys::new_task(&account, ports.random());
    let deadline = now.plus(ports.config().generation_deadline);
    let task = Task::new(id, account, Work::Run(run), cost, now, deadline, webhook_url);
    submit::begin(ports, Order { task, key, character: None, key_id, operation }).await
}

/// Puts pictures that came with the request itself where providers can fetch them: they are too large for a document.
async fn keep_data<P: Ports>(ports: &P, account: &AccountId, run: &mut Run) -> Result<(), Error> {
    let mut kept: Vec<(String, String)> = Vec::new();
    let inputs = run.requests.iter_mut().flat_map(|request| request.input.iter_mut());
    for (name, value) in run.params.iter_mut().chain(inputs) {
        for text in texts(value).into_iter().filter(|text| catalogue::is_data_uri(text)) {
            let known = kept.iter().find(|(data, _)| data == text).map(|(_, url)| url.clone());
            let url = match known {
                Some(url) => url,
                None => inputs::keep_data(ports, account, name, text).await?,
            };
            kept.push((std::mem::replace(text, url.clone()), url));
        }
    }
    Ok(())
}
