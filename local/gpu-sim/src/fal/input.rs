//! The inputs of fal's apps. What is not known is passed over, as fal does.

use serde_json::{Map, Value};

use super::apps::{Generator, Trainer};
use super::problem::Problem;
use crate::field::{self, BadField};
use crate::picture::Format;
use crate::work::{Photos, Pictures, Weights, Work};

/// Fewest photos a training takes.
const PHOTOS_MIN: usize = 4;
/// The longest side of a picture, in pixels.
const SIDE_MAX: u64 = 2_048;

/// The sizes that have names.
const SIZES: [(&str, (u32, u32)); 6] = [
    ("square_hd", (1_024, 1_024)),
    ("square", (512, 512)),
    ("portrait_4_3", (768, 1_024)),
    ("portrait_16_9", (576, 1_024)),
    ("landscape_4_3", (1_024, 768)),
    ("landscape_16_9", (1_024, 576)),
];

/// A training's input.
pub(super) fn training(trainer: &Trainer, input: &Map<String, Value>) -> Result<Work, Problem> {
    let url = text(input, trainer.zip)?.ok_or(missing(trainer.zip))?;
    if let Some(caption) = trainer.caption {
        // The zips that come here have no captions in them.
        text(input, caption)?.ok_or(missing(caption))?;
    }
    let (url, family) = (Some(url.to_owned()), trainer.family);
    Ok(Work::Train(Photos { url, field: trainer.zip, count_min: PHOTOS_MIN, family }))
}

/// A generation's input.
pub(super) fn generation(generator: &Generator, input: &Map<String, Value>) -> Result<Work, Problem> {
    let prompt = text(input, "prompt")?.ok_or(missing("prompt"))?.to_owned();
    let weights = Weights::Url(weights_url(input)?.to_owned());
    let size = size(input.get("image_size"), generator.side_min)?;
    let default = if generator.formats.contains(&Format::Jpg) { "jpeg" } else { "png" };
    let name = text(input, "output_format")?.unwrap_or(default);
    let format = Format::parse(if name == "jpeg" { "jpg" } else { name });
    let format = format.filter(|format| generator.formats.contains(format)).ok_or_else(|| {
        Problem::invalid(&["output_format"], "Input should be one of the app's formats", "literal_error")
    })?;
    let count = field::count(input.get("num_images"))
        .ok_or_else(|| Problem::invalid(&["num_images"], "Input should be from 1 to 4", "less_than_equal"))?;
    let (seed, family) = (field::seed(input), generator.family);
    Ok(Work::Generate(Pictures { weights, prompt, size, count, seed, format, family }))
}

fn missing(name: &'static str) -> BadField {
    BadField { name, why: None }
}

fn text<'a>(input: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Problem> {
    match input.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Problem::invalid(&[name], "Input should be a valid string", "string_type")),
    }
}

/// The first of the weights. fal would do without any, and would not know whom to show.
fn weights_url(input: &Map<String, Value>) -> Result<&str, Problem> {
    let first = input.get("loras").and_then(Value::as_array).and_then(|loras| loras.first()).ok_or(missing("loras"))?;
    first
        .get("path")
        .and_then(Value::as_str)
        .ok_or_else(|| Problem::invalid(&["loras", "0", "path"], "Field required", "missing"))
}

fn size(value: Option<&Value>, side_min: u64) -> Result<(u32, u32), Problem> {
    let side = |value: &Value, name: &str| {
        let side = value.get(name).and_then(Value::as_u64).filter(|side| (side_min..=SIDE_MAX).contains(side));
        side.and_then(|side| u32::try_from(side).ok())
    };
    let found = match value {
        None | Some(Value::Null) => Some((1_024, 768)),
        Some(Value::String(wanted)) => SIZES.iter().find(|(name, _)| name == wanted).map(|(_, size)| *size),
        Some(value) => side(value, "width").zip(side(value, "height")),
    };
    found.ok_or_else(|| Problem::invalid(&["image_size"], "Input should be a size's name or a size", "value_error"))
}
