//! What has to be known of containers of one's own.

use domain::Secret;
use url::Url;

use super::Cog;
use crate::endpoint::Endpoint;

/// The configuration of [`Cog`], as an operator writes it.
#[derive(Debug, Clone)]
pub struct Config {
    /// The container that trains, such as `http://trainer:5000`.
    pub trainer_url: String,
    /// The container that makes pictures; the same one where it does both.
    pub model_url: String,
    /// Where the containers upload their outputs to: our own address, ending with `/`.
    pub files_url: String,
    /// What their callbacks are opened with: their `WEBHOOK_AUTH_TOKEN`.
    pub callback_token: Secret,
}

/// What in a [`Config`] cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misconfigured {
    /// A container's URL.
    #[error("a Cog container's URL must be http(s)://host[:port][/path]")]
    Url,
    /// The token.
    #[error("the token of Cog's callbacks must have at least 16 characters")]
    CallbackToken,
}

/// The fewest characters of the callbacks' token.
const TOKEN_BYTES_MIN: usize = 16;

impl Cog {
    /// Reads a configuration.
    ///
    /// # Errors
    /// The first thing in it that cannot be.
    pub fn new(config: Config) -> Result<Self, Misconfigured> {
        if config.callback_token.expose().len() < TOKEN_BYTES_MIN {
            return Err(Misconfigured::CallbackToken);
        }
        Ok(Self {
            trainer: Endpoint::parse(&config.trainer_url).ok_or(Misconfigured::Url)?,
            model: Endpoint::parse(&config.model_url).ok_or(Misconfigured::Url)?,
            files: Url::parse(&config.files_url).map_err(|_| Misconfigured::Url)?,
            callback_token: config.callback_token,
        })
    }
}
