//! What becomes of a thing that is deleted.

/// What becomes of a thing that is deleted.
#[derive(Debug)]
pub enum Outcome {
    /// It is gone.
    Deleted,
    /// There was none, or it was deleted before.
    None,
    /// It remains, for a reason that says until when.
    Remains {
        /// Why.
        reason: String,
        /// Whether a repetition could delete it.
        again: bool,
    },
}
