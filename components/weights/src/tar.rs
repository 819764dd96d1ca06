//! The headers of a tar, as far as it takes to find a file in it.

/// The size of a header, and what every file is padded to.
pub(crate) const BLOCK_BYTES: usize = 512;

/// What a header says of the file after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its size in bytes.
    pub(crate) size_bytes: u64,
    /// Whether it is a file of weights.
    pub(crate) is_weights: bool,
}

impl Entry {
    /// How many bytes follow it before the next header.
    pub(crate) const fn padding(self) -> u64 {
        (BLOCK_BYTES as u64 - self.size_bytes % BLOCK_BYTES as u64) % BLOCK_BYTES as u64
    }
}

/// Whether a file that begins so is a tar.
pub(crate) fn is_tar(block: &[u8]) -> bool {
    block.get(257..262) == Some(b"ustar")
}

/// Reads a header; nothing at the end of the tar, and for what is none.
pub(crate) fn entry(block: &[u8]) -> Option<Entry> {
    if !is_tar(block) {
        return None;
    }
    let text = |from: usize, to: usize| -> Option<&[u8]> {
        let field = block.get(from..to)?;
        field.split(|b| *b == 0).next()
    };
    let size = std::str::from_utf8(text(124, 136)?).ok()?;
    // A file is of type `0`, before POSIX of none. What else has a name ending so, such as a long name's own entry, is no file.
    let is_file = matches!(block.get(156), Some(b'0' | 0));
    let is_weights = is_file && text(0, 100)?.ends_with(b".safetensors");
    Some(Entry { size_bytes: u64::from_str_radix(size.trim(), 8).ok()?, is_weights })
}
