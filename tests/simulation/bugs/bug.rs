//! Deliberate bugs, for the simulation to find: a check that never fails proves nothing.
//!
//! This file is no part of the source: `cargo likeness simulate --bugs` adds it to a copy, as `domain::bug`, and the patches beside it use it.

use strum::VariantArray;

/// A bug that somebody might have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum Bug {
    /// A capture charges whether or not the task has a hold.
    CaptureWithoutHold,
    /// A grant is not looked for among earlier ones.
    GrantAgain,
    /// A hold does not look for the request it belongs to.
    IgnoreIdempotencyKey,
    /// A decision does not mind that operations were archived since the caller looked for its own there.
    IgnoreArchive,
    /// The number of open tasks is not checked by the hold.
    IgnoreTaskLimit,
    /// Entries leave the account's document before their page is written.
    ArchiveLate,
    /// A swap counts as done whatever the store says of it.
    BelieveFailedSwap,
    /// A swap reported as failed is decided again, without a look whether it was applied.
    ForgetOwnOperation,
    /// Those whose changes another one swaps are told that they are written before they are.
    TellBeforeSwap,
    /// Documents carry neither revision nor writers.
    NoRevision,
    /// Documents are created by swap, and a failed one means that somebody else created it.
    CreateBySwap,
    /// The provider is asked before the credits are held.
    SubmitBeforeHold,
    /// A task is written with what it is asked before its credits are held.
    TellBeforeHold,
    /// A submission whose fate is not known is sent again.
    ResubmitBlindly,
    /// A failed callback releases the hold, whatever state the task is in.
    ReleaseOnEveryFailure,
    /// The latest end of a task counts, not the first.
    LastEndCounts,
    /// A report moves a task although it is about another job.
    IgnoreJobId,
    /// A hold is settled before its task has ended.
    SettleFirst,
    /// A task is never given up.
    NoDeadline,
    /// A callback is believed unsigned.
    BelieveAnyone,
    /// Everything held is charged, however much was delivered.
    ChargeInFull,
    /// A task that its owner canceled is charged all the same.
    ChargeCanceled,
    /// A task is begun again at another provider that maybe nobody ever had.
    BeginAnythingAgain,
    /// Whoever finds a task lost submits it at the next provider, also when somebody else already does.
    EveryoneBeginsAgain,
    /// A run is charged although its provider delivered less than was asked for.
    ChargeIncomplete,
    /// That an owner is to be told is written down after the swap that settles the task, not with it.
    TellAfterSettling,
    /// An owner is told of an end before it is settled.
    TellBeforeSettling,
    /// A deletion cancels nothing that runs.
    DeleteAndLetRun,
    /// A task begins without a look whether its character was deleted before its hold.
    BeginWithDeleted,
    /// What was made of a suspended character is shown, linked and told of as any other's.
    ShowSuspended,
    /// Pictures that were being copied while their character was deleted stay.
    KeepLateCopies,
    /// A copy that fails removes its file, also where another one has delivered it.
    RemoveFailedCopies,
    /// What is delivered past the deadline completes the task.
    CompleteLate,
    /// A provider is asked about a task by whoever polls it, however often.
    AskWhoeverPolls,
    /// A provider that does not know a job is believed at once.
    BelieveFirstNotFound,
    /// What a provider goes on with, or has made, after its task was given up, is forgotten.
    ForgetStops,
    /// Credits are held under a line that was closed meanwhile.
    HoldUnderClosed,
    /// Credits are held without a line by which the sweep finds them.
    HoldUnlisted,
    /// An account's line is closed without a look whether credits are held under it.
    CloseUnderHolds,
    /// Who takes work that is due does not put it off for others.
    NoLease,
    /// Every round of the sweep walks over all accounts.
    WalkEveryRound,
    /// An account's share of a round's time is not limited.
    NoShare,
    /// A host that was silent twice is asked again in the same round.
    IgnoreSilence,
    /// Holds past their deadline are settled after everything else.
    SettleLast,
    /// What cannot be looked at ends the round of all others.
    FailureEndsRound,
    /// What failed is tried again at once.
    NoBackoff,
    /// A time impossibly far ahead, which a clock that was wrong wrote on a line, is believed.
    TrustFutureSlot,
    /// Photos that were abandoned wait for files before them that live longer.
    OneUploadQueue,
    /// Photos are kept as references, and charged for, although whoever was to tell of it died.
    KeepUntold,
    /// References are removed when photos of trainings are.
    RemoveReferences,
    /// What a request has claimed a character for that died before its hold is never given up.
    ForgetClaims,
}

impl Bug {
    /// All of them.
    pub const ALL: &[Self] = Self::VARIANTS;
}

/// Whether a bug is switched on for this thread: `domain::bug!(NoDeadline)`.
#[macro_export]
macro_rules! bug {
    ($name:ident) => {
        $crate::bug::on($crate::bug::Bug::$name)
    };
}

/// Whether a bug is switched on for this thread.
pub fn on(bug: Bug) -> bool {
    SWITCHED_ON.get() == Some(bug)
}

/// Switches a bug on, or all of them off, for this thread.
pub fn switch(bug: Option<Bug>) {
    SWITCHED_ON.set(bug);
}

thread_local! {
    static SWITCHED_ON: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}
