//! The parts of the benchmark.

/// What is measured: a section of the report.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Reads, a grant and a paid run at 1, 16 and 64 connections
    Routes,
    /// Durable changes of one hot account, and of 1,000
    Accounts,
    /// What is left of the best at twice the connections
    Overload,
    /// Sizes, instances and cold starts
    Start,
    /// 30 large photos, their zip, an upload; memory
    Photos,
    /// Reads and the sweep with few and with many accounts and tasks
    Growth,
    /// What a request of each kind asks of its host
    Counts,
}

impl Part {
    /// All of them, in the order of the report.
    pub(super) const ALL: [Self; 7] =
        [Self::Routes, Self::Accounts, Self::Overload, Self::Start, Self::Photos, Self::Growth, Self::Counts];

    /// Its heading.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Routes => "Requests of each kind",
            Self::Accounts => "Durable changes of balances",
            Self::Overload => "Beyond the best",
            Self::Start => "Sizes, instances and starts",
            Self::Photos => "Large files",
            Self::Growth => "As there is more",
            Self::Counts => "What a request asks of its host",
        }
    }
}
