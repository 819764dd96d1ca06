//! The providers there are: each with its settings and what makes a [`Provider`] of them.

use std::fmt;
use std::time::Duration;

use domain::setting::{Values, concat, count};
use domain::{ProviderName, Setting, Timestamp};

use crate::account::Probe;
use crate::{JobsKept, Provider, cog, fal, inside, replicate};

/// What of a provider's settings cannot be, or what else it lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Misconfigured(String);

impl Misconfigured {
    fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

/// Where containers upload what they made; nothing where no link can be made.
pub type FilesUrl<'a> = &'a dyn Fn() -> Option<String>;

/// Makes of the list of providers what is to be known of all of them. A line is a provider's folder, its name, and what opens it.
macro_rules! providers {
    ($($field:ident: $name:ident => $open:expr;)+) => {
        /// How each provider is reached, as an operator configured it; nothing is checked yet.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Configs {
            $(
                #[doc = concat!("The settings of `", stringify!($field), "`.")]
                pub $field: $field::Config,
            )+
        }

        impl Configs {
            /// Reads them from the variables.
            pub fn read(values: Values<'_>) -> Self {
                Self { $($field: $field::Config::read(values)),+ }
            }

            /// The trainer that this provider is to be asked for, as the operator names it; nothing where any may.
            pub fn trainer(&self, name: ProviderName) -> &str {
                match name {
                    $(ProviderName::$name => self.$field.trainer(),)+
                }
            }

            /// The questions by which the doctor finds out whether an account can be used: one, or several. None where its address cannot
            /// be one, which [`open`](Self::open) tells.
            pub fn probes(&self, name: ProviderName) -> Vec<Probe> {
                match name {
                    $(ProviderName::$name => self.$field.probes(),)+
                }
            }

            /// What is missing, beside what [`open`](Self::open) tells, so that this provider's callbacks are believed.
            pub fn lacks_for_callbacks(&self, name: ProviderName) -> Option<&'static str> {
                match name {
                    $(ProviderName::$name => self.$field.lacks_for_callbacks(),)+
                }
            }

            /// The provider of this name, as it is now.
            ///
            /// # Errors
            /// The variable that has to be changed.
            pub fn open(
                &self,
                name: ProviderName,
                files_url: FilesUrl<'_>,
                now: Timestamp,
            ) -> Result<Box<dyn Provider>, Misconfigured> {
                match name {
                    $(ProviderName::$name => {
                        let open: fn(&$field::Config, FilesUrl<'_>, Timestamp) -> Result<_, $field::Misconfigured> = $open;
                        open(&self.$field, files_url, now).map(|provider| Box::new(provider) as _).map_err(Misconfigured::new)
                    })+
                }
            }
        }

        /// What the doctor calls the check of this provider's settings.
        pub const fn configured(name: ProviderName) -> &'static str {
            match name {
                $(ProviderName::$name => $field::CONFIGURED,)+
            }
        }

        /// How long after its training this provider keeps a model that can be named to it; [`Duration::MAX`] where that does not end.
        pub const fn models_kept(name: ProviderName) -> Duration {
            match name {
                $(ProviderName::$name => $field::MODELS_KEPT,)+
            }
        }

        /// How long this provider keeps what a job was given and made.
        pub const fn jobs_kept(name: ProviderName) -> JobsKept {
            match name {
                $(ProviderName::$name => $field::JOBS_KEPT,)+
            }
        }

        /// What it takes to ask the providers.
        pub const SETTINGS: [Setting; count(&[$($field::SETTINGS),+])] = concat(&[$($field::SETTINGS),+]);

        /// What it takes besides to believe their callbacks.
        pub const CALLBACK_SETTINGS: [Setting; count(&[$($field::CALLBACK_SETTINGS),+])] =
            concat(&[$($field::CALLBACK_SETTINGS),+]);

        /// Which trainers are preferred.
        pub const TRAINER_SETTINGS: [Setting; count(&[$($field::TRAINER_SETTINGS),+])] =
            concat(&[$($field::TRAINER_SETTINGS),+]);

        /// What it takes to ask them and to believe them, provider by provider.
        pub const ALL_SETTINGS: [Setting; SETTINGS.len() + CALLBACK_SETTINGS.len()] =
            concat(&[$($field::SETTINGS, $field::CALLBACK_SETTINGS),+]);
    };
}

providers! {
    replicate: Replicate => |config, _, _| replicate::Replicate::new(config.clone());
    fal: Fal => |config, _, _| fal::Fal::new(config.clone());
    cog: Cog => |config, files_url, _| cog::Cog::new(config.clone(), &files_url().unwrap_or_default());
    inside: Test => |_, _, now| Ok(inside::Inside::new(now));
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn what_is_wrong_is_told_by_its_variable() {
        let missing = Configs::read(Values::new(&|_| None));
        assert!(missing.open(ProviderName::Test, &|| None, NOW).is_ok(), "the one inside needs nothing");
        let reason = |name| missing.open(name, &|| None, NOW).map(drop).unwrap_err().to_string();
        assert_eq!(reason(ProviderName::Replicate), "replicate_api_token is missing or not printable ASCII");
        assert_eq!(reason(ProviderName::Fal), "fal_key is missing or not printable ASCII");
        assert_eq!(reason(ProviderName::Cog), "cog_callback_token has to have at least 16 characters");
    }

    #[test]
    fn a_provider_needs_little_to_be_told() {
        let told = |name: &str| match name {
            "replicate_api_token" | "fal_key" => Some("sesame".to_owned()),
            "cog_trainer_url" | "cog_model_url" => Some("http://cog:5000/".to_owned()),
            "cog_callback_token" => Some("sesame-sesame-16".to_owned()),
            _ => None,
        };
        let configs = Configs::read(Values::new(&told));
        let files = || Some("https://us.example/provider-files/".to_owned());
        for name in ProviderName::ALL {
            assert!(configs.open(*name, &files, NOW).is_ok(), "{name}");
        }
        let lost = configs.open(ProviderName::Cog, &|| None, NOW).map(drop).unwrap_err();
        assert_eq!(lost.to_string(), "there is no address that Cog containers could upload to");
        assert!(!format!("{configs:?}").contains("sesame"));
    }

    #[test]
    fn a_variable_begins_with_its_providers_name() {
        let of_one =
            |setting: &Setting| ProviderName::ALL.iter().any(|name| setting.name.starts_with(&format!("{name}_")));
        assert!(ALL_SETTINGS.iter().all(of_one));
    }
}
