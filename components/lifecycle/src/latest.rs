//! A bounded list of what happened lately, for the operator: one document, the latest first. It is only told: one that is not kept, or two at
//! once of which one is, change nothing.

use serde::Serialize;
use serde::de::DeserializeOwned;
use store::RecordKey;

use crate::{Error, Ports};

/// Puts what happened in front of what happened before, and keeps `max` of all. Where `same` says that it is there already, nothing is
/// written. What fails is logged: `what` is not kept.
pub async fn note<P: Ports, T: Serialize + DeserializeOwned>(
    ports: &P,
    key: &RecordKey<Vec<T>>,
    max: usize,
    what: &str,
    happened: T,
    same: impl Fn(&T) -> bool,
) {
    let noted = async {
        let mut all = read(ports, key).await?;
        if all.iter().any(same) {
            return Ok(());
        }
        all.insert(0, happened);
        all.truncate(max);
        Ok::<_, Error>(ports.store().write(key, &all).await?)
    };
    if let Err(error) = noted.await {
        ports.log(&format!("{what} is not kept: {error}"));
    }
}

/// What is kept, the latest first.
///
/// # Errors
/// What the store answers.
pub async fn read<P: Ports, T: DeserializeOwned>(ports: &P, key: &RecordKey<Vec<T>>) -> Result<Vec<T>, Error> {
    Ok(ports.store().read(key).await?.unwrap_or_default())
}
