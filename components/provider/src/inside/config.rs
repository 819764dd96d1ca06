//! What is to be configured of the provider inside: nothing.

use domain::Setting;
use domain::setting::Values;

use crate::account::Probe;

/// The check of its settings.
pub(crate) const CONFIGURED: &str = "The provider inside is there";
/// What it takes to ask it.
pub(crate) const SETTINGS: &[Setting] = &[];
/// What it takes besides to believe its callbacks, of which there are none.
pub(crate) const CALLBACK_SETTINGS: &[Setting] = &[];
/// Which trainer is preferred.
pub(crate) const TRAINER_SETTINGS: &[Setting] = &[];

/// Its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config;

/// What of it cannot be: nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misconfigured {}

#[expect(clippy::unused_self, reason = "as of every provider")]
impl Config {
    /// Reads it from the variables.
    pub(crate) const fn read(_: Values<'_>) -> Self {
        Self
    }

    /// The trainer that is preferred: it has none.
    pub(crate) const fn trainer(&self) -> &'static str {
        ""
    }

    /// What to ask it: nothing.
    pub(crate) const fn probes(&self) -> Vec<Probe> {
        Vec::new()
    }

    /// What is missing so that its callbacks are believed.
    pub(crate) const fn lacks_for_callbacks(&self) -> Option<&'static str> {
        None
    }
}
