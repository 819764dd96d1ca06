//! What a run costs.

use domain::Credits;
use domain::limits::GRANT_CREDITS_MAX;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{InvalidEntry, InvalidInput};
use crate::kind::{Kind, key};
use crate::parameter::Parameters;
use crate::table;

const PIXELS_PER_MEGAPIXEL: u64 = 1_000_000;
const MILLIS_PER_SECOND: u64 = 1_000;

/// The most that a size in a price can be, in its unit. Keeps the arithmetic far from any end.
const SIZE_MAX: u64 = 1_000_000;

/// How a price comes about, as a catalogue and `GET /models` have it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ModelPrice")]
#[serde(deny_unknown_fields, rename_all = "snake_case", rename_all_fields(serialize = "camelCase"))]
pub(crate) enum Price {
    /// Always the same.
    Flat {
        #[schemars(range(min = 1, max = GRANT_CREDITS_MAX))]
        credits: u64,
    },
    /// By the values of one or two parameters.
    Values { by: Vec<String>, credits: Map<String, Value> },
    /// By what comes out: the pixels of the picture times the square of the factor. Above the last tier is refused.
    Megapixels {
        of: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        factor: Option<String>,
        tiers: Vec<Tier>,
    },
    /// By what goes in: for every block of seconds that is begun, the same or, with `by`, from a table.
    Seconds {
        of: String,
        #[schemars(range(min = 1, max = SIZE_MAX))]
        block_seconds: u64,
        #[schemars(range(min = 1, max = SIZE_MAX))]
        max_seconds: u64,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        by: Vec<String>,
        credits: Value,
        /// Another file that can make what comes out longer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<With>,
    },
}

/// A file whose length counts as well where it is the longer one and a parameter has one of these values.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ModelPriceWith")]
#[serde(deny_unknown_fields, rename_all(serialize = "camelCase"))]
pub(crate) struct With {
    of: String,
    by: String,
    longer: Vec<String>,
}

/// A step of a price by megapixels.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ModelPriceTier")]
#[serde(deny_unknown_fields, rename_all(serialize = "camelCase"))]
pub(crate) struct Tier {
    #[schemars(range(min = 1, max = SIZE_MAX))]
    max_megapixels: u64,
    #[schemars(range(min = 1, max = GRANT_CREDITS_MAX))]
    credits: u64,
}

/// What has to be known of an input before its price is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure<'a> {
    /// How many pixels the picture has.
    Pixels {
        /// The parameter that is its address.
        param: &'a str,
    },
    /// How long the video takes.
    Seconds {
        /// The parameter that is its address.
        param: &'a str,
    },
    /// How long the video takes, and another file.
    Both {
        /// The parameter that is the video's address.
        param: &'a str,
        /// The parameter that is the other one's.
        with: &'a str,
    },
}

impl Measure<'_> {
    /// The least that can be found out.
    pub(crate) const fn least(self) -> Measured {
        match self {
            Self::Pixels { .. } => Measured::Pixels { width: 1, height: 1 },
            Self::Seconds { .. } => Measured::Millis(0),
            Self::Both { .. } => Measured::Both { millis: 0, with_millis: 0 },
        }
    }
}

/// What was found out about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measured {
    /// The dimensions of a picture.
    Pixels {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// How long a video takes, in milliseconds.
    Millis(u64),
    /// How long a video and another file take.
    Both {
        /// The video, in milliseconds.
        millis: u64,
        /// The other file, in milliseconds.
        with_millis: u64,
    },
}

