//! The trainers that a deployment asks, and what a training comes to there.

use domain::{Base, Credits, ProviderName, TrainingRequest, TriggerWord};

use crate::trainer::{Trainer, TrainingOptions};
use crate::trainers::Trainers;

/// The trainers that a deployment asks, each with the name that it is asked by, in the order of its providers. Of one provider and one base it
/// is one.
#[derive(Debug, Clone)]
pub struct Asked<'a>(Vec<(&'a Trainer, &'a str)>);

/// A training that may begin: what it costs, whoever takes it, and how each provider is asked that can.
#[derive(Debug, Clone)]
pub struct TrainingQuote {
    /// Its price.
    pub cost: Credits,
    trainers: Vec<(Trainer, String)>,
    options: TrainingOptions,
}

impl Trainers {
    /// The trainers that these providers are asked for: the one that is named with the provider, where that is for a base, and otherwise the
    /// first there is. A name may pin a version; it is empty where any trainer may be asked.
    pub fn asked<'a>(&'a self, providers: &[(ProviderName, &'a str)]) -> Asked<'a> {
        let of_one = |(name, preferred): &(ProviderName, &'a str)| {
            let (name, preferred) = (*name, *preferred);
            self.iter().filter_map(move |trainer| {
                let same = |other: &&Trainer| other.provider() == name && other.base() == trainer.base();
                let is_named = |other: &&Trainer| !preferred.is_empty() && other.model() == unversioned(preferred);
                let named = self.iter().filter(same).find(is_named);
                let chosen = named.or_else(|| self.iter().find(same))?;
                let name = if named.is_some() { preferred } else { chosen.model() };
                (chosen.id() == trainer.id()).then_some((chosen, name))
            })
        };
        Asked(providers.iter().flat_map(of_one).collect())
    }

    /// The trainers of a provider, as it names them, where a setting names none of them; nothing where it names one, or is empty.
    pub fn instead_of(&self, name: ProviderName, setting: &str) -> Option<Vec<&str>> {
        let known: Vec<&str> = self.iter().filter(|trainer| trainer.provider() == name).map(Trainer::model).collect();
        let is_known = setting.is_empty() || known.contains(&unversioned(setting));
        (!is_known).then_some(known)
    }
}

impl<'a> Asked<'a> {
    /// All of them.
    pub fn trainers(&self) -> impl Iterator<Item = &'a Trainer> {
        self.0.iter().map(|(trainer, _)| *trainer)
    }

    /// Makes sure that somebody can train so. The price is that of whoever is asked first.
    ///
    /// # Errors
    /// What the caller has to change, where nobody can.
    pub fn quote(&self, base: &Base, options: TrainingOptions) -> Result<TrainingQuote, String> {
        let of_base = || self.0.iter().filter(|(trainer, _)| trainer.base() == base);
        let able: Vec<_> = of_base().filter(|(trainer, _)| trainer.takes(&options).is_ok()).collect();
        let Some((first, _)) = able.first() else {
            let reason = of_base().find_map(|(trainer, _)| trainer.takes(&options).err());
            return Err(reason.unwrap_or_else(|| self.unknown_base()));
        };
        let trainers = able.iter().map(|(trainer, name)| ((*trainer).clone(), (*name).to_owned())).collect();
        Ok(TrainingQuote { cost: first.price(), trainers, options })
    }

    fn unknown_base(&self) -> String {
        let mut bases: Vec<&str> = Vec::new();
        for base in self.trainers().map(|trainer| trainer.base().as_str()) {
            if !bases.contains(&base) {
                bases.push(base);
            }
        }
        format!("`base` has to be one that this deployment trains on: {}", bases.join(", "))
    }
}

impl TrainingQuote {
    /// How each provider is asked that can.
    pub fn requests(&self, word: &TriggerWord) -> Vec<TrainingRequest> {
        let request = |(trainer, name): &(Trainer, String)| TrainingRequest {
            trainer: name.clone(),
            ..trainer.request(word, &self.options)
        };
        self.trainers.iter().map(request).collect()
    }
}

/// A trainer's name without its version.
fn unversioned(name: &str) -> &str {
    name.split(':').next().unwrap_or_default()
}
