//! Opening the file: Spin's table, and what makes a commit survive a power cut.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Result};

/// How long a call waits while another process writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The table, as Spin makes it.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (
    store TEXT NOT NULL,
    key   TEXT NOT NULL,
    value BLOB NOT NULL,

    PRIMARY KEY (store, key)
)";

/// Opens the file for writing, and makes it if missing.
pub(super) fn open_writer(path: &Path) -> Result<Connection> {
    let connection = open(path)?;
    // The mode stays with the file, and Spin is as happy with it.
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        tracing::warn!(file = %path.display(), mode, "the key-value file is not in WAL mode: writes will be slow");
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute(TABLE, [])?;
    Ok(connection)
}

/// Opens the file for reading; it is there already.
pub(super) fn open_reader(path: &Path) -> Result<Connection> {
    let connection = open(path)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}
