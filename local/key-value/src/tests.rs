mod conformance;

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::calls::RESULT_BYTES_MAX;

const STORE: &str = "default";

fn opened() -> (KeyValue, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (KeyValue::open(folder.path()).unwrap(), folder)
}

fn plain_sql(folder: &TempDir) -> Connection {
    Connection::open(folder.path().join(FILE_NAME)).unwrap()
}

async fn set(stores: &KeyValue, key: &str, value: &[u8]) {
    stores.set_many(STORE, vec![(key.to_owned(), value.to_vec())]).await.unwrap();
}

async fn get(stores: &KeyValue, key: &str) -> Option<Vec<u8>> {
    stores.get(STORE, key).await.unwrap()
}

async fn swap(stores: &KeyValue, expected: Option<&[u8]>, value: &[u8]) -> Swap {
    let exchange = Exchange { key: "k".to_owned(), expected: expected.map(<[u8]>::to_vec), value: value.to_vec() };
    stores.swap(STORE, exchange).await.unwrap()
}

/// A file as Spin makes it: no pragmas, so a rollback journal, and this table.
fn made_by_spin(more: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let table = "CREATE TABLE IF NOT EXISTS spin_key_value (
           store TEXT NOT NULL,
           key   TEXT NOT NULL,
           value BLOB NOT NULL,

           PRIMARY KEY (store, key)
        );";
    plain_sql(&folder).execute_batch(&format!("{table}{more}")).unwrap();
    folder
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_the_file_and_what_sqlite_keeps_beside_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = made_by_spin("");
    let wide = std::fs::Permissions::from_mode(0o644);
    let modes = |folder: &TempDir| {
        let entries = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
        let mode = |entry: std::fs::DirEntry| entry.metadata().unwrap().permissions().mode() & 0o777;
        let mut modes: Vec<_> =
            entries.map(|entry| (entry.file_name().into_string().unwrap(), format!("{:o}", mode(entry)))).collect();
        modes.sort();
        modes
    };
    let private = ["", "-shm", "-wal"].map(|more| (format!("{FILE_NAME}{more}"), "600".to_owned()));
    for folder in [tempfile::tempdir().unwrap(), folder] {
        let stores = KeyValue::open(folder.path()).unwrap();
        set(&stores, "k", b"1").await;
        assert_eq!(modes(&folder), private);
        // As an earlier version left them, and a process that was killed.
        for (name, _) in &private {
            std::fs::set_permissions(folder.path().join(name), wide.clone()).unwrap();
        }
        let again = KeyValue::open(folder.path()).unwrap();
        assert_eq!(get(&again, "k").await.unwrap(), b"1");
        assert_eq!(modes(&folder), private);
    }
}

