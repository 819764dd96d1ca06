//! What can go wrong with a provider, by what the asker does about it.

/// Why an exchange came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The provider said no, and will again.
    #[error("the provider refused with status {status}: {detail}")]
    Refused {
        /// The status of its answer.
        status: u16,
        /// What it said, for our log: bounded, one line, without addresses.
        detail: String,
    },
    /// The provider wants to be asked later.
    #[error("the provider wants to be asked again in {retry_after_seconds} s")]
    Throttled {
        /// How long to wait.
        retry_after_seconds: u64,
    },
    /// Our account at the provider has no money left.
    #[error("our account at the provider is out of credit")]
    OutOfCredit,
    /// The provider does not accept our token.
    #[error("the provider does not accept our token")]
    Unauthorized,
    /// The provider does not know what it was asked about.
    #[error("the provider does not know it")]
    NotFound,
    /// The provider does not know the version of the model: not any more, or, where it was just trained, not yet.
    #[error("the provider does not know the version")]
    UnknownVersion,
    /// The provider gave no answer, and nothing was submitted.
    #[error("the provider is unavailable")]
    Unavailable,
    /// The provider has no way to be asked this.
    #[error("the provider has no way to be asked this")]
    NotOffered,
    /// The provider is set up so that nothing of what it makes could be used: why, and what its operator has to do. Nothing was submitted.
    #[error("{0}")]
    Unusable(&'static str),
    /// A submission was sent and its fate is unknown: it must be looked for before it is repeated.
    #[error("the provider may have accepted the job")]
    Ambiguous,
    /// An answer or a callback cannot be understood. A submission's answer never ends so: that is [`Self::Ambiguous`].
    #[error("the provider's message has no readable {0}")]
    Malformed(&'static str),
}

impl Error {
    /// Returns whether a submission that ended so may be running at the provider.
    pub const fn may_have_been_accepted(&self) -> bool {
        match self {
            Self::Ambiguous => true,
            Self::Refused { .. }
            | Self::Throttled { .. }
            | Self::OutOfCredit
            | Self::Unauthorized
            | Self::NotFound
            | Self::UnknownVersion
            | Self::Unavailable
            | Self::NotOffered
            | Self::Unusable(_)
            | Self::Malformed(_) => false,
        }
    }
}
