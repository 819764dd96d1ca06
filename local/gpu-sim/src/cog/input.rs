//! The inputs of the trainer and of the model in the container. What is not known is passed over.

use serde_json::{Map, Value};

use crate::fault::Fault;
use crate::field::BadField;
use crate::job::Kind;
use crate::work::{FLUX_1, Photos, Pictures, Weights, Work};

/// Fewest photos a training takes.
const PHOTOS_MIN: usize = 10;

/// Fails a job whose weights cog-flux would not fetch: it takes a `.safetensors` file, behind a link with a query or without. A tar it takes
/// from Replicate only.
pub(crate) fn check_weights_url(url: &str) -> Result<(), Fault> {
    let path = url.split_once('?').map_or(url, |(path, _)| path);
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if is_web && path.ends_with(".safetensors") {
        return Ok(());
    }
    Err(Fault::new(
        "invalid_weights",
        "Failed to parse URL. Expected either: ... * Arbitrary .safetensors URLs from the Internet",
    ))
}

/// What an input asks for.
pub(super) fn work(kind: Kind, input: &Map<String, Value>) -> Result<Work, BadField> {
    let url = |name| input.get(name).and_then(Value::as_str).map(str::to_owned).ok_or(BadField { name, why: None });
    match kind {
        Kind::Training => {
            let (url, field) = (Some(url("input_images")?), "input_images");
            let photos = Photos { url, field, count_min: PHOTOS_MIN, family: FLUX_1 };
            Ok(Work::Train(photos))
        }
        // The real model would do without weights, and knows nobody then.
        Kind::Prediction => Ok(Work::Generate(Pictures::of_flux(input, Weights::Url(url("lora_weights")?))?)),
    }
}
