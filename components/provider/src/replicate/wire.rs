//! What only Replicate writes so: the names of trained models.

use serde_json::Value;

use crate::{Error, Job, Output, prediction};

pub(super) use crate::prediction::text_at;

/// Reads a job from an answer or a callback.
pub(super) fn parse_job(body: &[u8]) -> Result<Job, Error> {
    prediction::parse_job(body, model)
}

/// Reads a training or a prediction.
pub(super) fn job(value: &Value) -> Result<Job, Error> {
    prediction::job(value, model)
}

/// Reads a trained version, and where its weights are.
fn model(output: &Value) -> Option<Output> {
    let name = text_at(output, "version").filter(|version| is_model(version))?.to_owned();
    Some(Output::Model { name, weights: text_at(output, "weights").map(str::to_owned) })
}

/// Whether predictions may name a trained model so: `owner/name:version` or the version alone, 64 hex digits.
pub(super) fn is_model(text: &str) -> bool {
    let (model, version) = text.rsplit_once(':').map_or((None, text), |(model, version)| (Some(model), version));
    let named = model.is_none_or(|model| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        model.split('/').count() == 2 && model.split('/').all(|part| !part.is_empty() && part.bytes().all(plain))
    });
    named && version.len() == VERSION_DIGITS && version.bytes().all(|b| b.is_ascii_hexdigit())
}

const VERSION_DIGITS: usize = 64;
