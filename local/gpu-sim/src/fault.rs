//! Why a job failed.

/// What ran the job broke.
pub(crate) const CRASHED: &str = "runner_server_error";

/// A failure: what it says, and its type in fal's words, which alone has types.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: &'static str,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// Gives errors a type.
    pub(crate) fn of(kind: &'static str) -> impl Fn(anyhow::Error) -> Self {
        move |error| Self::new(kind, format!("{error:#}"))
    }
}

impl From<anyhow::Error> for Fault {
    fn from(error: anyhow::Error) -> Self {
        Self::of("internal_server_error")(error)
    }
}