impl Price {
    /// What has to be measured for it.
    pub(crate) fn measures(&self) -> Option<Measure<'_>> {
        match self {
            Self::Flat { .. } | Self::Values { .. } => None,
            Self::Megapixels { of, .. } => Some(Measure::Pixels { param: of }),
            Self::Seconds { of, with: None, .. } => Some(Measure::Seconds { param: of }),
            Self::Seconds { of, with: Some(with), .. } => Some(Measure::Both { param: of, with: &with.of }),
        }
    }

    /// The price for these values.
    pub(crate) fn of(&self, values: &Map<String, Value>, measured: Option<Measured>) -> Result<Credits, InvalidInput> {
        match (self, measured) {
            (Self::Flat { credits }, _) => Ok(Credits::new(*credits)),
            (Self::Values { by, credits }, _) => {
                let found = table::find(by, credits, values).and_then(Value::as_u64).map(Credits::new);
                found.ok_or_else(|| InvalidInput::invalid(&by.join("`, `"), "has no price"))
            }
            (Self::Megapixels { of, factor, tiers }, Some(Measured::Pixels { width, height })) => {
                let scale = factor.as_ref().map_or(Some(1), |name| factor_of(values.get(name)?));
                let pixels = scale.and_then(|scale| {
                    u64::from(width).checked_mul(height.into())?.checked_mul(scale)?.checked_mul(scale)
                });
                by_megapixels(pixels, tiers, of, factor.as_deref())
            }
            (Self::Seconds { of, max_seconds, with: None, .. }, Some(Measured::Millis(millis))) => {
                check_length(of, millis, *max_seconds)?;
                self.by_seconds(values, of, millis)
            }
            (Self::Seconds { of, max_seconds, with: Some(with), .. }, Some(Measured::Both { millis, with_millis })) => {
                check_length(of, millis, *max_seconds)?;
                let (longest, of) = with.longest((millis, of), with_millis, values);
                self.by_seconds(values, of, longest)
            }
            (Self::Megapixels { of, .. } | Self::Seconds { of, .. }, _) => {
                Err(InvalidInput::NotMeasured { field: of.clone() })
            }
        }
    }

    /// How many milliseconds are paid for by these values: those that were measured, in whole blocks.
    pub(crate) fn paid_ms(&self, values: &Map<String, Value>, measured: Option<Measured>) -> Option<u64> {
        let Self::Seconds { of, block_seconds, with, .. } = self else { return None };
        let millis = match (with, measured?) {
            (None, Measured::Millis(millis)) => millis,
            (Some(with), Measured::Both { millis, with_millis }) => with.longest((millis, of), with_millis, values).0,
            _ => return None,
        };
        let block_millis = block_seconds.saturating_mul(MILLIS_PER_SECOND).max(1);
        millis.div_ceil(block_millis).max(1).checked_mul(block_millis)
    }

    /// The price of so many milliseconds, which are those of this parameter's file.
    fn by_seconds(&self, values: &Map<String, Value>, of: &str, millis: u64) -> Result<Credits, InvalidInput> {
        let Self::Seconds { block_seconds, by, credits, .. } = self else {
            return Err(InvalidInput::NotMeasured { field: of.to_owned() });
        };
        let block_millis = block_seconds.saturating_mul(MILLIS_PER_SECOND).max(1);
        let cell = credits.as_object().and_then(|rows| table::find(by, rows, values));
        let block = cell.unwrap_or(credits).as_u64().map(Credits::new);
        let price = block.and_then(|block| block.times(millis.div_ceil(block_millis).max(1)));
        price.ok_or_else(|| InvalidInput::invalid(of, "is too long"))
    }

    /// Finds prices that are none, and what they cannot go by.
    pub(crate) fn check(&self, parameters: &Parameters) -> Result<(), InvalidEntry> {
        match self {
            Self::Flat { credits } => positive("credits", *credits, GRANT_CREDITS_MAX).map_err(|m| m.within("flat")),
            Self::Values { by, credits } => check_table(by, credits, parameters).map_err(|m| m.within("values")),
            Self::Megapixels { of, factor, tiers } => {
                check_megapixels(of, factor.as_deref(), tiers, parameters).map_err(|m| m.within("megapixels"))
            }
            Self::Seconds { of, block_seconds, max_seconds, by, credits, with } => check_file(of, parameters)
                .and_then(|()| positive("block_seconds", *block_seconds, SIZE_MAX))
                .and_then(|()| positive("max_seconds", *max_seconds, SIZE_MAX))
                .and_then(|()| match (by.is_empty(), credits) {
                    (false, Value::Object(rows)) => check_table(by, rows, parameters),
                    (false, _) => Err(InvalidEntry::new("credits", "has to be a table, as there is a `by`")),
                    (true, _) => check_credits(credits).map_err(|reason| InvalidEntry::new("credits", reason)),
                })
                .and_then(|()| {
                    with.as_ref().map_or(Ok(()), |with| with.check(parameters).map_err(|m| m.within("with")))
                })
                .map_err(|invalid| invalid.within("seconds")),
        }
    }
}

impl With {
    /// The longest that can come out, and which parameter's file it is as long as.
    fn longest<'a>(&'a self, file: (u64, &'a str), with: u64, values: &Map<String, Value>) -> (u64, &'a str) {
        let by = values.get(&self.by).and_then(Value::as_str);
        let counts = by.is_some_and(|value| self.longer.iter().any(|known| known == value));
        if counts && with > file.0 { (with, &self.of) } else { file }
    }

