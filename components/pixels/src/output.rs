//! Where a picture goes that is written anew.

use std::io::{self, ErrorKind, Write};

use crate::limits::REWRITTEN_BYTES_MAX;

/// The bytes of a picture on its way out: it takes no more than [`REWRITTEN_BYTES_MAX`], and no more room than that and the half of it.
#[derive(Debug, Default)]
pub(crate) struct Output(Vec<u8>);

impl Output {
    /// What was written.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let needed = self.0.len().saturating_add(bytes.len());
        if needed > REWRITTEN_BYTES_MAX {
            return Err(ErrorKind::FileTooLarge.into());
        }
        if needed > self.0.capacity() {
            let room = needed.max(self.0.capacity().saturating_mul(2)).min(REWRITTEN_BYTES_MAX);
            self.0.reserve_exact(room.saturating_sub(self.0.len()));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
