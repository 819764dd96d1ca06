//! The files that a caller gave to a task: uploads, pictures within the request, and copies of what a price went by.

use std::collections::BTreeSet;

use domain::{Run, Task, Work};
use serde_json::Value;

use crate::{Config, Error, Ports, inputs, links};

/// Most files of one task that are removed with it: more than any model takes. What is beyond them is over after a day, like every upload.
const FILES_MAX: usize = 64;

/// Removes them, also where another task was given them; says how many links to them there were. To be done before what the task was asked is
/// removed: nothing else knows them.
///
/// # Errors
/// What the store or the bucket answers; a repetition goes on.
pub(super) async fn remove<P: Ports>(ports: &P, task: &Task) -> Result<usize, Error> {
    let Work::Run(run) = &task.work else { return Ok(0) };
    let names = names(ports.config(), run);
    for name in &names {
        inputs::remove(ports, &task.account, name).await?;
    }
    Ok(names.len())
}

/// The names of our uploads in what a run was asked.
fn names<'a>(config: &Config, run: &'a Run) -> BTreeSet<&'a str> {
    let inputs = run.requests.iter().map(|request| &request.input);
    let mut values: Vec<&Value> = inputs.chain([&run.params]).flat_map(|input| input.values()).collect();
    let mut names = BTreeSet::new();
    while let Some(value) = values.pop().filter(|_| names.len() < FILES_MAX) {
        match value {
            Value::String(text) => names.extend(links::uploaded_name(config, text)),
            Value::Array(items) => values.extend(items),
            Value::Object(fields) => values.extend(fields.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    names
}

#[cfg(test)]
mod tests;
