//! The queues whose entries the sweep goes by.

/// The queues of uploads, and of what persons are asked and answer: what is in one lives equally long, so that the oldest ends first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadQueue {
    /// Files of callers and containers.
    Files,
    /// Photos for a character.
    Photos,
    /// Characters whose persons are asked.
    Consents,
    /// Persons' answers.
    Answers,
}

impl UploadQueue {
    /// How the keys of its entries begin.
    pub(crate) const fn record(self) -> &'static str {
        match self {
            Self::Files => "upload",
            Self::Photos => "photos",
            Self::Consents => "consents",
            Self::Answers => "answers",
        }
    }
}
