//! What a job is to do, whichever protocol asked for it.

use serde_json::{Map, Value};

use crate::field::{BadField, count, seed};
use crate::models::Run;
use crate::picture::{self, Format, Order};

/// The family that most is trained on.
pub(crate) const FLUX_1: &str = "flux-1";

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    /// A model from photos.
    Train(Photos),
    /// Pictures from a model.
    Generate(Pictures),
    /// Whatever a model does that knows nobody.
    Run(Run),
}

/// A zip of photos.
#[derive(Clone, Debug)]
pub(crate) struct Photos {
    /// Where it is. Replicate takes a training without, and then fails.
    pub(crate) url: Option<String>,
    /// The input's name in the protocol, to be named in errors.
    pub(crate) field: &'static str,
    /// The fewest photos that are enough.
    pub(crate) count_min: usize,
    /// What is trained on.
    pub(crate) family: &'static str,
}

/// Pictures that are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Pictures {
    pub(crate) weights: Weights,
    pub(crate) prompt: String,
    /// Width and height, in pixels.
    pub(crate) size: (u32, u32),
    pub(crate) count: u64,
    /// The first picture's; each further one has the next.
    pub(crate) seed: u64,
    pub(crate) format: Format,
    /// Whose weights it takes.
    pub(crate) family: &'static str,
}

/// What pictures are made with.
#[derive(Clone, Debug)]
pub(crate) enum Weights {
    /// A version trained here.
    Version(String),
    /// A file, from here or elsewhere.
    Url(String),
}

impl Pictures {
    /// Reads the inputs of FLUX models at Replicate and in Cog containers.
    pub(crate) fn of_flux(input: &Map<String, Value>, weights: Weights) -> Result<Self, BadField> {
        let text = |name: &str| input.get(name).and_then(Value::as_str);
        let bad = |name, why| BadField { name, why: Some(why) };
        let prompt = text("prompt").ok_or(BadField { name: "prompt", why: None })?.to_owned();
        let size = picture::size_of(text("aspect_ratio").unwrap_or("1:1"))
            .ok_or(bad("aspect_ratio", "is not one of the ratios"))?;
        let format = Format::parse(text("output_format").unwrap_or("webp"))
            .ok_or(bad("output_format", "has to be webp, jpg or png"))?;
        let count = count(input.get("num_outputs")).ok_or(bad("num_outputs", "has to be from 1 to 4"))?;
        if input.get("go_fast").is_some_and(|value| !value.is_boolean()) {
            return Err(bad("go_fast", "has to be a boolean"));
        }
        Ok(Self { weights, prompt, size, count, seed: seed(input), format, family: FLUX_1 })
    }

    /// Each picture for itself.
    pub(crate) fn orders(&self) -> Vec<Order> {
        let order = |n| Order {
            prompt: self.prompt.clone(),
            width: self.size.0,
            height: self.size.1,
            seed: self.seed.wrapping_add(n),
            format: self.format,
        };
        (0..self.count).map(order).collect()
    }
}
