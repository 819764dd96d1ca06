//! What tells a job whose submission was lost from all others: a provider's list shows what each was asked for, not where it reports to.

use domain::Timestamp;
use serde_json::{Map, Value};

use crate::Kind;

/// A job whose submission was lost.
#[derive(Debug, Clone, PartialEq)]
pub struct Sought {
    /// What it was asked for.
    pub mark: Mark,
    /// What another job of the same mark would mean.
    pub proof: Proof,
    /// When it was submitted.
    pub since: Timestamp,
}

/// What a job was asked for, as far as it tells the job from others.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A training, by how the address of its zip ends before the query: that has a time in it and may differ.
    Training {
        /// The path.
        dataset: String,
    },
    /// Pictures of a trained model.
    Generation {
        /// How the prompt ends: there may be a trigger word before it. Nothing where the prompt is not known any more.
        prompt: String,
        /// The seed.
        seed: u32,
    },
    /// A run of any model.
    Run {
        /// All of its inputs.
        input: Map<String, Value>,
        /// The name of the input that is the seed we chose, where we chose one.
        seed: Option<String>,
    },
}

/// What a mark proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// No other job has it.
    Unique,
    /// Another job that has it makes the same: one that was begun later will do.
    SameResult,
    /// Another job may have it and make something else: finding it decides nothing, only its absence does.
    Nothing,
}

/// Whether a listed job is the one that is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Yes,
    No,
    Unknown,
}

impl Sought {
    /// The kind of job.
    pub const fn kind(&self) -> Kind {
        match self.mark {
            Mark::Training { .. } => Kind::Training,
            Mark::Generation { .. } => Kind::Generation,
            Mark::Run { .. } => Kind::Run,
        }
    }
}

impl Mark {
    /// Whether this is the input of the job.
    pub(crate) fn is_in(&self, input: &Map<String, Value>) -> Verdict {
        let text = |name: &str| input.get(name).and_then(Value::as_str);
        match self {
            Self::Training { dataset } => {
                // Each trainer has a name of its own for the zip.
                let mut addresses = input.values().filter_map(Value::as_str).filter(|text| is_address(text)).peekable();
                if addresses.peek().is_none() {
                    return Verdict::Unknown;
                }
                let is_ours = |url: &str| url.split(['?', '#']).next().is_some_and(|path| path.ends_with(dataset));
                if addresses.any(is_ours) { Verdict::Yes } else { Verdict::No }
            }
            Self::Generation { prompt, seed } => {
                let same_prompt = text("prompt").map(|listed| listed.ends_with(prompt));
                let same_seed = input.get("seed").and_then(Value::as_u64).map(|listed| listed == u64::from(*seed));
                match (same_prompt, same_seed) {
                    (Some(false), _) | (_, Some(false)) => Verdict::No,
                    (Some(true), Some(true)) => Verdict::Yes,
                    _ => Verdict::Unknown,
                }
            }
            Self::Run { input: sent, seed } => {
                let same = sent.iter().all(|(name, value)| input.get(name).is_none_or(|listed| agree(value, listed)));
                let seed = seed.as_ref().map(|name| (sent.get(name), input.get(name)));
                let same_seed = seed.map(|(sent, listed)| Some(agree(sent?, listed?)));
                match (same_seed, same) {
                    (Some(Some(false)), _) | (None | Some(None), false) => Verdict::No,
                    (None | Some(Some(true)), true) => Verdict::Yes,
                    (Some(None), true) | (Some(Some(true)), false) => Verdict::Unknown,
                }
            }
        }
    }
}

/// Whether what is listed can be what was sent: numbers may be written in another way, and files be named by another address.
fn agree(sent: &Value, listed: &Value) -> bool {
    match (sent, listed) {
        (Value::Number(sent), Value::Number(listed)) => sent == listed || sent.as_f64() == listed.as_f64(),
        (Value::String(sent), Value::String(listed)) => sent == listed || is_address(sent),
        (Value::Array(sent), Value::Array(listed)) => {
            sent.len() == listed.len() && sent.iter().zip(listed).all(|(sent, listed)| agree(sent, listed))
        }
        (Value::Object(sent), Value::Object(listed)) => {
            sent.iter().all(|(name, value)| listed.get(name).is_none_or(|listed| agree(value, listed)))
        }
        _ => sent == listed,
    }
}

fn is_address(text: &str) -> bool {
    ["data:", "https:", "http:"].iter().any(|scheme| text.starts_with(scheme))
}
