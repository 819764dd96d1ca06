//! Why an outbound request failed, as the component is told.

use std::error::Error as StdError;

use wasmtime_wasi_http::Error;

/// A request that got no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
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
    /// The connection ended, or what came over it is not HTTP.
    #[error("{0}")]
    Exchange(String),
}

impl Failure {
    /// Finds out what a client's error means: ours lie somewhere in its causes.
    pub(super) fn of(error: &hyper_util::client::legacy::Error) -> Self {
        let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
        let mut last = error.to_string();
        while let Some(error) = cause {
            match error.downcast_ref::<Self>() {
                Some(Self::Prohibited) => return Self::Prohibited,
                Some(Self::ConnectTimeout) => return Self::ConnectTimeout,
                Some(Self::Name(error)) => return Self::Name(std::io::Error::new(error.kind(), error.to_string())),
                Some(Self::Connect(_) | Self::Exchange(_)) | None => last = error.to_string(),
            }
            cause = error.source();
        }
        if error.is_connect() { Self::Connect(last) } else { Self::Exchange(last) }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Prohibited => Self::DestinationIpProhibited,
            Failure::Name(_) => Self::DnsError { rcode: Some("address not available".to_owned()), info_code: Some(0) },
            Failure::ConnectTimeout => Self::ConnectionTimeout,
            Failure::Connect(_) => Self::ConnectionRefused,
            Failure::Exchange(_) => Self::HttpProtocolError,
        }
    }
}
