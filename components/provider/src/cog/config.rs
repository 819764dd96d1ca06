//! What has to be known of containers of one's own.

use domain::setting::Values;
use domain::{Secret, Setting};
use url::Url;

use super::Cog;
use crate::endpoint::Endpoint;

const TRAINER_URL: Setting = Setting::new("cog_trainer_url", "", "scheme, host and port of the container that trains");
const MODEL_URL: Setting = Setting::new(
    "cog_model_url",
    "",
    "scheme, host and port of the container that makes pictures; the same one where it does both",
);
const CALLBACK_TOKEN: Setting =
    Setting::new("cog_callback_token", "", "the containers' `WEBHOOK_AUTH_TOKEN`, at least 16 characters").secret();

/// What it takes to ask them.
pub(crate) const SETTINGS: &[Setting] = &[TRAINER_URL, MODEL_URL, CALLBACK_TOKEN];
/// What it takes besides to believe their callbacks: nothing.
pub(crate) const CALLBACK_SETTINGS: &[Setting] = &[];
/// Which trainer is preferred: there is one.
pub(crate) const TRAINER_SETTINGS: &[Setting] = &[];

/// The configuration of [`Cog`], as an operator writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The container that trains, such as `http://trainer:5000`.
    pub trainer_url: String,
    /// The container that makes pictures; the same one where it does both.
    pub model_url: String,
    /// What their callbacks are opened with: their `WEBHOOK_AUTH_TOKEN`.
    pub callback_token: Secret,
}

impl Config {
    /// The trainer that is preferred: a container has one, which is not named.
    #[expect(clippy::unused_self, reason = "as the others are asked")]
    pub(crate) const fn trainer(&self) -> &'static str {
        ""
    }

    /// Reads it from the variables.
    pub fn read(values: Values<'_>) -> Self {
        Self {
            trainer_url: values.base(&TRAINER_URL),
            model_url: values.base(&MODEL_URL),
            callback_token: values.secret(&CALLBACK_TOKEN),
        }
    }
}

/// What in a [`Config`] cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misconfigured {
    /// A container's URL.
    #[error("{} and {} have to be http(s)://host[:port][/path]", TRAINER_URL.name, MODEL_URL.name)]
    Url,
    /// Our own address, for what the containers upload.
    #[error("there is no address that Cog containers could upload to")]
    FilesUrl,
    /// The token.
    #[error("{} has to have at least {TOKEN_BYTES_MIN} characters", CALLBACK_TOKEN.name)]
    CallbackToken,
}

/// The fewest characters of the callbacks' token.
const TOKEN_BYTES_MIN: usize = 16;

impl Cog {
    /// Reads a configuration. The containers upload their outputs to `files_url`, our own address, which ends with `/`. Its last segment is a
    /// code that can change while they are at it: whether one counts is checked where a file is fetched, so here any will do.
    ///
    /// # Errors
    /// The first thing in it that cannot be.
    pub fn new(config: Config, files_url: &str) -> Result<Self, Misconfigured> {
        if config.callback_token.expose().len() < TOKEN_BYTES_MIN {
            return Err(Misconfigured::CallbackToken);
        }
        Ok(Self {
            trainer: Endpoint::parse(&config.trainer_url).ok_or(Misconfigured::Url)?,
            model: Endpoint::parse(&config.model_url).ok_or(Misconfigured::Url)?,
            files: Url::parse(files_url).and_then(|url| url.join("../")).map_err(|_| Misconfigured::FilesUrl)?,
            callback_token: config.callback_token,
        })
    }
}
