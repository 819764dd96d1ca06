//! The statements, one function a call. Those that write are run inside a transaction.

use rusqlite::{Connection, params};

use crate::calls::{Entries, Error, Exchange, RESULT_BYTES_MAX, Swap};

const GET: &str = "SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2";

const SET: &str = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
    ON CONFLICT (store, key) DO UPDATE SET value = ?3";

pub(super) fn get(file: &Connection, store: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
    let mut statement = file.prepare_cached(GET)?;
    let mut rows = statement.query([store, key])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    // Looked at where it lies, so that one too large is not copied first.
    let value = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
    if value.len() > RESULT_BYTES_MAX { Err(Error::ResultTooLarge) } else { Ok(Some(value.to_vec())) }
}

pub(super) fn get_many(file: &Connection, store: &str, keys: Vec<String>) -> Result<Entries, Error> {
    // One transaction, so that all values are of one moment.
    let transaction = file.unchecked_transaction()?;
    let mut budget = Budget::new();
    let mut found = Vec::new();
    for key in keys {
        let value = get(&transaction, store, &key)?;
        budget.take(key.len() + value.as_ref().map_or(0, Vec::len))?;
        found.push((key, value));
    }
    Ok(found)
}

pub(super) fn exists(file: &Connection, store: &str, key: &str) -> Result<bool, Error> {
    let mut statement = file.prepare_cached("SELECT 1 FROM spin_key_value WHERE store = ?1 AND key = ?2")?;
    Ok(statement.exists([store, key])?)
}

pub(super) fn keys(file: &Connection, store: &str) -> Result<Vec<String>, Error> {
    let mut statement = file.prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1")?;
    let mut rows = statement.query([store])?;
    let mut budget = Budget::new();
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        budget.take(size_of::<String>() + key.len())?;
        keys.push(key);
    }
    Ok(keys)
}

pub(super) fn set_many(file: &Connection, store: &str, values: &[(String, Vec<u8>)]) -> Result<(), Error> {
    let mut statement = file.prepare_cached(SET)?;
    for (key, value) in values {
        statement.execute(params![store, key, value])?;
    }
    Ok(())
}

pub(super) fn delete_many(file: &Connection, store: &str, keys: &[String]) -> Result<(), Error> {
    let mut statement = file.prepare_cached("DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2")?;
    for key in keys {
        statement.execute([store, key])?;
    }
    Ok(())
}

/// A counter is eight bytes, little-endian, as in Spin's own file.
pub(super) fn increment(file: &Connection, store: &str, key: &str, delta: i64) -> Result<i64, Error> {
    let current = match get(file, store, key)? {
        None => 0,
        Some(bytes) => i64::from_le_bytes(bytes.try_into().map_err(|_other_length| Error::NotANumber)?),
    };
    let next = current.checked_add(delta).ok_or(Error::Overflow)?;
    file.prepare_cached(SET)?.execute(params![store, key, next.to_le_bytes()])?;
    Ok(next)
}

/// One statement writes, and only where the old value still stands; one row changed is the proof.
pub(super) fn swap(file: &Connection, store: &str, exchange: &Exchange) -> Result<Swap, Error> {
    let Exchange { key, expected, value } = exchange;
    let changed = match expected {
        Some(expected) => file
            .prepare_cached("UPDATE spin_key_value SET value = ?4 WHERE store = ?1 AND key = ?2 AND value = ?3")?
            .execute(params![store, key, expected, value])?,
        None => file
            .prepare_cached(
                "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![store, key, value])?,
    };
    if changed == 1 { Ok(Swap::Done) } else { get(file, store, key).map(Swap::Changed) }
}

/// What is left of the bytes one call may give.
struct Budget(usize);

impl Budget {
    fn new() -> Self {
        Self(RESULT_BYTES_MAX)
    }

    fn take(&mut self, bytes: usize) -> Result<(), Error> {
        self.0 = self.0.checked_sub(bytes).ok_or(Error::ResultTooLarge)?;
        Ok(())
    }
}
