//! The limit on an instance's memory, over all its linear memories together.

use wasmtime::{ResourceLimiter, Result};

/// Elements of a table. A Rust component has one entry for each function whose address it takes.
const TABLE_ELEMENTS_MAX: usize = 100_000;

/// Counts what an instance uses. Growing past the limit is a trap, so that the log says why the instance ended.
pub(crate) struct MemoryLimit {
    used_bytes: usize,
    bytes_max: usize,
}

impl MemoryLimit {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { used_bytes: 0, bytes_max }
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        let used = self.used_bytes.saturating_add(desired.saturating_sub(current));
        if used > self.bytes_max {
            return Err(wasmtime::format_err!("the memory limit of {} bytes is reached", self.bytes_max));
        }
        self.used_bytes = used;
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_counted_together() {
        let mut limit = MemoryLimit::new(100);
        assert!(limit.memory_growing(0, 60, None).unwrap());
        assert!(limit.memory_growing(0, 40, None).unwrap());
        assert!(limit.memory_growing(60, 61, None).is_err());
    }

    #[test]
    fn growth_that_was_refused_is_not_counted() {
        let mut limit = MemoryLimit::new(100);
        assert!(limit.memory_growing(0, 101, None).is_err());
        assert!(limit.memory_growing(0, 100, None).unwrap());
    }
}
