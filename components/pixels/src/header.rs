//! What is known of a photo before it is decoded.

/// What a photo says of itself, beside its dimensions.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Header<'a> {
    /// Its Exif data.
    pub(crate) exif: Option<&'a [u8]>,
    /// Most memory that decoding it takes, in bytes; nothing where it is of a kind that is not decoded.
    pub(crate) memory_bytes: Option<u64>,
    /// Whether it is more than one picture.
    pub(crate) is_animated: bool,
    /// Whether its rows come in passes.
    pub(crate) is_interlaced: bool,
}

/// A number of bytes.
pub(crate) fn len(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
