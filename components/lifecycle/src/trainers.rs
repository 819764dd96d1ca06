//! The trainers that characters can be trained by here: which one each provider is asked for, and how.

use catalogue::{Trainer, Trainers, TrainingOptions};
use domain::{Base, Credits, Generator, ProviderName, TrainingRequest, TriggerWord};
use store::keys;

use crate::{Config, Error, Invalid, Ports};

/// All trainers: ours, and a deployment's own from the store, where the operator puts its file.
///
/// # Errors
/// What the store answers. A deployment's own file was checked when it was put there.
pub async fn all<P: Ports>(ports: &P) -> Result<Trainers, Error> {
    let ours = Trainers::built_in().map_err(Error::internal)?;
    match ports.store().read(&keys::catalogue()).await? {
        Some(own) => Ok(ours.with(Trainers::known(own.as_bytes()).map_err(Error::internal)?)),
        None => Ok(ours),
    }
}

/// The trainers that are asked here, each with its provider, in the order of providers. Of one provider and one base it is one: the one that
/// the provider's setting names, where that is for this base, and otherwise the first.
pub fn asked<'a>(all: &'a Trainers, config: &'a Config) -> impl Iterator<Item = &'a Trainer> {
    let of = move |name: &'a ProviderName| all.iter().filter(move |trainer| trainer.provider() == *name);
    config.providers.iter().flat_map(of).filter(move |trainer| {
        let same = |other: &&Trainer| other.provider() == trainer.provider() && other.base() == trainer.base();
        let configured = unversioned(config.provider_configs.trainer(trainer.provider()));
        let preferred = |other: &&Trainer| !configured.is_empty() && other.model() == configured;
        let chosen = all.iter().filter(same).find(preferred).or_else(|| all.iter().find(same));
        chosen.is_some_and(|chosen| chosen.id() == trainer.id())
    })
}

/// How a training comes to be: what it costs, whoever takes it, and how each provider is asked that can.
pub struct Quote {
    /// Its price.
    pub cost: Credits,
    trainers: Vec<(Trainer, String)>,
    options: TrainingOptions,
}

impl Quote {
    /// Makes sure that somebody here can train so. The price is that of whoever is asked first.
    ///
    /// # Errors
    /// [`Invalid::Input`] where nobody can, with what has to change.
    pub fn new(all: &Trainers, config: &Config, base: &Base, options: TrainingOptions) -> Result<Self, Error> {
        let of_base: Vec<&Trainer> = asked(all, config).filter(|trainer| trainer.base() == base).collect();
        let able: Vec<&Trainer> = of_base.iter().copied().filter(|trainer| trainer.takes(&options).is_ok()).collect();
        let Some(first) = able.first() else {
            let reason = of_base.first().and_then(|trainer| trainer.takes(&options).err());
            return Err(Invalid::Input(reason.unwrap_or_else(|| unknown_base(all, config))).into());
        };
        let named = |trainer: &&Trainer| {
            let configured = config.provider_configs.trainer(trainer.provider());
            // The setting may pin a version.
            let name = if unversioned(configured) == trainer.model() { configured } else { trainer.model() };
            ((**trainer).clone(), name.to_owned())
        };
        Ok(Self { cost: first.price(), trainers: able.iter().map(named).collect(), options })
    }

    /// How each provider is asked that can.
    pub fn requests(&self, word: &TriggerWord) -> Vec<TrainingRequest> {
        let request = |(trainer, name): &(Trainer, String)| TrainingRequest {
            trainer: name.clone(),
            ..trainer.request(word, &self.options)
        };
        self.trainers.iter().map(request).collect()
    }
}

fn unknown_base(all: &Trainers, config: &Config) -> String {
    let mut bases: Vec<&str> = Vec::new();
    for base in asked(all, config).map(|trainer| trainer.base().as_str()) {
        if !bases.contains(&base) {
            bases.push(base);
        }
    }
    format!("`base` has to be one that this deployment trains on: {}", bases.join(", "))
}

/// What makes pictures with weights of a family, where that takes more than what every provider has; nothing for FLUX.1.
///
/// # Errors
/// What the store answers.
pub async fn generator<P: Ports>(ports: &P, base: &Base) -> Result<Option<Generator>, Error> {
    if base.is_default() {
        return Ok(None);
    }
    let all = all(ports).await?;
    let found = all.iter().filter(|trainer| trainer.base() == base).find_map(Trainer::generator);
    Ok(found)
}

