//! What a request of each kind asks of its host: as a test counts it, and holds every change to.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::report::table;
use crate::failure::OrNext;

/// Where the test keeps what it counted.
const RECORD: &str = "tests/e2e/host_calls.json";

/// What one request asked.
#[derive(Deserialize)]
struct Asked {
    component: String,
    reads: u64,
    writes: u64,
    outbound: u64,
    read_bytes: u64,
    written_bytes: u64,
    outbound_bytes: u64,
}

/// Writes the section.
pub(super) fn section(root: &Path) -> Result<String> {
    let advice = "write it anew: LIKENESS_RECORD=1 cargo test --workspace --test it host_calls";
    let text = std::fs::read_to_string(root.join(RECORD)).context(RECORD).or_next(advice)?;
    told(&text).or_next(advice)
}

fn told(record: &str) -> Result<String> {
    let record: BTreeMap<String, Asked> = serde_json::from_str(record).context(RECORD)?;
    let rows: Vec<Vec<String>> = record.into_iter().map(|(name, asked)| row(name, &asked)).collect();
    let says = format!(
        "Counted by a test, which fails where one of them grows (`{RECORD}`): operations of the store with the bytes of their values, and requests to the outside with the bytes of their answers. \
         They are the same on every machine.\n\n"
    );
    Ok(format!("{says}{}", table(["", "function", "reads", "writes", "outbound"], &rows)))
}

fn row(name: String, asked: &Asked) -> Vec<String> {
    let of = |count: u64, bytes: u64| if bytes == 0 { count.to_string() } else { format!("{count}, {}", size(bytes)) };
    vec![
        name,
        asked.component.clone(),
        of(asked.reads, asked.read_bytes),
        of(asked.writes, asked.written_bytes),
        of(asked.outbound, asked.outbound_bytes),
    ]
}

fn size(bytes: u64) -> String {
    if bytes < 10_000 { format!("{bytes} B") } else { format!("{} KB", bytes / 1_000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_becomes_a_table() {
        let record = r#"{ "GET /x": { "component": "x", "reads": 3, "writes": 0, "outbound": 1, "read_bytes": 812, "written_bytes": 0, "outbound_bytes": 69135 } }"#;
        assert!(told(record).unwrap().ends_with("| GET /x | x | 3, 812 B | 0 | 1, 69 KB |\n"));
        assert!(told("{}}").is_err());
    }
}
