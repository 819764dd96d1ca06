//! Why a file is refused, in the words its sender is told.

/// What is wrong with a file. Displayed, it goes on from "the file" or the file's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It has no bytes at all.
    #[error("is empty")]
    Empty,
    /// It has more bytes than it may have.
    #[error("is larger than the limit of {} MB", .bytes_max / 1_000_000)]
    TooLarge {
        /// The limit.
        bytes_max: u64,
    },
    /// Its first bytes are of no type that is known here.
    #[error("is not of a type that is known here: JPEG, PNG, WebP; MP3, WAV, Ogg, FLAC, AAC, M4A; MP4, MOV, WebM")]
    UnknownType,
    /// It is of a type that people know, and nothing here takes.
    #[error("is {0}; known here are JPEG, PNG, WebP; MP3, WAV, Ogg, FLAC, AAC, M4A; MP4, MOV, WebM")]
    UnusableType(&'static str),
    /// It is of a known type, and does not say what was asked for, or not where it should.
    #[error("has a header that cannot be read")]
    UnreadableHeader,
}
