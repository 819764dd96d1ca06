//! fal's job objects, as answers and callbacks have them. Unknown fields are passed over, and a known one of another type counts as absent.

use serde_json::Value;
use url::Url;

use super::answer;
use crate::job::is_plain_id;
use crate::{Error, Job, JobState, Output};

/// Where trainers' outputs have the weights; Krea's has it under the second name.
const WEIGHTS: [&str; 2] = ["diffusers_lora_file", "lora_file"];

/// Reads a callback.
pub(super) fn parse_callback(body: &[u8]) -> Result<Job, Error> {
    let value: Value = serde_json::from_slice(body).map_err(|_| Error::Malformed("job"))?;
    let id = request_id(&value).ok_or(Error::Malformed("job id"))?;
    let payload = value.get("payload").filter(|payload| !payload.is_null());
    let state = match (value.get("status").and_then(Value::as_str), payload) {
        (Some("OK"), Some(payload)) => JobState::Succeeded(output(payload)),
        (Some("ERROR"), payload) => {
            let error = value.get("error").and_then(Value::as_str).unwrap_or_default();
            JobState::Failed(answer::failure(payload.unwrap_or(&Value::Null), error))
        }
        // It succeeded, and its result was too large or could not be written.
        (Some("OK"), None) => JobState::Finished,
        _ => JobState::Running,
    };
    Ok(Job { id, location: None, state, callback_url: None, progress_percent: None })
}

/// The id that everything goes by: that of the gateway differs after fal tried again by itself.
pub(super) fn request_id(value: &Value) -> Option<String> {
    value.get("request_id").and_then(Value::as_str).filter(|id| is_plain_id(id)).map(str::to_owned)
}

/// Reads an output, told apart by its shape. Pictures that the safety checker blackened are left out.
pub(super) fn output(value: &Value) -> Output {
    let url = |file: &Value| file.get("url").and_then(Value::as_str).map(str::to_owned);
    if let Some(images) = value.get("images").and_then(Value::as_array) {
        let unsafe_one = |n: usize| {
            let flags = value.get("has_nsfw_concepts").and_then(Value::as_array);
            flags.and_then(|flags| flags.get(n)).and_then(Value::as_bool) == Some(true)
        };
        let kept = images.iter().enumerate().filter(|(n, _)| !unsafe_one(*n));
        return Output::Images(kept.filter_map(|(_, image)| url(image)).collect());
    }
    match WEIGHTS.iter().find_map(|name| value.get(name).and_then(url)) {
        Some(weights) if is_weights(&weights) => Output::Model { name: weights.clone(), weights: Some(weights) },
        _ => Output::object(value),
    }
}

/// Whether generations may name a trained model so.
fn is_weights(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && address::is_anonymous(&url))
}
