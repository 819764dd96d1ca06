//! The inputs of the trainer and of the model in the container. What is not known is passed over.

use serde_json::{Map, Value};

use crate::field::BadField;
use crate::job::Kind;
use crate::work::{Photos, Pictures, Weights, Work};

/// Fewest photos a training takes.
const PHOTOS_MIN: usize = 10;

/// What an input asks for.
pub(super) fn work(kind: Kind, input: &Map<String, Value>) -> Result<Work, BadField> {
    let url = |name| input.get(name).and_then(Value::as_str).map(str::to_owned).ok_or(BadField { name, why: None });
    match kind {
        Kind::Training => {
            let photos = Photos { url: Some(url("input_images")?), field: "input_images", count_min: PHOTOS_MIN };
            Ok(Work::Train(photos))
        }
        // The real model would do without weights, and knows nobody then.
        Kind::Prediction => Ok(Work::Generate(Pictures::of_flux(input, Weights::Url(url("lora_weights")?))?)),
    }
}