    fn check(&self, parameters: &Parameters) -> Result<(), InvalidEntry> {
        check_file(&self.of, parameters)?;
        let parameter = parameters.settled(&self.by).map_err(|reason| InvalidEntry::new("by", reason))?;
        let Kind::Choice(choices) = &parameter.kind else {
            return Err(InvalidEntry::new("by", "has to name a parameter with an `enum`"));
        };
        let is_choice = |value: &String| choices.iter().any(|choice| choice.as_str() == Some(value));
        if self.longer.is_empty() || !self.longer.iter().all(is_choice) {
            return Err(InvalidEntry::new("longer", "has to be some of the values of that parameter"));
        }
        Ok(())
    }
}

fn check_length(of: &str, millis: u64, max_seconds: u64) -> Result<(), InvalidInput> {
    if millis > max_seconds.saturating_mul(MILLIS_PER_SECOND) {
        let reason = format!("is {} s long; the limit is {max_seconds} s", tenths(millis));
        return Err(InvalidInput::invalid(of, reason));
    }
    Ok(())
}

fn by_megapixels(pixels: Option<u64>, tiers: &[Tier], of: &str, factor: Option<&str>) -> Result<Credits, InvalidInput> {
    let megapixels = pixels.map(|pixels| pixels.div_ceil(PIXELS_PER_MEGAPIXEL));
    let tier = megapixels.and_then(|megapixels| tiers.iter().find(|tier| megapixels <= tier.max_megapixels));
    tier.map(|tier| Credits::new(tier.credits)).ok_or_else(|| {
        let most = tiers.last().map_or(0, |tier| tier.max_megapixels);
        let is = megapixels.map_or("too large".to_owned(), |megapixels| format!("{megapixels} megapixels"));
        let smaller = factor.map_or(String::new(), |name| format!(", or choose a smaller `{name}`"));
        InvalidInput::invalid(of, format!("would become {is}; the limit is {most}: send a smaller picture{smaller}"))
    })
}

fn check_megapixels(
    of: &str,
    factor: Option<&str>,
    tiers: &[Tier],
    parameters: &Parameters,
) -> Result<(), InvalidEntry> {
    check_file(of, parameters)?;
    if let Some(name) = factor {
        let parameter = parameters.settled(name).map_err(|reason| InvalidEntry::new("factor", reason))?;
        let whole = |choices: &[Value]| choices.iter().all(|choice| factor_of(choice).is_some());
        if !matches!(&parameter.kind, Kind::Choice(choices) if whole(choices)) {
            return Err(InvalidEntry::new("factor", "has to name a parameter whose `enum` is whole numbers from 1"));
        }
    }
    if tiers.is_empty() {
        return Err(InvalidEntry::new("tiers", "is empty"));
    }
    let mut below = 0;
    for (place, tier) in tiers.iter().enumerate() {
        let at = |invalid: InvalidEntry| invalid.within(&format!("tiers[{place}]"));
        positive("max_megapixels", tier.max_megapixels, SIZE_MAX).map_err(at)?;
        positive("credits", tier.credits, GRANT_CREDITS_MAX).map_err(at)?;
        if tier.max_megapixels <= below {
            return Err(at(InvalidEntry::new("max_megapixels", "is not above the tier before")));
        }
        below = tier.max_megapixels;
    }
    Ok(())
}

/// A table of credits.
fn check_table(by: &[String], rows: &Map<String, Value>, parameters: &Parameters) -> Result<(), InvalidEntry> {
    table::check(by, rows, parameters, &check_credits).map_err(|invalid| match invalid.field.as_str() {
        "by" => invalid,
        _ => invalid.within("credits"),
    })
}

fn check_credits(value: &Value) -> Result<(), String> {
    let credits = value.as_u64().ok_or("has to be a whole number of credits")?;
    positive("", credits, GRANT_CREDITS_MAX).map_err(|invalid| invalid.reason)
}

/// What is measured is one file that is always there.
fn check_file(of: &str, parameters: &Parameters) -> Result<(), InvalidEntry> {
    let parameter = parameters.settled(of).map_err(|reason| InvalidEntry::new("of", reason))?;
    let is_file = matches!(parameter.kind, Kind::Url(_));
    is_file.then_some(()).ok_or_else(|| InvalidEntry::new("of", "has to name a parameter of the type url"))
}

fn positive(field: &str, amount: u64, most: u64) -> Result<(), InvalidEntry> {
    let fits = (1..=most).contains(&amount);
    fits.then_some(()).ok_or_else(|| InvalidEntry::new(field, format!("has to be from 1 to {most}, not {amount}")))
}

fn factor_of(value: &Value) -> Option<u64> {
    key(value)?.parse().ok().filter(|factor| (1..=SIZE_MAX).contains(factor))
}

/// Seconds with one decimal, rounded up so that what is over a limit never reads as equal to it.
fn tenths(millis: u64) -> String {
    let tenths = millis.div_ceil(100);
    format!("{}.{}", tenths / 10, tenths % 10)
}