/// What of a provider's setting names no trainer, and which ones there are; nothing where it names one, or none.
pub fn misnamed(all: &Trainers, config: &Config, name: ProviderName) -> Option<String> {
    let configured = unversioned(config.provider_configs.trainer(name));
    let known: Vec<&str> = all.iter().filter(|trainer| trainer.provider() == name).map(Trainer::model).collect();
    if configured.is_empty() || known.contains(&configured) {
        return None;
    }
    let known = known.join(", ");
    Some(format!("{name}_trainer names no trainer that is known here: it has to be empty, or one of {known}"))
}

/// A trainer's name without its version.
fn unversioned(name: &str) -> &str {
    name.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;

    const ALL: (&str, &str) = ("providers", "replicate,fal,cog");

    fn ours() -> Trainers {
        Trainers::built_in().unwrap()
    }

    fn word() -> TriggerWord {
        TriggerWord::parse("SARAH").unwrap()
    }

    fn quote(settings: &[(&str, &str)], base: &str, options: TrainingOptions) -> Result<Quote, String> {
        let world = World::new(settings);
        let base = Base::parse(base).unwrap();
        Quote::new(&ours(), world.config(), &base, options).map_err(|error| error.to_string())
    }

    fn trainers(settings: &[(&str, &str)], base: &str) -> Vec<String> {
        let quote = quote(settings, base, TrainingOptions::default()).unwrap();
        quote.requests(&word()).into_iter().map(|request| request.trainer).collect()
    }

    #[test]
    fn a_setting_that_names_no_trainer_is_told_with_those_that_there_are() {
        let said = |name: &str, value: &str| {
            let world = World::new(&[(name, value)]);
            ProviderName::ALL.iter().filter_map(|name| misnamed(&ours(), world.config(), *name)).collect::<Vec<_>>()
        };
        for (name, good) in [
            ("replicate_trainer", "replicate/fast-flux-trainer:8b10794665"),
            ("replicate_trainer", "ostris/flux-dev-lora-trainer"),
            ("replicate_trainer", ""),
            ("fal_trainer", "fal-ai/krea-2-trainer"),
        ] {
            assert_eq!(said(name, good), [""; 0], "{good}");
        }
        let replicate = "replicate_trainer names no trainer that is known here: it has to be empty, or one of \
                         ostris/flux-dev-lora-trainer, replicate/fast-flux-trainer";
        assert_eq!(said("replicate_trainer", "acme/trainer"), [replicate]);
        assert!(said("fal_trainer", "fal-ai/flux")[0].contains("fal-ai/z-image-turbo-trainer-v2"));
    }

    #[test]
    fn the_setting_chooses_among_the_trainers_of_a_base() {
        let (ostris, fast) = ("ostris/flux-dev-lora-trainer", "fal-ai/flux-lora-fast-training");
        let (portrait, z_image) = ("fal-ai/flux-lora-portrait-trainer", "fal-ai/z-image-turbo-trainer-v2");
        assert_eq!(trainers(&[ALL], "flux-1"), [ostris, fast, ""]);
        assert_eq!(trainers(&[ALL, ("fal_trainer", portrait)], "flux-1"), [ostris, portrait, ""]);
        assert_eq!(trainers(&[ALL, ("fal_trainer", portrait)], "z-image"), [z_image]);
        assert_eq!(trainers(&[ALL, ("fal_trainer", "fal-ai/krea-2-trainer")], "flux-1"), [ostris, fast, ""]);
        let pinned = "replicate/fast-flux-trainer:8b10794665";
        assert_eq!(trainers(&[("providers", "replicate"), ("replicate_trainer", pinned)], "flux-1"), [pinned]);
    }

    #[test]
    fn only_who_can_train_so_is_asked() {
        let asked = |options| quote(&[ALL], "flux-1", options).map(|quote| quote.requests(&word()).len());
        assert_eq!(asked(TrainingOptions { steps: Some(500), ..TrainingOptions::default() }), Ok(3));
        assert_eq!(asked(TrainingOptions { steps: Some(200), ..TrainingOptions::default() }), Ok(1), "fal takes fewer");
        assert_eq!(
            asked(TrainingOptions { rank: Some(32), ..TrainingOptions::default() }),
            Ok(1),
            "Replicate's has one"
        );
        let refused = asked(TrainingOptions { steps: Some(50_000), ..TrainingOptions::default() }).unwrap_err();
        assert!(refused.contains("`steps` has to be from 500 to 4000"), "{refused}");
        let unknown = quote(&[("providers", "replicate")], "z-image", TrainingOptions::default()).err().unwrap();
        assert!(unknown.ends_with("one that this deployment trains on: flux-1"), "{unknown}");
    }
}