#[tokio::test]
async fn file_that_spin_made_opens_and_is_read_and_written() {
    let folder = made_by_spin(
        "INSERT INTO spin_key_value (store, key, value) VALUES ('default', 'k', X'0102'), ('other', 'k', X'03')",
    );
    let stores = KeyValue::open(folder.path()).unwrap();
    assert_eq!(get(&stores, "k").await, Some(vec![1, 2]));
    set(&stores, "k", &[4]).await;
    assert_eq!(stores.get("other", "k").await, Ok(Some(vec![3])));
    drop(stores);
    let value: Vec<u8> = plain_sql(&folder)
        .query_row("SELECT value FROM spin_key_value WHERE store = 'default' AND key = 'k'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(value, [4]);
}

#[tokio::test]
async fn file_is_one_table_in_wal_mode_that_spins_statements_work_on() {
    let (stores, folder) = opened();
    set(&stores, "k", b"ours").await;
    drop(stores);
    let spin = plain_sql(&folder);
    let mode: String = spin.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    let tables: i64 =
        spin.query_row("SELECT count(*) FROM sqlite_master WHERE type = 'table'", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 1);
    spin.execute(
        "INSERT INTO spin_key_value (store, key, value) VALUES ($1, $2, $3) ON CONFLICT(store, key) DO UPDATE SET value=$3",
        rusqlite::params!["default", "k", b"theirs"],
    )
    .unwrap();
    drop(spin);
    assert_eq!(get(&KeyValue::open(folder.path()).unwrap(), "k").await, Some(b"theirs".to_vec()));
}

#[test]
fn writes_survive_a_power_cut() {
    let folder = tempfile::tempdir().unwrap();
    let writer = file::open_writer(&folder.path().join(FILE_NAME)).unwrap();
    let synchronous: i64 = writer.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
    assert_eq!(synchronous, 2, "FULL");
}

#[tokio::test]
async fn swap_writes_only_over_the_value_expected() {
    let (stores, _folder) = opened();
    assert_eq!(swap(&stores, Some(b"old"), b"new").await, Swap::Changed(None));
    assert_eq!(swap(&stores, None, b"first").await, Swap::Done);
    assert_eq!(swap(&stores, None, b"second").await, Swap::Changed(Some(b"first".to_vec())));
    assert_eq!(swap(&stores, Some(b"other"), b"second").await, Swap::Changed(Some(b"first".to_vec())));
    assert_eq!(swap(&stores, Some(b"first"), b"second").await, Swap::Done);
    assert_eq!(get(&stores, "k").await, Some(b"second".to_vec()));
}

#[tokio::test]
async fn empty_value_is_not_an_absent_key() {
    let (stores, _folder) = opened();
    set(&stores, "k", b"").await;
    assert_eq!(get(&stores, "k").await, Some(Vec::new()));
    assert_eq!(swap(&stores, None, b"x").await, Swap::Changed(Some(Vec::new())));
    assert_eq!(swap(&stores, Some(b""), b"x").await, Swap::Done);
}

#[tokio::test]
async fn swap_to_the_same_value_counts_as_done() {
    let (stores, _folder) = opened();
    set(&stores, "k", b"same").await;
    assert_eq!(swap(&stores, Some(b"same"), b"same").await, Swap::Done);
}

#[tokio::test]
async fn counter_is_eight_bytes_little_endian_as_spins() {
    let (stores, _folder) = opened();
    assert_eq!(stores.increment(STORE, "n".to_owned(), 258).await, Ok(258));
    assert_eq!(get(&stores, "n").await, Some(vec![2, 1, 0, 0, 0, 0, 0, 0]));
    set(&stores, "n", &(-5_i64).to_le_bytes()).await;
    assert_eq!(stores.increment(STORE, "n".to_owned(), 3).await, Ok(-2));
}

#[tokio::test]
async fn increment_of_another_length_or_past_the_end_changes_nothing() {
    let (stores, _folder) = opened();
    for value in [&b""[..], b"1", b"123456789"] {
        set(&stores, "n", value).await;
        assert_eq!(stores.increment(STORE, "n".to_owned(), 1).await, Err(Error::NotANumber));
        assert_eq!(get(&stores, "n").await.as_deref(), Some(value));
    }
    for (end, delta) in [(i64::MAX, 1), (i64::MIN, -1)] {
        set(&stores, "n", &end.to_le_bytes()).await;
        assert_eq!(stores.increment(STORE, "n".to_owned(), delta).await, Err(Error::Overflow));
        assert_eq!(stores.increment(STORE, "n".to_owned(), 0).await, Ok(end));
    }
}

#[tokio::test]
async fn writes_at_once_share_commits_and_each_gets_its_own_answer() {
    let (stores, _folder) = opened();
    set(&stores, "text", b"no number").await;
    let calls = (0..300).map(|n| {
        let key = if n % 3 == 0 { "text" } else { "n" };
        stores.increment(STORE, key.to_owned(), 1)
    });
    let outcomes = futures_util::future::join_all(calls).await;
    let (counted, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!((counted.len(), refused.len()), (200, 100));
    assert!(refused.iter().all(|outcome| *outcome == Err(Error::NotANumber)));
    assert_eq!(stores.increment(STORE, "n".to_owned(), 0).await, Ok(200));
    assert_eq!(get(&stores, "text").await, Some(b"no number".to_vec()));
}

#[tokio::test]
async fn write_that_fails_halfway_leaves_nothing_and_spoils_no_other() {
    let (stores, folder) = opened();
    let trigger = "CREATE TRIGGER picky BEFORE INSERT ON spin_key_value WHEN NEW.key = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END";
    plain_sql(&folder).execute_batch(trigger).unwrap();
    let pairs = |keys: [&str; 2]| keys.map(|key| (key.to_owned(), vec![1])).to_vec();
    let (failed, written) =
        tokio::join!(stores.set_many(STORE, pairs(["a", "bad"])), stores.set_many(STORE, pairs(["b", "c"])));
    assert_eq!((failed, written), (Err(Error::Unavailable), Ok(())));
    let mut keys = stores.keys(STORE).await.unwrap();
    keys.sort();
    assert_eq!(keys, ["b", "c"]);
}

#[tokio::test]
async fn value_over_the_limit_is_an_error() {
    let (stores, folder) = opened();
    plain_sql(&folder)
        .execute(
            "INSERT INTO spin_key_value VALUES ('default', 'big', zeroblob(?1))",
            [i64::try_from(RESULT_BYTES_MAX).unwrap() + 1],
        )
        .unwrap();
    assert_eq!(stores.get(STORE, "big").await, Err(Error::ResultTooLarge));
    assert_eq!(stores.exists(STORE, "big").await, Ok(true));
}

#[test]
fn file_that_is_no_database_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE_NAME), "this is not a database, and long enough to be seen as one").unwrap();
    let error = format!("{:#}", KeyValue::open(folder.path()).unwrap_err());
    assert!(error.contains(FILE_NAME), "{error}");
}
