//! Why there are no weights.

/// What is wrong with what a provider sent. Each follows "the download".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is a single file of a size that nobody told.
    #[error("does not say how large it is")]
    UnknownSize,
    /// It is larger than weights can be.
    #[error("is larger than 2 GB")]
    TooLarge,
    /// It is a tar that holds no weights, or what is not a tar in its middle.
    #[error("has no .safetensors file in it")]
    NoWeights,
    /// It ended in the middle.
    #[error("broke off")]
    BrokenOff,
    /// The header is too large, or cannot be read.
    #[error("has no readable safetensors header")]
    BadHeader,
    /// The tensors do not fill the file.
    #[error("does not hold the tensors that its header names")]
    WrongLength,
}
