//! Why an outbound request failed.

use std::error::Error as StdError;

/// A request that got no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Every address of the host is on a private network.
    #[error("the destination is on a private network")]
    Prohibited,
    /// The name has no address.
    #[error("the name can't be resolved: {0}")]
    Name(std::io::Error),
    /// No connection in time.
    #[error("no connection in time")]
    ConnectTimeout,
    /// No connection.
    #[error("no connection: {0}")]
    Connect(String),
    /// No head of an answer in time.
    #[error("no answer in time")]
    Silent,
    /// The connection ended, or what came over it is not HTTP.
    #[error("{0}")]
    Exchange(String),
}

impl Failure {
    /// Finds out what a client's error means: ours lie somewhere in its causes.
    pub(crate) fn of(error: &hyper_util::client::legacy::Error) -> Self {
        let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
        let mut last = error.to_string();
        while let Some(error) = cause {
            match error.downcast_ref::<Self>() {
                Some(Self::Prohibited) => return Self::Prohibited,
                Some(Self::ConnectTimeout) => return Self::ConnectTimeout,
                Some(Self::Name(error)) => return Self::Name(std::io::Error::new(error.kind(), error.to_string())),
                Some(Self::Connect(_) | Self::Silent | Self::Exchange(_)) | None => last = error.to_string(),
            }
            cause = error.source();
        }
        if error.is_connect() { Self::Connect(last) } else { Self::Exchange(last) }
    }
}
