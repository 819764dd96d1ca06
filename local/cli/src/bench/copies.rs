//! Many accounts, made of one: everything of it but pictures and photos, under other ids, written straight into the key-value file of a
//! deployment that does not run. So the others are real accounts that ended real tasks.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use key_value::KeyValue;
use serde_json::{Value, json};

/// The application's store.
const STORE: &str = "default";
/// Over so many documents it is spread what is due, unless a deployment says otherwise.
const DUE_PAGES: u64 = 64;
/// Accounts that are written at a time.
const WRITTEN_AT_ONCE: usize = 50;
/// How many of them are due to be looked at.
const DUE: usize = 1_000;
/// When the others are, in milliseconds from now: no more ahead than can be.
const LATER_MILLIS: i64 = 23 * 60 * 60 * 1_000;
/// Bytes of files, which nobody lists.
const FILES: [&str; 2] = ["result:", "photo:"];

type Entry = (String, Vec<u8>);

/// What there is of an account.
struct Original {
    id: String,
    entries: Vec<Entry>,
    /// On which page its line is.
    page: u64,
    line: Value,
    /// How many accounts were opened.
    opened: i64,
}

/// Makes so many accounts of the one there is, itself among them.
pub(super) async fn make(state: &Path, id: &str, accounts: usize, now_millis: i64) -> Result<()> {
    let store = KeyValue::open(state)?;
    let original = read(&store, id).await?;
    let mut pages: BTreeMap<u64, Value> = (1..=DUE_PAGES).map(|page| (page, json!({}))).collect();
    put(&mut pages, original.page, id, line(&original.line, 0));
    let (mut waiting, mut number) = (Vec::new(), original.opened);
    for n in 1..accounts {
        let other = format!("acct_{:032x}", rand::random::<u128>());
        let page = u64::try_from(n)?.checked_rem(DUE_PAGES).unwrap_or_default().saturating_add(1);
        let due = if n < DUE { 0 } else { now_millis.saturating_add(LATER_MILLIS) };
        number = number.saturating_add(1);
        waiting.extend(copied(&original, &other, page)?);
        waiting.push((format!("opened:{number}"), serde_json::to_vec(&json!({ "v": 1, "body": other }))?));
        put(&mut pages, page, &other, line(&original.line, due));
        if n.is_multiple_of(WRITTEN_AT_ONCE) {
            store.set_many(STORE, std::mem::take(&mut waiting)).await?;
        }
    }
    waiting.push((
        "listed-accounts".to_owned(),
        serde_json::to_vec(&json!({ "v": 1, "body": { "upto": number, "last": number } }))?,
    ));
    for (page, lines) in pages {
        let document = json!({ "v": 1, "revision": 1, "writers": [], "body": { "lines": lines } });
        waiting.push((format!("due:{page}"), serde_json::to_vec(&document)?));
    }
    store.set_many(STORE, waiting).await?;
    count_up(&store, "count:opened", number).await?;
    count_up(&store, "count:due", i64::try_from(DUE_PAGES)?).await
}

async fn read(store: &KeyValue, id: &str) -> Result<Original> {
    let keys = store.keys(STORE).await?.into_iter();
    let keys: Vec<String> =
        keys.filter(|key| key.contains(id) && !FILES.iter().any(|files| key.starts_with(files))).collect();
    let entries: Vec<Entry> =
        store.get_many(STORE, keys).await?.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    let account =
        entries.iter().find(|(key, _)| *key == format!("account:{id}")).context("there is no such account")?;
    let account: Value = serde_json::from_slice(&account.1)?;
    let page = account.pointer("/body/due/page").and_then(Value::as_u64).context("the account has no line")?;
    let lines = store.get(STORE, &format!("due:{page}")).await?.context("the account's page is not there")?;
    let lines: Value = serde_json::from_slice(&lines)?;
    let line = lines.pointer(&format!("/body/lines/{id}")).context("the account's line is not there")?.clone();
    let opened = store.increment(STORE, "count:opened".to_owned(), 0).await?;
    Ok(Original { id: id.to_owned(), entries, page, line, opened })
}

/// What there is of another account.
fn copied(original: &Original, other: &str, page: u64) -> Result<Vec<Entry>> {
    let renamed = |text: &str| text.replace(&original.id, other);
    let entry = |(key, value): &Entry| {
        let value = std::str::from_utf8(value).map_or_else(|_| value.clone(), |text| renamed(text).into_bytes());
        if *key != format!("account:{}", original.id) {
            return Ok((renamed(key), value));
        }
        let mut account: Value = serde_json::from_slice(&value)?;
        *account.pointer_mut("/body/due/page").context("the account has no line")? = json!(page);
        Ok((renamed(key), serde_json::to_vec(&account)?))
    };
    original.entries.iter().map(entry).collect()
}

/// A line, all of it due at one time.
fn line(like: &Value, at_millis: i64) -> Value {
    let mut line = like.clone();
    if let Some(slots) = line.get_mut("slots").and_then(Value::as_object_mut) {
        slots.values_mut().for_each(|slot| *slot = json!([at_millis, 0]));
    }
    line
}

fn put(pages: &mut BTreeMap<u64, Value>, page: u64, account: &str, line: Value) {
    if let Some(lines) = pages.get_mut(&page).and_then(Value::as_object_mut) {
        lines.insert(account.to_owned(), line);
    }
}

async fn count_up(store: &KeyValue, counter: &str, to: i64) -> Result<()> {
    let now = store.increment(STORE, counter.to_owned(), 0).await?;
    store.increment(STORE, counter.to_owned(), to.saturating_sub(now)).await?;
    Ok(())
}
