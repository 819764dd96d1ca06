//! The simulated GPU as the providers that a deployment asks: what it is told, and the variables by which the application finds it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use domain::{ProviderName, Secret};
use webhook::link::{LinkKey, Purpose};

use crate::failure::fail;
use crate::secrets::Secrets;

/// Reads the name of a provider, for the command line.
pub(crate) fn provider(text: &str) -> Result<ProviderName, String> {
    let all: Vec<&str> = ProviderName::ALL.iter().map(|name| name.as_str()).collect();
    text.trim().parse().map_err(|_| format!("there is no provider `{text}`; there are {}", all.join(", ")))
}

/// Makes sure that none is named twice.
pub(crate) fn check(providers: &[ProviderName]) -> Result<()> {
    for (place, name) in providers.iter().enumerate() {
        if providers.iter().take(place).any(|before| before == name) {
            return fail(
                format!("the provider {name} is named twice"),
                "name each once, the one to ask first in front",
            );
        }
    }
    Ok(())
}

/// How the simulator behaves for an application at `api`. Its keys follow from the secrets, so that they stay the same over a restart.
pub(crate) fn options(api: &str, gpu_url: &str, secrets: &Secrets, state_dir: &Path) -> Result<gpu_sim::Options> {
    let links = LinkKey::new(&Secret::new(&secrets.signing_secret)).context("the signing secret cannot be used")?;
    let code = links.sign(Purpose::Upload, &[]);
    Ok(gpu_sim::Options {
        base_url: gpu_url.to_owned(),
        token: secrets.replicate_api_token.clone(),
        webhook_secret: secrets.replicate_webhook_secret.clone(),
        fal_key: format!("simulated:{}", secrets.replicate_api_token),
        cog_token: secrets.replicate_webhook_secret.clone(),
        cog_upload_url: Some(format!("{api}/provider-files/{code}")),
        state_dir: Some(state_dir.join("gpu")),
        ..gpu_sim::Options::default()
    })
}

/// The variables by which an application asks it, as each of these providers.
pub(crate) fn variables(providers: &[ProviderName], simulator: &gpu_sim::Options) -> BTreeMap<String, String> {
    let names: Vec<&str> = providers.iter().map(|name| name.as_str()).collect();
    let url = simulator.base_url.as_str();
    let mut pairs = vec![("providers", names.join(","))];
    for name in providers {
        let of_one = match name {
            ProviderName::Replicate => vec![
                ("replicate_api_token", simulator.token.as_str()),
                ("replicate_webhook_secret", &simulator.webhook_secret),
                ("replicate_base_url", url),
                ("replicate_output_host", url),
            ],
            ProviderName::Fal => vec![
                ("fal_key", simulator.fal_key.as_str()),
                ("fal_user_id", &simulator.fal_user_id),
                ("fal_queue_url", url),
                ("fal_rest_url", url),
                ("fal_output_host", url),
            ],
            ProviderName::Cog => vec![
                ("cog_trainer_url", url),
                ("cog_model_url", url),
                ("cog_callback_token", simulator.cog_token.as_str()),
            ],
            // It is inside.
            ProviderName::Test => Vec::new(),
        };
        pairs.extend(of_one.into_iter().map(|(name, value)| (name, value.to_owned())));
    }
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use e2e::{Settings, World};
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unknown_provider_is_told_which_there_are() {
        assert_eq!(provider(" fal"), Ok(ProviderName::Fal));
        assert_eq!(provider("modal").unwrap_err(), "there is no provider `modal`; there are replicate, fal, cog");
        assert!(check(ProviderName::ALL).is_ok());
        assert!(check(&[ProviderName::Fal, ProviderName::Fal]).is_err());
    }

    /// Its variables are those that an application understands, in the order that was asked for.
    #[tokio::test]
    async fn an_application_trains_at_each_of_them_with_these_variables() {
        for name in ProviderName::ALL {
            let secrets = Secrets::random();
            let (listener, url) = crate::served::listen("127.0.0.1", 0, "--gpu-port").await.unwrap();
            let state = tempfile::TempDir::new().unwrap();
            let mut world = World::start(Settings::default()).await.unwrap();
            let mut simulator = options(&world.base, &url, &secrets, state.path()).unwrap();
            simulator.training_time = std::time::Duration::from_millis(100);
            world.stop().await.unwrap();
            for (variable, value) in variables(&[*name], &simulator) {
                world.set(&variable, &value);
            }
            world.set("signing_secret", &secrets.signing_secret);
            tokio::spawn(gpu_sim::Simulator::new(simulator).serve(listener, std::future::pending()));
            world.restart().await.unwrap();
            let (customer, _) = world.customer(600).await.unwrap();
            let (_, status) = world.train(&customer, json!({})).await.unwrap();
            assert_eq!(status, "ready", "{name}");
        }
    }
}
