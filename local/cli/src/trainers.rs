//! Whether the trainers that an operator's settings name are known: a training would be refused for ever otherwise.

use anyhow::Result;
use catalogue::Trainers;
use domain::ProviderName;
use lifecycle::{Config, trainers};

use crate::failure::fail;

/// Why a provider's setting names none of our trainers. A deployment's own are asked first where nothing is set.
pub(crate) fn misnamed(config: &Config, name: ProviderName) -> Option<String> {
    trainers::misnamed(&Trainers::built_in().ok()?, config, name)
}

/// Refuses settings that name no trainer of these providers.
pub(crate) fn check(providers: &[ProviderName], variable: impl Fn(&str) -> Option<String>) -> Result<()> {
    let config = Config::from_variables(variable).map_err(|invalid| anyhow::anyhow!(invalid.0))?;
    let wrong: Vec<String> = providers.iter().filter_map(|name| misnamed(&config, *name)).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    fail(wrong.join("\n"), "change the variable SPIN_VARIABLE_.._TRAINER, or leave it out to have the first one asked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_trainer_is_refused_with_those_that_are_known() {
        let checked = |trainer: &'static str, providers: &[ProviderName]| {
            check(providers, |name| (name == "fal_trainer").then(|| trainer.to_owned()))
        };
        let refused = format!("{:#}", checked("fal-ai/flux", &[ProviderName::Fal]).unwrap_err());
        assert!(refused.contains("fal_trainer") && refused.contains("fal-ai/krea-2-trainer"), "{refused}");
        assert!(checked("fal-ai/flux", &[ProviderName::Replicate]).is_ok(), "it is not asked");
        assert!(checked("fal-ai/krea-2-trainer", &[ProviderName::Fal]).is_ok());
    }
}
