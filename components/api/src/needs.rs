//! What a route needs from its host, beyond what is asked of every route: from this follow the grants of its component in `spin.toml`.

use domain::Setting;
use lifecycle::config::settings;
use store::{redis, s3};

/// Something that a component can do only if its host lets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// To read and change the state.
    Store,
    /// To keep, read and remove photos, pictures and weights where they are in a bucket.
    Bucket,
    /// To check links that were made here.
    LinkKey,
    /// To make links, and to say how long those to results work.
    Links,
    /// To know which providers are asked, and which of their trainers.
    ProviderNames,
    /// To ask them, at the addresses of [`Need::Anywhere`].
    Providers,
    /// To believe their callbacks.
    Callbacks,
    /// To sign the pictures that they made, and to have the watermark put into them.
    Manifests,
    /// To ask any public address: for a photo or a file, of a provider, of an owner who wants to be told.
    Anywhere,
    /// To ask this deployment's own API.
    Itself,
    /// To read one variable.
    Setting(&'static Setting),
}

impl Need {
    /// The variables that it takes.
    pub fn settings(self) -> Vec<Setting> {
        match self {
            Self::Store => vec![redis::URL],
            Self::Bucket => s3::SETTINGS.to_vec(),
            Self::LinkKey => settings::SECRETS.to_vec(),
            Self::Links => [&[settings::PUBLIC_URL, settings::RESULTS_KEPT], settings::SECRETS.as_slice()].concat(),
            Self::ProviderNames => [&[settings::PROVIDERS], settings::TRAINERS.as_slice()].concat(),
            Self::Providers => [&[settings::PROVIDERS], settings::OF_PROVIDERS.as_slice()].concat(),
            Self::Callbacks => settings::OF_CALLBACKS.to_vec(),
            Self::Manifests => [c2pa::SETTINGS, &[settings::WATERMARK], &Self::Itself.settings()].concat(),
            Self::Anywhere => vec![settings::ALLOW_LOOPBACK],
            Self::Itself => vec![settings::PUBLIC_URL],
            Self::Setting(setting) => vec![*setting],
        }
    }

    /// The hosts that it takes, as Spin's `allowed_outbound_hosts` has them.
    pub fn hosts(self) -> Vec<String> {
        match self {
            Self::Store => vec![redis::HOST.template()],
            Self::Bucket => vec![s3::ENDPOINT.template()],
            Self::Anywhere => vec!["http://*:*".to_owned(), "https://*:*".to_owned()],
            Self::Itself | Self::Manifests => {
                vec![settings::COMPONENTS_HOST.template(), settings::PUBLIC_URL.template()]
            }
            Self::LinkKey
            | Self::Links
            | Self::ProviderNames
            | Self::Providers
            | Self::Callbacks
            | Self::Setting(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components;

    #[test]
    fn who_asks_a_provider_can_reach_it() {
        for component in components::ALL {
            let needs = component.needs();
            let asks = needs.contains(&Need::Anywhere) || !needs.contains(&Need::Providers);
            assert!(asks, "{}: its routes need Providers and not Anywhere", component.name);
        }
    }

    #[test]
    fn every_variable_is_needed_by_some_component() {
        let needed: Vec<Setting> =
            components::ALL.iter().flat_map(components::Component::needs).flat_map(Need::settings).collect();
        for setting in settings::ALL {
            let is_for_the_host = [redis::HOST, settings::COMPONENTS_HOST].contains(&setting);
            assert!(needed.contains(&setting) || is_for_the_host, "{}", setting.name);
        }
        assert!(needed.iter().all(|setting| settings::ALL.contains(setting)));
    }
}
