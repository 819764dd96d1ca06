//! The trainers that characters can be trained by here.

use catalogue::{Asked, Trainer, Trainers};
use domain::{Base, Generator, ProviderName};
use store::keys;

use crate::{Config, Error, Ports};

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

/// Those of them that are asked here.
pub fn asked<'a>(all: &'a Trainers, config: &'a Config) -> Asked<'a> {
    let preferred = |name: &ProviderName| (*name, config.provider_configs.trainer(*name));
    all.asked(&config.providers.iter().map(preferred).collect::<Vec<_>>())
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

/// Why a provider's setting names no trainer, and which ones there are; nothing where it names one, or none is preferred.
pub fn misnamed(all: &Trainers, config: &Config, name: ProviderName) -> Option<String> {
    let known = all.instead_of(name, config.provider_configs.trainer(name))?.join(", ");
    Some(format!("{name}_trainer names no trainer that is known here: it has to be empty, or one of {known}"))
}
