//! Characters without training: their photos go along with every prompt, to a model that keeps who is on them.

use catalogue::{Catalogue, Model};
use domain::{Character, Credits, Format, Generation, Run};
use serde_json::{Map, Value};

use crate::runs::refusal;
use crate::{Config, Error, Invalid, Ports, links, models};

/// What a picture of such a character is to be.
pub struct Order {
    /// What is to be done.
    pub run: Run,
    /// What it costs.
    pub cost: Credits,
}

/// What it costs to keep photos as references here.
///
/// # Errors
/// [`Invalid::Input`] where nobody could make pictures with them, and what the store answers.
pub async fn price<P: Ports>(ports: &P) -> Result<Credits, Error> {
    let all = models::catalogue(ports).await?;
    let first = models_of(&all, ports.config()).next();
    let price = first.and_then(Model::references).map(|references| references.price);
    price.ok_or_else(|| {
        Invalid::Input(
            "`mode`: no model of this deployment's providers goes by photos; leave it out to train".to_owned(),
        )
        .into()
    })
}

/// What a picture comes to: the model that is named, or the first that goes by photos, gets as many of them as it takes.
///
/// # Errors
/// [`Invalid::Model`] and [`Invalid::Input`], with what has to change, and what the store answers.
pub async fn order<P: Ports>(
    ports: &P,
    character: &Character,
    wanted: &Generation,
    model: Option<&str>,
) -> Result<Order, Error> {
    let all = models::catalogue(ports).await?;
    let mut able = models_of(&all, ports.config());
    let found = match model {
        None => able.next(),
        Some(id) => all.get(id).and_then(|named| able.find(|model| model.id() == named.id())),
    };
    let found = found.and_then(|model| Some((model, model.references()?)));
    let Some((model, references)) = found else {
        let known: Vec<&str> = models_of(&all, ports.config()).map(Model::id).collect();
        let known = known.join(", ");
        return Err(Invalid::Model(format!("`model` has to be one that goes by photos here: {known}")).into());
    };
    let photos = character.photos.iter().enumerate().take(references.max);
    let photos: Vec<Value> = photos
        .map(|(n, photo)| links::photo(ports.config(), character, n, photo.format, ports.now()).map(Value::from))
        .collect::<Result<_, _>>()?;
    let mut input = input(character, wanted);
    input.insert(references.photos.clone(), photos.into());
    let accepted = model.accept(&input).map_err(|invalid| refusal(&invalid))?;
    let cost = model.price(&accepted, None).map_err(|invalid| refusal(&invalid))?;
    let mut run =
        Run { character: Some(character.id.clone()), prompt: Some(wanted.prompt.clone()), ..model.run(&accepted) };
    // Links to photos are for the provider alone.
    run.params.remove(&references.photos);
    for request in &mut run.requests {
        request.ignored.extend(unheard(wanted));
    }
    Ok(Order { run, cost })
}

/// The models that go by photos and that somebody here has, in the order of the catalogue.
fn models_of<'a>(all: &'a Catalogue, config: &'a Config) -> impl Iterator<Item = &'a Model> {
    all.models()
        .filter(|model| model.references().is_some() && model.providers().any(|name| config.providers.contains(&name)))
}

fn input(character: &Character, wanted: &Generation) -> Map<String, Value> {
    let mut input = Map::new();
    let mut set = |name: &str, value: Value| drop(input.insert(name.to_owned(), value));
    set("prompt", domain::with_references(&wanted.prompt, &character.trigger_word).into());
    set("aspect_ratio", wanted.aspect_ratio.as_str().into());
    if let Some(seed) = wanted.seed {
        set("seed", seed.into());
    }
    match wanted.output_format {
        Some(Format::Png) => set("output_format", "png".into()),
        Some(Format::Jpeg) => set("output_format", "jpeg".into()),
        Some(Format::Webp) | None => {}
    }
    input
}

/// What was asked for that such models have no place for.
fn unheard(wanted: &Generation) -> Vec<String> {
    let scale = wanted.lora_scale_percent.map(|_| "lora_scale");
    let format = wanted.output_format.filter(|format| *format == Format::Webp).map(|_| "output_format");
    scale.into_iter().chain(format).map(str::to_owned).collect()
}
