//! Why a file was not fetched.

use crate::ports::SendError;
use crate::redirects;

/// Why a picture was not fetched.
#[derive(Debug)]
pub enum DownloadError {
    /// The picture cannot be had or is none; trying again is of no use. Says why in words that follow a URL.
    Permanent(String),
    /// The other side did not answer properly; it may do so later.
    Transient(String),
    /// Our own store failed.
    Store(store::Error),
}

impl From<store::Error> for DownloadError {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<media::photo::Error> for DownloadError {
    fn from(error: media::photo::Error) -> Self {
        Self::Permanent(error.to_string())
    }
}

impl From<media::Error> for DownloadError {
    fn from(error: media::Error) -> Self {
        Self::Permanent(error.to_string())
    }
}

impl From<SendError> for DownloadError {
    fn from(error: SendError) -> Self {
        let reason = error.reason().to_owned();
        if error == SendError::Forbidden { Self::Permanent(reason) } else { Self::Transient(reason) }
    }
}

impl From<redirects::Error> for DownloadError {
    fn from(error: redirects::Error) -> Self {
        match error {
            redirects::Error::Send(error) => error.into(),
            error => Self::Permanent(error.to_string()),
        }
    }
}
