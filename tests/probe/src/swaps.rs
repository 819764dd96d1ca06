//! Compare-and-swap, in the ways that go wrong on a careless store.

use serde_json::{Value, json};
use spin_sdk::experimental::wasi::keyvalue::atomics::{self, Cas, CasError};
use spin_sdk::experimental::wasi::keyvalue::store::{self, Bucket};

use crate::stores::{label, text};
use crate::{Arguments, Shown, error};

/// Attempts before an append gives up.
const ATTEMPTS_MAX: usize = 200;

/// Plays one scene on `key`.
pub(crate) fn show(scene: &str, arguments: &Arguments) -> Shown {
    let bucket = store::open(label(arguments)).map_err(error)?;
    let (key, value) = (arguments.text("key"), arguments.text("value").as_bytes());
    match scene {
        "create" => create(&bucket, key, value),
        "append" => append(&bucket, key, value),
        "stale" => stale(bucket, key, value),
        "blind" => outcome(atomics::swap(Cas::new(&bucket, key).map_err(error)?, value)),
        _ => Err(format!("the probe has no {scene}")),
    }
}

/// Writes the value if the key has none.
fn create(bucket: &Bucket, key: &str, value: &[u8]) -> Shown {
    let cas = Cas::new(bucket, key).map_err(error)?;
    match cas.current().map_err(error)? {
        Some(_) => Ok(json!("exists")),
        None => outcome(atomics::swap(cas, value)),
    }
}

/// Adds to the value until it is its swap that counts.
fn append(bucket: &Bucket, key: &str, value: &[u8]) -> Shown {
    let mut cas = Cas::new(bucket, key).map_err(error)?;
    for _attempt in 0..ATTEMPTS_MAX {
        let mut next = cas.current().map_err(error)?.unwrap_or_default();
        next.extend_from_slice(value);
        cas = match atomics::swap(cas, &next) {
            Ok(()) => return Ok(json!("swapped")),
            Err(CasError::CasFailed(fresh)) => fresh,
            Err(CasError::StoreError(store)) => return Err(error(store)),
        };
    }
    Err("too many attempts".to_owned())
}

/// Swaps on what has changed meanwhile, closes the bucket, and then goes on with the fresh handle without looking.
fn stale(bucket: Bucket, key: &str, value: &[u8]) -> Shown {
    let cas = Cas::new(&bucket, key).map_err(error)?;
    cas.current().map_err(error)?;
    bucket.set(key, b"somebody else").map_err(error)?;
    let fresh = match atomics::swap(cas, value) {
        Err(CasError::CasFailed(fresh)) => fresh,
        other => return outcome(other),
    };
    drop(bucket);
    let again = outcome(atomics::swap(fresh, value))?;
    let bucket = store::open("default").map_err(error)?;
    Ok(json!({ "first": "failed", "again": again, "value": text(bucket.get(key).map_err(error)?) }))
}

fn outcome(swapped: Result<(), CasError>) -> Result<Value, String> {
    match swapped {
        Ok(()) => Ok(json!("swapped")),
        Err(CasError::CasFailed(_)) => Ok(json!("failed")),
        Err(CasError::StoreError(store)) => Err(error(store)),
    }
}
